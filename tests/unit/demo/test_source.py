"""The demo as a source: what lands, and that a second run of the day brings nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingestion import CollectResult, selected_sources
from ingestion.demo import DemoSettings
from ingestion.demo.boards import demo_api
from ingestion.demo.generator import Board
from ingestion.demo.hostile import WAYS, WITHOUT_ID, way
from ingestion.demo.sample import MAPPING, SAMPLE_FILE, rows, text
from ingestion.demo.server import ROOT
from ingestion.errors import DemoRefused, SettingsError
from tests.fixtures.simulators import TODAY
from tests.fixtures.warehouses import Folder, folder_with_raw
from tests.simulator import Simulator, faults

NOW = f"{TODAY}T07:00:00Z"
SIZE = {"SOURCES__DEMO__SIZE": "400", "SOURCES__DEMO__SEED": "5"}


@pytest.fixture(scope="module")
def demo(any_folder: Folder) -> tuple[Folder, CollectResult, CollectResult]:
    first, _ = any_folder.collect("demo", NOW, **SIZE)
    again, _ = any_folder.collect("demo", f"{TODAY}T21:00:00Z", **SIZE)
    return any_folder, first, again


def test_everything_generated_lands(demo: tuple[Folder, CollectResult, CollectResult]) -> None:
    folder, first, _ = demo
    board = Board(seed=5, day=TODAY, size=400)
    jobs = {str(record["id"]): record for record in board.jobs()}
    landed = {
        record_id: json.loads(payload)
        for record_id, payload in folder.rows("select record_id, payload from demo__jobs")
    }
    assert landed == jobs
    assert folder.rows("select count(*) from demo__companies") == [(board.n_companies,)]
    assert folder.rows("select distinct source from files__rows") == [("file_sample",)]
    assert first.status == "complete"
    assert first.counts.records == len(jobs) + board.n_companies + len(rows())
    ended = folder.rows(
        "select distinct source, endpoint, mode, is_complete from slices where ended_at is not null"
    )
    assert sorted(ended) == [
        ("demo", "companies", "full", True),
        ("demo", "jobs", "full", True),
        ("file_sample", "rows", "full", True),
    ]


def test_second_run_of_the_day_brings_nothing(
    demo: tuple[Folder, CollectResult, CollectResult],
) -> None:
    _, first, again = demo
    assert (again.status, again.counts.new_versions, again.counts.quarantined) == ("complete", 0, 0)
    # The sample is the same file again, which adds nothing at all.
    assert again.counts.records == first.counts.records - len(rows())


@pytest.mark.parametrize("place", ["warehouse", "path"])
def test_hostile_records_land_or_are_refused(place: str, tmp_path: Path) -> None:
    folder = folder_with_raw(place, tmp_path / "data")
    board = Board(seed=5, day=TODAY, size=300, hostile=1.0)
    result, _ = folder.collect(
        "demo", NOW, SOURCES__DEMO__SIZE="300", SOURCES__DEMO__SEED="5", SOURCES__DEMO__HOSTILE="1"
    )
    refused = folder.rows("select split_part(reason, ':', 1), count(*) from rejected group by 1")
    assert result.counts.records + result.counts.quarantined == len(
        board.keys
    ) + board.n_companies + len(rows())
    assert dict(refused).keys() <= {"no_id", "too_deep"}
    assert 0 < sum(n for _, n in refused) < len(board.keys) / 5
    assert folder.rows("select count(*) from demo__jobs where not json_valid(payload)") == [(0,)]


def test_ways_of_hostility_are_all_drawn() -> None:
    assert {way(n) for n in range(len(WAYS))} == set(WAYS)
    assert WAYS.keys() >= WITHOUT_ID


def test_sample_is_what_the_generator_writes() -> None:
    assert SAMPLE_FILE.read_text("utf-8") == text()
    assert len(rows()) == 300
    assert MAPPING.is_file()


def test_demo_is_asked_at_its_base_url_too(folder: Folder) -> None:
    board = Board(seed=1, day=TODAY, size=25)
    with Simulator(demo_api(board)) as api:
        api.fail(faults.status(404, b"{}"), path="/companies", times=None)
        result, _ = folder.collect("demo", NOW, SOURCES__DEMO__BASE_URL=api.url + ROOT)
        assert api.count("/jobs") == 2
    assert result.status == "partial"
    assert folder.rows("select count(*) from demo__jobs") == [(len(board.keys),)]


def test_settings_of_the_demo(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__DEMO__SIZE", "-1")
    with pytest.raises(SettingsError, match="SOURCES__DEMO__SIZE cannot be read"):
        DemoSettings.load("demo")
    assert "demo" not in selected_sources(folder.settings(NOW))
    assert selected_sources(folder.settings(NOW, WAGEHOUSE_SOURCES="demo"))[0] == "demo"
    with pytest.raises(DemoRefused, match="beside"):
        selected_sources(folder.settings(NOW, WAGEHOUSE_SOURCES="demo,the_muse"))
