"""Steps of the graph with everything behind them replaced: failures, locks, the gate."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import duckdb
import pytest
from dagster import (
    AssetCheckSeverity,
    AssetKey,
    AssetsDefinition,
    DagsterInstance,
    ExecuteInProcessResult,
    Failure,
    TableSchema,
    asset,
    build_run_status_sensor_context,
    materialize,
)

from ingestion import CollectResult
from ingestion.settings import Settings
from orchestration.assets import ingestion as assets
from orchestration.assets import published
from orchestration.assets.steps import step
from orchestration.errors import GateClosedError
from orchestration.report import Report
from orchestration.sensors import build_sensors

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WAGEHOUSE_DATA", str(tmp_path))
    monkeypatch.setenv("WAGEHOUSE_SOURCES", "the_muse")
    return tmp_path


def result(
    source: str,
    status: Literal["complete", "failed"] = "complete",
    reason: str | None = None,
) -> CollectResult:
    return CollectResult(source, "r1", status, reason, started_at=NOW, ended_at=NOW)


@pytest.fixture
def landing(monkeypatch: pytest.MonkeyPatch) -> dict[str, CollectResult | Exception]:
    """Results that sources give, by name; a source that is not set is complete."""
    given: dict[str, CollectResult | Exception] = {}

    def collect(
        source: str, settings: Settings, progress: object = None, ask: object = None
    ) -> CollectResult:
        found = given.get(source, result(source))
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(assets, "collect", collect)
    monkeypatch.setattr(assets, "land_reference", lambda settings: result("reference"))
    monkeypatch.setattr(assets, "fold_sightings", lambda settings: 0)
    monkeypatch.setattr(assets, "demo_is_needed", lambda settings: False)
    return given


def run(*more: AssetsDefinition) -> ExecuteInProcessResult:
    return materialize([*assets.build_ingestion_assets(), *more], raise_on_error=False)


@asset(deps=[AssetKey(["raw", "the_muse__jobs"]), AssetKey(["raw", "sightings"])])
def downstream() -> None:
    """What hangs on a source."""


def test_failed_source_is_recorded_and_warned_of_and_skips_nothing(
    data: Path, landing: dict[str, CollectResult | Exception]
) -> None:
    landing["the_muse"] = result(
        "the_muse", status="failed", reason="unreachable: no answer from www.themuse.com"
    )
    done = run(downstream)
    assert done.success
    assert done.asset_materializations_for_node("downstream")
    checks = {check.asset_key: check for check in done.get_asset_check_evaluations()}
    check = checks[AssetKey(["raw", "the_muse__jobs"])]
    assert not check.passed
    assert check.severity == AssetCheckSeverity.WARN
    assert check.metadata["reason"].value == "unreachable: no answer from www.themuse.com"
    assert checks[AssetKey(["raw", "files__rows"])].passed
    [made] = [
        event.metadata
        for event in done.asset_materializations_for_node("the_muse")
        if event.asset_key == AssetKey(["raw", "the_muse__jobs"])
    ]
    assert made["status"].value == "failed"
    assert {"records", "new_versions", "quarantined", "duration_s"} <= made.keys()


def test_bug_in_a_source_fails_its_step_and_the_run(
    data: Path, landing: dict[str, CollectResult | Exception]
) -> None:
    landing["the_muse"] = KeyError("our own")
    done = run(downstream)
    assert not done.success
    assert not done.asset_materializations_for_node("downstream")
    report = Report()
    for event in done.all_events:
        report.take(event)
    [failure] = report.failures
    assert failure.step == "the_muse"
    assert not failure.is_expected
    assert failure.line == "KeyError: 'our own'"


def test_status_is_written_after_a_run_that_dagster_started(
    data: Path, landing: dict[str, CollectResult | Exception]
) -> None:
    landing["the_muse"] = KeyError("our own")
    (data / "sites" / "one").mkdir(parents=True)
    (data / "site").symlink_to("sites/one")
    [_, after_success, after_failure] = build_sensors()
    with DagsterInstance.ephemeral() as instance:
        done = materialize(assets.build_ingestion_assets(), instance=instance, raise_on_error=False)
        context = build_run_status_sensor_context(
            sensor_name=after_failure.name,
            dagster_event=done.get_run_failure_event(),
            dagster_instance=instance,
            dagster_run=done.dagster_run,
        )
        after_failure(context)
    status = json.loads((data / "site" / "status.json").read_text())
    assert status["last_run_status"] == "failed"
    assert status["reason"] == "KeyError: 'our own'"
    assert {source["source"] for source in status["sources"]} >= {"files"}
    assert after_success.name == "status_after_success"


def test_materializations_show_rows_columns_and_a_sample(
    data: Path, landing: dict[str, CollectResult | Exception]
) -> None:
    with duckdb.connect(str(data / "warehouse.duckdb")) as connection:
        connection.execute("create schema raw")
        connection.execute(
            "create table raw.the_muse__jobs as"
            " select i as record_id, repeat('|long ', 99) as payload from range(7) t(i)"
        )
    done = run()
    [made] = [
        event.metadata
        for event in done.asset_materializations_for_node("the_muse")
        if event.asset_key == AssetKey(["raw", "the_muse__jobs"])
    ]
    assert made["dagster/row_count"].value == 7
    schema = made["dagster/column_schema"].value
    assert isinstance(schema, TableSchema)
    columns = schema.columns
    assert [(column.name, column.type) for column in columns] == [
        ("record_id", "BIGINT"),
        ("payload", "VARCHAR"),
    ]
    sample = str(made["sample"].value).splitlines()
    assert sample[0] == "| record_id | payload |"
    assert len(sample) == 2 + 5
    assert all(len(line) < 120 for line in sample)
    # No connection outlived its step: another process may write.
    duckdb.connect(str(data / "warehouse.duckdb")).close()


def test_source_that_is_not_selected_is_not_asked(
    data: Path,
    landing: dict[str, CollectResult | Exception],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WAGEHOUSE_SOURCES", "files")
    landing["the_muse"] = KeyError("must not be asked")
    done = run(downstream)
    assert done.success
    made = done.asset_materializations_for_node("the_muse")[0].metadata
    assert made["status"].value == "skipped"
    assert all(check.passed for check in done.get_asset_check_evaluations())


def test_shut_gate_fails_the_release_in_one_line(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise GateClosedError("Not published, the last release stays: test x found 3")

    monkeypatch.setattr(published, "publish_warehouse", refuse)
    monkeypatch.setattr("orchestration.models.load_manifest", lambda: {"nodes": {}})
    done = materialize([published.build_published_asset()], raise_on_error=False)
    assert not done.success
    report = Report()
    for event in done.all_events:
        report.take(event)
    [failure] = report.failures
    assert failure.is_expected
    assert failure.line == "Not published, the last release stays: test x found 3"
    assert report.status == "failed"


def test_expected_errors_leave_a_step_as_failures_of_one_line(data: Path) -> None:
    def fail() -> None:
        with step("A step") as settings:
            assert settings.data == data
            raise GateClosedError("one line")

    with pytest.raises(Failure) as raised:
        fail()
    assert raised.value.description == "one line"
