"""Releases: what passed its tests, copied out of the warehouse and swapped in whole.

`releases/<id>/` holds one Parquet file a published table, test_result.parquet, wagehouse.duckdb
(the same tables, read-only) and manifest.json. It is written under a temporary name, renamed, and
only then does the symlink `releases/published` move, by rename: a reader that resolves the link
once never sees half a release. A release is made only when the published content changed.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.errors import ExpectedError, GateClosedError, ReleaseError, lock_message
from orchestration.results import DbtTestResult, Gate, as_row

log = logging.getLogger(__name__)

PUBLISHED = "published"
DATABASE = "wagehouse.duckdb"
MANIFEST = "manifest.json"
KEPT = 3
_TEMPORARY = ".making-"
#: Doubles are compared to ten significant digits: sums differ in the last bits with the order of
#: rows, and threads change that order.
_DOUBLE_FORMAT = "{:.10g}"


@dataclass(frozen=True)
class Table:
    """A published table. Observability changes with every run and makes no new release."""

    schema: str
    name: str
    is_observability: bool = False


@dataclass(frozen=True)
class Content:
    """What stands in a table: columns with their types, rows, a hash free of their order."""

    columns: Mapping[str, str]
    rows: int
    hash: str


@dataclass(frozen=True)
class Facts:
    """What the manifest says beside the tables."""

    git_sha: str | None
    rules_hash: str
    audience: str


@dataclass(frozen=True)
class Release:
    """A release as it stands on disk."""

    id: str
    path: Path
    is_new: bool
    manifest: Mapping[str, Any]


def current(releases: Path) -> Release | None:
    """The published release, its link resolved once; None when there is none."""
    link = releases / PUBLISHED
    path = link.resolve()
    try:
        manifest = json.loads((path / MANIFEST).read_text())
    except FileNotFoundError:
        return None
    return Release(id=path.name, path=path, is_new=False, manifest=manifest)


def publish(
    *,
    warehouse: Path,
    releases: Path,
    tables: Sequence[Table],
    tests: Sequence[DbtTestResult],
    gate: Gate,
    facts: Facts,
    now: datetime,
) -> Release:
    """Publish the tables of the warehouse if the gate is open and their content is new.

    Returns the new release, or the old one when nothing published changed. Raises GateClosedError
    when tests failed, ReleaseError when a table is missing or the warehouse is held by another
    program; the old release then stays as it is.
    """
    releases.mkdir(parents=True, exist_ok=True)
    _clean(releases)
    if not gate.is_open:
        raise GateClosedError(f"Not published, the last release stays: {gate.line()}")
    with _open(warehouse) as connection:
        contents = {table: content(connection, table) for table in tables}
        content_hash = _content_hash(contents, facts.audience)
        old = current(releases)
        if old is not None and old.manifest["content_hash"] == content_hash:
            return old
        release_id = f"{now:%Y%m%dT%H%M%SZ}-{content_hash[:8]}"
        path = releases / release_id
        if not path.exists():
            manifest = {
                "id": release_id,
                "created_at": now.isoformat(),
                "content_hash": content_hash,
                **asdict(facts),
                **_data_facts(connection, tables),
                "gate": {"passed": gate.passed, "warned": gate.warned, "failed": gate.failed},
                "tables": {
                    f"{table.schema}.{table.name}": {
                        "rows": found.rows,
                        "hash": found.hash,
                        "is_observability": table.is_observability,
                        "columns": dict(found.columns),
                    }
                    for table, found in contents.items()
                },
            }
            temporary = releases / f"{_TEMPORARY}{release_id}"
            temporary.mkdir()
            _write(connection, temporary, tables, tests)
            _write_json(temporary / MANIFEST, manifest)
            temporary.rename(path)
    swap_link(releases / PUBLISHED, release_id)
    _retire(releases)
    manifest = json.loads((path / MANIFEST).read_text())
    return Release(id=release_id, path=path, is_new=True, manifest=manifest)


def content(connection: duckdb.DuckDBPyConnection, table: Table) -> Content:
    """Columns, rows and hash of `warehouse.<schema>.<table>`; ReleaseError when it is missing."""
    columns = {
        str(name): str(kind)
        for name, kind in connection.execute(
            "select column_name, data_type from duckdb_columns()"
            " where database_name = 'warehouse' and schema_name = ? and table_name = ?"
            " order by column_name",
            [table.schema, table.name],
        ).fetchall()
    }
    if not columns:
        raise ReleaseError(
            f"Not published: {table.schema}.{table.name} is not in the warehouse. Build it first."
        )
    texts = ", ".join(_as_text(name, kind) for name, kind in columns.items())
    row = connection.execute(
        f"select count(*), coalesce(sum(md5_number_lower(concat_ws(chr(31), {texts}))), 0)::varchar"
        f" from {_qualified(table)}"
    ).fetchone()
    assert row is not None
    return Content(columns=columns, rows=int(row[0]), hash=str(row[1]))


def swap_link(link: Path, target: str) -> None:
    """Point a symlink somewhere else in one step: readers find the old target or the new one."""
    temporary = link.with_name(f"{_TEMPORARY}{link.name}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    temporary.replace(link)


@contextmanager
def _open(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that has the warehouse attached, read-only, as `warehouse`."""
    if not warehouse.exists():
        raise ReleaseError(f"There is no warehouse at {warehouse}: make run builds one.")
    connection = duckdb.connect()
    try:
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"attach {_quoted(warehouse)} as warehouse (read_only)")
        yield connection
    except duckdb.IOException as error:
        locked = lock_message(str(error), warehouse)
        if locked is None:
            raise
        raise ExpectedError(locked) from error
    finally:
        connection.close()


