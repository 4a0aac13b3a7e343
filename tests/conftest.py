"""What all tests share: a clean environment, the runs several tests look at, coverage."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from ingestion import available_sources
from tests.simulator import ROOT, Simulator, days_of, muse_api, records_of

pytest_plugins = ["tests.fixtures.simulators", "tests.fixtures.warehouses"]

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
    env |= {f"SOURCES__{name.upper()}__BASE_URL": NOWHERE for name in _apis()}
    env["WAGEHOUSE_DATA"] = str(data)
    return env | settings


@cache
def _apis() -> tuple[str, ...]:
    return tuple(name for name, spec in available_sources().items() if spec.kind == "api")


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


@dataclass(frozen=True)
class RealInput:
    """Two captured days of The Muse, run as a user would, the second with the site."""

    data: Path
    nows: tuple[str, str]
    release: str
    #: What a third run, nothing new, printed, and the release it left.
    again: str
    release_again: str


@dataclass(frozen=True)
class BuiltSite:
    """A data folder whose site is built: the site and the release that it shows."""

    data: Path
    site: Path
    release: Path


def check_run(result: subprocess.CompletedProcess[str]) -> str:
    """The output of a run that went well."""
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="session")
def real_input(captures: Path, tmp_path_factory: pytest.TempPathFactory) -> RealInput:
    jobs = days_of(captures / "the_muse", "jobs_*-*-*")
    companies = records_of(captures / "the_muse" / "companies_results_2025-12_100.json")
    apis = {day: muse_api(records, companies) for day, records in jobs.items()}
    nows = ("2024-03-17T17:00:00+00:00", "2024-03-18T11:30:00+00:00")
    data = tmp_path_factory.mktemp("real")
    published = data / "releases" / "published"
    with Simulator(apis, day=min(apis)) as api:
        muse = {
            "WAGEHOUSE_SOURCES": "the_muse",
            "SOURCES__THE_MUSE__BASE_URL": api.url + ROOT,
        }
        env = clean_env(data, **muse)
        env["WAGEHOUSE_NOW"] = nows[0]
        check_run(wagehouse("run", "--no-site", env=env))
        api.day = max(apis)
        env["WAGEHOUSE_NOW"] = nows[1]
        check_run(wagehouse("run", env=env, timeout=900))
        release = published.resolve().name
        again = check_run(wagehouse("run", env=env, timeout=900))
    return RealInput(data, nows, release, again, published.resolve().name)


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A run with no network and no key: its data folder and what it printed.

    Its site is built where there is no captured input to build one from: one site a test run.
    """
    data = tmp_path_factory.mktemp("demo")
    args = ("run", "--no-site") if CAPTURES.is_dir() else ("run",)
    return data, check_run(wagehouse(*args, env=clean_env(data), timeout=1200))


@pytest.fixture(scope="session")
def built_site(request: pytest.FixtureRequest) -> BuiltSite:
    if CAPTURES.is_dir():
        data = request.getfixturevalue("real_input").data
    else:
        data = request.getfixturevalue("demo_run")[0]
    return BuiltSite(data, (data / "site").resolve(), (data / "releases" / "published").resolve())
