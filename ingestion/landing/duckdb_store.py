"""Raw in the warehouse itself: tables of its schema raw."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import dlt
import duckdb
import pyarrow as pa
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials

from ingestion.landing import warehouse
from ingestion.landing.queries import tables
from ingestion.landing.store import BATCH_ROWS, DATASET, check_rows, columns_of, listed_columns
from ingestion.landing.tables import is_raw_table
from ingestion.settings import Settings

#: Memory that DuckDB may use while a package is loaded.
LOAD_MEMORY = "350MB"
_TYPES = {
    pa.string(): "varchar",
    pa.int64(): "bigint",
    pa.float64(): "double",
    pa.bool_(): "boolean",
    pa.date32(): "date",
    pa.timestamp("us", tz="UTC"): "timestamptz",
}


class DuckDBStore:
    """See `Store`."""

    dataset = DATASET

    def __init__(self, settings: Settings) -> None:
        self._warehouse = settings.warehouse
        self.name = str(settings.warehouse)

    def destination(self) -> Any:
        # What does not fit goes to disk: a large package costs time there, not memory.
        credentials = DuckDbCredentials(str(self._warehouse))
        credentials.global_config = {"memory_limit": LOAD_MEMORY, "preserve_insertion_order": False}
        return dlt.destinations.duckdb(credentials)

    def is_empty(self) -> bool:
        return not self._warehouse.exists()

    def connect(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        return warehouse.connect(self._warehouse)

    def prepare(self, tables: Iterable[str]) -> None:
        # dlt makes a table once, then trusts its own notes, also where the warehouse was removed.
        with self.connect() as connection:
            drop_views(connection)
            create_missing(connection, tables)

    def loaded(self) -> set[str]:
        if self.is_empty():
            return set()
        with self.connect() as connection:
            if "_dlt_loads" not in tables(connection):
                return set()
            rows = connection.execute("select load_id from raw._dlt_loads where status = 0")
            return {load_id for (load_id,) in rows.fetchall()}

    def show(self) -> None:
        if self.is_empty():
            return
        with self.connect() as connection:
            drop_views(connection)

    def check_writable(self) -> None:
        """DuckDB says by itself what keeps it from writing."""

    def can_replace(self) -> bool:
        return True

    def replace(
        self, connection: duckdb.DuckDBPyConnection, table: str, gone: str, added: str
    ) -> None:
        connection.begin()
        connection.execute(f"delete from raw.{table} where {gone}")
        connection.execute(f"insert into raw.{table} by name {added}")
        connection.commit()

    def rows(self) -> dict[str, int]:
        if self.is_empty():
            return {}
        with self.connect() as connection:
            return {table: rows for table, rows in base_tables(connection).items() if rows}

    def read(self, table: str) -> Generator[pa.RecordBatch]:
        with self.connect() as connection:
            found = connection.execute(f"select {listed_columns(table)} from raw.{table}")
            yield from found.to_arrow_reader(BATCH_ROWS)

    def receive(self, table: str, batches: Iterator[pa.RecordBatch], rows: int) -> None:
        reader = pa.RecordBatchReader.from_batches(columns_of(table), batches)
        with self.connect() as connection:
            connection.begin()
            drop(connection, table)
            create_missing(connection, [table])
            connection.register("received", reader)
            connection.execute(f"insert into raw.{table} by name select * from received")
            check_rows(table, rows, base_tables(connection)[table])
            connection.commit()

    def show_instead(self, table: str) -> None:
        """It is shown by being there."""

    def give_up(self, table: str) -> None:
        """The view that shows it elsewhere has taken its place."""


def create_missing(connection: duckdb.DuckDBPyConnection, names: Iterable[str]) -> None:
    """Create those of these raw tables that do not exist, with the columns that we land."""
    missing = set(names) - tables(connection)
    if missing:
        connection.execute("create schema if not exists raw")
    for name in sorted(missing):
        # Not `as select` from an empty Arrow table: rows that follow in the same transaction are
        # not seen before the file is opened again (DuckDB 1.5.6, from some 120,000 rows on).
        columns = ", ".join(f"{field.name} {_TYPES[field.type]}" for field in columns_of(name))
        connection.execute(f"create table raw.{name} ({columns})")


def base_tables(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows of the raw tables that are no views; dlt's own, and anybody's else, are left out."""
    found = connection.execute(
        "select table_name from duckdb_tables() where schema_name = 'raw' order by table_name"
    ).fetchall()
    counts = {}
    for name in filter(is_raw_table, (name for (name,) in found)):
        counted = connection.execute(f"select count(*) from raw.{name}").fetchone()
        counts[name] = int(counted[0]) if counted else 0
    return counts


def drop(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Remove the raw table or view of that name, if there is one."""
    for kind, function in (("table", "duckdb_tables"), ("view", "duckdb_views")):
        where = f"schema_name = 'raw' and {kind}_name = $name"
        there = connection.execute(f"select 1 from {function}() where {where}", {"name": name})
        if there.fetchone():
            connection.execute(f'drop {kind} raw."{name}"')


def drop_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Remove the views of schema raw: those of a place that raw has left."""
    views = connection.execute("select view_name from duckdb_views() where schema_name = 'raw'")
    for (name,) in views.fetchall():
        connection.execute(f'drop view raw."{name}"')
