"""What `make map` shows: the columns of a file, a proposal, and rows as they would land."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import yaml

from ingestion.files.fields import Reader
from ingestion.files.mapping import Mapping, mapping_of, name_of
from ingestion.files.opening import open_table
from ingestion.files.propose import Column, Proposal, propose
from ingestion.files.table import Batch, Troubled

#: Rows that are looked at.
LOOK = 2_000
#: Cells of a column that are looked at, and characters of one.
CELLS, CHARACTERS = 300, 2_000


@dataclass(frozen=True, slots=True)
class Preview:
    """Rows as they would land, each with what is wrong in it, and lines that are none; and how many
    of `looked` are not right."""

    rows: list[tuple[int, dict[str, Any], list[str]]]
    looked: int
    flawed: int
    bad: tuple[tuple[int, str], ...] = ()


def columns_of(file: Path, work: Path) -> tuple[list[Column], dict[str, Any]]:
    """The columns of a file with some of their cells, and how it was read.

    Raises FileUnreadable.
    """
    for careful in (False, True):
        try:
            with open_table(file, None, work, careful=careful) as table:
                batches = list(_first(table.batches()))
                return [
                    Column(name, tuple(islice(_filled(batches, name), CELLS)))
                    for name in table.columns
                ], table.facts
        except Troubled:
            continue
    return [], {}


def _first(batches: Iterator[Batch]) -> Iterator[Batch]:
    seen = 0
    for batch in batches:
        yield batch
        seen += len(batch.lines)
        if seen >= LOOK:
            return


def _filled(batches: list[Batch], name: str) -> Iterator[str]:
    for batch in batches:
        array = batch.cells.get(name)
        for value in array.to_pylist() if array is not None else ():
            text = (value or "").strip()
            if text not in ("", "-1", "NA", "N/A", "null", "None", "nan"):
                yield text[:CHARACTERS]


def proposal_for(file: Path, work: Path) -> Proposal:
    """A proposal of a mapping for a file. Raises FileUnreadable."""
    columns, _ = columns_of(file, work)
    return propose(columns, name_of(file.name.split(".", 1)[0]))


def mapping_from(proposal: Proposal, file: Path) -> Mapping:
    """The proposal as a mapping; raises MappingError where it can be none yet."""
    return mapping_of(proposal.content, file.name, file.stem)


def preview(file: Path, mapping: Mapping, work: Path, rows: int = 10) -> Preview:
    """The first rows of a file as the mapping would land them. Raises FileUnreadable."""
    for careful in (False, True):
        try:
            with open_table(file, mapping, work, careful=careful) as table:
                reader = Reader(mapping, table.columns, is_loose=table.is_loose)
                batch = next(iter(table.batches()), None)
                if batch is None:
                    return Preview([], 0, 0)
                read = reader.read(batch)
                wrong: dict[int, list[str]] = {}
                for one in read.problems:
                    where = f"{one.column}: {one.value!r} " if one.column else ""
                    wrong.setdefault(one.position, []).append(f"{where}{one.reason}")
                shown = [
                    (
                        batch.lines[at].as_py(),
                        orjson.loads(read.fields[at].as_py()),
                        wrong.get(at, []),
                    )
                    for at in range(min(rows, len(batch.lines)))
                ]
                return Preview(
                    shown,
                    len(batch.lines) + len(batch.bad),
                    len(wrong) + len(batch.bad),
                    tuple((one.line, f"{one.reason}: {one.text[:80]!r}") for one in batch.bad[:5]),
                )
        except Troubled:
            continue
    return Preview([], 0, 0)


def as_yaml(proposal: Proposal) -> str:
    """The mapping file of a proposal."""
    head = [f"# Proposed by make map. {question}" for question in proposal.open_questions]
    body = yaml.safe_dump(proposal.content, sort_keys=False, allow_unicode=True, width=100)
    return "\n".join([*head, body])
