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
    model = parity.models[name]
    if model.is_view:
        pytest.skip("a view holds no rows: those of the tables that read it are compared")
    found = parity.compare(model)
    request.config.stash.setdefault(COMPARED, []).append(found)
    if found.lines:
        pytest.fail("\n".join(found.lines), pytrace=False)
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


def planted(parity: Parity, copy: Path) -> list[str]:
    """What is said of the copy and was not said of the table itself."""
    model = parity.models["pay_statement"]
    before = parity.compare(model).lines
    return [line for line in parity.compare(model, copy).lines if line not in before]


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_value_is_named(parity: Parity, copy: Path, what: str) -> None:
    change, column, says = PLANTED[what]
    rewrite(copy, f"update rows set {change} where {ONE}")
    (line,) = planted(parity, copy)
    assert line.startswith("pay_statement: pay_statement_key='")
    assert f": {column}: " in line
    assert says in line


def test_a_missing_row_is_named(parity: Parity, copy: Path) -> None:
    rewrite(copy, f"delete from rows where {ONE}")
    (line,) = planted(parity, copy)
    assert line.endswith("1 rows in DuckDB, 0 in Spark")
    assert "pay_statement_key='" in line


def test_a_row_that_stands_twice_is_named(parity: Parity, copy: Path) -> None:
    rewrite(copy, f"insert into rows select * from rows where {ONE}")
    (line,) = planted(parity, copy)
    assert line.endswith("1 rows in DuckDB, 2 in Spark")


def test_another_type_is_named(parity: Parity, copy: Path) -> None:
    rewrite(copy, "alter table rows alter statement_no type varchar")
    (line,) = planted(parity, copy)
    assert line == "pay_statement: column statement_no: BIGINT in DuckDB, VARCHAR in Spark"


def test_no_files_are_named(parity: Parity, tmp_path: Path) -> None:
    (line,) = parity.compare(parity.models["pay_statement"], tmp_path).lines
    assert "no files" in line
