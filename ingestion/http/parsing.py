"""From bytes to a document that everything behind can walk through."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

import orjson

from ingestion.errors import NotJsonError
from ingestion.landing import canonical
from ingestion.landing.canonical import MOST_NESTED, Document

#: A text in JSON, or a bracket outside of one.
_TEXT_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.S)


def parse(body: bytes) -> Document:
    """Parse the body of an answer. What is nested deeper than can be stored becomes a mark that
    `canonical.fault` knows, so that one such record does not cost the page its others.

    Raises NotJsonError with a reason of one line.
    """
    try:
        document = canonical.parse(body)
    except canonical.TooDeepError:
        flat = _flattened(body)
        if flat is None:
            raise
        return Document(canonical.parse(flat).value, suspect=True)
    if not _is_too_deep(document):
        return document
    flat = _flattened(body)
    if flat is None:
        raise NotJsonError(f"nested deeper than {MOST_NESTED} levels in {len(body)} bytes")
    return Document(canonical.parse(flat).value, suspect=True)


def _flattened(body: bytes) -> bytes | None:
    """The body with what is too deep in it as a marked text; None where it is that nowhere, or does
    not end."""
    # Each byte is a character, so that any bytes come back as they were.
    text = body.decode("latin-1")
    parts: list[str] = []
    depth = taken = begins = 0
    for found in _TEXT_OR_BRACKET.finditer(text):
        if found[0] in "[{":
            depth += 1
            if depth == MOST_NESTED + 1:
                begins = found.start()
        elif found[0] in "]}":
            depth -= 1
            if depth == MOST_NESTED:
                deep = text[begins : found.end()].encode("latin-1").decode("utf-8", "replace")
                mark = json.dumps(canonical.TOO_DEEP + deep)
                parts += (text[taken:begins], mark)
                taken = found.end()
    if depth != 0 or not parts:
        return None
    return "".join([*parts, text[taken:]]).encode("latin-1")


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
