"""The progress of a headless run: a live picture on a terminal, one line a step anywhere else."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from orchestration.report import Report

if TYPE_CHECKING:
    from dagster import EventLogEntry

TITLES = {
    "reference": "reference data",
    "landing_ledger": "landing ledger",
    "dbt_build": "models and tests",
    "release__published": "release",
    "site__site": "site",
}
#: Text a step tells is shown this often at most, s.
_REFRESH_S = 0.2


class Display:
    """Shows steps as they start and end, and gathers the report on the way."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.report = Report()
        self._total = 0
        self._done = 0
        self._step = "getting ready"
        self._doing = ""
        self._step_started = self._started = time.monotonic()
        self._told_at = 0.0
        self._live = (
            Live(
                console=console,
                get_renderable=self._picture,
                transient=True,
                refresh_per_second=5,
                # What steps print belongs into the log.
                redirect_stdout=False,
                redirect_stderr=False,
            )
            if console.is_terminal
            else None
        )

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live:
            self._live.stop()

    def expect(self, steps: int) -> None:
        """How many steps there will be."""
        self._total = steps

    def phase(self, text: str) -> None:
        """Say what goes on before the first step."""
        self._begin(text)

    def on_tell(self, text: str) -> None:
        """What the current step is doing."""
        now = time.monotonic()
        if now - self._told_at >= _REFRESH_S:
            self._doing, self._told_at = text, now

    def on_event(self, entry: EventLogEntry) -> None:
        """Follow Dagster's events of the run."""
        event = entry.dagster_event
        if event is None:
            return
        self.report.take(event)
        step = event.step_key or ""
        if event.is_step_start:
            self._begin(TITLES.get(step, step))
        elif event.is_step_success:
            self._end("done", step)
        elif event.is_step_failure:
            self._end("failed", step)
        elif event.is_step_skipped:
            self._done += 1
            self.console.print(f"  {TITLES.get(step, step):<18} left out", style="dim")

    def _begin(self, title: str) -> None:
        self._step, self._doing, self._step_started = title, "", time.monotonic()

    def _end(self, how: str, step: str) -> None:
        self._done += 1
        seconds = time.monotonic() - self._step_started
        source = self.report.sources.get(step)
        what = how
        if source and how == "done":
            what = source.text()
        self.console.print(
            Text.assemble(
                ("✗ " if how == "failed" else "✓ ", "red" if how == "failed" else "green"),
                f"{TITLES.get(step, step):<18} ",
                what,
                (f"  {seconds:.1f} s", "dim"),
            ),
            soft_wrap=True,
        )
        self._begin("")

    def _picture(self) -> Table:
        picture = Table.grid(padding=(0, 1))
        seconds = time.monotonic() - self._started
        picture.add_row(
            Spinner("dots"),
            ProgressBar(total=max(self._total, 1), completed=self._done, width=24),
            f"{self._done}/{self._total or '?'}",
            f"{seconds:.0f} s",
            Text(self._step, style="bold"),
            Text(self._doing, style="dim", overflow="ellipsis", no_wrap=True),
        )
        return picture
