"""One sample built on both engines for all tests of this folder.

SPARK_SIZE generated postings (default 300), on SPARK_TARGET (spark, or spark_cluster); set by
`make test-spark SIZE=20000 TARGET=spark_cluster`.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator

import pytest

from tests.spark.parity import EVERYTHING, RULES, Build, Parity, cluster, control_cluster
from tests.spark.sample import make_sample
from tests.support.rows import Compared

SIZE = int(os.environ.get("SPARK_SIZE") or 300)
TARGET = os.environ.get("SPARK_TARGET") or "spark"

#: What was compared and how long each step took, for the report at the end.
COMPARED = pytest.StashKey[list[Compared]]()
STEPS = pytest.StashKey[dict[str, float]]()


@pytest.fixture(scope="session")
def parity(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Parity]:
    """Both engines' tables of the same raw: rules on the first day, everything on both."""
    folder = tmp_path_factory.mktemp("parity")
    steps = request.config.stash.setdefault(STEPS, {})
    with _timed(steps, "raw sample"):
        sample = make_sample(folder / "sample", SIZE)
    raw = folder / "raw"
    settings = {"WAGEHOUSE_RAW": str(raw)}
    data = folder / "spark"
    if TARGET == "spark_cluster":
        with _timed(steps, "cluster start"):
            control_cluster("start", data)
        settings |= cluster(data)
    try:
        both = Parity(Build(folder / "duckdb", "duckdb", settings), Build(data, TARGET, settings))
        for name, landed, verbs in (
            ("rules, first day", sample.first, RULES),
            ("everything", sample.second, EVERYTHING),
        ):
            shutil.rmtree(raw, ignore_errors=True)
            shutil.copytree(landed, raw)
            for build in (both.ours, both.spark):
                build.data.mkdir(exist_ok=True)
                with _timed(steps, f"{build.target}: {name}"):
                    build.dbt(*verbs)
        yield both
    finally:
        if TARGET == "spark_cluster":
            control_cluster("stop", data)


class _timed:  # noqa: N801 - reads as a word
    """Puts down the seconds that a block takes."""

    def __init__(self, steps: dict[str, float], name: str) -> None:
        self._steps, self._name = steps, name

    def __enter__(self) -> None:
        self._start = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self._steps[self._name] = time.monotonic() - self._start


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what was compared, so that nobody takes two empty tables for two equal ones."""
    compared = config.stash.get(COMPARED, [])
    if not compared:
        return
    terminalreporter.section(f"DuckDB and {TARGET}, row by row: {SIZE:,} generated postings")
    for step, seconds in config.stash.get(STEPS, {}).items():
        terminalreporter.write_line(f"{step:<36}{seconds:>8.1f} s")
    terminalreporter.write_line(f"{'table':<36}{'DuckDB':>10}{'Spark':>10}{'differ':>10}")
    for one in sorted(compared, key=lambda found: found.table):
        rows = "".join(f"{count:>10,}" for count in (*one.rows, one.count))
        terminalreporter.write_line(f"{one.table:<36}{rows}")
    total = sum(one.rows[0] for one in compared)
    empty = [one.table for one in compared if one.rows == (0, 0)]
    terminalreporter.write_line(
        f"{total:,} rows of {len(compared)} tables, {sum(one.count for one in compared)} differ;"
        f" empty on both: {', '.join(empty) or 'none'}"
    )
