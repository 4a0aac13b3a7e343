"""Processes found by what stands in their environment, and ended by their ids."""

from __future__ import annotations

import os
from collections.abc import Sequence

import psutil

_TERMINATE_WAIT_S = 5.0


def carrying(marker: str, value: str) -> list[psutil.Process]:
    """Processes whose environment has `marker` set to `value`, but this one and those above it.

    Children inherit the marker, so what a process started is found after it is gone itself.
    """
    family = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return [
        process
        for process in psutil.process_iter()
        if process.pid not in family and _value_of(process, marker) == value
    ]


def end(processes: Sequence[psutil.Process], patience: float = _TERMINATE_WAIT_S) -> None:
    """End them: asked first, killed when they are still there after `patience` seconds."""
    for process in processes:
        _signal(process, kill=False)
    for process in psutil.wait_procs(processes, timeout=patience)[1]:
        _signal(process, kill=True)
    psutil.wait_procs(processes, timeout=_TERMINATE_WAIT_S)


def _value_of(process: psutil.Process, marker: str) -> str | None:
    try:
        return process.environ().get(marker)
    except (psutil.Error, OSError):
        return None


def _signal(process: psutil.Process, *, kill: bool) -> None:
    try:
        if kill:
            process.kill()
        else:
            process.terminate()
    except psutil.NoSuchProcess:
        return
