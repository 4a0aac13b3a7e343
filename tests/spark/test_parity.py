"""Every model and seed holds the same rows on DuckDB and on Spark."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from tests.dbt.coverage import PROJECT
from tests.spark.conftest import COMPARED
from tests.spark.parity import Parity

pytestmark = pytest.mark.spark

NAMES = sorted(
    path.stem
    for folder, pattern in (("models", "*.sql"), ("seeds", "*.csv"))
    for path in (PROJECT / folder).rglob(pattern)
)


@pytest.mark.parametrize("name", NAMES)
def test_same_rows(parity: Parity, request: pytest.FixtureRequest, name: str) -> None:
    found = parity.compare(parity.models[name])
    request.config.stash.setdefault(COMPARED, []).append(found)
    assert not found.lines, "\n" + "\n".join(found.lines)
    assert found.count == 0
    assert found.rows[0] > 0, f"{name} is empty on both engines: the sample lacks rows for it"


def test_no_table_is_left_out(parity: Parity) -> None:
    assert set(parity.models) == set(NAMES)


#: A change to a table of Spark's, and what is to be said of it.
PLANTED = {
    "a null": ("text_raw = null", "text_raw", "null in Spark"),
    "the 8th digit": ("amount_min = amount_min * (1 + 3e-8)", "amount_min", "in Spark"),
    "a flag": ("is_chosen = not is_chosen", "is_chosen", "in Spark"),
}


@pytest.fixture
def copy(parity: Parity, tmp_path: Path) -> Path:
    """A copy of Spark's files of pay_statement, in one file."""
    return Path(shutil.copytree(parity.folder(parity.models["pay_statement"]), tmp_path / "copy"))


def rewrite(folder: Path, *statements: str) -> None:
    """Change the rows of a folder of Parquet files, which the statements call `rows`."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"create table rows as select * from '{folder}/*.parquet'")
        for statement in statements:
            connection.execute(statement)
        shutil.rmtree(folder)
        folder.mkdir()
        connection.execute(f"copy rows to '{folder}/rows.parquet'")


ONE = "pay_statement_key = (select min(pay_statement_key) from rows where amount_min > 0)"


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_value_is_named(parity: Parity, copy: Path, what: str) -> None:
    change, column, says = PLANTED[what]
    rewrite(copy, f"update rows set {change} where {ONE}")
    found = parity.compare(parity.models["pay_statement"], copy)
    (line,) = found.lines
    assert line.startswith("pay_statement: pay_statement_key='")
    assert f": {column}: " in line
    assert says in line


def test_a_missing_row_is_named(parity: Parity, copy: Path) -> None:
    rewrite(copy, f"delete from rows where {ONE}")
    (line,) = parity.compare(parity.models["pay_statement"], copy).lines
    assert line.endswith("1 rows in DuckDB, 0 in Spark")
    assert "pay_statement_key='" in line


def test_a_row_that_stands_twice_is_named(parity: Parity, copy: Path) -> None:
    rewrite(copy, f"insert into rows select * from rows where {ONE}")
    (line,) = parity.compare(parity.models["pay_statement"], copy).lines
    assert line.endswith("1 rows in DuckDB, 2 in Spark")


def test_another_type_is_named(parity: Parity, copy: Path) -> None:
    rewrite(copy, "alter table rows alter statement_no type varchar")
    (line,) = parity.compare(parity.models["pay_statement"], copy).lines
    assert line == "pay_statement: column statement_no: BIGINT in DuckDB, VARCHAR in Spark"


def test_no_files_are_named(parity: Parity, tmp_path: Path) -> None:
    (line,) = parity.compare(parity.models["pay_statement"], tmp_path).lines
    assert "no files" in line
