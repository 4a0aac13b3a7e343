"""Collecting The Muse from a server that serves its protocol, into a real warehouse."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ingestion import collect, demo_is_needed, quotas
from ingestion.errors import DemoRefused, UnknownSourceError
from ingestion.settings import Settings
from ingestion.the_muse import SPEC, fetch
from tests.simulator import ROOT, Simulator, faults, muse_api
from tests.unit.ingestion.conftest import FOLDER, NOW, WAREHOUSE, Query, settings_at


@pytest.fixture(params=[WAREHOUSE, FOLDER])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    return settings_at(request.param, tmp_path)


COMPANIES = [{"id": number, "name": f"Company {number}"} for number in range(25)]
Api = Callable[..., Simulator]


def jobs(number: int, **fields: Any) -> list[dict[str, Any]]:
    return [
        {
            "id": n,
            "name": f"Job {n}",
            "categories": [{"name": "Sales" if n % 2 else "Law"}],
            "locations": [{"name": "Lyon, France"}],
            **fields,
        }
        for n in range(number)
    ]


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """Starts a simulator and points the source at it; without waits between retries."""
    started: list[Simulator] = []

    def start(records: list[Any], **options: Any) -> Simulator:
        simulator = Simulator(muse_api(records, COMPANIES, **options))
        simulator.__enter__()
        started.append(simulator)
        monkeypatch.setenv("SOURCES__THE_MUSE__BASE_URL", simulator.url + ROOT)
        monkeypatch.setenv("SOURCES__THE_MUSE__RETRIES", "1")
        monkeypatch.setattr("ingestion.http.session.BACKOFF", 0.01)
        return simulator

    yield start
    for simulator in started:
        simulator.__exit__(None, None, None)


SLICES = """
    select endpoint, scope, is_complete, records, reason from raw.slices
    qualify row_number() over (partition by run_id, endpoint, scope order by seq desc) = 1
    order by run_no, endpoint desc, scope
