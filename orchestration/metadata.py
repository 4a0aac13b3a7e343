"""What materializations show of a table: rows, columns, a sample; over one short connection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from dagster import MetadataValue, TableColumn, TableSchema

from orchestration.errors import ExpectedError, lock_message

SAMPLE_ROWS = 5
SAMPLE_COLUMNS = 12
SAMPLE_TEXT = 60

#: (schema, table) to metadata entries.
TableMetadata = dict[tuple[str, str], dict[str, Any]]
Columns = Mapping[str, str]
Counts = dict[str, int]


def table_metadata(
    warehouse: Path,
    tables: Iterable[tuple[str, str]],
    descriptions: Mapping[tuple[str, str], Columns] | None = None,
) -> TableMetadata:
    """Row count, column schema and a sample of each table that exists; {} where it does not.

    `descriptions` holds words about columns by table. The connection is closed before this returns.
    """
    wanted = set(tables)
    if not warehouse.exists():
        return {table: {} for table in wanted}
    with reading(warehouse) as connection:
        columns = _columns(connection)
        return {
            table: _one(connection, table, columns[table], (descriptions or {}).get(table, {}))
            if table in columns
            else {}
            for table in wanted
        }


def brought(warehouse: Path) -> dict[str, tuple[int, int]]:
    """By source: new versions and quarantined records of its newest run; {} before any."""
    if not warehouse.exists():
        return {}
    with reading(warehouse) as connection:
        if ("raw", "runs") not in _columns(connection):
            return {}
        rows = connection.execute(
            "select source, arg_max(new_versions, started_at), arg_max(quarantined, started_at)"
            " from raw.runs group by source"
        ).fetchall()
    return {source: (versions or 0, quarantined or 0) for source, versions, quarantined in rows}


def summed(runs: Mapping[str, tuple[int, int]], sources: Iterable[str] | None = None) -> Counts:
    """What these sources, or all, brought together, as metadata entries."""
    chosen = [runs[source] for source in (runs if sources is None else sources) if source in runs]
    return {
        "new_versions": sum(versions for versions, _ in chosen),
        "quarantined": sum(quarantined for _, quarantined in chosen),
    }


@contextmanager
def reading(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection that does not outlive the block; ExpectedError when it is locked."""
    try:
        connection = duckdb.connect(str(warehouse), read_only=True)
    except duckdb.IOException as error:
        locked = lock_message(str(error), warehouse)
        if locked is None:
            raise
        raise ExpectedError(locked) from error
    try:
        connection.execute("set timezone = 'UTC'")
        yield connection
    finally:
        connection.close()


def markdown_table(columns: list[str], rows: list[tuple[Any, ...]]) -> str:
    """Rows as a markdown table; long texts are cut, line breaks and bars taken out."""
    lines = [columns, ["---"] * len(columns), *([_cell(value) for value in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], dict[str, str]]:
    found: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, column, kind in connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns()"
        " where database_name = current_database() and not internal"
        " order by schema_name, table_name, column_index"
    ).fetchall():
        found.setdefault((schema, table), {})[column] = kind
    return found


def _one(
    connection: duckdb.DuckDBPyConnection,
    table: tuple[str, str],
    columns: Columns,
    descriptions: Columns,
) -> dict[str, Any]:
    name = f'"{table[0]}"."{table[1]}"'
    counted = connection.execute(f"select count(*) from {name}").fetchone()
    shown = list(columns)[:SAMPLE_COLUMNS]
    texts = ", ".join(f'left("{column}"::varchar, {SAMPLE_TEXT + 1})' for column in shown)
    rows = connection.execute(f"select {texts} from {name} limit {SAMPLE_ROWS}").fetchall()
    schema = TableSchema(
        columns=[
            TableColumn(name=column, type=kind, description=descriptions.get(column))
            for column, kind in columns.items()
        ]
    )
    return {
        "dagster/row_count": counted[0] if counted else 0,
        "dagster/column_schema": schema,
        "sample": MetadataValue.md(markdown_table(shown, rows)),
    }


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = " ".join(str(value).split()).replace("|", "\\|")
    return text if len(text) <= SAMPLE_TEXT else text[:SAMPLE_TEXT] + "…"
