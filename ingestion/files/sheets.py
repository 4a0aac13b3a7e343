"""Spreadsheets (XLSX, XLS, XLSB, ODS): one sheet as text, formula cells by their value.

The library holds a sheet in memory, and a small file can name a cell at the far end of a sheet: it
reads in a process of its own whose memory is limited, and what it reads comes back as Arrow.
"""

from __future__ import annotations

import datetime as dt
import resource
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from ingestion.files.table import BATCH_ROWS, Batch, FileUnreadable, distinct, texts

#: Bytes that a workbook may unpack to, and how many times its own size.
MAX_UNPACKED = 600_000_000
MAX_RATIO = 200
#: Memory of the process that reads, bytes of address space; and how long it may take.
MEMORY = 2_000_000_000
SECONDS = 300
_SAYS = "sheet: "


class SheetTable:
    """See `Table`. Lines are those of the sheet."""

    is_loose = False

    def __init__(self, file: Path, sheet: str | int | None, header: int) -> None:
        _refuse_bombs(file)
        self._folder = tempfile.TemporaryDirectory(prefix="sheet_")
        self._arrow = Path(self._folder.name) / "sheet.arrow"
        chosen = "" if sheet is None else str(sheet)
        try:
            done = subprocess.run(
                [sys.executable, "-m", __name__, str(file), str(self._arrow), chosen, str(header)],
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise FileUnreadable(f"too_slow: not read within {SECONDS} seconds") from None
        if done.returncode != 0:
            said = [line for line in done.stderr.splitlines() if line.startswith(_SAYS)]
            if said:
                raise FileUnreadable(said[-1].removeprefix(_SAYS)[:300])
            # Out of memory, or the library gave up: it ended without a word of ours.
            raise FileUnreadable(
                f"too_big: the sheet cannot be read in {MEMORY // 1_000_000:,} MB; save it as CSV"
            )
        with pa.OSFile(str(self._arrow)) as stored:
            schema = pa.ipc.open_file(stored).schema
        self.columns = tuple(name for name in schema.names[1:])
        facts = {key.decode(): value.decode() for key, value in (schema.metadata or {}).items()}
        self._rows = int(facts.pop("rows"))
        self.facts: dict[str, Any] = {"format": "sheet", **facts}

    def batches(self) -> Iterator[Batch]:
        with pa.memory_map(str(self._arrow)) as stored:
            reader = pa.ipc.open_file(stored)
            done = 0
            for position in range(reader.num_record_batches):
                read = reader.get_batch(position)
                done += read.num_rows
                lines, *arrays = read.columns
                yield Batch(
                    lines,
                    dict(zip(self.columns, arrays, strict=True)),
                    share=done / max(1, self._rows),
                )


def _refuse_bombs(file: Path) -> None:
    if not zipfile.is_zipfile(file):
        return
    try:
        with zipfile.ZipFile(file) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
    except zipfile.BadZipFile as error:
        raise FileUnreadable(f"not_a_sheet: {error}") from None
    size = max(1, file.stat().st_size)
    if unpacked > MAX_UNPACKED or (unpacked > 20_000_000 and unpacked / size > MAX_RATIO):
        raise FileUnreadable(
            f"bomb: {size:,} bytes that unpack to {unpacked:,}; at most "
            f"{MAX_UNPACKED:,} and {MAX_RATIO} times are read"
        )


def _cell(value: Any) -> str | None:
    """A cell as text: whole numbers without a point, times by ISO 8601, nothing as null."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        text = value.isoformat()
        return text.removesuffix("T00:00:00")
    return str(value)


def _read(file: str, target: str, sheet: str, header: int) -> None:
    """What the child process does: a sheet into an Arrow file, lines in the first column."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(file)
        names = book.sheet_names
        if not names:
            raise FileUnreadable("empty: the workbook has no sheet")
        chosen = sheet or names[0]
        if chosen not in names and chosen.isdigit() and 1 <= int(chosen) <= len(names):
            chosen = names[int(chosen) - 1]
        if chosen not in names:
            raise FileUnreadable(f"no_sheet: {chosen!r}; the file has {', '.join(names)[:200]}")
        found = book.get_sheet_by_name(chosen)
        start = found.start
        rows = found.iter_rows()
        first = (start[0] if start else 0) + 1
        rows_left = ((number, row) for number, row in enumerate(rows, start=first))
        columns: tuple[str, ...] | None = None
        for number, row in rows_left:
            if number >= header and any(_cell(cell) for cell in row):
                columns = distinct([_cell(cell) or "" for cell in row])
                break
        if columns is None:
            raise FileUnreadable(f"empty: sheet {chosen!r} has no header")
        _write(target, columns, chosen, rows_left)
    except CalamineError as error:
        raise FileUnreadable(f"not_a_sheet: {' '.join(str(error).split())[:200]}") from None


def _write(target: str, columns: tuple[str, ...], sheet: str, rows: Any) -> None:
    table = [(number, [_cell(cell) for cell in row]) for number, row in rows]
    kept = [(number, row) for number, row in table if any(cell is not None for cell in row)]
    schema = pa.schema(
        [pa.field("", pa.int64()), *(pa.field(name, pa.string()) for name in columns)],
        metadata={"sheet": sheet, "rows": str(len(kept))},
    )
    with pa.OSFile(target, "wb") as stored, pa.ipc.new_file(stored, schema) as writer:
        for start in range(0, len(kept), BATCH_ROWS):
            part = kept[start : start + BATCH_ROWS]
            numbers = pa.array([number for number, _ in part], pa.int64())
            arrays = [texts(values) for values in zip(*(row for _, row in part), strict=True)]
            writer.write_batch(pa.record_batch([numbers, *arrays], schema=schema))


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        _read(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
    except FileUnreadable as why:
        sys.stderr.write(f"{_SAYS}{why}\n")
        sys.exit(1)
