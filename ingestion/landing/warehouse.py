"""Short-lived connections to the warehouse."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from ingestion.errors import WarehouseLocked

_PID = re.compile(r"PID (\d+)")


def locked(error: BaseException, warehouse: Path) -> WarehouseLocked | None:
    """The lock that an error, or one of its causes, tells of; None when it tells of none."""
    seen: BaseException | None = error
    while seen is not None:
        text = str(seen)
        if "Could not set lock" in text or "Conflicting lock" in text:
            pid = _PID.search(text)
            return WarehouseLocked(warehouse, int(pid[1]) if pid else None)
        seen = seen.__cause__ or seen.__context__
    return None


@contextmanager
def connect(warehouse: Path, patience: float = 2.0) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that is closed at the end of the block.

    Another process may hold the file for a moment: it is tried again for `patience` seconds, then
    WarehouseLocked is raised.
    """
    warehouse.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + patience
    while True:
        try:
            connection = duckdb.connect(str(warehouse))
            break
        except duckdb.IOException as error:
            lock = locked(error, warehouse)
            if lock is None:
                raise
            if time.monotonic() > deadline:
                raise lock from None
            time.sleep(0.2)
    try:
        connection.execute("set TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()
