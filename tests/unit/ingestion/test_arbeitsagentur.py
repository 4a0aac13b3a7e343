"""What is special about the Jobsuche: splitting, days, its key, contacts in details."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ingestion import collect
from ingestion.arbeitsagentur.offers import days_since, parameters
from ingestion.search import Ask, Search
from ingestion.settings import Settings
from tests.simulator import Simulator, faults
from tests.simulator.arbeitsagentur import KEY, ArbeitsagenturApi
from tests.unit.ingestion.conftest import Query
from tests.unit.ingestion.open_sources import ARBEITSAGENTUR, Records, later

Start = Callable[..., Simulator]
SLICES = """
    select slice, mode, is_complete, records, reason from raw.slices
    qualify row_number() over (partition by run_id, scope, slice order by seq desc) = 1
    order by run_no, slice
"""


@pytest.fixture
def start(simulate: Start, monkeypatch: pytest.MonkeyPatch) -> Start:
    def run(offers: Records, window: int = 10_000, **more: object) -> Simulator:
        listed = [{k: v for k, v in one.items() if k != "details"} for one in offers]
        details = {one["refnr"]: one["details"] for one in offers}
        api = simulate(ArbeitsagenturApi(listed, details, window=window, limits=()))
        for name, value in ARBEITSAGENTUR.settings(api.url, **more).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("ingestion.arbeitsagentur.offers.WINDOW", window)
        monkeypatch.setattr("ingestion.http.session.BACKOFF", 0.01)
        return api

    return run


def landed(query: Query) -> set[str]:
    return {key for (key,) in query("select record_id from raw.arbeitsagentur__jobs")}


def test_without_a_search_the_first_are_read(
    start: Start, settings: Settings, query: Query
) -> None:
    start(ARBEITSAGENTUR.records(250), window=100, DETAILS="false")
    lines: list[str] = []
    result = collect("arbeitsagentur", settings, lines.append)
    assert (result.status, result.counts.records) == ("complete", 100)
    assert query(SLICES) == [
        ("all", "full", False, 100, "capped: 3 pages, of which 1 can be asked for")
    ]
    assert any("the first 100 of 250 offers" in line for line in lines)
    again = collect("arbeitsagentur", later(settings, hours=2))
    assert (again.status, query(SLICES)[-1][1]) == ("complete", "cursor")


def test_what_is_more_than_can_be_read_is_split(
    start: Start, settings: Settings, query: Query
) -> None:
    offers = ARBEITSAGENTUR.records(250)
    api = start(offers, window=100, DETAILS="false", WHOLE="true")
    result = collect("arbeitsagentur", settings)
    assert (result.status, result.reason) == ("complete", None)
    assert landed(query) == {offer["refnr"] for offer in offers}
    slices = query(SLICES)
    assert all(is_complete for _, _, is_complete, *_ in slices)
    names = {name for name, *_ in slices}
    assert {"all", "all/angebotsart=1", "all/angebotsart=34"} <= names
    assert any("/wo=" in name for name in names), "and by place where that was not enough"
    assert api.count("/jobs") < 60


def test_what_cannot_be_split_says_so(start: Start, settings: Settings, query: Query) -> None:
    api = start(ARBEITSAGENTUR.records(250), window=100, DETAILS="false", WHOLE="true")
    api.fail(
        faults.edited(lambda body: {**body, "facetten": {"arbeitsort": {"counts": {"Ulm": 9}}}}),
        path="/jobs",
        times=None,
    )
    result = collect("arbeitsagentur", settings)
    assert result.status == "complete"
    assert (result.reason or "").startswith("capped: ")
    states = {name: (done, reason) for name, _, done, _, reason in query(SLICES)}
    assert states["all/angebotsart=1"][0] is False


def test_searches_and_days(start: Start, settings: Settings, query: Query) -> None:
    offers = ARBEITSAGENTUR.records(200)
    api = start(offers, DETAILS="false", RADIUS="0")
    city = offers[0]["arbeitsort"]["ort"]
    search = Search(place=city, since=date(2026, 2, 1), until=date(2026, 2, 20))
    result = collect("arbeitsagentur", settings, ask=Ask((search,)))
    assert result.status == "complete"
    wanted = {
        offer["refnr"]
        for offer in offers
        if offer["arbeitsort"]["ort"] == city
        and "2026-02-01" <= offer["aktuelleVeroeffentlichungsdatum"] <= "2026-02-20"
    }
    assert landed(query) == wanted
    assert wanted
    sent = {name: values[0] for name, values in api.requests[-1].query.items()}
    assert sent == {
        "wo": city,
        "umkreis": "0",
        "veroeffentlichtseit": "29",
        "size": "100",
        "page": "1",
    }


@pytest.mark.parametrize(
    ("since", "sent"),
    [
        (None, {}),
        (datetime(2026, 3, 1, 23, 30, tzinfo=UTC), {"veroeffentlichtseit": "1"}),
        (datetime(2025, 11, 22, tzinfo=UTC), {"veroeffentlichtseit": "100"}),
        (datetime(2025, 11, 21, tzinfo=UTC), {}),
        (datetime(2026, 3, 9, tzinfo=UTC), {"veroeffentlichtseit": "0"}),
    ],
)
def test_days_since(since: datetime | None, sent: dict[str, str]) -> None:
    assert days_since(since, datetime(2026, 3, 2, 6, tzinfo=UTC)) == sent


def test_parameters() -> None:
    search = Search(words="Koch", place="Ulm", category="Küche", company="Ulmer Hof GmbH")
    assert parameters(search, 10) == {
        "was": "Koch",
        "wo": "Ulm",
        "berufsfeld": "Küche",
        "arbeitgeber": "Ulmer Hof GmbH",
        "umkreis": "10",
    }
    assert parameters(Search(words="Koch"), 10) == {"was": "Koch"}


def test_contacts_of_details_never_land(
    start: Start, settings: Settings, query: Query, caplog: pytest.LogCaptureFixture
) -> None:
    offers = ARBEITSAGENTUR.records(5)
    person: dict[str, Any] = {
        "ansprechpartner": {"name": "Zoe Temoin", "email": "zoe.temoin@example.org"},
        "kontaktdaten": [{"telefon": "01 99 00 11 22"}],
        "telefon": "01 99 00 11 22",
    }
    for offer in offers:
        offer["details"] |= person
    caplog.set_level("DEBUG")
    start(offers)
    assert collect("arbeitsagentur", settings).status == "complete"
    planted = (b"Zoe Temoin", b"zoe.temoin", b"01 99 00 11 22")
    files = [path for path in settings.data.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if any(one in path.read_bytes() for one in planted)]
    assert "zoe.temoin" not in caplog.text
    rows = query("select payload from raw.arbeitsagentur__jobs")
    assert all("stellenangebotsTitel" in json.loads(text)["details"] for (text,) in rows)


def test_a_key_that_is_refused(start: Start, settings: Settings) -> None:
    api = start(ARBEITSAGENTUR.records(5), API_KEY="k-424242")
    result = collect("arbeitsagentur", settings)
    assert (result.status, api.count()) == ("failed", 1)
    assert (result.reason or "").startswith("status_403: Forbidden")
    assert api.requests[0].headers["x-api-key"] == "k-424242" != KEY
