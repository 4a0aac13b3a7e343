"""The first run of a new user: no network, no key, the generated demo."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from tests.conftest import clean_env, wagehouse
from tests.support.compare import SCHEMAS


@pytest.fixture(scope="module")
def data(demo_run: tuple[Path, str]) -> Path:
    return demo_run[0]


@pytest.fixture(scope="module")
def printed(demo_run: tuple[Path, str]) -> str:
    return demo_run[1]


def test_console_says_that_it_is_demo_data(printed: str) -> None:
    assert "demo" in printed.lower()
    # A line for each source, those that could not be reached too.
    last = {line.split()[0]: line for line in printed.strip().splitlines()[-25:] if line.strip()}
    assert "quarantine" in last["demo"]


def test_release_is_whole(data: Path) -> None:
    release = data / "releases" / "published"
    assert release.is_symlink()
    manifest = json.loads((release / "manifest.json").read_text())
    assert manifest["is_demo"] is True
    assert len(manifest["tables"]) > 20
    with duckdb.connect(str(release / "wagehouse.duckdb"), read_only=True) as published:
        for name, table in manifest["tables"].items():
            if name in {"test_result"}:
                continue
            file = release / f"{name.split('.')[-1]}.parquet"
            rows = published.execute(f"select count(*) from read_parquet('{file}')").fetchone()
            assert rows == (table["rows"],), name
    assert (release / "test_result.parquet").is_file()


def test_every_layer_has_rows(data: Path) -> None:
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as warehouse:
        found = dict(
            warehouse.execute(
                "select schema_name, sum(estimated_size) from duckdb_tables() group by 1"
            ).fetchall()
        )
    for schema in SCHEMAS:
        assert found.get(schema, 0) > 0, schema


def test_demo_brings_pay_of_two_origins_and_never_mixes_them(data: Path) -> None:
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as warehouse:
        origins = warehouse.execute(
            "select distinct origin from marts.mart_pay order by 1"
        ).fetchall()
        chosen = warehouse.execute(
            "select max(n) from (select count(*) as n from normalized.pay_statement"
            " where is_chosen and posting_key is not null group by posting_key, origin)"
        ).fetchone()
    assert origins == [("parsed",), ("surveyed",)]
    assert chosen == (1,)


def test_second_run_of_the_day_brings_nothing(data: Path) -> None:
    release = (data / "releases" / "published").resolve()
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as warehouse:
        before = warehouse.execute("select count(*) from raw.demo__jobs").fetchone()
    result = wagehouse("run", "--no-site", env=clean_env(data))
    assert result.returncode == 0, result.stdout + result.stderr
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as warehouse:
        after = warehouse.execute("select count(*) from raw.demo__jobs").fetchone()
    # At midnight the demo's day changes, and with it its records.
    if time.gmtime().tm_hour > 0:
        assert before == after
        assert (data / "releases" / "published").resolve() == release


def test_sql_verb_reads_the_published_database(data: Path) -> None:
    result = wagehouse("sql", "-c", "select n_postings from mart_overview", env=clean_env(data))
    assert result.returncode == 0, result.stderr
    assert any(character.isdigit() for character in result.stdout)


def test_a_lock_gives_one_line(data: Path) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import duckdb, sys\n"
            "held = duckdb.connect(sys.argv[1])\n"
            "print('held', flush=True)\n"
            "input()",
            str(data / "warehouse.duckdb"),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=dict(os.environ),
    )
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        result = wagehouse("run", "--no-site", env=clean_env(data))
    finally:
        holder.communicate(b"\n")
    assert result.returncode != 0
    said = result.stdout + result.stderr
    assert "Traceback" not in said
    assert str(holder.pid) in said or "locked" in said.lower() or "another process" in said.lower()
