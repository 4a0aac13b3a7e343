"""`make load` and `make retry`: a file lands, is built and tested, and says what it pays."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ingestion import collect, land_reference
from ingestion.files.inbox import DONE
from ingestion.files.land import FileFacts
from ingestion.search import Ask
from ingestion.settings import Settings
from orchestration.files.building import build_part
from orchestration.files.figures import SELECT, Answer, answer
from orchestration.locks import run_lock

OK, FAILED = 0, 1


def load(settings: Settings, ask: Ask | None, console: Console) -> int:
    """Land a file (or all of the inbox, or what lies in quarantine), build, print; the exit code.

    Raises RunInProgressError, and what landing and building raise.
    """
    started = time.monotonic()
    with run_lock(settings.data, settings.state, "A load"), _logged(settings):
        with _shown(console) as tell:
            land_reference(settings, tell)
            result = collect("files", settings, progress=tell, ask=ask)
            landed_s = time.monotonic() - started
            came = [facts for facts in result.files if facts.state == "landed"]
            tests = build_part(settings, SELECT, tell) if came else 0
        for facts in result.files:
            console.print(_line(facts, settings), soft_wrap=True)
        if came:
            found = answer(settings.warehouse, [facts.run_id or "" for facts in came])
            if found is not None:
                _print(console, found)
            seconds = time.monotonic() - started
            console.print(
                f"{tests:,} tests passed. Landed in {landed_s:.1f} s, built and tested in"
                f" {seconds - landed_s:.1f} s. The site has it after: make run",
                style="dim",
            )
    if result.reason and result.status != "complete":
        console.print(Text(f"{result.status}: {result.reason}", style="red"), soft_wrap=True)
    if not result.files and not result.reason:
        folder = settings.quarantine if ask and ask.again else settings.inbox
        console.print(f"Nothing to do: {folder} holds no file for it.")
    return FAILED if result.status in ("failed", "partial") and _is_wrong(result.files) else OK


def _is_wrong(files: tuple[FileFacts, ...]) -> bool:
    """Whether nothing landed, or something that was named cannot be read."""
    return not files or any(facts.state == "unreadable" for facts in files)


def _line(facts: FileFacts, settings: Settings) -> str:
    if facts.state == "known":
        return f"{facts.file}: these bytes stand already ({facts.mapping}), nothing was added"
    if facts.state == "unreadable":
        return f"{facts.file} cannot be read: {facts.reason} (now in {settings.quarantine})"
    moved = settings.inbox / DONE / facts.file
    where = f", now in {moved.parent}" if moved.exists() else ""
    return (
        f"{facts.file} ({facts.mapping}): {facts.rows:,} rows = {facts.usable:,} usable"
        f" + {facts.quarantined:,} quarantined; {facts.new:,} new{where}"
    )


def _print(console: Console, found: Answer) -> None:
    console.print(
        f"\n{found.n:,} of {found.rows:,} rows state an amount that can be used; yearly pay in"
        f" {found.currency}."
        + (f" {found.texts:,} state pay in words." if found.texts else "")
        + (f" {found.flagged:,} are flagged." if found.flagged else "")
    )
    for name, lines in found.tables.items():
        if not lines:
            continue
        table = Table(box=None, pad_edge=False)
        table.add_column(name, min_width=30, max_width=30, no_wrap=True, overflow="ellipsis")
        for column in ("n", "p25", "p50", "p75", "p90"):
            table.add_column(column, justify="right", min_width=8)
        for line in lines:
            amounts = (line.p25, line.p50, line.p75, line.p90)
            table.add_row(_safe(line.value), f"{line.n:,}", *(f"{a:,.0f}" for a in amounts))
        console.print()
        console.print(table)
    console.print()


def _safe(text: str) -> Text:
    """A cell's text on a terminal: no control characters, no markup."""
    return Text("".join(c if c.isprintable() else " " for c in text)[:200])


@contextmanager
def _shown(console: Console) -> Iterator[Callable[[str], None]]:
    """Progress: one line that changes on a terminal, lines of their own elsewhere."""
    if console.is_terminal:
        with console.status("getting ready") as status:
            yield lambda text: status.update(_safe(text))
        return
    last = 0.0

    def tell(text: str) -> None:
        nonlocal last
        if text.endswith("%") and time.monotonic() - last >= 1:
            last = time.monotonic()
            console.print(_safe(text), style="dim", soft_wrap=True)

    yield tell


@contextmanager
def _logged(settings: Settings) -> Iterator[None]:
    """What Python's loggers say goes to a file of the logs folder."""
    settings.logs.mkdir(parents=True, exist_ok=True)
    path = settings.logs / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-load.log"
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()
