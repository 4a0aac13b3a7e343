"""Raw as Parquet files on a path, a folder or a bucket: `<path>/<table>/*.parquet`, nothing deeper.

Files come by dlt, each whole (`ingestion.landing.path_destination`). They are read as Arrow
datasets, which need no more of a bucket than fsspec gives; of 200,000 records the columns that tell
versions apart are read in 0.3 s. Names that begin with an underscore or a dot are no tables.
"""

from __future__ import annotations

import re
import shutil
import uuid
from collections.abc import Generator, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from dlt.common.configuration.resolve import resolve_configuration
from dlt.common.storages import FilesystemConfiguration, fsspec_from_config

from ingestion.errors import LoadFailed, RawInTwoPlaces, RawUnreadable, WagehouseError, one_line
from ingestion.landing import swap, warehouse
from ingestion.landing.duckdb_store import base_tables, drop
from ingestion.landing.path_destination import LAYOUT, UNFINISHED, PathDestination, flush, give_name
from ingestion.landing.store import BATCH_ROWS, PIPELINE, check_rows, columns_of, listed_columns
from ingestion.landing.tables import is_raw_table
from ingestion.settings import Settings

#: Folder for what is not yet, or no more, part of a table.
WORK = "_work"
#: The file of a table that came from elsewhere.
CARRIED = "carried.parquet"
_FAILURES = (OSError, pa.ArrowException, duckdb.InvalidInputException, duckdb.IOException)
#: Packages of the clients of buckets, and of dlt's reading of their credentials.
_CLIENTS = ("botocore.", "aiobotocore.", "s3fs.", "gcsfs.", "adlfs.", "azure.", "google.", "dlt.")


