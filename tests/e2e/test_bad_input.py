"""Bad input through the whole graph: counted on the data page, nothing lost, no trace shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.conftest import check_run, clean_env, wagehouse
from tests.simulator import ROOT, Simulator, faults, muse_api
from tests.simulator.server import Api
from tests.support.jobs import generated_jobs

JOBS = 120
MAPPING = """\
name: mine
fields: {title: title, pay: pay, currency: currency, country: country, posted_on: on}
constants: {period: year}
"""


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A run on an API of which one page is no JSON, one record has no id and one changed type, and
    on three files: a good one with two bad rows, one without a mapping, one that is no text."""
    data = tmp_path_factory.mktemp("spoilt")
    inbox = data / "inbox"
    inbox.mkdir()
    (inbox / "mine.csv").write_text(
        "title,pay,currency,country,on\n"
        "Baker,30000,EUR,France,2026-01-05\n"
        "Miller,a lot,EUR,France,soon\n"
        "=cmd|' /C calc'!A1,41000,,France,\n"
    )
    (inbox / "mine.mapping.yml").write_text(MAPPING)
    (inbox / "orphan.csv").write_text("a,b\n1,2\n")
    (inbox / "broken.csv").write_bytes(b"\x00\xff\xfe\x00" * 64)
    (inbox / "broken.mapping.yml").write_text(MAPPING.replace("mine", "broken"))
    api: Api = muse_api(generated_jobs(JOBS))
    with Simulator(api) as simulator:
        simulator.fail(faults.html(), path="/jobs", page=1, times=None)
        simulator.fail(
            faults.record_edited(0, lambda job: {**job, "id": None}),
            path="/jobs",
            page=2,
            times=None,
        )
        simulator.fail(
            faults.field_changed(0, "publication_date", {"year": 2026}),
            path="/jobs",
            page=3,
            times=None,
        )
        env = clean_env(
            data,
            SOURCES__THE_MUSE__BASE_URL=simulator.url + ROOT,
            SOURCES__THE_MUSE__RETRIES="0",
            WAGEHOUSE_SOURCES="the_muse",
            WAGEHOUSE_NOW="2026-03-02T06:00:00Z",
        )
        printed = check_run(wagehouse("run", "--no-site", env=env))
    return data, printed


@pytest.fixture
def warehouse(spoilt: tuple[Path, str]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Closed after each test: a reader keeps the next run out."""
    with duckdb.connect(str(spoilt[0] / "warehouse.duckdb"), read_only=True) as connection:
        yield connection


def test_the_good_records_of_every_other_page_land(warehouse: duckdb.DuckDBPyConnection) -> None:
    landed = warehouse.execute("select count(*) from raw.the_muse__jobs").fetchone()
    # Less the 20 of the page that was no JSON and the one without an id.
    assert landed == (JOBS - 20 - 1,)
    postings = warehouse.execute(
        "select count(*) from normalized.posting where source = 'the_muse'"
    ).fetchone()
    assert postings == landed


def test_page_and_record_are_kept_with_their_reason(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    kept = warehouse.execute(
        "select split_part(reason, ':', 1), count(*), bool_and(length(body) > 0)"
        " from raw.rejected where source = 'the_muse' group by 1 order by 1"
    ).fetchall()
    assert [(row[1], row[2]) for row in kept] == [(1, True), (1, True)]
    assert "no_id" in {row[0] for row in kept}


def test_slice_with_a_bad_page_is_not_complete(warehouse: duckdb.DuckDBPyConnection) -> None:
    ended = warehouse.execute(
        "select is_complete, reason from raw.slices"
        " where endpoint = 'jobs' and ended_at is not null"
    ).fetchall()
    assert len(ended) == 1
    assert ended[0][0] is False
    assert "page 1" in ended[0][1]


def test_changed_type_lands_as_received_and_is_refused_by_field(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    refused = warehouse.execute(
        "select record_id, field, reason from normalized.quarantine"
        " where source = 'the_muse' and field like '%publication_date%'"
    ).fetchall()
    assert len(refused) == 1
    posting = warehouse.execute(
        "select posted_at from normalized.posting where record_id = ?", [refused[0][0]]
    ).fetchall()
    assert posting == [(None,)]


def test_files_are_accounted_for(
    spoilt: tuple[Path, str], warehouse: duckdb.DuckDBPyConnection
) -> None:
    data, printed = spoilt
    rows = warehouse.execute(
        "select count(*) from raw.files__rows where source = 'file_mine'"
    ).fetchone()
    assert rows == (3,)
    # An amount without a currency is kept, and used in no figure.
    usable = warehouse.execute(
        "select amount_min, currency, is_usable from normalized.pay_statement"
        " where source = 'file_mine' and amount_min is not null order by amount_min"
    ).fetchall()
    assert usable == [(30000.0, "EUR", True), (41000.0, None, False)]
    refused = warehouse.execute(
        "select line_no, field, value from normalized.quarantine where source = 'file_mine'"
    ).fetchall()
    # Pay in words is no fault: the rules for texts have it.
    assert refused == [(3, "on", "soon")]
    files = warehouse.execute(
        "select file_name, state, n_rows, n_usable, n_quarantined from marts.mart_file order by 1"
    ).fetchall()
    assert files == [("broken.csv", "unreadable", 0, 0, 0), ("mine.csv", "landed", 3, 2, 1)]
    assert (data / "inbox" / "orphan.csv").is_file()
    assert "orphan.csv" in printed
    assert (data / "quarantine" / "broken.csv").is_file()


def test_data_page_counts_it(warehouse: duckdb.DuckDBPyConnection) -> None:
    counted = warehouse.execute(
        "select source, sum(n) from marts.mart_quarantine group by 1 order by 1"
    ).fetchall()
    total = warehouse.execute("select count(*) from normalized.quarantine").fetchone()
    overview = warehouse.execute("select n_quarantined from marts.mart_overview").fetchone()
    assert sum(row[1] for row in counted) == (total or (0,))[0] == (overview or (-1,))[0]
    assert dict(counted)["the_muse"] == 3


def test_demo_beside_real_records_is_refused_in_one_line(spoilt: tuple[Path, str]) -> None:
    data = spoilt[0]
    again = wagehouse("run", "--no-site", env=clean_env(data, WAGEHOUSE_SOURCES="demo"))
    assert again.returncode == 1
    failed = [line for line in again.stdout.splitlines() if line.startswith("Failed:")]
    assert len(failed) == 1
    assert "records of real sources" in failed[0]
    assert "Traceback" not in again.stdout + again.stderr
