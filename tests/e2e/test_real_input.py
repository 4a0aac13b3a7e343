"""Two captured days of The Muse, served on two following days, counted in every layer to the site.

On the first day 120 distinct jobs were captured, on the second 220, of which 100 are among the
first and did not change. A third run, on the second day, brings nothing new.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import duckdb
import pytest

from tests.conftest import RealInput

FIRST, SECOND, BOTH, COMPANIES = 120, 220, 100, 100
EVER = FIRST + SECOND - BOTH


@pytest.fixture
def warehouse(real_input: RealInput) -> Iterator[duckdb.DuckDBPyConnection]:
    """Closed after each test: a reader keeps the next run out."""
    with duckdb.connect(str(real_input.data / "warehouse.duckdb"), read_only=True) as connection:
        yield connection


def one(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0] if len(row) == 1 else row


def test_raw_holds_each_version_once(warehouse: duckdb.DuckDBPyConnection) -> None:
    jobs = "from raw.the_muse__jobs"
    assert one(warehouse, f"select count(*), count(distinct record_id) {jobs}") == (EVER, EVER)
    assert one(warehouse, f"select min(version_no), max(version_no) {jobs}") == (1, 1)
    companies = "from raw.the_muse__companies"
    assert one(warehouse, f"select count(*), max(version_no) {companies}") == (COMPANIES, 1)
    assert one(warehouse, "select count(*) from raw.rejected") == 0


def test_each_day_has_its_slices(warehouse: duckdb.DuckDBPyConnection) -> None:
    ended = warehouse.execute(
        "select run_no, endpoint, scope, is_complete, records from raw.slices"
        " where ended_at is not null order by run_no, endpoint"
    ).fetchall()
    assert ended == [
        (1, "companies", "all", True, COMPANIES),
        (1, "jobs", "all", True, FIRST),
        (2, "companies", "all", True, COMPANIES),
        (2, "jobs", "all", True, SECOND),
        (3, "companies", "all", True, COMPANIES),
        (3, "jobs", "all", True, SECOND),
    ]
    planned = "select count(*) from raw.slices where reason = 'planned' and not is_complete"
    assert one(warehouse, planned) == 6


def test_each_day_saw_its_records(warehouse: duckdb.DuckDBPyConnection) -> None:
    seen = warehouse.execute(
        "select s.run_no, count(*), count(distinct record_id), sum(times) from raw.sightings"
        " inner join (select distinct run_id, run_no from raw.slices) as s using (run_id)"
        " where endpoint = 'jobs' group by all order by 1"
    ).fetchall()
    assert seen == [
        (1, FIRST, FIRST, FIRST),
        (2, SECOND, SECOND, SECOND),
        (3, SECOND, SECOND, SECOND),
    ]


def test_postings_know_when_they_were_seen(
    warehouse: duckdb.DuckDBPyConnection, real_input: RealInput
) -> None:
    days = [datetime.fromisoformat(now).replace(tzinfo=None) for now in real_input.nows]
    spans = warehouse.execute(
        "select first_seen_at, last_seen_at::date, closed_at, count(*) from normalized.posting"
        " where source = 'the_muse' group by all order by 1, 2"
    ).fetchall()
    assert spans == [
        (days[0], days[0].date(), days[1], FIRST - BOTH),
        (days[0], days[1].date(), None, BOTH),
        (days[1], days[1].date(), None, SECOND - BOTH),
    ]


def test_nothing_is_lost_on_the_way(warehouse: duckdb.DuckDBPyConnection) -> None:
    staged = one(warehouse, "select count(*) from staging.stg_the_muse__jobs")
    postings = one(warehouse, "select count(*) from normalized.posting")
    facts = one(warehouse, "select count(*) from marts.fct_posting")
    assert staged == postings == facts == EVER
    keys = one(warehouse, "select count(distinct posting_key) from normalized.posting")
    assert keys == EVER


def test_overview_counts_what_came(warehouse: duckdb.DuckDBPyConnection) -> None:
    counted = one(
        warehouse, "select n_postings, n_postings_open, n_jobs, is_demo from marts.mart_overview"
    )
    assert counted == (EVER, SECOND, EVER, False)
    # Every pay statement of this source is read from text.
    origins = warehouse.execute("select distinct origin from marts.fct_pay_statement").fetchall()
    assert origins == [("parsed",)]


def test_second_run_of_the_day_brings_nothing(real_input: RealInput) -> None:
    assert "0 new" in real_input.again
    assert real_input.release_again == real_input.release
