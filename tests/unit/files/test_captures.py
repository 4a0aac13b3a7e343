"""Captured files, where they lie beside the checkout: each lands by a mapping written for it, every
row is accounted for, and `make map` finds most of the columns by itself."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from ingestion import CollectResult
from ingestion.files.mapping import Mapping, load_mapping
from ingestion.files.preview import proposal_for
from ingestion.settings import REPO
from tests.fixtures.warehouses import Folder

CAPTURES = REPO.parent / "shared" / "captures" / "files"
MAPPINGS = Path(__file__).with_name("mappings")
#: Share of the mapped columns that are proposed unaided, over all files.
FOUND = 0.8

pytestmark = pytest.mark.skipif(
    not CAPTURES.is_dir(), reason="no captured files beside the checkout"
)

#: Files of one mapping, in the order they were published, and their rows.
FILES = {
    "salary_upload": [("salary_upload_sample_200.csv", 200)],
    "it_survey": [("it_salary_survey_eu_2020.csv", 1_253)],
    "glassdoor": [("glassdoor_ds_jobs_672.csv", 672)],
    "data_jobs_short": [("data_jobs_20rows.xlsx", 20)],
    "data_jobs": [("data_jobs_2023-01.xlsx", 3_113)],
    "ai_jobs_salaries": [
        ("ai_jobs_salaries_2024-12-29.csv", 72_426),
        ("ai_jobs_salaries_2025-01-05.csv", 73_148),
    ],
}


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Folder, CollectResult]:
    folder = Folder(tmp_path_factory.mktemp("captures"))
    inbox = folder.data / "inbox"
    inbox.mkdir()
    for mapping in MAPPINGS.glob("*.yml"):
        shutil.copy(mapping, inbox)
    names = [name for files in FILES.values() for name, _ in files]
    for path in [*(CAPTURES / name for name in names), *CAPTURES.glob("adzuna_de_daily/*.csv")]:
        os.utime(shutil.copy(path, inbox), (1_700_000_000, 1_700_000_000))
    result, _ = folder.collect("files", "2026-02-01T06:00:00Z")
    return folder, result


def test_every_file_lands(landed: tuple[Folder, CollectResult]) -> None:
    folder, result = landed
    assert (result.status, result.reason) == ("complete", None)
    rows = {facts.file: facts.rows for facts in result.files}
    assert rows.items() >= {name: n for files in FILES.values() for name, n in files}.items()
    assert len(rows) == sum(map(len, FILES.values())) + 13
    left = [path.name for path in (folder.data / "inbox").iterdir() if path.suffix != ".yml"]
    assert left == ["done"]


def test_every_row_is_accounted_for(landed: tuple[Folder, CollectResult]) -> None:
    folder, result = landed
    for facts in result.files:
        assert facts.rows == facts.usable + facts.quarantined
    # A day's snapshot may hold an ad twice; of all else every row can be used.
    flawed = Counter({facts.mapping: facts.quarantined for facts in result.files})
    assert {name for name, times in flawed.items() if times} <= {"adzuna_daily"}
    found = folder.rows(
        "select source, count(distinct record_id) from files__rows group by 1 order by 1"
    )
    counts = dict(found)
    for mapping, files in FILES.items():
        if len(files) == 1:
            assert counts[f"file_{mapping}"] == files[0][1]


def test_a_later_version_of_a_file_closes_what_it_lacks(
    landed: tuple[Folder, CollectResult],
) -> None:
    folder, _ = landed
    seen = folder.rows(
        "select run_id, count(*), sum(times)::bigint from sightings"
        " where source = 'file_ai_jobs_salaries' group by 1 order by 2"
    )
    # Rows that are equal in all columns are told apart by occurrence, so none is lost.
    assert [row[1:] for row in seen] == [(72_426, 72_426), (73_148, 73_148)]
    new = folder.rows("select count(*) from files__rows where source = 'file_ai_jobs_salaries'")
    assert 73_148 <= new[0][0] < 72_426 + 73_148


def test_columns_may_change_their_order_from_day_to_day(
    landed: tuple[Folder, CollectResult],
) -> None:
    folder, result = landed
    daily = [facts for facts in result.files if facts.mapping == "adzuna_daily"]
    assert len({tuple(facts.how["columns"]) for facts in daily}) > 1
    empty = folder.rows(
        "select count(*) from files__rows where source = 'file_adzuna_daily'"
        " and (json_extract_string(payload, '$.fields.title') is null"
        " or json_extract_string(payload, '$.fields.location') is null)"
    )
    assert empty == [(0,)]


def _columns(mapping: Mapping) -> dict[str, set[str]]:
    return {
        field: {" ".join(column.split()).split(".")[0] for column in columns}
        for field, columns in mapping.fields.items()
    }


def test_most_columns_are_proposed_unaided(tmp_path: Path) -> None:
    right, wanted, wrong = 0, 0, []
    files = {name: CAPTURES / found[0][0] for name, found in FILES.items()}
    files["adzuna_daily"] = min(CAPTURES.glob("adzuna_de_daily/*.csv"))
    for name, path in files.items():
        mapping = _columns(load_mapping(MAPPINGS / f"{name}.mapping.yml"))
        content = proposal_for(path, tmp_path).content["fields"]
        proposed = {
            field: {c.split(".")[0] for c in ([one] if isinstance(one, str) else one)}
            for field, one in content.items()
        }
        for field, columns in mapping.items():
            wanted += len(columns)
            hits = columns & proposed.get(field, set())
            right += len(hits)
            wrong += [f"{name}: {field}: {column}" for column in columns - hits]
    assert right / wanted >= FOUND, wrong
