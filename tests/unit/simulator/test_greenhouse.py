"""The simulated Greenhouse answers as documented."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import requests

from tests.simulator import Simulator, faults
from tests.simulator.greenhouse import GreenhouseApi, from_capture, records

JOBS = records(60)


@pytest.fixture
def api(simulate: Callable[..., Simulator]) -> Simulator:
    return simulate(GreenhouseApi({"larkfield": JOBS, "empty": []}))


def get(api: Simulator, path: str, **query: Any) -> requests.Response:
    return requests.get(f"{api.url}/v1/boards/{path}", query, timeout=5)


def test_a_board_comes_whole(api: Simulator) -> None:
    body = get(api, "larkfield/jobs", content="true").json()
    assert body["meta"] == {"total": 60}
    assert [job["id"] for job in body["jobs"]] == [job["id"] for job in JOBS]
    hidden = {"pay_input_ranges", "questions"}
    assert body["jobs"][0] == {name: JOBS[0][name] for name in JOBS[0].keys() - hidden}
    bare = get(api, "larkfield/jobs").json()["jobs"][0]
    assert not bare.keys() & {"content", "departments", "offices"}
    assert get(api, "empty/jobs").json() == {"jobs": [], "meta": {"total": 0}}


def test_pay_is_in_the_detail_where_asked_for(api: Simulator) -> None:
    path = f"larkfield/jobs/{JOBS[0]['id']}"
    assert "pay_input_ranges" not in get(api, path).json()
    detail = get(api, path, questions="", pay_transparency="true").json()
    assert detail == {name: value for name, value in JOBS[0].items() if name != "questions"}


def test_a_board_may_tell_pay_in_the_list(simulate: Callable[..., Simulator]) -> None:
    api = simulate(GreenhouseApi({"larkfield": JOBS}, list_pay=True))
    jobs = get(api, "larkfield/jobs", content="true", pay_transparency="true").json()["jobs"]
    assert [job["pay_input_ranges"] for job in jobs] == [job["pay_input_ranges"] for job in JOBS]


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("nobody/jobs", {}, 404),
        ("larkfield/jobs/1", {}, 404),
        ("larkfield/candidates", {}, 404),
        ("larkfield/jobs", {"page": 2}, 400),
        ("larkfield/jobs", {"content": "yes"}, 400),
    ],
)
def test_errors(api: Simulator, path: str, query: dict[str, Any], status: int) -> None:
    answer = get(api, path, **query)
    assert (answer.status_code, answer.json()["status"]) == (status, status)


def test_what_the_real_one_ignores_may_be_ignored(simulate: Callable[..., Simulator]) -> None:
    api = simulate(GreenhouseApi({"larkfield": JOBS}, strict=False, limits=((2, 60),), etags=True))
    answer = get(api, "larkfield/jobs", page=2)
    assert len(answer.json()["jobs"]) == 60
    known = {"If-None-Match": answer.headers["ETag"]}
    url = f"{api.url}/v1/boards/larkfield/jobs"
    assert requests.get(url, headers=known, timeout=5).status_code == 304
    assert get(api, "larkfield/jobs").status_code == 429


def test_departments_and_offices(api: Simulator) -> None:
    departments = get(api, "larkfield/departments").json()["departments"]
    assert sum(len(one["jobs"]) for one in departments) == 60
    assert get(api, "larkfield/offices").json()["offices"]
    assert get(api, "larkfield").json()["name"] == "Larkfield"


def test_generated_jobs_have_the_known_traps() -> None:
    jobs = records(400)
    assert len({job["id"] for job in jobs}) == 400
    assert min(job["id"] for job in jobs) > 2**31
    assert {job["updated_at"][-6:] for job in records(100, day=date(2026, 4, 2))} == {
        "-05:00",
        "-04:00",
    }
    assert any(job["internal_job_id"] is None for job in jobs)
    assert any("first_published" not in job for job in jobs)
    once = html.unescape(jobs[0]["content"])
    assert once.startswith("<h3>")
    assert "R&amp;D&nbsp;" in once
    assert records(1, escapes=2)[0]["content"].startswith("&amp;lt;h3")
    ranges = [one for job in jobs for one in job["pay_input_ranges"]]
    assert {"Zone B", "Hourly rate"} <= {one["title"] for one in ranges}
    assert {len(job["pay_input_ranges"]) for job in jobs} == {0, 1, 2}
    assert any(one["min_cents"] == one["max_cents"] for one in ranges)
    assert jobs != sorted(jobs, key=lambda job: job["id"])


def test_captured_jobs_stay_as_they_are(simulate: Callable[..., Simulator]) -> None:
    body = {"jobs": [{"id": 1, "odd": None, "title": "x"}], "meta": {"total": 1}}
    api = simulate(GreenhouseApi({"a": from_capture(body)}))
    assert get(api, "a/jobs", content="true").json() == body
    assert from_capture(b'{"id": 3}') == [{"id": 3}]
    api.fail(faults.field_changed(0, "id", "one", "jobs"))
    assert get(api, "a/jobs").json()["jobs"][0]["id"] == "one"
