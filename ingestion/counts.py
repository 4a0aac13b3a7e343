"""What a run met, counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields


@dataclass(slots=True)
class TableStats:
    """What a run did to one raw table."""

    rows_landed: int = 0
    new_versions: int = 0
    quarantined: int = 0


@dataclass(slots=True)
class Counts:
    """What a run met. `records` counts every record of every answer, `duplicates` those of them
    that the run had met before, `quarantined` what became no record."""

    requests: int = 0
    retries: int = 0
    response_ms: float = 0
    records: int = 0
    new_versions: int = 0
    quarantined: int = 0
    duplicates: int = 0
    errors: int = 0
    replaced_characters: int = 0
    tables: dict[str, TableStats] = field(default_factory=dict)

    def table(self, name: str) -> TableStats:
        return self.tables.setdefault(name, TableStats())


def total(counts: Iterable[Counts]) -> Counts:
    """The sum of several runs' counts."""
    result = Counts()
    for one in counts:
        _add(one, result)
        for name, stats in one.tables.items():
            _add(stats, result.table(name))
    return result


def _add(one: Counts | TableStats, to: Counts | TableStats) -> None:
    for each in fields(one):
        if each.name != "tables":
            setattr(to, each.name, getattr(to, each.name) + getattr(one, each.name))
