"""JSON and JSON lines: one or several documents, a list of records at the top or within them.

Read as a stream: JSON lines a line at a time, all else by an incremental parser.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any

import orjson
import pyarrow as pa

from ingestion.files.survey import encoding_of, survey
from ingestion.files.table import (
    BATCH_ROWS,
    MAX_LINE,
    BadLine,
    Batch,
    FileUnreadable,
    distinct,
    texts,
)
from ingestion.landing.canonical import dumps, show

#: Parsing events within which the place of the records has to show, and records that name columns.
LOOK = 200_000
NAMING = 1_000
#: Fewer rows of a batch than elsewhere: a record may hold a whole description.
ROWS = BATCH_ROWS // 4

Record = tuple[int, dict[str, Any]]


class JsonTable:
    """See `Table`. Lines are those of JSON lines, else the numbers of the records."""

    is_loose = True

    def __init__(self, file: Path, records: str | None) -> None:
        self._file = file
        self._survey = survey_json(file)
        self._encoding = encoding_of(self._survey)
        self._is_lines = records is None and self._looks_like_lines()
        self._prefix = "" if self._is_lines else self._place(records)
        self.facts: dict[str, Any] = {"format": "jsonl" if self._is_lines else "json"}
        if self._prefix:
            self.facts["records"] = self._prefix.removesuffix("item").strip(".")
        names: dict[str, None] = {}
        for found in islice(self._records(), NAMING):
            if not isinstance(found, BadLine):
                names.update(dict.fromkeys(found[1]))
        self.columns = distinct(list(names))

    def batches(self) -> Iterator[Batch]:
        records = self._records()
        done = 0
        while taken := list(islice(records, ROWS)):
            done += len(taken)
            share = done / max(done, self._survey.newlines) if self._is_lines else 0.5
            yield batch_of(taken, share)

    @contextmanager
    def _stream(self) -> Iterator[IO[bytes]]:
        with self._file.open("rb") as stream:
            if self._encoding == "utf-8-sig":
                stream.seek(3)
            if self._encoding.startswith("utf-8"):
                yield stream
            else:
                yield codecs.EncodedFile(stream, "utf-8", self._encoding)

    def _records(self) -> Iterator[Record | BadLine]:
        return self._by_line() if self._is_lines else self._by_event()

    def _looks_like_lines(self) -> bool:
        """Whether the first line is an object by itself, and another line follows."""
        with self._stream() as stream:
            lines = (line for line in iter(lambda: stream.readline(MAX_LINE + 1), b""))
            filled = (line for line in lines if line.strip())
            first, second = next(filled, b""), next(filled, b"")
        try:
            is_object = isinstance(orjson.loads(first), dict)
        except ValueError:
            # A first line that is none, among others that are.
            is_object = first.lstrip()[:1] == b"{" and _is_object(second)
        ending = self._file.name.lower().removesuffix(".gz").rpartition(".")[2]
        return is_object and (bool(second) or ending in ("jsonl", "ndjson"))

    def _by_line(self) -> Iterator[Record | BadLine]:
        with self._stream() as stream:
            number = 0
            while line := stream.readline(MAX_LINE + 1):
                number += 1
                if len(line) > MAX_LINE:
                    raise FileUnreadable(
                        f"long_line: line {number:,} has more than {MAX_LINE:,} bytes"
                    )
                if not line.strip():
                    continue
                try:
                    value = orjson.loads(line)
                except ValueError as error:
                    text = line.decode("utf-8", "backslashreplace").rstrip("\r\n")
                    yield BadLine(number, text, f"not_json: {error}")
                    continue
                yield record_of(number, value)

    def _place(self, records: str | None) -> str:
        """Where the records stand, as the parser names it: `item`, `results.item`, or nothing."""
        if records:
            return f"{records.strip('.')}.item"
        import ijson

        documents, within, before = 0, "", ("", "")
        with self._stream() as stream:
            try:
                for prefix, event, _ in islice(ijson.parse(stream, multiple_values=True), LOOK):
                    if prefix == "" and event == "start_array":
                        return "item"
                    documents += prefix == "" and event == "start_map"
                    if documents > 1:
                        return ""
                    if event == "start_map" and before[1] == "start_array" and not within:
                        within = prefix if before[0].count(".") < 2 else ""
                    before = (prefix, event)
            except (ijson.JSONError, UnicodeError, ValueError) as error:
                if documents == 0:
                    raise FileUnreadable(f"not_json: {_said(error)}") from None
        return within

    def _by_event(self) -> Iterator[Record | BadLine]:
        import ijson

        number = 0
        with self._stream() as stream:
            found = ijson.items(stream, self._prefix, multiple_values=True, use_float=True)
            try:
                for number, value in enumerate(found, start=1):
                    yield record_of(number, value)
            except (ijson.JSONError, UnicodeError, ValueError) as error:
                raise FileUnreadable(
                    f"not_json: {_said(error)} (after {number:,} records)"
                ) from None
        if number == 0 and self._prefix not in ("", "item"):
            where = self._prefix.removesuffix(".item")
            raise FileUnreadable(f"no_records: there is no list at {where!r}")


def survey_json(file: Path) -> Any:
    """A look at the file that does not mind long lines: a document may be one."""
    try:
        return survey(file)
    except FileUnreadable:
        with file.open("rb") as stream:
            start = stream.read(4)
        from ingestion.files.survey import Survey

        bom = "utf-8-sig" if start.startswith(codecs.BOM_UTF8) else None
        return Survey(file.stat().st_size, 0, bom, True, False, True, b"", start)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except ValueError:
        return False


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:160]


def record_of(number: int, value: Any) -> Record | BadLine:
    """A record, or why a value is none."""
    if isinstance(value, dict):
        return number, value
    return BadLine(number, show(value)[:MAX_LINE], f"not_an_object: {type(value).__name__}")


def batch_of(taken: Iterable[Record | BadLine], share: float) -> Batch:
    """Records as a batch, with their JSON text beside the cells."""
    found = list(taken)
    records = [item for item in found if not isinstance(item, BadLine)]
    names = list(dict.fromkeys(name for _, record in records for name in record))
    rows = [dumps(record) for _, record in records]
    cells = {
        " ".join(name.split()): _column([record.get(name) for _, record in records])
        for name in names
    }
    return Batch(
        pa.array([number for number, _ in records], pa.int64()),
        cells,
        rows=texts(rows),
        bad=[item for item in found if isinstance(item, BadLine)],
        share=share,
    )


def _column(values: list[Any]) -> pa.StringArray:
    written = [cell(value) for value in values]
    try:
        return texts(written)
    except (UnicodeEncodeError, pa.ArrowInvalid):
        return texts([text and text.encode("utf-8", "replace").decode() for text in written])


def cell(value: Any) -> str | None:
    """A value of JSON as the text of a cell; what is nested stays JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value) if isinstance(value, int | float) else dumps(value)
