"""What all tests share: a clean environment, the runs several tests look at, coverage."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

pytest_plugins = ["tests.fixtures.simulators"]

REPO = Path(__file__).parents[1]
CAPTURES = REPO.parent / "shared" / "captures"
#: Nothing listens here: a source that is pointed at it is a source without a network.
NOWHERE = "http://127.0.0.1:9"


def clean_env(data: Path, **settings: str) -> dict[str, str]:
    """The environment of a fresh user: none of our settings but those given, no network."""
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("WAGEHOUSE_", "SOURCES__", "DAGSTER_", "DBT_"))
    }
    env |= {"WAGEHOUSE_DATA": str(data), "SOURCES__THE_MUSE__BASE_URL": NOWHERE}
    return env | settings


def wagehouse(
    *args: str, env: Mapping[str, str], timeout: float = 600
) -> subprocess.CompletedProcess[str]:
    """Run a verb of the command line as a user would, from the repository root."""
    return subprocess.run(
        [sys.executable, "-m", "orchestration", *args],
        cwd=REPO,
        env=dict(env),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@pytest.fixture(scope="session")
def repo() -> Path:
    return REPO


@pytest.fixture(scope="session")
def captures() -> Path:
    if not CAPTURES.is_dir():
        pytest.skip("real captured answers are not beside this checkout (../shared/captures)")
    return CAPTURES
