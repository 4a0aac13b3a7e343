"""What landing reads of raw: SQL over a connection that shows the raw tables, wherever they lie."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import orjson

from ingestion.landing.tables import SHARED, is_raw_table
from ingestion.landing.versions import Standing
from ingestion.source import DEMO, FILES_TABLE, SAMPLE


def tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Names of the tables and views in schema raw."""
    rows = connection.execute(
        "select table_name from information_schema.tables where table_schema = 'raw'"
    )
    return {name for (name,) in rows.fetchall()}


def version_tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Names of the raw tables that hold versions of records, in alphabetical order."""
    return sorted(
        name
        for name in tables(connection)
        if name == FILES_TABLE or (name not in SHARED and is_raw_table(name))
    )


@dataclass(frozen=True, slots=True)
class SliceState:
    """The newest row of one slice of a run. Open: planned and not ended."""

    endpoint: str
    scope: str
    slice: str
    mode: str
    request: str
    started_at: datetime
    is_open: bool
    reason: str | None
    #: How far an open one has come: see `SliceWriter.at`.
    position: str | None = None
    records: int = 0
    rejected: int = 0
    problems: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str, str]:
        return self.endpoint, self.scope, self.slice


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
        select run_id, run_no, max(seq), endpoint, scope, slice, arg_max(mode, seq),
            arg_max(request, seq), min(started_at), arg_max(ended_at is null, seq),
            arg_max(coalesce(reason, ''), seq)
        from newest
        group by all
        order by endpoint, scope, slice
        """,
        {"source": source},
    ).fetchall()
    if not rows:
        return None
    positions = _positions(connection, rows[0][0])
    slices = tuple(SliceState(*row[3:], **positions.get(row[3:6], {})) for row in rows)
    return RunState(
        run_id=rows[0][0],
        run_no=rows[0][1],
        started_at=min(state.started_at for state in slices),
        max_seq=max(row[2] for row in rows),
        slices=slices,
    )


def _positions(
    connection: duckdb.DuckDBPyConnection, run_id: str
) -> dict[tuple[str, str, str], dict[str, Any]]:
    """The newest position of each slice of a run."""
    if "positions" not in tables(connection):
        return {}
    rows = connection.execute(
        """
        select endpoint, scope, slice, arg_max(position, seq), arg_max(records, seq),
            arg_max(rejected, seq), arg_max(problems, seq)
        from raw.positions
        where run_id = $run_id
        group by all
        """,
        {"run_id": run_id},
    ).fetchall()
    return {
        row[:3]: {
            "position": row[3],
            "records": row[4],
            "rejected": row[5],
            "problems": tuple(orjson.loads(row[6])),
        }
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class ScopeState:
    """When the newest runs of a scope began that met all they could: enumerating it, and any."""

    full_at: datetime | None
    any_at: datetime


def complete_runs(
    connection: duckdb.DuckDBPyConnection, source: str, but: str
) -> dict[tuple[str, str], ScopeState]:
    """By endpoint and scope: the newest runs that read every planned slice to its end, or as far as
    the source gives (capped, and nothing else amiss): a cursor goes on from either.

    Runs that a user narrowed to some days tell nothing about what came after those. `but`: the run
    that is under way, of which nothing counts.
    """
    if "slices" not in tables(connection):
        return {}
    rows = connection.execute(
        """
        with states as (
            select run_id, run_no, endpoint, scope, slice, arg_max(mode, seq) as mode,
                min(started_at) as started_at,
                arg_max(
                    coalesce(is_complete, false)
                    or (starts_with(reason, 'capped:') and not contains(reason, '; ')),
                    seq
                ) as is_complete
            from raw.slices
            where source = $source and run_id <> $but
            group by all
        ), runs as (
            select run_id, run_no, endpoint, scope, min(started_at) as started_at,
                bool_and(mode = 'full') as is_full
            from states
            group by all
            having coalesce(bool_and(is_complete), false) and not bool_or(
                starts_with(slice, 'since=') or starts_with(slice, 'until=')
            )
        )
        select endpoint, scope, arg_max(started_at, run_no) filter (where is_full),
            arg_max(started_at, run_no)
        from runs
        group by all
        """,
        {"source": source, "but": but},
    ).fetchall()
    return {(row[0], row[1]): ScopeState(row[2], row[3]) for row in rows}


def next_run_no(connection: duckdb.DuckDBPyConnection) -> int:
    """The highest run number of all runs, plus one."""
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


def holds_real_records(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a record of a real source stands there: a dropped file is one, the sample is not."""
    for table in version_tables(connection):
        if table == FILES_TABLE:
            found = connection.execute(
                f"select 1 from raw.{table} where source <> $sample limit 1", {"sample": SAMPLE}
            ).fetchone()
            if found:
                return True
        elif not table.startswith(f"{DEMO}__") and has_rows(connection, table):
            return True
    return False
