"""Collecting, killed at the worst moments and run again, ends as if nobody had disturbed it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import REPO, clean_env
from tests.simulator import ROOT, Simulator, muse_api

JOBS = [{"id": number, "name": f"Job {number}"} for number in range(230)]
COMPANIES = [{"id": number, "name": f"Company {number}"} for number in range(30)]

#: Collects with a package every hundred rows; `die` is called at the moment under test.
PROGRAM = """
import os, signal
from dlt.common.storages.load_package import PackageStorage
from dlt.common.storages.load_storage import LoadStorage
import ingestion.landing.run as run
from ingestion import Settings, collect, unfinished
from ingestion.landing.spool import Spool

run.PACKAGE_ROWS = 100
left = {times}

def before(owner, name):
    original = getattr(owner, name)
    def patched(*args, **kwargs):
        die()
        return original(*args, **kwargs)
    setattr(owner, name, patched)

def after(owner, name):
    original = getattr(owner, name)
    def patched(*args, **kwargs):
        result = original(*args, **kwargs)
        die()
        return result
    setattr(owner, name, patched)

def die():
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

{moment}
result = collect("the_muse", Settings.load())
assert result.status == "complete", result
"""
UNDISTURBED = "pass"
MOMENTS = {
    "the plan is not written": ('before(Spool, "extract")', 1),
    "the plan is written": ('after(Spool, "extract")', 1),
    "between two packages": ('after(Spool, "extract")', 3),
    "a package is normalized and still waits": ('after(LoadStorage, "commit_new_load_package")', 2),
    "a file is loaded and not noted": ('before(PackageStorage, "complete_job")', 5),
    "a package is loaded and still lies there": (
        'before(PackageStorage, "complete_loading_package")',
        2,
    ),
    "everything is loaded": ('before(unfinished, "finish")', 1),
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with Simulator(muse_api(JOBS, COMPANIES)) as simulator:
        yield simulator.url + ROOT


def run(data: Path, url: str, moment: str, times: int) -> int:
    env = clean_env(data, SOURCES__THE_MUSE__BASE_URL=url, WAGEHOUSE_NOW="2026-03-02T06:00:00Z")
    return subprocess.run(
        [sys.executable, "-c", PROGRAM.format(moment=moment, times=times)],
        cwd=REPO,
        env={**env, "PYTHONPATH": os.fspath(REPO)},
        check=False,
    ).returncode


def landed(data: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What staging sees: each row once by row_id, of a version and a slice the last row."""
    queries = {
        "jobs": """
            select record_id, version_no, payload, content_hash, request, fetched_at
            from raw.the_muse__jobs
            qualify row_number() over (partition by record_id, version_no order by seq desc) = 1
        """,
        "companies": "select distinct record_id, version_no, payload from raw.the_muse__companies",
        "slices": """
            select run_no, endpoint, scope, slice, is_complete, records, reason, ended_at
            from raw.slices
            qualify row_number() over (partition by run_id, endpoint, scope order by seq desc) = 1
        """,
        "sightings": """
            select source, endpoint, scope, record_id, version_no, count(distinct run_id)
            from raw.sightings group by all
        """,
        "responses": "select distinct endpoint, request, body from raw.responses",
        "runs": "select distinct source, step from raw.runs",
    }
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as connection:
        return {
            name: sorted(connection.execute(query).fetchall(), key=repr)
            for name, query in queries.items()
        }


@pytest.fixture(scope="module")
def undisturbed(url: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    data = tmp_path_factory.mktemp("undisturbed")
    assert run(data, url, UNDISTURBED, 0) == 0
    return landed(data)


@pytest.mark.parametrize("name", MOMENTS)
def test_killed_and_run_again(name: str, url: str, undisturbed: Any, tmp_path: Path) -> None:
    assert run(tmp_path, url, *MOMENTS[name]) == -signal.SIGKILL, "the moment never came"
    assert run(tmp_path, url, UNDISTURBED, 0) == 0
    assert landed(tmp_path) == undisturbed
