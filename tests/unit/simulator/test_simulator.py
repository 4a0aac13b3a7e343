"""The simulator fails as it is told, counts, and changes with the day."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests

from ingestion.demo.server import Answer
from tests.simulator import ROOT, Simulator, days_of, faults, muse_api, records_of


def ask(api: Simulator, page: int = 0, timeout: float = 5, **query: Any) -> requests.Response:
    return requests.get(f"{api.url}{ROOT}/jobs", {"page": page, **query}, timeout=timeout)


def test_without_faults_it_is_the_api(muse: Simulator, board_jobs: list[dict[str, Any]]) -> None:
    assert ask(muse).json()["results"] == board_jobs[:20]
    companies = requests.get(f"{muse.url}{ROOT}/companies?page=1", timeout=5).json()
    assert (companies["total"], len(companies["results"])) == (25, 5)
    assert muse.count() == 2
    assert muse.count("/jobs", page=0) == 1
    assert muse.count("/companies") == 1


def test_a_fault_meets_the_requests_it_names(muse: Simulator) -> None:
    muse.fail(faults.server_error(503), path="/jobs", page=1, times=2)
    assert [ask(muse, page).status_code for page in (0, 1, 1, 1)] == [200, 503, 503, 200]
    muse.fail(faults.server_error(), after=2, times=None)
    assert [ask(muse).status_code for _ in range(4)] == [200, 200, 500, 500]
    muse.mend()
    assert ask(muse).status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "content_type", "body"),
    [
        (faults.rate_limited(7), 403, "application/json", b'"code":403'),
        (faults.rate_limited(7, 429), 429, "application/json", b'"code":429'),
        (faults.html(), 200, "text/html; charset=utf-8", b"<!doctype html>"),
        (faults.html(content_type="application/json"), 200, "application/json", b"<!doctype"),
        (faults.empty(), 200, "application/json", b""),
        (faults.content_type("text/plain"), 200, "text/plain", b'"results"'),
        (faults.too_many(3), 429, "text/plain; charset=utf-8", b"Too many"),
        (faults.status(418, b"tea", "text/tea"), 418, "text/tea", b"tea"),
    ],
)
def test_answers_of_faults(
    muse: Simulator, fault: faults.Fault, status: int, content_type: str, body: bytes
) -> None:
    muse.fail(fault)
    answer = ask(muse)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, content_type)
    assert body in answer.content
    assert ask(muse).status_code == 200


def test_headers_of_rate_limits(muse: Simulator) -> None:
    muse.fail(faults.rate_limited(7))
    muse.fail(faults.rate_limited(9, 429))
    first, second = ask(muse).headers, ask(muse).headers
    assert (first["X-RateLimit-Remaining"], first["X-RateLimit-Reset"]) == ("0", "7")
    assert second["Retry-After"] == "9"


def test_connections_that_fail(muse: Simulator) -> None:
    muse.fail(faults.reset())
    with pytest.raises(requests.ConnectionError):
        ask(muse)
    muse.fail(faults.truncated())
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        ask(muse)
    muse.fail(faults.slow(1))
    with pytest.raises(requests.Timeout):
        ask(muse, timeout=0.1)
    muse.fail(faults.slow(0.2))
    started = time.monotonic()
    assert ask(muse).status_code == 200
    assert time.monotonic() - started >= 0.2
    assert muse.count() == 4


def test_bodies_that_are_wrong(muse: Simulator, board_jobs: list[dict[str, Any]]) -> None:
    muse.fail(faults.not_json())
    with pytest.raises(json.JSONDecodeError):
        json.loads(ask(muse).content)
    muse.fail(faults.bytes_replaced(b'"took":3', b'"took":NaN'))
    assert b"NaN" in ask(muse).content
    muse.fail(faults.field_changed(2, "locations", "here"))
    assert ask(muse).json()["results"][2] == {**board_jobs[2], "locations": "here"}
    muse.fail(faults.record_edited(0, lambda record: None))
    assert ask(muse).json()["results"][0] is None
    muse.fail(faults.edited(lambda body: {**body, "total": "many"}))
    assert ask(muse).json()["total"] == "many"
    muse.fail(faults.fields_set(status="ERROR"))
    assert ask(muse).json()["status"] == "ERROR"
    muse.fail(faults.record_inserted(1, {"error": "stub"}, lambda body: body["results"]))
    assert [r.get("id") for r in ask(muse).json()["results"][:3]] == [
        board_jobs[0]["id"],
        None,
        board_jobs[1]["id"],
    ]
    muse.fail(faults.key_renamed("results", "items"))
    assert ask(muse).json()["items"] == board_jobs[:20]


@pytest.mark.parametrize(
    ("body", "records", "expected"),
    [
        ([1, 2], "", [1, "x"]),
        ({"data": {"jobs": [1, 2]}}, "data.jobs", {"data": {"jobs": [1, "x"]}}),
        ({"a": [[1, 2]]}, lambda body: body["a"][0], {"a": [[1, "x"]]}),
    ],
)
def test_records_are_found_in_any_envelope(
    body: Any, records: faults.Records, expected: Any
) -> None:
    fault = faults.record_edited(1, lambda record: "x", records)
    assert json.loads(fault(Answer.of(body)).answer.body) == expected


def test_lines_are_edited() -> None:
    sent = faults.line_edited(1, lambda line: line[:3])(Answer(200, b'{"a":1}\n{"b":2}\n'))
    assert sent.answer.body == b'{"a":1}\n{"b\n'


def test_the_day_decides_which_api_answers(simulate: Callable[..., Simulator]) -> None:
    days = {date(2026, 1, n): muse_api([{"id": i} for i in range(n)]) for n in (1, 3)}
    api = simulate(days, day=date(2026, 1, 1))
    totals = []
    for number in (1, 2, 3, 9):
        api.day = date(2026, 1, number)
        totals.append(ask(api).json()["total"])
    assert totals == [1, 1, 3, 3]
    assert simulate(days).day == date(2026, 1, 3)


def test_captured_folders_are_read(tmp_path: Path) -> None:
    def body(*records: dict[str, Any]) -> str:
        return json.dumps({"results": list(records)})

    for day, pages in {
        "jobs_2026-01-01": [body({"id": 1}, {"id": 2}), body({"id": 2, "v": 2}, {"id": 3})],
        "jobs_2026-01-02": [json.dumps({"error": "no"}), json.dumps([{"id": 4}])],
    }.items():
        (tmp_path / day).mkdir()
        for number, text in enumerate(pages):
            (tmp_path / day / f"page_{number}.json").write_text(text)
    (tmp_path / "jobs_without_date.json").write_text("[]")
    assert days_of(tmp_path, "jobs_*") == {
        date(2026, 1, 1): [{"id": 1}, {"id": 2, "v": 2}, {"id": 3}],
        date(2026, 1, 2): [{"id": 4}],
    }
    assert records_of(tmp_path / "jobs_2026-01-02" / "page_1.json") == [{"id": 4}]


def test_captured_days_of_the_muse(captured_muse: Simulator) -> None:
    first = ask(captured_muse).json()
    captured_muse.day = date(2024, 3, 18)
    second = ask(captured_muse).json()
    assert (first["total"], first["page_count"]) == (120, 6)
    assert (second["total"], second["page_count"]) == (220, 11)
