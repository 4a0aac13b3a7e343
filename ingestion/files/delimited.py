"""Delimited text: by Arrow's streaming reader where the file is in order, else line by line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv

from ingestion.files.lines import LineReader, Row, open_lines
from ingestion.files.mapping import Mapping
from ingestion.files.survey import (
    Survey,
    delimiter_of,
    encoding_of,
    has_stray_quotes,
    survey,
)
from ingestion.files.table import BATCH_ROWS, BadLine, Batch, FileUnreadable, Troubled, texts

#: Bytes of text that Arrow reads at once.
BLOCK = 4_000_000


class DelimitedTable:
    """See `Table`. `careful`: line by line from the start."""

    is_loose = False

    def __init__(self, file: Path, mapping: Mapping | None, *, careful: bool = False) -> None:
        self._file = file
        found = survey(file)
        if found.size == 0:
            raise FileUnreadable("empty: the file has no header")
        self._survey = found
        self._header = mapping.header if mapping else 1
        given = mapping.encoding if mapping else None
        self._encoding = _with_bom(given, found) if given else encoding_of(found)
        if b"\0" in found.start and not self._encoding.startswith(("utf-16", "utf_16", "utf-32")):
            raise FileUnreadable("not_text: the file holds zero bytes")
        self._delimiter = (mapping.delimiter if mapping else None) or delimiter_of(
            found.start, self._encoding, self._header
        )
        with self._lines() as reader:
            self.columns = reader.columns
            self._header_end = reader.header_end
            plain_header = reader.is_plain_header
        self._is_quick = not careful and plain_header and self._is_in_order(found)
        self.facts: dict[str, Any] = {
            "format": "csv",
            "encoding": self._encoding.removesuffix("-sig"),
            "delimiter": self._delimiter,
        }

    def _lines(self) -> Any:
        return open_lines(self._file, self._delimiter, self._encoding, self._header)

    def _is_in_order(self, found: Survey) -> bool:
        utf8 = self._encoding in ("utf-8", "utf-8-sig")
        return (
            found.is_plain
            and (found.is_utf8 if utf8 else self._encoding.startswith("cp"))
            and not (found.has_quotes and has_stray_quotes(self._file, self._delimiter))
        )

    def batches(self) -> Iterator[Batch]:
        return self._quick() if self._is_quick else self._careful()

    def _quick(self) -> Iterator[Batch]:
        try:
            reader = pv.open_csv(
                self._file,
                read_options=pv.ReadOptions(
                    block_size=BLOCK,
                    column_names=list(self.columns),
                    skip_rows=self._header_end,
                    encoding=self._encoding.removesuffix("-sig"),
                ),
                parse_options=pv.ParseOptions(
                    delimiter=self._delimiter, newlines_in_values=self._survey.has_quotes
                ),
                convert_options=pv.ConvertOptions(
                    column_types=dict.fromkeys(self.columns, pa.string()), strings_can_be_null=False
                ),
            )
        except (pa.ArrowInvalid, UnicodeError) as error:
            if str(error).startswith("Empty CSV"):
                return
            raise Troubled(str(error)) from None
        line, rows = self._header_end + 1, 0
        with reader:
            while True:
                try:
                    read = reader.read_next_batch()
                except StopIteration:
                    break
                except (pa.ArrowInvalid, UnicodeError) as error:
                    raise Troubled(str(error)) from None
                cells = dict(zip(self.columns, read.columns, strict=True))
                starts, line = _starts(cells, line, read.num_rows, self._survey.has_quotes)
                rows += read.num_rows
                done = min(1.0, line / max(1, self._survey.newlines))
                yield Batch(starts, cells, share=done)
        if line - 1 not in (self._survey.newlines, self._survey.newlines + 1):
            raise Troubled("lines that are no rows")

    def _careful(self) -> Iterator[Batch]:
        with self._lines() as reader:
            rows = iter(reader)
            while taken := list(islice(rows, BATCH_ROWS)):
                yield self._batch(reader, taken)

    def _batch(self, reader: LineReader, taken: list[Row | BadLine]) -> Batch:
        good = [row for row in taken if isinstance(row, Row)]
        columns = zip(*(row.cells for row in good), strict=True) if good else ()
        cells = {
            name: texts(values)
            for name, values in zip(
                reader.columns, columns or ((),) * len(reader.columns), strict=True
            )
        }
        return Batch(
            pa.array([row.line for row in good], pa.int64()),
            cells,
            bad=[row for row in taken if isinstance(row, BadLine)],
            flaws={
                position: f"undecodable_bytes: the line is no {self.facts['encoding']}"
                for position, row in enumerate(good)
                if row.is_undecoded
            },
            share=min(1.0, taken[-1].line / max(1, self._survey.newlines)),
        )


def _with_bom(encoding: str, found: Survey) -> str:
    is_utf8 = encoding.lower().replace("_", "-") in ("utf-8", "utf8")
    return "utf-8-sig" if is_utf8 and found.bom == "utf-8-sig" else encoding


def _starts(
    cells: dict[str, pa.StringArray], line: int, length: int, has_quotes: bool
) -> tuple[pa.Int64Array, int]:
    """The line where each row begins, and the one after the last."""
    plain = pa.array(range(line, line + length), pa.int64())
    if not has_quotes:
        return plain, line + length
    within: Any = None
    for array in cells.values():
        if pc.any(pc.match_substring(array, "\n")).as_py():
            count = pc.cast(pc.count_substring(array, "\n"), pa.int64())
            within = count if within is None else pc.add(within, count)
    if within is None:
        return plain, line + length
    before = pc.subtract(pc.cumulative_sum(within), within)
    return pc.add(plain, before), line + length + int(pc.sum(within).as_py())
