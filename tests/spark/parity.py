"""The same raw built on two engines, and their tables compared."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from tests.conftest import REPO, clean_env
from tests.dbt.coverage import PROJECT
from tests.support.rows import Compared, compare

SIDES = ("DuckDB", "Spark")
#: Rule models in a run of their own, on what landed first: the second run appends to them.
RULES = ("build", "--exclude-resource-type", "test", "unit_test", "--select", "+tag:rule")
EVERYTHING = ("build", "--exclude-resource-type", "test", "unit_test")


@dataclass(frozen=True)
class Model:
    """A model or seed, and the columns that a test says are its key; none where no test does."""

    schema: str
    name: str
    key: tuple[str, ...]
    is_view: bool


@dataclass(frozen=True)
class Build:
    """A data folder that one target builds."""

    data: Path
    target: str
    settings: Mapping[str, str]

    def dbt(self, *arguments: str) -> str:
        """What a dbt command prints; raises with it when the command fails."""
        env = clean_env(self.data, **self.settings)
        env |= {
            "WAGEHOUSE_TARGET": self.target,
            "DBT_TARGET_PATH": str(self.data / "target"),
            "DBT_LOG_PATH": str(self.data / "logs"),
            "DBT_USE_COLORS": "false",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }
        result = subprocess.run(
            [str(Path(sys.executable).with_name("dbt")), *arguments],
            cwd=PROJECT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            preexec_fn=lambda: os.nice(5),
        )
        if result.returncode:
            raise RuntimeError(f"dbt {' '.join(arguments)} on {self.target}:\n{result.stdout}")
        return result.stdout

    @cached_property
    def models(self) -> dict[str, Model]:
        """Models and seeds of the last build, by name."""
        manifest = json.loads((self.data / "target" / "manifest.json").read_text())
        nodes = manifest["nodes"].values()
        keys = dict(_keys(nodes))
        return {
            node["name"]: Model(
                node["schema"],
                node["name"],
                # One hash a model in a fresh build: told as a column, it hides no other difference.
                tuple(name for name in keys.get(node["unique_id"], ()) if name != "rules_hash"),
                node["config"]["materialized"] == "view",
            )
            for node in nodes
            if node["resource_type"] in ("model", "seed")
        }


def _keys(nodes: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Keys by the id of their table: a column that is unique is taken before several together."""
    found: dict[str, tuple[str, ...]] = {}
    for node in nodes:
        metadata = node.get("test_metadata") or {}
        if metadata.get("name") == "unique":
            found[node["attached_node"]] = (node["column_name"],)
        elif metadata.get("name") == "unique_together":
            found.setdefault(node["attached_node"], tuple(metadata["kwargs"]["columns"]))
    yield from found.items()


@dataclass(frozen=True)
class Parity:
    """Two builds of the same raw."""

    ours: Build
    spark: Build

    @property
    def models(self) -> dict[str, Model]:
        return self.ours.models

    @contextmanager
    def _connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            warehouse = self.ours.data / "warehouse.duckdb"
            connection.execute(f"attach '{warehouse}' as warehouse (read_only)")
            yield connection

    def folder(self, model: Model) -> Path:
        """Where Spark keeps the rows of a table."""
        return self.spark.data / "spark" / "warehouse" / f"{model.schema}.db" / model.name

    def compare(self, model: Model, folder: Path | None = None) -> Compared:
        """Compare a table; `folder` stands for Spark's files of it."""
        files = folder or self.folder(model)
        if not any(files.glob("*.parquet")):
            found = Compared(model.name)
            found.add(f"Spark has no files in {files}")
            return found
        with self._connection() as connection:
            return compare(
                connection,
                model.name,
                f"warehouse.{model.schema}.{model.name}",
                f"read_parquet('{files}/*.parquet')",
                key=model.key,
                sides=SIDES,
            )


def cluster(data: Path) -> dict[str, str]:
    """Settings that lead dbt to the cluster that was started for a data folder."""
    state = json.loads((data / "state" / "cluster.json").read_text())
    return {"WAGEHOUSE_SPARK_PORT": str(state["port"])}


def control_cluster(verb: str, data: Path) -> None:
    """`cluster start` and `cluster stop` as a user gives them."""
    result = subprocess.run(
        [sys.executable, "-m", "orchestration", "cluster", verb],
        cwd=REPO,
        env=clean_env(data),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
