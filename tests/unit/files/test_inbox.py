"""The inbox: which file is taken, by which mapping, and which is left alone."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from ingestion.files.inbox import Inbox, fingerprint, move, shown
from ingestion.files.mapping import Mapping
from ingestion.files.propose import Column, header_score, propose
from ingestion.files.whole import being_written, is_whole
from tests.fixtures.warehouses import Folder

OLD = 1_700_000_000
TITLES = "name: {}\nfields: {{title: Job, pay: Pay, currency: Cur}}\n"


def put(file: Path, content: str = "Job,Pay,Cur\nA,1,EUR\n", *, old: bool = True) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    if old:
        os.utime(file, (OLD, OLD))
    return file


@pytest.fixture
def inbox(folder: Folder) -> Path:
    path = folder.data / "inbox"
    path.mkdir(parents=True)
    return path


def test_a_mapping_whose_columns_the_file_has_needs_no_name(folder: Folder, inbox: Path) -> None:
    put(inbox / "first.mapping.yml", TITLES.format("first"))
    put(inbox / "other_name.csv", "Cur,Extra,Job,Pay\nEUR,x,A,1\n")
    result, _ = folder.collect("files", "2026-02-01T06:00:00Z")
    assert (result.status, result.counts.new_versions) == ("complete", 1)
    assert [facts.mapping for facts in result.files] == ["first"]


def test_of_two_that_fit_none_is_guessed(inbox: Path, tmp_path: Path) -> None:
    for name in ("first", "second"):
        put(inbox / f"{name}.mapping.yml", TITLES.format(name))
    found = Inbox(inbox)
    assert found.mapping_of(put(inbox / "x.csv"), tmp_path) is None
    assert found.problems == ["two_mappings: x.csv fits first and second; name it in one (files:)"]


def test_too_few_columns_say_nothing(inbox: Path, tmp_path: Path) -> None:
    put(inbox / "first.mapping.yml", "fields: {title: Job, pay: Pay}\n")
    assert Inbox(inbox).mapping_of(put(inbox / "x.csv"), tmp_path) is None


def test_links_and_strange_names_lead_nowhere(folder: Folder, inbox: Path) -> None:
    secret = put(folder.data / "outside" / "secret.csv")
    (inbox / "link.csv").symlink_to(secret)
    put(inbox / "link.mapping.yml", TITLES.format("link"))
    odd = put(inbox / "a..\n\x1b[31m.csv")
    put(inbox / "sub" / "inner.csv")
    result, lines = folder.collect("files", "2026-02-01T06:00:00Z")
    assert result.status == "partial"
    assert any(line.startswith("symlink: link.csv is a link") for line in lines)
    assert secret.is_file()
    assert (inbox / "link.csv").is_symlink()
    assert "\n" not in shown(odd)
    assert "\x1b" not in shown(odd)
    # It has the columns of a mapping, so it lands, and stays within the data folder.
    assert [facts.file for facts in result.files] == [odd.name]
    assert (inbox / "done" / odd.name).is_file()
    assert (inbox / "sub" / "inner.csv").is_file()


def test_a_file_that_is_being_written_is_left_alone(folder: Folder, inbox: Path) -> None:
    put(inbox / "slow.mapping.yml", TITLES.format("slow"))
    file = put(inbox / "slow.csv")
    put(inbox / "browser.csv.crdownload")
    with file.open("a") as stream:
        os.utime(file, (OLD, OLD))
        assert being_written([file]) == {file}
        assert fingerprint(inbox) == ""
        result, lines = folder.collect("files", "2026-02-01T06:00:00Z")
        assert result.status == "skipped"
        assert sum("still being written" in line for line in lines) == 2
        stream.write("B,2,EUR\n")
    os.utime(file, (OLD, OLD))
    result, _ = folder.collect("files", "2026-02-01T06:00:00Z")
    assert (result.status, result.counts.records) == ("complete", 2)


def test_whole_is_what_has_been_left_alone(tmp_path: Path) -> None:
    assert is_whole(put(tmp_path / "old.csv"))
    assert not is_whole(put(tmp_path / "new.csv", old=False))
    assert is_whole(put(tmp_path / "soon.csv", old=False), 5)
    assert not is_whole(put(tmp_path / "x.part"))
    future = put(tmp_path / "future.csv")
    os.utime(future, (time.time() + 1_000,) * 2)
    assert is_whole(future)


def test_the_fingerprint_changes_with_what_is_to_be_read(inbox: Path) -> None:
    assert fingerprint(inbox) == ""
    put(inbox / "a.csv")
    first = fingerprint(inbox)
    assert first == fingerprint(inbox)
    put(inbox / "a.mapping.yml", TITLES.format("a"))
    assert fingerprint(inbox) not in ("", first)
    put(inbox / "notes.doc")
    assert fingerprint(inbox) == fingerprint(inbox)


def test_files_of_one_name_keep_both(tmp_path: Path) -> None:
    there = tmp_path / "done"
    move(put(tmp_path / "a.csv", "one"), there)
    second = move(put(tmp_path / "a.csv", "two"), there)
    third = move(put(tmp_path / "a.csv", "one"), there)
    assert third == there / "a.csv"
    assert second.name != "a.csv"
    assert sorted(path.read_text() for path in there.iterdir()) == ["one", "two"]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Job Title", "title"),
        ("jobTitle", "title"),
        ("Stellenbezeichnung", "title"),
        ("Intitulé du poste", "title"),
        ("Puesto", "title"),
        ("Jahresgehalt (brutto)", "pay"),
        ("Salaire brut annuel", "pay"),
        ("Währung", "currency"),
        ("Pays", "country"),
        ("Land", "country"),
        ("Ciudad", "city"),
        ("Unternehmen", "company"),
        ("Compétences", "skills"),
        ("experience_level", "seniority"),
        ("salary_currency", "currency"),
        ("date posted", "posted_on"),
    ],
)
def test_headers_in_several_languages(header: str, field: str) -> None:
    from ingestion.files.values import FIELDS

    scores = {name: header_score(header, name) for name in FIELDS}
    assert max(scores, key=lambda name: scores[name]) == field
    assert scores[field] >= 0.5


@pytest.mark.parametrize(
    "header", ["bonus in usd", "company size", "id", "rating", "salary_in_usd"]
)
def test_headers_that_are_something_else(header: str) -> None:
    proposal = propose([Column(header, ("1", "2", "3"))], "x")
    assert proposal.content["fields"] == {}


def test_cells_decide_where_headers_lie() -> None:
    columns = [
        Column("Title", ("Cook", "Waiter")),
        Column("Country", ("12", "13")),
        Column("Gehalt", ("52.000,50 €", "48.500,00 €")),
        Column("Datum", ("31.12.2025", "01.02.2026")),
    ]
    content = propose(columns, "x").content
    assert content["fields"] == {"title": "Title", "pay": "Gehalt", "posted_on": "Datum"}
    assert (content["decimal"], content["date_format"]) == (",", "%d.%m.%Y")
    assert content["constants"]["currency"] == "EUR"


def test_no_currency_is_assumed() -> None:
    columns = [Column("title", ("Cook",)), Column("salary", ("$52,000", "$61,000"))]
    proposal = propose(columns, "x")
    assert "currency" not in proposal.content.get("constants", {})
    assert any("currency" in question for question in proposal.open_questions)


def test_pages_have_a_mapping_of_their_own(inbox: Path, tmp_path: Path) -> None:
    found = Inbox(inbox).mapping_of(put(inbox / "saved.html", "<html></html>"), tmp_path)
    assert isinstance(found, Mapping)
    assert (found.source, found.terms.may_publish_aggregates) == ("file_pages", False)
