"""Raw carried between the warehouse, a folder and a bucket: every row, once, whatever happens."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from ingestion import carry_raw, demo_is_needed, register_raw
from ingestion.errors import LoadFailed, RawInTwoPlaces, RawNotCarried, RawUnreadable
from ingestion.landing.carry import whereabouts
from ingestion.landing.duckdb_store import DuckDBStore
from ingestion.landing.path_store import PathStore
from ingestion.landing.spool import Spool
from ingestion.landing.store import columns_of, current, store_at
from ingestion.landing.tables import VERSIONS
from ingestion.settings import Settings
from tests.unit.ingestion.conftest import BUCKET, FOLDER, NOW, WAREHOUSE, settings_at
from tests.unit.ingestion.test_landing import land

Rows = dict[str, list[tuple[Any, ...]]]


def content(settings: Settings) -> Rows:
    """All rows of all tables, where they lie."""
    store = store_at(settings.raw_path, settings)
    with store.connect() as connection:
        return {
            table: connection.execute(f"from raw.{table} order by all").fetchall()
            for table in store.rows()
        }


def shown(settings: Settings) -> Rows:
    """All rows of all tables, as the warehouse shows them."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        register_raw(connection, settings)
        connection.execute("set TimeZone = 'UTC'")
        tables = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'raw'"
            " and not starts_with(table_name, '_')"
        ).fetchall()
        return {
            table: connection.execute(f"from raw.{table} order by all").fetchall()
            for (table,) in tables
        }


