"""A dbt project built once, on an empty warehouse, for all tests of this folder."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.dbt.coverage import PROJECT, Manifest, load_manifest, measure, report

#: Where the built project's manifest lies, for the report at the end.
MANIFEST = pytest.StashKey[Path]()


@dataclass(frozen=True)
class Project:
    """The project with a warehouse and a target folder of its own."""

    data: Path
    folder: Path = PROJECT

    def dbt(self, *arguments: str, **settings: str) -> str:
        """What a dbt command prints; fails the test when the command fails."""
        env = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("WAGEHOUSE_", "SOURCES__", "DBT_"))
        }
        env |= {
            "WAGEHOUSE_DATA": str(self.data),
            "DBT_TARGET_PATH": str(self.data / "target"),
            "DBT_LOG_PATH": str(self.data / "logs"),
            "DBT_USE_COLORS": "false",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }
        result = subprocess.run(
            [str(Path(sys.executable).with_name("dbt")), *arguments],
            cwd=self.folder,
            env=env | settings,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a query; the warehouse is closed again, for dbt is another process."""
        with duckdb.connect(str(self.data / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture(scope="session")
def empty_project(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """Everything built and tested, unit tests too, with nothing landed at all."""
    project = Project(tmp_path_factory.mktemp("dbt"))
    project.dbt("build")
    request.config.stash[MANIFEST] = project.data / "target" / "manifest.json"
    return project


@pytest.fixture(scope="session")
def manifest(empty_project: Project) -> Manifest:
    return load_manifest(empty_project.data / "target" / "manifest.json")


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say how much of the models and columns the tests of dbt reach."""
    path = config.stash.get(MANIFEST, None)
    if path is not None:
        terminalreporter.section("coverage of models and columns by tests")
        terminalreporter.write_line(report(measure(load_manifest(path))))


@pytest.fixture(scope="session")
def empty_columns(empty_project: Project) -> dict[tuple[str, str], list[str]]:
    """Columns of every table and view of the empty warehouse, in their order."""
    found: dict[tuple[str, str], list[str]] = {}
    for schema, table, column in empty_project.rows(
        "select schema_name, table_name, column_name from duckdb_columns()"
        " order by schema_name, table_name, column_index"
    ):
        found.setdefault((schema, table), []).append(column)
    return found
