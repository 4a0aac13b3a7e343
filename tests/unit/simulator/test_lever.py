"""The simulated Lever answers as documented."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.simulator import Simulator
from tests.simulator.lever import EU_HOST, INTERVALS, LeverApi, from_capture, records

POSTINGS = records(230)


@pytest.fixture
def api(simulate: Callable[..., Simulator]) -> Simulator:
    return simulate(LeverApi({"oberwald": POSTINGS}))


def get(api: Simulator, path: str = "oberwald", **query: Any) -> requests.Response:
    return requests.get(f"{api.url}/v0/postings/{path}", {"mode": "json", **query}, timeout=5)


def test_pages_to_the_end_give_each_posting_once(api: Simulator) -> None:
    pages = [get(api, skip=skip, limit=100).json() for skip in (0, 100, 200, 300)]
    assert [len(page) for page in pages] == [100, 100, 30, 0]
    assert [posting for page in pages for posting in page] == POSTINGS
    assert get(api).json() == POSTINGS


def test_pages_may_be_shorter_than_asked_for(simulate: Callable[..., Simulator]) -> None:
    api = simulate(LeverApi({"oberwald": POSTINGS}, default_limit=10, max_limit=50))
    assert (len(get(api).json()), len(get(api, limit=100).json())) == (10, 50)


def test_filters(api: Simulator) -> None:
    found = get(api, team=["Data", "Sales"], commitment="Full-time").json()
    assert found
    assert all(one["categories"]["team"] in ("Data", "Sales") for one in found)
    assert all(one["categories"]["commitment"] == "Full-time" for one in found)
    assert get(api, team="data").json() == []
    remote = get(api, location="Remote").json()
    assert remote
    assert all("Remote" in one["categories"]["allLocations"] for one in remote)
    groups = get(api, group="team").json()
    assert sum(len(group["postings"]) for group in groups) == 230


def test_json_must_be_asked_for(api: Simulator) -> None:
    url = f"{api.url}/v0/postings/oberwald"
    page = requests.get(url, timeout=5)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    accepted = requests.get(url, headers={"Accept": "application/json"}, timeout=5)
    assert accepted.json() == POSTINGS


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("nobody", {}, 404),
        ("oberwald/none", {}, 404),
        ("oberwald", {"page": 1}, 400),
        ("oberwald", {"skip": -1}, 400),
        ("oberwald", {"limit": 0}, 400),
    ],
)
def test_errors(api: Simulator, path: str, query: dict[str, Any], status: int) -> None:
    answer = get(api, path, **query)
    assert (answer.status_code, answer.json()["ok"]) == (status, False)


def test_hosts_do_not_know_each_others_sites(simulate: Callable[..., Simulator]) -> None:
    european = simulate(LeverApi({"tannach": records(3, site="tannach", host=EU_HOST)}))
    assert f"https://{EU_HOST}/tannach/" in get(european, "tannach").json()[0]["hostedUrl"]
    assert get(european, "oberwald").status_code == 404


def test_limits_where_there_are_any(simulate: Callable[..., Simulator]) -> None:
    api = simulate(LeverApi({"oberwald": []}, limits=((1, 60),)))
    assert [get(api).status_code for _ in range(2)] == [200, 429]


def test_one_posting(api: Simulator) -> None:
    assert get(api, f"oberwald/{POSTINGS[5]['id']}").json() == POSTINGS[5]


def test_generated_postings_have_the_known_forms() -> None:
    postings = records(1_000)
    assert len({one["id"] for one in postings}) == 1_000
    ranges = [one["salaryRange"] for one in postings if "salaryRange" in one]
    assert {one["interval"] for one in ranges} == {name for name, *_ in INTERVALS}
    assert 400 < len(ranges) < 600
    assert any(one["country"] is None for one in postings)
    assert any("team" not in one["categories"] or len(one["categories"]) < 5 for one in postings)
    assert all(one["createdAt"] > 10**12 for one in postings)
    assert {one["workplaceType"] for one in postings} == {
        "unspecified",
        "on-site",
        "remote",
        "hybrid",
    }


def test_captured_postings_stay_as_they_are(simulate: Callable[..., Simulator]) -> None:
    body = [{"id": "a", "text": "x", "odd": [None]}]
    assert get(simulate(LeverApi({"s": from_capture(body)})), "s").json() == body
    assert from_capture('{"id": "b"}') == [{"id": "b"}]
