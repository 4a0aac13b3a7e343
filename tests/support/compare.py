"""Compare two warehouses table by table, row by row, whatever the order of rows."""

from __future__ import annotations

from pathlib import Path

import duckdb

#: What a run that was killed and run again may rightly have otherwise: who loaded a row, and when.
VOLATILE = frozenset(
    {
        "run_id",
        "_dlt_load_id",
        "_dlt_id",
        "row_id",
        "seq",
        "rules_hash",
        "fetched_at",
        "started_at",
        "ended_at",
        "seen_from",
        "seen_to",
    }
)
#: Tables that speak of runs and not of records: a run killed and resumed has worked twice.
ABOUT_RUNS = frozenset({"raw.runs", "staging.stg_landing__runs"})
SCHEMAS = ("raw", "staging", "intermediate", "normalized", "marts")


def tables(connection: duckdb.DuckDBPyConnection, catalog: str) -> dict[str, list[str]]:
    """Tables to compare, with the columns that must agree: {"schema.table": [column]}."""
    observability = _observability_models()
    found: dict[str, list[str]] = {}
    for schema, table, column in connection.execute(
        "select table_schema, table_name, column_name from information_schema.columns"
        " where table_catalog = ? and (table_schema, table_name) in"
        # Views name the catalog they were made in, and hold nothing of their own.
        " (select (schema_name, table_name) from duckdb_tables() where database_name = ?)"
        " order by table_schema, table_name, column_name",
        [catalog, catalog],
    ).fetchall():
        name = f"{schema}.{table}"
        if schema not in SCHEMAS or table.startswith("_dlt") or name in ABOUT_RUNS:
            continue
        if table in observability:
            continue
        columns = found.setdefault(name, [])
        if column not in VOLATILE:
            columns.append(column)
    return found


def differences(left: Path, right: Path, limit: int = 5) -> list[str]:
    """What differs between two warehouse files, one line a table or row; empty when they are equal.

    Raw rows are compared as sets: a package that a crash loaded twice may stand twice in raw, and
    staging tells the copies by row_id. From staging on every row counts.
    """
    found: list[str] = []
    with duckdb.connect() as connection:
        connection.execute(f"attach '{left}' as l (read_only)")
        connection.execute(f"attach '{right}' as r (read_only)")
        ours, theirs = tables(connection, "l"), tables(connection, "r")
        for name in sorted(ours.keys() ^ theirs.keys()):
            found.append(f"{name}: only on the {'left' if name in ours else 'right'}")
        for name in sorted(ours.keys() & theirs.keys()):
            if ours[name] != theirs[name]:
                found.append(f"{name}: columns {ours[name]} and {theirs[name]}")
                continue
            columns = ", ".join(f'"{column}"' for column in ours[name])
            schema, table = name.split(".")
            kind, all_rows = ("distinct ", "") if schema == "raw" else ("", " all")
            for side, other in (("l", "r"), ("r", "l")):
                query = (
                    f"select {kind}{columns} from {side}.{schema}.{table} except{all_rows}"
                    f" select {kind}{columns} from {other}.{schema}.{table}"
                )
                count = connection.execute(f"select count(*) from ({query})").fetchone()
                if count and count[0]:
                    found.append(f"{name}: {count[0]} rows only on side {side}")
                    for row in connection.execute(f"{query} limit {limit}").fetchall():
                        shown = dict(
                            zip(ours[name], (str(value)[:80] for value in row), strict=True)
                        )
                        found.append(f"    {shown}")
    return found


def _observability_models() -> set[str]:
    folder = Path(__file__).parents[2] / "dbt_project" / "models" / "marts" / "observability"
    return {path.stem for path in folder.glob("*.sql")}
