"""A build of the models: dbt's commands on the engine that is set, and what they gave.

DuckDB builds and tests in one command. Spark builds, its tables are shown in warehouse.duckdb, and
the tests run there: the same tests on the same rows take a twentieth of the time.
"""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import orjson
from dagster import AssetExecutionContext, Output
from dagster_dbt import DagsterDbtTranslator, DbtCliInvocation, DbtProject
from dagster_dbt.core.dbt_event_iterator import DbtDagsterEventType

from ingestion.settings import Settings
from orchestration import paths
from orchestration.errors import ModelsError, lock_message
from orchestration.progress import tell
from orchestration.resources import DbtCli
from orchestration.spark.engine import environment
from orchestration.spark.folders import tables_folder
from orchestration.spark.window import open_window, tables_of

log = logging.getLogger(__name__)

_RESULTS = "run_results.json"
_BUILD = ("build", "--exclude-resource-type", "unit_test")
_MODELS = (*_BUILD, "--exclude-resource-type", "test")
_ON_DUCKDB = ("--target", "duckdb")
#: Models that are views hold nothing that Spark could hand over: DuckDB has views of its own.
_TESTS = (*_BUILD, *_ON_DUCKDB, "--select", "resource_type:test config.materialized:view")
#: The same where Dagster chooses a part: it adds its choice to the command.
_TESTS_OF_PART = (
    *(*_BUILD, *_ON_DUCKDB),
    *("--exclude-resource-type", "model", "--exclude-resource-type", "seed"),
)
#: What Spark says of a table that its catalog does not know and whose folder is there.
_LEFT_OVER = re.compile(r"LOCATION_ALREADY_EXISTS.*? location '([^']+)'", re.DOTALL)


@dataclass(frozen=True)
class Done:
    """What one or more commands gave: Dagster's events, dbt's results, its errors."""

    events: Sequence[DbtDagsterEventType]
    results: Sequence[Mapping[str, Any]]
    errors: Sequence[str]
    is_ok: bool

    def then(self, later: Done) -> Done:
        """Both together; whether it went well is for the later one to say."""
        return Done(
            events=[*self.events, *later.events],
            results=[*self.results, *later.results],
            errors=[*self.errors, *later.errors],
            is_ok=later.is_ok,
        )


@dataclass(frozen=True)
class Commands:
    """dbt's command line within a step of Dagster's."""

    dbt: DbtCli
    settings: Settings
    context: AssetExecutionContext
    manifest: Mapping[str, Any]
    project: DbtProject
    translator: DagsterDbtTranslator

    def run(self, args: Sequence[str], folder: Path, *, is_chosen: bool = False) -> Done:
        """Run a command with its artifacts in `folder`.

        `is_chosen`: it says itself what it works on, and Dagster's choice is not added. Raises
        ModelsError, one line, when it ended before it had results.
        """
        (folder / _RESULTS).unlink(missing_ok=True)
        invocation = self.dbt.start(
            args,
            environment(self.settings),
            context=None if is_chosen else self.context,
            manifest=self.manifest,
            dagster_dbt_translator=self.translator,
            target_path=folder,
        )
        errors: list[str] = []
        events = list(self._follow(invocation, errors))
        try:
            results = orjson.loads((folder / _RESULTS).read_bytes())["results"]
        except FileNotFoundError:
            raise ModelsError(_build_error(errors, self.settings)) from None
        return Done(events, results, errors, is_ok=invocation.process.returncode == 0)

    def again(self, folder: Path) -> Done:
        """Run again what failed or was skipped in the last command of that folder."""
        before = folder / "before"
        before.mkdir(exist_ok=True)
        (folder / _RESULTS).replace(before / _RESULTS)
        return self.run(("retry", "--state", str(before)), folder, is_chosen=True)

    def _follow(
        self, invocation: DbtCliInvocation, errors: list[str]
    ) -> Iterator[DbtDagsterEventType]:
        """dbt's events as Dagster's, with what dbt is doing told on the way."""
        for message in invocation.stream_raw_events():
            event = message.raw_event
            if event["info"]["level"] == "error":
                errors.append(event["info"]["msg"])
            if event["info"]["name"] == "LogStartLine":
                data = event["data"]
                tell(f"{data['index']} of {data['total']}: {data['node_info']['node_name']}")
            yield from message.to_default_asset_events(
                manifest=self.manifest,
                dagster_dbt_translator=self.translator,
                context=self.context,
                target_path=invocation.target_path,
                project=self.project,
            )


def build(commands: Commands) -> Done:
    """Build and test the models on the engine that is set."""
    folder = paths.dbt_target(commands.settings.state)
    if commands.settings.target == "duckdb":
        return commands.run(_BUILD, folder)
    return _build_on_spark(commands, folder)


def _build_on_spark(commands: Commands, folder: Path) -> Done:
    # A folder a target: dbt parses anew where it finds what another one parsed.
    on_spark = folder / "spark"
    models = commands.run((*_MODELS, "--target", commands.settings.target), on_spark)
    if not models.is_ok and clear_left_over(commands.settings, models.errors):
        models = models.then(commands.again(on_spark))
    tell("showing Spark's tables in DuckDB")
    missing = open_window(commands.settings, tables_of(commands.manifest))
    if missing:
        log.warning("Spark has no files of %s", ", ".join(table.name for table in missing))
    if not models.is_ok:
        return models
    if commands.context.is_subset:
        tests = commands.run(_TESTS_OF_PART, folder)
    else:
        tests = commands.run(_TESTS, folder, is_chosen=True)
    # Spark has already given each model's materialization.
    checks = [event for event in tests.events if not isinstance(event, Output)]
    return models.then(replace(tests, events=checks))


def clear_left_over(settings: Settings, errors: Sequence[str]) -> bool:
    """Remove folders of tables that a killed build left without a table; whether there were any.

    Spark writes the files of a table before its catalog knows it, and refuses to write there again.
    """
    root = Path(tables_folder(settings)).resolve()
    found = {unquote(place) for error in errors for place in _LEFT_OVER.findall(error)}
    removed = False
    for place in sorted(found):
        path = Path(place.removeprefix("file:")).resolve()
        # <schema>.db/<table>, in the folder that is ours
        if path.parent.parent == root and path.is_dir():
            log.warning("Removing %s, left over from a build that was killed", path)
            shutil.rmtree(path)
            removed = True
    return removed


def _build_error(errors: Sequence[str], settings: Settings) -> str:
    """One line on a build that ended before it had results: lock, unreadable models, killed dbt."""
    text = " ".join(" ".join(errors).split())
    locked = lock_message(text, settings.warehouse)
    return locked or f"dbt could not build the models: {text[:300] or 'it ended early'}"
