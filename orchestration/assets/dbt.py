"""The models: one asset a dbt model or seed, one group a layer, one asset check a data test."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from dagster import AssetExecutionContext, AssetsDefinition, AssetSpec, Output
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliInvocation,
    DbtProject,
    dbt_assets,
)
from dagster_dbt.core.dbt_event_iterator import DbtDagsterEventType
from dagster_dbt.dbt_project import using_dagster_dev

from ingestion.settings import Settings
from orchestration import models, paths
from orchestration.assets.steps import step
from orchestration.errors import GateClosedError, ModelsError, lock_message
from orchestration.metadata import Columns, brought, summed, table_metadata
from orchestration.policies import FRESHNESS
from orchestration.progress import tell
from orchestration.resources import DbtCli
from orchestration.results import Ledger

_BUILD = ("build", "--exclude-resource-type", "unit_test")


class Translator(DagsterDbtTranslator):
    """Groups by layer; seeds stand with the sources."""

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> AssetSpec:
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = self.get_resource_props(manifest, unique_id)
        if node["resource_type"] == "source":
            return spec
        return spec.replace_attributes(
            group_name=models.layer_of(node) or "sources", freshness_policy=FRESHNESS
        )


def dbt_project() -> DbtProject:
    """Our project with a manifest; in `dagster dev` with one that is as new as its files.

    Not by `prepare_if_dev`: that parses anew in every process Dagster starts, even when nothing
    changed (10 s each), and needs dbt on the PATH.
    """
    project = DbtProject(
        project_dir=paths.DBT_PROJECT, profiles_dir=paths.DBT_PROJECT, target_path=models.TARGET
    )
    if using_dagster_dev() or not project.manifest_path.exists():
        models.ensure_manifest()
    return project


def build_dbt_assets() -> AssetsDefinition:
    """All models and seeds in one step: dbt orders and runs them itself."""
    project = dbt_project()

    @dbt_assets(
        manifest=models.load_manifest(project.manifest_path),
        project=project,
        name="dbt_build",
        dagster_dbt_translator=Translator(
            DagsterDbtTranslatorSettings(enable_source_tests_as_checks=True)
        ),
    )
    def dbt_build(context: AssetExecutionContext, dbt: DbtCli) -> Iterator[DbtDagsterEventType]:
        with step("A build of the models") as settings:
            yield from _build(context, dbt, settings)

    return dbt_build


def _build(
    context: AssetExecutionContext, dbt: DbtCli, settings: Settings
) -> Iterator[DbtDagsterEventType]:
    target = paths.dbt_target(settings.state)
    ledger = Ledger(paths.ledger(settings.state))
    settings.warehouse.parent.mkdir(parents=True, exist_ok=True)
    (target / "run_results.json").unlink(missing_ok=True)
    ledger.begin()
    invocation = dbt.cli(_BUILD, context=context, target_path=target, raise_on_error=False)
    errors: list[str] = []
    events = list(_follow(invocation, context, errors))
    try:
        run_results = orjson.loads((target / "run_results.json").read_bytes())
    except FileNotFoundError:
        raise ModelsError(_build_error(errors, settings)) from None
    ledger.end(run_results, invocation.manifest)
    yield from _with_metadata(events, invocation, settings)
    if invocation.process.returncode != 0:
        gate = ledger.gate(invocation.manifest)
        locked = lock_message(" ".join(errors), settings.warehouse)
        raise GateClosedError(
            locked or f"Not published, the last release stays: {gate.line() or errors[:1]}"
        )


def _follow(
    invocation: DbtCliInvocation, context: AssetExecutionContext, errors: list[str]
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
            manifest=invocation.manifest,
            dagster_dbt_translator=invocation.dagster_dbt_translator,
            context=context,
            target_path=invocation.target_path,
            project=invocation.project,
        )


def _with_metadata(
    events: list[DbtDagsterEventType], invocation: DbtCliInvocation, settings: Settings
) -> Iterator[DbtDagsterEventType]:
    """Add rows, columns and a sample to each materialization, and what its sources last brought.

    dbt has ended: the warehouse is free, and is read once for all tables.
    """
    nodes = invocation.manifest["nodes"]
    built = {_unique_id(event): event for event in events if isinstance(event, Output)}
    tables = {
        unique_id: (nodes[unique_id]["schema"], nodes[unique_id]["alias"]) for unique_id in built
    }
    shown = table_metadata(
        settings.warehouse,
        tables.values(),
        {tables[unique_id]: _descriptions(nodes[unique_id]) for unique_id in built},
    )
    runs = brought(settings.warehouse)
    sources = _sources_behind(invocation.manifest)
    for event in events:
        if isinstance(event, Output):
            unique_id = _unique_id(event)
            yield event.with_metadata(
                {
                    **event.metadata,
                    "duration_s": event.metadata.get("Execution Duration", 0.0),
                    **summed(runs, sources[unique_id]),
                    **shown[tables[unique_id]],
                }
            )
        else:
            yield event


def _unique_id(event: Output[Any]) -> str:
    return str(event.metadata["unique_id"].value)


def _descriptions(node: Mapping[str, Any]) -> Columns:
    return {name: column.get("description") or "" for name, column in node["columns"].items()}


def _sources_behind(manifest: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """By model and seed: names of the sources that it is built from."""
    parents: Mapping[str, list[str]] = manifest["parent_map"]
    found: dict[str, frozenset[str]] = {
        unique_id: frozenset([source["name"].split("__")[0]])
        for unique_id, source in manifest["sources"].items()
    }

    def behind(unique_id: str) -> frozenset[str]:
        if unique_id not in found:
            found[unique_id] = frozenset().union(
                *(behind(parent) for parent in parents.get(unique_id, []))
            )
        return found[unique_id]

    return {
        unique_id: behind(unique_id)
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] in ("model", "seed")
    }


def _build_error(errors: list[str], settings: Settings) -> str:
    """One line on a build that ended before it had results: lock, unreadable models, killed dbt."""
    text = " ".join(" ".join(errors).split())
    locked = lock_message(text, settings.warehouse)
    return locked or f"dbt could not build the models: {text[:300] or 'it ended early'}"
