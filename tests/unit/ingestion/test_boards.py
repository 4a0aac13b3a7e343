"""What is special about boards of employers, and about details that cost a request each."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from ingestion import collect
from ingestion.errors import SettingsError
from ingestion.greenhouse import GreenhouseSettings
from ingestion.http.address import api_address
from ingestion.search import Ask, Search
from ingestion.settings import Settings
from tests.simulator import Simulator, faults
from tests.simulator.greenhouse import GreenhouseApi
from tests.simulator.lever import LeverApi
from tests.unit.ingestion.conftest import Query
from tests.unit.ingestion.open_sources import ASHBY, GREENHOUSE, LEVER, Case, later

Start = Callable[..., Simulator]
SLICES = """
    select scope, is_complete, records, reason from raw.slices
    qualify row_number() over (partition by run_id, scope order by seq desc) = 1
    order by run_no, scope
"""


@pytest.fixture
def start(simulate: Start, monkeypatch: pytest.MonkeyPatch) -> Start:
    def run(case: Case, api: object, **more: object) -> Simulator:
        server = simulate(api)
        for name, value in case.settings(server.url, **more).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("ingestion.http.session.BACKOFF", 0.01)
        return server

    return run


def test_a_board_that_is_gone_costs_the_others_nothing(
    start: Start, settings: Settings, query: Query
) -> None:
    jobs = ASHBY.records(12)
    start(ASHBY, ASHBY.make(jobs), BOARDS="nobody,Granholm")
    result = collect("ashby", settings)
    assert (result.status, result.counts.records) == ("partial", 12)
    words = "status_404: there is no board 'nobody' (any more)"
    assert query(SLICES) == [("Granholm", True, 12, None), ("nobody", False, 0, words)]
    requests = query("select distinct request from raw.ashby__jobs")
    assert [json.loads(text) for (text,) in requests] == [
        {"board": "Granholm", "endpoint": "jobs", "includeCompensation": "true"}
    ]


def test_no_board_and_one_that_is_asked_for(start: Start, settings: Settings, query: Query) -> None:
    start(ASHBY, ASHBY.make(ASHBY.records(12)), BOARDS="[]")
    lines: list[str] = []
    assert collect("ashby", settings, lines.append).status == "skipped"
    assert lines == ["Ashby: no board is named in SOURCES__ASHBY__BOARDS"]
    asked = Ask((Search(company="Granholm", maximum=5),))
    result = collect("ashby", settings, ask=asked)
    assert (result.status, result.counts.records) == ("complete", 5)
    assert query(SLICES) == [("Granholm", False, 5, "maximum: 5 records were asked for")]


def test_sites_of_both_instances_and_filters(
    start: Start, settings: Settings, query: Query, simulate: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = LEVER.records(30), LEVER.records(20, seed=2, site="alpes")
    api = start(LEVER, LeverApi({"oberwald": here}), BOARDS="oberwald,eu:alpes")
    europe = simulate(LeverApi({"alpes": there}))
    monkeypatch.setenv("SOURCES__LEVER__EU_BASE_URL", f"{europe.url}/v0/postings/")
    assert collect("lever", settings).status == "complete"
    assert query(SLICES) == [("eu:alpes", True, 20, None), ("oberwald", True, 30, None)]
    assert query("""
        select distinct json_extract_string(request, '$.board') from raw.lever__jobs order by 1
    """) == [("alpes",), ("oberwald",)]
    place = here[0]["categories"]["location"]
    asked = Ask((Search(company="oberwald", place=place),))
    found = collect("lever", later(settings, hours=1), ask=asked)
    assert 0 < found.counts.records < 30
    assert found.counts.new_versions == 0
    assert {tuple(one.query["location"]) for one in api.requests if "location" in one.query} == {
        (place,)
    }


def test_what_has_not_changed_comes_from_disk(start: Start, settings: Settings) -> None:
    api = start(GREENHOUSE, GREENHOUSE.make(GREENHOUSE.records(9)))
    collect("greenhouse", settings)
    again = collect("greenhouse", later(settings, days=1))
    assert (again.status, again.counts.records, again.counts.new_versions) == ("complete", 9, 0)
    assert again.counts.requests == 1
    assert "if-none-match" in api.requests[-1].headers


def test_details_that_fail_are_asked_for_by_the_next_run(
    start: Start, settings: Settings, query: Query
) -> None:
    jobs = GREENHOUSE.records(12)
    api = start(GREENHOUSE, GreenhouseApi({"larkfield": jobs}), RETRIES=0)
    api.fail(faults.server_error(), path=f"/jobs/{jobs[2]['id']}")
    for job in jobs[5:8]:
        api.fail(faults.status(404, b'{"error": "no"}'), path=f"/jobs/{job['id']}")
    first = collect("greenhouse", settings)
    assert (first.status, first.counts.records) == ("complete", 12)
    missed = "select count(*) from raw.greenhouse__jobs where payload like '%details_problem%'"
    assert query(missed) == [(4,)]
    asked = api.count()
    second = collect("greenhouse", later(settings, days=1))
    assert second.counts.new_versions == 4
    assert api.count() - asked == 5
    newest = query("""
        select record_id, payload from raw.greenhouse__jobs
        qualify row_number() over (partition by record_id order by version_no desc) = 1
    """)
    assert {key: json.loads(text) for key, text in newest} == GREENHOUSE.expected(jobs)


def test_a_source_that_gives_no_details_is_left_alone(
    start: Start, settings: Settings, query: Query
) -> None:
    jobs = GREENHOUSE.records(12)
    api = start(GREENHOUSE, GreenhouseApi({"larkfield": jobs}), RETRIES=0)
    for job in jobs:
        api.fail(faults.server_error(), path=f"/jobs/{job['id']}", times=None)
    result = collect("greenhouse", settings)
    assert (result.status, result.counts.records) == ("complete", 12)
    assert api.count() == 1 + 3, "three failures in a row are enough"


def test_pay_in_the_list_costs_no_details(start: Start, settings: Settings, query: Query) -> None:
    jobs = GREENHOUSE.records(8)
    api = start(GREENHOUSE, GreenhouseApi({"larkfield": jobs}))

    def with_pay(body: dict[str, list[dict[str, object]]]) -> object:
        pay = {job["id"]: job["pay_input_ranges"] for job in jobs}
        for job in body["jobs"]:
            job["pay_input_ranges"] = pay[job["id"]]
        return body

    api.fail(faults.edited(with_pay), path="/larkfield/jobs", times=None)
    collect("greenhouse", settings)
    assert api.count() == 1
    rows = query("select record_id, payload from raw.greenhouse__jobs")
    assert {key: json.loads(text) for key, text in rows} == GREENHOUSE.expected(jobs)


@pytest.mark.parametrize(
    ("text", "boards"),
    [
        ("gitlab", ("gitlab",)),
        (" gitlab, mozilla ,gitlab,", ("gitlab", "mozilla")),
        ('["gitlab", "mozilla"]', ("gitlab", "mozilla")),
        ("[]", ()),
    ],
)
def test_boards(text: str, boards: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__GREENHOUSE__BOARDS", text)
    assert GreenhouseSettings.load("greenhouse").boards == boards


@pytest.mark.parametrize("text", ["[gitlab", "https://boards.greenhouse.io/x", '["a", 3]', "a?b"])
def test_what_is_no_board(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__GREENHOUSE__BOARDS", text)
    with pytest.raises(
        SettingsError, match=r"^SOURCES__GREENHOUSE__BOARDS cannot be read"
    ) as error:
        GreenhouseSettings.load("greenhouse")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        (None, "https://a.example/v1/boards"),
        ("http://127.0.0.1:80", "http://127.0.0.1:80/v1/boards"),
        ("http://127.0.0.1:80/v1/", "http://127.0.0.1:80/v1/boards"),
        ("http://127.0.0.1:80/v1/boards/", "http://127.0.0.1:80/v1/boards"),
        ("https://proxy.example/greenhouse", "https://proxy.example/greenhouse/v1/boards"),
    ],
)
def test_addresses(given: str | None, address: str) -> None:
    assert api_address(given, "https://a.example/v1/boards") == address
