"""dbt's manifest: parsed when a file of the project changed, read once, and what we ask of it."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import psutil

from orchestration.errors import ModelsError
from orchestration.paths import DBT_PROJECT
from orchestration.release import Table

log = logging.getLogger(__name__)

TARGET = DBT_PROJECT / "target"
MANIFEST = TARGET / "manifest.json"
#: Always for DuckDB: graph, keys and hashes are the same whichever engine builds.
_PARSE = ("--no-use-colors", "--quiet", "parse", "--target", "duckdb")
#: dbt puts the time before its lines.
_TIMED = re.compile(r"^\d\d:\d\d:\d\d +(Encountered an error:)?")
_PARSING = "parsing-"
_INPUTS = TARGET / "manifest.inputs"
#: Folders and files of the project that parsing reads.
_READ = ("models", "seeds", "macros", "tests", "docs", "analyses", "snapshots", "*.yml")
#: Settings that the project's yml and macros may read while dbt parses.
_SETTINGS = ("WAGEHOUSE_AUDIENCE",)
#: dbt layers, from the sources to what is published; each is a folder, a schema and a group.
LAYERS = ("staging", "intermediate", "normalized", "marts")
PUBLISHED_LAYERS = ("normalized", "marts")


def dbt_executable() -> str:
    """The dbt beside this Python, whatever PATH says."""
    beside = Path(sys.executable).with_name("dbt")
    return str(beside) if beside.exists() else "dbt"


def ensure_manifest() -> Path:
    """Parse the dbt project unless the manifest is as new as its files; its path.

    The result is moved into place whole. Raises ModelsError with dbt's own first error.
    """
    inputs = _inputs()
    try:
        if _INPUTS.read_text() == inputs and json.loads(MANIFEST.read_bytes()):
            return MANIFEST
    except (OSError, ValueError):
        log.info("The dbt manifest is missing or broken")
    log.info("Parsing the dbt project")
    _clean()
    parsing = TARGET / f"{_PARSING}{os.getpid()}"
    parsing.mkdir(parents=True, exist_ok=True)
    if (TARGET / "partial_parse.msgpack").exists():
        shutil.copy(TARGET / "partial_parse.msgpack", parsing)
    try:
        done = subprocess.run(
            [dbt_executable(), *_PARSE, "--target-path", str(parsing), "--log-path", str(parsing)],
            cwd=DBT_PROJECT,
            env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            log.error("dbt parse failed:\n%s%s", done.stdout, done.stderr)
            raise ModelsError(f"dbt cannot read the models: {_first_error(done.stdout)}")
        for name in ("partial_parse.msgpack", "manifest.json"):
            if (parsing / name).exists():
                (parsing / name).replace(TARGET / name)
        _INPUTS.write_text(inputs)
    finally:
        shutil.rmtree(parsing, ignore_errors=True)
    return MANIFEST


def _clean() -> None:
    """Take away what parses that were killed left behind."""
    for folder in TARGET.glob(f"{_PARSING}*"):
        if not psutil.pid_exists(int(folder.name.removeprefix(_PARSING))):
            shutil.rmtree(folder, ignore_errors=True)


@cache
def load_manifest(path: Path = MANIFEST) -> Mapping[str, Any]:
    """The manifest with every data test attached to one node.

    dbt attaches generic tests only; a singular test of several models would be no asset check, so
    it is attached to the one that is furthest downstream.
    """
    manifest: dict[str, Any] = orjson.loads(path.read_bytes())
    depth = _depths(manifest)
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test" and not node.get("attached_node"):
            tested = [parent for parent in node["depends_on"]["nodes"] if parent in depth]
            if len(tested) > 1:
                node["attached_node"] = max(tested, key=lambda parent: (depth[parent], parent))
    return manifest


def published_tables(manifest: Mapping[str, Any]) -> list[Table]:
    """All models of normalized and marts, sorted; those of marts/observability are marked."""
    return sorted(
        (
            Table(
                schema=node["schema"],
                name=node["alias"],
                is_observability="observability" in node["fqn"],
            )
            for node in manifest["nodes"].values()
            if node["resource_type"] == "model"
            and node["config"].get("materialized") != "ephemeral"
            and layer_of(node) in PUBLISHED_LAYERS
        ),
        key=lambda table: (table.schema, table.name),
    )


def layer_of(node: Mapping[str, Any]) -> str | None:
    """The layer a model belongs to, by its folder; None for what is no model of a layer."""
    folder = node["fqn"][1] if len(node["fqn"]) > 1 else None
    return folder if node["resource_type"] == "model" and folder in LAYERS else None


def rules_hash(manifest: Mapping[str, Any]) -> str:
    """A hash of all that turns raw into marts: models, seeds and our macros."""
    project = manifest["metadata"]["project_name"]
    parts = [
        f"{unique_id} {node['checksum']['checksum']}"
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] in ("model", "seed")
    ]
    parts += [
        f"{unique_id} {macro['macro_sql']}"
        for unique_id, macro in manifest["macros"].items()
        if macro["package_name"] == project
    ]
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()[:16]


def _depths(manifest: Mapping[str, Any]) -> dict[str, int]:
    """How many steps each model and seed stands from its furthest source."""
    nodes = manifest["nodes"]

    @cache
    def depth(unique_id: str) -> int:
        parents = nodes[unique_id]["depends_on"].get("nodes", [])
        return 1 + max((depth(parent) for parent in parents if parent in nodes), default=0)

    return {
        unique_id: depth(unique_id)
        for unique_id, node in nodes.items()
        if node["resource_type"] in ("model", "seed")
    }


def _inputs() -> str:
    """A hash over names, sizes and times of the project's files and the settings they read."""
    settings = [f"{name}={os.environ.get(name, '')}" for name in _SETTINGS]
    files = [
        f"{path.relative_to(DBT_PROJECT)} {path.stat().st_size} {path.stat().st_mtime_ns}"
        for path in sorted(_project_files())
    ]
    return hashlib.sha256("\n".join([str(DBT_PROJECT), *settings, *files]).encode()).hexdigest()


def _project_files() -> Iterator[Path]:
    for pattern in _READ:
        for path in DBT_PROJECT.glob(pattern):
            yield from (found for found in path.rglob("*") if found.is_file())
            if path.is_file():
                yield path


def _first_error(output: str) -> str:
    lines = [_TIMED.sub("", line).strip() for line in output.splitlines() if line.strip()]
    return " ".join(lines).strip()[:300] or "see the log"
