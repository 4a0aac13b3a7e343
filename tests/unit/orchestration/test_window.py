"""Spark's Parquet files shown in DuckDB: same types, same rows, same hash as a table of its own."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingestion.settings import Settings
from orchestration import models
from orchestration.errors import EngineError
from orchestration.release import Table, content
from orchestration.spark.window import Shown, open_window, show, tables_of

DAY = datetime(2026, 3, 2, 6, 30, 0, 120_000, tzinfo=UTC)
POSTING = Shown(
    "normalized",
    "posting",
    types={
        "posting_key": "string",
        "n": "bigint",
        "share": "double",
        "posted_on": "date",
        "seen_at": "timestamp",
        "is_open": "boolean",
    },
)
#: The same rows as DuckDB would build them.
OURS = """
    select * from (values
        ('a', 1::bigint, 0.5::double, date '2026-03-02',
            timestamp '2026-03-02 06:30:00.12', true),
        ('b', null, null, null, null, null)
    ) t(posting_key, n, share, posted_on, seen_at, is_open)
"""


def rows(times: pa.DataType) -> pa.Table:
    """The rows as Spark writes them: counts may be int, means decimals."""
    return pa.table(
        {
            "posting_key": pa.array(["a", "b"]),
            "n": pa.array([1, None], pa.int32()),
            "share": pa.array([Decimal("0.50"), None], pa.decimal128(10, 2)),
            "posted_on": pa.array([date(2026, 3, 2), None], pa.date32()),
            "seen_at": pa.array([DAY if times.tz else DAY.replace(tzinfo=None), None], times),
            "is_open": pa.array([True, None]),
        }
    )


def lay(folder: Path, shown: Shown, *parts: pa.Table, int96: bool = False) -> Path:
    """Write the files of a table as Spark lays them out, a task's file each."""
    files = folder / f"{shown.schema}.db" / shown.name
    (files / "_temporary" / "0").mkdir(parents=True, exist_ok=True)
    for n, part in enumerate(parts):
        pq.write_table(
            part,
            files / f"part-{n:05}-5a1b-c000.snappy.parquet",
            use_deprecated_int96_timestamps=int96,
        )
    (files / "_SUCCESS").touch()
    (files / "_temporary" / "0" / "part-00009-dead.snappy.parquet").write_bytes(b"half a file")
    return files


@pytest.mark.parametrize(
    ("times", "int96"),
    [
        (pa.timestamp("us", tz="UTC"), False),
        (pa.timestamp("us"), False),
        (pa.timestamp("us", tz="UTC"), True),
    ],
)
def test_table_shown_is_the_one_that_duckdb_would_have(
    tmp_path: Path, times: pa.DataType, int96: bool
) -> None:
    parts = rows(times)
    lay(tmp_path / "spark", POSTING, parts.slice(0, 1), parts.slice(1), int96=int96)
    warehouse = tmp_path / "warehouse.duckdb"
    assert show(warehouse, tmp_path / "spark", [POSTING]) == []
    with duckdb.connect() as connection:
        # Views must not depend on where, or in which time zone, they are read.
        connection.execute("set TimeZone = 'America/New_York'")
        connection.execute(f"attach '{warehouse}' as warehouse (read_only)")
        theirs = content(connection, Table("normalized", "posting"))
        connection.execute("attach ':memory:' as ours; create schema ours.normalized")
        connection.execute(f"create table ours.normalized.posting as {OURS}")
        connection.execute("detach warehouse; attach ':memory:' as warehouse")
        connection.execute("create schema warehouse.normalized")
        connection.execute(
            "create table warehouse.normalized.posting as from ours.normalized.posting"
        )
        assert theirs == content(connection, Table("normalized", "posting"))


def test_empty_table_keeps_its_types(tmp_path: Path) -> None:
    lay(tmp_path / "spark", POSTING, rows(pa.timestamp("us", tz="UTC")).slice(0, 0))
    warehouse = tmp_path / "warehouse.duckdb"
    show(warehouse, tmp_path / "spark", [POSTING])
    with duckdb.connect(str(warehouse)) as connection:
        found = connection.execute("describe normalized.posting").fetchall()
    assert [kind for _, kind, *_ in found] == [
        "VARCHAR",
        "BIGINT",
        "DOUBLE",
        "DATE",
        "TIMESTAMP",
        "BOOLEAN",
    ]


