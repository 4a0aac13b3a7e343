"""Releases of a small warehouse: what is written, what is new, what stays, what a kill leaves."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.errors import ExpectedError, GateClosedError, ReleaseError
from orchestration.release import Facts, Release, Table, content, current, publish
from orchestration.results import DbtTestResult, Gate

TABLES = [
    Table("marts", "mart_overview"),
    Table("marts", "mart_pay"),
    Table("marts", "mart_layer_count", is_observability=True),
    Table("normalized", "posting"),
]
OPEN = Gate(passed=2, warned=1, failed=0, reasons=())
SHUT = Gate(passed=1, warned=0, failed=1, reasons=("test unique_posting_posting_key found 3",))
TESTS = [
    DbtTestResult(
        "unique_posting_posting_key", "posting", "posting_key", "pass", "error", 0, None, "unique"
    ),
    DbtTestResult("few_flags", "posting", None, "warn", "warn", 3, "Got 3 results", "singular"),
]
START = datetime(2026, 3, 2, 6, tzinfo=UTC)


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema raw; create schema normalized; create schema marts")
        connection.execute(
            "create table raw._dlt_loads as"
            " from (values ('2', 0), ('1', 0), ('3', 1)) t(load_id, status)"
        )
        connection.execute(
            "create table marts.mart_overview as select date '2026-03-02' as as_of, true as is_demo"
        )
        connection.execute(
            "create table marts.mart_pay as select i as n, i / 7 as share, 'c' || i as code,"
            " [i, i + 1] as parts from range(5) t(i)"
        )
        connection.execute("create table marts.mart_layer_count as select 1 as n_rows")
        connection.execute(
            "create table normalized.posting as select i as posting_key from range(9) t(i)"
        )
        connection.execute("create table normalized.left_over as select 1 as old")
    return path


def change(warehouse: Path, statement: str) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(statement)


def made(warehouse: Path, hours: int = 0, gate: Gate = OPEN, audience: str = "private") -> Release:
    return publish(
        warehouse=warehouse,
        releases=warehouse.parent / "releases",
        tables=TABLES,
        tests=TESTS,
        gate=gate,
        facts=Facts(git_sha="abc", rules_hash="def", audience=audience),
        now=START + timedelta(hours=hours),
    )


def test_first_release_has_every_table_and_says_what_it_is(warehouse: Path) -> None:
    release = made(warehouse)
    assert release.is_new
    published = warehouse.parent / "releases" / "published"
    assert published.is_symlink()
    assert published.resolve() == release.path
    assert sorted(path.name for path in release.path.iterdir()) == [
        "manifest.json",
        "mart_layer_count.parquet",
        "mart_overview.parquet",
        "mart_pay.parquet",
        "posting.parquet",
        "test_result.parquet",
        "wagehouse.duckdb",
    ]
    manifest = json.loads((release.path / "manifest.json").read_text())
    assert manifest["id"] == release.id == f"20260302T060000Z-{manifest['content_hash'][:8]}"
    assert manifest["as_of"] == "2026-03-02"
    assert manifest["is_demo"] is True
    assert manifest["load_ids"] == ["1", "2"]
    assert manifest["gate"] == {"passed": 2, "warned": 1, "failed": 0}
    assert (manifest["git_sha"], manifest["rules_hash"], manifest["audience"]) == (
        "abc",
        "def",
        "private",
    )
    assert {name: table["rows"] for name, table in manifest["tables"].items()} == {
        "marts.mart_overview": 1,
        "marts.mart_pay": 5,
        "marts.mart_layer_count": 1,
        "normalized.posting": 9,
    }


def test_database_and_parquet_hold_the_same_rows(warehouse: Path) -> None:
    release = made(warehouse)
    with duckdb.connect(str(release.path / "wagehouse.duckdb"), read_only=True) as connection:
        for table in TABLES:
            rows = connection.execute(f"from {table.schema}.{table.name} order by all").fetchall()
            file = release.path / f"{table.name}.parquet"
            assert rows == connection.execute(f"from '{file}' order by all").fetchall()
        assert connection.execute("select count(*) from duckdb_tables()").fetchone() == (4,)
        with pytest.raises(duckdb.Error, match="read-only"):
            connection.execute("create table x as select 1")


def test_test_results_keep_their_columns_also_without_rows(warehouse: Path) -> None:
    release = made(warehouse)
    file = release.path / "test_result.parquet"
    with duckdb.connect() as connection:
        described = connection.execute(f"describe from '{file}'").fetchall()
        rows = connection.execute(f"select test_name, status, failures from '{file}'").fetchall()
    assert [(name, kind) for name, kind, *_ in described] == [
        ("test_name", "VARCHAR"),
        ("model", "VARCHAR"),
        ("column", "VARCHAR"),
        ("status", "VARCHAR"),
        ("severity", "VARCHAR"),
        ("failures", "BIGINT"),
        ("message", "VARCHAR"),
        ("kind", "VARCHAR"),
    ]
    assert rows == [("unique_posting_posting_key", "pass", 0), ("few_flags", "warn", 3)]


def test_same_content_makes_no_release(warehouse: Path) -> None:
    first = made(warehouse)
    change(warehouse, "update marts.mart_layer_count set n_rows = 2")
    change(
        warehouse, "create or replace table marts.mart_pay as from marts.mart_pay order by n desc"
    )
    again = made(warehouse, hours=1)
    assert not again.is_new
    assert again.id == first.id
    assert again.path == first.path


@pytest.mark.parametrize(
    "statement",
    [
        "update marts.mart_pay set share = share * 1.000001 where n = 3",
        "insert into normalized.posting values (3)",
        "update marts.mart_pay set code = null where n = 1",
        "alter table marts.mart_pay rename code to label",
        "update marts.mart_pay set parts = [9] where n = 1",
        "create or replace table marts.mart_pay as select * exclude (code, n), n::text as code,"
        " code as n from marts.mart_pay",
    ],
)
def test_changed_content_makes_a_release(warehouse: Path, statement: str) -> None:
    first = made(warehouse)
    change(warehouse, statement)
    second = made(warehouse, hours=1)
    assert second.is_new
    assert second.id != first.id
    assert (warehouse.parent / "releases" / "published").resolve() == second.path
    assert first.path.is_dir()


def test_another_audience_makes_a_release(warehouse: Path) -> None:
    first = made(warehouse)
    assert made(warehouse, hours=1, audience="public").id != first.id


def test_last_bits_of_doubles_are_no_change(warehouse: Path) -> None:
    made(warehouse)
    change(warehouse, "update marts.mart_pay set share = share * (1 + 1e-15)")
    assert not made(warehouse, hours=1).is_new


def test_hash_counts_rows_that_stand_twice(warehouse: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse}' as warehouse")
        table = Table("normalized", "posting")
        before = content(connection, table)
        connection.execute("insert into warehouse.normalized.posting values (1), (1)")
        after = content(connection, table)
    assert (before.rows, after.rows) == (9, 11)
    assert before.hash != after.hash


def test_shut_gate_publishes_nothing_and_leaves_the_old_release(warehouse: Path) -> None:
    first = made(warehouse)
    change(warehouse, "insert into normalized.posting values (3)")
    with pytest.raises(GateClosedError, match="unique_posting_posting_key found 3"):
        made(warehouse, hours=1, gate=SHUT)
    now = current(warehouse.parent / "releases")
    assert now is not None
    assert now.id == first.id
    assert [path.name for path in (warehouse.parent / "releases").iterdir() if path.is_dir()].count(
        first.id
    ) == 1


def test_missing_table_publishes_nothing(warehouse: Path) -> None:
    change(warehouse, "drop table marts.mart_pay")
    with pytest.raises(ReleaseError, match=r"marts\.mart_pay is not in the warehouse"):
        made(warehouse)
    assert current(warehouse.parent / "releases") is None


def test_no_warehouse_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="There is no warehouse"):
        made(tmp_path / "warehouse.duckdb")


def test_three_releases_stay(warehouse: Path) -> None:
    ids = []
    for n in range(5):
        change(warehouse, f"insert into normalized.posting values ({100 + n})")
        release = made(warehouse, hours=n)
        # Made within a moment of each other here; the order is that of the manifests' times.
        stamp = 1_000_000_000 + n
        os.utime(release.path / "manifest.json", (stamp, stamp))
        ids.append(release.id)
    releases = warehouse.parent / "releases"
    assert {path.name for path in releases.iterdir()} == {*ids[-3:], "published"}


def test_what_a_kill_left_is_taken_away(warehouse: Path) -> None:
    releases = warehouse.parent / "releases"
    half = releases / ".making-20260302T050000Z-deadbeef"
    half.mkdir(parents=True)
    (half / "mart_pay.parquet").write_text("half")
    (releases / ".making-published").symlink_to("nowhere")
    release = made(warehouse)
    assert {path.name for path in releases.iterdir()} == {release.id, "published"}


def test_killed_between_rename_and_swap_is_published_by_the_next_run(warehouse: Path) -> None:
    first = made(warehouse)
    change(warehouse, "insert into normalized.posting values (3)")
    second = made(warehouse, hours=1)
    published = warehouse.parent / "releases" / "published"
    published.unlink()
    published.symlink_to(first.id)
    again = made(warehouse, hours=1)
    assert again.id == second.id
    assert published.resolve() == second.path


def test_a_reader_keeps_the_release_it_opened(warehouse: Path) -> None:
    made(warehouse)
    opened = (warehouse.parent / "releases" / "published").resolve()
    with duckdb.connect(str(opened / "wagehouse.duckdb"), read_only=True) as reader:
        change(warehouse, "insert into normalized.posting values (3)")
        made(warehouse, hours=1)
        assert reader.execute("select count(*) from normalized.posting").fetchone() == (9,)


def test_warehouse_held_by_another_process_is_one_line(
    warehouse: Path, held_elsewhere: None
) -> None:
    with pytest.raises(ExpectedError, match=r"warehouse\.duckdb is in use by process \d+"):
        made(warehouse)
