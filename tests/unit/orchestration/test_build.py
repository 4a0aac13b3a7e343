"""Which of dbt's commands a build runs, in what order, and what it makes of their results."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dagster import AssetExecutionContext, Output
from dagster_dbt import DagsterDbtTranslator, DbtProject

from ingestion.settings import Settings
from orchestration.build import Commands, build
from orchestration.errors import ModelsError
from orchestration.resources import DbtCli
from orchestration.spark.folders import tables_folder

MODEL, TEST = "model.wagehouse.posting", "test.wagehouse.unique"
MANIFEST: dict[str, Any] = {
    "nodes": {
        MODEL: {
            "resource_type": "model",
            "schema": "normalized",
            "alias": "posting",
            "columns": {"n": {"data_type": "bigint"}},
            "config": {"materialized": "table"},
        }
    }
}


@dataclass(frozen=True)
class Message:
    """An event of dbt's."""

    name: str
    text: str = ""
    gives: tuple[object, ...] = ()

    @property
    def raw_event(self) -> dict[str, Any]:
        level = "error" if self.name == "error" else "info"
        return {"info": {"level": level, "name": self.name, "msg": self.text}, "data": {}}

    def to_default_asset_events(self, **_: object) -> tuple[object, ...]:
        return self.gives


@dataclass
class Answer:
    """What a command says and gives; statuses None: it ends without results."""

    statuses: Mapping[str, str] | None
    messages: Sequence[Message] = ()
    code: int = 0
    work: Callable[[], object] = lambda: None


@dataclass
class FakeDbt:
    """dbt's command line, with answers made up beforehand."""

    answers: list[Answer]
    asked: list[tuple[str, ...]] = field(default_factory=list)
    chosen_by_dagster: list[bool] = field(default_factory=list)

    def start(
        self, args: Sequence[str], env: Mapping[str, str], *, target_path: Path, **options: Any
    ) -> Any:
        assert not (target_path / "run_results.json").exists()
        answer = self.answers[len(self.asked)]
        self.asked.append(tuple(args))
        self.chosen_by_dagster.append(options["context"] is not None)
        answer.work()
        target_path.mkdir(parents=True, exist_ok=True)
        if answer.statuses is not None:
            results = [
                {"unique_id": name, "status": status} for name, status in answer.statuses.items()
            ]
            (target_path / "run_results.json").write_text(json.dumps({"results": results}))
        return SimpleNamespace(
            stream_raw_events=lambda: iter(answer.messages),
            process=SimpleNamespace(returncode=answer.code),
            target_path=target_path,
        )


def commands(settings: Settings, dbt: FakeDbt, *, is_subset: bool = False) -> Commands:
    return Commands(
        cast(DbtCli, dbt),
        settings,
        cast(AssetExecutionContext, SimpleNamespace(is_subset=is_subset)),
        MANIFEST,
        cast(DbtProject, None),
        DagsterDbtTranslator(),
    )


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("WAGEHOUSE_DATA", str(tmp_path))
    monkeypatch.setenv("WAGEHOUSE_TARGET", "spark")
    monkeypatch.delenv("WAGEHOUSE_SPARK_WAREHOUSE", raising=False)
    return Settings()


def spark_writes(settings: Settings) -> Callable[[], None]:
    def write() -> None:
        folder = Path(tables_folder(settings)) / "normalized.db" / "posting"
        folder.mkdir(parents=True)
        pq.write_table(pa.table({"n": [1, 2, 3]}), folder / "part-00000.parquet")

    return write


BUILT = Message("LogModelResult", gives=(Output("of Spark"),))
TESTED = Message("LogTestResult", gives=("checked",))


def test_duckdb_builds_and_tests_in_one_command(settings: Settings) -> None:
    dbt = FakeDbt([Answer({MODEL: "success", TEST: "pass"}, [BUILT, TESTED])])
    done = build(commands(settings.model_copy(update={"target": "duckdb"}), dbt))
    assert dbt.asked == [("build", "--exclude-resource-type", "unit_test")]
    assert dbt.chosen_by_dagster == [True]
    assert done.is_ok
    assert len(done.events) == 2
    assert [result["status"] for result in done.results] == ["success", "pass"]


@pytest.mark.parametrize("is_subset", [False, True])
def test_spark_builds_and_duckdb_tests_what_the_window_shows(
    settings: Settings, is_subset: bool
) -> None:
    seen: list[Any] = []

    def look() -> None:
        with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
            seen.append(connection.execute("select sum(n) from normalized.posting").fetchone())

    view = Message("LogModelResult", gives=(Output("of DuckDB's view"),))
    dbt = FakeDbt(
        [
            Answer({MODEL: "success"}, [BUILT], work=spark_writes(settings)),
            Answer({TEST: "pass"}, [view, TESTED], work=look),
        ]
    )
    done = build(commands(settings, dbt, is_subset=is_subset))
    assert seen == [(6,)]
    on_spark, on_duckdb = (" ".join(args) for args in dbt.asked)
    assert on_spark.endswith("--exclude-resource-type test --target spark")
    assert "--target duckdb" in on_duckdb
    assert ("--select" in on_duckdb) == (not is_subset)
    # Dagster's own choice is added where it chose a part, and is in the way where it did not.
    assert dbt.chosen_by_dagster == [True, is_subset]
    assert [getattr(event, "value", event) for event in done.events] == ["of Spark", "checked"]
    assert [result["unique_id"] for result in done.results] == [MODEL, TEST]
    assert done.is_ok


def test_failed_model_is_not_tested(settings: Settings) -> None:
    dbt = FakeDbt([Answer({MODEL: "error"}, [Message("error", "no such column")], code=1)])
    done = build(commands(settings, dbt))
    assert not done.is_ok
    assert done.errors == ["no such column"]
    assert len(dbt.asked) == 1


def test_what_a_killed_build_left_is_cleared_and_built_again(settings: Settings) -> None:
    left = Path(tables_folder(settings)) / "normalized.db" / "posting"
    (left / "_temporary").mkdir(parents=True)
    says = f"[LOCATION_ALREADY_EXISTS] … its associated location 'file:{left}' already exists."
    dbt = FakeDbt(
        [
            Answer({MODEL: "error"}, [Message("error", says)], code=1),
            Answer({MODEL: "success"}, [BUILT], work=spark_writes(settings)),
            Answer({TEST: "pass"}, [TESTED]),
        ]
    )
    done = build(commands(settings, dbt))
    assert [args[0] for args in dbt.asked] == ["build", "retry", "build"]
    before = Path(dbt.asked[1][-1]) / "run_results.json"
    assert json.loads(before.read_text())["results"][0]["status"] == "error"
    assert [result["status"] for result in done.results] == ["error", "success", "pass"]
    assert done.is_ok


def test_command_without_results_is_one_line(settings: Settings) -> None:
    dbt = FakeDbt([Answer(None, [Message("error", "Compilation Error\n  in model x")], code=2)])
    with pytest.raises(ModelsError, match=r"^dbt could not build the models: Comp.* in model x$"):
        build(commands(settings, dbt))
