"""Folding sightings: fewer rows, the same first and last sighting, sum and last run."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.landing import warehouse
from ingestion.landing.fold import fold, fold_sightings
from ingestion.landing.tables import SIGHTINGS, SLICES
from ingestion.settings import Settings
from tests.unit.ingestion.conftest import NOW

RUNS = 9
#: By record, the version under which each run met it; None where it did not.
MET = st.lists(
    st.lists(st.none() | st.integers(1, 2), min_size=RUNS, max_size=RUNS), min_size=1, max_size=3
)
WHAT_STAYS = """
    select record_id, min(seen_from), max(seen_to), sum(times), arg_max(run_id, seen_to),
        arg_max(version_no, seen_to)
    from raw.sightings group by record_id order by record_id
"""


def filled(met: list[list[int | None]]) -> duckdb.DuckDBPyConnection:
    """A warehouse in memory, with one sighting a record and run, two in every second run."""
    slices: list[dict[str, Any]] = []
    sightings: list[dict[str, Any]] = []
    scope = {"source": "x", "endpoint": "jobs", "scope": "all"}
    for number in range(RUNS):
        run = {**scope, "run_id": f"run {number}"}
        at = NOW + timedelta(days=number)
        # As in real runs, there are two rows a slice: planned, then ended.
        slices += [
            {**dict.fromkeys(SLICES.names), **run, "run_no": number + 1, "seq": seq}
            for seq in (1, 2)
        ]
        for record, versions in enumerate(met):
            if versions[number] is not None:
                seen = {**run, "record_id": str(record), "version_no": versions[number]}
                sightings += [
                    {
                        **seen,
                        "seen_from": at,
                        "seen_to": at,
                        "times": 1,
                        "row_id": f"{record}{at}{n}",
                    }
                    for n in range(1 + number % 2)
                ]
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    warehouse.create_missing(connection, ["slices", "sightings"])
    for name, rows, schema in (("slices", slices, SLICES), ("sightings", sightings, SIGHTINGS)):
        connection.register("rows", pa.Table.from_pylist(rows, schema))
        connection.execute(f"insert into raw.{name} select *, 'load' from rows")
    return connection


def rows_of(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()


COUNT = "select count(*) from raw.sightings"
CONTENT = "select * exclude (row_id) from raw.sightings order by all"


@settings(max_examples=25, deadline=None)
@given(MET, st.integers(1, RUNS))
def test_folding_keeps_what_is_asked_of_sightings(met: list[list[int | None]], kept: int) -> None:
    connection = filled(met)
    before = rows_of(connection, WHAT_STAYS)
    count = rows_of(connection, COUNT)[0][0]
    needless = fold(connection, kept)
    assert rows_of(connection, WHAT_STAYS) == before
    assert rows_of(connection, COUNT)[0][0] == count - needless
    assert fold(connection, kept) == 0, "what is folded stays as it is"
    # Bit by bit gives what one go gives.
    everything = fold(connection, 0)
    at_once = filled(met)
    assert fold(at_once, 0) == needless + everything
    assert rows_of(at_once, CONTENT) == rows_of(connection, CONTENT)


def test_spans_break_at_gaps_and_changes() -> None:
    connection = filled([[1, 1, 1, None, 1, 2, 2, 2, None]])
    fold(connection, 2)
    assert rows_of(
        connection,
        "select version_no, run_id, day(seen_from) - 2, day(seen_to) - 2, times"
        " from raw.sightings order by 3, 4",
    ) == [
        (1, "run 2", 0, 2, 4),
        (1, "run 4", 4, 4, 1),
        (2, "run 6", 5, 6, 3),
        (2, "run 7", 7, 7, 1),
        (2, "run 7", 7, 7, 1),
    ]


def test_a_row_that_a_crash_loaded_twice_counts_once() -> None:
    connection = filled([[1] * RUNS])
    connection.execute("insert into raw.sightings select * from raw.sightings")
    fold(connection, 0)
    assert rows_of(connection, "select count(*), sum(times) from raw.sightings") == [(1, 13)]


def test_nothing_to_fold(tmp_path: Path) -> None:
    assert fold_sightings(Settings(data=tmp_path)) == 0
    assert not list(tmp_path.iterdir())
