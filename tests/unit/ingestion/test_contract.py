"""The input contract: which fields of which records break it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.landing.contract import KINDS, Breach, Contract, kind_of

CONTRACT = Contract(
    {
        "id": "number|text",
        "title": "text",
        "posted": "time",
        "remote": "boolean?",
        "company": "object",
        "company.name": "text?",
        "places": "list",
        "places.city": "text",
    }
)
GOOD: dict[str, Any] = {
    "id": 1,
    "title": "Baker",
    "posted": "2026-03-02T10:00:00Z",
    "remote": None,
    "company": {},
    "places": [{"city": "Lyon"}, {"city": "Nice"}],
}


def without(field: str) -> dict[str, Any]:
    return {name: value for name, value in GOOD.items() if name != field}


@pytest.mark.parametrize(
    ("record", "breaches"),
    [
        (GOOD, []),
        (GOOD | {"id": "a-1", "remote": True, "posted": "2026-03-02", "places": []}, []),
        (without("remote"), []),
        (without("title"), [Breach("title", "text", "absent")]),
        (GOOD | {"id": True}, [Breach("id", "number|text", "boolean")]),
        (GOOD | {"title": None}, [Breach("title", "text", "null")]),
        (GOOD | {"posted": "yesterday"}, [Breach("posted", "time", "text")]),
        (GOOD | {"posted": "2026-03-02x"}, [Breach("posted", "time", "text")]),
        (GOOD | {"remote": "yes"}, [Breach("remote", "boolean?", "text")]),
        (GOOD | {"company": []}, [Breach("company", "object", "list")]),
        (GOOD | {"company": {"name": 3}}, [Breach("company.name", "text?", "number")]),
        (
            GOOD | {"places": [{"city": "Lyon"}, {"city": 1}, {}]},
            [Breach("places.city", "text", "number")],
        ),
        (
            GOOD | {"places": {"city": ["x"]}},
            [Breach("places", "list", "object"), Breach("places.city", "text", "list")],
        ),
        (
            GOOD | {"places": "Lyon"},
            [Breach("places", "list", "text"), Breach("places.city", "text", "absent")],
        ),
    ],
)
def test_each_field_breaks_once(record: dict[str, Any], breaches: list[Breach]) -> None:
    assert sorted(CONTRACT.breaches(record), key=lambda one: one.field) == breaches


def test_a_kind_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="txt is no kind"):
        Contract({"title": "txt"})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*GOOD, "name"]), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*GOOD, "name"]), JSON))
def test_any_record_is_looked_at(record: dict[str, Any]) -> None:
    found = CONTRACT.breaches(record)
    assert len({one.field for one in found}) == len(found)
    assert {one.found for one in found} <= {*KINDS, "null", "absent"}
    assert all(kind_of(value) in (*KINDS, "null") for value in record.values())
