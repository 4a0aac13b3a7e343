"""Which format a file has, by what it begins with, and its table. Packed files are unpacked first,
within limits."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingestion.files.mapping import Mapping
from ingestion.files.table import FileUnreadable, Table, suffixes

TEXT = (".csv", ".tsv", ".txt", ".tab", ".psv")
SHEETS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
DOCUMENTS = (".json", ".jsonl", ".ndjson")
PAGES = (".html", ".htm", ".xhtml", ".mhtml", ".mht")
PARQUET = (".parquet", ".pq")
#: Endings of files that are read; each also with .gz behind it.
ENDINGS = (*TEXT, *SHEETS, *DOCUMENTS, *PAGES, *PARQUET)
#: Bytes that a packed file may unpack to, and how many times its own size.
MAX_UNPACKED = 4_000_000_000
MAX_RATIO = 300
_CHUNK = 1_000_000


def is_readable(name: str) -> bool:
    """Whether a file of that name is of a kind that is read."""
    return suffixes(Path(name))[0] in ENDINGS


@contextmanager
def open_table(
    file: Path, mapping: Mapping | None, work: Path, *, careful: bool = False
) -> Iterator[Table]:
    """The table in a file, for the length of a block. `work` is a folder for what is unpacked.

    Raises FileUnreadable. Without a mapping everything is found.
    """
    ending, _ = suffixes(file)
    unpacked: Path | None = None
    try:
        if _begins(file, b"\x1f\x8b"):
            unpacked = _unpack(file, work)
        yield _table(unpacked or file, ending, mapping, careful=careful)
    except OSError as error:
        raise FileUnreadable(f"unreadable: {error.strerror or error}") from None
    finally:
        if unpacked is not None:
            unpacked.unlink(missing_ok=True)


def _table(file: Path, ending: str, mapping: Mapping | None, *, careful: bool) -> Table:
    if file.stat().st_size == 0:
        raise FileUnreadable("empty: the file holds nothing")
    if _begins(file, b"PAR1"):
        from ingestion.files.columnar import ParquetTable

        return ParquetTable(file)
    if ending in PARQUET:
        raise FileUnreadable("not_parquet: the file does not begin as one")
    if _begins(file, b"PK\x03\x04") or _begins(file, b"\xd0\xcf\x11\xe0") or ending in SHEETS:
        from ingestion.files.sheets import SheetTable

        if ending not in SHEETS:
            raise FileUnreadable(f"not_{ending.lstrip('.') or 'text'}: it is an archive or a sheet")
        return SheetTable(
            file, mapping.sheet if mapping else None, mapping.header if mapping else 1
        )
    if ending in PAGES:
        from ingestion.files.pages import PageTable

        return PageTable(file)
    if ending in DOCUMENTS:
        from ingestion.files.documents import JsonTable

        return JsonTable(file, mapping.records if mapping else None)
    from ingestion.files.delimited import DelimitedTable

    return DelimitedTable(file, mapping, careful=careful)


def _begins(file: Path, mark: bytes) -> bool:
    with file.open("rb") as stream:
        return stream.read(len(mark)) == mark


def _unpack(file: Path, work: Path) -> Path:
    work.mkdir(parents=True, exist_ok=True)
    target = work / f"unpacked_{file.name.removesuffix('.gz')[-80:]}"
    size, most = 0, max(50_000_000, file.stat().st_size * MAX_RATIO)
    try:
        with gzip.open(file) as packed, target.open("wb") as plain:
            while chunk := packed.read(_CHUNK):
                size += len(chunk)
                if size > min(most, MAX_UNPACKED):
                    raise FileUnreadable(
                        f"bomb: {file.stat().st_size:,} packed bytes unpack to more than {size:,}"
                    )
                plain.write(chunk)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        target.unlink(missing_ok=True)
        raise FileUnreadable(f"not_gzip: {error}") from None
    except FileUnreadable:
        target.unlink(missing_ok=True)
        raise
    return target
