"""What a benchmark reports, and how it is shown."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a benchmark.

    `value` in `unit`; `limit` is what bounds it, measured in the same run in the same unit, and
    `bar` the greatest value (or, with a limit, the greatest ratio to it) that we accept.
    """

    what: str
    value: float
    unit: str
    bar: float | None = None
    limit: float | None = None
    limit_is: str = ""

    @property
    def ratio(self) -> float | None:
        return None if not self.limit else self.value / self.limit

    @property
    def holds(self) -> bool | None:
        """Whether the bar is kept; None where there is none."""
        if self.bar is None:
            return None
        return (self.value if self.ratio is None else self.ratio) <= self.bar


@dataclass(slots=True)
class Spent:
    """Seconds of wall time and of CPU (children included), and the peak memory in MB."""

    wall: float = 0.0
    cpu: float = 0.0
    peak_mb: float = 0.0
    _marks: list[float] = field(default_factory=list)


@contextmanager
def spending() -> Iterator[Spent]:
    """Measure a block of this process and the children that end in it."""
    spent = Spent()
    wall, times = time.perf_counter(), os.times()
    try:
        yield spent
    finally:
        after = os.times()
        spent.wall = time.perf_counter() - wall
        spent.cpu = sum(after[:4]) - sum(times[:4])
        spent.peak_mb = (
            max(
                resource.getrusage(who).ru_maxrss
                for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
            )
            / 1024
        )


def table(figures: list[Figure]) -> str:
    """Figures as a table in markdown."""
    lines = [
        "| what | measured | beside | ratio | bar | |",
        "| --- | --: | --- | --: | --: | --- |",
    ]
    for one in figures:
        beside = f"{one.limit_is} {one.limit:,.3g} {one.unit}" if one.limit else ""
        ratio = "" if one.ratio is None else f"{one.ratio:.2f}"
        bar = "" if one.bar is None else f"≤ {one.bar:g}"
        verdict = {None: "", True: "holds", False: "FAILS"}[one.holds]
        lines.append(
            f"| {one.what} | {one.value:,.3g} {one.unit} | {beside} | {ratio} | {bar} | {verdict} |"
        )
    return "\n".join(lines)
