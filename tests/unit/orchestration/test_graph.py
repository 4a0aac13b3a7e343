"""The asset graph: equal to the committed snapshot, whole, described, in its groups."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from dagster import AssetKey, Definitions

from ingestion import available_sources
from orchestration import models
from tests.unit.orchestration.graph import SNAPSHOT, graph_of

GROUPS = {"sources", "engine", "staging", "intermediate", "normalized", "marts", "release", "site"}


@pytest.fixture(scope="module")
def defs() -> Definitions:
    models.ensure_manifest()
    from orchestration.definitions import defs

    return defs


@pytest.fixture(scope="module")
def manifest(defs: Definitions) -> Mapping[str, Any]:
    return models.load_manifest()


def test_graph_is_the_committed_one(defs: Definitions) -> None:
    committed, now = json.loads(SNAPSHOT.read_text()), graph_of(defs)
    changed = {
        key: (committed["assets"].get(key), now["assets"].get(key))
        for key in sorted(committed["assets"].keys() | now["assets"].keys())
        if committed["assets"].get(key) != now["assets"].get(key)
    }
    refresh = "meant so? python -m tests.unit.orchestration.graph"
    assert not changed, refresh
    assert now == committed, refresh


def test_every_dbt_source_has_an_asset_upstream(
    defs: Definitions, manifest: Mapping[str, Any]
) -> None:
    graph = defs.resolve_asset_graph()
    for source in manifest["sources"].values():
        name, _, endpoint = source["name"].partition("__")
        if endpoint and name not in {*available_sources(), "reference"}:
            # Models of a source may stand before the client that fetches it.
            continue
        meta = source["config"].get("meta") or source["meta"]
        assert meta.get("dagster", {}).get("asset_key"), f"{source['name']} names no asset"
        key = AssetKey(meta["dagster"]["asset_key"])
        assert key in graph.materializable_asset_keys, f"nothing lands {key.to_user_string()}"


def test_everything_but_what_lands_first_hangs_on_something(defs: Definitions) -> None:
    graph = defs.resolve_asset_graph()
    fetched = {*available_sources(), "landing", "reference"}
    for node in graph.asset_nodes:
        assert node.is_materializable, f"{node.key} is nobody's output"
        name = node.key.path[-1].removeprefix("stg_").partition("__")[0]
        if node.group_name == "staging" and name not in fetched:
            continue
        # The probe of the engine layer reads nothing: its cases stand in its macro.
        if node.group_name not in ("sources", "engine", "release", "site"):
            roots = graph.get_ancestor_asset_keys(node.key)
            assert any(key.path[0] in ("raw", "seeds") for key in roots), f"{node.key} has no root"


def test_groups_descriptions_and_the_freshness_policy(defs: Definitions) -> None:
    graph = defs.resolve_asset_graph()
    assert {node.group_name for node in graph.asset_nodes} <= GROUPS
    policies = set()
    for node in graph.asset_nodes:
        assert (node.description or "").strip(), f"{node.key} has no description"
        spec = node.assets_def.get_asset_spec(node.key)
        policies.add(spec.freshness_policy)
    assert len(policies) == 1
    assert None not in policies


def test_site_hangs_on_every_source(defs: Definitions) -> None:
    graph = defs.resolve_asset_graph()
    upstream = graph.get_ancestor_asset_keys(AssetKey(["site", "site"]))
    landed = {key for key in graph.materializable_asset_keys if key.path[0] == "raw"}
    assert landed <= upstream


def test_demo_runs_after_every_real_source(defs: Definitions) -> None:
    graph = defs.resolve_asset_graph()
    parents = graph.get(AssetKey(["raw", "demo__jobs"])).parent_keys
    assert AssetKey(["raw", "the_muse__jobs"]) in parents
    assert AssetKey(["raw", "files__rows"]) in parents


def test_every_data_test_is_a_check(defs: Definitions, manifest: Mapping[str, Any]) -> None:
    checks = defs.resolve_asset_graph().asset_check_keys
    tests = {
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and node["config"].get("enabled", True)
    }
    assert tests - {check.name for check in checks} == set()


def test_one_source_can_be_run_with_what_hangs_on_it(defs: Definitions) -> None:
    job = defs.resolve_job_def("the_muse_and_downstream")
    keys = {key.to_user_string() for key in job.asset_layer.executable_asset_keys}
    assert {"raw/the_muse__jobs", "release/published", "site/site"} <= keys
    assert "raw/reference__cities" not in keys
