"""What may stand where a record is expected: bytes of JSON, of nearly JSON, and of none."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

_TEXT = st.text(max_size=12)
_LEAF = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), _TEXT)
_VALUE = st.recursive(
    _LEAF,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_TEXT, inner, max_size=3)),
    max_leaves=6,
)
#: Parsed by most, held by few.
FIXED = (
    b'{"id": "a", "id": "b"}',
    b'{"id": NaN}',
    b'{"id": "x1", "n": Infinity}',
    b'{"id": 1e999}',
    b'{"id": "x2", "title": "\\ud800 \\u0000"}',
    b'{"id": "x3", "title": "\xff\xfe"}',
    b'{"id": "\\udfff"}',
    b'{"id": 123456789012345678901234567890}',
    b'{"id": ""}',
    b'{"id": true}',
    b'{"id": {"id": 1}}',
    b"[" * 60 + b"]" * 60,
    b'{"a":' * 300 + b"1" + b"}" * 300,
    b'{"id": "long", "text": "' + b"x" * 1_000_000 + b'"}',
    b"null",
    b'"error"',
    b'{"error": {"message": "internal"}}',
)


def odd(id_field: str = "id", fields: tuple[str, ...] = ()) -> st.SearchStrategy[bytes]:
    """One such thing. fields: names that a record of the source has, given values of any kind."""
    shaped: st.SearchStrategy[Any] = st.fixed_dictionaries(
        {}, optional=dict.fromkeys((id_field, *fields), _VALUE)
    )
    return st.one_of(
        st.sampled_from(FIXED), st.one_of(_VALUE, shaped).map(lambda one: json.dumps(one).encode())
    )
