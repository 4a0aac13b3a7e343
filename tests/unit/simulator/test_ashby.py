"""The simulated Ashby answers as documented."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.simulator import Simulator
from tests.simulator.ashby import AshbyApi, from_capture, records

JOBS = records(838)


@pytest.fixture
def api(simulate: Callable[..., Simulator]) -> Simulator:
    return simulate(AshbyApi({"Granholm": JOBS}))


def get(api: Simulator, board: str = "Granholm", **query: Any) -> requests.Response:
    return requests.get(f"{api.url}/posting-api/job-board/{board}", query, timeout=5)


def test_a_board_comes_whole(api: Simulator) -> None:
    assert get(api, includeCompensation="true").json() == {"jobs": JOBS, "apiVersion": "1"}
    for query in ({}, {"includeCompensation": "false"}):
        assert not any("compensation" in job for job in get(api, **query).json()["jobs"])


def test_errors(api: Simulator) -> None:
    unknown = get(api, "granholm")
    assert (unknown.status_code, unknown.text) == (404, "Not Found")
    assert get(api, limit=10).status_code == 400
    assert get(api, includeCompensation="1").status_code == 400


def test_lenient_limited_and_conditional(simulate: Callable[..., Simulator]) -> None:
    api = simulate(AshbyApi({"Granholm": JOBS}, strict=False, etags=True, limits=((2, 60),)))
    first = get(api, limit=10)
    assert len(first.json()["jobs"]) == 838
    url = f"{api.url}/posting-api/job-board/Granholm"
    known = {"If-None-Match": first.headers["ETag"]}
    assert requests.get(url, headers=known, timeout=5).status_code == 304
    assert "Retry-After" in get(api).headers


def test_generated_pay_has_the_known_forms() -> None:
    jobs = records(3_000)
    assert len({job["id"] for job in jobs}) == 3_000
    pays = [job["compensation"] for job in jobs]
    hollow = [pay for pay in pays if not pay["compensationTiers"]]
    assert 1_000 < len(hollow) < 1_400
    assert all(pay["compensationTierSummary"] is None for pay in hollow)
    parts = [c for pay in pays for tier in pay["compensationTiers"] for c in tier["components"]]
    assert {part["compensationType"] for part in parts} == {
        "Salary",
        "EquityPercentage",
        "EquityCashValue",
        "Bonus",
        "Commission",
    }
    salaries = [part for part in parts if part["compensationType"] == "Salary"]
    assert {part["interval"] for part in salaries} == {
        "1 YEAR",
        "1 HOUR",
        "1 MONTH",
        "1 DAY",
        "6 MONTH",
        "1 TIME",
    }
    assert any(part["minValue"] is None for part in salaries)
    assert any(part["minValue"] == 0 for part in salaries)
    assert any(part["minValue"] == part["maxValue"] for part in salaries)
    assert any(len(pay["compensationTiers"]) == 2 for pay in pays)
    assert any(
        tier["components"][0]["compensationType"] != "Salary"
        for pay in pays
        for tier in pay["compensationTiers"]
    )
    assert any(job["isRemote"] and job["workplaceType"] == "Hybrid" for job in jobs)
    assert any(not job["isListed"] for job in jobs)
    assert all(job["descriptionPlain"] for job in jobs)


def test_captured_jobs_stay_as_they_are(simulate: Callable[..., Simulator]) -> None:
    body = {"jobs": [{"id": "a", "compensation": {"x": 1}}, {"id": "b"}], "apiVersion": "1"}
    api = simulate(AshbyApi({"b": from_capture(body)}))
    assert get(api, "b", includeCompensation="true").json() == body
