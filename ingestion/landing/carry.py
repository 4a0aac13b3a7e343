"""Raw carried to another place when the setting has changed: nothing is lost, nothing stands twice.

`<data>/state/raw.json` says where raw lies; without it, in the warehouse. A table is copied, the
copy counted and shown, and only then is the original removed, so a reader of the warehouse sees
the one or the other, whole. A carrying that was cut short is finished before anything else: until
a table's original is removed, that is the one that counts.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from ingestion.errors import RawInTwoPlaces, RawUnreadable
from ingestion.landing.store import Store, store_at
from ingestion.settings import Settings

logger = logging.getLogger(__name__)

#: A folder or bucket; None is the warehouse.
Place = str | None


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where raw lies, and where it is being carried to (the same where it is not)."""

    at: Place
    to: Place
    #: Tables that were carried, of which something may still lie where they were.
    done: tuple[str, ...] = ()


def whereabouts(settings: Settings) -> Whereabouts:
    """What is noted of it in the data folder."""
    try:
        noted = json.loads(_note(settings).read_text())
    except FileNotFoundError:
        return Whereabouts(None, None)
    return Whereabouts(
        _absolute(settings, noted["at"]), _absolute(settings, noted["to"]), tuple(noted["done"])
    )


def places(settings: Settings) -> list[Place]:
    """Every place where rows of raw may lie now."""
    noted = whereabouts(settings)
    return list(dict.fromkeys([settings.raw_path, noted.at, noted.to]))


def carry_raw(settings: Settings, progress: Callable[[str], None] | None = None) -> dict[str, int]:
    """Carry raw to where the settings want it; returns the rows that were moved, by table.

    Nothing where it is there already. Packages that wait are loaded where raw was before. Raises
    WarehouseLocked, RawUnreadable, RawInTwoPlaces, RawNotCarried and LoadFailed; raw then is where
    it was, table by table, and the next call goes on.
    """
    wanted = settings.raw_path
    noted = whereabouts(settings)
    moved: dict[str, int] = {}
    if noted.at != noted.to:
        moved |= _carry(settings, noted, progress)
    if noted.to != wanted:
        _check_apart(settings, noted.to, wanted)
        _load_pending(settings, store_at(noted.to, settings))
        moved |= _carry(settings, Whereabouts(noted.to, wanted), progress)
    return moved


def _check_apart(settings: Settings, at: Place, to: Place) -> None:
    """Two histories are never mixed."""
    if at is not None and "://" not in at and not Path(at).is_dir():
        raise RawUnreadable(
            f"Raw was last kept in {at}, which is not there. Bring it back, or remove "
            f"{_note(settings)} to begin anew."
        )
    ours, theirs = store_at(at, settings), store_at(to, settings)
    if theirs.rows() and ours.rows():
        raise RawInTwoPlaces(
            f"Raw lies in {ours.name}, and {theirs.name} has records of its own: empty one of the "
            "two, or let WAGEHOUSE_RAW name the one to go on with."
        )


def _carry(
    settings: Settings, now: Whereabouts, progress: Callable[[str], None] | None
) -> dict[str, int]:
    source, target = store_at(now.at, settings), store_at(now.to, settings)
    target.check_writable()
    for table in now.done:
        source.give_up(table)
    tables = source.rows()
    if tables:
        _write(settings, now)
    for table, rows in tables.items():
        with closing(source.read(table)) as batches:
            target.receive(table, batches, rows)
        target.show_instead(table)
        now = replace(now, done=(*now.done, table))
        _write(settings, now)
        source.give_up(table)
        if progress is not None:
            progress(f"Raw: {rows:,} rows of {table} moved from {source.name} to {target.name}")
    target.show()
    _write(settings, Whereabouts(now.to, now.to))
    if tables:
        logger.info("raw moved from %s to %s: %d tables", source.name, target.name, len(tables))
    return tables


def _load_pending(settings: Settings, source: Store) -> None:
    from ingestion.landing.landing import Landing

    if (settings.state / "dlt").is_dir():
        with Landing(settings, source):
            pass


def _note(settings: Settings) -> Path:
    return settings.state / "raw.json"


def _write(settings: Settings, now: Whereabouts) -> None:
    path = _note(settings)
    if now == Whereabouts(None, None):
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    noted = {
        "at": _relative(settings, now.at),
        "to": _relative(settings, now.to),
        "done": now.done,
    }
    fresh.write_text(json.dumps(noted))
    fresh.replace(path)


def _relative(settings: Settings, place: Place) -> Place:
    """A data folder that is moved keeps its raw, so what lies in it is noted from there."""
    if place is not None and "://" not in place and Path(place).is_relative_to(settings.data):
        return str(Path(place).relative_to(settings.data))
    return place


def _absolute(settings: Settings, noted: Place) -> Place:
    is_relative = noted is not None and "://" not in noted and not Path(noted).is_absolute()
    return str(settings.data / noted) if noted is not None and is_relative else noted
