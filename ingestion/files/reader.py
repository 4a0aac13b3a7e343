"""CSV files as a stream of rows. What cannot be read as a row is told apart, line by line.

Python's reader and not DuckDB's, as every row and every refusal has to name the line it came from,
and files come in encodings that DuckDB reads by an extension only.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ingestion.errors import WagehouseError

#: Characters of one cell, and lines that a quoted cell may span: beyond, a quote was left open.
MAX_CELL = 10_000_000
MAX_LINES = 1_000
_UNDECODED = re.compile("[\udc80-\udcff]")

csv.field_size_limit(MAX_CELL)


class FileUnreadable(WagehouseError):  # noqa: N818 - the name tells what happened
    """A file cannot be read as CSV; a code, a colon, words."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file by column. line: where it starts, the header being line 1."""

    line: int
    cells: dict[str, str]
    #: Some bytes were no text in the file's encoding; they are carried as lone surrogates.
    is_undecoded: bool = False


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no row of this file."""

    line: int
    text: str
    reason: str


class _LongRowError(Exception):
    pass


class _Lines:
    """Physical lines, of which some can be given back."""

    def __init__(self, stream: Iterator[str]) -> None:
        self._stream = stream
        self._back: deque[str] = deque()
        self.taken: list[str] = []
        #: Number of the last line that was given out.
        self.number = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MAX_LINES:
            raise _LongRowError
        line = self._back.popleft() if self._back else next(self._stream)
        self.taken.append(line)
        self.number += 1
        return line

    def give_back(self) -> str:
        """Give back all lines of the current row but its first, which is returned."""
        first, *rest = self.taken
        self._back.extendleft(reversed(rest))
        self.number -= len(rest)
        return first


def sha256_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _distinct(names: list[str]) -> list[str]:
    """Column names without blanks around them; a name that comes again gets a number."""
    found: list[str] = []
    for position, name in enumerate(names, start=1):
        base = " ".join(name.split()) or f"column_{position}"
        tried, number = base, 1
        while tried in found:
            number += 1
            tried = f"{base}_{number}"
        found.append(tried)
    return found


class CsvFile:
    """An open CSV file: its columns, and its rows by iteration."""

    def __init__(self, stream: Iterator[str], delimiter: str) -> None:
        self._lines = _Lines(stream)
        self._reader = csv.reader(self._lines, delimiter=delimiter, strict=True)
        try:
            header = next(self._reader)
            while not header:
                header = next(self._reader)
        except StopIteration:
            raise FileUnreadable("empty: the file has no header") from None
        except (csv.Error, _LongRowError) as error:
            raise FileUnreadable(f"bad_header: {error or 'a quote is left open'}") from None
        if any("\0" in name for name in header):
            raise FileUnreadable("not_csv: the header holds zero bytes; is it text, and UTF-8?")
        self.columns = _distinct(header)

    def __iter__(self) -> Iterator[Row | BadLine]:
        width = len(self.columns)
        while True:
            self._lines.taken.clear()
            start = self._lines.number + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except (csv.Error, _LongRowError) as error:
                # The lines that an open quote swallowed are read again, each for itself.
                first = self._lines.give_back()
                yield BadLine(start, _shown(first), f"bad_quotes: {error or 'a quote left open'}")
                continue
            if not cells:
                continue
            if len(cells) > width and not any(cells[width:]):
                cells = cells[:width]
            if len(cells) != width:
                text = _shown("".join(self._lines.taken))
                yield BadLine(start, text, f"columns: {len(cells)} instead of {width}")
                continue
            is_undecoded = any(_UNDECODED.search(line) for line in self._lines.taken)
            yield Row(start, dict(zip(self.columns, cells, strict=True)), is_undecoded)


def _shown(text: str) -> str:
    """Text without line end, bytes that are no text as `\\xNN`."""
    return _UNDECODED.sub(lambda byte: f"\\x{ord(byte[0]) - 0xDC00:02x}", text.rstrip("\r\n"))


@contextmanager
def open_csv(file: Path, delimiter: str, encoding: str) -> Iterator[CsvFile]:
    """Open a CSV file for the length of a block. Raises FileUnreadable, also while it is read."""
    if encoding.lower().replace("_", "-") in ("utf-8", "utf8"):
        encoding = "utf-8-sig"
    try:
        with (
            file.open("rb") as raw,
            io.TextIOWrapper(raw, encoding, errors="surrogateescape", newline="") as stream,
        ):
            yield CsvFile(iter(stream), delimiter)
    except UnicodeError as error:
        raise FileUnreadable(f"undecodable: {error}") from None
    except OSError as error:
        raise FileUnreadable(f"unreadable: {error.strerror}") from None
