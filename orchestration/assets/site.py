"""The static site: built from the published release, and only when it or the pages changed."""

from pathlib import Path
from typing import Any

from dagster import AssetKey, AssetsDefinition, MaterializeResult, MetadataValue, asset

from orchestration.assets import published
from orchestration.assets.steps import step
from orchestration.metadata import brought, markdown_table, summed
from orchestration.policies import FRESHNESS
from orchestration.progress import tell
from orchestration.release import PUBLISHED
from orchestration.site import build_site

KEY = AssetKey(["site", "site"])
LOG = "site.log"


def build_site_asset() -> AssetsDefinition:
    """The asset `site/site`, after the release."""

    @asset(
        key=KEY,
        group_name="site",
        kinds={"evidence", "svelte"},
        freshness_policy=FRESHNESS,
        deps=[published.KEY],
        description="Static pages and the data they show, from the published release alone.",
    )
    def site() -> MaterializeResult[Any]:
        with step("A build of the site") as settings:
            built = build_site(
                settings.releases / PUBLISHED,
                settings.data / "site",
                settings.logs / LOG,
                progress=tell,
            )
            counts = summed(brought(settings.warehouse))
        files = [path for path in built.path.rglob("*") if path.is_file()]
        return MaterializeResult(
            metadata={
                **counts,
                "release": built.release_id,
                "is_new": built.is_new,
                "path": MetadataValue.path(str(built.path)),
                "pages": sum(path.suffix == ".html" for path in files),
                "files": len(files),
                "bytes": sum(path.stat().st_size for path in files),
                "largest_files": MetadataValue.md(_largest(built.path, files)),
                "duration_s": round(built.seconds, 2),
            }
        )

    return site


def _largest(root: Path, files: list[Path], shown: int = 5) -> str:
    sizes = sorted(((path.stat().st_size, path) for path in files), reverse=True)[:shown]
    return markdown_table(
        ["file", "bytes"], [(str(path.relative_to(root)), size) for size, path in sizes]
    )
