"""Where raw lies: in the warehouse, or as Parquet files on a path. The landing run does not know.

What differs between the two is this small interface; what is read of raw is SQL over `connect()`,
the same for both (`ingestion.landing.queries`).
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

import duckdb
import pyarrow as pa

from ingestion.errors import RawNotCarried
from ingestion.landing.tables import schema_of

if TYPE_CHECKING:
    from ingestion.settings import Settings

#: Name of dlt's pipeline and of its schema.
PIPELINE = "landing"
DATASET = "raw"
#: Rows that are held at once where whole tables are copied, and rows of a row group.
BATCH_ROWS = 20_000


class Store(Protocol):
    """A place for the raw tables."""

    #: As messages call it.
    name: str
    #: dlt's name for the schema or the folder.
    dataset: str

    def destination(self) -> Any:
        """dlt's destination of this place."""

    def is_empty(self) -> bool:
        """Whether there is no table at all."""

    def connect(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """A connection that shows the tables as they are now in schema raw, for a `with` block.

        Raises WarehouseLocked or RawUnreadable.
        """

    def prepare(self, tables: Iterable[str]) -> None:
        """Be ready to take rows of these tables."""

    def loaded(self) -> set[str]:
        """Ids of the load packages that were loaded whole."""

    def show(self) -> None:
        """Make the warehouse's schema raw show the tables of this place."""

    def check_writable(self) -> None:
        """Raises LoadFailed where nothing can be written now, whatever it is."""

    def can_replace(self) -> bool:
        """Whether rows of a table can be replaced in one step for everybody who reads."""

    def replace(
        self, connection: duckdb.DuckDBPyConnection, table: str, gone: str, added: str
    ) -> None:
        """In one step, take out the rows of a table for which the condition `gone` holds and put in
        those of the query `added`, which yields all columns. `connection` is one of `connect()`."""

    def rows(self) -> dict[str, int]:
        """Rows of each table that holds any."""

    def read(self, table: str) -> Generator[pa.RecordBatch]:
        """All rows of a table, some thousand at a time."""

    def receive(self, table: str, batches: Iterator[pa.RecordBatch], rows: int) -> None:
        """Take a whole table of so many rows from elsewhere, in place of what is there of it.

        All or nothing. Raises RawNotCarried where it came out with another number of rows.
        """

    def show_instead(self, table: str) -> None:
        """Show a received table in the warehouse in place of what stands there, in one step."""

    def give_up(self, table: str) -> None:
        """Remove a table that another place has received and shows."""


def columns_of(table: str) -> pa.Schema:
    """All columns of a raw table, dlt's among them."""
    return pa.schema([*schema_of(table), pa.field("_dlt_load_id", pa.string())])


def listed_columns(table: str) -> str:
    """The columns of a raw table, as SQL lists them."""
    return ", ".join(columns_of(table).names)


def check_rows(table: str, wanted: int, found: int) -> None:
    """Raises RawNotCarried where a table was not copied whole."""
    if wanted != found:
        raise RawNotCarried(
            f"raw.{table} has {wanted:,} rows and its copy {found:,}: nothing was removed, "
            "run again."
        )


def store_at(place: str | None, settings: Settings) -> Store:
    """The store at a folder or bucket, or in the warehouse."""
    if place is None:
        from ingestion.landing.duckdb_store import DuckDBStore

        return DuckDBStore(settings)
    from ingestion.landing.path_store import PathStore

    return PathStore(place, settings)


def current(settings: Settings) -> Store:
    """The store that the settings name, with all of raw in it: what lies elsewhere is carried over.

    Raises WarehouseLocked, RawUnreadable, RawInTwoPlaces and LoadFailed.
    """
    from ingestion.landing.carry import carry_raw

    carry_raw(settings)
    return store_at(settings.raw_path, settings)
