"""Short-lived connections to the warehouse, and what landing reads from it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from ingestion.errors import WarehouseLocked
from ingestion.landing.tables import schema_of
from ingestion.landing.versions import Standing

_PID = re.compile(r"PID (\d+)")


def locked(error: BaseException, warehouse: Path) -> WarehouseLocked | None:
    """The lock that an error, or one of its causes, tells of; None when it tells of none."""
    seen: BaseException | None = error
    while seen is not None:
        text = str(seen)
        if "Could not set lock" in text or "Conflicting lock" in text:
            pid = _PID.search(text)
            return WarehouseLocked(warehouse, int(pid[1]) if pid else None)
        seen = seen.__cause__ or seen.__context__
    return None


@contextmanager
def connect(warehouse: Path, patience: float = 2.0) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that is closed at the end of the block.

    Another process may hold the file for a moment: it is tried again for `patience` seconds, then
    WarehouseLocked is raised.
    """
    warehouse.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + patience
    while True:
        try:
            connection = duckdb.connect(str(warehouse))
            break
        except duckdb.IOException as error:
            lock = locked(error, warehouse)
            if lock is None:
                raise
            if time.monotonic() > deadline:
                raise lock from None
            time.sleep(0.2)
    try:
        connection.execute("set TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()


def tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Names of the tables in schema raw."""
    rows = connection.execute(
        "select table_name from information_schema.tables where table_schema = 'raw'"
    )
    return {name for (name,) in rows.fetchall()}


def create_missing(connection: duckdb.DuckDBPyConnection, names: Iterable[str]) -> None:
    """Create those of these raw tables that do not exist, with the columns that we land."""
    missing = set(names) - tables(connection)
    if missing:
        connection.execute("create schema if not exists raw")
    for name in sorted(missing):
        connection.register("columns_of_it", schema_of(name).empty_table())
        connection.execute(
            f"create table raw.{name} as select *, null::varchar as _dlt_load_id from columns_of_it"
        )
        connection.unregister("columns_of_it")


def version_tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Names of the raw tables that hold versions of records, in alphabetical order."""
    rows = connection.execute(
        """
        select table_name from information_schema.columns
        where table_schema = 'raw' and column_name in ('version_no', 'payload')
        group by table_name having count(*) = 2 order by table_name
        """
    )
    return [name for (name,) in rows.fetchall()]


@dataclass(frozen=True, slots=True)
class SliceState:
    """The newest row of one slice of a run. Open: planned and not ended."""

    endpoint: str
    scope: str
    slice: str
    started_at: datetime
    is_open: bool


@dataclass(frozen=True, slots=True)
class RunState:
    """The newest run of a source, as its rows in raw.slices tell it."""

    run_id: str
    run_no: int
    started_at: datetime
    max_seq: int
    slices: tuple[SliceState, ...]


def newest_run(connection: duckdb.DuckDBPyConnection, source: str) -> RunState | None:
    """The run of this source with the highest run_no, None when there is none."""
    if "slices" not in tables(connection):
        return None
    rows = connection.execute(
        """
        with newest as (
            select * from raw.slices
            where source = $source
                and run_no = (select max(run_no) from raw.slices where source = $source)
        )
        select run_id, run_no, endpoint, scope, slice, min(started_at), max(seq),
            arg_max(ended_at is null, seq)
        from newest
        group by all
        order by endpoint, scope, slice
        """,
        {"source": source},
    ).fetchall()
    if not rows:
        return None
    run_id, run_no = rows[0][:2]
    return RunState(
        run_id=run_id,
        run_no=run_no,
        started_at=min(row[5] for row in rows),
        max_seq=max(row[6] for row in rows),
        slices=tuple(SliceState(row[2], row[3], row[4], row[5], row[7]) for row in rows),
    )


def next_run_no(connection: duckdb.DuckDBPyConnection) -> int:
    """The highest run number of the warehouse, plus one."""
    if "slices" not in tables(connection):
        return 1
    row = connection.execute("select coalesce(max(run_no), 0) + 1 from raw.slices").fetchone()
    return int(row[0]) if row else 1


def read_known(
    connection: duckdb.DuckDBPyConnection, table: str, run_id: str, source: str | None = None
) -> tuple[dict[str, Standing], int]:
    """Newest version of every record of a raw table, and the highest seq this run has used there.

    `source` narrows `files__rows`, which holds many.
    """
    if table not in tables(connection):
        return {}, 0
    where = "" if source is None else "where source = $source"
    parameters = {"run_id": run_id} | ({} if source is None else {"source": source})
    found = connection.execute(
        f"""
        select record_id, max(version_no),
            arg_max(content_hash, (version_no, seq)),
            arg_max(run_id, (version_no, seq)) = $run_id,
            coalesce(max(seq) filter (where run_id = $run_id), 0)
        from raw.{table}
        {where}
        group by record_id
        """,
        parameters,
    ).fetchall()
    known = {row[0]: Standing(row[1], row[2], row[3]) for row in found}
    return known, max((row[4] for row in found), default=0)


def has_rows(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether a raw table exists and holds a row."""
    if table not in tables(connection):
        return False
    return connection.execute(f"select 1 from raw.{table} limit 1").fetchone() is not None
