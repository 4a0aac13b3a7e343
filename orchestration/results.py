"""What dbt's tests said, kept for the gate: a small ledger of the newest result of every node.

A full build writes every node; a build of a part writes its own and leaves the others, so the gate
always speaks of what stands in the warehouse. While a build is under way the ledger says so, and a
killed build therefore keeps the gate shut until the next one ends.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

#: dbt's words for a node that neither did its work nor was left out on purpose.
_BROKEN = frozenset({"error", "fail", "runtime error", "skipped"})
_LEDGER_VERSION = 1


@dataclass(frozen=True)
class DbtTestResult:
    """One dbt test's newest result; the columns of test_result.parquet in this order."""

    test_name: str
    model: str | None
    column: str | None
    status: str  # pass, warn, fail, error, skipped
    severity: str  # error, warn
    failures: int | None
    message: str | None
    kind: str  # unique, not_null, relationships, accepted_values, … or singular


@dataclass(frozen=True)
class Gate:
    """Whether what stands in the warehouse may be published, and why not."""

    passed: int
    warned: int
    failed: int
    reasons: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        return not self.reasons

    def line(self, limit: int = 3) -> str:
        """The reasons in one line, the first few by name."""
        more = len(self.reasons) - limit
        return "; ".join(self.reasons[:limit]) + (f"; and {more} more" if more > 0 else "")


class Ledger:
    """The ledger file `state/dbt_results.json`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self, engine: str) -> None:
        """Say that a build is under way: the gate is shut until `end`.

        What another engine built and tested before does not stand any more.
        """
        ledger = self._read()
        nodes = ledger.get("nodes", {}) if ledger.get("engine", "duckdb") == engine else {}
        self._write({"engine": engine, "nodes": nodes, "is_building": True})

    def end(self, results: Iterable[Mapping[str, Any]], manifest: Mapping[str, Any]) -> None:
        """Take over a build's results (of its run_results.json), the later of two of one node.

        Nodes that the manifest no longer has go.
        """
        known = manifest["nodes"]
        ledger = self._read()
        nodes = {
            unique_id: node
            for unique_id, node in ledger.get("nodes", {}).items()
            if unique_id in known
        }
        for result in results:
            if result["unique_id"] in known:
                nodes[result["unique_id"]] = {
                    "status": str(result["status"]).lower(),
                    "failures": result.get("failures"),
                    "message": _one_line(result.get("message")),
                }
        self._write({**ledger, "is_building": False, "nodes": nodes})

    def gate(self, manifest: Mapping[str, Any]) -> Gate:
        """The gate over all nodes of the manifest: open when none is broken or never built."""
        ledger = self._read()
        nodes: Mapping[str, Any] = ledger.get("nodes", {})
        reasons = []
        if ledger.get("is_building"):
            reasons.append("the last build was interrupted: build again")
        elif not nodes:
            reasons.append("nothing has been built yet")
        tests = self.test_results(manifest)
        broken = [test for test in tests if test.status in _BROKEN]
        reasons += [
            f"model {manifest['nodes'][unique_id]['name']}: {node['message'] or node['status']}"
            for unique_id, node in nodes.items()
            if unique_id in manifest["nodes"]
            and manifest["nodes"][unique_id]["resource_type"] != "test"
            and node["status"] in _BROKEN - {"skipped"}
        ]
        reasons += [
            f"test {test.test_name} {'found ' + str(test.failures) if test.failures else 'failed'}"
            for test in broken
            if test.status != "skipped"
        ]
        skipped = sum(node["status"] == "skipped" for node in nodes.values())
        unbuilt = [
            node["name"]
            for unique_id, node in manifest["nodes"].items()
            if unique_id not in nodes and _is_built(node)
        ]
        # Where something failed, what was left out because of it is no reason of its own.
        if unbuilt and not reasons:
            reasons.append(f"{len(unbuilt)} models or tests have never run, such as {unbuilt[0]}")
        if skipped and not reasons:
            reasons.append(f"{skipped} models or tests were skipped")
        return Gate(
            passed=sum(test.status == "pass" for test in tests),
            warned=sum(test.status == "warn" for test in tests),
            failed=len(broken),
            reasons=tuple(reasons),
        )

    def test_results(self, manifest: Mapping[str, Any]) -> list[DbtTestResult]:
        """The newest result of every data test of the manifest that has run, sorted by name."""
        nodes = self._read().get("nodes", {})
        found = [
            _test_result(manifest, manifest["nodes"][unique_id], result)
            for unique_id, result in nodes.items()
            if unique_id in manifest["nodes"]
            and manifest["nodes"][unique_id]["resource_type"] == "test"
        ]
        return sorted(found, key=lambda test: test.test_name)

    def _read(self) -> dict[str, Any]:
        try:
            ledger = json.loads(self.path.read_text())
        except FileNotFoundError:
            return {}
        return dict(ledger) if ledger.get("version") == _LEDGER_VERSION else {}

    def _write(self, ledger: Mapping[str, Any]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(".tmp")
        temporary.write_text(json.dumps({"version": _LEDGER_VERSION, **ledger}))
        temporary.replace(self.path)


def as_row(test: DbtTestResult) -> tuple[object, ...]:
    """The test's values in the order of test_result.parquet's columns."""
    return tuple(asdict(test).values())


def _is_built(node: Mapping[str, Any]) -> bool:
    is_kind = node["resource_type"] in ("model", "seed", "snapshot", "test")
    is_ephemeral = node["config"].get("materialized") == "ephemeral"
    return is_kind and not is_ephemeral and node["config"].get("enabled", True)


def _test_result(
    manifest: Mapping[str, Any], node: Mapping[str, Any], result: Mapping[str, Any]
) -> DbtTestResult:
    metadata = node.get("test_metadata") or {}
    tested = node.get("attached_node") or next(iter(node["depends_on"]["nodes"]), None)
    model = manifest["nodes"].get(tested) or manifest["sources"].get(tested) or {}
    return DbtTestResult(
        test_name=node["name"],
        model=model.get("name"),
        column=node.get("column_name"),
        status=result["status"],
        severity=str(node["config"].get("severity") or "error").lower(),
        failures=result["failures"],
        message=None if result["status"] == "pass" else result["message"],
        kind=metadata.get("name") or "singular",
    )


def _one_line(text: str | None, limit: int = 300) -> str | None:
    return None if text is None else " ".join(text.split())[:limit]
