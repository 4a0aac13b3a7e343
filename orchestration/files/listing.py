"""`make files`: every file with its state, rows, what is quarantined of it, its mapping."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ingestion import register_raw
from ingestion.files.corrections import is_correction
from ingestion.files.inbox import REASON, Inbox, shown
from ingestion.files.table import FileUnreadable
from ingestion.files.whole import being_written, is_whole
from ingestion.settings import Settings
from orchestration.metadata import reading


@dataclass(frozen=True, slots=True)
class Listed:
    """A file; `rows` and `quarantined` are None before it was read."""

    file: str
    state: str
    rows: int | None
    quarantined: int | None
    mapping: str
    since: str
    reason: str


def listed_files(settings: Settings) -> list[Listed]:
    """Files that landed or could not be read, newest first, then those that wait."""
    with tempfile.TemporaryDirectory(prefix="files_") as work:
        return [*_landed(settings), *_in_quarantine(settings), *_waiting(settings, Path(work))]


def show_files(settings: Settings, console: Console) -> None:
    """Print the list."""
    found = listed_files(settings)
    if not found:
        console.print(f"No file yet: put one into {settings.inbox}, or make load FILE=…")
        return
    table = Table(box=None, pad_edge=False)
    for name in ("file", "state"):
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    for name in ("rows", "usable", "quarantined"):
        table.add_column(name, justify="right")
    for name in ("mapping", "since"):
        table.add_column(name, no_wrap=True)
    for one in found:
        usable = None if one.rows is None else one.rows - (one.quarantined or 0)
        counts = (one.rows, usable, one.quarantined)
        table.add_row(
            Text(one.file),
            one.state,
            *("" if count is None else f"{count:,}" for count in counts),
            Text(one.mapping),
            one.since,
        )
    console.print(table)
    for one in found:
        if one.reason:
            console.print(Text(f"{one.file}: {one.reason}", style="yellow"), soft_wrap=True)


def _landed(settings: Settings) -> list[Listed]:
    if not settings.warehouse.exists():
        return []
    with reading(settings.warehouse) as connection:
        register_raw(connection, settings)
        tables = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'raw'"
        ).fetchall()
        if ("responses",) not in tables:
            return []
        rows = connection.execute(
            """
            select body, strftime(fetched_at, '%Y-%m-%d %H:%M')
            from raw.responses
            where endpoint = 'rows' and source like 'file_%'
            order by fetched_at desc, row_id
            """
        ).fetchall()
    found = []
    for body, since in rows:
        facts = orjson.loads(body)
        is_read = facts["state"] == "landed"
        found.append(
            Listed(
                facts["file"],
                facts["state"],
                facts["rows"] if is_read else None,
                facts["quarantined"] if is_read else None,
                facts["mapping"],
                since,
                facts["reason"] or "",
            )
        )
    return found


def _in_quarantine(settings: Settings) -> list[Listed]:
    folder = settings.quarantine
    found = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.name.startswith(".") or path.name.endswith(REASON) or not path.is_file():
            continue
        note = path.with_name(f"{path.name}{REASON}")
        reason = note.read_text("utf-8").strip() if note.is_file() else ""
        if is_correction(path):
            reason = "correct its rows, then make retry"
        found.append(Listed(shown(path), "in quarantine", None, None, "", "", reason))
    return found


def _waiting(settings: Settings, work: Path) -> list[Listed]:
    inbox = Inbox(settings.inbox)
    found = []
    written = being_written(inbox.files)
    for path in inbox.files:
        mapping, state, before = None, "waiting", len(inbox.problems)
        if path in written or not is_whole(path):
            state = "being written"
        else:
            try:
                mapping = inbox.mapping_of(path, work)
            except FileUnreadable as error:
                inbox.problems.append(str(error))
        reason = next(iter(inbox.problems[before:]), "")
        name = mapping.name if mapping else ""
        found.append(Listed(shown(path), state, None, None, name, "", reason))
    rest = [line for line in inbox.problems if not any(line == one.reason for one in found)]
    return [*found, *(Listed("inbox", "problem", None, None, "", "", line) for line in rest)]
