"""The models: one asset a dbt model or seed, one group a layer, one asset check a data test."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dagster import AssetExecutionContext, AssetKey, AssetsDefinition, AssetSpec, Output
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtProject,
    dbt_assets,
)
from dagster_dbt.core.dbt_event_iterator import DbtDagsterEventType
from dagster_dbt.dbt_project import using_dagster_dev

from ingestion import available_sources, carry_raw, show_raw
from ingestion.settings import Settings
from orchestration import models, paths
from orchestration.assets.steps import step
from orchestration.build import Commands, build
from orchestration.errors import GateClosedError, lock_message
from orchestration.metadata import Columns, brought, summed, table_metadata
from orchestration.policies import FRESHNESS
from orchestration.progress import tell
from orchestration.resources import DbtCli
from orchestration.results import Ledger
from orchestration.spark.engine import check_engine, engine_of


class Translator(DagsterDbtTranslator):
    """Groups by layer; seeds stand with the sources."""

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> AssetSpec:
        spec = super().get_asset_spec(manifest, unique_id, project)
        spec = spec.replace_attributes(deps=[dep for dep in spec.deps if _has_asset(dep.asset_key)])
        node = self.get_resource_props(manifest, unique_id)
        if node["resource_type"] == "source":
            return spec
        # A model of no layer stands under the name of its folder.
        group = "sources" if node["resource_type"] == "seed" else node["fqn"][1]
        return spec.replace_attributes(group_name=group, freshness_policy=FRESHNESS)


def _has_asset(key: AssetKey) -> bool:
    """False for the raw table of a source that nothing fetches: its models stand and are empty."""
    source, _, endpoint = key.path[-1].partition("__")
    is_table_of_source = key.path[0] == "raw" and bool(endpoint) and source != "reference"
    return not is_table_of_source or source in available_sources()


TRANSLATOR = Translator(DagsterDbtTranslatorSettings(enable_source_tests_as_checks=True))


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
        dagster_dbt_translator=TRANSLATOR,
    )
    def dbt_build(context: AssetExecutionContext, dbt: DbtCli) -> Iterator[DbtDagsterEventType]:
        with step("A build of the models") as settings:
            yield from _build(context, dbt, settings)

    return dbt_build


def _build(
    context: AssetExecutionContext, dbt: DbtCli, settings: Settings
) -> Iterator[DbtDagsterEventType]:
    check_engine(settings)
    carry_raw(settings, tell)
    if settings.raw_path is not None:
        show_raw(settings)
    ledger = Ledger(paths.ledger(settings.state))
    settings.warehouse.parent.mkdir(parents=True, exist_ok=True)
    ledger.begin(engine_of(settings))
    manifest = models.load_manifest()
    commands = Commands(dbt, settings, context, manifest, dbt_project(), TRANSLATOR)
    done = build(commands)
    ledger.end(done.results, manifest)
    yield from _with_metadata(done.events, manifest, settings)
    if not done.is_ok:
        locked = lock_message(" ".join(done.errors), settings.warehouse)
        reasons = ledger.gate(manifest).line() or done.errors[:1]
        raise GateClosedError(locked or f"Not published, the last release stays: {reasons}")


def _with_metadata(
    events: Sequence[DbtDagsterEventType], manifest: Mapping[str, Any], settings: Settings
) -> Iterator[DbtDagsterEventType]:
    """Add rows, columns and a sample to each materialization, and what its sources last brought.

    dbt has ended: the warehouse is free, and is read once for all tables.
    """
    nodes = manifest["nodes"]
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
    sources = _sources_behind(manifest)
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