"""


def test_a_run_with_bad_pages_and_records(api: Api, settings: Settings, query: Query) -> None:
    simulator = api(jobs(130))
    simulator.fail(faults.not_json(), path="/jobs", page=1, times=None)
    simulator.fail(faults.record_edited(3, lambda r: [r]), path="/jobs", page=2)
    simulator.fail(
        faults.bytes_replaced(b'"Job 67"', b'"Job \xff67"'), path="/jobs", page=3, times=None
    )
    simulator.fail(faults.edited(lambda page: {**page, "results": {}}), path="/jobs", page=4)
    lines: list[str] = []
    result = collect("the_muse", settings, lines.append)

    assert (result.source, result.status) == ("the_muse", "partial")
    assert result.reason is not None
    assert result.reason.startswith("page 1: not_json: ")
    assert (result.counts.records, result.counts.new_versions, result.counts.quarantined) == (
        113,
        113,
        4,
    )
    assert result.counts.tables["the_muse__jobs"].new_versions == 88
    assert result.counts.tables["the_muse__companies"].rows_landed == 25
    assert result.counts.requests == 7 + 1 + 2
    assert (result.counts.retries, result.counts.errors) == (1, 1)
    assert lines[-1] == "The Muse companies all: 25 records, 25 new, 0 rejected"
    rejected = query("select reason, body, request from raw.rejected order by reason")
    assert [reason.partition(":")[0] for reason, _, _ in rejected] == [
        "not_an_object",
        "not_json",
        "type_changed",
        "undecodable_bytes",
    ]
    assert json.loads(rejected[1][2]) == {"endpoint": "jobs", "page": 1}
    assert r"Job \xff67" in rejected[3][1]
    (found, other) = query(SLICES)
    assert found[:4] == ("jobs", "all", False, 88)
    assert "page 4: type_changed: results is dict, not a list" in found[4]
    assert other == ("companies", "all", True, 25, None)
    assert query("select count(*) from raw.responses") == [(5 + 2,)]
    assert not demo_is_needed(settings)
    with pytest.raises(DemoRefused):
        collect("demo", settings)
    hour = next(state for state in quotas(settings) if state.source == "the_muse")
    assert (hour.limit, hour.used) == (500, 10)


def test_searches_the_cap_and_an_unknown_category(
    api: Api, settings: Settings, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As the API does at page 100: two pages are given, the third is refused.
    capped = replace(SPEC, fetch=partial(fetch, cap=3))
    monkeypatch.setattr("ingestion.collection.source_of", lambda _: capped)
    api(jobs(150), last_page=2)
    searches = [{"category": "Sales"}, {"category": "Slaes"}, {"category": "Sales"}]
    monkeypatch.setenv("SOURCES__THE_MUSE__SEARCHES", json.dumps(searches))
    lines: list[str] = []
    result = collect("the_muse", settings, lines.append)
    assert (result.status, result.reason) == (
        "complete",
        "capped: the API gives no page after 1",
    )
    found = query(SLICES)
    assert [row[:4] for row in found] == [
        ("jobs", "category=Sales", False, 40),
        ("jobs", "category=Slaes", True, 0),
        ("companies", "all", True, 25),
    ]
    assert "The Muse jobs category=Slaes: no record; is the search still right?" in lines


def test_a_used_up_quota_stops_and_goes_on_later(
    api: Api, settings: Settings, query: Query, tmp_path: Path
) -> None:
    simulator = api(jobs(100))
    simulator.fail(faults.rate_limited(1800), path="/jobs", page=3, times=None)
    stopped = collect("the_muse", settings)
    assert stopped.status == "partial"
    assert (stopped.reason or "").startswith("rate_limited: status_403: Rate limit exceeded (until")
    assert stopped.counts.records == 60
    simulator.mend()
    later = settings.model_copy(update={"fixed_now": NOW + timedelta(minutes=31)})
    resumed = collect("the_muse", later)
    assert resumed.status == "complete"
    assert resumed.run_id == stopped.run_id
    assert resumed.counts.tables["the_muse__jobs"].new_versions == 40
    assert query(SLICES) == [
        ("jobs", "all", True, 100, None),
        ("companies", "all", True, 25, None),
    ]
    again = collect("the_muse", later)
    assert (again.status, again.counts.new_versions, again.counts.records) == ("complete", 0, 125)
    assert again.run_id != stopped.run_id
    assert query("select count(distinct run_no) from raw.slices") == [(2,)]
    assert query("select count(*) from raw.the_muse__jobs") == [(100,)]


def test_without_a_network_the_source_fails_and_the_demo_is_needed(
    settings: Settings, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert demo_is_needed(settings)
    monkeypatch.setenv("SOURCES__THE_MUSE__BASE_URL", "http://127.0.0.1:9/api")
    result = collect("the_muse", settings)
    assert (result.status, result.counts.records) == ("failed", 0)
    assert result.reason == "unreachable: 127.0.0.1 refused the connection"
    assert demo_is_needed(settings)
    assert query(SLICES) == [
        ("jobs", "all", False, 0, result.reason),
        ("companies", "all", False, 0, "planned"),
    ]


def test_dev_lands_a_part(api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.settings.DEV_RECORDS", 40)
    api(jobs(200))
    result = collect("the_muse", Settings(data=tmp_path, env="dev"))
    assert result.counts.tables["the_muse__jobs"].rows_landed == 40
    assert result.status == "complete"
    assert result.reason == "row_limit: 40 records (WAGEHOUSE_ENV=dev)"
    assert (tmp_path / "dev" / "warehouse.duckdb").is_file()


def test_unknown_source(settings: Settings) -> None:
    with pytest.raises(UnknownSourceError, match=r"Known: .*the_muse"):
        collect("nowhere", settings)
    assert not settings.data.exists()
