"""What is special about lists that begin with the newest: where a walk ends, searches and days."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import pytest

from ingestion import collect
from ingestion.errors import SettingsError
from ingestion.himalayas import parameters
from ingestion.newest_first import moment_of
from ingestion.search import Ask, Search
from ingestion.settings import Settings
from tests.simulator import Simulator
from tests.simulator.himalayas import HimalayasApi, records
from tests.unit.ingestion.conftest import Query
from tests.unit.ingestion.open_sources import ARBEITNOW, HIMALAYAS, Case, later

Start = Callable[..., Simulator]
SLICES = """
    select scope, slice, mode, is_complete, records, reason from raw.slices
    qualify row_number() over (partition by run_id, scope, slice order by seq desc) = 1
    order by run_no, scope
"""


@pytest.fixture
def start(simulate: Start, monkeypatch: pytest.MonkeyPatch) -> Start:
    def run(case: Case, api: object, **more: object) -> Simulator:
        server = simulate(api)
        for name, value in case.settings(server.url, **more).items():
            monkeypatch.setenv(name, value)
        return server

    return run


def test_the_newest_of_a_long_list_and_then_what_is_new(
    start: Start, settings: Settings, query: Query
) -> None:
    """The first run stops where it is told to, the next goes on by its cursor."""
    jobs = records(150)
    api = start(HIMALAYAS, HimalayasApi.unlimited(jobs), MOST=60)
    first = collect("himalayas", settings)
    reason = "capped: the newest 60 (SOURCES__HIMALAYAS__MOST)"
    assert (first.status, first.reason, api.count()) == ("complete", reason, 3)
    newest = sorted(jobs, key=lambda job: -job["pubDate"])[:60]
    found = query("select min(record_id), count(*) from raw.himalayas__jobs")
    assert found == [(min(job["guid"] for job in newest), 60)]
    second = collect("himalayas", later(settings, hours=6))
    assert second.status == "complete"
    assert api.count() <= 3 + 2
    whole = collect("himalayas", later(settings, hours=7), ask=Ask(full=True))
    assert (whole.status, whole.counts.records) == ("complete", 150)
    assert query(SLICES) == [
        ("all", "all", "full", False, 60, reason),
        ("all", "all", "cursor", True, second.counts.records, None),
        ("all", "all", "full", True, 150, None),
    ]


@pytest.mark.parametrize("times", ["s", "ms"])
def test_searches_of_himalayas(times: str, start: Start, settings: Settings, query: Query) -> None:
    jobs = records(120, times=times)  # type: ignore[arg-type]
    word = str(jobs[0]["companyName"]).split()[0]
    searches = json.dumps([{"words": word}])
    api = start(HIMALAYAS, HimalayasApi.unlimited(jobs), SEARCHES=searches)
    result = collect("himalayas", settings)
    assert result.status == "complete"
    found = {key for (key,) in query("select record_id from raw.himalayas__jobs")}
    named = {job["guid"] for job in jobs if word.lower() in str(job["companyName"]).lower()}
    assert named <= found
    assert api.count("/search") == api.count() == -(-len(found) // 20)
    again = collect("himalayas", later(settings, hours=3))
    assert again.counts.new_versions == 0
    assert api.requests[-1].query["sort"] == ["recent"]
    assert len(api.requests) - api.count(page=1) <= len(found) // 20 + 1


def test_more_than_a_search_gives(start: Start, settings: Settings, query: Query) -> None:
    jobs = records(260)
    api = HimalayasApi(jobs, limits=(), cap=5_000)
    start(HIMALAYAS, api, SEARCHES='[{"words": "", "level": null, "place": "worldwide"}]')
    free = [job for job in jobs if not job["locationRestrictions"]]
    result = collect("himalayas", settings)
    assert (result.status, result.counts.records) == ("complete", len(free))
    assert query(SLICES)[0][:2] == ("words=,place=worldwide", "all")


@pytest.mark.parametrize(
    ("search", "sent"),
    [
        (Search(), {}),
        (Search(since=date(2026, 3, 1)), {}),
        (Search(words="data", country="FR"), {"q": "data", "country": "FR"}),
        (Search(place="Worldwide"), {"worldwide": "true"}),
        (Search(place="United States", level="Senior"), {"country": "United States"}),
    ],
)
def test_parameters(search: Search, sent: dict[str, str]) -> None:
    level = {} if search.level is None else {"seniority": search.level}
    assert parameters(search) == sent | level


@pytest.mark.parametrize(
    ("case", "field"), [(ARBEITNOW, "created_at"), (HIMALAYAS, "pubDate")], ids=["a", "h"]
)
def test_the_days_that_are_asked_for(
    case: Case, field: str, start: Start, settings: Settings, query: Query
) -> None:
    jobs = case.records(150)
    api = start(case, case.make(jobs))
    days = Search(since=date(2026, 2, 20), until=date(2026, 2, 24))
    result = collect(case.name, settings, ask=Ask((days,)))
    wanted = {
        job[case.key]
        for job in jobs
        if (moment := moment_of(job, field)) is not None and days.holds(moment.date().isoformat())
    }
    assert result.status == "complete"
    assert {key for (key,) in query(f"select record_id from {case.table}")} == wanted
    assert 0 < len(wanted) < 150
    assert api.count() <= 3
    # It moves no cursor.
    assert collect(case.name, later(settings, hours=1)).counts.records == 150


def test_arbeitnow_cannot_search(settings: Settings) -> None:
    with pytest.raises(SettingsError, match=r"^arbeitnow cannot search by words\. It takes"):
        collect("arbeitnow", settings, ask=Ask((Search(words="data"),)))


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (1772409600, "2026-03-02T00:00:00+00:00"),
        ("1772409600", "2026-03-02T00:00:00+00:00"),
        (1772409600000, "2026-03-02T00:00:00+00:00"),
        ("2026-03-02T11:00:00", "2026-03-02T00:00:00+00:00"),
        (10**17, None),
        (-(10**17), None),
        ("soon", None),
        (True, None),
        (None, None),
        ([], None),
    ],
)
def test_moments(value: object, moment: str | None) -> None:
    found = moment_of({"at": value}, "at")
    assert (None if found is None else found.isoformat()) == moment
