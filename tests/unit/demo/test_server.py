"""The loopback server and The Muse's protocol over it."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests

from ingestion.demo.boards import collections, demo_api
from ingestion.demo.generator import Board
from ingestion.demo.server import ROOT, Answer, Loopback, MuseApi, Request


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@pytest.fixture(scope="module")
def url(board: Board) -> Iterator[str]:
    with Loopback(demo_api(board)) as server:
        yield server.url + ROOT


def get(session: requests.Session, url: str, **query: Any) -> Any:
    answer = session.get(url, params=query, timeout=5)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_pages_hold_every_job_once(
    session: requests.Session, url: str, board_jobs: list[dict[str, Any]]
) -> None:
    first = get(session, f"{url}/jobs", page=0)
    assert first["total"] == len(board_jobs)
    assert first["page_count"] == math.ceil(len(board_jobs) / 20)
    assert first["items_per_page"] == 20
    pages = [get(session, f"{url}/jobs", page=n)["results"] for n in range(first["page_count"])]
    assert [record for page in pages for record in page] == board_jobs
    assert {len(page) for page in pages[:-1]} == {20}
    assert get(session, f"{url}/jobs", page=first["page_count"])["results"] == []


def test_filters_combine(
    session: requests.Session, url: str, board_jobs: list[dict[str, Any]]
) -> None:
    def wanted(**fields: set[str]) -> int:
        return sum(
            all(
                any(
                    item["name"] in names
                    for item in (value if isinstance(value, list) else [value])
                )
                for field, names in fields.items()
                for value in [record[field]]
            )
            for record in board_jobs
        )

    def total(**query: Any) -> int:
        return int(get(session, f"{url}/jobs", page=0, **query)["total"])

    two = ["Sales", "Healthcare"]
    assert total(category=two) == wanted(categories=set(two)) > 0
    assert total(category="Sales", level="Mid Level") == wanted(
        categories={"Sales"}, levels={"Mid Level"}
    )
    place = board_jobs[0]["locations"][0]["name"]
    assert total(location=place) == wanted(locations={place}) > 0
    employer = board_jobs[0]["company"]
    assert total(company=employer["name"]) == total(company=employer["short_name"]) > 0
    assert total(category="Nonsense") == 0


def test_one_record_and_errors(
    session: requests.Session, url: str, board_jobs: list[dict[str, Any]]
) -> None:
    assert get(session, f"{url}/jobs/{board_jobs[3]['id']}") == board_jobs[3]
    company_id = board_jobs[0]["company"]["id"]
    assert get(session, f"{url}/companies/{company_id}")["id"] == company_id
    for path, status in {
        "/jobs/1": 404,
        "/jobs/x": 404,
        "/companies/1": 404,
        "/posts?page=0": 404,
        "/jobs/1/2": 404,
        "/jobs": 400,
        "/jobs?page=-1": 400,
        "/jobs?page=x": 400,
    }.items():
        answer = session.get(url + path, timeout=5)
        assert answer.status_code == status, path
        assert answer.json().keys() == {"code", "error"}
        assert answer.json()["code"] == status
    assert session.get(url.removesuffix(ROOT) + "/jobs?page=0", timeout=5).status_code == 404


def test_companies_are_filtered_by_size(session: requests.Session, url: str) -> None:
    totals = [
        get(session, f"{url}/companies", page=0, size=f"{size} Size")["total"]
        for size in ("Small", "Medium", "Large")
    ]
    assert sum(totals) == get(session, f"{url}/companies", page=0)["total"] == 183


def test_cap_on_pages(session: requests.Session, board: Board) -> None:
    with Loopback(MuseApi(collections(board), per_page=1)) as server:
        assert len(get(session, f"{server.url}{ROOT}/jobs", page=98)["results"]) == 1
        answer = session.get(f"{server.url}{ROOT}/jobs?page=99", timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (400, 400)


def test_rate_limit_and_keys(session: requests.Session, board: Board) -> None:
    api = MuseApi(collections(board), limit=2, key_limit=3, keys=frozenset({"k1"}), window=60)
    with Loopback(api) as server:
        address = f"{server.url}{ROOT}/jobs?page=0"
        answers = [session.get(address, timeout=5) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 403]
        assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
        assert 1 <= int(answers[2].headers["X-RateLimit-Reset"]) <= 60
        assert answers[2].json() == {"code": 403, "error": "Rate limit exceeded"}
        keyed = [session.get(f"{address}&api_key=k1", timeout=5) for _ in range(4)]
        assert [answer.status_code for answer in keyed] == [200, 200, 200, 403]
        wrong = session.get(f"{address}&api_key=wrong", timeout=5)
        assert wrong.status_code == 403
        assert "X-RateLimit-Remaining" not in wrong.headers


def test_limit_starts_again_after_its_window(session: requests.Session, board: Board) -> None:
    with Loopback(MuseApi(collections(board), limit=1, window=0.2)) as server:
        address = f"{server.url}{ROOT}/jobs?page=0"
        codes = [session.get(address, timeout=5).status_code for _ in range(2)]
        time.sleep(0.25)
        codes.append(session.get(address, timeout=5).status_code)
    assert codes == [200, 403, 200]


def test_hostile_board_is_served_whole(session: requests.Session, board: Board) -> None:
    with Loopback(demo_api(replace(board, hostile=1.0))) as server:
        address = f"{server.url}{ROOT}/jobs"
        first = get(session, address, page=0)
        pages = [get(session, address, page=n)["results"] for n in range(first["page_count"])]
        assert sum(map(len, pages)) == first["total"] == len(board.keys)
        assert get(session, address, page=0, category="Sales")["total"] > 0


def test_requests_carry_headers_and_body() -> None:
    seen: list[Request] = []

    def answer(request: Request) -> Answer:
        seen.append(request)
        return Answer.of({"ok": True}, 201, X_Test="yes")

    with Loopback(answer) as server:
        got = requests.post(f"{server.url}/token?a=1&a=", data=b"body", timeout=5)
    assert (got.status_code, got.json(), got.headers["X-Test"]) == (201, {"ok": True}, "yes")
    request = seen[0]
    assert (request.method, request.path, request.body) == ("POST", "/token", b"body")
    assert request.query == {"a": ["1", ""]}
    assert request.headers["content-length"] == "4"
    assert (request.first("a"), request.first("b")) == ("1", None)


def test_the_address_is_known_only_while_it_runs() -> None:
    server = Loopback(lambda request: Answer.of({}))
    with pytest.raises(RuntimeError, match="not running"):
        _ = server.url
