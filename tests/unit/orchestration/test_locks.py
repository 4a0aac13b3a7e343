"""One run at a time, a lock that a kill frees, and no process left over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from orchestration.errors import RunInProgressError
from orchestration.locks import MARKER, end_orphans, run_lock
from tests.conftest import REPO, clean_env, wagehouse

_HOLD = """
import subprocess, sys
from pathlib import Path
from orchestration.locks import run_lock
data = Path(sys.argv[1])
with run_lock(data, data / "state", "A run"):
    child = subprocess.Popen(["sleep", "600"], stdout=subprocess.DEVNULL)
    sys.stdout.write(f"{child.pid}\\n"); sys.stdout.flush()
    sys.stdin.read()
"""


@contextmanager
def another_run(data: Path) -> Iterator[tuple[subprocess.Popen[str], psutil.Process]]:
    """A process that holds the lock, and the child it started."""
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(data)],
        cwd=REPO,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        child = psutil.Process(int(process.stdout.readline()))
        try:
            yield process, child
        finally:
            process.kill()
            if child.is_running():
                child.kill()


def test_second_holder_is_told_who_and_since_when(tmp_path: Path) -> None:
    with another_run(tmp_path) as (process, _):
        with (
            pytest.raises(
                RunInProgressError, match=rf"A run is in progress \(process {process.pid}, since 20"
            ) as raised,
            run_lock(tmp_path, tmp_path / "state", "A run"),
        ):
            pass
        assert "\n" not in str(raised.value)
        assert process.poll() is None


def test_second_run_says_so_in_one_line_and_leaves_the_first_alone(tmp_path: Path) -> None:
    with another_run(tmp_path) as (process, child):
        second = wagehouse("run", "--no-site", env=clean_env(tmp_path), timeout=60)
        assert second.returncode == 3
        assert (second.stdout + second.stderr).count("\n") == 1
        assert f"process {process.pid}" in second.stderr
        assert process.poll() is None
        assert child.is_running()
        assert not (tmp_path / "warehouse.duckdb").exists()


def test_kill_frees_the_lock_and_what_it_started_is_ended(tmp_path: Path) -> None:
    with another_run(tmp_path) as (process, child):
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert child.is_running()
        with run_lock(tmp_path, tmp_path / "state", "A run"):
            assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_processes_of_other_folders_are_left_alone(tmp_path: Path) -> None:
    with (
        another_run(tmp_path / "one") as (_, child),
        run_lock(tmp_path / "two", tmp_path / "two" / "state", "A run"),
    ):
        assert end_orphans(tmp_path / "two") == 0
        assert child.is_running()


def test_one_process_may_take_it_again_and_leaves_no_trace(tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert MARKER not in os.environ
    with run_lock(tmp_path, state, "A run"), run_lock(tmp_path, state, "A step"):
        assert os.environ[MARKER] == str(tmp_path)
        assert "A run" in (state / "run.json").read_text()
    assert MARKER not in os.environ
    assert not (state / "run.json").exists()
    with run_lock(tmp_path, state, "A run"):
        pass
