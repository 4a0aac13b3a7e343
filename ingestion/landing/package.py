"""What a run has met and not written yet: the rows of its next load package."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from ingestion.landing import canonical
from ingestion.landing.contract import Breach
from ingestion.landing.tables import schema_of

#: A package is written when this many rows wait, or this many characters of payload, or this many
#: seconds after the last.
PACKAGE_ROWS = 4_000
PACKAGE_CHARACTERS = 32_000_000
PACKAGE_SECONDS = 30.0
#: Of a source whose calls are scarce, as soon as a wait for an answer is worth more than writing
#: one (0.1 to 0.3 s). What is lost with less is answered from the cache of answers.
SCARCE_SECONDS = 1.0

#: Endpoint, scope and slice.
Key = tuple[str, str, str]


class Package:
    """The rows that wait. What only counts (sightings, breaches, positions) becomes rows when they
    are taken."""

    def __init__(self, source: str, run_id: str, *, scarce: bool) -> None:
        self._source = source
        self._run_id = run_id
        self._seconds = SCARCE_SECONDS if scarce else PACKAGE_SECONDS
        self._rows: dict[str, list[tuple[Any, ...]]] = {}
        self._files: dict[str, tuple[Path, int]] = {}
        self._characters = 0
        self._sightings: dict[Key, tuple[int, datetime, datetime, int]] = {}
        self._breaches: Counter[tuple[str, Breach]] = Counter()
        self._positions: dict[Key, tuple[str, int, int, str]] = {}
        self._taken_at = time.monotonic()

    def add(self, table: str, row: tuple[Any, ...], characters: int = 0) -> None:
        """A row, its values in the order of the table's columns."""
        self._rows.setdefault(table, []).append(row)
        self._characters += characters

    def attach(self, files: Mapping[str, tuple[Path, int]]) -> None:
        """Parquet files that go in as they are, by raw table, with their numbers of rows."""
        self._files |= files

    def take_files(self) -> dict[str, tuple[Path, int]]:
        """The files that wait; none does afterwards."""
        files, self._files = self._files, {}
        return files

    def sight(
        self, endpoint: str, scope: str, record_id: str, version_no: int, now: datetime
    ) -> None:
        """A record was met in a scope."""
        key = (endpoint, scope, record_id)
        _, since, _, times = self._sightings.get(key, (0, now, now, 0))
        self._sightings[key] = (version_no, since, now, times + 1)

    def breach(self, endpoint: str, breach: Breach) -> None:
        self._breaches[endpoint, breach] += 1

    def stand(self, key: Key, position: str, records: int, rejected: int, problems: str) -> None:
        """A slice that has not ended stands at a position; the newest holds."""
        self._positions[key] = (position, records, rejected, problems)

    def settle(self, key: Key) -> None:
        """A slice has ended: where it stood no longer matters."""
        self._positions.pop(key, None)

    def is_due(self) -> bool:
        """Whether what waits is much, or waits for long."""
        waiting = sum(map(len, self._rows.values())) + len(self._sightings)
        return waiting > 0 and (
            waiting >= PACKAGE_ROWS
            or self._characters >= PACKAGE_CHARACTERS
            or time.monotonic() - self._taken_at >= self._seconds
        )

    def take(self, now: datetime, seq: int) -> dict[str, pa.Table]:
        """All that waits, by raw table; nothing waits afterwards. seq: the run's at this moment."""
        nonce = uuid.uuid4().hex
        for (endpoint, scope, record_id), (version, since, until, times) in sorted(
            self._sightings.items()
        ):
            content = (self._source, endpoint, scope, record_id, version, self._run_id)
            row_id = canonical.hash_of(*content, nonce)
            self.add("sightings", (*content, since, until, times, row_id))
        for (endpoint, breach), records in self._breaches.items():
            what = (self._source, endpoint, breach.field, breach.expected, breach.found, records)
            row_id = canonical.hash_of(*what, nonce)
            self.add("breaches", (*what, self._run_id, now, row_id))
        for key, state in self._positions.items():
            self.add("positions", (self._run_id, self._source, *key, *state, seq))
        tables = {name: _arrow(schema_of(name), rows) for name, rows in self._rows.items()}
        self._rows, self._sightings, self._positions = {}, {}, {}
        self._breaches.clear()
        self._characters = 0
        self._taken_at = time.monotonic()
        return tables


def _arrow(schema: pa.Schema, rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = zip(*rows, strict=True)
    return pa.table(
        [pa.array(values, column.type) for values, column in zip(columns, schema, strict=True)],
        schema=schema,
    )
