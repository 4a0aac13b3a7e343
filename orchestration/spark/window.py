"""The window: Spark's tables shown in warehouse.duckdb, with the types that DuckDB gives them.

Tests, metadata, releases and the site read warehouse.duckdb whichever engine has built. A model is
a view over the Parquet files of Spark's table. A seed is a copy: dbt refuses to load a seed where a
view stands, and DuckDB must be able to build on this data folder again.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from ingestion.landing.warehouse import connect
from ingestion.settings import Settings
from orchestration.errors import EngineError
from orchestration.spark.folders import tables_folder

#: Types that the yml of models declares, in DuckDB's words.
_DECLARED = {
    "string": "VARCHAR",
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "boolean": "BOOLEAN",
}
#: What a type in Spark's files becomes where a column declares none, as in seeds.
_UNDECLARED = {
    "TINYINT": "BIGINT",
    "SMALLINT": "BIGINT",
    "INTEGER": "BIGINT",
    "FLOAT": "DOUBLE",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP",
    "TIMESTAMP_NS": "TIMESTAMP",
}
#: Spark writes times as instants; models hold them in UTC without a zone.
_INSTANT = "TIMESTAMP WITH TIME ZONE"


@dataclass(frozen=True)
class Shown:
    """A table of the window; `types` are those its yml declares, by column."""

    schema: str
    name: str
    is_seed: bool = False
    types: Mapping[str, str] = field(default_factory=dict)


def tables_of(manifest: Mapping[str, Any]) -> list[Shown]:
    """All seeds and all models that are tables. Views hold nothing: DuckDB makes its own."""
    return [
        Shown(
            schema=node["schema"],
            name=node["alias"],
            is_seed=node["resource_type"] == "seed",
            types={
                name: column["data_type"]
                for name, column in node["columns"].items()
                if column.get("data_type")
            },
        )
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "seed")
        and node["config"]["materialized"] not in ("view", "ephemeral")
    ]


def open_window(settings: Settings, tables: Sequence[Shown]) -> list[Shown]:
    """Show what Spark has of these tables, and give back what it lacks. See `show`.

    Tables in a bucket are copied to this machine first, as the release will be.
    """
    folder = tables_folder(settings)
    if "://" in folder:
        local = settings.spark / "copied"
        _copy(folder, local, tables)
        folder = str(local)
    return show(settings.warehouse, Path(folder), tables)


def show(warehouse: Path, folder: Path, tables: Sequence[Shown]) -> list[Shown]:
    """Show these tables of `<folder>/<schema>.db/<table>/*.parquet`, all at once or none.

    What DuckDB built under the same name goes; so does a table that Spark lacks, which is given
    back: the window never shows rows of two engines.
    """
    missing = []
    with connect(warehouse) as connection:
        standing = _standing(connection)
        connection.execute("begin")
        for schema in sorted({table.schema for table in tables}):
            connection.execute(f"create schema if not exists {_name(schema)}")
        for table in tables:
            name = f"{_name(table.schema)}.{_name(table.name)}"
            if kind := standing.get((table.schema, table.name)):
                connection.execute(f"drop {kind} {name}")
            files = folder / f"{table.schema}.db" / table.name
            if any(files.glob("*.parquet")):
                kind = "table" if table.is_seed else "view"
                rows = _rows(connection, files, table.types)
                connection.execute(f"create {kind} {name} as {rows}")
            else:
                missing.append(table)
        connection.execute("commit")
    return missing


def _rows(connection: duckdb.DuckDBPyConnection, files: Path, types: Mapping[str, str]) -> str:
    """A query of Spark's files with DuckDB's types, columns in Spark's order."""
    path = str(files / "*.parquet").replace("'", "''")
    source = f"read_parquet('{path}')"
    columns = [
        _column(name, kind, types.get(name))
        for name, kind, *_ in connection.execute(f"describe from {source}").fetchall()
    ]
    return f"select {', '.join(columns)} from {source}"


def _column(name: str, kind: str, declared: str | None) -> str:
    wanted = _DECLARED.get(declared, declared) if declared else _UNDECLARED.get(kind, kind)
    value = _name(name)
    if kind == _INSTANT:
        value, kind = f"{value} at time zone 'UTC'", "TIMESTAMP"
    if kind != wanted:
        value = f"cast({value} as {wanted})"
    return f"{value} as {_name(name)}"


def _standing(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], str]:
    """Tables and views of the warehouse: what DROP calls each."""
    rows = connection.execute(
        "select schema_name, table_name, 'table' from duckdb_tables() where not internal"
        " union all select schema_name, view_name, 'view' from duckdb_views() where not internal"
    ).fetchall()
    return {(schema, name): kind for schema, name, kind in rows}


def _copy(folder: str, to: Path, tables: Sequence[Shown]) -> None:
    """Copy the files of Spark's tables out of a bucket."""
    from fsspec.core import url_to_fs

    # Hadoop's names of protocols that others call s3 and abfs.
    for theirs, ours in (("s3a://", "s3://"), ("s3n://", "s3://"), ("abfss://", "abfs://")):
        folder = folder.replace(theirs, ours)
    try:
        files, root = url_to_fs(folder)
    except (ImportError, ValueError) as error:
        raise EngineError(f"Spark's tables in {folder} cannot be read: {error}") from error
    shutil.rmtree(to, ignore_errors=True)
    for table in tables:
        place = f"{table.schema}.db/{table.name}"
        found = files.glob(f"{root}/{place}/*.parquet")
        if found:
            (to / place).mkdir(parents=True)
            files.get(found, [str(to / place / Path(name).name) for name in found])


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
