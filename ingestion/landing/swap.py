"""Two folders changing places in one step, so that nobody ever sees a mixture of the two."""

from __future__ import annotations

import ctypes
import logging
import os
import shutil
import sys
from pathlib import Path

logger = logging.getLogger(__name__)

_AT_FDCWD = -100
#: RENAME_EXCHANGE of Linux and RENAME_SWAP of macOS.
_EXCHANGE = 2


def swap(one: Path, other: Path) -> bool:
    """Let two folders change places; False, and nothing done, where the system cannot do that.

    Linux has it from 3.15 (not on NFS), macOS on APFS.
    """
    a, b = os.fsencode(one), os.fsencode(other)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            failed = libc.renamex_np(a, b, _EXCHANGE)
        else:
            failed = libc.renameat2(_AT_FDCWD, a, _AT_FDCWD, b, _EXCHANGE)
    except (AttributeError, OSError):
        return False
    if failed:
        logger.info("folders cannot be swapped: %s", os.strerror(ctypes.get_errno()))
    return not failed


def can_swap(folder: Path) -> bool:
    """Whether two folders in this one can change places."""
    trial = folder / "trial"
    one, other = trial / "one", trial / "other"
    for each in (one, other):
        each.mkdir(parents=True, exist_ok=True)
    try:
        return swap(one, other)
    finally:
        shutil.rmtree(trial)
