"""Delimited text line by line: the careful way, which tells apart every line that is no row.

Python's reader and not DuckDB's or Arrow's, as a refusal has to name its line and must not cost the
lines behind it.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ingestion.files.table import MAX_LINE, BadLine, FileUnreadable, distinct

#: Lines that a quoted cell may span: beyond, a quote was left open.
MAX_LINES = 1_000
_UNDECODED = re.compile("[\udc80-\udcff]")

csv.field_size_limit(MAX_LINE)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file, its cells in the order of the columns."""

    line: int
    cells: list[str]
    #: Some bytes were no text in the file's encoding; they are shown as `\\xNN`.
    is_undecoded: bool = False


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


class LineReader:
    """An open delimited file: its columns, and its rows by iteration."""

    def __init__(self, stream: Iterator[str], delimiter: str, header: int = 1) -> None:
        self._lines = _Lines(stream)
        for _ in range(header - 1):
            next(self._lines, None)
        self._lines.taken.clear()
        self._reader = csv.reader(self._lines, delimiter=delimiter, strict=True)
        try:
            names = next(self._reader)
            while not any(name.strip() for name in names):
                self._lines.taken.clear()
                names = next(self._reader)
        except StopIteration:
            raise FileUnreadable("empty: the file has no header") from None
        except (csv.Error, _LongRowError) as error:
            raise FileUnreadable(f"bad_header: {error or 'a quote is left open'}") from None
        if any("\0" in name for name in names):
            raise FileUnreadable("not_text: the header holds zero bytes")
        self.columns = distinct([shown(name) for name in names])
        #: Lines up to the end of the header, and whether that is one line by itself.
        self.header_end = self._lines.number
        self.is_plain_header = len(self._lines.taken) == 1

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
                yield BadLine(start, shown(first), f"bad_quotes: {error or 'a quote left open'}")
                continue
            if not cells:
                continue
            if len(cells) > width and not any(cells[width:]):
                cells = cells[:width]
            if len(cells) != width:
                text = shown("".join(self._lines.taken))
                yield BadLine(start, text, f"columns: {len(cells)} instead of {width}")
                continue
            is_undecoded = any(_UNDECODED.search(line) for line in self._lines.taken)
            if is_undecoded:
                cells = [_marked(cell) for cell in cells]
            yield Row(start, cells, is_undecoded)


def _marked(text: str) -> str:
    """Bytes that are no text as `\\xNN`."""
    return _UNDECODED.sub(lambda byte: f"\\x{ord(byte[0]) - 0xDC00:02x}", text)


def shown(text: str) -> str:
    """Text without line end, bytes that are no text as `\\xNN`."""
    return _marked(text.rstrip("\r\n"))


@contextmanager
def open_lines(file: Path, delimiter: str, encoding: str, header: int) -> Iterator[LineReader]:
    """Open a delimited file for the length of a block. Raises FileUnreadable, also while read."""
    try:
        with file.open(encoding=encoding, errors="surrogateescape", newline="") as stream:
            yield LineReader(iter(stream), delimiter, header)
    except UnicodeError as error:
        raise FileUnreadable(f"undecodable: {error}") from None
    except OSError as error:
        raise FileUnreadable(f"unreadable: {error.strerror}") from None
