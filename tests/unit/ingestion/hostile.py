"""Records as no source should send them, for the tests of clients, and how they must end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from ingestion.demo.server import Answer
from tests.simulator.faults import Fault, Sent

#: Any JSON value, lone surrogates among it.
VALUE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=()), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
#: Cannot be records. `ID` stands for the name of the id.
REFUSED = (
    *(b"null", b"12", b'"stub"', b"[]", b"{}", b'{"error": "no data"}'),
    *(b'{"ID": null}', b'{"ID": " "}', b'{"ID": ["a"]}', b'{"ID": true}', b'{"ID": 1e400}'),
    *(b'{"ID": "r1", "x": NaN}', b'{"ID": "r2", "x": 1, "x": 2}', b'{"ID": "r3", "x": "\xff\xfe"}'),
    b'{"ID": "r4", "x": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
)
#: Records all the same.
TAKEN = (
    b'{"ID": "t1", "x": "\\ud800 \\u0000"}',
    b'{"ID": "t2", "x": ' + b"[" * 200 + b"]" * 200 + b"}",
    b'{"ID": "t3", "x": "' + b"a" * 10_000_000 + b'"}',
    b'{"ID": "t4", "redirect_url": {"a": 1}, "created": 5, "job_posted_at_datetime_utc": []}',
    b'{"ID": "t5", "redirect_url": "http://[::?utm_source=1&utm_source", "created": "soon"}',
    b'{"ID": "t6", "job_posted_at_datetime_utc": "2026-99-99T"}',
)


def between(records: Sequence[Any], others: Sequence[bytes], id_name: str) -> bytes:
    """A list in JSON of good records with others among them."""
    texts = [json.dumps(record).encode() for record in records]
    for place, other in enumerate(others):
        texts.insert(place * 2 % (len(texts) + 1), other.replace(b"ID", id_name.encode()))
    return b"[" + b",".join(texts) + b"]"


def list_replaced(name: str, text: bytes) -> Fault:
    """The good answer with another list, as bytes, under a name in it."""

    def change(good: Answer) -> Sent:
        body = json.loads(good.body)
        body[name] = "(here)"
        whole = json.dumps(body).encode().replace(b'"(here)"', text)
        return Sent(Answer(good.status, whole, good.content_type, good.headers))

    return change
