"""JSearch's simulator over real HTTP: what is documented, and every captured answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.simulator import Simulator, faults
from tests.simulator.jsearch import (
    DIRECT,
    HOST,
    KEY,
    JSearchApi,
    estimates,
    estimates_from_capture,
    from_capture,
    keyed,
    records,
)

RAPID = {"X-RapidAPI-Key": KEY, "X-RapidAPI-Host": HOST}
UNLIMITED: Any = {"limits": (), "monthly": None}

Simulate = Callable[..., Simulator]


def get(api: Simulator, path: str, headers: Any = None, **query: Any) -> requests.Response:
    return requests.get(api.url + path, query, headers=headers or RAPID, timeout=5)


def walk(api: Simulator, **query: Any) -> list[dict[str, Any]]:
    """All jobs of a search, as often as they are sent."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}
    while True:
        asked = {"query": "jobs", "language": "en", **query, **cursor}
        data = get(api, "/search-v2", **asked).json()["data"]
        found += data["jobs"]
        if "cursor" not in data or not data["jobs"]:
            return found
        cursor = {"cursor": data["cursor"]}


def test_a_search_is_walked_by_its_cursor(simulate: Simulate) -> None:
    jobs = records(105)
    known = {job["job_id"]: job for job in jobs}
    assert len(known) == 105
    api = simulate(JSearchApi(jobs, recur=0, **UNLIMITED))
    found = walk(api)
    assert (len(found), {job["job_id"]: job for job in found}) == (105, known)
    assert api.count("/search-v2") == 11
    assert len(walk(api, num_pages=4)) == 105
    assert api.count("/search-v2") == 11 + 3
    # A search that is said to continue ends without jobs.
    api = simulate(JSearchApi(jobs, recur=0, ends="empty", **UNLIMITED))
    assert (len(walk(api)), api.count()) == (105, 12)
    assert len(walk(simulate(JSearchApi(jobs, depth=35, **UNLIMITED)))) == 35


def test_some_jobs_come_again_with_another_link(simulate: Simulate) -> None:
    found = walk(simulate(JSearchApi(records(105), **UNLIMITED)))
    assert (len(found), len({job["job_id"] for job in found})) == (109, 105)
    first: dict[str, dict[str, Any]] = {}
    again = [job for job in found if first.setdefault(job["job_id"], job) is not job]
    assert any(job["job_apply_link"] != first[job["job_id"]]["job_apply_link"] for job in again)


def test_a_cursor_belongs_to_its_search(simulate: Simulate) -> None:
    api = simulate(JSearchApi(records(30)))
    cursor = get(api, "/search-v2", query="jobs").json()["data"]["cursor"]
    assert get(api, "/search-v2", query="jobs", cursor=cursor).status_code == 200
    for asked in ({"query": "cook"}, {"query": "jobs", "country": "gb"}):
        assert get(api, "/search-v2", cursor=cursor, **asked).status_code == 400
    assert get(api, "/search-v2", query="jobs", cursor="abc").status_code == 400


def test_who_names_no_language_gets_no_times(simulate: Simulate) -> None:
    api = simulate(JSearchApi(records(10, country="FR"), recur=0))
    data = get(api, "/search-v2", query="jobs", country="fr").json()["data"]["jobs"]
    assert {job["job_posted_at_timestamp"] for job in data} == {None}
    assert {job["job_location"].split(", ")[-1] for job in data} <= {"France", "Partout"}
    named = get(api, "/search-v2", query="jobs", country="fr", language="en").json()
    assert any(job["job_posted_at_timestamp"] for job in named["data"]["jobs"])


