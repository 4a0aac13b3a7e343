"""Rule models append what their current rules have not seen, and nothing else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from tests.dbt.conftest import Project
from tests.dbt.coverage import PROJECT

BUILD = ("build", "--select", "+int_pay__choose", "--resource-type", "model", "seed")
TEXTS = {
    "1": "<p>Salary: $50,000 - $60,000 per year</p>",
    "2": "<p>Clothing fund of $9,000 per year</p>",
    "3": "<p>No money here</p>",
}


def land(project: Project, texts: dict[str, str], version_no: int) -> None:
    """Add a version of each job to raw."""
    with duckdb.connect(str(project.data / "warehouse.duckdb")) as connection:
        for record_id, text in texts.items():
            payload = json.dumps(
                {
                    "id": int(record_id),
                    "name": "Nurse",
                    "contents": text,
                    "publication_date": "2026-03-02T10:00:00Z",
                    "locations": [{"name": "Austin, TX"}],
                }
            )
            connection.execute(
                "insert into raw.the_muse__jobs values"
                " (?, ?, ?, ?, '{}', timestamptz '2026-03-03 10:00:00+00', ?, 1, ?, '1')",
                [record_id, version_no, payload, payload, f"run{version_no}", payload],
            )


def rows_by_hash(project: Project, model: str) -> list[int]:
    """Rows of a rule model, one number a hash."""
    counts = project.rows(f"select count(*) from intermediate.{model} group by rules_hash")
    return sorted(count for (count,) in counts)


def amounts(project: Project) -> list[tuple[str, float]]:
    return [
        (str(record_id), float(amount))
        for record_id, amount in project.rows(
            "select record_id, amount_min from intermediate.int_pay__annualise order by 1"
        )
    ]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, empty_project: Project) -> Project:
    """A copy of the project, whose rules a test may change, and of the empty warehouse."""
    folder = tmp_path_factory.mktemp("rules")
    data = tmp_path_factory.mktemp("rules_data")
    shutil.copytree(
        PROJECT, folder / "dbt_project", ignore=shutil.ignore_patterns("target", "logs")
    )
    shutil.copy(empty_project.data / "warehouse.duckdb", data)
    return Project(data, folder / "dbt_project")


def test_rules_see_each_version_once_and_again_when_they_change(project: Project) -> None:
    land(project, TEXTS, 1)
    project.dbt(*BUILD)
    assert rows_by_hash(project, "int_text__clean") == [3]
    assert rows_by_hash(project, "int_pay__parse") == [3]
    assert amounts(project) == [("1", 50000.0), ("2", 9000.0)]

    # A new version is all that is added.
    land(project, {"3": "<p>Pay: $20 per hour</p>"}, 2)
    project.dbt(*BUILD)
    assert rows_by_hash(project, "int_text__clean") == [4]
    assert rows_by_hash(project, "int_pay__parse") == [4]
    assert amounts(project) == [("1", 50000.0), ("2", 9000.0), ("3", 20.0)]

    # A word more in the seed: pay is read again, of every version; the text is not cleaned again.
    words: Path = project.folder / "seeds" / "pay_words.csv"
    words.write_text(words.read_text() + "clothing,other\n")
    project.dbt(*BUILD)
    assert rows_by_hash(project, "int_text__clean") == [4]
    assert rows_by_hash(project, "int_pay__parse") == [4, 4]
    assert amounts(project) == [("1", 50000.0), ("3", 20.0)]

    # A macro that the cleaning uses: both, since one reads the other.
    macros: Path = project.folder / "macros" / "rules" / "text.sql"
    macros.write_text(macros.read_text().replace("|dd|dt'", "|dd|dt|dl'"))
    project.dbt(*BUILD)
    assert rows_by_hash(project, "int_text__clean") == [4, 4]
    assert rows_by_hash(project, "int_pay__parse") == [4, 4, 4]
    assert amounts(project) == [("1", 50000.0), ("3", 20.0)]
