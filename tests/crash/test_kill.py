"""A run killed at any moment and run again leaves the same tables as one that nobody disturbed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import REPO, check_run, clean_env, wagehouse
from tests.support.compare import differences

#: Small enough to be run a dozen times, large enough that every phase takes a while.
SETTINGS = {"SOURCES__DEMO__SIZE": "300", "WAGEHOUSE_NOW": "2026-03-02T06:00:00Z"}


#: A moment: so many seconds after the console said that a step is done, "" being the start.
Moment = tuple[str, float]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse of a run that nobody disturbed."""
    data = tmp_path_factory.mktemp("undisturbed")
    check_run(wagehouse("run", "--no-site", env=clean_env(data, **SETTINGS)))
    return data / "warehouse.duckdb"


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"
    shutil.rmtree(tmp_path / "data", ignore_errors=True)


def kill_at(moment: Moment, env: dict[str, str], *args: str) -> None:
    """Start a run and kill -9 it at the moment."""
    step, seconds = moment
    with subprocess.Popen(
        [sys.executable, "-m", "orchestration", "run", *args],
        cwd=REPO,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        if step:
            assert any(f"✓ {step}" in line for line in process.stdout), f"{step} was never done"
        time.sleep(seconds)
        assert process.poll() is None, "the run ended before the moment came"
        process.kill()


def check_killed_at(moment: Moment, data: Path, undisturbed: Path, *args: str) -> None:
    env = clean_env(data, **SETTINGS)
    kill_at(moment, env, *args)
    check_run(wagehouse("run", *args, env=env, timeout=900))
    assert (data / "releases" / "published" / "manifest.json").is_file()
    found = differences(undisturbed, data / "warehouse.duckdb")
    assert not found, f"killed at {moment}\n" + "\n".join(found)


@pytest.mark.parametrize("moment", [("the_muse", 2.0), ("landing ledger", 7.0), ("models", 0.05)])
def test_run_killed_and_run_again(moment: Moment, data: Path, undisturbed: Path) -> None:
    """While fetching or landing, while models are built, while the release is made."""
    check_killed_at(moment, data, undisturbed, "--no-site")


@pytest.mark.soak
@pytest.mark.parametrize(
    "moment",
    [
        ("", 4.0),
        ("files", 1.5),
        ("reference data", 0.3),
        ("the_muse", 0.5),
        ("the_muse", 3.5),
        ("demo", 0.2),
        ("landing ledger", 3.0),
        ("landing ledger", 7.0),
        ("landing ledger", 11.0),
        ("models", 0.3),
    ],
)
def test_soak_run(moment: Moment, data: Path, undisturbed: Path) -> None:
    check_killed_at(moment, data, undisturbed, "--no-site")


@pytest.mark.soak
@pytest.mark.parametrize("seconds", [15.0, 40.0])
def test_soak_run_within_the_site(seconds: float, data: Path, undisturbed: Path) -> None:
    check_killed_at(("release", seconds), data, undisturbed)
    assert (data / "site" / "index.html").is_file()
