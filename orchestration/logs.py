"""Follow the log of the last run."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TextIO

from filelock import FileLock, Timeout

from orchestration.errors import ExpectedError

_POLL_S = 0.3


def follow(latest: Path, state: Path, out: TextIO) -> None:
    """Write the last run's log, and what comes while a run is in progress; ends with the run.

    Raises ExpectedError when there is no log yet.
    """
    if not latest.exists():
        raise ExpectedError(f"There is no log at {latest}: make run writes one.")
    with latest.resolve().open(encoding="utf-8", errors="replace") as log:
        while True:
            was_running = is_running(state)
            while text := log.read(1 << 16):
                out.write(text)
            out.flush()
            if not was_running:
                return
            time.sleep(_POLL_S)


def is_running(state: Path) -> bool:
    """Whether a process holds the run lock."""
    path = state / "run.lock"
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True
