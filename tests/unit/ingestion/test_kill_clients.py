"""Sources whose calls are scarce, killed and run again: the same in raw, nothing asked twice."""

from __future__ import annotations

import json
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
from tests.simulator import Simulator, adzuna, jsearch
from tests.unit.ingestion.test_kill import PREPARED, UNDISTURBED

ADS = adzuna.records(420)
JOBS = jsearch.records(50)
#: A package every hundred rows, or after every answer of JSearch.
PROGRAM = (
    PREPARED
    + """
package.SCARCE_SECONDS = 0
for source in ("adzuna", "jsearch"):
    result = collect(source, settings)
    assert (result.status, result.counts.errors) == ("complete", 0), result
"""
)
MOMENTS = {
    "Adzuna is in the middle": ('after(Spool, "extract")', 4),
    "JSearch is in the middle": ('after(Spool, "extract")', 11),
    "an answer of JSearch is in, its rows are not": ('before(Spool, "extract")', 12),
}
QUERIES = {
    f"{table} {key}": f"select {columns} from raw.{table} group by all order by all"
    for table, key, columns in (
        ("adzuna__search", "", "record_id, version_no, content_hash"),
        ("adzuna__histogram", "", "record_id, version_no, payload"),
        ("jsearch__search", "", "record_id, version_no, content_hash"),
        ("sightings", "", "source, endpoint, scope, record_id, version_no"),
        ("slices", "ends", "source, endpoint, scope, slice, max(records), bool_or(is_complete)"),
    )
}


@pytest.fixture(scope="module")
def apis() -> Iterator[tuple[Simulator, Simulator]]:
    ads = adzuna.AdzunaApi({"gb": ADS}, limits=())
    jobs = jsearch.JSearchApi(JOBS, limits=(), monthly=None)
    with Simulator(ads) as one, Simulator(jobs) as other:
        yield one, other


def run(data: Path, apis: tuple[Simulator, Simulator], moment: str, times: int) -> int:
    settings: dict[str, Any] = {
        "ADZUNA__BASE_URL": apis[0].url + adzuna.ROOT,
        "ADZUNA__APP_ID": adzuna.APP_ID,
        "ADZUNA__APP_KEY": adzuna.APP_KEY,
        "ADZUNA__RATE": [[1000, 1]],
        "JSEARCH__BASE_URL": apis[1].url,
        "JSEARCH__API_KEY": jsearch.KEY,
        "JSEARCH__RATE": [[1000, 1]],
        "JSEARCH__SEARCHES": [{"words": "jobs", "country": "us"}],
    }
    given = {
        f"SOURCES__{name}": value if isinstance(value, str) else json.dumps(value)
        for name, value in settings.items()
    }
    env = clean_env(data, WAGEHOUSE_NOW="2026-03-02T06:00:00Z", **given)
    return subprocess.run(
        [sys.executable, "-c", PROGRAM.format(moment=moment, times=times)],
        cwd=REPO,
        env={**env, "PYTHONPATH": os.fspath(REPO)},
        check=False,
    ).returncode


def landed(data: Path) -> dict[str, list[tuple[Any, ...]]]:
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as connection:
        return {name: connection.execute(query).fetchall() for name, query in QUERIES.items()}


def asked(apis: tuple[Simulator, Simulator]) -> list[int]:
    return [api.count() for api in apis]


@pytest.fixture(scope="module")
def undisturbed(
    apis: tuple[Simulator, Simulator], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Any, list[int]]:
    data = tmp_path_factory.mktemp("undisturbed")
    assert run(data, apis, UNDISTURBED, 0) == 0
    found = landed(data)
    assert [len(rows) for rows in found.values()][:3] == [420, 1, 50]
    return found, asked(apis)


@pytest.mark.parametrize("name", MOMENTS)
def test_killed_and_run_again(
    name: str,
    apis: tuple[Simulator, Simulator],
    undisturbed: tuple[Any, list[int]],
    tmp_path: Path,
) -> None:
    before = asked(apis)
    assert run(tmp_path, apis, *MOMENTS[name]) == -signal.SIGKILL, "the moment never came"
    assert run(tmp_path, apis, UNDISTURBED, 0) == 0
    found, requests = undisturbed
    assert landed(tmp_path) == found
    again = [now - then for now, then in zip(asked(apis), before, strict=True)]
    # Adzuna, which had come to its end, is asked by cursor for what is new.
    assert again[1] == requests[1]
    assert again[0] <= requests[0] + 2
