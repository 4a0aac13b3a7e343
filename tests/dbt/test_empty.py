"""A fresh clone: nothing has landed, and everything builds."""

from __future__ import annotations

from ingestion import available_sources
from tests.dbt.conftest import Project


def test_the_overview_has_one_row(empty_project: Project) -> None:
    row = empty_project.rows(
        "select as_of, is_demo, n_postings, n_jobs, n_employers, share_jobs_with_pay, n_quarantined"
        " from marts.mart_overview"
    )
    assert row == [(None, False, 0, 0, 0, None, 0)]


def test_known_sources_are_listed(empty_project: Project) -> None:
    rows = empty_project.rows(
        "select source, last_status, freshness from marts.mart_source_state order by 1"
    )
    assert {"demo", "file_sample", *available_sources()} - {"files"} <= {row[0] for row in rows}
    assert {row[1:] for row in rows} == {("never", "never")}


def test_raw_tables_have_the_landing_types(empty_project: Project) -> None:
    columns = empty_project.rows(
        "select column_name, data_type from duckdb_columns()"
        " where schema_name = 'raw' and table_name = 'the_muse__jobs' order by column_index"
    )
    assert columns == [
        ("record_id", "VARCHAR"),
        ("version_no", "BIGINT"),
        ("payload", "VARCHAR"),
        ("content_hash", "VARCHAR"),
        ("request", "VARCHAR"),
        ("fetched_at", "TIMESTAMP WITH TIME ZONE"),
        ("run_id", "VARCHAR"),
        ("seq", "BIGINT"),
        ("row_id", "VARCHAR"),
        ("_dlt_load_id", "VARCHAR"),
    ]


def test_freshness_can_be_asked(empty_project: Project) -> None:
    printed = empty_project.dbt("source", "freshness")
    assert "ERROR" not in printed
