"""From bytes to a document that everything behind can walk through."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ingestion.errors import NotJsonError
from ingestion.landing import canonical
from ingestion.landing.canonical import Document

#: Levels of lists and objects within each other. Real answers have ten; at some 450 the functions
#: that write payloads run out of stack.
MOST_NESTED = 200


def parse(body: bytes) -> Document:
    """Parse the body of an answer. Raises NotJsonError with a reason of one line."""
    document = canonical.parse(body)
    if _is_deeper(document.value, MOST_NESTED):
        raise NotJsonError(f"nested deeper than {MOST_NESTED} levels in {len(body)} bytes")
    return document


def _is_deeper(value: Any, most: int) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(most):
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
