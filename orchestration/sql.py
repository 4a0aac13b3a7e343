"""A prompt on the published database: read-only, also while a run writes."""

from __future__ import annotations

import code
import readline
from collections.abc import Iterator
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table
from rich.text import Text

from orchestration.errors import ReleaseError
from orchestration.release import DATABASE, current

ROWS_SHOWN = 200
#: Columns narrower than this are not worth showing beside each other, in characters.
_NARROWEST = 12
_HELP = "Tables: show all tables;   One table: describe marts.mart_pay;   End: Ctrl-D or .quit"
_PROMPT, _MORE = "sql> ", "...> "


def published_database(releases: Path) -> Path:
    """The database of the published release, its link resolved once; ReleaseError when none is."""
    release = current(releases)
    if release is None:
        raise ReleaseError("Nothing is published yet: make run makes the first release.")
    return release.path / DATABASE


def query(database: Path, statement: str, console: Console) -> bool:
    """Run one or more statements and show what the last one gives; False when they are wrong."""
    with _open(database) as connection:
        return _show(connection, statement, console)


def prompt(database: Path, console: Console, history: Path) -> None:
    """Read statements up to a semicolon and show their results, until end of input."""
    console.print(f"{database.parent.name} (read-only)\n{_HELP}")
    history.parent.mkdir(parents=True, exist_ok=True)
    if history.exists():
        readline.read_history_file(history)
    with _open(database) as connection:
        names = _names(connection)
        readline.set_completer(lambda text, n: _completion(names, text, n))
        readline.parse_and_bind("tab: complete")
        while (statement := _read(console)) is not None:
            _show(connection, statement, console)
    readline.set_history_length(1000)
    readline.write_history_file(history)


def _open(database: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(database), read_only=True)
    schemas = connection.execute(
        "select string_agg(schema_name) from duckdb_schemas()"
        " where database_name = current_database() and not internal"
    ).fetchone()
    # Tables can be named without their schema: no name stands in two of them.
    if schemas is not None and schemas[0]:
        connection.execute(f"set search_path = '{schemas[0]}'")
    return connection


def _read(console: Console) -> str | None:
    lines: list[str] = []
    reader = code.InteractiveConsole()
    while True:
        try:
            line = reader.raw_input(_MORE if lines else _PROMPT)
        except EOFError:
            return None
        except KeyboardInterrupt:
            console.print()
            lines.clear()
            continue
        if not lines and line.strip() in (".quit", ".exit", "quit", "exit"):
            return None
        if not lines and line.strip() in (".help", "help", "?"):
            console.print(_HELP)
            continue
        lines.append(line)
        if line.rstrip().endswith(";"):
            return "\n".join(lines)
        if not any(part.strip() for part in lines):
            lines.clear()


def _show(connection: duckdb.DuckDBPyConnection, statement: str, console: Console) -> bool:
    try:
        result = connection.execute(statement)
        if result.description is None:
            return True
        rows = result.fetchmany(ROWS_SHOWN + 1)
    except duckdb.Error as error:
        console.print(Text(str(error), style="red"))
        return False
    columns = [str(column[0]) for column in result.description]
    for table in _tables(columns, rows[:ROWS_SHOWN], console.width):
        console.print(table)
    if len(rows) > ROWS_SHOWN:
        console.print(f"the first {ROWS_SHOWN} rows; add a limit or a filter", style="dim")
    return True


def _tables(columns: list[str], rows: list[tuple[object, ...]], width: int) -> Iterator[Table]:
    """One table of all rows, or where that would be too narrow to read, one a row, set upright."""
    texts = [[Text("" if value is None else str(value)) for value in row] for row in rows]
    if len(columns) * _NARROWEST <= width:
        table = Table()
        for column in columns:
            table.add_column(Text(column))
        for row in texts:
            table.add_row(*row)
        yield table
        return
    for row in texts:
        table = Table(show_header=False)
        for column, value in zip(columns, row, strict=True):
            table.add_row(Text(column, style="bold"), value)
        yield table


def _names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    tables = connection.execute(
        "select schema_name || '.' || table_name from duckdb_tables() order by all"
    ).fetchall()
    return [name for (name,) in tables]


def _completion(names: list[str], text: str, n: int) -> str | None:
    found = [name for name in names if name.startswith(text) or f".{text}" in name]
    return found[n] if n < len(found) else None
