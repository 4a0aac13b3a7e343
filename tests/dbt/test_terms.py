"""The terms of a source are declared with it; the models read the same from their seed."""

from __future__ import annotations

import csv
from dataclasses import fields
from pathlib import Path

from ingestion import available_sources
from ingestion.source import Terms


def _seeded(repo: Path) -> dict[str, dict[str, str]]:
    with (repo / "dbt_project" / "seeds" / "source_terms.csv").open(newline="") as file:
        return {row["source"]: row for row in csv.DictReader(file)}


def test_seed_and_declarations_state_the_same_terms(repo: Path) -> None:
    seeded = _seeded(repo)
    # Dropped files bring their own terms in their mappings.
    declared = {name: spec for name, spec in available_sources().items() if spec.kind != "file"}
    assert declared.keys() <= seeded.keys()
    for name, spec in declared.items():
        for field in fields(Terms):
            value = getattr(spec.terms, field.name)
            text = str(value).lower() if isinstance(value, bool) else str(value or "")
            assert seeded[name][field.name] == text, f"{name}: {field.name}"
