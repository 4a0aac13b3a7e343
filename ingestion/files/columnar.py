"""Parquet: columns of any type as text, dates and times by ISO 8601, what is nested as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion.errors import one_line
from ingestion.files.table import BATCH_ROWS, Batch, FileUnreadable, distinct
from ingestion.landing.canonical import dumps


class ParquetTable:
    """See `Table`. Lines are the numbers of the rows."""

    is_loose = False

    def __init__(self, file: Path) -> None:
        try:
            self._parquet = pq.ParquetFile(file)
        except (pa.ArrowException, OSError) as error:
            raise FileUnreadable(f"not_parquet: {one_line(error)}") from None
        self.columns = distinct(self._parquet.schema_arrow.names)
        self._rows = self._parquet.metadata.num_rows
        self.facts: dict[str, Any] = {"format": "parquet"}

    def batches(self) -> Iterator[Batch]:
        done = 0
        try:
            for read in self._parquet.iter_batches(batch_size=BATCH_ROWS):
                arrays = (_as_text(column) for column in read.columns)
                cells = dict(zip(self.columns, arrays, strict=True))
                lines = pa.array(range(done + 1, done + 1 + read.num_rows), pa.int64())
                done += read.num_rows
                yield Batch(lines, cells, share=done / max(1, self._rows))
        except (pa.ArrowException, OSError) as error:
            raise FileUnreadable(f"not_parquet: {one_line(error)}") from None


def _as_text(array: Any) -> pa.StringArray:
    kind = array.type
    if pa.types.is_dictionary(kind):
        return _as_text(array.dictionary_decode())
    if pa.types.is_timestamp(kind):
        return pa.array(
            [None if value is None else value.isoformat() for value in _to_python(array)],
            pa.string(),
        )
    if pa.types.is_floating(kind):
        # 52000.0 is 52000 in every other format.
        return pc.replace_substring_regex(pc.cast(array, pa.string()), r"^(-?\d+)\.0$", r"\1")
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.array(
            [None if value is None else _json(value) for value in array.to_pylist()], pa.string()
        )
    try:
        return pc.cast(array, pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.array(
            [None if value is None else str(value) for value in array.to_pylist()], pa.string()
        )


def _to_python(array: Any) -> list[Any]:
    # Nanoseconds have no Python type without pandas.
    return list(pc.cast(array, pa.timestamp("us", array.type.tz), safe=False).to_pylist())


def _json(value: Any) -> str:
    return dumps(_plain(value))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
