"""The rules of the layers, read from the manifest."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from tests.dbt.coverage import Manifest, measure, report

LAYERS = ["staging", "intermediate", "normalized", "marts"]
NAMES = {
    "staging": r"stg_[a-z]+(_[a-z]+)*__[a-z_]+",
    "intermediate": r"int_[a-z]+__[a-z]+",
    "normalized": r"[a-z]+(_[a-z]+)*",
    "marts": r"(dim|fct|bridge|mart)_[a-z_]+",
}


#: Shows what the engine layer does, belongs to no layer, and nothing reads it.
PROBE = "engine_probe"


def models(manifest: Manifest) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] == "model" and node["name"] != PROBE:
            yield unique_id, node


def is_observability(node: Mapping[str, Any]) -> bool:
    return str(node["path"]).startswith("marts/observability/")


def test_schemas_are_the_layers(manifest: Manifest) -> None:
    assert {node["schema"] for _, node in models(manifest)} == set(LAYERS)
    for _, node in models(manifest):
        assert node["path"].split("/")[0] == node["schema"], node["name"]


def test_names_say_the_layer(manifest: Manifest) -> None:
    for _, node in models(manifest):
        assert re.fullmatch(NAMES[node["schema"]], node["name"]), node["name"]


def test_a_model_reads_its_own_layer_or_the_one_before(manifest: Manifest) -> None:
    wrong = []
    for _, node in models(manifest):
        if is_observability(node):
            continue
        layer = LAYERS.index(node["schema"])
        for parent_id in node["depends_on"]["nodes"]:
            if parent_id.startswith("source."):
                allowed = layer == 0
            elif parent_id.startswith("seed."):
                allowed = True
            else:
                allowed = layer - LAYERS.index(manifest["nodes"][parent_id]["schema"]) in (0, 1)
            if not allowed:
                wrong.append(f"{node['name']} reads {parent_id}")
    assert not wrong, "\n".join(wrong)


def test_staging_reads_sources_only(manifest: Manifest) -> None:
    for _, node in models(manifest):
        if node["schema"] == "staging":
            parents = node["depends_on"]["nodes"]
            assert all(parent.startswith("source.") for parent in parents), node["name"]


def test_nothing_reads_observability(manifest: Manifest) -> None:
    observed = {unique_id for unique_id, node in models(manifest) if is_observability(node)}
    for _, node in models(manifest):
        assert not observed & set(node["depends_on"]["nodes"]), node["name"]


def test_nothing_reads_the_probe(manifest: Manifest) -> None:
    for _, node in models(manifest):
        assert f"model.wagehouse.{PROBE}" not in node["depends_on"]["nodes"], node["name"]


def test_models_and_columns_are_described(manifest: Manifest) -> None:
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] not in ("model", "seed"):
            continue
        assert node["description"].startswith("One row"), unique_id
        assert node["columns"], unique_id
        for column in node["columns"].values():
            assert column["description"].strip(), f"{unique_id}: {column['name']}"
    for unique_id, table in manifest["sources"].items():
        assert table["description"].startswith("One row"), unique_id
        for column in table["columns"].values():
            assert column["description"].strip(), f"{unique_id}: {column['name']}"
            assert column["data_type"], f"{unique_id}: {column['name']}"


def test_described_columns_are_those_of_the_table(
    manifest: Manifest, empty_columns: Mapping[tuple[str, str], list[str]]
) -> None:
    for _, node in models(manifest):
        built = empty_columns[(node["schema"], node["name"])]
        assert list(node["columns"]) == built, node["name"]


def test_every_model_is_tested(manifest: Manifest) -> None:
    found = measure(manifest)
    sys.stdout.write("\n" + report(found) + "\n")
    bare = [one.name for one in found.values() if not one.tests]
    assert not bare, f"models without a data test: {bare}"
    columns = sum(len(one.columns) for one in found.values())
    tested = sum(len(one.tested) for one in found.values())
    assert tested / columns > 0.7, f"{tested} of {columns} columns are tested"


def test_keys_are_unique_and_not_null(manifest: Manifest) -> None:
    """Every model of the star and of the normalized layer has a key that is tested."""
    unique = {
        node["attached_node"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and node.get("test_metadata", {}).get("name") in ("unique", "unique_together")
    }
    one_row = {"reporting_period", "mart_overview"}
    for unique_id, node in models(manifest):
        if node["schema"] in ("normalized", "marts") and node["name"] not in one_row:
            assert unique_id in unique, node["name"]


def test_marts_have_contracts(manifest: Manifest) -> None:
    for _, node in models(manifest):
        if node["schema"] == "marts":
            assert node["config"]["contract"]["enforced"], node["name"]


def test_pages_are_exposures(manifest: Manifest) -> None:
    pages = {exposure["name"] for exposure in manifest["exposures"].values()}
    assert pages == {"page_overview", "page_pay", "page_data", "page_method"}


def test_sources_of_records_have_freshness(manifest: Manifest) -> None:
    for table in manifest["sources"].values():
        if table["name"].endswith(("__jobs", "__companies", "__rows")):
            assert table["freshness"]["warn_after"]["count"], table["name"]
            assert "slices" in table["loaded_at_query"], table["name"]


def test_every_source_names_its_asset(manifest: Manifest) -> None:
    for table in manifest["sources"].values():
        key = table["config"]["meta"]["dagster"]["asset_key"]
        assert key == ["raw", table["name"]]


def test_observability_counts_every_table(manifest: Manifest) -> None:
    """`mart_layer_count` names its tables by hand: none may be missing but views and its own."""
    counted = next(node for _, node in models(manifest) if node["name"] == "mart_layer_count")
    parents = set(counted["depends_on"]["nodes"])
    missing = [
        node["name"]
        for unique_id, node in models(manifest)
        if unique_id not in parents
        and not is_observability(node)
        and node["schema"] != "intermediate"
    ]
    assert not missing
    assert set(manifest["sources"]) <= parents
