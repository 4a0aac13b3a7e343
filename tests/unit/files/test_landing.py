"""Dropped files into raw: a story of four runs over one inbox, and files that cannot be read."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ingestion import CollectResult
from ingestion.files import land
from tests.fixtures.warehouses import Folder, folder_with_raw

MAPPING = """
files: survey_*.csv
snapshot: complete
encoding: utf-8
key: id
fields: {title: Job, pay: Pay, posted_on: When, currency: Cur}
constants: {period: year}
terms: {licence: CC0, may_publish_aggregates: true}
"""
FIRST = """id,Job,Pay,When,Cur
1,Engineer,"52,000",2026-01-05,USD
2,Nurse,lots,2026-01-05,usd
3,Clerk,31000,soon,€
"""
CHANGED = FIRST.replace("52,000", "55,000").replace("3,Clerk,31000,soon,€\n", "4,Cook,20000,,EUR\n")
PARTIAL = "Job,Pay\nA,1\nA,1\nB,2\n"


@dataclass
class Story:
    folder: Folder
    results: list[CollectResult] = field(default_factory=list)
    lines: list[list[str]] = field(default_factory=list)
    inboxes: list[list[str]] = field(default_factory=list)

    def drop(self, name: str, content: str | bytes) -> None:
        inbox = self.folder.data / "inbox"
        inbox.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        (inbox / name).write_bytes(data)
        # Long written, as it seems: a file that has just changed is waited for.
        os.utime(inbox / name, (1_700_000_000, 1_700_000_000))

    def run(self, day: int) -> None:
        result, lines = self.folder.collect("files", f"2026-02-{day:02}T06:00:00Z")
        self.results.append(result)
        self.lines.append(lines)
        inbox = self.folder.data / "inbox"
        self.inboxes.append(sorted(path.name for path in inbox.iterdir() if path.is_file()))


@pytest.fixture(scope="module")
def story(any_folder: Folder) -> Story:
    story = Story(any_folder)
    story.run(1)
    story.drop("survey.mapping.yml", MAPPING)
    story.drop("survey_1.csv", FIRST)
    story.drop("ads.mapping.yml", "origin: advertised\nfields: {title: Job, pay: Pay}\n")
    story.drop("ads.csv", PARTIAL)
    story.run(2)
    story.drop("survey_1.csv", FIRST)
    story.drop("ads.csv", PARTIAL)
    story.run(3)
    story.drop("survey_2.csv", CHANGED)
    story.drop("survey_3.csv", FIRST)
    story.drop("survey_4.csv", b"id,Job,Pay,When,Cur\n5,M\xfcller,1,,EUR\n6,a,b\n")
    story.drop("lonely.csv", "a,b\n1,2\n")
    story.drop("notes.doc", b"PK")
    story.drop("wrong.mapping.yml", "fields: {wage: Pay}\n")
    story.drop("wrong.csv", "Pay\n1\n")
    story.drop("other.mapping.yml", "fields: {pay: Amount}\n")
    story.drop("other.csv", "Pay\n1\n")
    story.run(4)
    return story


def test_an_empty_inbox_is_nothing_to_do(story: Story) -> None:
    result = story.results[0]
    assert (result.status, result.reason, result.run_id) == ("skipped", None, None)
    assert story.inboxes[0] == []


def test_rows_land_with_canonical_fields(story: Story) -> None:
    result = story.results[1]
    assert (result.status, result.counts.records, result.counts.new_versions) == ("complete", 6, 6)
    rows = story.folder.rows(
        "select record_id, payload, request from files__rows"
        " where source = 'file_survey' and version_no = 1 and record_id < '4' order by 1"
    )
    assert [row[0] for row in rows] == ["1", "2", "3"]
    payloads = [json.loads(row[1]) for row in rows]
    assert payloads[0] == {
        "fields": {
            "origin": "surveyed",
            "title": "Engineer",
            "pay_text": "52,000",
            "pay": "52000",
            "currency": "USD",
            "period": "year",
            "posted_on": "2026-01-05",
        },
        "row": {"id": "1", "Job": "Engineer", "Pay": "52,000", "When": "2026-01-05", "Cur": "USD"},
    }
    # What is no number stays as it is written, and what could not be read is left out.
    assert payloads[1]["fields"]["pay_text"] == "lots"
    assert "pay" not in payloads[1]["fields"]
    assert payloads[2]["fields"].keys() == {"origin", "title", "pay", "period"}
    request = json.loads(rows[2][2])
    assert (request["file"], request["line"], request["endpoint"]) == ("survey_1.csv", 4, "rows")
    assert len(request["sha256"]) == 64


def test_cells_that_cannot_be_read_are_in_quarantine_once(story: Story) -> None:
    found = story.folder.rows(
        "select record_id, field, value, split_part(reason, ':', 1), request ->> 'line'"
        " from rejected where source = 'file_survey' and (request ->> 'file') = 'survey_1.csv'"
        " order by 1, 2"
    )
    assert found == [
        ("3", "Cur", "€", "unknown_currency", "4"),
        ("3", "When", "soon", "not_a_date", "4"),
    ]
    assert story.results[1].counts.quarantined == 2


def test_rows_without_a_key_are_told_apart_by_occurrence(story: Story) -> None:
    ids = [
        row[0]
        for row in story.folder.rows(
            "select record_id from files__rows where source = 'file_ads' order by 1"
        )
    ]
    assert len(ids) == len(set(ids)) == 3
    assert sorted(record_id[-2:] for record_id in ids) == ["-1", "-1", "-2"]


def test_the_same_bytes_again_add_nothing(story: Story) -> None:
    result, lines = story.results[2], story.lines[2]
    assert (result.status, result.counts.records, result.run_id) == ("skipped", 0, None)
    assert sum("these bytes have landed before" in line for line in lines) == 2
    done = story.folder.data / "inbox" / "done"
    assert (done / "survey_1.csv").read_text() == FIRST
    assert (done / "ads.csv").is_file()
    assert len(list(done.glob("*ads*"))) == 1
    seen = story.folder.rows("select count(*), sum(times) from sightings where source = 'file_ads'")
    assert seen == [(3, 3)]


def test_later_snapshots_are_later_versions(story: Story) -> None:
    found = story.folder.rows(
        "select record_id, list(version_no order by version_no) from files__rows"
        " where source = 'file_survey' group by 1 order by 1"
    )
    # 1 went to 55,000 and back; 4 came and went; 3 went and came back as it was.
    assert found == [("1", [1, 2, 3]), ("2", [1]), ("3", [1]), ("4", [1]), ("5", [1])]


def test_slices_tell_what_was_read(story: Story) -> None:
    found = story.folder.rows(
        "select scope, split_part(slice, ' ', 1), mode, is_complete, records,"
        " split_part(reason, ':', 1)"
        " from slices where ended_at is not null order by run_no, seq"
    )
    assert found == [
        ("ads", "ads.csv", "cursor", True, 3, None),
        ("survey", "survey_1.csv", "full", True, 3, None),
        ("other", "other.csv", "cursor", False, 0, "other.csv"),
        ("survey", "survey_2.csv", "full", True, 3, None),
        ("survey", "survey_3.csv", "full", True, 3, None),
        ("survey", "survey_4.csv", "full", False, 1, "bad_lines"),
    ]
    runs = story.folder.rows(
        "select count(*), count(distinct run_no) from slices where is_complete"
    )
    assert runs == [(4, 4)]


def test_lines_that_are_no_rows_are_kept(story: Story) -> None:
    found = story.folder.rows(
        "select body, split_part(reason, ':', 1), request ->> 'line' from rejected"
        " where (request ->> 'file') = 'survey_4.csv' order by 3"
    )
    assert [row[1:] for row in found] == [("undecodable_bytes", "2"), ("columns", "3")]
    assert found[1][0] == "6,a,b"


def test_what_needs_the_user_is_said_in_one_line_each(story: Story) -> None:
    result, lines = story.results[3], story.lines[3]
    assert result.status == "partial"
    assert (result.reason or "").startswith("bad_mapping: wrong.mapping.yml: there is no field")
    assert (result.reason or "").endswith("(and 2 more)")
    assert "\n" not in (result.reason or "")
    assert (
        sum(line.startswith("no_mapping: lonely.csv needs lonely.mapping.yml") for line in lines)
        == 1
    )
    assert sum(line.startswith("unknown_format: notes.doc") for line in lines) == 1
    assert [name for name in story.inboxes[3] if not name.endswith(".yml")] == [
        "lonely.csv", "notes.doc", "wrong.csv",
    ]  # fmt: skip


def test_a_file_that_cannot_be_read_goes_to_quarantine(story: Story) -> None:
    quarantine = story.folder.data / "quarantine"
    assert (quarantine / "other.csv").is_file()
    reason = (quarantine / "other.csv.reason.txt").read_text()
    assert reason == "no_column: the mapping names 'Amount'; the file has 'Pay'\n"
    found = story.folder.rows("select reason from rejected where source = 'file_other'")
    assert found == [(reason.strip(),)]


def test_mappings_land_when_they_change(story: Story) -> None:
    found = story.folder.rows(
        "select source, name, mapping from files__mappings order by source, fetched_at"
    )
    assert [row[:2] for row in found] == [
        ("file_ads", "ads"), ("file_other", "other"), ("file_survey", "survey"),
    ]  # fmt: skip
    mapping = json.loads(found[2][2])
    assert (mapping["origin"], mapping["snapshot"]) == ("surveyed", "complete")
    assert mapping["terms"] == {
        "name": None,
        "url": None,
        "attribution": "",
        "attribution_url": "",
        "licence": "CC0",
        "may_show_listing": False,
        "must_show_all": False,
        "may_publish_aggregates": True,
        "may_redistribute": False,
        "retention_days": None,
    }


def test_nothing_is_lost(story: Story) -> None:
    """Every line of every file that was read stands in raw, as a row or as a refusal."""
    lines = story.folder.rows(
        "select count(*) from (select json_extract_string(request, '$.file') as f,"
        " json_extract_string(request, '$.line') as l from files__rows"
        " union select json_extract_string(request, '$.file'),"
        " json_extract_string(request, '$.line') from rejected"
        " where json_extract_string(request, '$.line') is not null)"
    )
    # survey_1: 3, ads: 3, survey_2: 2 that differ, survey_3: 1 that differs, survey_4: 2.
    assert lines == [(11,)]


def test_a_name_that_stands_for_the_sample_is_refused(folder: Folder) -> None:
    inbox = folder.data / "inbox"
    inbox.mkdir(parents=True)
    (inbox / "mine.mapping.yml").write_text("name: sample\nfields: {pay: Pay}\n")
    (inbox / "twin_1.mapping.yml").write_text("name: twin\nfields: {pay: Pay}\nfiles: x*.csv\n")
    (inbox / "twin_2.mapping.yml").write_text("name: twin\nfields: {pay: Pay}\n")
    (inbox / "two.mapping.yml").write_text("fields: {pay: Pay}\nfiles: ['x*.csv', 'y']\n")
    (inbox / "mine.csv").write_text("Pay\n1\n")
    (inbox / "x.csv").write_text("Pay\n1\n")
    (inbox / ".hidden").write_text("")
    result, lines = folder.collect("files", "2026-02-01T06:00:00Z")
    assert result.status == "failed"
    assert [line.split(":")[0] for line in lines] == ["bad_mapping", "bad_mapping", "two_mappings"]
    assert "'sample' is kept for the generated sample" in lines[0]
    assert not (folder.data / "warehouse.duckdb").exists()
    assert sorted(path.suffix for path in Path(inbox).glob("*.csv")) == [".csv", ".csv"]


@pytest.mark.parametrize("place", ["warehouse", "path"])
def test_a_run_that_was_cut_short_is_continued(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_with_raw(place, tmp_path / "data")
    story = Story(folder)
    story.drop("survey.mapping.yml", MAPPING)
    story.drop("survey_1.csv", FIRST)
    with monkeypatch.context() as patch:

        def fails(*_: object, **__: object) -> None:
            raise RuntimeError("cut short")

        patch.setattr(land, "land_file_rows", fails)
        with pytest.raises(RuntimeError, match="cut short"):
            folder.collect("files", "2026-02-01T06:00:00Z")
    # The plan stands, and nothing of the file: its rows travel together.
    assert folder.rows("select bool_or(is_complete) from slices") == [(False,)]
    assert not (folder.data / "state" / "files").exists() or not list(
        (folder.data / "state" / "files").iterdir()
    )
    result, _ = folder.collect("files", "2026-02-01T07:00:00Z")
    assert (result.status, result.counts.new_versions) == ("complete", 3)
    assert folder.rows("select record_id, version_no from files__rows order by 1") == [
        ("1", 1), ("2", 1), ("3", 1),
    ]  # fmt: skip
    assert folder.rows("select count(distinct run_id), bool_or(is_complete) from slices") == [
        (1, True)
    ]
    assert folder.rows("select count(*) from rejected") == [(2,)]
    assert folder.rows("select count(*) from files__mappings") == [(1,)]
