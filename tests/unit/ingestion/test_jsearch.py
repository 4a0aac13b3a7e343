"""Collecting JSearch from its simulator, over real HTTP into a real warehouse."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ingestion import collect, quotas
from ingestion.demo.server import Answer, Request
from ingestion.http import Verdict
from ingestion.http.parsing import parse
from ingestion.jsearch.account import JSearchSettings, judge
from ingestion.jsearch.jobs import jobs_in
from ingestion.search import Ask, Search
from ingestion.settings import Settings
from tests.simulator import Simulator, faults
from tests.simulator.jsearch import (
    DIRECT,
    KEY,
    JSearchApi,
    estimates,
    estimates_from_capture,
    from_capture,
    keyed,
    records,
)
from tests.unit.ingestion import hostile
from tests.unit.ingestion.conftest import Query

Start = Callable[..., Simulator]
JOBS = records(70)
#: What the default search of the tests finds: every job of the country.
ALL = [{"words": "jobs", "country": "US"}]


@pytest.fixture
def start(simulate: Start, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Starts a simulator and points the source at it, with no limits and no long waits."""

    def run(jobs: Any, settings: dict[str, Any] | None = None, **options: Any) -> Simulator:
        api = simulate(
            jobs
            if callable(jobs)
            else JSearchApi(jobs, **{"limits": (), "monthly": None, **options})
        )
        given = {
            "base_url": api.url,
            "api_key": KEY,
            "rate": [[100000, 1]],
            "timeout": 2,
            "searches": ALL,
            "salaries": "false",
            **(settings or {}),
        }
        for name, value in given.items():
            text = value if isinstance(value, str) else json.dumps(value)
            monkeypatch.setenv(f"SOURCES__JSEARCH__{name.upper()}", text)
        monkeypatch.setattr("ingestion.http.session.BACKOFF", 0.01)
        return api

    return run


SLICES = """
    select endpoint, scope, mode, is_complete, records, reason from raw.slices
    qualify row_number() over (partition by run_id, endpoint, scope, slice order by seq desc) = 1
    order by run_no, endpoint, scope
"""
#: What tells nothing about a job, and differs from page to page.
VOLATILE = ("job_publisher", "job_apply_link")


def check(query: Query, jobs: list[dict[str, Any]]) -> None:
    """What landed is exactly these jobs, each once."""
    rows = query("select record_id, payload from raw.jsearch__search")
    found = {record_id: json.loads(payload) for record_id, payload in rows}
    assert len(found) == len(rows)
    assert {key: steady(job) for key, job in found.items()} == {
        job["job_id"]: steady(job) for job in jobs
    }


def steady(job: dict[str, Any]) -> dict[str, Any]:
    return {name: job[name] for name in job if name not in VOLATILE}


def later(settings: Settings, **by: float) -> Settings:
    return settings.model_copy(update={"fixed_now": settings.now() + timedelta(**by)})


