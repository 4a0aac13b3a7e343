"""Canonical fields of a batch of rows, a column at a time; each distinct cell is read once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.files.documents import cell as as_cell
from ingestion.files.mapping import Mapping as FileMapping
from ingestion.files.mapping import resolve
from ingestion.files.table import Batch, FileUnreadable
from ingestion.files.textjson import list_of, object_of, quoted
from ingestion.files.values import FIELDS, LISTS, Reading, literal, read_value
from ingestion.landing.canonical import dumps

#: What the names of columns begin with that we have added to a file of corrections.
OURS = "wagehouse_"
_DIGITS = r"^[0-9]{1,12}$"
_PLAIN = frozenset(name for name, reader in FIELDS.items() if reader is FIELDS["title"])

Place = tuple[str, tuple[str, ...]]


@dataclass(slots=True)
class Problem:
    """A cell that could not be read, or what is wrong with a row (then without a column)."""

    position: int
    column: str | None
    value: str | None
    reason: str


@dataclass(slots=True)
class Read:
    """A batch as canonical fields.

    fields, rows: JSON objects. keys: the declared key as text, null where the whole row is it.
    """

    fields: pa.StringArray
    rows: pa.StringArray
    keys: pa.StringArray
    problems: list[Problem] = field(default_factory=list)


class Reader:
    """Reads batches of one file by a mapping. Raises FileUnreadable where a column is missing."""

    def __init__(self, mapping: FileMapping, columns: Sequence[str], *, is_loose: bool) -> None:
        self._mapping = mapping
        self._missing = pa.array(list(mapping.missing), pa.string())
        known = list(columns)
        self._places: dict[str, list[Place]] = {}
        lacking: list[str] = []
        for name, named in mapping.fields.items():
            places = [(column, resolve(column, known)) for column in named]
            lacking += [column for column, place in places if place is None]
            self._places[name] = [place for _, place in places if place is not None]
        keys = [(column, resolve(column, known)) for column in mapping.key]
        lacking += [column for column, place in keys if place is None and not is_loose]
        self._keys = [place or (column, ()) for column, place in keys]
        if (lacking and not is_loose) or not any(self._places.values()):
            raise FileUnreadable(
                f"no_column: the mapping names {lacking[0]!r}; the file has "
                f"{', '.join(repr(column) for column in known)[:300]}"
            )
        self._given = self._constants(mapping.constants)
        self._defaults = mapping.defaults
        self._readings = {name: mapping.reading(name) for name in FIELDS}

    def _constants(self, texts: Mapping[str, str]) -> dict[str, str]:
        """Members of the JSON object that are the same in every row."""
        members = {"origin": dumps(self._mapping.origin)}
        for name, text in texts.items():
            value = read_value(name, text, self._mapping.reading(name)).text
            if name == "pay":
                members["pay_text"] = dumps(text)
            if value is not None:
                members[name] = value if name in LISTS else dumps(value)
        return members

    def read(self, batch: Batch) -> Read:
        """The batch's rows; problems by their position in it."""
        length = len(batch.lines)
        cells = _Cells(batch, length, self._missing)
        problems = [Problem(at, None, None, reason) for at, reason in batch.flaws.items()]
        members: dict[str, pa.StringArray | str] = dict(self._given)
        filled: list[Any] = []
        for name, places in self._places.items():
            if not places:
                continue
            column = self._read_field(name, places, cells, problems)
            filled.append(pc.is_valid(column))
            if name == "pay":
                written = cells.first(places)
                differs = pc.not_equal(written, column)
                differs = pc.fill_null(differs, True)
                text = pc.if_else(differs, written, None)
                if text.null_count < length:
                    members["pay_text"] = quoted(text)
                filled.append(pc.is_valid(written))
            if name in self._defaults:
                default = read_value(name, self._defaults[name], self._readings[name]).text
                column = pc.fill_null(column, default)
            if column.null_count < length:
                members[name] = column if name in LISTS else quoted(column)
        for name in self._defaults:
            if not self._places.get(name):
                members |= {
                    key: value
                    for key, value in self._constants({name: self._defaults[name]}).items()
                    if key != "origin"
                }
        problems += _nothing(filled, length)
        keys = self._read_keys(cells, length, problems)
        rows = batch.rows
        if rows is None:
            rows = object_of(
                {
                    name: quoted(array)
                    for name, array in batch.cells.items()
                    if not name.startswith(OURS)
                },
                length,
            )
        return Read(object_of(members, length), rows, keys, problems)

    def _read_field(
        self, name: str, places: list[Place], cells: _Cells, problems: list[Problem]
    ) -> pa.StringArray:
        """A field as its JSON string holds it (of a list: the JSON list)."""
        written = cells.joined(places) if name in LISTS else cells.first(places)
        reading = self._readings[name]
        has_codes = bool(reading.values and name in reading.values)
        if name in _PLAIN and not has_codes:
            return written
        if name.startswith("pay") and not has_codes and _all_match(written, _DIGITS):
            return written
        column = ", ".join(place[0] for place in places)
        return _by_distinct(written, name, column, reading, problems)

    def _read_keys(self, cells: _Cells, length: int, problems: list[Problem]) -> pa.StringArray:
        if not self._keys:
            return pa.nulls(length, pa.string())
        parts = [cells.trimmed(place) for place in self._keys]
        empty = pc.equal(pc.coalesce(parts[0], ""), "")
        for part in parts[1:]:
            empty = pc.and_(empty, pc.equal(pc.coalesce(part, ""), ""))
        keys = parts[0] if len(parts) == 1 else list_of(parts)
        if pc.any(empty).as_py():
            named = ", ".join(self._mapping.key)
            for position in pc.indices_nonzero(empty).to_pylist():
                problems.append(Problem(position, named, "", "no_key: the key is empty"))
            keys = pc.if_else(empty, None, keys)
        return keys


