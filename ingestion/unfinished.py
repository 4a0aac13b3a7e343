"""Which runs a process began and did not get to the end of.

A run whose plan is done may still have been killed before its rows were in the warehouse, or before
what is built on them was. Its source's next run then goes on under its run_id, with nothing left to
fetch, instead of asking for everything again. The file is small and replaced whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingestion.settings import Settings

#: Data folders of which this process holds a whole run open.
_held: set[Path] = set()
#: Runs that this process began: whatever became of them, no kill cut them short.
_ours: set[str] = set()


@contextmanager
def whole_run(settings: Settings) -> Iterator[None]:
    """Take everything in the block, building and publishing too, as one run.

    Runs of sources in it count as finished when the block is left, in whatever orderly way; after
    a kill inside it they are continued.
    """
    _held.add(settings.data)
    try:
        yield
    finally:
        _held.discard(settings.data)
        _file(settings).unlink(missing_ok=True)


def began(settings: Settings, source: str) -> str | None:
    """Id of the run that an earlier process began for this source and did not finish."""
    run_id = _read(settings).get(source)
    return None if run_id in _ours else run_id


def begin(settings: Settings, source: str, run_id: str) -> None:
    """Note a run as begun, before anything of it is written."""
    _ours.add(run_id)
    _write(settings, {**_read(settings), source: run_id})


def finish(settings: Settings, sources: set[str]) -> None:
    """Strike the runs of these sources off, unless a whole run holds them."""
    if settings.data not in _held:
        _write(
            settings, {name: run for name, run in _read(settings).items() if name not in sources}
        )


def _file(settings: Settings) -> Path:
    return settings.state / "unfinished.json"


def _read(settings: Settings) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads(_file(settings).read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found


def _write(settings: Settings, runs: dict[str, str]) -> None:
    path = _file(settings)
    if not runs:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(runs))
    fresh.replace(path)
