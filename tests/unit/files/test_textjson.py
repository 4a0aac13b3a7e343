"""Columns as JSON objects: to the letter what the canonical serialiser writes, row by row."""

from __future__ import annotations

import orjson
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from ingestion.files.textjson import list_of, object_of, quoted
from ingestion.landing.canonical import dumps

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
rows = st.lists(st.tuples(*[st.none() | texts] * 3), max_size=6)
names = st.lists(texts.filter(bool), min_size=3, max_size=3, unique=True)


def columns(found: list[tuple[str | None, ...]]) -> list[pa.StringArray]:
    return [pa.array([row[at] for row in found], pa.string()) for at in range(3)]


@given(found=rows, named=names)
def test_objects_are_canonical_and_leave_nulls_out(
    found: list[tuple[str | None, ...]], named: list[str]
) -> None:
    members: dict[str, pa.StringArray | str] = {
        name: quoted(array) for name, array in zip(named, columns(found), strict=True)
    }
    written = object_of(members, len(found)).to_pylist()
    assert written == [
        dumps({name: text for name, text in zip(named, row, strict=True) if text is not None})
        for row in found
    ]


@given(found=rows)
def test_constants_stand_in_every_row(found: list[tuple[str | None, ...]]) -> None:
    members: dict[str, pa.StringArray | str] = {"b": quoted(columns(found)[0]), "a": '"x"'}
    written = [orjson.loads(text) for text in object_of(members, len(found)).to_pylist()]
    assert [row["a"] for row in written] == ["x"] * len(found)
    assert [row.get("b") for row in written] == [row[0] for row in found]
    assert object_of({}, 2).to_pylist() == ["{}", "{}"]


@given(found=rows)
def test_lists_are_canonical(found: list[tuple[str | None, ...]]) -> None:
    written = list_of(columns(found)).to_pylist()
    assert written == [dumps([text or "" for text in row]) for row in found]


def test_zero_bytes_become_replacement_characters() -> None:
    assert quoted(pa.array(["a\0b"])).to_pylist() == ['"a\ufffdb"']
