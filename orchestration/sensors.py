"""What Dagster's daemon watches: the inbox, and the end of its own runs.

A file that is dropped and whole starts the job of dropped files, once for each state of the inbox.
After runs that Dagster itself started, by schedule or by hand, `status.json` of the site is
written, too.
"""

from dagster import (
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunRequest,
    RunStatusSensorContext,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    run_status_sensor,
    sensor,
)

from ingestion import quotas
from ingestion.files.inbox import fingerprint
from ingestion.settings import Settings
from ingestion.source import FILES
from orchestration.home import HEADLESS
from orchestration.report import Report
from orchestration.status import status, write_status

#: Seconds between two looks at the inbox.
INBOX_S = 15


def build_sensors() -> list[SensorDefinition]:
    """The inbox; one for runs that succeeded, one for runs that failed. On from the start."""
    return [
        sensor(
            name="inbox",
            job_name=f"{FILES}_and_downstream",
            default_status=DefaultSensorStatus.RUNNING,
            minimum_interval_seconds=INBOX_S,
            description="Starts a run when a file has been dropped into the inbox and is whole.",
        )(_watch),
        *(
            run_status_sensor(
                run_status=run_status,
                name=f"status_after_{run_status.value.lower()}",
                default_status=DefaultSensorStatus.RUNNING,
            )(_write)
            for run_status in (DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE)
        ),
    ]


def _watch(context: SensorEvaluationContext) -> SensorResult | SkipReason:
    settings = Settings.load()
    found = fingerprint(settings.inbox)
    if not found or found == context.cursor:
        return SkipReason(f"nothing new in {settings.inbox}")
    return SensorResult(run_requests=[RunRequest(run_key=found)], cursor=found)


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