@pytest.mark.parametrize("shape", ["new", "old"])
def test_every_kind_of_failure_and_nothing_is_lost(
    shape: str, start: Start, settings: Settings, query: Query
) -> None:
    jobs = records(70, old=shape == "old")
    api = start(jobs, {"retries": 3}, old_search=shape == "old")
    if shape == "old":
        # Where there is no new search, the old one is asked.
        api.fail(faults.status(404, b'{"message":"no"}'), path="/search-v2", times=None)
    kinds = [
        faults.server_error(503),
        faults.html(),
        faults.empty(),
        faults.not_json(),
        faults.truncated(),
        faults.reset(),
        faults.fields_set(status="ERROR"),
        faults.key_renamed("data", "items"),
        faults.fields_set(data="none"),
        faults.edited(lambda body: [body]),
        faults.too_many(0),
        faults.status(429, b'{"message":"You have exceeded the rate limit per second"}'),
        faults.content_type("text/plain"),
    ]
    path = "/search-v2" if shape == "new" else "/search"
    for number, fault in enumerate(kinds):
        api.fail(fault, path=path, after=number // 2)
    result = collect("jsearch", settings)
    assert (result.status, result.reason) == ("complete", None)
    check(query, jobs)
    # Two jobs come twice, under another publisher.
    expected = ("search", "words=jobs,country=US", "cursor", True, 72, None)
    assert query(SLICES) == [expected]
    assert result.counts.quarantined == 0
    requests = api.count()
    again = collect("jsearch", later(settings, hours=12))
    assert again.status == "complete"
    assert again.counts.new_versions == 0
    assert api.count() - requests <= 4 + (shape == "old")
    assert api.requests[-1].query["date_posted"] == ["3days"]


def test_a_timeout_may_be_charged_and_is_not_asked_again(
    start: Start, settings: Settings, query: Query
) -> None:
    api = start(JOBS, {"timeout": 0.5})
    api.fail(faults.slow(1.5), path="/search-v2", after=2)
    result = collect("jsearch", settings)
    assert (result.status, result.reason) == ("partial", "timeout: no answer in 0.5 s")
    assert api.count() == 3
    assert query("select count(*) from raw.jsearch__search") == [(20,)]


def test_records_that_stay_bad_and_an_unusual_end(
    start: Start, settings: Settings, query: Query
) -> None:
    api = start(JOBS, ends="empty")
    api.fail(faults.field_changed(4, "job_id", "", "data.jobs"))
    api.fail(faults.record_inserted(0, "stub", "data.jobs"))
    result = collect("jsearch", settings)
    reasons = query("select reason from raw.rejected order by 1")
    assert reasons == [("no_id: job_id",), ("not_an_object: str",)]
    assert (result.status, result.counts.quarantined) == ("complete", 2)
    assert query("select count(*) from raw.jsearch__search") == [(69,)]


@pytest.mark.parametrize("direct", [False, True])
def test_the_quota_of_a_month(direct: bool, start: Start, settings: Settings, query: Query) -> None:
    """What the host says to be spent is believed; the run goes on where it stood."""
    clock = [0.0]
    api = start(JOBS, {"max_wait": 1}, monthly=5, clock=lambda: clock[0])
    if direct:
        start(api.answer, {"max_wait": 1, "base_url": api.url + DIRECT})
    stopped = collect("jsearch", settings)
    assert (stopped.status, stopped.counts.records) == ("partial", 50)
    assert (stopped.reason or "").startswith("quota_spent: X-RateLimit-Requests-Remaining is 0")
    calls = api.count()
    assert collect("jsearch", later(settings, hours=5)).counts.requests == 0
    assert api.count() == calls == 5
    clock[0] += 31 * 86400
    resumed = collect("jsearch", later(settings, days=31))
    assert resumed.counts.requests == 5


def test_the_windows_of_the_free_plan(start: Start, settings: Settings, query: Query) -> None:
    api = start(JOBS, {"rate": [[2, 3600], [6, 2678400]], "max_wait": 0})
    reasons = []
    now = settings
    for _ in range(4):
        reasons.append(collect("jsearch", now).reason)
        now = later(now, hours=2)
    assert reasons == [
        "quota: 2 in 1 hour used up (until 07:00 UTC)",
        "quota: 2 in 1 hour used up (until 09:00 UTC)",
        "quota: 2 in 1 hour used up (until 11:00 UTC)",
        "quota: 6 in 1 month used up (until 06:00 UTC)",
    ]
    assert api.count() == 6, "nothing is asked for twice"
    assert query("select count(*), count(distinct run_id) from raw.jsearch__search") == [(58, 1)]
    assert [s.used for s in quotas(now) if s.source == "jsearch"] == [0, 6]


def test_a_cursor_that_no_longer_holds_begins_again(
    start: Start, settings: Settings, query: Query
) -> None:
    api = start(JOBS, {"rate": [[4, 3600]], "max_wait": 0})
    assert collect("jsearch", settings).status == "partial"
    api.fail(faults.status(400, b'{"message":"Invalid cursor"}'))
    start(api.answer, {"rate": [[100, 1]], "base_url": api.url})
    result = collect("jsearch", later(settings, hours=3))
    assert (result.status, result.counts.quarantined) == ("complete", 0)
    check(query, JOBS)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, b'{"message":"Invalid API key. Go to"}', "status_401: Invalid API key. Go to"),
        (403, b'{"message":"You are not subscribed to this API."}', "status_403: You are not sub"),
        (
            429,
            b'{"message":"You have exceeded the MONTHLY quota for Requests on your current plan"}',
            "quota_spent: status_429: You have exceeded the MONTHLY quota for Requests on your "
            "current plan (until 06:00 UTC)",
        ),
    ],
)
def test_what_stops_it(
    status: int, body: bytes, reason: str, start: Start, settings: Settings
) -> None:
    api = start(JOBS)
    api.fail(faults.status(status, body), times=None)
    result = collect("jsearch", settings)
    assert (result.status, api.count()) == ("failed", 1)
    assert (result.reason or "").startswith(reason)


