"""The release: published tables copied out of the warehouse when every blocking test holds."""

import subprocess
import time
from collections.abc import Mapping
from typing import Any

from dagster import AssetKey, AssetsDefinition, MaterializeResult, MetadataValue, asset

from ingestion.settings import Settings
from orchestration import models, paths, release
from orchestration.assets.steps import step
from orchestration.metadata import brought, markdown_table, summed
from orchestration.policies import FRESHNESS
from orchestration.progress import tell
from orchestration.results import Ledger

KEY = AssetKey(["release", "published"])


def build_published_asset() -> AssetsDefinition:
    """The asset `release/published`, after every table it publishes."""
    manifest = models.load_manifest()

    @asset(
        key=KEY,
        group_name="release",
        kinds={"duckdb", "parquet"},
        freshness_policy=FRESHNESS,
        deps=[AssetKey([table.schema, table.name]) for table in models.published_tables(manifest)],
        description="The newest release that passed its tests: Parquet files, a read-only"
        " database and a manifest, swapped in whole.",
    )
    def published() -> MaterializeResult[Any]:
        with step("A release") as settings:
            started = time.monotonic()
            tell("comparing with the published release")
            made = publish_warehouse(settings, manifest)
            return MaterializeResult(
                metadata={
                    **_metadata(made, time.monotonic() - started),
                    **summed(brought(settings.warehouse)),
                },
            )

    return published


def publish_warehouse(settings: Settings, manifest: Mapping[str, Any]) -> release.Release:
    """Publish what stands in the warehouse; see `release.publish`."""
    ledger = Ledger(paths.ledger(settings.state))
    return release.publish(
        warehouse=settings.warehouse,
        releases=settings.releases,
        tables=models.published_tables(manifest),
        tests=ledger.test_results(manifest),
        gate=ledger.gate(manifest),
        facts=release.Facts(
            git_sha=git_sha(),
            rules_hash=models.rules_hash(manifest),
            audience=settings.audience,
        ),
        now=settings.now(),
    )


def git_sha() -> str | None:
    """The commit that is checked out; None outside a git checkout."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=paths.REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _metadata(made: release.Release, seconds: float) -> dict[str, Any]:
    tables = made.manifest["tables"]
    gate = made.manifest["gate"]
    return {
        "release": made.id,
        "is_new": made.is_new,
        "path": MetadataValue.path(str(made.path)),
        "as_of": str(made.manifest["as_of"]),
        "is_demo": bool(made.manifest["is_demo"]),
        "dagster/row_count": sum(table["rows"] for table in tables.values()),
        "tests_passed": gate["passed"],
        "tests_warned": gate["warned"],
        "tables": MetadataValue.md(
            markdown_table(
                ["table", "rows", "columns"],
                [(name, table["rows"], len(table["columns"])) for name, table in tables.items()],
            )
        ),
        "duration_s": round(seconds, 2),
    }
