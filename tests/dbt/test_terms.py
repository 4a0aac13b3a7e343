"""What is declared of a source stands in the seed of terms and in the documentation."""

from __future__ import annotations

import csv
from dataclasses import fields
from pathlib import Path

import pytest

from ingestion import available_sources
from ingestion.declared import COLUMNS, written
from ingestion.source import Terms

WRITTEN = written()


@pytest.mark.parametrize("file", WRITTEN, ids=lambda file: file.name)
def test_what_is_written_is_what_is_declared(file: Path) -> None:
    assert file.read_text(encoding="utf-8") == WRITTEN[file], "make declare writes it anew"


def test_every_source_states_its_terms(repo: Path) -> None:
    with (repo / "dbt_project" / "seeds" / "source_terms.csv").open(newline="") as file:
        seeded = {row["source"]: row for row in csv.DictReader(file)}
    assert {field.name for field in fields(Terms)} <= set(COLUMNS)
    for name, spec in available_sources().items():
        # Dropped files bring their own terms in their mappings.
        if spec.kind != "file":
            assert seeded[name]["attribution"], name
            assert seeded[name]["licence"], name
            assert spec.kind == "demo" or seeded[name]["url"].startswith("https://"), name