def test_both_hosts_and_their_keys() -> None:
    config = JSearchSettings(api_key=KEY)  # type: ignore[arg-type]
    rapid = {"X-RapidAPI-Key": KEY, "X-RapidAPI-Host": "jsearch.p.rapidapi.com"}
    assert config.key_headers("https://jsearch.p.rapidapi.com") == rapid
    assert config.key_headers("https://api.openwebninja.com/jsearch") == {"x-api-key": KEY}
    assert config.key_headers("http://127.0.0.1:1") == {**rapid, "x-api-key": KEY}
    forced = config.model_copy(update={"host": "direct"})
    assert forced.key_headers("http://127.0.0.1:1") == {"x-api-key": KEY}


def test_no_key_lands_anywhere(
    start: Start, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    api = start(JOBS)
    api.fail(faults.status(418, f"X-RapidAPI-Key: {KEY}".encode(), "text/plain"), after=1)
    with caplog.at_level(0):
        collect("jsearch", settings)
    files = [file for file in settings.data.rglob("*") if file.is_file()]
    assert files
    assert not [file for file in files if KEY.encode() in file.read_bytes()]
    assert KEY not in caplog.text


def test_searches(start: Start, settings: Settings, query: Query) -> None:
    jobs = [*JOBS, *records(40, country="GB")]
    searches = [
        {"words": "jobs", "place": "London", "country": "gb", "maximum": 7},
        {"words": "jobs", "place": "Austin", "country": "us", "since": "2026-02-20"},
    ]
    api = start(jobs, {"searches": searches}, recur=0)
    result = collect("jsearch", settings)
    assert (result.status, result.reason) == (
        "complete",
        "capped: 7 records, the maximum of the search",
    )
    asked = [{name: values[0] for name, values in r.query.items()} for r in api.requests]
    assert asked[0] == {
        "query": "jobs in London",
        "country": "gb",
        "language": "en",
        "date_posted": "all",
    }
    assert asked[1]["date_posted"] == "month"
    days = query(
        "select min(payload ->> 'job_posted_at_datetime_utc') from raw.jsearch__search"
        " where request ->> 'country' = 'us'"
    )
    assert days[0][0] >= "2026-02-20"
    collect("jsearch", later(settings, days=1))
    assert api.count(country="gb", date_posted="3days") == 1, "goes on from its maximum"
    found = collect("jsearch", later(settings, days=2), ask=Ask((Search(words="jobs"),)))
    assert found.status == "complete"


def test_estimates_land_beside_what_was_asked_for(
    start: Start, settings: Settings, query: Query
) -> None:
    stated, of_company = estimates(12), estimates(6, company=True)
    one, other = stated[0], of_company[1]
    searches = [{"words": one["job_title"], "place": one["location"], "country": "us"}]
    wanted = [{"job_title": other["job_title"], "company": other["company"]}]
    wanted += [{"job_title": other["job_title"], "company": other["company"]}]
    api = start(
        [],
        {"searches": searches, "estimates": wanted, "salaries": "true"},
        estimated=keyed(stated),
        company=keyed(of_company, "company", "job_title", "location"),
    )
    assert collect("jsearch", settings).status == "complete"
    ((record_id, text),) = query("select record_id, payload from raw.jsearch__estimated_salary")
    asked = {"job_title": one["job_title"], "location": one["location"]}
    assert json.loads(text) == {**one, "query": asked}
    assert record_id.startswith(f"job_title={one['job_title']},location={one['location']}|Example")
    ((text,),) = query("select payload from raw.jsearch__company_salary")
    assert json.loads(text) == {**other, "query": wanted[0]}
    requests = api.count()
    again = collect("jsearch", later(settings, days=2))
    assert (again.counts.new_versions, api.count() - requests) == (0, 1), "kept for a month"


CAPTURED = {"search_v1_us_10": 10, "search_v1_us_2023_10": 10, "results_2026_us_20": 20}
CAPTURED_DETAILS = {"details_v1_us_1": 1}


def test_captured_answers(
    captures: Path, simulate: Start, start: Start, settings: Settings, query: Query
) -> None:
    """Every file in a search of its own, in both shapes."""
    counts = CAPTURED | CAPTURED_DETAILS
    jobs = {
        name: from_capture((captures / "jsearch" / f"{name}.json").read_bytes()) for name in counts
    }
    apis = {name: JSearchApi(jobs[name], verbatim=True, limits=(), monthly=None) for name in counts}
    pay = JSearchApi(
        estimated=estimates_from_capture(
            (captures / "jsearch" / "estimated_salary_us_3.json").read_bytes()
        )
    )

    def answer(request: Request) -> Answer:
        """Each search, by its words, is answered from the file of that name, in its shape."""
        if request.path.endswith("salary"):
            return pay(request)
        name = request.query["query"][0]
        given = apis[name](replace(request, query={**request.query, "query": ["jobs"]}))
        if "_v1_" not in name:
            return given
        body = json.loads(given.body)
        return Answer.of({**body, "data": body["data"]["jobs"]})

    searches = [{"words": name, "country": "us"} for name in counts]
    title = {"job_title": "nodejs developer", "location": "new-york, ny, usa"}
    start(answer, {"searches": searches, "salaries": "true", "estimates": [title]})
    result = collect("jsearch", settings)
    assert (result.status, result.reason, result.counts.quarantined) == ("complete", None, 0)
    found = {
        scope.split(",")[0].removeprefix("words="): n
        for endpoint, scope, _, _, n, _ in query(SLICES)
        if endpoint == "search"
    }
    assert found == counts
    salaries = query("select payload ->> 'query' ->> 'location' from raw.jsearch__estimated_salary")
    assert salaries == [("new-york, ny, usa",)] * 3
    tables = {name for (name,) in query("select table_name from information_schema.tables")}
    assert "breaches" not in tables, "the contract holds for all of them"


def test_hostile_records(start: Start, settings: Settings, query: Query) -> None:
    api = start(JOBS[:30], per_page=40, recur=0)
    text = hostile.between(JOBS[:30], [*hostile.REFUSED, *hostile.TAKEN], "job_id")
    api.fail(hostile.list_replaced("data", text))
    result = collect("jsearch", settings)
    assert (result.status, result.counts.quarantined) == ("complete", len(hostile.REFUSED))
    taken = {f"t{number}" for number in range(1, len(hostile.TAKEN) + 1)}
    rows = query("select record_id from raw.jsearch__search")
    assert {record_id for (record_id,) in rows} == {job["job_id"] for job in JOBS[:30]} | taken


@given(value=hostile.VALUE, key=st.sampled_from(["data", "status", "error", "message"]))
@hypothesis_settings(max_examples=50)
def test_whatever_comes_is_judged(value: Any, key: str) -> None:
    for body in (value, {key: value}, {"data": {"jobs": value, "cursor": value}}):
        text = json.dumps(body).encode()
        for document in (parse(text), None):
            verdict = Verdict(status=200, body=text, document=document)
            judge(verdict)
            assert verdict.document is document or verdict.problem
        jobs_in(parse(text).value)
