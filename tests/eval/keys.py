"""The keys: what a person read in a text. README.md beside this says how they were made."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "keys"
CAPTURES = Path(__file__).parents[3] / "shared" / "captures"


@dataclass(frozen=True, slots=True)
class Statement:
    """One amount or range: ends in units of the currency (None: open), ISO code, period."""

    amount_min: float | None
    amount_max: float | None
    currency: str | None
    period: str | None

    def agrees(self, other: Statement) -> bool:
        """Same currency and period, both ends within a thousandth."""
        return (
            self.currency == other.currency
            and self.period == other.period
            and _near(self.amount_min, other.amount_min)
            and _near(self.amount_max, other.amount_max)
        )


def _near(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= 0.001 * max(abs(one), abs(other))


@dataclass(frozen=True, slots=True)
class Text:
    """A labelled text: where it stands, which half it is of, and the statements in it."""

    id: str
    half: str
    country: str | None
    language: str
    text: str
    expected: tuple[Statement, ...]
    #: File of the captures, where the text itself stands.
    file: str | None = None


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a key, by column."""
    with (FOLDER / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def descriptions() -> list[Text]:
    """Ads of the captures; the text is left empty, it stands in `file`."""
    return [
        Text(
            record_id,
            found[0]["half"],
            None,
            "en",
            "",
            tuple(
                statement_of(row)
                for row in found
                if row["statement_no"] != "0" and row["what"] in ("base", "total")
            ),
            file,
        )
        for (file, record_id), found in _grouped(rows("descriptions"), "file", "record_id")
    ]


def phrases() -> list[Text]:
    """Pay as ads put it, in eight languages: our own sentences."""
    found = [row for row in rows("phrases") if row["kind"] == "phrase"]
    return [
        Text(
            one,
            group[0]["half"],
            group[0]["country"] or None,
            group[0]["language"],
            group[0]["text"],
            tuple(statement_of(row) for row in group if row["statement_no"] != "0"),
        )
        for (one,), group in _grouped(found, "id")
    ]


def traps() -> list[Text]:
    """Sentences with money and no pay: our own."""
    return [
        Text(row["id"], row["half"], None, row["language"], row["text"], ())
        for row in rows("traps")
    ]


def statement_of(row: Mapping[str, str]) -> Statement:
    return Statement(
        float(row["amount_min"]) if row["amount_min"] else None,
        float(row["amount_max"]) if row["amount_max"] else None,
        row["currency"] or None,
        row["period"] or None,
    )


def _grouped(
    found: list[dict[str, str]], *names: str
) -> Iterator[tuple[tuple[str, ...], list[dict[str, str]]]]:
    groups: dict[tuple[str, ...], list[dict[str, str]]] = defaultdict(list)
    for row in found:
        groups[tuple(row[name] for name in names)].append(row)
    yield from groups.items()