def _write(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    tables: Sequence[Table],
    tests: Sequence[DbtTestResult],
) -> None:
    connection.execute(f"attach {_quoted(folder / DATABASE)} as release")
    for schema in sorted({table.schema for table in tables}):
        connection.execute(f'create schema release."{schema}"')
    for table in tables:
        copy = f'release."{table.schema}"."{table.name}"'
        connection.execute(f"create table {copy} as from {_qualified(table)}")
        _copy(connection, f"from {copy}", folder / f"{table.name}.parquet")
    connection.execute(
        'create temp table test_result (test_name varchar, model varchar, "column" varchar,'
        " status varchar, severity varchar, failures bigint, message varchar, kind varchar)"
    )
    if tests:
        connection.executemany(
            "insert into test_result values (?, ?, ?, ?, ?, ?, ?, ?)",
            [as_row(test) for test in tests],
        )
    _copy(connection, "from test_result", folder / "test_result.parquet")
    connection.execute("drop table test_result")
    connection.execute("detach release")
    (folder / DATABASE).chmod(0o444)


def _copy(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    connection.execute(f"copy ({query}) to {_quoted(path)} (format parquet, compression zstd)")


def _data_facts(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[Table]
) -> dict[str, object]:
    """as_of and is_demo of mart_overview, and the dlt loads behind the rows."""
    facts: dict[str, object] = {"as_of": None, "is_demo": None, "load_ids": []}
    if any(table.name == "mart_overview" for table in tables):
        row = connection.execute(
            "select as_of::varchar, is_demo from warehouse.marts.mart_overview"
        ).fetchone()
        if row is not None:
            facts |= {"as_of": row[0], "is_demo": row[1]}
    has_loads = connection.execute(
        "select count(*) from duckdb_tables() where database_name = 'warehouse'"
        " and schema_name = 'raw' and table_name = '_dlt_loads'"
    ).fetchone()
    if has_loads and has_loads[0]:
        facts["load_ids"] = [
            load_id
            for (load_id,) in connection.execute(
                "select load_id from warehouse.raw._dlt_loads where status = 0 order by load_id"
            ).fetchall()
        ]
    return facts


def _as_text(column: str, kind: str) -> str:
    quoted = '"' + column.replace('"', '""') + '"'
    if kind in ("DOUBLE", "FLOAT"):
        text = f"format('{_DOUBLE_FORMAT}', {quoted} + 0.0)"
    elif kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION")):
        text = f"to_json({quoted})::varchar"
    else:
        text = f"{quoted}::varchar"
    return f"coalesce({text}, chr(30))"


def _content_hash(contents: Mapping[Table, Content], audience: str) -> str:
    lines = sorted(
        f"{table.schema}.{table.name} {json.dumps(dict(found.columns))} {found.rows} {found.hash}"
        for table, found in contents.items()
        if not table.is_observability
    )
    return hashlib.sha256("\n".join([audience, *lines]).encode()).hexdigest()


def _clean(releases: Path) -> None:
    """Take away what a killed run left half made."""
    for leftover in releases.glob(f"{_TEMPORARY}*"):
        log.warning("Removing %s, left over from a run that was killed", leftover)
        if leftover.is_symlink():
            leftover.unlink()
        else:
            shutil.rmtree(leftover)


def _retire(releases: Path) -> None:
    """Keep the published release and those made last before it, KEPT in all."""
    published = (releases / PUBLISHED).resolve()
    others = [
        manifest.parent
        for manifest in releases.glob(f"*/{MANIFEST}")
        if not manifest.parent.is_symlink() and manifest.parent.resolve() != published
    ]
    others.sort(key=lambda path: (path / MANIFEST).stat().st_mtime_ns, reverse=True)
    for path in others[KEPT - 1 :]:
        # Renamed first, so that a kill in between leaves no release without its files.
        doomed = path.with_name(f"{_TEMPORARY}{path.name}")
        path.rename(doomed)
        shutil.rmtree(doomed)


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2, default=str) + "\n")


def _qualified(table: Table) -> str:
    return f'warehouse."{table.schema}"."{table.name}"'


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
