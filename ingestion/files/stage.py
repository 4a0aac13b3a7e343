"""A file read from end to end into Parquet files beside the warehouse, before anything lands.

A file that turns out to be unreadable in its last line has then left nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.files.fields import Reader
from ingestion.files.mapping import Mapping
from ingestion.files.opening import open_table
from ingestion.files.table import BadLine, Batch, Troubled

#: Rows, in the order of the file: `n` from 1.
STAGED = pa.schema(
    {
        "n": pa.int64(),
        "line": pa.int64(),
        "key": pa.string(),
        "fields": pa.string(),
        "row": pa.string(),
    }
)
#: What is wrong: of a row (`n`), or a line that is none (`n` null, `body` its text).
PROBLEMS = pa.schema(
    {
        "n": pa.int64(),
        "line": pa.int64(),
        "field": pa.string(),
        "value": pa.string(),
        "reason": pa.string(),
        "body": pa.string(),
    }
)
#: Rows between two looks at the progress.
PROGRESS = 50_000


@dataclass(slots=True)
class Staged:
    """What was read: two files, and counts. `is_cut`: the row limit stopped it."""

    rows_file: Path
    problems_file: Path
    facts: dict[str, Any] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    rows: int = 0
    bad_lines: int = 0
    flawed: int = 0
    is_cut: bool = False


def stage(
    file: Path,
    mapping: Mapping,
    work: Path,
    progress: Callable[[int, float], None],
    limit: int | None = None,
) -> Staged:
    """Read a file by its mapping. `progress` gets rows and the share of the file that is read.

    Raises FileUnreadable.
    """
    work.mkdir(parents=True, exist_ok=True)
    try:
        return _stage(file, mapping, work, progress, limit, careful=False)
    except Troubled:
        return _stage(file, mapping, work, progress, limit, careful=True)


def _stage(
    file: Path,
    mapping: Mapping,
    work: Path,
    progress: Callable[[int, float], None],
    limit: int | None,
    *,
    careful: bool,
) -> Staged:
    staged = Staged(work / "rows.parquet", work / "problems.parquet")
    shown = 0
    with (
        open_table(file, mapping, work, careful=careful) as table,
        pq.ParquetWriter(
            staged.rows_file,
            STAGED,
            compression="lz4",
            use_dictionary=False,
            write_statistics=False,
        ) as rows,
        pq.ParquetWriter(staged.problems_file, PROBLEMS, compression="lz4") as problems,
    ):
        reader = Reader(mapping, table.columns, is_loose=table.is_loose)
        staged.facts, staged.columns = table.facts, table.columns
        for whole in table.batches():
            batch = whole
            if limit is not None and staged.rows + len(batch.lines) > limit:
                batch, staged.is_cut = _cut(batch, limit - staged.rows), True
            read = reader.read(batch)
            start, length = staged.rows, len(batch.lines)
            rows.write_batch(
                pa.record_batch(
                    [
                        pa.array(range(start + 1, start + length + 1), pa.int64()),
                        batch.lines,
                        read.keys,
                        read.fields,
                        read.rows,
                    ],
                    schema=STAGED,
                )
            )
            found = [
                (start + one.position + 1, batch.lines[one.position].as_py(), one.column,
                 one.value, one.reason, None)
                for one in read.problems
            ]  # fmt: skip
            _write(problems, [*found, *_bad(batch.bad)])
            staged.rows += length
            staged.bad_lines += len(batch.bad)
            staged.flawed += len({one.position for one in read.problems})
            if staged.is_cut:
                break
            if staged.rows - shown >= PROGRESS:
                shown = staged.rows
                progress(staged.rows, batch.share)
    # What the batches held goes back to the system before the next step takes its share.
    pa.default_memory_pool().release_unused()
    return staged


def _bad(lines: Iterable[BadLine]) -> list[tuple[Any, ...]]:
    return [(None, bad.line, None, None, bad.reason, bad.text) for bad in lines]


def _write(writer: pq.ParquetWriter, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        columns = zip(*rows, strict=True)
        arrays = [
            pa.array(values, kind.type) for values, kind in zip(columns, PROBLEMS, strict=True)
        ]
        writer.write_batch(pa.record_batch(arrays, schema=PROBLEMS))


def _cut(batch: Batch, length: int) -> Batch:
    return Batch(
        batch.lines.slice(0, length),
        {name: array.slice(0, length) for name, array in batch.cells.items()},
        None if batch.rows is None else batch.rows.slice(0, length),
        batch.bad,
        {at: reason for at, reason in batch.flaws.items() if at < length},
        batch.share,
    )
