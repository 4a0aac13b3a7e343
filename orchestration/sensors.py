"""`status.json` of the site also after runs that Dagster itself started: by schedule or by hand."""

from dagster import (
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunStatusSensorContext,
    SensorDefinition,
    run_status_sensor,
)

from ingestion import quotas
from ingestion.settings import Settings
from orchestration.home import HEADLESS
from orchestration.report import Report
from orchestration.status import status, write_status


def build_sensors() -> list[SensorDefinition]:
    """One for runs that succeeded, one for runs that failed; on from the start."""
    return [
        run_status_sensor(
            run_status=run_status,
            name=f"status_after_{run_status.value.lower()}",
            default_status=DefaultSensorStatus.RUNNING,
        )(_write)
        for run_status in (DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE)
    ]


def report_of(instance: DagsterInstance, run: DagsterRun) -> Report:
    """What a run has to say at its end, read from its events."""
    report = Report()
    for entry in instance.all_logs(run.run_id):
        if entry.dagster_event is not None:
            report.take(entry.dagster_event)
    return report


def _write(context: RunStatusSensorContext) -> None:
    run = context.dagster_run
    if HEADLESS.items() <= run.tags.items():
        return
    settings = Settings.load()
    report = report_of(context.instance, run)
    if report.release is None and not report.failures:
        return
    write_status(settings.data / "site", status(report, quotas(settings), settings.now()))
