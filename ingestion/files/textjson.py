"""JSON objects out of columns of text, a column at a time: the payloads of a million rows in some
seconds, to the letter what `canonical.dumps` writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.landing.canonical import dumps

_SPECIAL = r'["\\\x00-\x1f]'
_ESCAPES = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))
_CONTROL = r"[\x00-\x1f]"


def escaped(array: pa.StringArray) -> pa.StringArray:
    """Texts as they stand between the quotes of a JSON string."""
    if not _any(array, _SPECIAL):
        return array
    if _any(array, r"[\x00-\x08\x0b\x0c\x0e-\x1f]"):
        values = [None if text is None else dumps(text)[1:-1] for text in array.to_pylist()]
        return pa.array(values, pa.string())
    for plain, escape in _ESCAPES:
        array = pc.replace_substring(array, plain, escape)
    return array


def _any(array: pa.StringArray, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(array, pattern)).as_py())


def object_of(members: Mapping[str, pa.StringArray | str], length: int) -> pa.StringArray:
    """One JSON object a row, keys sorted, members that are null left out.

    `members` are JSON texts already: those of a column, or one for all rows.
    """
    named = sorted(members.items())
    if not named:
        return pa.array(["{}"] * length, pa.string())
    if all(isinstance(value, str) or value.null_count == 0 for _, value in named):
        pieces: list[Any] = []
        for position, (name, value) in enumerate(named):
            pieces += [f"{'{' if position == 0 else ','}{_key(name)}:", value]
        return _joined([*pieces, "}"], length)
    # Arrow's own way of leaving nulls out drops rows that hold nothing else (pyarrow 26).
    parts = [
        f",{_key(name)}:{value}"
        if isinstance(value, str)
        else pc.fill_null(_joined([f",{_key(name)}:", value]), "")
        for name, value in named
    ]
    inner = pc.utf8_slice_codeunits(_joined(parts, length), 1)
    return _joined(["{", inner, "}"], length)


def quoted(array: pa.StringArray) -> pa.StringArray:
    """Texts as JSON strings; null stays null."""
    return _joined(['"', escaped(array), '"'])


def list_of(arrays: list[pa.StringArray]) -> pa.StringArray:
    """One JSON list of texts a row, null as an empty text."""
    pieces: list[Any] = ["["]
    for position, array in enumerate(arrays):
        pieces += ["" if position == 0 else ",", quoted(pc.fill_null(array, ""))]
    return _joined([*pieces, "]"])


def _key(name: str) -> str:
    return orjson.dumps(name).decode()


def _joined(pieces: list[Any], length: int | None = None) -> pa.StringArray:
    """Pieces put together row by row, neighbouring constants first."""
    merged: list[Any] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] += piece
        elif not isinstance(piece, str) or piece:
            merged.append(piece)
    if all(isinstance(piece, str) for piece in merged):
        return pa.array(["".join(merged)] * (length or 0), pa.string())
    scalars = [pa.scalar(piece) if isinstance(piece, str) else piece for piece in merged]
    return pc.binary_join_element_wise(*scalars, pa.scalar(""))
