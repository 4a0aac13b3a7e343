"""Whether a file is whole, or somebody still writes it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

#: Endings that programs give to files they have not finished.
UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".tmp", ".swp", ".filepart")
#: Seconds a file has to be left alone by its writer before it counts as whole.
SETTLED_S = 2.0


def is_whole(file: Path, patience_s: float = 0.0) -> bool:
    """Whether the file is finished, as far as it shows: its ending is that of a finished one, and
    nothing was written to it of late. Waits for that up to `patience_s` seconds."""
    if file.suffix.lower() in UNFINISHED:
        return False
    deadline = time.monotonic() + patience_s
    while True:
        before = file.stat()
        age = time.time() - before.st_mtime
        if age >= SETTLED_S or age < 0:
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(min(SETTLED_S - age + 0.05, max(0.05, deadline - time.monotonic())))


def being_written(files: Iterable[Path]) -> set[Path]:
    """Those of the files that a process of this machine holds open for writing, however slowly it
    writes. Only where the system tells (Linux), and of processes that we may look at."""
    wanted = {str(file.resolve()): file for file in files}
    found: set[Path] = set()
    if not wanted:
        return found
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            for opened in process.open_files():
                mode = getattr(opened, "mode", "r")
                if opened.path in wanted and mode != "r":
                    found.add(wanted[opened.path])
    return found
