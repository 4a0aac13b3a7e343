"""Rows of a dropped file, all at once: which are new, their versions, sightings and faults, by SQL.

What `Run.meet` decides a record at a time is decided here for a million: a file is staged as
Parquet, joined with the newest versions that stand, and everything that lands of it travels in one
package with the row that says the slice is complete. A kill leaves all of it or nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from ingestion.landing import canonical, queries
from ingestion.landing.slices import Slice
from ingestion.source import FILES_TABLE

if TYPE_CHECKING:
    from ingestion.landing.landing import Landing
    from ingestion.landing.run import Run

#: Memory that DuckDB may use for it; what is more goes to disk.
MEMORY = "350MB"
_PARQUET = "(format parquet, compression lz4_raw, row_group_size 20000)"


@dataclass(slots=True)
class Landed:
    """Counts of one file. `unchanged`: rows that stood already; `repeated`: rows whose key comes
    again further down; `quarantined`: lines that could not be used."""

    rows: int = 0
    records: int = 0
    new_versions: int = 0
    unchanged: int = 0
    repeated: int = 0
    quarantined: int = 0


def land_file_rows(
    landing: Landing,
    run: Run,
    slice_: Slice,
    *,
    staged: Path,
    problems: Path,
    request: Mapping[str, Any],
    work: Path,
) -> tuple[Landed, dict[str, tuple[Path, int]]]:
    """Decide on the staged rows; returns counts and, by raw table, a Parquet file and its rows.

    `staged` and `problems` as `ingestion.files.stage` writes them, `request` what is said of every
    row (file, sha256, sheet). The run's sequence numbers are used up to the last row.
    """
    with landing.store.connect() as connection:
        connection.execute(f"set memory_limit = '{MEMORY}'")
        connection.execute(f"set temp_directory = {_quoted(work / 'spill')}")
        connection.execute("set preserve_insertion_order = false")
        work_on = _Work(connection, run, slice_, staged, problems, request, work)
        counts = work_on.decide()
        files = work_on.write(counts, run.now())
        for name in ("ids", "standing", "decided"):
            connection.execute(f"drop table if exists temp.{name}")
        connection.execute("reset memory_limit")
    return counts, files


class _Work:
    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        run: Run,
        slice_: Slice,
        staged: Path,
        problems: Path,
        request: Mapping[str, Any],
        work: Path,
    ) -> None:
        self._sql = connection.execute
        self._connection = connection
        self._run = run
        self._slice = slice_
        self._staged = f"read_parquet({_quoted(staged)})"
        self._problems = f"read_parquet({_quoted(problems)})"
        self._work = work
        text = canonical.dumps({"endpoint": slice_.endpoint, "line": 0, **request})
        before, _, after = text.partition('"line":0')
        self._request = f"""{_quoted(before + '"line":')} || line || {_quoted(after)}"""

    def decide(self) -> Landed:
        """Give each row its id, and each record its version."""
        self._sql(
            f"""
            create or replace temp table ids as
            -- equal rows without a key are told apart by their occurrence
            select
                n,
                md5("row") || '-' || row_number() over (partition by md5("row") order by n)
                    as row_id
            from {self._staged}
            where key is null
            """
        )
        self._sql(
            f"""
            create or replace temp table decided as
            select
                staged.n,
                staged.line,
                coalesce(staged.key, ids.row_id) as record_id,
                md5(staged.fields || staged."row") as content_hash,
                true as is_last,
                0::bigint as version_no,
                false as lands,
                false as is_correction
            from {self._staged} as staged
            left join temp.ids as ids on staged.n = ids.n
            """
        )
        rows, records = self._one("select count(*), count(distinct record_id) from temp.decided")
        self._standing()
        is_first = self._one("select count(*) from temp.standing")[0] == 0
        if rows == records and is_first:
            self._sql("update temp.decided set version_no = 1, lands = true")
        else:
            self._sql(
                """
                create or replace temp table decided as
                with ranked as (
                    select
                        * exclude (is_last, version_no, lands, is_correction),
                        row_number() over (partition by record_id order by n desc) = 1 as is_last
                    from temp.decided
                ),
                last_rows as (
                    select
                        ranked.record_id,
                        coalesce(standing.content_hash = ranked.content_hash, false) as stands,
                        coalesce(standing.in_run, false) as in_run,
                        coalesce(standing.version_no, 0) as version_before
                    from ranked
                    left join temp.standing as standing on ranked.record_id = standing.record_id
                    where ranked.is_last
                )
                select
                    ranked.*,
                    case
                        when last_rows.stands or last_rows.in_run then last_rows.version_before
                        else last_rows.version_before + 1
                    end as version_no,
                    not last_rows.stands as lands,
                    last_rows.in_run as is_correction
                from ranked
                inner join last_rows on ranked.record_id = last_rows.record_id
                """
            )
        versions, unchanged = self._one(
            """
            select
                count(*) filter (where lands and is_last and not is_correction),
                count(*) filter (where not lands)
            from temp.decided
            """
        )
        (quarantined,) = self._one(
            f"""
            select count(*) from (
                select line from {self._problems}
                union
                select line from temp.decided where not is_last
            )
            """
        )
        return Landed(rows, records, versions, unchanged, rows - records, quarantined)

    def _standing(self) -> None:
        known = FILES_TABLE in queries.tables(self._connection)
        source = (
            f"select * from raw.{FILES_TABLE} where source = {_quoted(self._run.source)}"
            if known
            else "select null::varchar as record_id, 0::bigint as version_no, 0::bigint as seq,"
            " null::varchar as content_hash, null::varchar as run_id where false"
        )
        self._sql(
            f"""
            create or replace temp table standing as
            select
                record_id,
                max(version_no) as version_no,
                arg_max(content_hash, (version_no, seq)) as content_hash,
                arg_max(run_id, (version_no, seq)) = {_quoted(self._run.run_id)} as in_run
            from ({source})
            group by record_id
            """
        )

    def write(self, counts: Landed, now: datetime) -> dict[str, tuple[Path, int]]:
        """Write what lands, by raw table."""
        run, slice_ = self._run, self._slice
        base = run.next_seq()
        run.skip_seq(counts.rows)
        source, run_id = _quoted(run.source), _quoted(run.run_id)
        stamp = f"timestamptz {_quoted(now.isoformat())}"
        rejected_base = run.next_seq()
        found = {
            FILES_TABLE: f"""
                select
                    {source} as source,
                    record_id,
                    version_no,
                    '{{"fields":' || fields || ',"row":' || "row" || '}}' as payload,
                    content_hash,
                    {self._request} as request,
                    {stamp} as fetched_at,
                    {run_id} as run_id,
                    {base} + n as seq,
                    md5({source} || ':' || {run_id} || ':' || n) as row_id
                from (
                    select
                        decided.*,
                        staged.fields,
                        staged."row"
                    from {self._staged} as staged
                    inner join temp.decided as decided on staged.n = decided.n
                    where decided.lands
                )
                """,
            "sightings": f"""
                select
                    {source} as source,
                    {_quoted(slice_.endpoint)} as endpoint,
                    {_quoted(slice_.scope)} as scope,
                    record_id,
                    max(version_no) as version_no,
                    {run_id} as run_id,
                    {stamp} as seen_from,
                    {stamp} as seen_to,
                    count(*) as times,
                    md5({source} || ':sighting:' || {run_id} || ':' || min(n)) as row_id
                from temp.decided
                group by {"record_id" if counts.repeated else "record_id, n"}
                """,
            "rejected": f"""
                with faults as (
                    select
                        problems.n,
                        problems.line,
                        problems.field,
                        problems.value,
                        problems.reason,
                        coalesce(problems.body, staged."row") as body,
                        decided.record_id
                    from {self._problems} as problems
                    left join temp.decided as decided on problems.n = decided.n
                    left join {self._staged} as staged on problems.n = staged.n
                    -- what is known already was noted when it came for the first time
                    where problems.n is null or decided.lands
                    union all by name
                    select
                        decided.n,
                        decided.line,
                        null as field,
                        decided.record_id as value,
                        'repeated_key: a later line has this key and stands' as reason,
                        staged."row" as body,
                        decided.record_id
                    from temp.decided as decided
                    inner join {self._staged} as staged on decided.n = staged.n
                    where not decided.is_last and decided.lands
                )
                select
                    {source} as source,
                    {_quoted(slice_.endpoint)} as endpoint,
                    record_id,
                    body,
                    field,
                    value,
                    reason,
                    {self._request} as request,
                    {stamp} as fetched_at,
                    {run_id} as run_id,
                    md5(
                        {run_id} || ':rejected:' || {rejected_base} || ':' || line || ':'
                        || coalesce(field, '') || ':' || reason
                        || ':' || row_number() over (order by line, field, reason)
                    ) as row_id
                from faults
                """,
        }
        written = {}
        for table, query in found.items():
            file = self._work / f"{table}.parquet"
            # dlt takes a file as it is, without a load id of its own.
            whole = f"select *, run_id as _dlt_load_id from ({query})"
            copied = self._one(f"copy ({whole}) to {_quoted(file)} {_PARQUET}")[0]
            if copied:
                written[table] = (file, int(copied))
        return written

    def _one(self, query: str) -> tuple[Any, ...]:
        row = self._sql(query).fetchone()
        return row or (0, 0)


def _quoted(text: str | Path) -> str:
    return "'" + str(text).replace("'", "''") + "'"