class _Cells:
    """Cells of a batch by place: trimmed, parts taken out, each made once."""

    def __init__(self, batch: Batch, length: int, missing: pa.StringArray) -> None:
        self._batch = batch
        self._length = length
        self._missing = missing
        self._made: dict[Place, pa.StringArray] = {}
        self._known: dict[Place, pa.StringArray] = {}

    def trimmed(self, place: Place) -> pa.StringArray:
        """Cells without blanks round them."""
        if place not in self._made:
            column, path = place
            array = self._batch.cells.get(column)
            if array is None:
                array = pa.nulls(self._length, pa.string())
            if path:
                array = _mapped(array, _picker(path))
            self._made[place] = pc.utf8_trim_whitespace(array)
        return self._made[place]

    def known(self, place: Place) -> pa.StringArray:
        """The same, null where the text means that nothing is known."""
        if place not in self._known:
            array = self.trimmed(place)
            nothing = pc.is_in(array, value_set=self._missing)
            nothing = pc.or_(nothing, pc.equal(pc.coalesce(array, ""), ""))
            if pc.any(nothing).as_py():
                array = pc.if_else(nothing, None, array)
            self._known[place] = array
        return self._known[place]

    def first(self, places: list[Place]) -> pa.StringArray:
        """Of each row the first cell that holds something."""
        arrays = [self.known(place) for place in places]
        return arrays[0] if len(arrays) == 1 else pc.coalesce(*arrays)

    def joined(self, places: list[Place]) -> pa.StringArray:
        """All cells of each row that hold something, one a line."""
        arrays = [self.known(place) for place in places]
        if len(arrays) == 1:
            return arrays[0]
        filled = [pc.fill_null(array, "") for array in arrays]
        joined = pc.utf8_trim_whitespace(pc.binary_join_element_wise(*filled, pa.scalar("\n")))
        return pc.if_else(pc.equal(joined, ""), None, joined)


def _all_match(array: pa.StringArray, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(array, pattern)).as_py())


def _mapped(array: pa.StringArray, read: Callable[[str], str | None]) -> pa.StringArray:
    encoded = pc.dictionary_encode(array)
    values = [read(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(values, pa.string()).take(encoded.indices)


def _picker(path: tuple[str, ...]) -> Callable[[str], str | None]:
    """Reads what stands at a path within a cell; lists on the way give their first item, or the
    one of that number."""

    def pick(text: str) -> str | None:
        value: Any = literal(text)
        for name in path:
            if isinstance(value, list | tuple):
                if name.isdigit():
                    value = value[int(name)] if int(name) < len(value) else None
                    continue
                value = value[0] if value else None
            value = value.get(name) if isinstance(value, dict) else None
        return as_cell(value if isinstance(value, str | int | float | list | dict) else None)

    return pick


def _by_distinct(
    array: pa.StringArray, name: str, column: str, reading: Reading, problems: list[Problem]
) -> pa.StringArray:
    encoded = pc.dictionary_encode(array)
    texts = encoded.dictionary.to_pylist()
    read = [read_value(name, text, reading) for text in texts]
    wrong = {at: value.problem for at, value in enumerate(read) if value.problem is not None}
    if wrong:
        hits = pc.is_in(encoded.indices, value_set=pa.array(list(wrong), encoded.indices.type))
        for position in pc.indices_nonzero(hits).to_pylist():
            at = encoded.indices[position].as_py()
            problems.append(Problem(position, column, texts[at], wrong[at]))
    values = [value.text for value in read]
    return pa.array(values, pa.string()).take(encoded.indices)


def _nothing(filled: list[Any], length: int) -> list[Problem]:
    """Rows of which no mapped column holds anything."""
    some = filled[0] if filled else pa.array([False] * length)
    for array in filled[1:]:
        some = pc.or_(some, array)
    if pc.all(some).as_py():
        return []
    reason = "nothing_known: none of the mapped columns holds anything"
    return [
        Problem(position, None, None, reason)
        for position in pc.indices_nonzero(pc.invert(some)).to_pylist()
    ]
