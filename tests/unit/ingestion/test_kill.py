"""Collecting, killed at the worst moments and run again, ends as if nobody had disturbed it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from tests.conftest import REPO, clean_env
from tests.simulator import ROOT, Simulator, muse_api

JOBS = [{"id": number, "name": f"Job {number}"} for number in range(230)]
COMPANIES = [{"id": number, "name": f"Company {number}"} for number in range(30)]

#: `die` is called at the moment under test.
PREPARED = """
import os, shutil, signal
from dlt.common.storages.load_package import PackageStorage
from dlt.common.storages.load_storage import LoadStorage
import ingestion.landing.package as package
from ingestion import Settings, carry_raw, collect, unfinished
from ingestion.landing import path_store, swap
from ingestion.landing.duckdb_store import DuckDBStore
from ingestion.landing.fold import fold
from ingestion.landing.path_store import PathStore
from ingestion.landing.spool import Spool
from ingestion.landing.store import current

package.PACKAGE_ROWS = 100
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

def half(source, target):
    with open(target, "wb") as file:
        file.write(open(source, "rb").read()[:99])
    die()
    return original_copy(source, target)

original_copy = shutil.copyfile
settings = Settings.load()
{moment}
"""
#: Collects with a package every hundred rows.
PROGRAM = (
    PREPARED
    + """
result = collect("the_muse", settings)
assert result.status == "complete", result
"""
)
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
#: The same with raw on a path, and what can be cut short only there.
PATH_MOMENTS = {
    **{
        name: MOMENTS[name]
        for name in (
            "a file is loaded and not noted",
            "a package is loaded and still lies there",
        )
    },
    "a file is half written": ("shutil.copyfile = half", 4),
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with Simulator(muse_api(JOBS, COMPANIES)) as simulator:
        yield simulator.url + ROOT


def run(
    data: Path, url: str, moment: str, times: int, *, raw: str = "", program: str = PROGRAM
) -> int:
    env = clean_env(data, SOURCES__THE_MUSE__BASE_URL=url, WAGEHOUSE_NOW="2026-03-02T06:00:00Z")
    env["WAGEHOUSE_RAW"] = raw and str(data / raw)
    return subprocess.run(
        [sys.executable, "-c", program.format(moment=moment, times=times)],
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
        connection.execute("set TimeZone = 'UTC'")
        return {
            name: sorted(connection.execute(query).fetchall(), key=repr)
            for name, query in queries.items()
        }


@pytest.fixture(scope="module")
def undisturbed_data(url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("undisturbed")
    assert run(data, url, UNDISTURBED, 0) == 0
    return data


@pytest.fixture(scope="module")
def undisturbed(undisturbed_data: Path) -> Any:
    return landed(undisturbed_data)


@pytest.mark.parametrize("name", MOMENTS)
def test_killed_and_run_again(name: str, url: str, undisturbed: Any, tmp_path: Path) -> None:
    assert run(tmp_path, url, *MOMENTS[name]) == -signal.SIGKILL, "the moment never came"
    assert run(tmp_path, url, UNDISTURBED, 0) == 0
    assert landed(tmp_path) == undisturbed


@pytest.mark.parametrize("name", PATH_MOMENTS)
def test_killed_and_run_again_on_a_path(
    name: str, url: str, undisturbed: Any, tmp_path: Path
) -> None:
    assert run(tmp_path, url, *PATH_MOMENTS[name], raw="raw") == -signal.SIGKILL
    for file in tmp_path.glob("raw/*/*.parquet"):
        pq.read_table(file)
    assert run(tmp_path, url, UNDISTURBED, 0, raw="raw") == 0
    assert landed(tmp_path) == undisturbed
    ids = pq.read_table(tmp_path / "raw" / "the_muse__jobs", columns=["row_id"])["row_id"]
    assert len(ids.unique()) == len(ids), "a file that is loaded twice replaces itself"


CARRY = PREPARED + "carry_raw(settings)"
CARRY_MOMENTS = {
    "to a path, a table is copied": ("", "raw", 'after(PathStore, "receive")', 3),
    "to the warehouse, a table is copied": ("raw", "", 'after(DuckDBStore, "receive")', 3),
    "to the warehouse, files are out of sight": ("raw", "", 'before(shutil, "rmtree")', 6),
}


@pytest.mark.parametrize("name", CARRY_MOMENTS)
def test_carrying_killed_and_done_again(
    name: str, url: str, undisturbed: Any, undisturbed_data: Path, tmp_path: Path
) -> None:
    at, to, moment, times = CARRY_MOMENTS[name]
    shutil.copytree(undisturbed_data, tmp_path, dirs_exist_ok=True)
    if at:
        assert run(tmp_path, url, UNDISTURBED, 0, raw=at, program=CARRY) == 0
    assert run(tmp_path, url, moment, times, raw=to, program=CARRY) == -signal.SIGKILL
    assert landed(tmp_path) == undisturbed, "nothing is missing or twice in the meantime"
    assert run(tmp_path, url, UNDISTURBED, 0, raw=to, program=CARRY) == 0
    assert landed(tmp_path) == undisturbed


FOLD = PREPARED + "fold(current(settings), 0)"


@pytest.fixture(scope="module")
def twice_collected(url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("twice")
    for _ in range(2):
        assert run(data, url, UNDISTURBED, 0, raw="raw") == 0
    return data


@pytest.mark.parametrize(
    ("moment", "is_folded"),
    [
        ('before(path_store, "flush")', False),
        ('swap.can_swap = bool; after(swap, "swap")', True),
    ],
)
def test_folding_killed(
    moment: str, is_folded: bool, url: str, twice_collected: Path, tmp_path: Path
) -> None:
    shutil.copytree(twice_collected, tmp_path, dirs_exist_ok=True)
    before = landed(twice_collected)["sightings"]
    assert run(tmp_path, url, moment, 1, raw="raw", program=FOLD) == -signal.SIGKILL
    count = f"select count(*), sum(times) from '{tmp_path}/raw/sightings/*.parquet'"
    rows, times = duckdb.sql(count).fetchall()[0]
    assert (rows, times) == ((len(before) if is_folded else 2 * len(before)), 2 * len(before))
    assert run(tmp_path, url, UNDISTURBED, 0, raw="raw", program=FOLD) == 0
    assert duckdb.sql(count).fetchall() == [(len(before), 2 * len(before))]
