"""Collecting JobTech from a server that serves its stream and files, into a real warehouse."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from ingestion import collect
from ingestion.collection import Collection
from ingestion.demo.server import Answer, dumps
from ingestion.errors import SettingsError
from ingestion.jobtech import SPEC, JobtechSettings, history
from ingestion.jobtech.choosing import Choice
from ingestion.jobtech.fetching import _take_present, _years
from ingestion.landing import Slice
from ingestion.search import Ask, Search
from ingestion.settings import Settings
from tests.simulator import Simulator, faults
from tests.simulator.jobtech import JobtechApi, days, historical, records, zipped
from tests.unit.ingestion.conftest import NOW, Query
from tests.unit.ingestion.oddities import odd
from tests.unit.ingestion.test_france_travail import killed
from tests.unit.ingestion.test_kill import PREPARED

TODAY, NEXT = date(2026, 3, 2), date(2026, 3, 3)
SNAPSHOT, STREAM = "/v2/snapshot", "/v2/stream"
SLICES = """
    select scope, slice, mode, is_complete, records, reason from raw.slices
    qualify row_number() over (partition by run_id, endpoint, scope, slice order by seq desc) = 1
    order by run_no, slice
"""
#: The newest version of each, as a model sees it.
NEWEST = """
    select record_id, payload from raw.jobtech__ads
    qualify row_number() over (partition by record_id order by version_no desc, seq desc) = 1
