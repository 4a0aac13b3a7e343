"""The small verbs: sql, logs, status.json, one line for what a user can mend."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from orchestration.errors import ExpectedError, ReleaseError, lock_message
from orchestration.logs import follow
from orchestration.report import Failure, Report, SourceLine
from orchestration.sql import published_database, query
from orchestration.status import status, write_status
from tests.conftest import clean_env, wagehouse

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)


def test_lock_message_names_the_process() -> None:
    error = (
        'IO Error: Could not set lock on file "/x/warehouse.duckdb": Conflicting lock is held in'
        " /usr/bin/python3.11 (PID 4711). See also https://duckdb.org/docs/connect/concurrency"
    )
    warehouse = Path("data/warehouse.duckdb")
    said = lock_message(error, warehouse)
    assert said is not None
    assert said.startswith("data/warehouse.duckdb is in use by process 4711")
    assert lock_message("some other error", warehouse) is None


def test_sql_shows_a_table_and_says_what_is_wrong(tmp_path: Path) -> None:
    database = tmp_path / "wagehouse.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("create table pay as select 42 as annual_median, '[b]x' as note")
    out = io.StringIO()
    console = Console(file=out, width=80)
    assert query(database, "from pay", console)
    assert "annual_median" in out.getvalue()
    assert "[b]x" in out.getvalue()
    assert not query(database, "from nowhere", console)
    assert "nowhere does not exist" in out.getvalue()
    assert not query(database, "create table x as select 1", console)


def test_sql_sets_wide_rows_upright(tmp_path: Path) -> None:
    database = tmp_path / "wagehouse.duckdb"
    with duckdb.connect(str(database)) as connection:
        columns = ", ".join(f"{n} as column_{n}" for n in range(20))
        connection.execute(f"create schema marts; create table marts.wide as select {columns}")
    out = io.StringIO()
    assert query(database, "from wide", Console(file=out, width=80))
    assert out.getvalue().count("column_") == 20


def test_sql_before_the_first_release_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="Nothing is published yet"):
        published_database(tmp_path / "releases")
    done = wagehouse("sql", "-c", "select 1", env=clean_env(tmp_path))
    assert done.returncode == 1
    assert done.stderr == "Nothing is published yet: make run makes the first release.\n"


def test_settings_that_cannot_be_read_are_one_line(tmp_path: Path) -> None:
    done = wagehouse("run", env=clean_env(tmp_path, WAGEHOUSE_NOW="yesterday"))
    assert done.returncode == 2
    assert done.stderr.startswith("WAGEHOUSE_NOW cannot be read")
    assert done.stderr.count("\n") == 1


def test_unknown_source_is_one_line(tmp_path: Path) -> None:
    done = wagehouse("run", "--sources", "nowhere", env=clean_env(tmp_path))
    assert done.returncode == 2
    assert done.stderr.startswith("There is no source 'nowhere'")
    assert done.stderr.count("\n") == 1


def test_logs_of_a_run_that_has_ended(tmp_path: Path) -> None:
    with pytest.raises(ExpectedError, match="There is no log"):
        follow(tmp_path / "latest.log", tmp_path, io.StringIO())
    (tmp_path / "one.log").write_text("what happened\n")
    (tmp_path / "latest.log").symlink_to("one.log")
    out = io.StringIO()
    follow(tmp_path / "latest.log", tmp_path, out)
    assert out.getvalue() == "what happened\n"


def test_status_says_how_the_run_and_each_source_ended(tmp_path: Path) -> None:
    report = Report(
        sources={"the_muse": SourceLine("the_muse", "failed", "unreachable: no answer")},
        failures=[Failure("published", "Not published: a test failed", is_expected=True)],
    )
    content = status(report, [], NOW)
    assert not write_status(tmp_path / "site", content)
    (tmp_path / "sites" / "one").mkdir(parents=True)
    (tmp_path / "site").symlink_to("sites/one")
    assert write_status(tmp_path / "site", content)
    assert [path.name for path in (tmp_path / "sites" / "one").iterdir()] == ["status.json"]
    assert json.loads((tmp_path / "site" / "status.json").read_text()) == {
        "last_run_at": "2026-03-02T06:00:00+00:00",
        "last_run_status": "failed",
        "reason": "Not published: a test failed",
        "sources": [
            {
                "source": "the_muse",
                "status": "failed",
                "reason": "unreachable: no answer",
                "records": 0,
                "new_versions": 0,
                "quarantined": 0,
            }
        ],
        "quotas": [],
    }
