"""The simulated JobTech answers as documented."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import requests

from tests.simulator import Simulator, faults
from tests.simulator.jobtech import (
    HISTORY,
    JSON,
    JSON_LINES,
    JobtechApi,
    days,
    from_capture,
    historical,
    records,
    removals,
    split,
)

DAY, NEXT = date(2026, 3, 2), date(2026, 3, 3)
ADS = records(100, day=DAY)


@pytest.fixture
def api(simulate: Callable[..., Simulator]) -> Simulator:
    return simulate(days(100, 1, DAY, NEXT), day=DAY)


def get(api: Simulator, path: str, accept: str = JSON_LINES, **query: Any) -> requests.Response:
    named = {name.replace("_", "-"): value for name, value in query.items()}
    return requests.get(f"{api.url}{path}", named, headers={"Accept": accept}, timeout=5)


def test_the_snapshot_comes_as_lines_or_as_a_list(api: Simulator) -> None:
    lines = get(api, "/v2/snapshot")
    assert lines.headers["Content-Type"] == JSON_LINES
    assert from_capture(lines.content) == ADS
    assert lines.content.count(b"\n") == 100
    listed = get(api, "/v2/snapshot", JSON)
    assert (listed.headers["Content-Type"], listed.json()) == (JSON, ADS)
    assert get(api, "/v2/snapshot", "*/*").headers["Content-Type"] == JSON_LINES


def test_the_stream_brings_the_stock_up_to_date(api: Simulator) -> None:
    known = {ad["id"]: ad for ad in from_capture(get(api, "/v2/snapshot").content)}
    api.day = NEXT
    body = get(api, "/v2/stream", updated_after="2026-03-02T12:00:00").content
    ads, removed = split(from_capture(body))
    assert (len(removed), len({ad["id"] for ad in ads} - known.keys())) == (2, 2)
    assert any(ad["id"] in known for ad in ads)
    assert all(one.keys() >= {"id", "removed", "removed_date"} for one in removed)
    assert all("headline" not in one for one in removed)
    for one in removed:
        del known[one["id"]]
    known |= {ad["id"]: ad for ad in ads}
    assert known == {ad["id"]: ad for ad in records(100, day=NEXT)}


def test_windows_exclude_their_ends(simulate: Callable[..., Simulator]) -> None:
    ad = {"id": "1", "timestamp": 1_772_449_200_000}  # 12:00 in Stockholm, winter
    api = simulate(JobtechApi([ad], [{"id": "2", "removed_date": "2026-07-02T12:00:00"}]))

    def ids(after: str, before: str) -> list[str]:
        answer = get(api, "/v2/stream", JSON, updated_after=after, updated_before=before)
        return [one["id"] for one in answer.json()]

    assert ids("2026-03-02T11:59:59", "2026-03-02T12:00:01") == ["1"]
    assert ids("2026-03-02T12:00:00", "2026-03-02T12:00:01") == []
    assert ids("2026-03-02T11:59:59", "2026-03-02T12:00:00") == []
    assert ids("2026-07-02T11:59:59", "2026-07-02T12:00:01") == ["2"]


def test_filters_by_concept(api: Simulator) -> None:
    concept = ADS[0]["occupation"]["concept_id"]
    place = ADS[0]["workplace_address"]["region_concept_id"]
    found = get(
        api, "/v2/snapshot", JSON, occupation_concept_id=concept, location_concept_id=place
    ).json()
    assert 0 < len(found) < 100
    assert {ad["occupation"]["concept_id"] for ad in found} == {concept}


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/v2/stream", {}, 400),
        ("/v2/stream", {"updated_after": "2026-03-02"}, 400),
        ("/v2/stream", {"updated_after": "2026-03-02T10:00:00Z"}, 400),
        ("/v2/stream", {"updated_after": "2026-03-02T10:00:00.5"}, 400),
        (
            "/v2/stream",
            {"updated_after": "2026-03-02T10:00:00", "updated_before": "2026-03-02T10:00:00"},
            400,
        ),
        ("/v2/stream", {"date": "2026-03-02T10:00:00"}, 400),
        ("/v2/snapshot", {"limit": 10}, 400),
        ("/stream", {}, 404),
    ],
)
def test_errors(api: Simulator, path: str, query: dict[str, Any], status: int) -> None:
    answer = get(api, path, **query)
    assert (answer.status_code, bool(answer.json()["message"])) == (status, True)


def test_limits_where_there_are_any(simulate: Callable[..., Simulator]) -> None:
    api = simulate(JobtechApi([], limits=((1, 60),), without_accept=JSON))
    assert get(api, "/v2/snapshot", "*/*").json() == []
    refused = get(api, "/v2/snapshot")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")


def test_files_of_past_years(simulate: Callable[..., Simulator]) -> None:
    ads = historical(50, year=2023)
    api = simulate(JobtechApi(history={"2023.zip": ads, "berikade/2016.zip": b"no zip"}))
    answer = get(api, f"{HISTORY}2023.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["2023.jsonl"]
        assert from_capture(archive.read("2023.jsonl")) == ads
    for header, known in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")):
        headers = {header: answer.headers[known]}
        again = requests.get(f"{api.url}{HISTORY}2023.zip", headers=headers, timeout=5)
        assert (again.status_code, again.content) == (304, b"")
    assert 'href="2023.zip"' in get(api, HISTORY).text
    assert get(api, f"{HISTORY}berikade/2016.zip").content == b"no zip"
    assert get(api, f"{HISTORY}1999.zip").status_code == 404
    assert all(ad["id"] != ad["original_id"] for ad in ads)
    assert isinstance(ads[0]["occupation"], list)


def test_lines_can_break(api: Simulator) -> None:
    api.fail(faults.line_edited(3, lambda line: line[:100]))
    lines = get(api, "/v2/snapshot").content.splitlines()
    assert json.loads(lines[2]) == ADS[2]
    with pytest.raises(json.JSONDecodeError):
        json.loads(lines[3])


def test_generated_ads_have_the_known_traps() -> None:
    ads = records(500)
    assert len({ad["id"] for ad in ads}) == 500
    assert all(isinstance(ad["id"], str) for ad in ads)
    assert any(ad["salary_description"] is None for ad in ads)
    assert any(ad["application_contacts"] for ad in ads)
    codes = {ad["workplace_address"]["municipality_code"] for ad in ads}
    assert {"0180", None} <= codes
    assert not {ad["id"] for ad in removals(500)} & {ad["id"] for ad in ads}


def test_captured_ads_stay_as_they_are(simulate: Callable[..., Simulator]) -> None:
    body = '[{"id": "1", "timestamp": 5, "odd": null}]'
    assert get(simulate(JobtechApi(from_capture(body))), "/v2/snapshot", JSON).json() == json.loads(
        body
    )
