"""Collecting Adzuna from its simulator, over real HTTP into a real warehouse."""

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
from ingestion.adzuna.account import CONTENTS, anonymous, judge
from ingestion.demo.server import Answer, Request
from ingestion.http import Verdict
from ingestion.http.parsing import parse
from ingestion.search import Ask, Search
from ingestion.settings import Settings
from tests.simulator import Simulator, faults
from tests.simulator.adzuna import (
    APP_ID,
    APP_KEY,
    ROOT,
    STUB,
    AdzunaApi,
    categories_of,
    from_capture,
    page_of,
    problem,
    records,
)
from tests.unit.ingestion import hostile
from tests.unit.ingestion.conftest import Query

Start = Callable[..., Simulator]
ADS = records(420)


@pytest.fixture
def start(simulate: Start, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Starts a simulator and points the source at it, with no limits and no long waits."""

    def run(ads: Any, settings: dict[str, Any] | None = None, **options: Any) -> Simulator:
        api = simulate(AdzunaApi(ads, **{"limits": (), **options}))
        given = {
            "base_url": api.url + ROOT,
            "app_id": APP_ID,
            "app_key": APP_KEY,
            "rate": [[100000, 1]],
            "retries": 2,
            "timeout": 2,
            "statistics": "false",
            **(settings or {}),
        }
        for name, value in given.items():
            text = value if isinstance(value, str) else json.dumps(value)
            monkeypatch.setenv(f"SOURCES__ADZUNA__{name.upper()}", text)
        monkeypatch.setattr("ingestion.http.session.BACKOFF", 0.01)
        return api

    return run


SLICES = """
    select scope, slice, mode, is_complete, records, reason from raw.slices
    where endpoint = 'search'
    qualify row_number() over (partition by run_id, endpoint, scope, slice order by seq desc) = 1
    order by run_no, scope, slice
"""


def landed(query: Query) -> dict[str, Any]:
    """Every ad by id; fails where one landed twice."""
    rows = query("select record_id, payload from raw.adzuna__search")
    found = {record_id: json.loads(payload) for record_id, payload in rows}
    assert len(found) == len(rows)
    return found


def steady(ad: dict[str, Any]) -> dict[str, Any]:
    return {name: ad[name] for name in ad if name not in ("adref", "redirect_url")}


def check(query: Query, ads: list[dict[str, Any]]) -> None:
    """What landed is exactly these ads."""
    found = {record_id: steady(ad) for record_id, ad in landed(query).items()}
    assert found == {ad["id"]: steady(ad) for ad in ads}


def later(settings: Settings, **by: float) -> Settings:
    return settings.model_copy(update={"fixed_now": settings.now() + timedelta(**by)})


def test_every_kind_of_failure_and_nothing_is_lost(
    start: Start, settings: Settings, query: Query
) -> None:
    api = start({"gb": ADS}, {"retries": 3})
    kinds = [
        faults.server_error(503),
        faults.html(),
        faults.empty(),
        faults.not_json(),
        faults.truncated(),
        faults.reset(),
        faults.edited(lambda body: STUB),
        faults.edited(lambda body: [body]),
        faults.key_renamed("results", "ads"),
        faults.fields_set(results={}),
        faults.too_many(0),
        faults.rate_limited(0, 429),
        faults.status(200, problem(400, "INVALID", "Not now").body),
        faults.slow(3),
        faults.content_type("text/plain"),
    ]
    for number, fault in enumerate(kinds):
        api.fail(fault, path=f"/search/{number % 9 + 1}")
    result = collect("adzuna", settings)
    assert (result.status, result.reason) == ("complete", None)
    check(query, ADS)
    assert query(SLICES) == [("country=gb", "all", "full", True, 420, None)]
    assert result.counts.quarantined == 0
    requests = api.count("")
    again = collect("adzuna", later(settings, hours=12))
    assert (again.status, again.counts.new_versions) == ("complete", 0)
    assert api.count("") - requests <= 2
    assert query(SLICES)[-1][2:4] == ("cursor", True)


def test_pages_and_records_that_stay_bad(start: Start, settings: Settings, query: Query) -> None:
    api = start({"gb": ADS[:200]})
    api.fail(faults.server_error(), path="/search/2", times=None)
    api.fail(faults.record_edited(3, lambda ad: "stub"), path="/search/3")
    api.fail(faults.field_changed(4, "id", None), path="/search/4")
    api.fail(faults.record_inserted(0, STUB), path="/search/4")
    result = collect("adzuna", settings)
    assert (result.status, result.reason) == (
        "partial",
        "page 2: status_500: no title",
    )
    reasons = query("select reason from raw.rejected order by reason")
    assert [reason.partition(":")[0] for (reason,) in reasons] == [
        "no_id",
        "not_an_object",
        "status_500",
    ]
    assert len(landed(query)) == 148
    api.mend()
    assert collect("adzuna", later(settings, hours=2)).status == "complete"
    check(query, ADS[:200])


def test_nothing_secret_lands(
    start: Start, settings: Settings, query: Query, caplog: pytest.LogCaptureFixture
) -> None:
    api = start({"gb": ADS[:120]}, {"statistics": "true"})
    leak = f"see ?app_id={APP_ID}&app_key={APP_KEY}".encode()
    api.fail(faults.status(418, leak, "text/plain"), path="/search/2")
    with caplog.at_level(0):
        collect("adzuna", settings)
    urls = [ad["redirect_url"] for ad in landed(query).values()]
    assert len(urls) == 70
    assert not any("utm_source" in url or url.endswith(("?", "&")) for url in urls)
    assert all("utm_medium=api" in url for url in urls)
    files = [file for file in settings.data.rglob("*") if file.is_file()]
    assert files
    for secret in (APP_ID, APP_KEY):
        assert not [file for file in files if secret.encode() in file.read_bytes()]
        assert secret not in caplog.text


def test_searches_in_several_countries(start: Start, settings: Settings, query: Query) -> None:
    stocks = {country: records(90, country=country) for country in ("gb", "fr", "us")}
    searches = [
        {"category": "it-jobs,sales-jobs", "place": "Texas", "country": "US"},
        {"category": "it-jobs"},
        {"place": "France > Ile-de-France", "country": "fr"},
        {"words": "xyzzy", "country": "UK"},
    ]
    api = start(stocks, {"searches": searches, "countries": ["gb", "fr"], "concurrency": 3})
    lines: list[str] = []
    assert collect("adzuna", settings, lines.append).status == "complete"

    def ads(country: str, *tags: str, part: str = "") -> set[str]:
        return {
            ad["id"]
            for ad in stocks[country]
            if (not tags or ad["category"]["tag"] in tags)
            and (not part or part in ad["location"]["area"])
        }

    wanted = ads("us", "it-jobs", "sales-jobs", part="Texas") | ads("gb", "it-jobs")
    wanted |= ads("fr", "it-jobs") | ads("fr", part="Ile-de-France")
    assert set(landed(query)) == wanted
    assert [row[:2] for row in query(SLICES)] == [
        ("country=fr,category=it-jobs", "all"),
        ("country=fr,place=France > Ile-de-France", "all"),
        ("country=gb,category=it-jobs", "all"),
        ("country=us,place=Texas,category=it-jobs,sales-jobs", "category=it-jobs"),
        ("country=us,place=Texas,category=it-jobs,sales-jobs", "category=sales-jobs"),
        ("words=xyzzy,country=gb", "all"),
    ]
    assert "Adzuna words=xyzzy,country=gb: no ad; is the search still right?" in lines
    request = "select distinct request ->> 'country' from raw.adzuna__search order by 1"
    assert query(request) == [("fr",), ("gb",), ("us",)]
    assert api.count("/search/1", distance=10) == 2


def test_a_country_that_it_does_not_have(start: Start, settings: Settings) -> None:
    from ingestion.errors import SettingsError

    start({}, {"searches": [{"country": "se"}]})
    with pytest.raises(SettingsError, match="adzuna: Adzuna has no country 'se'; it has at au"):
        collect("adzuna", settings)
    start({}, {"countries": ["gb", "xx"], "searches": []})
    with pytest.raises(SettingsError, match=r"SOURCES__ADZUNA__COUNTRIES cannot be read: .*'xx'"):
        collect("adzuna", settings)


@pytest.mark.parametrize("way", ["empty", "refused"])
def test_an_api_that_ends_before_the_ads_do(
    way: str, start: Start, settings: Settings, query: Query
) -> None:
    options = {"max_page": 6} if way == "empty" else {}
    api = start({"gb": ADS}, **options)
    if way == "refused":
        api.fail(faults.status(400), path="/search/7", times=None)
    result = collect("adzuna", settings)
    assert (result.status, result.reason) == ("complete", None)
    check(query, ADS)
    parts = query(SLICES)
    assert parts[0] == ("country=gb", "all", "full", True, 300, "split: 30 parts")
    assert len(parts) == 31
    assert all(row[3] for row in parts)


def test_more_than_it_gives_even_by_category(
    start: Start, settings: Settings, query: Query
) -> None:
    start({"gb": ADS}, max_page=1)
    result = collect("adzuna", settings)
    assert (result.status, result.reason) == (
        "complete",
        "capped: the API gives no page after 1",
    )
    api = start({"gb": ADS}, {"max_pages": 3})
    result = collect("adzuna", later(settings, days=8))
    assert (result.reason or "").startswith("capped: 9 pages, of which 3 can be asked for: name a")
    requests = api.count()
    again = collect("adzuna", later(settings, days=9))
    assert (again.status, again.reason) == ("complete", None)
    assert api.count() - requests < 3, "a cursor goes on from where a capped walk began"


def test_pages_smaller_than_asked_for(start: Start, settings: Settings, query: Query) -> None:
    api = start({"gb": ADS[:95]}, max_per_page=20, strict_size=False)
    assert collect("adzuna", settings).status == "complete"
    check(query, ADS[:95])
    assert api.count() == 5


@pytest.mark.parametrize("count", [0, -3, 60, "many", None])
def test_a_count_that_is_wrong(count: Any, start: Start, settings: Settings, query: Query) -> None:
    api = start({"gb": ADS[:160]})
    api.fail(faults.fields_set(count=count), times=None)
    assert collect("adzuna", settings).status == "complete"
    check(query, ADS[:160])
    assert api.count() == 5


def test_a_backfill_of_some_days(start: Start, settings: Settings, query: Query) -> None:
    api = start({"gb": ADS})
    days = sorted(ad["created"][:10] for ad in ADS)
    since, until = days[100], days[200]
    ask = Ask((Search(since=since, until=until),))
    result = collect("adzuna", settings, ask=ask)
    assert (result.status, result.reason) == ("complete", None)
    check(query, [ad for ad in ADS if since <= ad["created"][:10] <= until])
    assert query(SLICES)[0][:3] == ("country=gb", f"since={since},until={until}", "cursor")
    assert collect("adzuna", later(settings, hours=3)).status == "complete"
    assert query(SLICES)[-1][:3] == ("country=gb", "all", "full")
    check(query, ADS)
    assert api.count() < 22
    ask = Ask((Search(maximum=60, country="gb"),), full=True)
    few = collect("adzuna", later(settings, hours=9), ask=ask)
    assert (few.reason, few.counts.records) == ("maximum: 60 records were asked for", 60)


def test_the_limits_of_an_account(start: Start, settings: Settings, query: Query) -> None:
    options = {"rate": [[4, 60], [6, 86400]], "max_wait": 0}
    api = start({"gb": ADS}, options)
    now = settings
    stops = []
    for _ in range(2):
        result = collect("adzuna", now)
        stops.append((result.status, result.reason, result.counts.records))
        now = later(now, minutes=2)
    assert stops == [
        ("partial", "quota: 4 in 1 minute used up (until 06:01 UTC)", 200),
        ("partial", "quota: 6 in 1 day used up (until 06:00 UTC)", 100),
    ]
    used = [(state.window, state.used) for state in quotas(now) if state.source == "adzuna"]
    assert used == [("1 minute", 0), ("1 day", 6)]
    result = collect("adzuna", later(now, days=1))
    assert (result.status, result.counts.records) == ("complete", 120)
    assert api.count() == 9
    check(query, ADS)
    assert query("select count(distinct run_id) from raw.slices") == [(1,)]


@pytest.mark.parametrize(
    ("answer", "reason", "asked"),
    [
        (problem(401, "AUTH_FAIL", "Authorisation failed"), "status_401: Authorisation failed", 1),
        (problem(200, "AUTH_FAIL", "Authorisation failed"), "status_401: Authorisation failed", 1),
        (page_of(403, "Forbidden"), "status_403: Forbidden", 1),
        (page_of(429, "429 Too Many Requests"), "rate_limited: status_429: 429 Too Many", 3),
    ],
)
def test_what_stops_it(
    answer: Any, reason: str, asked: int, start: Start, settings: Settings
) -> None:
    api = start({"gb": ADS})
    fault = faults.status(answer.status, answer.body, answer.content_type)
    api.fail(fault, times=None)
    result = collect("adzuna", settings)
    assert (result.status, api.count()) == ("failed", asked)
    assert (result.reason or "").startswith(reason)


def test_without_its_keys_it_is_off(settings: Settings) -> None:
    result = collect("adzuna", settings)
    wanted = "no_key: set SOURCES__ADZUNA__APP_ID, SOURCES__ADZUNA__APP_KEY"
    assert (result.status, result.reason) == ("skipped", wanted)


def test_statistics_land_as_one_record_a_question(
    start: Start, settings: Settings, query: Query
) -> None:
    searches = [
        {"words": "engineer", "place": "UK > London", "category": "it-jobs"},
        {"words": "engineer", "place": "Leeds"},
    ]
    api = start({"gb": ADS}, {"searches": searches, "statistics": "true"})
    assert collect("adzuna", settings).status == "complete"
    rows = query("select record_id, payload, request from raw.adzuna__histogram order by 1")
    assert [record_id for record_id, _, _ in rows] == [
        "country=gb,what=engineer",
        "country=gb,what=engineer,where=UK > London,category=it-jobs",
    ]
    payload = json.loads(rows[1][1])
    assert set(payload) == {"histogram", "country", "what", "where", "category", "__CLASS__"}
    assert (payload["where"], payload["what"]) == ("UK > London", "engineer")
    assert json.loads(rows[1][2])["country"] == "gb"
    counts = {
        name: query(f"select count(*) from raw.adzuna__{name}")[0][0]
        for name in ("categories", "history", "top_companies", "geodata")
    }
    assert counts == {"categories": 30, "history": 2, "top_companies": 2, "geodata": 2}
    assert query("select min(record_id) from raw.adzuna__categories") == [
        ("gb:accounting-finance-jobs",)
    ]
    requests = sum(api.count(f"/{name}") for name in counts)
    again = collect("adzuna", later(settings, days=3))
    assert again.counts.new_versions == 0
    assert sum(api.count(f"/{name}") for name in counts) == requests, "answered from the cache"


CAPTURED = {
    "search_gb_2025-08": ("gb", 50),
    "results_us_100": ("us", 100),
    "search_us_10": ("us", 10),
    "search_us_2023": ("us", 10),
    "search_de_page1": ("de", 10),
    "search_de_pages_2024-03-08": ("de", 20),
    "results_fr_2025-06-05_500": ("fr", 500),
    "results_fr_week1_20": ("fr", 20),
    "results_fr_week2_100": ("fr", 100),
    "results_fr_week3_100": ("fr", 100),
}


def test_captured_ads(
    captures: Path, simulate: Start, start: Start, settings: Settings, query: Query
) -> None:
    """Every file in a search of its own; most ads of the second week stand in the third."""
    ads = {
        name: from_capture((captures / "adzuna" / f"{name}.json").read_bytes()) for name in CAPTURED
    }
    apis = {
        name: AdzunaApi({country: ads[name]}, verbatim=True, limits=())
        for name, (country, _) in CAPTURED.items()
    }

    def answer(request: Request) -> Answer:
        """Each search, by its words, is answered from the file of that name."""
        rest = {key: values for key, values in request.query.items() if key != "what"}
        return apis[request.first("what") or ""](replace(request, query=rest))

    searches = [{"words": name, "country": country} for name, (country, _) in CAPTURED.items()]
    start({}, {"searches": searches, "base_url": simulate(answer).url + ROOT})
    result = collect("adzuna", settings)
    assert (result.status, result.reason, result.counts.quarantined) == ("complete", None, 0)
    counts = {scope.split(",")[0].removeprefix("words="): n for scope, *_, n, _ in query(SLICES)}
    assert counts == {name: number for name, (_, number) in CAPTURED.items()}
    distinct = {ad["id"] for found in ads.values() for ad in found}
    # Twelve ads of the first week came with a field of whoever kept them.
    assert query("select count(*), count(distinct record_id) from raw.adzuna__search") == [
        (len(distinct) + 12, len(distinct))
    ]
    assert result.counts.records - len(distinct) == 99
    tables = {name for (name,) in query("select table_name from information_schema.tables")}
    assert "breaches" not in tables, "the contract holds for all of them"


def test_captured_statistics(
    captures: Path, start: Start, settings: Settings, query: Query
) -> None:
    history = json.loads((captures / "adzuna" / "history_gb_2024.json").read_bytes())
    rows = categories_of((captures / "adzuna" / "categories_de.csv").read_text())
    options = {
        "searches": [{"country": "de"}, {"country": "gb", "place": "UK>London>Central London"}],
        "statistics": "true",
    }
    start({}, options, captured={("gb", "history"): history}, categories={"de": rows})
    assert collect("adzuna", settings).status == "complete"
    ((months, where),) = query(
        "select len(json_keys(payload, '$.month')), payload ->> 'where'"
        " from raw.adzuna__history where payload ->> 'country' = 'gb'"
    )
    assert (months, where) == (12, "UK > London > Central London")
    labels = query(
        "select record_id, payload ->> 'label' from raw.adzuna__categories"
        " where request ->> 'country' = 'de'"
    )
    assert dict(labels) == {f"de:{row['tag']}": row["label"] for row in rows}
    assert len(labels) == 30


def test_hostile_records(start: Start, settings: Settings, query: Query) -> None:
    api = start({"gb": ADS[:40]})
    text = hostile.between(ADS[:40], [*hostile.REFUSED, *hostile.TAKEN], "id")
    api.fail(hostile.list_replaced("results", text))
    result = collect("adzuna", settings)
    assert (result.status, result.counts.quarantined) == ("complete", len(hostile.REFUSED))
    found = landed(query)
    assert set(found) == {ad["id"] for ad in ADS[:40]} | {
        f"t{number}" for number in range(1, len(hostile.TAKEN) + 1)
    }
    assert all(steady(found[ad["id"]]) == steady(ad) for ad in ADS[:40])


@given(value=hostile.VALUE, key=st.sampled_from([*CONTENTS, "exception", "__CLASS__", "id"]))
@hypothesis_settings(max_examples=50)
def test_whatever_comes_is_judged(value: Any, key: str) -> None:
    for body in (value, {key: value}, {"results": [value, {key: value}]}):
        text = json.dumps(body).encode()
        for document in (parse(text), None):
            verdict = Verdict(status=200, body=text, document=document)
            judge(verdict)
            assert verdict.document is document or verdict.problem
    ad = {"id": "1", "redirect_url": value}
    assert anonymous(anonymous(ad)) == anonymous(ad)


@pytest.mark.parametrize(
    ("url", "shorter"),
    [
        ("https://a.b/d/1?utm_medium=api&utm_source=abcd1234", "https://a.b/d/1?utm_medium=api"),
        ("https://a.b/l/1?se=x&utm_source=a&v=2#top", "https://a.b/l/1?se=x&v=2#top"),
        ("https://a.b/l/1?utm_source=a", "https://a.b/l/1"),
        ("https://a.b/l/1?UTM_SOURCE=a&utm_source=b#c", "https://a.b/l/1#c"),
        ("https://a.b/l/1?x=1&amp;utm_source=a", "https://a.b/l/1?x=1&amp;"),
        ("https://a.b/utm_source/1?my_utm_source=1", "https://a.b/utm_source/1?my_utm_source=1"),
    ],
)
def test_who_asked_leaves_the_address(url: str, shorter: str) -> None:
    assert anonymous({"redirect_url": url}) == {"redirect_url": shorter}
