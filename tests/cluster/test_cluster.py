"""A real cluster on loopback: a run killed in it, a worker lost in the next, the same release.

Takes some minutes; `make test-spark` runs it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from orchestration.processes import carrying
from orchestration.spark.cluster import MARKER
from tests.conftest import REPO, check_run, clean_env, wagehouse

pytestmark = [pytest.mark.spark, pytest.mark.timeout(1800)]

SETTINGS = {"SOURCES__DEMO__SIZE": "60", "WAGEHOUSE_NOW": "2026-03-02T06:00:00Z"}
#: dbt begins with 17 seeds; by this one, models are under way and most are still to come.
MIDDLE = 30
_STARTED = re.compile(rb"^(\d+) of \d+ START ", re.MULTILINE)


@dataclass(frozen=True)
class Told:
    """What happened in one data folder, in this order."""

    data: Path
    env: dict[str, str]
    #: Release of the same records that DuckDB built, in another folder.
    of_duckdb: str
    #: What the run printed in whose middle a worker was lost, and what was gone after it.
    printed: str
    status: str
    #: Release of that run.
    release: str
    #: What was gone after the cluster had been started again.
    status_again: str


def published(data: Path) -> str:
    manifest = json.loads((data / "releases" / "published" / "manifest.json").read_text())
    return str(manifest["content_hash"])


def start_run(env: dict[str, str], data: Path) -> subprocess.Popen[str]:
    """A run in whose models dbt is, some way."""
    (data / "logs" / "latest.log").unlink(missing_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "orchestration", "run", "--no-site"],
        cwd=REPO,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    while process.poll() is None:
        log = data / "logs" / "latest.log"
        started = _STARTED.findall(log.read_bytes()) if log.exists() else []
        if started and int(started[-1]) >= MIDDLE:
            return process
        time.sleep(0.2)
    raise AssertionError(f"the run ended before its middle:\n{process.communicate()[0]}")


def lose(data: Path, name: str) -> None:
    """A worker and its executor gone at once, as when their machine is switched off."""
    parts = json.loads((data / "state" / "cluster.json").read_text())["parts"]
    [pid] = [part["pid"] for part in parts if part["name"] == name]
    worker = psutil.Process(pid)
    executors = worker.children(recursive=True)
    assert executors, "the worker had no executor"
    for process in (worker, *executors):
        process.kill()


def status(env: dict[str, str]) -> str:
    return wagehouse("cluster", "status", env=env).stderr


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    of_duckdb, data = tmp_path_factory.mktemp("duckdb"), tmp_path_factory.mktemp("cluster")
    check_run(wagehouse("run", "--no-site", env=clean_env(of_duckdb, **SETTINGS)))
    env = clean_env(data, **SETTINGS, WAGEHOUSE_TARGET="spark_cluster")
    try:
        check_run(wagehouse("cluster", "start", env=env))
        start_run(env, data).kill()
        process = start_run(env, data)
        lose(data, "worker-1")
        printed = process.communicate(timeout=1200)[0]
        assert process.returncode == 0, printed
        gone = status(env)
        release = published(data)
        check_run(wagehouse("cluster", "start", env=env))
        yield Told(data, env, published(of_duckdb), printed, gone, release, status(env))
    finally:
        wagehouse("cluster", "stop", env=env)


def test_killed_run_and_lost_worker_leave_the_release_that_duckdb_makes(told: Told) -> None:
    assert told.release == told.of_duckdb
    assert "gone: worker-1" in told.status
    server = (told.data / "logs" / "cluster" / "server.log").read_text()
    assert "worker lost" in server


def test_console_is_the_same_as_on_duckdb(told: Told) -> None:
    lines = told.printed.strip().splitlines()
    assert [line for line in lines if re.search("WARN|INFO|ERROR|java", line)] == []
    assert any(line.startswith("✓ models and tests") for line in lines)
    assert re.search(r"^tests +\d+ passed, 0 warned$", told.printed, re.MULTILINE)


def test_start_brings_back_the_worker_that_was_lost(told: Told) -> None:
    assert "gone" not in told.status_again
    assert "Thrift server at 127.0.0.1:" in told.status_again


def test_session_beside_the_cluster_is_refused_in_one_line(told: Told) -> None:
    done = wagehouse("run", "--no-site", env=told.env | {"WAGEHOUSE_TARGET": "spark"})
    assert done.returncode == 1
    assert "make cluster-stop" in done.stdout
    assert published(told.data) == told.release


def test_stop_leaves_no_process(told: Told) -> None:
    assert len(carrying(MARKER, str(told.data))) >= 6
    done = wagehouse("cluster", "stop", env=told.env)
    assert done.returncode == 0
    assert carrying(MARKER, str(told.data)) == []
    assert not (told.data / "state" / "cluster.json").exists()
