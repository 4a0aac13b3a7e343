"""What every step shares: the lock, settings, and failures of one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dagster import Failure

from ingestion.errors import WagehouseError
from ingestion.settings import Settings
from orchestration.environment import export
from orchestration.errors import ExpectedError
from orchestration.locks import run_lock


@contextmanager
def step(what: str) -> Iterator[Settings]:
    """Settings for a step that holds the run lock; expected errors become a Failure of one line.

    In `make run` the lock is held already; a step started from Dagster's pages takes it for itself.
    """
    try:
        settings = Settings.load()
        export(settings)
        with run_lock(settings.data, settings.state, what):
            yield settings
    except (ExpectedError, WagehouseError) as error:
        raise Failure(description=str(error), allow_retries=False) from error