def test_both_hosts_and_who_is_not_known(simulate: Simulate) -> None:
    api = simulate(JSearchApi(records(3), unsubscribed=("other",)))
    direct = {"x-api-key": KEY}
    assert get(api, f"{DIRECT}/search-v2", direct, query="jobs").json()["status"] == "OK"
    assert get(api, "/search-v2", query="jobs").json()["status"] == "OK"
    for path, headers, status, text in (
        ("/search-v2", {"x-api-key": KEY}, 401, "Invalid API key"),
        (f"{DIRECT}/search-v2", RAPID, 401, "Invalid API key"),
        ("/search-v2", {**RAPID, "X-RapidAPI-Key": "other"}, 403, "You are not subscribed"),
        ("/search-v2", {"X-RapidAPI-Key": KEY}, 404, "API doesn't exists"),
        ("/search", RAPID, 404, "Endpoint '/search' does not exist"),
        ("/searches", RAPID, 404, "Endpoint '/searches' does not exist"),
    ):
        answer = get(api, path, headers, query="jobs")
        assert answer.status_code == status
        assert answer.json()["message"].startswith(text)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/search-v2", {}),
        ("/search-v2", {"query": "jobs", "page": 2}),
        ("/search-v2", {"query": "jobs", "remote_jobs_only": "true"}),
        ("/search-v2", {"query": "jobs", "date_posted": "yesterday"}),
        ("/search-v2", {"query": "jobs", "num_pages": 21}),
        ("/search-v2", {"query": "jobs", "employment_types": "FULL_TIME"}),
        ("/search-v2", {"query": "jobs", "work_from_home": 1}),
        ("/search-v2", {"query": "jobs", "country": "usa"}),
        ("/search", {"query": "jobs", "page": 101}),
        ("/job-details", {"job_id": ",".join("a" * 21)}),
        ("/estimated-salary", {"job_title": "Cook"}),
        ("/estimated-salary", {"job_title": "Cook", "location": "Austin", "radius": 100}),
        ("/company-job-salary", {"job_title": "Cook", "company": "X", "location_type": "TOWN"}),
    ],
)
def test_requests_that_are_refused(simulate: Simulate, path: str, query: dict[str, Any]) -> None:
    served = JSearchApi(records(3), old_search=True, bad_request=422)
    answer = get(simulate(served), path, **query)
    assert (answer.status_code, answer.json()["status"], served.used()) == (422, "ERROR", 0)


def test_filters(simulate: Simulate) -> None:
    jobs = records(300) + records(50, country="GB")
    api = simulate(JSearchApi(jobs, recur=0, **UNLIMITED))

    def those(test: Callable[[dict[str, Any]], Any]) -> set[str]:
        # Remote jobs have no country and are found from all of them.
        found = (job for job in jobs if job["job_country"] in ("US", None))
        return {job["job_id"] for job in found if test(job)}

    def ids(**query: Any) -> set[str]:
        return {job["job_id"] for job in walk(api, **query)}

    assert ids() == those(lambda job: True)
    assert ids(query="data engineer in austin, usa") < ids(query="data engineer")
    assert ids(query="jobs in boston") == those(lambda j: j["job_city"] in ("Boston", None))
    assert ids(work_from_home="true") == those(lambda j: j["job_is_remote"])
    assert ids(employment_types="INTERN,CONTRACTOR") == those(
        lambda j: {"INTERN", "CONTRACTOR"} & set(j["job_employment_types"])
    )
    assert ids(date_posted="3days") < ids(date_posted="week") < ids()
    other = ids(exclude_job_publishers="Example Jobs,Annonces X")
    assert other == those(lambda j: j["job_publisher"] not in ("Example Jobs", "Annonces X"))
    assert walk(api, fields="job_id,job_title")[0].keys() == {"job_id", "job_title"}
    assert ids(country="gb") - those(lambda job: True)


def test_the_old_search(simulate: Simulate) -> None:
    jobs = records(25, old=True)
    api = simulate(JSearchApi(jobs, old_search=True, **UNLIMITED))
    pages = [get(api, "/search", query="jobs", page=n).json() for n in (1, 2, 3, 4)]
    assert [len(page["data"]) for page in pages] == [10, 10, 6, 0]
    assert {job["job_id"] for page in pages for job in page["data"]} == {
        job["job_id"] for job in jobs
    }
    assert pages[1]["parameters"] == {"query": "jobs", "page": 2}
    flags = {type(job["job_required_experience"]["experience_mentioned"]) for job in jobs}
    assert flags == {str, bool}


def test_details_and_estimates(simulate: Simulate) -> None:
    jobs = records(5)
    own, other = estimates(20), estimates(20, company=True)
    served = JSearchApi(
        jobs, keyed(own), keyed(other, "company", "job_title", "location"), limits=()
    )
    api = simulate(served)
    wanted = [jobs[3]["job_id"], "unknown", jobs[1]["job_id"]]
    answer = get(api, "/job-details", job_id=",".join(wanted))
    assert answer.json()["data"] == [jobs[3], jobs[1]]
    # Each id is billed, found or not.
    assert (served.used(), answer.headers["X-RateLimit-Requests-Remaining"]) == (3, "197")
    asked = {"job_title": "Data Engineer", "location": "Austin, Texas"}
    assert get(api, "/estimated-salary", **asked).json()["data"] == [own[0]]
    asked["location"] = "austin"
    assert get(api, "/estimated-salary", **asked).json()["data"] == [own[0]]
    asked["location"] = "Paris"
    assert get(api, "/estimated-salary", **asked).json()["data"] == []
    asked = {"job_title": other[4]["job_title"], "company": other[4]["company"]}
    assert other[4] in get(api, "/company-job-salary", **asked).json()["data"]
    assert "salaries_updated_at" not in own[0]
    assert all("salaries_updated_at" in one for one in other)


