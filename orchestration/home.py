"""Dagster's home folder under the data folder, and what a killed run left in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.paths import dagster_home

if TYPE_CHECKING:
    from dagster import DagsterInstance

TEMPLATE = Path(__file__).with_name("dagster.yaml")
#: Tags of runs that this command line executes in its own process.
HEADLESS = {"wagehouse/headless": "true"}


def prepare_home(state: Path) -> Path:
    """Make DAGSTER_HOME with our settings and put it into the environment; its absolute path."""
    home = dagster_home(state)
    home.mkdir(parents=True, exist_ok=True)
    settings = TEMPLATE.read_text()
    target = home / "dagster.yaml"
    if not target.exists() or target.read_text() != settings:
        temporary = target.with_suffix(".tmp")
        temporary.write_text(settings)
        temporary.replace(target)
    os.environ["DAGSTER_HOME"] = str(home)
    return home


def quiet_instance(home: Path) -> DagsterInstance:
    """The instance of that home for a headless run.

    Step output is not captured, which would start four processes; it goes to the log of the run.
    The event log keeps its connections.
    """
    from dagster import DagsterInstance
    from dagster._core.instance.ref import InstanceRef

    overrides = {
        "compute_logs": {
            "module": "dagster._core.storage.noop_compute_log_manager",
            "class": "NoOpComputeLogManager",
        },
        "event_log_storage": {
            "module": "orchestration.event_log",
            "class": "KeptConnectionEventLogStorage",
            "config": {"base_dir": str(home / "history" / "runs")},
        },
    }
    return DagsterInstance.from_ref(InstanceRef.from_dir(str(home), overrides=overrides))


def cancel_stale(instance: DagsterInstance, tags: dict[str, str] | None = None) -> int:
    """Mark runs with these tags that never ended as canceled; how many.

    Only to be called by the holder of the run lock: then no headless run is alive, and none at
    all where Dagster's own processes are not up.
    """
    from dagster import DagsterRunStatus, RunsFilter

    unfinished = [
        DagsterRunStatus.NOT_STARTED,
        DagsterRunStatus.STARTING,
        DagsterRunStatus.STARTED,
        DagsterRunStatus.CANCELING,
    ]
    stale = instance.get_runs(RunsFilter(statuses=unfinished, tags=tags))
    for run in stale:
        instance.report_run_canceled(run, "The process of this run was ended from outside.")
    return len(stale)
