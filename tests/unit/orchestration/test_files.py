"""Dropped files in Dagster: the sensor on the inbox, and a file named in the run config."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pytest
from dagster import AssetKey, SensorResult, SkipReason, build_sensor_context, materialize

from orchestration.assets.ingestion import build_ingestion_assets
from orchestration.progress import listening
from orchestration.sensors import build_sensors

MAPPING = "name: own\nfields: {title: Job, pay: Pay}\nconstants: {currency: EUR, period: year}\n"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WAGEHOUSE_DATA", str(tmp_path / "data"))
    (tmp_path / "data" / "inbox").mkdir(parents=True)
    return tmp_path / "data"


def put(file: Path, content: str) -> Path:
    file.write_text(content)
    os.utime(file, (1_700_000_000, 1_700_000_000))
    return file


def test_the_sensor_asks_once_for_each_state_of_the_inbox(data: Path) -> None:
    inbox, *_ = build_sensors()
    context = build_sensor_context()
    assert isinstance(inbox(context), SkipReason)
    put(data / "inbox" / "a.csv", "Job,Pay\nA,1\n")
    found = inbox(context)
    assert isinstance(found, SensorResult)
    [request] = found.run_requests or []
    assert request.run_key == found.cursor
    again = build_sensor_context(cursor=found.cursor)
    assert isinstance(inbox(again), SkipReason)
    put(data / "inbox" / "a.mapping.yml", MAPPING)
    assert isinstance(inbox(again), SensorResult)
    assert inbox.job_name == "files_and_downstream"


def test_a_run_config_names_a_file_and_its_mapping(data: Path, tmp_path: Path) -> None:
    file = put(tmp_path / "mine.csv", "Job,Pay\n" + "A,1\n" * 60_000)
    mapping = put(tmp_path / "any.yml", MAPPING)
    told: list[str] = []
    [files] = [
        assets
        for assets in build_ingestion_assets()
        if AssetKey(["raw", "files__rows"]) in assets.keys
    ]
    with listening(told.append):
        done = materialize(
            [files],
            run_config={"ops": {"files": {"config": {"file": str(file), "mapping": str(mapping)}}}},
        )
    assert done.success
    made = {
        event.asset_key: event.metadata for event in done.asset_materializations_for_node("files")
    }
    assert made[AssetKey(["raw", "files__rows"])]["new_versions"].value == 60_000
    # Progress in rows and percent, as the run goes on.
    assert any(line.startswith("mine.csv: ") and line.endswith("%") for line in told)
    # A file from elsewhere stays where it is.
    assert file.is_file()
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select source, count(*), count(distinct record_id) from raw.files__rows group by 1"
        ).fetchall()
    assert rows == [("file_own", 60_000, 60_000)]
