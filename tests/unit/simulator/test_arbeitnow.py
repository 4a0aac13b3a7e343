"""The simulated Arbeitnow answers as documented."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests

from tests.simulator import Simulator
from tests.simulator.arbeitnow import PATH, ArbeitnowApi, from_capture, records

JOBS = records(900)


def get(api: Simulator, **query: Any) -> requests.Response:
    return requests.get(f"{api.url}{PATH}", query, timeout=5)


def test_following_the_links_gives_each_job_once(simulate: Callable[..., Simulator]) -> None:
    api = simulate(ArbeitnowApi(JOBS))
    address, found, sizes = f"{api.url}{PATH}", [], []
    while address:
        body = requests.get(address, timeout=5).json()
        found += body["data"]
        sizes.append(len(body["data"]))
        assert body["meta"]["current_page"] == len(sizes)
        assert "total" not in body["meta"]
        address = body["links"]["next"]
    assert found == JOBS
    assert sizes == [175, 325, 250, 150]


def test_beyond_the_end_there_is_nothing(simulate: Callable[..., Simulator]) -> None:
    for jobs, page in ((JOBS, 5), (JOBS, 10**20), ([], 1)):
        body = get(simulate(ArbeitnowApi(jobs)), page=min(page, 10**18)).json()
        assert (body["data"], body["links"]["next"], body["meta"]["to"]) == ([], None, None)


def test_a_full_last_page_is_the_last(simulate: Callable[..., Simulator]) -> None:
    api = simulate(ArbeitnowApi(JOBS[:20], page_sizes=(10,)))
    links = [get(api, page=page).json()["links"]["next"] for page in (1, 2)]
    assert links == [f"{api.url}{PATH}?page=2", None]


def test_limits(simulate: Callable[..., Simulator]) -> None:
    now = [0.0]
    api = simulate(ArbeitnowApi(JOBS[:1], limits=((2, 60),), clock=lambda: now[0]))
    answers = [get(api) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert answers[2].headers["Retry-After"] == "60"
    now[0] += 60
    assert get(api).status_code == 200
    assert "X-RateLimit-Limit" not in get(simulate(ArbeitnowApi.unlimited(JOBS))).headers
    assert get(simulate(ArbeitnowApi(JOBS))).headers["X-RateLimit-Limit"] == "50"


def test_errors(simulate: Callable[..., Simulator]) -> None:
    api = simulate(ArbeitnowApi(JOBS))
    assert [get(api, **query).status_code for query in ({"page": 0}, {"search": "x"})] == [400, 400]
    assert requests.get(f"{api.url}/api", timeout=5).status_code == 404
    assert get(simulate(ArbeitnowApi(JOBS, strict=False)), search="x").status_code == 200


def test_generated_jobs() -> None:
    assert len({job["slug"] for job in JOBS}) == 900
    assert all(isinstance(job["remote"], bool) for job in JOBS)
    assert any(job["location"] == "" for job in JOBS)
    assert any(job["tags"] == [] for job in JOBS)
    assert not any("salary" in key for job in JOBS for key in job)


def test_captured_jobs_stay_as_they_are(simulate: Callable[..., Simulator]) -> None:
    body = {"data": [{"slug": "a", "odd": None}], "links": {}, "meta": {}}
    assert get(simulate(ArbeitnowApi(from_capture(body)))).json()["data"] == body["data"]
