"""From the bytes of an answer to canonical payloads. Pure functions.

A body is decoded as UTF-8 with what cannot be decoded marked, parsed with what JSON does not allow
marked, so that one bad record does not cost the page its others. A payload is JSON text with sorted
keys; lone surrogates and NUL, which no database text holds, become U+FFFD and are counted.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from ingestion.errors import NotJsonError

# A byte 0x80-0xFF that is no UTF-8 is carried through the parser as one of the last 128 characters
# of the private plane 16: surrogates would be mixed up with escapes such as "\udc80".
_BYTE_MARKS = {0xDC80 + n: chr(0x10FF80 + n) for n in range(128)}
_MARKED_BYTE = re.compile("[\U0010ff80-\U0010ffff]")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "\ufffd"
#: Levels of lists and objects within each other, as many as orjson writes. Real answers have ten;
#: at some 450 the functions that write payloads run out of stack.
MOST_NESTED = 254
#: Begins the text that stands for what is nested deeper.
TOO_DEEP = "\U0010ff7e"
#: Digits of a whole number that Python reads.
_MOST_DIGITS = 4_300


class TooDeepError(NotJsonError):
    """A body is nested deeper than it can be parsed."""


class _NotANumber(float):
    """NaN, Infinity or a number beyond the doubles, with its text as received."""

    text: str

    def __new__(cls, text: str) -> _NotANumber:
        mark = super().__new__(cls, "nan")
        mark.text = text
        return mark


class _RepeatedKeys(dict[str, Any]):
    """An object that has a key twice, with all its pairs as received."""

    pairs: list[tuple[str, Any]]

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed body. `suspect`: something in it is no valid JSON, see `fault`."""

    value: Any
    suspect: bool


def parse(body: bytes) -> Document:
    """Parse the body of an answer. Raises NotJsonError with a reason of one line."""
    suspect = False

    def pairs_hook(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal suspect
        value = dict(pairs)
        if len(value) != len(pairs):
            suspect = True
            return _RepeatedKeys(pairs)
        return value

    def not_a_number(text: str) -> float:
        nonlocal suspect
        suspect = True
        return _NotANumber(text)

    def number(text: str) -> float:
        value = float(text)
        return value if math.isfinite(value) else not_a_number(text)

    def whole_number(text: str) -> Any:
        return int(text) if len(text) <= _MOST_DIGITS else not_a_number(text)

    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        suspect = True
        text = body.decode("utf-8-sig", "surrogateescape").translate(_BYTE_MARKS)
    hooks: dict[str, Any] = {
        "object_pairs_hook": pairs_hook,
        "parse_constant": not_a_number,
        "parse_float": number,
    }
    try:
        try:
            value = json.loads(text, **hooks)
        except json.JSONDecodeError:
            raise
        except ValueError:  # a whole number that Python does not read
            value = json.loads(text, parse_int=whole_number, **hooks)
    except json.JSONDecodeError as error:
        raise NotJsonError(
            f"{error.msg} at line {error.lineno} column {error.colno} of {len(body)} bytes"
        ) from None
    except RecursionError:
        raise TooDeepError(f"nested too deep in {len(body)} bytes") from None
    return Document(value, suspect)


def readable(body: bytes) -> str:
    """A body as storable text: what is no UTF-8 shown as `\\xNN`, NUL as U+FFFD."""
    return body.decode("utf-8-sig", "backslashreplace").replace("\x00", _REPLACEMENT)


def fault(value: Any) -> str | None:
    """Why a part of a suspect document cannot be a payload (a reason), or None when it can."""
    for item in _walk(value):
        if isinstance(item, _NotANumber):
            return f"not_a_number: {item.text[:40]}"
        if isinstance(item, _RepeatedKeys):
            keys = [key for key, _ in item.pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            return f"repeated_key: {show(twice)[:80]}"
        if isinstance(item, str) and item.startswith(TOO_DEEP):
            return f"too_deep: nested deeper than {MOST_NESTED} levels"
        if isinstance(item, str) and _MARKED_BYTE.search(item):
            return "undecodable_bytes: the text is no UTF-8"
    return None


def show(value: Any) -> str:
    """JSON-like text of any part of a document, as near to what was received as can be stored."""
    text = _dump_marked(value)
    text = _MARKED_BYTE.sub(lambda mark: f"\\x{ord(mark[0]) - 0x10FF00:02x}", text)
    return _UNSTORABLE.sub(_REPLACEMENT, text)


def _dump_marked(value: Any) -> str:
    if isinstance(value, _NotANumber):
        return value.text
    if isinstance(value, dict):
        pairs = value.pairs if isinstance(value, _RepeatedKeys) else list(value.items())
        return "{" + ",".join(f"{_dump_marked(k)}:{_dump_marked(v)}" for k, v in pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_dump_marked, value)) + "]"
    if isinstance(value, str) and value.startswith(TOO_DEEP):
        return value[len(TOO_DEEP) :]
    return json.dumps(value, ensure_ascii=False)


def _walk(value: Any) -> Iterator[Any]:
    """Every object, list, key and leaf of a value, itself included."""
    stack = [value]
    while stack:
        item = stack.pop()
        yield item
        if isinstance(item, _RepeatedKeys):
            for pair in item.pairs:
                stack.extend(pair)
        elif isinstance(item, dict):
            stack.extend(item.keys())
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)


