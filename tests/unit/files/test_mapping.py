"""Mappings: what is accepted, and one clear line for what is not."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ingestion.demo.sample import MAPPING
from ingestion.files.mapping import Mapping, MappingError, load_mapping

GOOD = {"fields": {"title": "Job", "salary": "Pay"}, "constants": {"currency": "usd"}}


def load(folder: Path, content: object, name: str = "My Pay-2025.mapping.yml") -> Mapping:
    file = folder / name
    file.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return load_mapping(file)


def test_defaults_are_careful(tmp_path: Path) -> None:
    mapping = load(tmp_path, GOOD)
    assert mapping.source == "file_my_pay_2025"
    assert (mapping.origin, mapping.snapshot, mapping.key) == ("surveyed", "partial", ())
    assert mapping.fields == {"title": ("Job",), "pay": ("Pay",)}
    assert not any(allowed is True for _, allowed in mapping.terms)


def test_everything_can_be_said(tmp_path: Path) -> None:
    mapping = load(
        tmp_path,
        GOOD
        | {
            "name": "survey",
            "files": "pay_*.csv",
            "origin": "advertised",
            "snapshot": "complete",
            "key": ["a", "b"],
            "delimiter": ";",
            "encoding": "cp1252",
            "decimal": ",",
            "date_format": "%d.%m.%Y",
            "missing": ["-", -1],
            "constants": {"payments_year": 13, "posted_on": "01.02.2025"},
            "terms": {"licence": "CC0", "may_publish_aggregates": True, "retention_days": 30},
        },
    )
    assert mapping.source == "file_survey"
    assert mapping.serves("pay_2025.csv")
    assert not mapping.serves("other.csv")
    assert mapping.missing == ("-", "-1")
    assert mapping.constants["payments_year"] == "13"
    assert mapping.terms.may_publish_aggregates


def test_the_committed_sample_has_a_mapping() -> None:
    mapping = load_mapping(MAPPING)
    assert (mapping.source, mapping.snapshot, mapping.key) == ("file_sample", "complete", ("id",))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("fields: [", "cannot be read at line 1"),
        ("- a\n- b", "must be a list of names and values"),
        ({}, "fields: Field required"),
        ({"fields": {}}, "fields: Dictionary should have at least 1 item"),
        (
            {"fields": {"wage": "Pay"}},
            "there is no field 'wage'; there are title, company, description, pay",
        ),
        ({"fields": {"pay": "A", "salary": "B"}}, "a field is given under two names"),
        ({"fields": {"pay": "A", "pay_min": "B"}}, "give pay, or pay_min and pay_max"),
        ({"fields": {"pay": 3}}, "fields.pay: Input should be a valid tuple"),
        (GOOD | {"defaults": {"currency": "euro"}}, "default currency: unknown_currency"),
        (GOOD | {"separators": {"title": ","}}, "separators: 'title' is no list"),
        (GOOD | {"values": {"wage": {"a": "b"}}}, "there is no field 'wage'"),
        (GOOD | {"colour": "red"}, "colour: Extra inputs are not permitted"),
        (GOOD | {"name": "No spaces"}, "name: must be small letters"),
        (GOOD | {"snapshot": "some"}, "snapshot: Input should be 'complete' or 'partial'"),
        (GOOD | {"origin": "parsed"}, "origin: Input should be"),
        (GOOD | {"delimiter": ";;"}, "delimiter: String should have at most 1 character"),
        (GOOD | {"delimiter": '"'}, "delimiter: must not be a quote"),
        (GOOD | {"encoding": "utf-99"}, "encoding: there is no encoding 'utf-99'"),
        (GOOD | {"constants": {"title": "x"}}, "'title' stands in fields and in constants"),
        (GOOD | {"constants": {"currency": "$"}}, "constant currency: unknown_currency"),
        (GOOD | {"constants": {"period": "fortnight"}}, "constant period: unknown_code"),
        (GOOD | {"constants": {"payments_year": 300}}, "constant payments_year: out_of_range"),
        (GOOD | {"constants": {"tax_basis": True}}, "constants.tax_basis: Input should be"),
        (GOOD | {"terms": {"may_publish_aggregates": "perhaps"}}, "terms.may_publish_aggregates"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, content: object, words: str) -> None:
    with pytest.raises(MappingError) as caught:
        load(tmp_path, content)
    line = str(caught.value)
    assert words in line
    assert line.startswith("My Pay-2025.mapping.yml")
    assert "\n" not in line


def test_columns_may_be_called_what_yaml_takes_for_truth(tmp_path: Path) -> None:
    text = "fields: {title: y, pay: NO, posted_on: on}\nvalues: {country: {NO: Norway}}\n"
    mapping = load(tmp_path, f"{text}terms: {{may_publish_aggregates: true}}\n")
    assert mapping.fields == {"title": ("y",), "pay": ("NO",), "posted_on": ("on",)}
    assert mapping.values == {"country": {"NO": "Norway"}}
    assert mapping.terms.may_publish_aggregates


def test_undecodable_mapping(tmp_path: Path) -> None:
    file = tmp_path / "a.mapping.yml"
    file.write_bytes(b"fields: {pay: \xff}")
    with pytest.raises(MappingError, match=r"a\.mapping\.yml cannot be read"):
        load_mapping(file)
