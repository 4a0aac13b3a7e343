"""Jobs: everything, and one a source with all that hangs on it. One process, one step at a time."""

from __future__ import annotations

from dagster import (
    AssetKey,
    AssetSelection,
    define_asset_job,
    in_process_executor,
)
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from ingestion import available_sources
from orchestration.assets.ingestion import SCHEMA

EVERYTHING = "everything"


def build_jobs() -> list[UnresolvedAssetJobDefinition]:
    """`everything`, and `<source>_and_downstream` for each source."""
    everything = define_asset_job(
        EVERYTHING,
        selection=AssetSelection.all(),
        executor_def=in_process_executor,
        description="Collect all selected sources, build and test, publish, build the site.",
    )
    return [everything, *(_source_job(name) for name in available_sources())]


def _source_job(source: str) -> UnresolvedAssetJobDefinition:
    spec = available_sources()[source]
    landed = AssetSelection.assets(
        *(AssetKey([SCHEMA, f"{source}__{endpoint.name}"]) for endpoint in spec.endpoints)
    )
    return define_asset_job(
        f"{source}_and_downstream",
        selection=landed.downstream(),
        executor_def=in_process_executor,
        description=f"Collect {spec.title} and build what hangs on it, up to the site.",
    )