@dataclass(frozen=True, slots=True)
class Payload:
    """A record ready to land."""

    text: str
    content_hash: str
    #: Characters that could not be stored and became U+FFFD.
    replaced: int


def canonical(value: Any, volatile: Sequence[str] = (), secrets: Iterable[str] = ()) -> Payload:
    """Canonical payload of a record, and the hash of what of it is not volatile.

    `value` must hold what JSON holds; `secrets` are blotted out wherever they occur.
    """
    data, replaced = _dump(value)
    for secret in secrets:
        data = data.replace(secret.encode(), b"[secret]")
    if volatile:
        stable = _dump(without(orjson.loads(data) if secrets else value, volatile))[0]
    else:
        stable = data
    return Payload(data.decode(), hash_of(stable), replaced)


def dumps(value: Any) -> str:
    """Canonical JSON text of a value."""
    return _dump(value)[0].decode()


def _dump(value: Any) -> tuple[bytes, int]:
    try:
        data = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (TypeError, orjson.JSONEncodeError):
        # A lone surrogate, a whole number beyond 64 bits, or nesting deeper than orjson goes.
        data = b""
    if data and b"\\u0000" not in data:
        return data, 0
    cleaned, replaced = _storable(value)
    text = json.dumps(cleaned, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode(), replaced


def _storable(value: Any) -> tuple[Any, int]:
    """The value with every character that no database text holds replaced, and their number."""
    if isinstance(value, str):
        return _UNSTORABLE.subn(_REPLACEMENT, value)
    if isinstance(value, list):
        items = [_storable(item) for item in value]
        return [item for item, _ in items], sum(n for _, n in items)
    if isinstance(value, dict):
        pairs = [(_storable(key), _storable(item)) for key, item in value.items()]
        return {k: v for (k, _), (v, _) in pairs}, sum(n + m for (_, n), (_, m) in pairs)
    return value, 0


def without(value: Any, paths: Sequence[str]) -> Any:
    """The value less the fields at dotted paths; lists on the way are gone through.

    What is not on a path is shared with the original, which stays as it is.
    """
    for path in paths:
        value = _without(value, path.split("."))
    return value


def _without(value: Any, path: list[str]) -> Any:
    if isinstance(value, list):
        return [_without(item, path) for item in value]
    if not isinstance(value, dict) or path[0] not in value:
        return value
    rest = dict(value)
    if len(path) == 1:
        del rest[path[0]]
    else:
        rest[path[0]] = _without(value[path[0]], path[1:])
    return rest


def record_id(value: Any, path: str) -> str | None:
    """Id of a record as text: a whole number or a text that is not empty; None for all else."""
    for name in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and value.strip():
        return _UNSTORABLE.sub(_REPLACEMENT, value)
    return None


def hash_of(*parts: str | bytes | int | None) -> str:
    """32 hex digits that tell these parts from all others."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode()
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()
