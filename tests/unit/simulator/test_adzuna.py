"""Adzuna's simulator over real HTTP: what is documented, and every captured answer."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.simulator import Simulator, faults
from tests.simulator.adzuna import (
    APP_ID,
    APP_KEY,
    LIMITS,
    ROOT,
    STUB,
    AdzunaApi,
    categories_of,
    from_capture,
    records,
)
from tests.simulator.adzuna_ads import COUNTRIES, TAGS

JSON = {"Accept": "application/json"}
ACCOUNT = {"app_id": APP_ID, "app_key": APP_KEY, "content-type": "application/json"}
UNLIMITED: Any = {"limits": ()}

Simulate = Callable[..., Simulator]


def get(api: Simulator, path: str, headers: Any = JSON, **query: Any) -> requests.Response:
    asked = {name: value for name, value in {**ACCOUNT, **query}.items() if value is not None}
    return requests.get(f"{api.url}{ROOT}{path}", asked, headers=headers, timeout=10)


def walk(api: Simulator, country: str, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    page = 1
    while True:
        path = f"/jobs/{country}/search/{page}"
        body = get(api, path, **{"results_per_page": 50, "sort_by": "date", **query}).json()
        found += body["results"]
        if page * 50 >= body["count"]:
            return found
        page += 1


def steady(ad: dict[str, Any]) -> dict[str, Any]:
    return {name: ad[name] for name in ad if name not in ("adref", "redirect_url")}


def test_every_country_is_walked_to_its_end(simulate: Simulate) -> None:
    ads = {country: records(60, country=country) for country in COUNTRIES}
    assert len({ad["id"] for found in ads.values() for ad in found}) == 19 * 60
    api = simulate(AdzunaApi(ads, **UNLIMITED))
    for country, stock in ads.items():
        found = walk(api, country)
        assert [ad["created"] for ad in found] == sorted(
            (a["created"] for a in stock), reverse=True
        )
        assert {ad["id"]: steady(ad) for ad in found} == {ad["id"]: steady(ad) for ad in stock}
        assert len(found) == 60
    assert walk(simulate(AdzunaApi({}, **UNLIMITED)), "gb") == []


def test_an_order_that_shifts_repeats_and_misses(simulate: Simulate) -> None:
    api = simulate(AdzunaApi({"gb": records(300)}, **UNLIMITED))
    ids = [ad["id"] for ad in walk(api, "gb", sort_by="relevance")]
    assert (len(ids), len(set(ids))) == (300, 300 - 15)


def test_tokens_and_addresses_change_from_request_to_request(simulate: Simulate) -> None:
    api = simulate(AdzunaApi({"us": records(50, country="us")}))
    first, second = walk(api, "us"), walk(api, "us")
    assert [steady(ad) for ad in first] == [steady(ad) for ad in second]
    assert all(a["adref"] != b["adref"] for a, b in zip(first, second, strict=True))
    assert all(f"utm_source={APP_ID}" in ad["redirect_url"] for ad in first)
    assert {"/land/ad/" in ad["redirect_url"] for ad in first} == {True, False}


def test_who_is_not_known_and_who_does_not_ask_for_json(simulate: Simulate) -> None:
    api = simulate(AdzunaApi({"gb": records(5)}))
    path = "/jobs/gb/search/1"
    without = get(api, path, app_key=None)
    assert (without.status_code, without.headers["Content-Type"][:9]) == (400, "text/html")
    wrong = get(api, path, app_key="f" * 32)
    assert wrong.status_code == 401
    assert wrong.json() == {
        "exception": "AUTH_FAIL",
        "display": "Authorisation failed",
        "doc": "https://api.adzuna.com/v1/doc",
        "__CLASS__": "Adzuna::API::Response::Exception",
    }
    for answer in (get(api, path, headers=None), get(api, path, **{"content-type": None})):
        assert (answer.status_code, answer.headers["Content-Type"][:9]) == (200, "text/html")


@pytest.mark.parametrize(
    ("path", "query", "status", "kind"),
    [
        ("/jobs/gb/search/0", {}, 400, "application/json"),
        ("/jobs/gb/search/1", {"results_per_page": 51}, 400, "application/json"),
        ("/jobs/gb/search/1", {"full_description": 1}, 400, "application/json"),
        ("/jobs/gb/search/1", {"sort_direction": "up"}, 400, "application/json"),
        ("/jobs/gb/search/1", {"salary_min": "30k"}, 400, "application/json"),
        ("/jobs/gb/search/1", {"full_time": "true"}, 400, "application/json"),
        ("/jobs/gb/search/1", {"category": "IT Jobs"}, 400, "application/json"),
        ("/jobs/gb/search/1", {"id": 7}, 400, "text/html"),
        ("/jobs/gb/history", {"what": "data"}, 400, "application/json"),
        ("/jobs/gb/search", {}, 404, "text/html"),
        ("/jobs/xx/search/1", {}, 404, "text/html"),
        ("/jobs/gb/ad/abc", {}, 404, "text/html"),
    ],
)
def test_requests_that_are_refused(
    simulate: Simulate, path: str, query: dict[str, Any], status: int, kind: str
) -> None:
    answer = get(simulate(AdzunaApi({"gb": records(5)})), path, **query)
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (status, kind)


def test_what_sources_disagree_on_can_be_chosen(simulate: Simulate) -> None:
    other: Any = {"strict_size": False, "sort_direction": "sort_direction", "unknown_country": 400}
    api = simulate(AdzunaApi({"gb": records(60)}, highlight=True, max_page=1, **other))
    path = "/jobs/gb/search/1"
    body = get(api, path, results_per_page=100, sort_direction="up", sort_by="date").json()
    assert len(body["results"]) == 50
    assert body["results"][0]["created"] <= body["results"][1]["created"]
    assert get(api, "/jobs/gb/search/2", results_per_page=50).json()["results"] == []
    assert get(api, "/jobs/xx/categories").status_code == 400
    marked = get(api, path, what="data").json()["results"]
    assert any("<strong>Data</strong>" in ad["title"] for ad in marked)


def test_filters(simulate: Simulate) -> None:
    ads = records(400)
    api = simulate(AdzunaApi({"gb": ads}, **UNLIMITED))

    def ids(**query: Any) -> set[str]:
        return {ad["id"] for ad in walk(api, "gb", **query)}

    assert ids(category="it-jobs") == {a["id"] for a in ads if a["category"]["tag"] == "it-jobs"}
    assert ids(location0="UK", location1="Scotland") == {
        a["id"] for a in ads if a["location"]["area"][1:2] == ["Scotland"]
    }
    assert ids(where="edinburgh") < ids(location1="Scotland")
    assert ids(full_time=1) == {a["id"] for a in ads if a.get("contract_time") == "full_time"}
    assert ids(title_only="data engineer") < ids(what="data") | ids(what_phrase="data engineer")
    assert ids(what_or="nurse cook") == ids(what="nurse") | ids(what="cook")
    assert ids(what_exclude="nurse") == ids() - ids(what="nurse")
    days = ids(max_days_old=3)
    newest = max(a["created"] for a in ads)[:10]
    assert days == {
        a["id"]
        for a in ads
        if date.fromisoformat(newest).toordinal() - 3
        <= date.fromisoformat(a["created"][:10]).toordinal()
    }
    french = records(400, country="fr")
    api = simulate(AdzunaApi({"fr": french}, **UNLIMITED))
    paid = {a["id"] for a in walk(api, "fr", salary_min=30_000)}
    assert paid == {a["id"] for a in french if a.get("salary_max", 0) >= 30_000}
    either = {a["id"] for a in walk(api, "fr", salary_min=30_000, salary_include_unknown=1)}
    assert either == paid | {a["id"] for a in french if "salary_max" not in a}


def test_statistics(simulate: Simulate) -> None:
    ads = records(400)
    api = simulate(AdzunaApi({"gb": ads}, **UNLIMITED))
    assert get(api, "/version").json()["api_version"] == 1
    rows = get(api, "/jobs/gb/categories").json()["results"]
    assert [row["tag"] for row in rows] == list(TAGS)
    german = get(api, "/jobs/de/categories").json()["results"]
    assert german[1]["label"] == "It-Stellen"
    histogram = get(api, "/jobs/gb/histogram").json()["histogram"]
    assert list(histogram) != sorted(histogram, key=int)
    assert 0 < sum(histogram.values()) <= 400
    history = get(api, "/jobs/gb/history", months=6, location0="UK").json()
    assert (len(history["month"]), history["location"]["area"]) == (6, ["UK"])
    assert list(history["month"]) != sorted(history["month"])
    assert get(api, "/jobs/us/history").json()["month"] == {}
    board = get(api, "/jobs/gb/top_companies").json()["leaderboard"]
    counts = [company["count"] for company in board]
    assert (len(board), counts) == (5, sorted(counts, reverse=True))
    places = get(api, "/jobs/gb/geodata", location0="UK").json()["locations"]
    inside = Counter(a["location"]["area"][1] for a in ads if len(a["location"]["area"]) > 1)
    assert {one["location"]["area"][1]: one["count"] for one in places} == inside


def test_limits_of_an_account(simulate: Simulate) -> None:
    assert LIMITS == ((25, 60), (250, 86_400), (1_000, 604_800), (2_500, 2_592_000))
    now = [0.0]
    settings: Any = {"limits": ((2, 60), (3, 86_400)), "clock": lambda: now[0]}
    api = simulate(AdzunaApi({}, retry_after=True, **settings))
    path = "/jobs/gb/geodata"
    answers = [get(api, path) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert (answers[2].headers["Content-Type"][:9], answers[2].headers["Retry-After"]) == (
        "text/html",
        "60",
    )
    now[0] = 60
    assert [get(api, path).status_code for _ in range(2)] == [200, 429]
    now[0] = 86_400
    assert get(api, path).status_code == 200
    api = simulate(AdzunaApi({}, burst=((1, 60),)))
    assert [get(api, path).status_code for _ in range(2)] == [200, 503]


def test_generated_ads_are_like_real_ones() -> None:
    day = date(2026, 3, 2)
    ads = records(1_000, country="gb")
    assert ads == records(1_000, seed=1, day=day, country="gb")
    assert ads != records(1_000, seed=2, day=day, country="gb")
    predicted = [ad for ad in ads if ad["salary_is_predicted"] == "1"]
    advertised = [ad for ad in ads if ad["salary_is_predicted"] == "0"]
    assert 450 < len(predicted) < 590
    assert all(ad["salary_min"] == ad["salary_max"] for ad in predicted)
    assert 0.4 < sum(a["salary_min"] == a["salary_max"] for a in advertised) / len(advertised) < 0.8
    assert {type(ad["salary_min"]) for ad in advertised} == {int, float}
    assert sum(len(ad["description"]) == 500 for ad in ads) > 970
    assert any("@example.org" in ad["description"] for ad in ads)
    snippets = Counter(ad["description"] for ad in ads)
    assert 250 < sum(n for n in snippets.values() if n > 1) < 450
    assert 0.2 < sum("contract_type" in ad for ad in ads) / 1_000 < 0.4
    assert sum("salary_min" in ad for ad in records(1_000, country="fr")) < 250
    later = {ad["id"]: ad for ad in records(1_000, day=date(2026, 3, 7))}
    both = [(ad, later[ad["id"]]) for ad in ads if ad["id"] in later]
    assert len(both) == 900
    assert 0 < sum(steady(a) != steady(b) for a, b in both) < 100


CAPTURED = {
    "search_gb_2025-08.json": ("gb", 50),
    "results_fr_week1_20.json": ("fr", 20),
    "results_fr_week2_100.json": ("fr", 100),
    "results_fr_week3_100.json": ("fr", 100),
    "results_fr_2025-06-05_500.json": ("fr", 500),
    "search_us_10.json": ("us", 10),
    "search_us_2023.json": ("us", 10),
    "results_us_100.json": ("us", 100),
    "search_de_page1.json": ("de", 10),
    "search_de_pages_2024-03-08.json": ("de", 20),
}


@pytest.mark.parametrize("name", CAPTURED)
def test_captured_ads_are_served_unchanged(simulate: Simulate, captures: Path, name: str) -> None:
    country, count = CAPTURED[name]
    ads = from_capture((captures / "adzuna" / name).read_bytes())
    api = simulate(AdzunaApi({country: ads}, verbatim=True, **UNLIMITED))
    found = {ad["id"]: ad for ad in walk(api, country)}
    assert len(found) == len(ads) == count
    assert found == {ad["id"]: ad for ad in ads}


def test_other_captured_answers(simulate: Simulate, captures: Path) -> None:
    folder = captures / "adzuna"
    history = json.loads((folder / "history_gb_2024.json").read_bytes())
    rows = categories_of((folder / "categories_de.csv").read_text())
    api = simulate(AdzunaApi({}, captured={("gb", "history"): history}, categories={"de": rows}))
    assert get(api, "/jobs/gb/history", months=12).json() == history
    assert get(api, "/jobs/de/categories").json()["results"] == rows
    assert len(rows) == 30
    stub = json.loads((folder / "search_de_pages_2024-03-08.json").read_bytes())[0]
    assert stub == STUB
    api.fail(faults.edited(lambda body: stub), path="/search/1")
    assert get(api, "/jobs/de/search/1").json() == STUB
    known = {*CAPTURED, "history_gb_2024.json", "categories_de.csv"}
    assert {path.name for path in folder.iterdir()} == known


def test_the_stock_changes_by_day(simulate: Simulate) -> None:
    days = {date(2026, 3, n): AdzunaApi({"gb": records(50, day=date(2026, 3, n))}) for n in (2, 3)}
    api = simulate(days, day=date(2026, 3, 2))
    first = {ad["id"] for ad in walk(api, "gb")}
    api.day = date(2026, 3, 3)
    second = {ad["id"] for ad in walk(api, "gb")}
    assert (len(first - second), len(second - first)) == (1, 1)
