"""When runs start by themselves: off unless WAGEHOUSE_SCHEDULES=on."""

from __future__ import annotations

from dagster import DefaultScheduleStatus, ScheduleDefinition

from ingestion.settings import Settings
from orchestration.jobs import EVERYTHING

#: Early in the European morning, when the quotas of a day are fresh and nobody looks at the site.
DAILY = "17 4 * * *"


def build_schedules() -> list[ScheduleDefinition]:
    """One run of everything a day."""
    is_on = Settings.load().schedules == "on"
    return [
        ScheduleDefinition(
            name="daily",
            job_name=EVERYTHING,
            cron_schedule=DAILY,
            execution_timezone="UTC",
            default_status=DefaultScheduleStatus.RUNNING
            if is_on
            else DefaultScheduleStatus.STOPPED,
        )
    ]
