"""One run at a time in a data folder, and no process left over from one that was killed.

The lock is an advisory file lock: the kernel frees it when its holder dies, however it dies. Who
holds it stands in a file beside it, for the message only. Child processes (dbt, the site's build)
carry the data folder in their environment; those that outlived their run are ended by the next one.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from orchestration.errors import RunInProgressError
from orchestration.processes import carrying, end

log = logging.getLogger(__name__)

#: Environment variable of every child process of a run: the absolute data folder it works in.
MARKER = "WAGEHOUSE_RUN_OF"
#: A holder writes its name right after it took the lock; who comes in between waits this long.
_HOLDER_WAIT_S = 0.5

_held: set[Path] = set()


@contextmanager
def run_lock(data: Path, state: Path, what: str) -> Iterator[None]:
    """Hold the lock of the data folder; at once when this process holds it already.

    Ends processes that a killed run left behind. Raises RunInProgressError, without waiting,
    when another process holds the lock.
    """
    path = state / "run.lock"
    if path in _held:
        yield
        return
    state.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise RunInProgressError(_in_progress(state / "run.json")) from None
    before = os.environ.get(MARKER)
    _held.add(path)
    try:
        _write_holder(state / "run.json", what)
        end_orphans(data)
        os.environ[MARKER] = str(data)
        yield
    finally:
        if before is None:
            os.environ.pop(MARKER, None)
        else:
            os.environ[MARKER] = before
        (state / "run.json").unlink(missing_ok=True)
        _held.discard(path)
        lock.release()


def _write_holder(path: Path, what: str) -> None:
    holder = {
        "pid": os.getpid(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
        "what": what,
    }
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(holder))
    temporary.replace(path)


def _in_progress(path: Path) -> str:
    deadline = time.monotonic() + _HOLDER_WAIT_S
    while True:
        try:
            holder = json.loads(path.read_text())
            if psutil.pid_exists(int(holder["pid"])):
                return (
                    f"{holder['what']} is in progress (process {holder['pid']}, since"
                    f" {holder['since']}): follow it with make logs. Nothing was started."
                )
        except (OSError, ValueError, KeyError):
            pass
        if time.monotonic() > deadline:
            return "Another run is in progress: follow it with make logs. Nothing was started."
        time.sleep(0.05)


def end_orphans(data: Path) -> int:
    """End processes that a killed run of this data folder left behind; their number.

    Only to be called by the holder of the lock, which makes every process that carries the
    marker an orphan, but this process and those it descends from.
    """
    orphans = carrying(MARKER, str(data))
    for process in orphans:
        log.warning("Ending process %d, left over from a run that was killed", process.pid)
    end(orphans)
    return len(orphans)
