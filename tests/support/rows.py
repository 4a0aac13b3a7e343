"""Compare two relations row by row, whatever the order of rows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

#: Share by which two doubles may differ: the same to ten digits.
TOLERANCE = 1e-10
#: Differences of a table that are shown; all are counted.
SHOWN = 5

Columns = Mapping[str, str]


@dataclass
class Compared:
    """A table on two sides: its rows there, and what differs, each a line with key and column."""

    table: str
    rows: tuple[int, int] = (0, 0)
    #: Rows without their like, values that differ, columns that do not fit.
    count: int = 0
    lines: list[str] = field(default_factory=list)

    def add(self, what: str, count: int = 1) -> None:
        self.count += count
        self.lines.append(f"{self.table}: {what}")


def columns_of(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    """Columns of a from-item and their types."""
    rows = connection.execute(f"describe select * from {relation}").fetchall()
    return {str(row[0]): str(row[1]) for row in rows}


def kind_of(data_type: str) -> str:
    """What a type holds: widths, scales and zones set aside."""
    base = data_type.upper()
    if re.fullmatch(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL\(\d+,0\)", base):
        return "whole number"
    if base in ("DOUBLE", "FLOAT") or base.startswith("DECIMAL"):
        return "number"
    if base.startswith("TIMESTAMP"):
        return "time"
    return {"VARCHAR": "text"}.get(base, base.lower())


def compare(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    left: str,
    right: str,
    *,
    key: Sequence[str] = (),
    without: frozenset[str] = frozenset(),
    distinct: bool = False,
    sides: tuple[str, str] = ("left", "right"),
) -> Compared:
    """Compare two from-items by their key, or by whole rows where none is given.

    Columns that stand in `without` are left out; `distinct` takes rows that stand twice for one.
    Whole numbers are compared whatever their width, times as UTC, doubles to ten digits.
    """
    found = Compared(table)
    ours, theirs = columns_of(connection, left), columns_of(connection, right)
    shared = _shared(found, ours, theirs, without, sides)
    for side, relation in (("l", left), ("r", right)):
        types = ours if side == "l" else theirs
        values = ", ".join(f"{_plain(name, types[name])} as {_quoted(name)}" for name in shared)
        connection.execute(
            f"create or replace temp table compared_{side} as"
            f" select {'distinct ' if distinct else ''}{values or '1 as nothing'} from {relation}"
        )
    found.rows = (_count(connection, "compared_l"), _count(connection, "compared_r"))
    if shared:
        kinds = {name: kind_of(ours[name]) for name in shared}
        by_key = bool(key) and set(key) <= set(shared)
        _compare_rows(connection, found, kinds, tuple(key) if by_key else tuple(shared), sides)
    return found


def _shared(
    found: Compared, ours: Columns, theirs: Columns, without: frozenset[str], sides: tuple[str, str]
) -> list[str]:
    """Columns of both sides, in their order; those that do not fit are put down."""
    shared = []
    for name in dict.fromkeys([*ours, *theirs]):
        if name in without:
            continue
        if name not in ours or name not in theirs:
            found.add(f"column {name}: only {sides[0] if name in ours else sides[1]} has it")
        elif kind_of(ours[name]) != kind_of(theirs[name]):
            types = f"{ours[name]} in {sides[0]}, {theirs[name]} in {sides[1]}"
            found.add(f"column {name}: {types}")
        else:
            shared.append(name)
    return shared


def _compare_rows(
    connection: duckdb.DuckDBPyConnection,
    found: Compared,
    kinds: Columns,
    key: Sequence[str],
    sides: tuple[str, str],
) -> None:
    """Count the rows of each key, then compare the rows of keys that stand once on both sides."""
    for side in ("l", "r"):
        keys = ", ".join(
            f"{_rounded(name) if kinds[name] == 'number' else _quoted(name)} as k{number}"
            for number, name in enumerate(key)
        )
        connection.execute(
            f"create or replace temp table keyed_{side} as"
            f" select *, count(*) over (partition by {_list('k', key)}) as n_alike"
            f" from (select *, {keys} from compared_{side})"
        )
    on = " and ".join(f"l.k{n} is not distinct from r.k{n}" for n in range(len(key)))
    shown = ", ".join(f"coalesce(l.k{n}, r.k{n})" for n in range(len(key)))
    numbers = [
        f"(select distinct {_list('k', key)}, n_alike from keyed_{side}) as {side}"
        for side in ("l", "r")
    ]
    alone = (
        f"select {shown}, coalesce(l.n_alike, 0), coalesce(r.n_alike, 0)"
        f" from {numbers[0]} full join {numbers[1]} on {on}"
        " where l.n_alike is distinct from r.n_alike"
    )
    total = _sum(connection, f"select abs(#{len(key) + 1} - #{len(key) + 2}) from ({alone})")
    for row in connection.execute(f"{alone} order by all limit {SHOWN}").fetchall():
        here, there = row[-2:]
        counts = f"{here} rows in {sides[0]}, {there} in {sides[1]}"
        found.lines.append(f"{found.table}: {_shown_key(key, row)}: {counts}")
    found.count += total
    if total > SHOWN:
        found.lines.append(f"{found.table}: {total} rows in all without their like")
    pairs = f"keyed_l as l join keyed_r as r on {on}"
    for name in kinds:
        if name in key:
            continue
        theirs = (
            f"from {pairs} where l.n_alike = 1 and r.n_alike = 1"
            f" and not ({_same(name, kinds[name])})"
        )
        wrong = _sum(connection, f"select 1 {theirs}")
        if not wrong:
            continue
        found.count += wrong
        column = _quoted(name)
        for row in connection.execute(
            f"select {shown}, l.{column}, r.{column} {theirs} order by all limit {SHOWN}"
        ).fetchall():
            values = f"{_value(row[-2])} in {sides[0]}, {_value(row[-1])} in {sides[1]}"
            found.lines.append(f"{found.table}: {_shown_key(key, row)}: {name}: {values}")
        if wrong > SHOWN:
            found.lines.append(f"{found.table}: {name}: {wrong} values in all")
    _compare_repeated(connection, found, kinds, key, sides)


def _compare_repeated(
    connection: duckdb.DuckDBPyConnection,
    found: Compared,
    kinds: Columns,
    key: Sequence[str],
    sides: tuple[str, str],
) -> None:
    """Rows of keys that are no keys, as whole rows."""
    if set(key) == set(kinds) or not _sum(connection, "select 1 from keyed_l where n_alike > 1"):
        return
    for side in ("l", "r"):
        connection.execute(
            f"create or replace temp table compared_{side} as"
            f" select {', '.join(map(_quoted, kinds))} from keyed_{side} where n_alike > 1"
        )
    _compare_rows(connection, found, kinds, tuple(kinds), sides)


def _plain(name: str, data_type: str) -> str:
    """A column as its kind, the same on both sides."""
    kind, column = kind_of(data_type), _quoted(name)
    if kind == "whole number":
        return f"cast({column} as hugeint)"
    if kind == "number":
        return f"cast({column} as double)"
    if data_type.upper() == "TIMESTAMP WITH TIME ZONE":
        return f"({column} at time zone 'UTC')"
    return f"cast({column} as timestamp)" if kind == "time" else column


def _same(name: str, kind: str) -> str:
    column = _quoted(name)
    same = f"l.{column} is not distinct from r.{column}"
    if kind != "number":
        return same
    size = f"greatest(abs(l.{column}), abs(r.{column}))"
    near = f"abs(l.{column} - r.{column}) <= {TOLERANCE} * {size}"
    return f"{same} or coalesce({near} and isfinite(l.{column}) and isfinite(r.{column}), false)"


def _rounded(name: str) -> str:
    """A double to ten digits, as text."""
    column = _quoted(name)
    return f"case when {column} is not null then printf('%.9e', {column} + 0.0) end"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _list(prefix: str, key: Sequence[str]) -> str:
    return ", ".join(f"{prefix}{number}" for number in range(len(key)))


def _shown_key(key: Sequence[str], row: Sequence[object]) -> str:
    pairs = zip(key, row, strict=False)
    return ", ".join(f"{name}={_value(value)}" for name, value in pairs)


def _value(value: object) -> str:
    return "null" if value is None else repr(value)[:120] if isinstance(value, str) else str(value)


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    return _sum(connection, f"select 1 from {relation}")


def _sum(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(f"select coalesce(sum(n), 0) from ({query}) as q (n)").fetchone()
    assert row is not None
    return int(row[0])