def test_seeds_are_copied_with_types_that_nobody_declares(tmp_path: Path) -> None:
    seed = Shown("seeds", "pay_bands", is_seed=True)
    files = lay(
        tmp_path / "spark",
        seed,
        pa.table({"code": ["x"], "hours": pa.array([40], pa.int32()), "words": [["a", "b"]]}),
    )
    warehouse = tmp_path / "warehouse.duckdb"
    show(warehouse, tmp_path / "spark", [seed])
    for file in files.glob("*.parquet"):
        file.unlink()
    with duckdb.connect(str(warehouse)) as connection:
        assert connection.execute("from seeds.pay_bands").fetchall() == [("x", 40, ["a", "b"])]
        kinds = [kind for _, kind, *_ in connection.execute("describe seeds.pay_bands").fetchall()]
    assert kinds == ["VARCHAR", "BIGINT", "VARCHAR[]"]


def test_window_takes_the_place_of_what_duckdb_built_and_shows_what_spark_built_last(
    tmp_path: Path,
) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    gone = Shown("marts", "mart_pay")
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create schema normalized; create schema marts; create schema raw")
        connection.execute("create table normalized.posting as select 'old' as posting_key")
        connection.execute("create table marts.mart_pay as select 1 as of_the_other_engine")
        connection.execute("create table raw.kept as select 1 as n")
    part = rows(pa.timestamp("us", tz="UTC"))
    lay(tmp_path / "spark", POSTING, part.slice(0, 1))
    assert show(warehouse, tmp_path / "spark", [POSTING, gone]) == [gone]
    lay(tmp_path / "spark", POSTING, part)
    assert show(warehouse, tmp_path / "spark", [POSTING, gone]) == [gone]
    with duckdb.connect(str(warehouse)) as connection:
        names = "select schema_name || '.' || view_name from duckdb_views() where not internal"
        assert connection.execute(names).fetchall() == [("normalized.posting",)]
        assert connection.execute("from duckdb_tables() select table_name").fetchall() == [
            ("kept",)
        ]
        keys = connection.execute("select posting_key from normalized.posting").fetchall()
    assert keys == [("a",), ("b",)]


def test_window_that_cannot_be_opened_leaves_what_stood(tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    good = lay(tmp_path / "spark", POSTING, rows(pa.timestamp("us", tz="UTC")))
    bad = Shown("normalized", "survey")
    show(warehouse, tmp_path / "spark", [POSTING])
    broken = tmp_path / "spark" / "normalized.db" / "survey"
    broken.mkdir()
    (broken / "part-00000.parquet").write_bytes(b"no Parquet")
    with pytest.raises(duckdb.Error):
        show(warehouse, tmp_path / "spark", [POSTING, bad])
    with duckdb.connect(str(warehouse)) as connection:
        assert connection.execute("select count(*) from normalized.posting").fetchone() == (2,)
    assert good.exists()


def test_tables_in_a_bucket_are_copied_to_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = lay(tmp_path / "cluster", POSTING, rows(pa.timestamp("us", tz="UTC")))
    bucket = fsspec.filesystem("memory")
    bucket.put(str(files), "/lake/warehouse/normalized.db/posting", recursive=True)
    monkeypatch.setenv("WAGEHOUSE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("WAGEHOUSE_SPARK_WAREHOUSE", "memory://lake/warehouse/")
    settings = Settings.load()
    missing = Shown("marts", "mart_pay")
    assert open_window(settings, [POSTING, missing]) == [missing]
    with duckdb.connect(str(settings.warehouse)) as connection:
        assert connection.execute("select count(*) from normalized.posting").fetchone() == (2,)
    monkeypatch.setenv("WAGEHOUSE_SPARK_WAREHOUSE", "nowhere://lake/warehouse")
    with pytest.raises(EngineError, match=re.escape("Spark's tables in nowhere://lake/warehouse")):
        open_window(settings, [POSTING])


def test_every_model_that_is_a_table_declares_types_that_the_window_knows() -> None:
    models.ensure_manifest()
    shown = tables_of(models.load_manifest())
    assert any(table.is_seed for table in shown)
    assert {kind for table in shown for kind in table.types.values()} == {
        *POSTING.types.values(),
    }
