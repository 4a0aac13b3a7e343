"""What can go wrong without being our bug. Each message is one line: what, where, what to do."""

from __future__ import annotations

import re
from pathlib import Path

from ingestion.errors import WarehouseLocked

_PID = re.compile(r"\(PID (\d+)\)")
_LOCKED = "Could not set lock on file"


class ExpectedError(Exception):
    """A failure that a user can meet and mend; its text is shown without a stack trace."""


class RunInProgressError(ExpectedError):
    """Another run holds the lock of this data folder."""


class GateClosedError(ExpectedError):
    """What was built must not be published: tests failed, or the build did not finish."""


class ReleaseError(ExpectedError):
    """A release cannot be made or read: a table is missing, nothing is published yet."""


class ModelsError(ExpectedError):
    """dbt could not read or build the models."""


class EngineError(ExpectedError):
    """What a Spark target needs is missing: packages, Java, a server that answers."""


class ClusterError(ExpectedError):
    """The cluster of a data folder could not be started."""


def lock_message(text: str, warehouse: Path) -> str | None:
    """One line about DuckDB's file lock if `text` (an error of any length) is about it."""
    if _LOCKED not in text:
        return None
    holder = _PID.search(text)
    return str(WarehouseLocked(warehouse, int(holder[1]) if holder else None))
