"""From bytes to a document that everything behind can walk through."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from ingestion.errors import NotJsonError
from ingestion.landing import canonical
from ingestion.landing.canonical import Document

#: Levels of lists and objects within each other, as many as orjson writes. Real answers have ten;
#: at some 450 the functions that write payloads run out of stack.
MOST_NESTED = 254


def parse(body: bytes) -> Document:
    """Parse the body of an answer. Raises NotJsonError with a reason of one line."""
    document = canonical.parse(body)
    if _is_too_deep(document):
        raise NotJsonError(f"nested deeper than {MOST_NESTED} levels in {len(body)} bytes")
    return document


def _is_too_deep(document: Document) -> bool:
    if not document.suspect:
        try:
            # Seven times as fast as walking.
            orjson.dumps(document.value)
        except (TypeError, orjson.JSONEncodeError):
            pass  # Too deep, a lone surrogate, or a whole number beyond 64 bits.
        else:
            return False
    level = [document.value] if isinstance(document.value, dict | list) else []
    for _ in range(MOST_NESTED):
        level = [
            inner for item in level for inner in _within(item) if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _within(item: dict[str, Any] | list[Any]) -> Iterable[Any]:
    if isinstance(item, list):
        return item
    # An object with a key twice keeps them all.
    pairs: list[tuple[str, Any]] | None = getattr(item, "pairs", None)
    return item.values() if pairs is None else [value for _, value in pairs]