def kinds(settings: Settings) -> set[str]:
    """What the relations of schema raw are."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        found = connection.execute(
            "select distinct table_type from information_schema.tables"
            " where table_schema = 'raw' and not starts_with(table_name, '_')"
        )
        return {kind for (kind,) in found.fetchall()}


def test_round_all_places_and_back(tmp_path: Path) -> None:
    warehouse, folder, bucket = (settings_at(p, tmp_path) for p in (WAREHOUSE, FOLDER, BUCKET))
    land(warehouse, [[{"id": 1, "v": "A"}, {"id": 2}, "text"]])
    before = content(warehouse)
    assert before.keys() == {"x__jobs", "slices", "sightings", "responses", "rejected", "runs"}
    steps = ((folder, "VIEW"), (bucket, "VIEW"), (warehouse, "BASE TABLE"))
    at, run_no = warehouse, 1
    for to, kind in steps:
        lines: list[str] = []
        moved = carry_raw(to, lines.append)
        assert moved == {table: len(rows) for table, rows in before.items()}
        assert len(lines) == len(moved)
        assert content(to) == shown(to) == before
        assert kinds(to) == {kind}
        assert content(at) == {}, "nothing stands twice"
        assert carry_raw(to) == {}
        # What is known has come along.
        run_no += 1
        run = land(to, [[{"id": 1, "v": "A"}, {"id": 2, "v": run_no}]])
        assert (run.run_no, run.counts.new_versions) == (run_no, 1)
        before, at = content(to), to
        assert shown(to) == before
    assert not (warehouse.state / "raw.json").exists()


@pytest.mark.parametrize(("at", "to"), [(WAREHOUSE, FOLDER), (FOLDER, WAREHOUSE)])
def test_packages_that_wait_are_loaded_where_raw_was(at: str, to: str, tmp_path: Path) -> None:
    old, new = settings_at(at, tmp_path), settings_at(to, tmp_path)
    land(old, [[{"id": 1}]])
    row = {**dict.fromkeys(VERSIONS.names), "record_id": "waits", "version_no": 1}
    Spool(old, current(old)).extract({"x__jobs": pa.Table.from_pylist([row], VERSIONS)})
    carry_raw(new)
    assert {row[0] for row in content(new)["x__jobs"]} == {"1", "waits"}


@pytest.mark.parametrize(("at", "to"), [(WAREHOUSE, FOLDER), (FOLDER, WAREHOUSE), (FOLDER, BUCKET)])
@pytest.mark.parametrize("step", ["receive", "show_instead", "give_up"])
def test_a_carrying_that_is_cut_short_is_finished(
    at: str, to: str, step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = settings_at(at, tmp_path), settings_at(to, tmp_path)
    land(old, [[{"id": 1}, {"id": 2}]])
    before = content(old)
    left = 2
    owner = DuckDBStore if (at if step == "give_up" else to) == WAREHOUSE else PathStore
    original = getattr(owner, step)

    def cut(self: object, table: str, *others: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise KeyboardInterrupt
        original(self, table, *others)

    with monkeypatch.context() as patch:
        patch.setattr(owner, step, cut)
        with pytest.raises(KeyboardInterrupt):
            carry_raw(new)
    if BUCKET not in (at, to):
        assert shown(old) == before, "every table is seen once, and whole"
    # Also where the setting is taken back: first the one, then the other.
    carry_raw(old)
    assert content(old) == before
    carry_raw(new)
    assert content(new) == before
    assert content(old) == {}


def test_what_was_carried_is_not_taken_from_what_is_left_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket, warehouse = settings_at(BUCKET, tmp_path), settings_at(WAREHOUSE, tmp_path)
    land(bucket, [[{"id": 1}]])
    land(bucket, [[{"id": 2}]])
    before = content(bucket)
    with monkeypatch.context() as patch:
        patch.setattr("fsspec.implementations.memory.MemoryFileSystem.rm_file", remove_and_fail)
        with pytest.raises(LoadFailed, match="connection lost"):
            carry_raw(warehouse)
    assert carry_raw(warehouse).keys() <= before.keys()
    assert content(warehouse) == before


def remove_and_fail(self: Any, path: str) -> None:
    del self.store[path]
    if "/_work/" not in path:
        raise OSError("connection lost")


def test_two_histories_are_not_mixed(tmp_path: Path) -> None:
    warehouse, folder = settings_at(WAREHOUSE, tmp_path), settings_at(FOLDER, tmp_path)
    other = folder.model_copy(update={"data": tmp_path / "other"})
    land(warehouse, [[{"id": 1}]])
    land(other, [[{"id": 2}]])
    with pytest.raises(RawInTwoPlaces, match="empty one of the two") as refused:
        land(folder, [[{"id": 3}]])
    assert "\n" not in str(refused.value)
    assert [row[0] for row in content(warehouse)["x__jobs"]] == ["1"]
    # A data folder without raw of its own takes what the folder holds.
    anew = folder.model_copy(update={"data": tmp_path / "anew"})
    assert land(anew, [[{"id": 2}]]).run_no == 2


def test_a_place_that_is_not_there_is_no_empty_one(tmp_path: Path) -> None:
    warehouse, folder = settings_at(WAREHOUSE, tmp_path), settings_at(FOLDER, tmp_path)
    land(folder, [[{"id": 1}]])
    raw = Path(str(folder.raw_path))
    raw.rename(tmp_path / "unmounted")
    with pytest.raises(RawUnreadable, match="is not there"):
        land(warehouse, [[{"id": 1}]])
    (tmp_path / "unmounted").rename(raw)
    assert land(warehouse, [[{"id": 1}]]).run_no == 2


def test_a_data_folder_that_was_moved_keeps_its_raw(tmp_path: Path) -> None:
    spark = Settings(data=tmp_path / "data", fixed_now=NOW, target="spark")
    land(spark, [[{"id": 1}]])
    assert json.loads((spark.state / "raw.json").read_text())["at"] == "raw"
    shutil.move(spark.data, tmp_path / "moved")
    moved = spark.model_copy(update={"data": tmp_path / "moved"})
    assert land(moved, [[{"id": 1}]]).run_no == 2
    carry_raw(moved.model_copy(update={"target": "duckdb"}))
    assert whereabouts(moved).at is None


@pytest.mark.parametrize("place", [WAREHOUSE, FOLDER, BUCKET])
def test_a_copy_of_another_length_is_refused(place: str, tmp_path: Path) -> None:
    settings = settings_at(place, tmp_path)
    store = current(settings)
    rows = pa.Table.from_pylist([{"record_id": "1"}], columns_of("x__jobs"))
    store.receive("x__jobs", iter(rows.to_batches()), 1)
    with pytest.raises(RawNotCarried, match="has 2 rows and its copy 1"):
        store.receive("x__jobs", iter(rows.to_batches()), 2)
    assert store.rows() == {"x__jobs": 1}


@pytest.mark.parametrize("place", [WAREHOUSE, FOLDER])
def test_a_table_of_several_row_groups_is_carried(place: str, tmp_path: Path) -> None:
    store = current(settings_at(place, tmp_path))
    count = 130_000
    rows = pa.table({"record_id": pa.array(range(count), pa.int64()).cast(pa.string())})
    schema = columns_of("x__jobs")
    missing = [pa.nulls(count, field.type) for field in schema if field.name != "record_id"]
    table = pa.table([rows["record_id"], *missing], schema=schema)
    store.receive("x__jobs", iter(table.to_batches(20_000)), count)
    assert store.rows() == {"x__jobs": count}


def test_empty_tables_that_dbt_made_give_way(tmp_path: Path) -> None:
    folder = settings_at(FOLDER, tmp_path)
    folder.data.mkdir()
    with duckdb.connect(str(folder.warehouse)) as connection:
        connection.execute("create schema raw")
        connection.execute("create table raw.x__jobs (record_id text)")
        connection.execute("create table raw.y__jobs (record_id text)")
    land(folder, [[{"id": 1}]])
    assert shown(folder) == content(folder)
    # And the views of a path, where raw stands in the warehouse.
    warehouse = settings_at(WAREHOUSE, tmp_path / "other")
    warehouse.data.mkdir(parents=True)
    with duckdb.connect(str(warehouse.warehouse)) as connection:
        connection.execute("create schema raw")
        connection.execute("create view raw.x__jobs as select null::text as record_id where false")
    land(warehouse, [[{"id": 1}]])
    assert kinds(warehouse) == {"BASE TABLE"}


def test_the_demo_stays_away_from_real_records_elsewhere(tmp_path: Path) -> None:
    warehouse, folder = settings_at(WAREHOUSE, tmp_path), settings_at(FOLDER, tmp_path)
    land(warehouse, [[{"id": 1}]])
    assert not demo_is_needed(folder), "also before it is carried"
    carry_raw(folder)
    assert not demo_is_needed(folder)
