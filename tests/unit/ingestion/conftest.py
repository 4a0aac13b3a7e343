"""Settings over a folder of the test's own, and what reads a warehouse."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion import register_raw
from ingestion.settings import Settings

#: Where raw may lie.
WAREHOUSE, FOLDER, BUCKET = PLACES = ("warehouse", "folder", "bucket")
NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)

Query = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(autouse=True)
def _no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("WAGEHOUSE_", "SOURCES__")):
            monkeypatch.delenv(name)


def settings_at(place: str, folder: Path) -> Settings:
    """Settings of a data folder whose raw lies in the warehouse, a folder or a bucket."""
    bucket = f"memory://{folder.name}_{abs(hash(folder))}/raw"
    raw = {WAREHOUSE: "", FOLDER: str(folder / "raw"), BUCKET: bucket}[place]
    return Settings(data=folder / "data", fixed_now=NOW, raw=raw)


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """With raw in the warehouse, or where a test has it by its parameter."""
    return settings_at(getattr(request, "param", WAREHOUSE), tmp_path)


@pytest.fixture
def query(settings: Settings) -> Query:
    """Rows of a query on the test's warehouse, which shows raw wherever it lies."""

    def run(sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
            register_raw(connection, settings)
            return connection.execute(sql).fetchall()

    return run
