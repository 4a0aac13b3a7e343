"""Compare two warehouses table by table, row by row, whatever the order of rows."""

from __future__ import annotations

from pathlib import Path

import duckdb

from tests.support.rows import compare

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


def tables(connection: duckdb.DuckDBPyConnection, catalog: str) -> set[str]:
    """Tables to compare: {"schema.table"}. Views hold nothing of their own."""
    observability = _observability_models()
    found = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = ?", [catalog]
    ).fetchall()
    return {
        f"{schema}.{table}"
        for schema, table in found
        if schema in SCHEMAS
        and not table.startswith("_dlt")
        and f"{schema}.{table}" not in ABOUT_RUNS
        and table not in observability
    }


def differences(left: Path, right: Path) -> list[str]:
    """What differs between two warehouse files, one line a table or row; empty when they are equal.

    Raw rows are compared as sets: a package that a crash loaded twice may stand twice in raw, and
    staging tells the copies by row_id. From staging on every row counts.
    """
    found: list[str] = []
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach '{left}' as l (read_only)")
        connection.execute(f"attach '{right}' as r (read_only)")
        ours, theirs = tables(connection, "l"), tables(connection, "r")
        for name in sorted(ours ^ theirs):
            found.append(f"{name}: only on the {'left' if name in ours else 'right'}")
        for name in sorted(ours & theirs):
            found += compare(
                connection,
                name,
                f"l.{name}",
                f"r.{name}",
                without=VOLATILE,
                distinct=name.startswith("raw."),
            ).lines
    return found


def _observability_models() -> set[str]:
    folder = Path(__file__).parents[2] / "dbt_project" / "models" / "marts" / "observability"
    return {path.stem for path in folder.glob("*.sql")}
