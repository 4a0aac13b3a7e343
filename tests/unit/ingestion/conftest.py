"""Settings over a folder of the test's own, and what reads a warehouse."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.settings import Settings

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)

Query = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(autouse=True)
def _no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("WAGEHOUSE_", "SOURCES__")):
            monkeypatch.delenv(name)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", fixed_now=NOW)


@pytest.fixture
def query(settings: Settings) -> Query:
    """Rows of a query on the test's warehouse."""

    def run(sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    return run
