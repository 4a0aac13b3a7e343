"""Where things stand in the repository and in the data folder."""

from __future__ import annotations

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
DBT_PROJECT = REPOSITORY / "dbt_project"
REPORTS = REPOSITORY / "reports"


def dbt_target(state: Path) -> Path:
    """Where runs keep dbt's artifacts; dbt's default is left to people working in dbt_project/."""
    return state / "dbt"


def ledger(state: Path) -> Path:
    """The ledger of test results (`orchestration.results.Ledger`)."""
    return state / "dbt_results.json"


def dagster_home(state: Path) -> Path:
    """Dagster's own folder."""
    return state / "dagster"
