"""`make map`: a proposal for a file, rows as they would land, the mapping written after a yes."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ingestion.files.inbox import Inbox
from ingestion.files.mapping import Mapping, MappingError
from ingestion.files.preview import Preview, as_yaml, mapping_from, preview, proposal_for
from ingestion.settings import Settings
from orchestration.errors import ExpectedError

OK, FAILED = 0, 1
#: Columns of the preview, those that matter most first; characters of a cell.
SHOWN = ("title", "pay", "pay_min", "pay_max", "pay_text", "currency", "period", "country", "city",
         "location", "seniority", "skills", "company", "posted_on")  # fmt: skip
CELL = 22
MOST_COLUMNS = 7


def propose_mapping(settings: Settings, file: Path, console: Console, *, write: bool) -> int:
    """Show a proposal for a file; write it beside the file after a yes, or where `write` says so.

    Raises FileUnreadable, ExpectedError.
    """
    if not file.is_file():
        raise ExpectedError(f"There is no file {file}.")
    settings.inbox.mkdir(parents=True, exist_ok=True)
    # Not the folder of a landing, which may be under way.
    with tempfile.TemporaryDirectory(prefix="map_") as folder:
        work = Path(folder)
        known = _known(settings, file, work)
        if known is not None:
            console.print(f"{file.name} is read by the mapping {known.name!r}: no question.")
            _show(console, preview(file, known, work))
            return OK
        proposal = proposal_for(file, work)
        text = as_yaml(proposal)
        console.print(text, markup=False)
        try:
            mapping = mapping_from(proposal, file)
        except MappingError as error:
            console.print(Text(f"Not yet a mapping: {error}", style="yellow"), soft_wrap=True)
        else:
            _show(console, preview(file, mapping, work))
    for question in proposal.open_questions:
        console.print(Text(f"Open: {question}", style="yellow"), soft_wrap=True)
    target = file.with_name(f"{file.name.split('.', 1)[0]}.mapping.yml")
    if target.exists():
        raise ExpectedError(f"{target} is there already: nothing was written.")
    if not write and not _agreed(console, target):
        return OK
    target.write_text(text, "utf-8")
    console.print(f"Wrote {target}: change what is not right, then make load FILE={file}")
    return OK


def _known(settings: Settings, file: Path, work: Path) -> Mapping | None:
    inbox = Inbox(file.parent, Inbox(settings.inbox).mappings())
    return inbox.mapping_of(file, work)


def _agreed(console: Console, target: Path) -> bool:
    if not sys.stdin.isatty():
        console.print("Nothing was written: make map FILE=… YES=1 writes it without a question.")
        return False
    console.print(f"Write {target}? [y/N] ", end="", markup=False)
    return sys.stdin.readline().strip().lower() in ("y", "yes", "j", "ja", "o", "oui")


def _show(console: Console, found: Preview) -> None:
    used = {name for _, fields, _ in found.rows for name in fields}
    columns = [name for name in SHOWN if name in used][:MOST_COLUMNS]
    table = Table(box=None, pad_edge=False)
    table.add_column("line", justify="right")
    for name in columns:
        table.add_column(name, max_width=CELL, no_wrap=True, overflow="ellipsis")
    for line, fields, wrong in found.rows:
        table.add_row(str(line), *(_cell(fields.get(name)) for name in columns))
        for one in wrong:
            table.add_row("", Text(f"! {_plain(one)}", style="red"))
    console.print(table)
    for line, why in found.bad:
        console.print(Text(f"line {line} is no row: {_plain(why)}", style="red"))
    console.print(
        f"{found.looked:,} rows looked at, {found.flawed:,} with something that cannot be read.",
        style="dim",
    )


def _cell(value: object) -> Text:
    if isinstance(value, list):
        return Text(_plain(", ".join(map(str, value))))
    return Text("" if value is None else _plain(str(value)))


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)[:120]