class PathStore:
    """See `Store`. `url` is an absolute folder or the URL of a folder in a bucket."""

    def __init__(self, url: str, settings: Settings) -> None:
        settings.prepare_dlt()
        self.name = url
        self._warehouse = settings.warehouse
        self._spill = settings.state / "spill"
        self._parent, _, self.dataset = url.rpartition("/")
        with self._reading(ImportError, ValueError):
            self.filesystem, self._root = _filesystem(url)
        #: The folder, where it is one of this machine.
        self.folder = Path(self._root) if _is_local(url) else None

    def destination(self) -> Any:
        return PathDestination(
            bucket_url=self._parent or "/", layout=LAYOUT, destination_name="filesystem"
        )

    def files(self) -> dict[str, list[str]]:
        """The files of every table that has any, in alphabetical order."""
        with self._reading():
            self.filesystem.invalidate_cache()
            try:
                found = self.filesystem.find(self._root)
            except FileNotFoundError:
                return {}
        tables: dict[str, list[str]] = {}
        for path in sorted(found):
            table, _, name = path.removeprefix(self._root).strip("/").partition("/")
            if is_raw_table(table) and re.fullmatch(r"[^._/][^/]*\.parquet", name):
                tables.setdefault(table, []).append(path)
        return tables

    def is_empty(self) -> bool:
        return not self.files()

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        files = self.files()
        with duckdb.connect() as connection, self._reading():
            connection.execute("set TimeZone = 'UTC'")
            connection.execute(f"set temp_directory = {_quoted(str(self._spill))}")
            connection.execute("create schema raw")
            for table, paths in files.items():
                connection.register(f"files_of_{table}", self._dataset(table, paths))
                connection.execute(f"create view raw.{table} as select * from files_of_{table}")
            yield connection

    def rows(self) -> dict[str, int]:
        with self._reading():
            counts = {
                table: self._dataset(table, paths).count_rows()
                for table, paths in self.files().items()
            }
        return {table: count for table, count in counts.items() if count}

    def prepare(self, tables: Iterable[str]) -> None:
        """A table is there when a file of it is."""

    def loaded(self) -> set[str]:
        with self._reading():
            self.filesystem.invalidate_cache()
            try:
                notes = self.filesystem.ls(f"{self._root}/_dlt_loads", detail=False)
            except FileNotFoundError:
                return set()
        stems = (path.rpartition("/")[2].removesuffix(".jsonl") for path in notes)
        return {stem.removeprefix(f"{PIPELINE}__") for stem in stems if not stem.startswith(".")}

    def check_writable(self) -> None:
        trial = f"{self._root}/{WORK}/trial_{uuid.uuid4().hex}"
        with _told(LoadFailed, f"Nothing can be written to {self.name}"):
            self.filesystem.makedirs(f"{self._root}/{WORK}", exist_ok=True)
            self.filesystem.pipe_file(trial, b"trial")
            self.filesystem.rm_file(trial)

    # -- what the warehouse shows ------------------------------------------------------------------

    def show(self) -> None:
        self._show()

    def show_instead(self, table: str) -> None:
        self._show(table)

    def register(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let a connection read the views of a bucket; those of a folder need nothing."""
        if self.folder is None:
            connection.register_filesystem(self.filesystem)

    def _show(self, received: str | None = None) -> None:
        """Views of all tables that have files, in one step. Tables of the warehouse without rows go
        (dbt makes empty views in their place), and so does the one that was received."""
        files = self.files()
        with warehouse.connect(self._warehouse) as connection:
            self.register(connection)
            connection.begin()
            connection.execute("create schema if not exists raw")
            for table, rows in base_tables(connection).items():
                if not rows or table == received:
                    drop(connection, table)
                elif table in files:
                    raise RawInTwoPlaces(
                        f"{self._warehouse} and {self.name} both hold raw.{table}: "
                        "empty one of the two."
                    )
            for table in files:
                drop(connection, table)
                connection.execute(f"create view raw.{table} as {self.view(table)}")
            connection.commit()

    def view(self, table: str) -> str:
        """The query by which DuckDB reads a table that has files."""
        where = self._root if self.folder is not None else self.name
        files = _quoted(f"{where}/{table}/*.parquet")
        return (
            f"select {listed_columns(table)} from read_parquet({files}, hive_partitioning = false)"
        )

    # -- whole tables ------------------------------------------------------------------------------

    def can_replace(self) -> bool:
        return self.folder is not None and swap.can_swap(self._work())

    def replace(
        self, connection: duckdb.DuckDBPyConnection, table: str, gone: str, added: str
    ) -> None:
        if self.folder is None:
            raise RuntimeError(f"{self.name} is a bucket, whose tables are only added to")
        columns = listed_columns(table)
        found = connection.execute(
            f"select {columns} from raw.{table} where ({gone}) is not true"
            f" union all select {columns} from ({added})"
        )
        fresh = self._work() / table
        fresh.mkdir()
        file = fresh / f"{uuid.uuid4().hex}.parquet"
        with self._changing(table):
            self._write(file, table, _batches(found))
            flush(file)
        if not swap.swap(fresh, self.folder / table):
            raise RawUnreadable(f"{self.folder / table} could not be replaced: nothing was done.")
        shutil.rmtree(fresh)

    def read(self, table: str) -> Generator[pa.RecordBatch]:
        # Not through DuckDB, which would hold the whole table.
        with self._reading():
            dataset = self._dataset(table, self.files()[table])
            yield from dataset.to_batches(
                batch_size=BATCH_ROWS, batch_readahead=1, fragment_readahead=1
            )

    def receive(self, table: str, batches: Iterator[pa.RecordBatch], rows: int) -> None:
        with self._changing(table):
            if self.folder is not None:
                part = self._work() / f"{table}{UNFINISHED}"
                check_rows(table, rows, self._write(part, table, batches))
                target = self.folder / table / CARRIED
                target.parent.mkdir(parents=True, exist_ok=True)
                give_name(part, target)
                return
            # An object appears when it is complete, so what is counted is not yet in its place.
            part_object = f"{self._root}/{WORK}/{table}{UNFINISHED}"
            self.filesystem.makedirs(f"{self._root}/{WORK}", exist_ok=True)
            check_rows(table, rows, self._write(part_object, table, batches))
            self.filesystem.makedirs(f"{self._root}/{table}", exist_ok=True)
            self.filesystem.mv(part_object, f"{self._root}/{table}/{CARRIED}")

    def give_up(self, table: str) -> None:
        with self._changing(table):
            if self.folder is None:
                for path in self.files().get(table, []):
                    self.filesystem.rm_file(path)
            elif (self.folder / table).exists():
                # Out of sight in one step, then away.
                gone = self._work() / table
                (self.folder / table).rename(gone)
                shutil.rmtree(gone)

    def _write(self, to: Path | str, table: str, batches: Iterator[pa.RecordBatch]) -> int:
        """Write one Parquet file; returns its rows."""
        columns, rows = columns_of(table), 0
        with (
            self.filesystem.open(str(to), "wb") as file,
            pq.ParquetWriter(file, columns, compression="zstd") as writer,
        ):
            for batch in batches:
                writer.write_batch(batch.cast(columns), row_group_size=BATCH_ROWS)
                rows += batch.num_rows
        return rows

    def _work(self) -> Path:
        """An empty folder on the path for what no reader takes."""
        if self.folder is None:
            raise RuntimeError(f"{self.name} is no folder of this machine")
        work = self.folder / WORK
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        return work

    def _dataset(self, table: str, paths: list[str]) -> Any:
        filesystem = None if self.folder is not None else self.filesystem
        return ds.dataset(paths, schema=columns_of(table), format="parquet", filesystem=filesystem)

    def _reading(self, *others: type[Exception]) -> AbstractContextManager[None]:
        return _told(RawUnreadable, f"The raw files at {self.name} cannot be read", *others)

    def _changing(self, table: str) -> AbstractContextManager[None]:
        return _told(LoadFailed, f"raw.{table} at {self.name} cannot be changed")


@contextmanager
def _told(kind: type[WagehouseError], words: str, *others: type[Exception]) -> Iterator[None]:
    """Whatever file systems raise in the block, as one line for the user."""
    try:
        yield
    except Exception as error:
        # The errors of a bucket's client share no base class. DuckDB hands on Arrow's as its
        # invalid input.
        is_client = type(error).__module__.startswith(_CLIENTS)
        if not is_client and not isinstance(error, (*_FAILURES, *others)):
            raise
        raise kind(f"{words}: {one_line(error)}") from error


def _is_local(url: str) -> bool:
    return "://" not in url or url.startswith(("file://", "local://"))


def _filesystem(url: str) -> tuple[Any, str]:
    """fsspec's file system of a folder or bucket, with the credentials that dlt loads with."""
    configuration = FilesystemConfiguration(bucket_url=url)
    resolved = resolve_configuration(configuration, sections=("destination", "filesystem"))
    filesystem, root = fsspec_from_config(resolved)
    return filesystem, str(root).rstrip("/")


def _batches(found: duckdb.DuckDBPyConnection) -> Iterator[pa.RecordBatch]:
    yield from found.to_arrow_reader(BATCH_ROWS)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
