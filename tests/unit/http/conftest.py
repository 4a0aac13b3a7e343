"""A client with what it counted and how long it waited, under a clock of the test's own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field

from ingestion.counts import Counts
from ingestion.http import Answer, ApiClient, CountedPages
from ingestion.settings import Settings, SourceSettings

START = datetime(2026, 3, 2, 6, tzinfo=UTC)


class Clock(Settings):
    """Settings whose now is moved by sleeping."""

    at: datetime = START
    slept: list[float] = Field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.slept.append(seconds)


class Asked:
    """A client with what it counted, how long it slept and how often it put rows on disk."""

    def __init__(
        self,
        base_url: str,
        clock: Clock,
        config: SourceSettings | None = None,
        rate: tuple[tuple[int, float], ...] = (),
        **options: Any,
    ) -> None:
        self.counts = Counts()
        self.clock = clock
        self.flushed = 0
        self.client = ApiClient(
            base_url=base_url,
            source="x",
            config=config or SourceSettings(retries=2, timeout=2),
            settings=clock,
            rate=rate,
            counts=self.counts,
            before_wait=self._flush,
            sleep=clock.sleep,
            **options,
        )

    def _flush(self) -> None:
        self.flushed += 1

    @property
    def slept(self) -> list[float]:
        return self.clock.slept

    def walk(self, cap: int = 100, **params: Any) -> list[Answer]:
        paginator = CountedPages(cap=cap, count_field="page_count")
        return list(self.client.pages("jobs", params, paginator, "results"))


def ids(answers: list[Answer]) -> list[int]:
    return [
        record["id"]
        for answer in answers
        if answer.document is not None
        for record in answer.records("results")
    ]


@pytest.fixture(autouse=True)
def _no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("WAGEHOUSE_", "SOURCES__")):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _no_secrets_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.http.redaction._secrets", ())


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(data=tmp_path)


@pytest.fixture
def ask(clock: Clock) -> Iterator[Callable[..., Asked]]:
    """Makes clients, closed at the end of the test: `ask(base_url, config, rate, …)`."""
    made: list[Asked] = []

    def make(base_url: str, *args: Any, **options: Any) -> Asked:
        made.append(Asked(base_url, options.pop("clock", clock), *args, **options))
        return made[-1]

    yield make
    for asked in made:
        asked.client.close()