def test_what_is_billed_and_the_end_of_a_month(simulate: Simulate) -> None:
    now = [0.0]
    served = JSearchApi(records(3), monthly=8, limits=(), clock=lambda: now[0])
    api = simulate(served)
    for pages, used in ((1, 1), (2, 3), (11, 6)):
        assert get(api, "/search-v2", query="jobs", num_pages=pages).status_code == 200
        assert served.used() == used
    # What the client never gets is billed as well.
    api.fail(faults.reset())
    with pytest.raises(requests.ConnectionError):
        get(api, "/search-v2", query="jobs")
    assert served.used() == 7
    assert get(api, "/search-v2", query="jobs").headers["X-RateLimit-Requests-Remaining"] == "0"
    spent = get(api, "/search-v2", query="jobs")
    assert spent.status_code == 429
    assert spent.json()["message"].startswith(
        "You have exceeded the MONTHLY quota for Requests on your current plan, BASIC. "
    )
    assert spent.headers["X-RateLimit-Requests-Limit"] == "8"
    assert spent.headers["X-RateLimit-Requests-Reset"] == str(30 * 86_400)
    now[0] = 30 * 86_400
    assert get(api, "/search-v2", query="jobs").status_code == 200
    assert served.used() == 1


def test_the_rate_per_second(simulate: Simulate) -> None:
    now = [0.0]
    served = JSearchApi(records(3), limits=((2, 1),), clock=lambda: now[0], reset_header=False)
    api = simulate(served)
    answers = [get(api, "/search-v2", query="jobs") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "rate limit per second" in answers[2].json()["message"]
    assert "X-RateLimit-Requests-Reset" not in answers[2].headers
    now[0] = 1
    assert get(api, "/search-v2", query="jobs").status_code == 200
    assert served.used() == 3


def test_generated_jobs_are_like_real_ones() -> None:
    jobs = records(2_000)
    assert jobs == records(2_000, seed=1, day=date(2026, 3, 2))
    paid = [job for job in jobs if job["job_salary_string"]]
    assert 140 < len(paid) < 260
    assert all("job_salary_currency" not in job for job in jobs)
    assert {"YEAR", "HOUR", "year"} <= {job["job_salary_period"] for job in paid}
    assert any(job["job_min_salary"] is None for job in paid)
    remote = [job for job in jobs if job["job_is_remote"]]
    assert {(job["job_city"], job["job_country"]) for job in remote} == {(None, None)}
    assert any(" • via " in job["job_location"] for job in jobs)
    assert any(job["job_highlights"] == {} for job in jobs)
    assert any(job["job_posted_at_timestamp"] is None for job in jobs)
    texts = [job["job_description"] for job in jobs]
    assert len(set(texts)) < 2_000
    later = {job["job_id"]: job for job in records(2_000, day=date(2026, 3, 9))}
    both = [(job, later[job["job_id"]]) for job in jobs if job["job_id"] in later]
    assert 0 < len(both) < 2_000
    changed = sum(a["job_description"] != b["job_description"] for a, b in both)
    assert 0 < changed < len(both) / 3


@pytest.mark.parametrize(
    ("name", "old", "count"),
    [
        ("results_2026_us_20", False, 20),
        ("search_v1_us_10", True, 10),
        ("search_v1_us_2023_10", True, 10),
        ("details_v1_us_1", True, 1),
    ],
)
def test_captured_jobs_are_served_unchanged(
    simulate: Simulate, captures: Path, name: str, old: bool, count: int
) -> None:
    jobs = from_capture((captures / "jsearch" / f"{name}.json").read_bytes())
    api = simulate(JSearchApi(jobs, old_search=old, verbatim=True, limits=(), monthly=None))
    found = get(api, "/search", query="jobs").json()["data"] if old else walk(api)
    assert len(found) == len(jobs) == count
    assert {job["job_id"]: job for job in found} == {job["job_id"]: job for job in jobs}
    ids = [job["job_id"] for job in jobs]
    assert get(api, "/job-details", job_id=",".join(ids)).json()["data"] == jobs


def test_captured_estimates_are_served_unchanged(simulate: Simulate, captures: Path) -> None:
    folder = captures / "jsearch"
    body = json.loads((folder / "estimated_salary_us_3.json").read_bytes())
    api = simulate(JSearchApi(estimated=estimates_from_capture(body)))
    asked = {"job_title": "nodejs developer", "location": "new-york, ny, usa"}
    assert get(api, "/estimated-salary", **asked).json()["data"] == body["data"]
    assert len(body["data"]) == 3
    assert len(list(folder.iterdir())) == 5
