"""From bytes to payloads: what is kept, what is replaced, what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.errors import NotJsonError
from ingestion.landing.canonical import (
    canonical,
    fault,
    hash_of,
    parse,
    readable,
    record_id,
    show,
    without,
)
from tests.unit.ingestion.test_versions import JSON

#: Any text, lone surrogates and NUL among it.
ANY_TEXT = st.text(st.characters(codec=None))
HOSTILE = st.recursive(
    ANY_TEXT | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_what_is_json_survives(value: Any) -> None:
    parsed = parse(json.dumps(value).encode())
    assert parsed.value == value
    assert not parsed.suspect
    storable = "\\u0000" not in json.dumps(value)
    if storable:
        assert json.loads(canonical(value).text) == value


@given(HOSTILE)
def test_a_payload_can_always_be_stored(value: Any) -> None:
    payload = canonical(value)
    payload.text.encode()
    assert "\x00" not in payload.text
    assert "\\u0000" not in payload.text or "\\\\u0000" in payload.text
    json.loads(payload.text)
    show(value).encode()


@given(HOSTILE)
def test_replaced_characters_are_counted(value: Any) -> None:
    def unstorable(item: Any) -> int:
        if isinstance(item, str):
            return sum(c == "\x00" or "\ud800" <= c <= "\udfff" for c in item)
        if isinstance(item, list):
            return sum(map(unstorable, item))
        if isinstance(item, dict):
            return sum(unstorable(k) + unstorable(v) for k, v in item.items())
        return 0

    assert canonical(value).replaced == unstorable(value)


@given(st.binary(max_size=60))
def test_any_bytes_are_parsed_or_refused(body: bytes) -> None:
    readable(body).encode()
    try:
        parsed = parse(body)
    except NotJsonError:
        return
    show(parsed.value).encode()


def test_bad_records_are_told_apart_from_their_neighbours() -> None:
    page = (
        b'{"results": [{"id": 1, "t": "caf\xe9"}, {"id": 2, "t": "caf\xc3\xa9"},'
        b' {"id": 3, "pay": NaN}, {"id": 4, "pay": 1e999}, {"id": 5, "id": 6},'
        b' {"id": 7, "t": "\\udc80 \\u0000"}]}'
    )
    document = parse(page)
    assert document.suspect
    results = document.value["results"]
    assert [fault(record) for record in results] == [
        "undecodable_bytes: the text is no UTF-8",
        None,
        "not_a_number: NaN",
        "not_a_number: 1e999",
        'repeated_key: "id"',
        None,
    ]
    assert show(results[0]) == r'{"id":1,"t":"caf\xe9"}'
    assert show(results[2]) == '{"id":3,"pay":NaN}'
    assert show(results[3]) == '{"id":4,"pay":1e999}'
    assert show(results[4]) == '{"id":5,"id":6}'
    payload = canonical(results[5])
    assert payload.text == '{"id":7,"t":"\ufffd \ufffd"}'
    assert payload.replaced == 2


def test_byte_order_mark_is_no_content() -> None:
    assert parse(b'\xef\xbb\xbf{"a": 1}').value == {"a": 1}


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a": 1', b'{"a": \xff}', b"[" * 100_000])
def test_what_is_no_json_is_refused_in_one_line(body: bytes) -> None:
    with pytest.raises(NotJsonError, match=f"{len(body)} bytes$"):
        parse(body)


def test_readable_shows_bytes_that_are_no_text() -> None:
    assert readable(b"\xef\xbb\xbfcaf\xe9 \x00") == r"caf\xe9 " + "\ufffd"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"id": 7}, "7"),
        ({"id": "a-1"}, "a-1"),
        ({"id": 0}, "0"),
        ({"id": 2**80}, str(2**80)),
        ({"id": ""}, None),
        ({"id": "  "}, None),
        ({"id": True}, None),
        ({"id": 1.5}, None),
        ({"id": None}, None),
        ({"id": ["7"]}, None),
        ({}, None),
    ],
)
def test_record_id(value: dict[str, Any], found: str | None) -> None:
    assert record_id(value, "id") == found


def test_record_id_on_a_path() -> None:
    assert record_id({"a": {"b": 3}}, "a.b") == "3"
    assert record_id({"a": [3]}, "a.b") is None


def test_without_goes_through_lists_and_leaves_the_original() -> None:
    value = {"a": {"b": 1, "c": 2}, "l": [{"x": 1, "y": 2}, 3, {"x": 4}], "k": 5}
    assert without(value, ["a.b", "l.x", "none.of", "k.deeper"]) == {
        "a": {"c": 2},
        "l": [{"y": 2}, 3, {}],
        "k": 5,
    }
    assert value["a"] == {"b": 1, "c": 2}


def test_secrets_are_blotted_out_of_payloads() -> None:
    payload = canonical({"id": 1, "url": "https://x/?app_id=abcdef12"}, secrets=["abcdef12"])
    assert "abcdef12" not in payload.text
    assert json.loads(payload.text)["url"] == "https://x/?app_id=[secret]"
    other = canonical({"id": 1, "url": "https://x/?app_id=other345"}, secrets=["other345"])
    assert payload.content_hash == other.content_hash, "a new key is no change of the record"


def test_numbers_beyond_64_bits_stay() -> None:
    assert canonical({"n": 2**70}).text == f'{{"n":{2**70}}}'


@given(st.lists(st.text() | st.integers(), max_size=4), st.lists(st.text(), max_size=4))
def test_hash_tells_parts_apart(one: list[str | int], other: list[str]) -> None:
    same = [str(part) for part in one] == other
    assert (hash_of(*one) == hash_of(*other)) == same
