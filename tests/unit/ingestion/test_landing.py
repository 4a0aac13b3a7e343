"""Landing into a real DuckDB through real dlt packages."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingestion import show_raw, unfinished
from ingestion.errors import LoadFailed, RawUnreadable, WarehouseLocked
from ingestion.landing import Landing, Run, Slice
from ingestion.landing.slices import SliceNotEndedError
from ingestion.landing.spool import MAX_FAILURES, Spool
from ingestion.landing.store import columns_of, current
from ingestion.landing.tables import SHARED, VERSIONS, schema_of
from ingestion.settings import Settings
from ingestion.source import EndpointSpec
from ingestion.unfinished import whole_run
from tests.unit.ingestion.conftest import FOLDER, NOW, PLACES, WAREHOUSE, Query, settings_at


@pytest.fixture(params=[WAREHOUSE, FOLDER])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    return settings_at(request.param, tmp_path)


#: Where a bucket may be another thing than a folder.
everywhere = pytest.mark.parametrize("settings", PLACES, indirect=True)

JOBS = EndpointSpec("jobs", id_field="id", volatile=("token",), drop=("contact.mail",))
ALL = Slice("jobs", "all")

#: What staging makes of raw: one row a version, the last that landed.
VERSIONS_OF_X = """
    select record_id, version_no, payload from raw.x__jobs
    qualify row_number() over (partition by record_id, version_no order by run_id, seq desc) = 1
    order by all
