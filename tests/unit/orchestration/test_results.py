"""The ledger of test results and the gate that reads it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from orchestration.results import DbtTestResult, Ledger


def node(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "resource_type": kind,
        "name": name,
        "config": {"materialized": "table", "enabled": True, "severity": "ERROR"},
        "depends_on": {"nodes": []},
        **more,
    }


MANIFEST: Mapping[str, Any] = {
    "sources": {},
    "nodes": {
        "model.posting": node("model", "posting"),
        "model.folded": {**node("model", "folded"), "config": {"materialized": "ephemeral"}},
        "test.unique": node(
            "test",
            "unique_posting_posting_key",
            attached_node="model.posting",
            column_name="posting_key",
            test_metadata={"name": "unique"},
        ),
        "test.singular": {
            **node("test", "parts_equal_total", depends_on={"nodes": ["model.posting"]}),
            "config": {"severity": "warn"},
        },
    },
}


def results(**statuses: str) -> list[Mapping[str, Any]]:
    named = {"posting": "model.posting", "unique": "test.unique", "singular": "test.singular"}
    return [
        {
            "unique_id": named[name],
            "status": status,
            "failures": 3 if status in ("fail", "warn") else 0,
            "message": "Got 3 results,\n  configured to fail" if status != "pass" else None,
        }
        for name, status in statuses.items()
    ]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "state" / "dbt_results.json")


def test_gate_is_shut_before_anything_was_built(ledger: Ledger) -> None:
    assert ledger.gate(MANIFEST).reasons == ("nothing has been built yet",)


def test_gate_opens_when_all_passed_or_only_warned(ledger: Ledger) -> None:
    ledger.begin("duckdb")
    ledger.end(results(posting="success", unique="pass", singular="warn"), MANIFEST)
    gate = ledger.gate(MANIFEST)
    assert gate.is_open
    assert (gate.passed, gate.warned, gate.failed) == (1, 1, 0)


@pytest.mark.parametrize(
    ("statuses", "reason"),
    [
        (
            {"posting": "success", "unique": "fail", "singular": "pass"},
            "test unique_posting_posting_key found 3",
        ),
        (
            {"posting": "success", "unique": "error", "singular": "pass"},
            "test unique_posting_posting_key failed",
        ),
        (
            {"posting": "error", "unique": "skipped", "singular": "skipped"},
            "model posting: Got 3 results, configured to fail",
        ),
        (
            {"posting": "success", "unique": "skipped", "singular": "pass"},
            "1 models or tests were skipped",
        ),
        ({"posting": "success", "unique": "pass"}, "1 models or tests have never run"),
    ],
)
def test_gate_names_what_keeps_it_shut(
    ledger: Ledger, statuses: dict[str, str], reason: str
) -> None:
    ledger.end(results(**statuses), MANIFEST)
    gate = ledger.gate(MANIFEST)
    assert not gate.is_open
    assert gate.line().startswith(reason)


def test_interrupted_build_keeps_the_gate_shut(ledger: Ledger) -> None:
    ledger.end(results(posting="success", unique="pass", singular="pass"), MANIFEST)
    ledger.begin("duckdb")
    assert ledger.gate(MANIFEST).reasons == ("the last build was interrupted: build again",)
    ledger.end(results(posting="success", unique="pass", singular="pass"), MANIFEST)
    assert ledger.gate(MANIFEST).is_open


def test_another_engine_begins_anew(ledger: Ledger) -> None:
    everything = results(posting="success", unique="pass", singular="pass")
    ledger.begin("duckdb")
    ledger.end(everything, MANIFEST)
    ledger.begin("spark")
    ledger.end(results(posting="success"), MANIFEST)
    assert ledger.gate(MANIFEST).line().startswith("2 models or tests have never run")
    ledger.begin("spark")
    ledger.end(results(unique="pass", singular="pass"), MANIFEST)
    assert ledger.gate(MANIFEST).is_open


def test_last_of_two_results_of_a_model_counts(ledger: Ledger) -> None:
    again = results(posting="success", unique="pass", singular="pass")
    ledger.end([*results(posting="error", unique="skipped"), *again], MANIFEST)
    assert ledger.gate(MANIFEST).is_open


def test_build_of_a_part_keeps_the_other_results(ledger: Ledger) -> None:
    ledger.end(results(posting="success", unique="fail", singular="pass"), MANIFEST)
    ledger.end(results(posting="success", singular="pass"), MANIFEST)
    assert not ledger.gate(MANIFEST).is_open
    ledger.end(results(unique="pass"), MANIFEST)
    assert ledger.gate(MANIFEST).is_open


def test_results_of_tests_that_are_gone_do_not_count(ledger: Ledger) -> None:
    ledger.end(results(posting="success", unique="fail", singular="pass"), MANIFEST)
    fewer = {**MANIFEST, "nodes": {**MANIFEST["nodes"]}}
    del fewer["nodes"]["test.unique"]
    assert ledger.gate(fewer).is_open


def test_rows_of_the_test_table(ledger: Ledger) -> None:
    ledger.end(results(posting="success", unique="pass", singular="warn"), MANIFEST)
    assert ledger.test_results(MANIFEST) == [
        DbtTestResult(
            test_name="parts_equal_total",
            model="posting",
            column=None,
            status="warn",
            severity="warn",
            failures=3,
            message="Got 3 results, configured to fail",
            kind="singular",
        ),
        DbtTestResult(
            test_name="unique_posting_posting_key",
            model="posting",
            column="posting_key",
            status="pass",
            severity="error",
            failures=0,
            message=None,
            kind="unique",
        ),
    ]
