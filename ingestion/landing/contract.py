"""The input contract of an endpoint: the fields its records hold, and of what kind they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

#: Kinds that a contract may name. `time` is a text that begins with an ISO date.
KINDS = ("text", "number", "boolean", "list", "object", "time")
ABSENT = "absent"
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ]|$)")
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Breach:
    """A field that is not as the contract says. found: a kind, `null` or `absent`."""

    field: str
    expected: str
    found: str


class Contract:
    """What an endpoint declares as `fields`: dotted path to kind.

    Kinds are joined by `|`; with `?` at the end the field may be null or absent. Lists on the way
    are gone through. Raises ValueError for a kind that does not exist.
    """

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._rules: list[tuple[str, tuple[str, ...], str, frozenset[str], bool]] = []
        for field, declared in fields.items():
            optional = declared.endswith("?")
            kinds = frozenset(declared.removesuffix("?").split("|"))
            if not kinds <= set(KINDS):
                raise ValueError(f"{field}: {declared} is no kind; kinds are {', '.join(KINDS)}")
            self._rules.append((field, tuple(field.split(".")), declared, kinds, optional))

    def breaches(self, record: Mapping[str, Any]) -> list[Breach]:
        """Fields of a record that break the contract, each once."""
        found = []
        for field, path, declared, kinds, optional in self._rules:
            # Most fields stand at the top.
            values = (record.get(path[0], _MISSING),) if len(path) == 1 else _at(record, path)
            for value in values:
                kind = kind_of(value)
                if kind in kinds or (optional and kind in ("null", ABSENT)):
                    continue
                if kind == "text" and "time" in kinds and _TIME.match(value):
                    continue
                found.append(Breach(field, declared, kind))
                break
        return found


def kind_of(value: Any) -> str:
    """Kind of a JSON value; `absent` of what is not there."""
    if isinstance(value, str):
        return "text"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, list):
        return "list"
    return "object" if isinstance(value, dict) else ABSENT


def _at(value: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """What stands at a path; nothing where a list on the way is empty. Of what is on the way and
    is not of the right kind, its own rule speaks: here it is absent."""
    if not path:
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _at(item, path)
    elif isinstance(value, dict):
        yield from _at(value.get(path[0], _MISSING), path[1:])
    else:
        yield _MISSING
