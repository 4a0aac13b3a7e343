"""How much of the dbt project its tests reach: models and columns.

A column counts as tested when a test names it, as its own column or among a test's arguments, or
when a unit test expects it. Run as `python -m tests.dbt.coverage [manifest.json]`.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[2] / "dbt_project"
Manifest = Mapping[str, Any]


@dataclass
class Coverage:
    """Columns of a model (or seed), those with a test, and the number of its tests."""

    layer: str
    name: str
    columns: set[str]
    tested: set[str] = field(default_factory=set)
    tests: int = 0
    unit_tests: int = 0


def load_manifest(path: Path) -> Manifest:
    """The manifest that dbt wrote at `path`."""
    manifest: Manifest = json.loads(path.read_text())
    return manifest


def measure(manifest: Manifest) -> dict[str, Coverage]:
    """Coverage by unique id, of every model and seed."""
    found = {
        unique_id: Coverage(node["schema"], node["name"], set(node["columns"]))
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] in ("model", "seed")
    }
    for node in manifest["nodes"].values():
        if node["resource_type"] != "test":
            continue
        # A generic test is attached to its model; one written by hand is about all it reads.
        attached = node.get("attached_node")
        for unique_id in [attached] if attached else node["depends_on"]["nodes"]:
            if unique_id not in found:
                continue
            covered = found[unique_id]
            covered.tests += 1
            if attached:
                named = {node["column_name"]} if node.get("column_name") else set()
                named |= set(_words(node.get("test_metadata", {}).get("kwargs", {})))
                covered.tested |= named & covered.columns
    for unit_test in manifest["unit_tests"].values():
        for unique_id in unit_test["depends_on"]["nodes"]:
            if unique_id in found and found[unique_id].name == unit_test["model"]:
                covered = found[unique_id]
                covered.unit_tests += 1
                covered.tested |= set(_expected(unit_test["expect"])) & covered.columns
    return found


def _words(value: Any) -> Iterator[str]:
    """Every word in the arguments of a test: names of columns, and words of conditions."""
    if isinstance(value, str):
        yield from "".join(c if c.isalnum() or c == "_" else " " for c in value).split()
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _words(key)
            yield from _words(item)
    elif isinstance(value, list):
        for item in value:
            yield from _words(item)


def _expected(expect: Mapping[str, Any]) -> list[str]:
    """The columns that a unit test expects."""
    rows = expect.get("rows")
    if isinstance(rows, list):
        return sorted({column for row in rows for column in row})
    if isinstance(rows, str):
        return next(csv.reader([rows.strip().splitlines()[0]]))
    fixture = expect.get("fixture")
    if fixture:
        text = (PROJECT / "tests" / "fixtures" / f"{fixture}.csv").read_text()
        return next(csv.reader([text.splitlines()[0]]))
    return []


def report(found: Mapping[str, Coverage]) -> str:
    """A table a layer, and the total."""
    lines = [f"{'layer':<14}{'models':>8}{'tested':>8}{'columns':>9}{'tested':>8}{'share':>8}"]
    layers = ["seeds", "staging", "intermediate", "normalized", "marts"]
    for layer in [*layers, "all"]:
        models = [one for one in found.values() if layer in ("all", one.layer)]
        columns = sum(len(one.columns) for one in models)
        tested = sum(len(one.tested) for one in models)
        with_tests = sum(1 for one in models if one.tests or one.unit_tests)
        share = f"{tested / columns:.0%}" if columns else "-"
        lines.append(f"{layer:<14}{len(models):>8}{with_tests:>8}{columns:>9}{tested:>8}{share:>8}")
    tests = sum(one.tests for one in found.values())
    unit_tests = sum(one.unit_tests for one in found.values())
    lines.append(f"{tests} data tests on models and seeds, {unit_tests} unit tests")
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    """Print the report for a manifest, by default the one of the last dbt command."""
    path = Path(arguments[0]) if arguments else PROJECT / "target" / "manifest.json"
    sys.stdout.write(report(measure(load_manifest(path))) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
