"""A run killed at any moment and run again leaves the same tables as one that nobody disturbed."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import REPO, clean_env, wagehouse
from tests.support.compare import differences

#: Small enough to be run a dozen times, large enough that every phase takes a while.
SETTINGS = {"SOURCES__DEMO__SIZE": "300", "WAGEHOUSE_NOW": "2026-03-02T06:00:00Z"}


@dataclass(frozen=True)
class Undisturbed:
    warehouse: Path
    seconds: float


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    data = tmp_path_factory.mktemp("undisturbed")
    started = time.monotonic()
    result = wagehouse("run", "--no-site", env=clean_env(data, **SETTINGS))
    assert result.returncode == 0, result.stdout + result.stderr
    return Undisturbed(data / "warehouse.duckdb", time.monotonic() - started)


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"
    shutil.rmtree(tmp_path / "data", ignore_errors=True)


def kill_run_when(due: Callable[[], bool], env: dict[str, str], *args: str) -> bool:
    """Start a run and kill -9 it when `due` says so; False when it ended by itself before."""
    with subprocess.Popen(
        [sys.executable, "-m", "orchestration", "run", *args],
        cwd=REPO,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while process.poll() is None:
            if due():
                os.kill(process.pid, signal.SIGKILL)
                return True
            time.sleep(0.05)
    return False


def check_killed_at(seconds: float, data: Path, undisturbed: Undisturbed, *args: str) -> None:
    env = clean_env(data, **SETTINGS)
    until = time.monotonic() + seconds
    killed = kill_run_when(lambda: time.monotonic() >= until, env, *args)
    again = wagehouse("run", *args, env=env)
    where = f"killed after {seconds:.1f} s: {killed}\n"
    assert again.returncode == 0, where + again.stdout + again.stderr
    assert "Traceback" not in again.stdout + again.stderr
    assert (data / "releases" / "published" / "manifest.json").is_file()
    found = differences(undisturbed.warehouse, data / "warehouse.duckdb")
    assert not found, where + "\n".join(found)


@pytest.mark.parametrize("share", [0.35, 0.6, 0.85])
def test_run_killed_and_run_again(share: float, data: Path, undisturbed: Undisturbed) -> None:
    check_killed_at(share * undisturbed.seconds, data, undisturbed, "--no-site")


@pytest.mark.soak
@pytest.mark.parametrize("moment", range(10))
def test_soak_run(moment: int, data: Path, undisturbed: Undisturbed) -> None:
    share = (moment + random.Random(moment).random()) / 10
    check_killed_at(share * undisturbed.seconds, data, undisturbed, "--no-site")


@pytest.mark.soak
@pytest.mark.parametrize("seconds_into_site", [20.0, 70.0])
def test_soak_run_within_the_site(
    seconds_into_site: float, data: Path, undisturbed: Undisturbed
) -> None:
    env = clean_env(data, **SETTINGS)
    published = data / "releases" / "published"
    since: list[float] = []

    def due() -> bool:
        if published.exists() and not since:
            since.append(time.monotonic())
        return bool(since) and time.monotonic() - since[0] >= seconds_into_site

    assert kill_run_when(due, env), "the site was built before the moment came"
    assert not (data / "site").exists()
    again = wagehouse("run", env=env, timeout=900)
    assert again.returncode == 0, again.stdout + again.stderr
    assert (data / "site" / "index.html").is_file()
    found = differences(undisturbed.warehouse, data / "warehouse.duckdb")
    assert not found, "\n".join(found)
