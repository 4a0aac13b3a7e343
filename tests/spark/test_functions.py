"""The functions on the guard's list are equal: every case of theirs on both engines."""

from __future__ import annotations

import math
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.dbt.portable.constructs import FUNCTIONS

pytestmark = pytest.mark.spark

CASES = [(name, case) for name, equal in FUNCTIONS.items() for case in equal.cases]


def on_spark(query: str, folder: str) -> list[Any]:
    """The one row of a query."""
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.warehouse.dir", folder)
        .getOrCreate()
    )
    return list(session.sql(query).collect()[0])


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Any], list[Any]]:
    """What each case is on DuckDB and on Spark, all in one query."""
    query = "select " + ", ".join(f"{case} as c{n}" for n, (_, case) in enumerate(CASES))
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        ours = connection.execute(query).fetchone()
    assert ours is not None
    # Java ends with the process that started it, and makes room for the builds.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as other:
        folder = str(tmp_path_factory.mktemp("functions"))
        return list(ours), other.submit(on_spark, query, folder).result()


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case[:60] for _, case in CASES])
def test_case(results: tuple[list[Any], list[Any]], number: int) -> None:
    ours, theirs = (side[number] for side in results)
    assert is_same(ours, theirs), f"{CASES[number][1]}: {ours!r} on DuckDB, {theirs!r} on Spark"


def is_same(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, (int, float, Decimal)) and isinstance(theirs, (int, float, Decimal)):
        return isinstance(ours, bool) == isinstance(theirs, bool) and math.isclose(
            ours, theirs, rel_tol=1e-10
        )
    return bool(ours == theirs)
