"""A dropped file by its verbs: proposed, loaded, answered at once, listed, corrected, retried."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path

import duckdb
import pytest

from tests.conftest import check_run, clean_env, wagehouse
from tests.support.tables import PAY_COLUMNS, PAY_MAPPING, pay_rows

ROWS = 60


def drop(file: Path, rows: list[tuple[str | int, ...]]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(PAY_COLUMNS)
        writer.writerows(rows)
    # Long written, as it seems: a file that has just changed is waited for.
    os.utime(file, (1_700_000_000, 1_700_000_000))
    return file


class Told:
    """What the verbs print, on one data folder, in the order of the story."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.inbox = data / "inbox"
        self.env = {**clean_env(data, WAGEHOUSE_NOW="2026-03-02T06:00:00Z"), "COLUMNS": "160"}
        self.printed: dict[str, str] = {}

    def verb(self, name: str, *args: str) -> None:
        self.printed[name] = check_run(wagehouse(*args, env=self.env))

    def one(self, query: str) -> tuple[object, ...]:
        with duckdb.connect(str(self.data / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(query).fetchall()[0]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    told = Told(tmp_path_factory.mktemp("load"))
    rows = [list(row) for row in pay_rows(ROWS)]
    rows[3][4] = "Taler"
    file = drop(told.inbox / "pay.csv", [tuple(row) for row in rows])
    told.verb("map", "map", "--file", str(file))
    assert not (told.inbox / "pay.mapping.yml").exists()
    (told.inbox / "pay.mapping.yml").write_text(PAY_MAPPING)
    told.verb("load", "load", "--file", str(file))
    drop(told.inbox / "again_under_another_name.csv", [tuple(row) for row in rows])
    told.verb("again", "load")
    (correction,) = (told.data / "quarantine").glob("*.rows.csv")
    told.verb("early", "retry")
    correction.write_text(correction.read_text().replace("Taler", "EUR"))
    told.verb("retry", "retry")
    told.verb("files", "files")
    return told


def test_a_mapping_is_proposed_and_not_written_unasked(told: Told) -> None:
    printed = told.printed["map"]
    for field, column in (("title", "title"), ("pay", "salary"), ("skills", "stack")):
        assert f"{field}: {column}\n" in printed
    assert "Nothing was written" in printed


def test_the_answer_comes_at_once(told: Told) -> None:
    printed = told.printed["load"]
    assert f"{ROWS} rows = {ROWS - 1} usable + 1 quarantined; {ROWS} new" in printed
    for heading in ("title", "country", "seniority", "skill"):
        assert re.search(rf"^{heading} +n +p25 +p50 +p75 +p90$", printed, re.MULTILINE)
    assert re.search(r"^United States +\d+ +[\d,]+ +[\d,]+ +[\d,]+ +[\d,]+$", printed, re.MULTILINE)
    assert re.search(r"^dbt +\d+ ", printed, re.MULTILINE)
    assert f"{ROWS - 1} of {ROWS} rows state an amount" in printed
    assert (told.inbox / "done" / "pay.csv").is_file()
    assert not (told.data / "site").exists()


def test_the_same_bytes_under_another_name_add_nothing(told: Told) -> None:
    assert "these bytes stand already" in told.printed["again"]


def test_corrected_rows_are_taken_again(told: Told) -> None:
    assert "has not been changed" not in told.printed["retry"]
    assert "1 rows = 1 usable + 0 quarantined; 1 new" in told.printed["retry"]
    versions = told.one(
        "select count(*), count(distinct record_id), max(version_no) from raw.files__rows"
    )
    assert versions == (ROWS + 1, ROWS, 2)
    usable = told.one("select count(*), count_if(is_usable) from marts.fct_pay_statement")
    assert usable == (ROWS, ROWS)
    assert not list((told.data / "quarantine").glob("*.rows.csv"))


def test_the_list_shows_every_file(told: Told) -> None:
    lines = told.printed["files"].splitlines()
    assert any(re.match(rf"pay\.csv +landed +{ROWS} +{ROWS - 1} +1 +pay ", line) for line in lines)
    assert any(re.match(r"pay\.\w+\.rows\.csv +landed +1 +1 +0 +pay ", line) for line in lines)


def test_what_cannot_be_loaded_is_said_in_one_line(told: Told) -> None:
    done = wagehouse("load", "--file", str(told.data / "none.csv"), env=told.env)
    assert done.returncode == 1
    assert "there is no file" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