"""
BREACHES = "select 1 from information_schema.tables where table_name = 'breaches'"
Api = Callable[..., Simulator]


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, simulate: Callable[..., Simulator]) -> Api:
    """Starts a simulator and points the source at it; without waits between retries."""

    def start(apis: Any, day: date | None = None) -> Simulator:
        simulator = simulate(apis, day)
        monkeypatch.setenv("SOURCES__JOBTECH__BASE_URL", simulator.url)
        monkeypatch.setenv("SOURCES__JOBTECH__RATE", "5000")
        monkeypatch.setattr("ingestion.http.session.BACKOFF", 0.01)
        return simulator

    return start


def run(settings: Settings, ask: Ask | None = None, *, after: timedelta = timedelta(0)) -> Any:
    later = settings.model_copy(update={"fixed_now": NOW + after})
    return collect("jobtech", later, ask=ask)


def live(query: Query) -> set[str]:
    return {
        record_id
        for record_id, payload in query(NEWEST)
        if json.loads(payload).get("removed") is not True
    }


def ids(ads: Any) -> set[str]:
    return {ad["id"] for ad in ads}


def test_the_snapshot_then_the_stream(api: Api, settings: Settings, query: Query) -> None:
    simulator = api(days(200, 1, TODAY, NEXT), TODAY)
    first = run(settings)
    assert (first.status, first.reason, first.counts.requests) == ("complete", None, 1)
    assert live(query) == ids(records(200, day=TODAY))
    assert query(SLICES) == [("all", "all", "full", True, 200, None)]
    again = run(settings, after=timedelta(hours=1))
    assert (again.counts.requests, again.counts.new_versions) == (1, 0)
    # Stockholm is an hour ahead of UTC in winter.
    assert query(SLICES)[1][:4] == ("all", "updated-after=2026-03-01T07:00:00", "cursor", True)
    simulator.day = NEXT
    third = run(settings, after=timedelta(days=1))
    assert third.status == "complete"
    assert live(query) == ids(records(200, day=NEXT))
    assert simulator.count(SNAPSHOT) == 1
    gone = query("select payload from raw.jobtech__ads where payload like '%\"removed\":true%'")
    assert len(gone) == 4
    assert all("headline" not in json.loads(payload) for (payload,) in gone)
    assert query(BREACHES) == [], "a note that an ad is gone need not be one"
    assert query(SLICES)[2][1] == "updated-after=2026-03-01T08:00:00", "the cursor moves on"
    week = run(settings, after=timedelta(days=8))
    assert week.status == "complete"
    assert simulator.count(SNAPSHOT) == 2


def test_what_is_gone_is_no_sighting(api: Api, settings: Settings, query: Query) -> None:
    ads, note = records(3), {"id": "77", "removed": True, "removed_date": "2026-03-02T01:00:00"}
    api(JobtechApi(ads, [note]))
    run(settings)
    run(settings, after=timedelta(hours=1))
    assert live(query) == ids(ads)
    assert query("select count(*) from raw.jobtech__ads where record_id = '77'") == [(1,)]
    assert query("select count(distinct record_id) from raw.sightings") == [(3,)]


#: Each is met once, one after the other.
FAILURES = (
    faults.server_error(503),
    faults.reset(),
    faults.truncated(0.6),
    faults.html(),
    faults.html(502),
    faults.too_many(1),
    faults.content_type("text/html"),
    faults.slow(1.5),
    faults.truncated(0.01),
)


def test_every_kind_of_failure(
    api: Api, settings: Settings, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    ads = records(300)
    simulator = api(JobtechApi(ads))
    monkeypatch.setenv("SOURCES__JOBTECH__TIMEOUT", "1")
    monkeypatch.setenv("SOURCES__JOBTECH__RETRIES", "9")
    spoil = faults.line_edited(7, lambda line: line[:50])

    def spoilt(fault: faults.Fault) -> faults.Fault:
        return lambda good: fault(spoil(good).answer)

    rules = [simulator.fail(spoilt(fault), path=SNAPSHOT) for fault in FAILURES]
    simulator.fail(spoil, path=SNAPSHOT, times=None)
    result = run(settings)
    assert [rule.failed for rule in rules] == [1] * len(rules), result
    assert result.status == "complete"
    assert live(query) == ids([*ads[:7], *ads[8:]])
    assert query("select reason from raw.rejected")[0][0].startswith("not_json: ")
    assert query("select count(*), count(distinct body) from raw.rejected") == [(1, 1)]
    assert query(SLICES) == [("all", "all", "full", True, 299, None)]
    assert query("select count(*), count(distinct record_id) from raw.jobtech__ads") == [(299, 299)]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (faults.server_error(), "status_500: "),
        (faults.status(404), "status_404: "),
        (faults.html(), "html: "),
        (faults.status(200, b"", "application/jsonl"), "empty_body: "),
        (faults.status(200, b'{"message": "no"}', "application/jsonl"), "empty_body: "),
        (faults.status(200, b"[]", "application/json"), "empty_body: "),
    ],
)
def test_an_answer_that_is_none_closes_nothing(
    api: Api,
    settings: Settings,
    query: Query,
    fault: Any,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simulator = api(JobtechApi(records(5)))
    monkeypatch.setenv("SOURCES__JOBTECH__RETRIES", "1")
    simulator.fail(fault, path=SNAPSHOT, times=None)
    result = run(settings)
    assert result.status == "failed"
    assert (result.reason or "").startswith(reason)
    assert not query(SLICES)[0][3]


def test_an_array_of_ads_is_read_as_well(api: Api, settings: Settings, query: Query) -> None:
    ads = records(30)
    simulator = api(JobtechApi(ads))
    simulator.fail(faults.status(200, dumps(ads)), path=SNAPSHOT)
    assert run(settings).status == "complete"
    assert live(query) == ids(ads)


def test_a_limit_that_lasts(api: Api, settings: Settings) -> None:
    simulator = api(JobtechApi(records(5)))
    simulator.fail(faults.too_many(1800), path=SNAPSHOT, times=None)
    stopped = run(settings)
    assert (stopped.reason or "").startswith("rate_limited: status_429: Too many requests (until")
    simulator.mend()
    resumed = run(settings, after=timedelta(minutes=31))
    assert (resumed.status, resumed.run_id) == ("complete", stopped.run_id)


def test_past_years(api: Api, settings: Settings, query: Query) -> None:
    past = {year: historical(60, year=year) for year in (2021, 2022, 2023)}
    files = {f"{year}.zip": ads for year, ads in past.items()}
    simulator = api(JobtechApi(records(5), history=files))
    search = Search(since=date(2022, 3, 1), until=date(2023, 6, 30))
    result = run(settings, Ask((search,)))
    assert (result.status, result.reason) == ("complete", None)
    wanted = {
        ad["original_id"]
        for year in (2022, 2023)
        for ad in past[year]
        if "2022-03-01" <= ad["publication_date"][:10] <= "2023-06-30"
    }
    assert {row[0] for row in query(NEWEST)} == wanted, "by the ids they had while they were live"
    assert [row[1:4] for row in query(SLICES)] == [
        ("2022.zip", "cursor", True),
        ("2023.zip", "cursor", True),
    ]
    assert simulator.count(SNAPSHOT) == simulator.count("/2021.zip") == 0
    assert not list((settings.state / "downloads").iterdir())
    assert query(BREACHES) == []
    # What the settings name is fetched once, and the stock beside it where they name that.
    again = run(settings, Ask((search, Search())))
    assert again.counts.new_versions == 5


def test_past_years_in_the_settings_are_fetched_once(
    api: Api, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator = api(JobtechApi(records(5), history={"2023.zip": historical(9, year=2023)}))
    searches = [{"since": "2023-01-01", "until": "2023-12-31"}, {}]
    monkeypatch.setenv("SOURCES__JOBTECH__SEARCHES", json.dumps(searches))
    assert run(settings).counts.new_versions == 14
    second = run(settings, after=timedelta(days=1))
    assert (second.counts.new_versions, second.counts.requests) == (0, 1)
    assert simulator.count("/2023.zip") == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"PK nothing", "undecodable: "),
        (zipped(historical(40), "2023.jsonl")[:-400], "undecodable: "),
    ],
)
def test_a_file_that_is_broken(api: Api, settings: Settings, content: bytes, reason: str) -> None:
    api(JobtechApi(history={"2023.zip": content}))
    search = Search(since=date(2023, 1, 1), until=date(2023, 12, 31))
    result = run(settings, Ask((search,)))
    assert (result.reason or "").startswith(reason)


def test_a_year_without_a_file(api: Api, settings: Settings) -> None:
    api(JobtechApi(history={}))
    result = run(settings, Ask((Search(since=date(2023, 1, 1), until=date(2023, 2, 1)),)))
    assert (result.status, (result.reason or "")[:11]) == ("failed", "status_404:")


def test_names_of_files() -> None:
    listed = ["2016_beta1_jsonl.zip", "2023.zip", "2023_beta1_jsonl.zip", "2024_q1.zip"]
    listed += ["2024_q2.zip", "2025Q1.zip", "2025_first_6_months.zip", "120231.zip"]
    assert history.of_year(listed, 2016) == ["2016_beta1_jsonl.zip"]
    assert history.of_year(listed, 2023) == ["2023.zip"]
    assert history.of_year(listed, 2024) == ["2024_q1.zip", "2024_q2.zip"]
    assert history.of_year(listed, 2025) == ["2025Q1.zip", "2025_first_6_months.zip"]
    assert history.of_year(listed, 2030) == ["2030.zip"]
    now = datetime(2026, 3, 2, tzinfo=UTC)
    assert _years([Search(since=date(2024, 5, 1))], now) == [2024, 2025, 2026]
    with pytest.raises(SettingsError, match="since when"):
        _years([Search(until=date(2024, 5, 1))], now)


def test_what_is_wanted_of_the_stock(api: Api, settings: Settings, query: Query) -> None:
    ads = records(120)
    api(JobtechApi(ads))
    field = ads[0]["occupation_field"]["concept_id"]
    place = next(
        ad["workplace_address"]["region_concept_id"]
        for ad in ads
        if ad["occupation_field"]["concept_id"] == field
        and ad["workplace_address"]["region_concept_id"]
    )
    wanted = {
        ad["id"]
        for ad in ads
        if ad["occupation_field"]["concept_id"] == field
        and ad["workplace_address"]["region_concept_id"] == place
    }
    assert 0 < len(wanted) < 120
    search = Search(category=field, place=place)
    assert run(settings, Ask((search,))).status == "complete"
    assert live(query) == wanted
    assert query(SLICES)[0][0] == search.scope
    few = run(settings, Ask((Search(maximum=7),)))
    assert (few.reason, few.counts.records) == ("maximum: 7 records were asked for", 7)
    with pytest.raises(SettingsError, match="by their concept ids"):
        Choice([Search(category="Data/IT")])


FUZZ = profile(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
FIELDS_OF_ADS = ("headline", "workplace_address", "occupation", "removed", "employer", "timestamp")


def test_whatever_comes_no_good_ad_is_lost(
    api: Api,
    settings: Settings,
    query: Query,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    simulator = api(JobtechApi())
    monkeypatch.setenv("SOURCES__JOBTECH__RETRIES", "0")
    sent = Answer(200, b"")
    simulator.fail(lambda good: faults.Sent(sent), times=None)
    numbers = iter(range(200))
    good = [*map(dumps, records(3))]
    with ExitStack() as stack:
        config = JobtechSettings.load("jobtech")
        collection = Collection(settings, SPEC, config, stack, lambda line: None)
        client = collection.client(config.base_url or "")
        slices = [Slice("ads", str(number)) for number in range(200)]
        collection.run.plan(slices)
        place = Choice([Search(place="0000_000_000"), Search()])

        @FUZZ
        @given(st.lists(odd("id", FIELDS_OF_ADS), max_size=4), st.booleans())
        def check(found: list[bytes], is_array: bool) -> None:
            nonlocal sent
            items = [good[0], *(one for one in found if b"\n" not in one), *good[1:]]
            body = b"[" + b",".join(items) + b"]" if is_array else b"\n".join(items)
            sent = Answer(200, body, "application/jsonl")
            with collection.run.open(slices[next(numbers)]) as writer:
                _take_present(collection, client, writer, place)
                writer.end()
            assert ids(records(3)) <= collection.run._met["ads"]
            collection.run._met["ads"].clear()

        check()
        collection.run.finish()
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err


def test_killed_and_run_again(api: Api, settings: Settings, query: Query) -> None:
    ads, past = records(350), historical(250, year=2023)
    simulator = api(JobtechApi(ads, history={"2023.zip": past}))
    environment = {
        name: value for name, value in os.environ.items() if name.startswith("SOURCES__JOBTECH")
    }
    searches = [{"since": "2023-01-01", "until": "2023-12-31"}, {}]
    environment["SOURCES__JOBTECH__SEARCHES"] = json.dumps(searches)
    program = "import ingestion.jobtech.fetching as f; f.STEP = 100\n" + PREPARED
    program += 'print(collect("jobtech", settings))'
    for moment, times in (
        ('after(Spool, "extract")', 3),
        ('before(PackageStorage, "complete_job")', 2),
        ('after(Spool, "extract")', 5),
    ):
        done = killed(settings.data, program.format(moment=moment, times=times), environment)
        assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
    done = killed(settings.data, program.format(moment="pass", times=0), environment)
    assert "status='complete', reason=None" in done.stdout, done.stdout + done.stderr
    assert {row[0] for row in query(NEWEST)} == ids(ads) | {ad["original_id"] for ad in past}
    assert query("select count(distinct run_id) from raw.slices") == [(1,)]
    assert simulator.count("/2023.zip") == 1, "the file was on disk"


def test_contacts_stay_out(api: Api, settings: Settings) -> None:
    ad = records(1)[0]
    ad["application_contacts"] = [{"name": "Zoë Vittne", "email": "zoe.vittne@example.org"}]
    ad["employer"] |= {"phone_number": "08-99 88 77", "email": "vittne@example.org"}
    ad["application_details"] |= {
        "email": "vittne@example.org",
        "information": "Ring Vittne",
        "other": "Ring Vittne",
    }
    api(JobtechApi([ad]))
    assert run(settings).status == "complete"
    found = [
        path
        for path in settings.data.rglob("*")
        if path.is_file() and any(one in path.read_bytes() for one in (b"ittne", b"08-99 88 77"))
    ]
    assert found == []


def test_ones_own_limit_is_kept_across_runs(
    api: Api, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator = api(JobtechApi(records(5)))
    monkeypatch.setenv("SOURCES__JOBTECH__RATE", "[[1, 3600]]")
    assert run(settings).status == "complete"
    early = run(settings, after=timedelta(minutes=30))
    assert (early.status, len(simulator.requests)) == ("failed", 1)
    assert (early.reason or "").startswith("quota: 1 in 1 hour used up (until 07:00 UTC)")
    late = run(settings, after=timedelta(minutes=61))
    assert (late.status, late.run_id) == ("complete", early.run_id)


def test_rate_of_the_declaration() -> None:
    assert SPEC.windows(SPEC.settings_class()) == ((1, 1), (60, 3_600))
