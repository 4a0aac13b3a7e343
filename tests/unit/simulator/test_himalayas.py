"""The simulated Himalayas answers as documented."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import requests

from tests.simulator import Simulator
from tests.simulator.himalayas import PATH, HimalayasApi, from_capture, records

JOBS = records(130)
NEWEST_FIRST = sorted(JOBS, key=lambda job: (-job["pubDate"], job["guid"]))


@pytest.fixture
def api(simulate: Callable[..., Simulator]) -> Simulator:
    return simulate(HimalayasApi(JOBS))


def get(api: Simulator, path: str = "", **query: Any) -> requests.Response:
    return requests.get(f"{api.url}{PATH}{path}", query, timeout=5)


def walk(api: Simulator, **query: Any) -> list[Any]:
    found = []
    while True:
        body = get(api, **query).json()
        found += body["jobs"]
        query["cursor"] = body["nextCursor"]
        if body["nextCursor"] is None:
            return found


def test_the_cursor_leads_to_each_job_once(api: Simulator) -> None:
    assert walk(api, limit=20) == NEWEST_FIRST
    assert api.count() == 7


def test_limits_are_cut_and_searches_ignored_in_the_list(api: Simulator) -> None:
    body = get(api, limit=100, q="nothing like it").json()
    assert (len(body["jobs"]), body["limit"], body["totalCount"]) == (20, 20, 130)


def test_the_cursor_holds_while_the_stock_moves(simulate: Callable[..., Simulator]) -> None:
    days = {date(2026, 3, n): HimalayasApi(records(130, day=date(2026, 3, n))) for n in (2, 3)}
    api = simulate(days, day=date(2026, 3, 2))
    cursor = get(api).json()["nextCursor"]
    api.day = date(2026, 3, 3)
    assert get(api, cursor=cursor).json()["jobs"][0]["guid"] == NEWEST_FIRST[20]["guid"]


def test_the_old_offset(simulate: Callable[..., Simulator], api: Simulator) -> None:
    assert get(api, offset=100).json()["jobs"] == NEWEST_FIRST[100:120]
    assert get(simulate(HimalayasApi(JOBS, offsets=False)), offset=100).json()["offset"] == 0


def test_search(api: Simulator) -> None:
    for name in ("q", "keyword"):
        found = get(api, "/search", **{name: "data ENGINEER"}).json()
        assert 0 < found["totalCount"] < 130
        assert all("Data Engineer" in job["title"] for job in found["jobs"])
    filters = {"country": "canada", "employment_type": "Full Time,Intern", "seniority": "Senior"}
    found = get(api, "/search", **filters).json()
    assert found["jobs"]
    for job in found["jobs"]:
        assert "Canada" in job["locationRestrictions"]
        assert job["employmentType"] in ("Full Time", "Intern")
        assert "Senior" in job["seniority"]
    worldwide = get(api, "/search", worldwide="true").json()["jobs"]
    assert worldwide
    assert not any(job["locationRestrictions"] for job in worldwide)
    paid = [job["minSalary"] or 0 for job in get(api, "/search", sort="salaryDesc").json()["jobs"]]
    assert paid == sorted(paid, reverse=True)
    assert "nextCursor" not in found


def test_a_search_reaches_only_so_far(simulate: Callable[..., Simulator]) -> None:
    api = simulate(HimalayasApi(JOBS, cap=50))
    pages = [get(api, "/search", page=page).json() for page in (1, 2, 3, 4)]
    assert [len(page["jobs"]) for page in pages] == [20, 20, 10, 0]
    assert {page["totalCount"] for page in pages} == {130}


def test_errors(simulate: Callable[..., Simulator], api: Simulator) -> None:
    for path, query in (
        ("", {"cursor": "!"}),
        ("", {"cursor": "YWJj"}),
        ("", {"limit": "all"}),
        ("", {"per_page": 1}),
        ("/search", {"page": 0}),
        ("/search", {"sort": "price"}),
        ("/search", {"cursor": "x"}),
    ):
        assert get(api, path, **query).status_code == 400
    assert get(api, "/none").status_code == 404
    api = simulate(HimalayasApi(JOBS, limits=((1, 60),)))
    assert [get(api).status_code for _ in range(2)] == [200, 429]
    assert HimalayasApi(JOBS).limits == ((60, 60),)


def test_the_whole_stock_at_once(simulate: Callable[..., Simulator]) -> None:
    api = simulate(HimalayasApi.unlimited(JOBS, page_size=1_000))
    assert len(get(api, limit=1_000).json()["jobs"]) == 130


def test_generated_jobs_have_the_known_forms() -> None:
    jobs = records(1_500)
    assert len({job["guid"] for job in jobs}) == 1_500
    assert {job["salaryPeriod"] for job in jobs if job["minSalary"]} == {
        "annual",
        "monthly",
        "hourly",
        "weekly",
        "daily",
    }
    assert any(job["minSalary"] and job["maxSalary"] is None for job in jobs)
    assert any(job["minSalary"] is None and job["currency"] == "USD" for job in jobs)
    assert records(1, times="ms")[0]["pubDate"] == records(1)[0]["pubDate"] * 1000
    objects = [one for job in records(9, places="objects") for one in job["locationRestrictions"]]
    assert all(one.keys() == {"alpha2", "name", "slug"} for one in objects)


def test_captured_jobs_stay_as_they_are(simulate: Callable[..., Simulator]) -> None:
    body = {"jobs": [{"guid": "a", "pubDate": 1, "odd": None}], "totalCount": 1}
    assert get(simulate(HimalayasApi(from_capture(body)))).json()["jobs"] == body["jobs"]
