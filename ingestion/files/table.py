"""What every format is read as: batches of rows of text, with the lines that are no rows beside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from ingestion.errors import WagehouseError

#: Columns that a file may have, and bytes of one line (or of one cell).
MAX_COLUMNS = 2_000
MAX_LINE = 10_000_000
#: Rows of a batch that is made row by row.
BATCH_ROWS = 20_000


class FileUnreadable(WagehouseError):  # noqa: N818 - the name tells what happened
    """A file cannot be read; a code, a colon, words."""


class Troubled(WagehouseError):  # noqa: N818 - the name tells what happened
    """The quick way of reading met something that only the careful one can tell apart. What was
    read so far is to be left, and the file begun again."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no row of this file."""

    line: int
    text: str
    reason: str


@dataclass(slots=True)
class Batch:
    """Some rows in the order of the file.

    lines: where each begins (in a file without lines: its number). cells: by column, all of the
    same length, null where there is none. rows: each row as a JSON object where its cells are not
    all of it; else it is made of them. flaws: what is wrong with a row as a whole, by position.
    share: how much of the file is read, from 0 to 1.
    """

    lines: pa.Int64Array
    cells: dict[str, pa.StringArray]
    rows: pa.StringArray | None = None
    bad: Sequence[BadLine] = ()
    flaws: Mapping[int, str] = field(default_factory=dict)
    share: float = 1.0


class Table(Protocol):
    """An open file. `facts` say how it was read: format, encoding, delimiter, sheet."""

    #: In the order of the file, each name once.
    columns: tuple[str, ...]
    #: Whether a record may have columns that are not listed, and lack some that are.
    is_loose: bool
    facts: dict[str, Any]

    def batches(self) -> Iterator[Batch]:
        """All rows. Raises FileUnreadable and Troubled."""


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Column names without blanks around them; a name that comes again gets a number.

    Raises FileUnreadable where there are too many.
    """
    if len(names) > MAX_COLUMNS:
        raise FileUnreadable(f"too_wide: {len(names):,} columns, at most {MAX_COLUMNS:,} are read")
    found: dict[str, None] = {}
    for position, name in enumerate(names, start=1):
        base = " ".join(name.split()) or f"column_{position}"
        tried, number = base, 1
        while tried in found:
            number += 1
            tried = f"{base}_{number}"
        found[tried] = None
    return tuple(found)


def texts(values: Sequence[str | None]) -> pa.StringArray:
    """Texts as Arrow holds them."""
    return pa.array(values, pa.string())


def suffixes(file: Path) -> tuple[str, bool]:
    """The ending of a name in small letters, and whether `.gz` stands behind it."""
    name = file.name.lower()
    is_packed = name.endswith(".gz")
    return Path(name.removesuffix(".gz")).suffix, is_packed
