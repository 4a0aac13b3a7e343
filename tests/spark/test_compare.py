"""The comparison of rows sees what it should, and says where."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from tests.support.rows import Compared, compare, kind_of

ROWS = (
    "(1, 'a', 1.5e0, timestamp '2024-01-02 03:04:05'), (2, 'b', 12345678.9e0, null),"
    " (3, null, null, null)"
)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("set TimeZone = 'UTC'")
        for side in ("l", "r"):
            opened.execute(
                f"create table {side} as"
                f" select * from (values {ROWS}) as t (id, name, pay, seen_at)"
            )
        yield opened


def compared(connection: duckdb.DuckDBPyConnection, *key: str) -> Compared:
    return compare(connection, "t", "l", "r", key=key, sides=("here", "there"))


@pytest.mark.parametrize("key", [("id",), ()])
def test_equal_tables(connection: duckdb.DuckDBPyConnection, key: tuple[str, ...]) -> None:
    found = compared(connection, *key)
    assert (found.rows, found.count, found.lines) == ((3, 3), 0, [])


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        (
            "update r set name = null where id = 2",
            ["t: id=2: name: 'b' in here, null in there"],
        ),
        (
            "update r set pay = pay * (1 + 1e-8) where id = 2",
            ["t: id=2: pay: 12345678.9 in here, 12345679.02345679 in there"],
        ),
        ("update r set pay = pay * (1 + 1e-12) where id = 2", []),
        ("delete from r where id = 3", ["t: id=3: 1 rows in here, 0 in there"]),
        ("insert into r select * from r where id = 1", ["t: id=1: 1 rows in here, 2 in there"]),
        (
            "update r set seen_at = seen_at + interval 1 microsecond where id = 1",
            ["t: id=1: seen_at: 2024-01-02 03:04:05 in here, 2024-01-02 03:04:05.000001 in there"],
        ),
        ("update r set name = 'B' where id = 2", ["t: id=2: name: 'b' in here, 'B' in there"]),
        ("update r set name = '' where id = 3", ["t: id=3: name: null in here, '' in there"]),
        ("update r set pay = 0 where id = 3", ["t: id=3: pay: null in here, 0.0 in there"]),
        ("update r set pay = 'nan' where id = 1", ["t: id=1: pay: 1.5 in here, nan in there"]),
        (
            "alter table r alter id type varchar",
            ["t: column id: INTEGER in here, VARCHAR in there"],
        ),
        ("alter table r alter id type double", ["t: column id: INTEGER in here, DOUBLE in there"]),
        ("alter table r alter id type bigint", []),
        ("alter table r alter seen_at type timestamptz", []),
        (
            "alter table r alter seen_at type date",
            ["t: column seen_at: TIMESTAMP in here, DATE in there"],
        ),
        ("alter table r drop name", ["t: column name: only here has it"]),
        ("alter table r add more integer", ["t: column more: only there has it"]),
    ],
)
def test_a_planted_difference_is_named(
    connection: duckdb.DuckDBPyConnection, change: str, lines: list[str]
) -> None:
    connection.execute(change)
    found = compared(connection, "id")
    assert found.lines == lines
    assert found.count == len(lines)


def test_both_sides_repeat_a_key(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("insert into l values (2, 'c', 1, null)")
    connection.execute("insert into r values (2, 'd', 1, null)")
    found = compared(connection, "id")
    assert [line.split(":")[1] for line in found.lines] == [
        " id=2, name='c', pay='1.000000000e+00', seen_at=null",
        " id=2, name='d', pay='1.000000000e+00', seen_at=null",
    ]


def test_without_a_key_whole_rows_are_compared(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("update r set name = 'z' where id = 1")
    found = compared(connection)
    assert found.count == 2
    assert all("name=" in line and "pay='1.500000000e+00'" in line for line in found.lines)


def test_many_differences_are_counted_and_few_shown(connection: duckdb.DuckDBPyConnection) -> None:
    for side in ("l", "r"):
        connection.execute(
            f"create or replace table {side} as select i as id, i as v from range(99) as t (i)"
        )
    connection.execute("update r set v = -1 where id < 50")
    found = compared(connection, "id")
    assert found.count == 50
    assert len(found.lines) == 6
    assert found.lines[-1] == "t: v: 50 values in all"


def test_rows_that_stand_twice_count_once_when_asked(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("insert into r select * from r")
    assert compare(connection, "t", "l", "r", distinct=True).count == 0
    assert compare(connection, "t", "l", "r").count == 3


@pytest.mark.parametrize(
    ("data_type", "kind"),
    [
        ("BIGINT", "whole number"),
        ("HUGEINT", "whole number"),
        ("DECIMAL(38,0)", "whole number"),
        ("DECIMAL(18,2)", "number"),
        ("FLOAT", "number"),
        ("TIMESTAMP WITH TIME ZONE", "time"),
        ("TIMESTAMP", "time"),
        ("DATE", "date"),
        ("BOOLEAN", "boolean"),
        ("VARCHAR[]", "varchar[]"),
    ],
)
def test_kinds(data_type: str, kind: str) -> None:
    assert kind_of(data_type) == kind
