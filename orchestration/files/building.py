"""A build of a part of the models by dbt's command line, with its results kept for the gate."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from ingestion import carry_raw, show_raw
from ingestion.settings import Settings
from orchestration import models, paths
from orchestration.errors import EngineError, GateClosedError, ModelsError, lock_message
from orchestration.results import Ledger
from orchestration.spark.engine import environment

log = logging.getLogger(__name__)

#: Only tests all of whose models are built in this run or have been before.
_BUILD = (
    *("--no-use-colors", "--log-format", "json", "--log-level-file", "none", "build"),
    *("--exclude-resource-type", "unit_test", "--indirect-selection", "cautious"),
)


def build_part(settings: Settings, select: Sequence[str], tell: Callable[[str], None]) -> int:
    """Build and test what `select` names; how many tests passed.

    Raises ModelsError and GateClosedError, one line each, EngineError on another engine.
    """
    if settings.target != "duckdb":
        raise EngineError("make load answers on DuckDB: leave TARGET out, or use make run.")
    carry_raw(settings)
    if settings.raw_path is not None:
        show_raw(settings)
    models.ensure_manifest()
    manifest = models.load_manifest()
    folder = paths.dbt_target(settings.state)
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "partial_parse.msgpack").exists():
        # Parsing anew would take longer than the build.
        shutil.copy(models.TARGET / "partial_parse.msgpack", folder)
    ledger = Ledger(paths.ledger(settings.state))
    ledger.begin("duckdb")
    (folder / "run_results.json").unlink(missing_ok=True)
    errors = _run([*_BUILD, "--target-path", str(folder), "--select", *select], settings, tell)
    try:
        results = orjson.loads((folder / "run_results.json").read_bytes())["results"]
    except FileNotFoundError:
        text = " ".join(" ".join(errors).split())
        locked = lock_message(text, settings.warehouse)
        raise ModelsError(locked or f"dbt could not build the models: {text[:300]}") from None
    ledger.end(results, manifest)
    broken = [one for one in results if one["status"] in ("error", "fail")]
    if broken:
        names = ", ".join(one["unique_id"].split(".")[2] for one in broken[:3])
        raise GateClosedError(f"{len(broken)} models or tests failed: {names}. {errors[:1]}"[:500])
    return sum(one["status"] == "pass" for one in results)


def _run(args: Sequence[str], settings: Settings, tell: Callable[[str], None]) -> list[str]:
    """Run dbt to its end; the errors it speaks of."""
    errors: list[str] = []
    with subprocess.Popen(
        [models.dbt_executable(), *args],
        cwd=paths.DBT_PROJECT,
        env={
            **os.environ,
            **environment(settings),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        for line in process.stdout or ():
            event = _event(line)
            if event is None:
                log.info("dbt: %s", line.rstrip())
                continue
            if event["info"]["level"] == "error":
                errors.append(event["info"]["msg"])
                log.error("dbt: %s", event["info"]["msg"])
            if event["info"]["name"] == "LogStartLine":
                data = event["data"]
                tell(f"{data['index']} of {data['total']}: {data['node_info']['node_name']}")
    return errors


def _event(line: str) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "info" in event else None