"""


def land(
    settings: Settings,
    pages: Sequence[Sequence[Any]],
    *,
    complete: bool = True,
    slice_: Slice = ALL,
    **options: Any,
) -> Run:
    with Landing(settings) as landing:
        run = landing.run("x", [JOBS], **options)
        for todo in run.plan([slice_]):
            with run.open(todo) as writer:
                for number, records in enumerate(pages):
                    writer.answer()
                    for record in records:
                        writer.record(record, {"page": number})
                    writer.response({"total": 7, "page": number}, {"page": number})
                writer.end(complete=complete, reason=None if complete else "capped: at 2 pages")
        run.finish()
    return run


@everywhere
def test_runs_versions_slices_and_sightings(settings: Settings, query: Query) -> None:
    first = land(
        settings,
        [
            [{"id": 1, "a": "A", "token": 1}, {"id": "two", "contact": {"mail": "m@x", "n": 1}}],
            [{"id": 1, "a": "B", "token": 2}, {"a": "no id"}, "text"],
        ],
    )
    # The same again, in another order of keys and with another volatile value.
    again = land(settings, [[{"token": 3, "a": "B", "id": 1}]], complete=False)
    back = land(settings, [[{"id": 1, "a": "A"}]])

    assert query(VERSIONS_OF_X) == [
        ("1", 1, '{"a":"B","id":1,"token":2}'),
        ("1", 2, '{"a":"A","id":1}'),
        ("two", 1, '{"contact":{"n":1},"id":"two"}'),
    ]
    assert [run.run_no for run in (first, again, back)] == [1, 2, 3]
    assert [run.counts.new_versions for run in (first, again, back)] == [2, 0, 1]
    assert (first.counts.records, first.counts.duplicates, first.counts.quarantined) == (3, 1, 2)
    assert query(
        "select run_no, is_complete, records, reason, ended_at is null from raw.slices order by all"
    ) == [
        (1, False, 0, "planned", True),
        (1, True, 3, None, False),
        (2, False, 0, "planned", True),
        (2, False, 1, "capped: at 2 pages", False),
        (3, False, 0, "planned", True),
        (3, True, 1, None, False),
    ]
    assert query(
        "select record_id, version_no, times, count(*) from raw.sightings group by all order by all"
    ) == [("1", 1, 1, 1), ("1", 1, 2, 1), ("1", 2, 1, 1), ("two", 1, 1, 1)]
    assert query("select record_id, reason, body from raw.rejected order by reason") == [
        (None, "no_id: id", '{"a":"no id"}'),
        (None, "not_an_object: str", '"text"'),
    ]
    assert query("select distinct request from raw.x__jobs order by 1") == [
        ('{"endpoint":"jobs","page":0}',),
        ('{"endpoint":"jobs","page":1}',),
    ]
    assert query("select body from raw.responses order by 1")[0] == ('{"page":0,"total":7}',)
    assert query("select step, records, new_versions, quarantined from raw.runs order by 2") == [
        ("collect", 1, 0, 0),
        ("collect", 1, 1, 0),
        ("collect", 3, 2, 2),
    ]
    # The completion row travels in the package of the last records.
    assert query(
        "select count(*) from raw.x__jobs where _dlt_load_id not in"
        " (select _dlt_load_id from raw.slices where ended_at is not null)"
    ) == [(0,)]
    _check_types(query)


def _check_types(query: Query) -> None:
    names = {
        "string": "VARCHAR",
        "int64": "BIGINT",
        "bool": "BOOLEAN",
        "double": "DOUBLE",
        "date32[day]": "DATE",
        "timestamp[us, tz=UTC]": "TIMESTAMP WITH TIME ZONE",
    }
    found = dict[str, dict[str, str]]()
    for table, column, kind in query(
        "select table_name, column_name, data_type from information_schema.columns"
        " where table_schema = 'raw' and not starts_with(table_name, '_dlt')"
    ):
        found.setdefault(table, {})[column] = kind
    assert set(found) == {"x__jobs", "slices", "sightings", "responses", "rejected", "runs"}
    for table, columns in found.items():
        wanted = {field.name: names[str(field.type)] for field in schema_of(table)}
        assert columns == {**wanted, "_dlt_load_id": "VARCHAR"}, table


def test_tables_that_dbt_made_first_are_used(settings: Settings, query: Query) -> None:
    settings.warehouse.parent.mkdir(parents=True)
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("create schema raw")
        for table, schema in {**SHARED, "x__jobs": VERSIONS}.items():
            empty = schema.empty_table()
            connection.register("empty", empty)
            connection.execute(
                f"create table raw.{table} as select *, null::varchar as _dlt_load_id from empty"
            )
            connection.unregister("empty")
    land(settings, [[{"id": 1}]])
    assert query("select count(*) from raw.x__jobs where _dlt_load_id is not null") == [(1,)]


@everywhere
def test_an_unfinished_run_is_continued(settings: Settings, query: Query) -> None:
    two = [Slice("jobs", "a"), Slice("jobs", "b"), Slice("jobs", "gone")]
    with Landing(settings) as landing:
        run = landing.run("x", [JOBS])
        assert run.plan(two) == two
        with run.open(two[0]) as writer:
            writer.record({"id": 1}, {})
            writer.end(complete=True)
        with run.open(two[1]) as writer:
            writer.record({"id": 2, "v": "A"}, {})
            writer.leave_open("quota: used up")
        assert not run.is_done
    with Landing(settings) as landing:
        resumed = landing.run("x", [JOBS])
        assert (resumed.run_id, resumed.run_no, resumed.resumed) == (run.run_id, 1, True)
        assert resumed.plan(two[:2]) == [two[1]], "what has ended is not fetched again"
        with resumed.open(two[1]) as writer:
            # Changed since: still the same run, hence the same version.
            writer.record({"id": 2, "v": "B"}, {})
            writer.end(complete=True)
        assert resumed.is_done
    assert query(VERSIONS_OF_X) == [("1", 1, '{"id":1}'), ("2", 1, '{"id":2,"v":"B"}')]
    assert query(
        "select scope, is_complete, reason from raw.slices"
        " qualify row_number() over (partition by scope order by seq desc) = 1 order by scope"
    ) == [("a", True, None), ("b", True, None), ("gone", False, "withdrawn: no longer configured")]
    assert query("select count(*), count(distinct seq) from raw.slices") == [(7, 7)]
    with Landing(settings) as landing:
        assert landing.run("x", [JOBS]).run_no == 2, "its plan is done"


def test_an_unfinished_run_of_long_ago_is_left(settings: Settings) -> None:
    with Landing(settings) as landing:
        landing.run("x", [JOBS]).plan([ALL])
    later = settings.model_copy(update={"fixed_now": NOW + timedelta(hours=21)})
    with Landing(later) as landing:
        run = landing.run("x", [JOBS])
        assert (run.run_no, run.resumed) == (2, False)


def test_a_whole_run_that_was_killed_is_continued(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = whole_run(settings)
    killed.__enter__()
    run = land(settings, [[{"id": 1}]])
    # A new process knows nothing of the block that was never left.
    monkeypatch.setattr(unfinished, "_held", set())
    monkeypatch.setattr(unfinished, "_ours", set())
    with whole_run(settings), Landing(settings) as landing:
        resumed = landing.run("x", [JOBS])
        assert resumed.run_id == run.run_id
        assert resumed.plan([ALL]) == [], "nothing is fetched twice"
    with whole_run(settings), Landing(settings) as landing:
        assert landing.run("x", [JOBS]).run_no == 2


def test_a_source_may_run_twice_within_a_whole_run(settings: Settings) -> None:
    with whole_run(settings), Landing(settings) as landing:
        for number in (1, 2):
            run = landing.run("x", [JOBS])
            assert (run.run_no, run.resumed) == (number, False)
            run.plan([ALL])
            with run.open(ALL) as writer:
                writer.end(complete=True)
            run.finish()
            landing.settle()


def test_secrets_stay_out(settings: Settings, query: Query) -> None:
    secret = "12345678-secret"
    with Landing(settings) as landing:
        run = landing.run("x", [JOBS], secrets=[secret])
        run.plan([ALL])
        with run.open(ALL) as writer:
            writer.record({"id": 1, "url": f"https://x/?utm_source={secret}"}, {})
            writer.record({"no": f"id, but {secret}"}, {})
            writer.response({"next": secret}, {})
            writer.end(complete=True)
        run.finish()
    for table, column in (("x__jobs", "payload"), ("rejected", "body"), ("responses", "body")):
        (text,) = query(f"select {column} from raw.{table}")[0]
        assert secret not in text
        assert "[secret]" in text
    for path in settings.data.rglob("*"):
        assert not path.is_file() or secret.encode() not in path.read_bytes(), path


def test_a_slice_must_end(settings: Settings) -> None:
    with Landing(settings) as landing:
        run = landing.run("x", [JOBS])
        run.plan([ALL])
        with pytest.raises(SliceNotEndedError), run.open(ALL):
            pass
        with pytest.raises(KeyError):
            run.open(Slice("jobs", "never planned"))


def test_hostile_records_land_or_are_told(settings: Settings, query: Query) -> None:
    deep: Any = 1
    for _ in range(700):
        deep = [deep]
    land(settings, [[{"id": 1, "big": 2**80, "nul": "a\x00b"}, {"id": 2, "deep": deep}]])
    assert query("select payload from raw.x__jobs where record_id = '1'") == [
        (f'{{"big":{2**80},"id":1,"nul":"a\ufffdb"}}',)
    ]
    assert query("select reason from raw.slices where is_complete") == [
        ("replaced: 1 characters that cannot be stored",)
    ]
    found = query("select count(*) from raw.x__jobs where record_id = '2'")[0][0]
    refused = query("select table_name from information_schema.tables where table_name='rejected'")
    assert found or refused


@everywhere
def test_a_package_that_cannot_be_loaded_does_not_block(settings: Settings, query: Query) -> None:
    land(settings, [[{"id": 1}]])
    spool = Spool(settings, current(settings))
    rows = [
        {**dict.fromkeys(VERSIONS.names), "record_id": "lost", "fetched_at": NOW, "version_no": 1}
    ]
    spool.extract({"x__jobs": pa.Table.from_pylist(rows, VERSIONS)})
    spool.extract({"x__jobs": pa.Table.from_pylist(rows, VERSIONS)})
    broken, whole = spool.pending()
    packages = settings.state / "dlt" / "pipelines" / "landing" / "normalize" / "extracted"
    for file in (packages / broken / "new_jobs").glob("x__jobs*"):
        file.write_bytes(b"PAR1 but broken")
    run = land(settings, [[{"id": 2}]])
    assert run.run_no == 2
    assert query("select record_id from raw.x__jobs order by 1") == [("1",), ("2",), ("lost",)]
    reasons = query("select source, record_id, reason, body from raw.rejected")
    assert [(source, load_id) for source, load_id, _, _ in reasons] == [("landing", broken)]
    assert reasons[0][2].startswith("package_not_loadable: ")
    kept = list(Path(reasons[0][3]).rglob("x__jobs*"))
    assert len(kept) == 1, "what could not be loaded is kept"
    assert whole not in reasons[0]


@pytest.mark.parametrize("words", ["passing trouble", "IO Error: No space left on device"])
def test_a_load_that_fails_now_may_succeed_later(
    settings: Settings, query: Query, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise duckdb.IOException(words)

    with monkeypatch.context() as broken:
        broken.setattr("dlt.load.load.Load.load_single_package", fail)
        for _ in range(2):
            with pytest.raises(LoadFailed, match=words) as failed:
                land(settings, [[{"id": 1}]])
            assert "\n" not in str(failed.value)
    assert land(settings, [[{"id": 1}]]).run_no == 2, "the first run came in late, and whole"
    assert query("select record_id, version_no from raw.x__jobs") == [("1", 1)]


def test_a_place_that_is_away_is_no_fault_of_a_package(
    settings: Settings, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("connection lost")

    with Landing(settings) as landing, monkeypatch.context() as away:
        landing.run("x", [JOBS]).plan([ALL])
        away.setattr("dlt.load.load.Load.load_single_package", fail)
        away.setattr(type(landing.store), "check_writable", unwritable)
        for _ in range(MAX_FAILURES + 1):
            with pytest.raises(LoadFailed, match="nothing can be written"):
                landing.settle()
    assert query("select scope from raw.slices") == [("all",)]


def unwritable(self: object) -> None:
    raise LoadFailed("nothing can be written")


@everywhere
def test_a_package_left_before_and_after_normalizing_is_loaded_once(
    settings: Settings, query: Query
) -> None:
    spool = Spool(settings, current(settings))
    rows = [{**dict.fromkeys(VERSIONS.names), "record_id": "1", "version_no": 1}]
    spool.extract({"x__jobs": pa.Table.from_pylist(rows, VERSIONS)})
    home = settings.state / "dlt" / "pipelines" / "landing"
    (load_id,) = spool.pending()
    copy = settings.data / "copy"
    shutil.copytree(home / "normalize" / "extracted" / load_id, copy)
    spool._pipeline.normalize()
    shutil.copytree(copy, home / "normalize" / "extracted" / load_id)
    assert spool.load() == []
    show_raw(settings)
    assert query("select count(*) from raw.x__jobs") == [(1,)]
    shutil.copytree(copy, home / "normalize" / "extracted" / load_id)
    assert spool.load() == [], "also when it is in the warehouse already"
    assert query("select count(*) from raw.x__jobs") == [(1,)]


def test_a_working_folder_that_cannot_be_read_is_set_aside(
    settings: Settings, query: Query
) -> None:
    land(settings, [[{"id": 1}]])
    (settings.state / "dlt" / "pipelines" / "landing" / "state.json").write_text("{")
    land(settings, [[{"id": 2}]])
    assert query("select record_id from raw.x__jobs order by 1") == [("1",), ("2",)]


def test_a_warehouse_that_was_removed_is_made_again(settings: Settings, query: Query) -> None:
    land(settings, [[{"id": 1}]])
    settings.warehouse.unlink()
    run = land(settings, [[{"id": 1}]])
    assert query("select record_id, version_no from raw.x__jobs") == [("1", 1)]
    # On a path raw outlives it.
    assert run.run_no == (1 if settings.raw_path is None else 2)


@pytest.mark.parametrize("settings", [FOLDER], indirect=True)
def test_a_folder_that_was_removed_is_made_again(settings: Settings, query: Query) -> None:
    land(settings, [[{"id": 1}]])
    shutil.rmtree(str(settings.raw_path))
    run = land(settings, [[{"id": 1}]])
    assert query("select record_id, version_no from raw.x__jobs") == [("1", 1)]
    assert run.run_no == 1


@pytest.mark.parametrize("settings", [FOLDER], indirect=True)
def test_files_lie_flat_with_the_columns_that_are_declared(settings: Settings) -> None:
    land(settings, [[{"id": 1}]])
    raw = Path(str(settings.raw_path))
    for table in ("x__jobs", "slices", "sightings", "runs", "responses"):
        file = next((raw / table).glob("*.parquet"))
        schema = pq.read_schema(file).remove_metadata()
        assert schema.names == columns_of(table).names
        assert [str(kind) for kind in schema.types[:-1]] == [
            str(kind) for kind in columns_of(table).types[:-1]
        ]


@pytest.mark.parametrize("settings", [FOLDER], indirect=True)
def test_what_cannot_be_read_or_written_is_said_in_one_line(settings: Settings) -> None:
    raw = Path(str(settings.raw_path))
    raw.parent.mkdir(parents=True, exist_ok=True)
    raw.write_text("no folder")
    for _ in range(MAX_FAILURES + 1):
        with pytest.raises(LoadFailed, match="Nothing can be written to") as failed:
            land(settings, [[{"id": 1}]])
        assert "\n" not in str(failed.value)
    raw.unlink()
    land(settings, [[{"id": 2}]])
    (raw / "x__jobs" / "foreign.parquet").write_text("PAR1 but broken")
    with pytest.raises(RawUnreadable, match=f"The raw files at {raw} cannot be read: ") as broken:
        land(settings, [[{"id": 3}]])
    assert "\n" not in str(broken.value)
    (raw / "x__jobs" / "foreign.parquet").unlink()
    nowhere = settings.model_copy(update={"raw": "nowhere://bucket/raw"})
    with pytest.raises(RawUnreadable, match="nowhere://bucket/raw cannot be read"):
        land(nowhere, [[{"id": 1}]])


def test_a_locked_warehouse_is_said_with_its_holder(settings: Settings) -> None:
    settings.warehouse.parent.mkdir(parents=True)
    code = (
        f"import duckdb; c = duckdb.connect({str(settings.warehouse)!r}); print('open', flush=True)"
        "; input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(WarehouseLocked) as locked:
            land(settings, [[{"id": 1}]])
        holder.communicate("\n")
    assert locked.value.pid == holder.pid
    assert f"in use by process {holder.pid}" in str(locked.value)


def test_files_share_a_table_and_are_told_apart_by_source(settings: Settings, query: Query) -> None:
    rows = EndpointSpec("rows", id_field="")
    for text in ("one", "two"):
        with Landing(settings) as landing:
            for name in ("file_a", "file_b"):
                run = landing.run(name, [rows], table="files__rows")
                part = Slice("rows", "all", mode="partial")
                run.plan([part])
                with run.open(part) as writer:
                    writer.record({"pay": text if name == "file_b" else "-"}, {}, key="k1")
                    writer.end(complete=True)
                run.finish()
    assert query("select source, record_id, version_no from raw.files__rows order by all") == [
        ("file_a", "k1", 1),
        ("file_b", "k1", 1),
        ("file_b", "k1", 2),
    ]
    assert query("select count(distinct run_no), max(run_no) from raw.slices") == [(4, 4)]


def test_packages_are_written_on_the_way(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, query: Query
) -> None:
    monkeypatch.setattr("ingestion.landing.package.PACKAGE_ROWS", 50)
    land(settings, [[{"id": 20 * page + n} for n in range(20)] for page in range(10)])
    assert query("select count(*), count(distinct _dlt_load_id) > 4 from raw.x__jobs") == [
        (200, True)
    ]


def test_a_file_that_a_kill_left_among_the_packages_is_none(settings: Settings) -> None:
    """dlt writes beside its packages and renames; what it never renamed must not be waited for."""
    spool = Spool(settings, current(settings))
    row = dict.fromkeys(VERSIONS.names) | {"record_id": "1"}
    spool.extract({"x__jobs": pa.Table.from_pylist([row], VERSIONS)})
    folders = settings.state / "dlt" / "pipelines" / "landing"
    for place in ("normalize/extracted", "load/normalized"):
        (folders / place).mkdir(parents=True, exist_ok=True)
        (folders / place / "80322f1ad6ede807").write_text("{}")
    assert len(spool.pending()) == 1
    assert spool.load() == []
    assert spool.pending() == []
