"""The landing run: a plan of slices, the rows of what is met in them, the packages they go in."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import psutil
import pyarrow as pa

from ingestion.counts import Counts
from ingestion.landing import canonical
from ingestion.landing.slices import PLANNED, Landed, Slice, SliceWriter
from ingestion.landing.tables import schema_of
from ingestion.landing.versions import Standing, decide
from ingestion.source import EndpointSpec

if TYPE_CHECKING:
    from ingestion.landing.landing import Landing

#: A package is written when this many rows wait, or this many characters of payload, or this many
#: seconds after the last.
PACKAGE_ROWS = 4_000
PACKAGE_CHARACTERS = 32_000_000
PACKAGE_SECONDS = 30.0


class Run:
    """One run of one source. Made by `Landing.run`."""

    def __init__(
        self,
        *,
        landing: Landing,
        source: str,
        endpoints: dict[str, EndpointSpec],
        table: str | None,
        run_id: str,
        run_no: int,
        seq: int,
        known: dict[str, dict[str, Standing]],
        before: dict[tuple[str, str, str], bool],
        secrets: tuple[str, ...],
        scarce: bool,
    ) -> None:
        self.source = source
        self.run_id = run_id
        self.run_no = run_no
        #: Whether this continues a run that an earlier process began.
        self.resumed = bool(before)
        self.counts = Counts()
        self.record_limit = landing.settings.record_limit
        self.endpoints = endpoints
        #: Blotted out of everything that lands.
        self.secrets = secrets
        self._landing = landing
        self._table = table
        self._known = known
        self._before = before
        self._scarce = scarce
        self._seq = seq
        self._plan: dict[tuple[str, str, str], Slice] = {}
        #: False once every planned slice has ended and its rows are written.
        self._open: set[tuple[str, str, str]] = set()
        self._met: dict[str, set[str]] = {name: set() for name in endpoints}
        self._rows: dict[str, list[tuple[Any, ...]]] = {}
        self._sightings: dict[tuple[str, str, str], tuple[int, datetime, datetime, int]] = {}
        self._characters = 0
        self._written_at = time.monotonic()
        self._started_at = self.now()
        self._clock = time.monotonic()
        self._cpu = time.process_time()
        self._reasons: list[str] = []
        self._finished = False

    # -- the plan ----------------------------------------------------------------------------------

    def plan(self, slices: Sequence[Slice]) -> list[Slice]:
        """Write the plan, then say which of its slices are still to be fetched.

        In a continued run those that ended before are left out, and planned ones that are no longer
        wanted end as withdrawn.
        """
        wanted = {slice_.key: slice_ for slice_ in slices}
        now = self.now()
        for key, slice_ in wanted.items():
            if key not in self._before:
                self.slice_row(slice_, now, None, False, 0, PLANNED)
        for key, is_open in self._before.items():
            if is_open and key not in wanted:
                gone = Slice(*key)
                self.slice_row(gone, now, now, False, 0, "withdrawn: no longer configured")
        self.flush()
        self._plan |= wanted
        self._open |= {key for key in wanted if self._before.get(key, True)}
        return [slice_ for key, slice_ in wanted.items() if key in self._open]

    def open(self, slice_: Slice) -> SliceWriter:
        """Begin to fetch a planned slice; used as a context manager."""
        if slice_.key not in self._plan:
            raise KeyError(f"{slice_.key} is not in the plan of {self.source}")
        return SliceWriter(self, slice_)

    @property
    def is_done(self) -> bool:
        """Whether every planned slice has ended."""
        return not self._open

    @property
    def reasons(self) -> list[str]:
        """Why slices are not complete, in the order they ended."""
        return list(self._reasons)

    # -- rows --------------------------------------------------------------------------------------

    def now(self) -> datetime:
        return self._landing.settings.now()

    def next_seq(self) -> int:
        self._seq += 1
        return self._seq

    def add_row(self, table: str, row: tuple[Any, ...], characters: int = 0) -> None:
        """Land one row, its values in the order of the table's columns."""
        self._rows.setdefault(table, []).append(row)
        self._characters += characters

    def add(self, table: str, row: Mapping[str, Any]) -> None:
        """Land one row of a shared table that is no version of a record, by column."""
        self.add_row(table, tuple(row[name] for name in schema_of(table).names))

    def slice_row(
        self,
        slice_: Slice,
        started_at: datetime,
        ended_at: datetime | None,
        is_complete: bool,
        records: int,
        reason: str | None,
    ) -> None:
        self.add_row(
            "slices",
            (
                self.run_id,
                self.run_no,
                slice_.mode,
                self.source,
                slice_.endpoint,
                slice_.scope,
                slice_.slice,
                canonical.dumps(dict(slice_.request)),
                started_at,
                ended_at,
                is_complete,
                records,
                reason,
                self.next_seq(),
            ),
        )

    def table_of(self, endpoint: str) -> str:
        return self._table or f"{self.source}__{endpoint}"

    def meet(
        self,
        slice_: Slice,
        record_id: str,
        payload: canonical.Payload,
        request: Mapping[str, Any],
    ) -> Landed:
        """Take a record as met in a slice: counted and sighted, landed where it is new."""
        endpoint, now = slice_.endpoint, self.now()
        table_name = self.table_of(endpoint)
        counts, table = self.counts, self.counts.table(table_name)
        counts.records += 1
        counts.replaced_characters += payload.replaced
        met = self._met[endpoint]
        counts.duplicates += record_id in met
        met.add(record_id)

        known = self._known[endpoint]
        standing = known.get(record_id)
        newest, is_new = decide(standing, payload.content_hash)
        key = (endpoint, slice_.scope, record_id)
        _, since, _, times = self._sightings.get(key, (0, now, now, 0))
        self._sightings[key] = (newest.version_no, since, now, times + 1)
        if not is_new:
            return Landed.NOTHING
        known[record_id] = newest
        seq = self.next_seq()
        version = (record_id, newest.version_no, payload.content_hash)
        self.add_row(
            table_name,
            (
                *((self.source,) if self._table else ()),
                record_id,
                newest.version_no,
                payload.text,
                payload.content_hash,
                canonical.dumps({"endpoint": endpoint, **request}),
                now,
                self.run_id,
                seq,
                canonical.hash_of(self.source, endpoint, *version, self.run_id, seq),
            ),
            characters=len(payload.text),
        )
        table.rows_landed += 1
        if standing is not None and standing.in_run:
            return Landed.CORRECTION
        counts.new_versions += 1
        table.new_versions += 1
        return Landed.VERSION

    def slice_ended(self, slice_: Slice, why_incomplete: str | None) -> None:
        """A slice is fetched as far as it can be; its row is added already."""
        if why_incomplete is not None:
            self._reasons.append(why_incomplete)
        self._open.discard(slice_.key)
        self.flush_if_due()

    def slice_left_open(self, reason: str) -> None:
        """A slice could not be finished now; its row is added already."""
        self._reasons.append(reason)
        self.flush_if_due()

    def flush_if_due(self) -> None:
        """Write what waits where it is much, or waits for long."""
        if self._due():
            self.flush()

    def _due(self) -> bool:
        waiting = sum(map(len, self._rows.values())) + len(self._sightings)
        return waiting > 0 and (
            self._scarce
            or waiting >= PACKAGE_ROWS
            or self._characters >= PACKAGE_CHARACTERS
            or time.monotonic() - self._written_at >= PACKAGE_SECONDS
        )

    def flush(self) -> None:
        """Write what waits as one package."""
        if self._sightings:
            nonce = uuid.uuid4().hex
            for (endpoint, scope, record_id), (version_no, since, until, times) in sorted(
                self._sightings.items()
            ):
                content = (self.source, endpoint, scope, record_id, version_no, self.run_id)
                row_id = canonical.hash_of(*content, nonce)
                self.add_row("sightings", (*content, since, until, times, row_id))
            self._sightings = {}
        if self._rows:
            self._landing.spool.extract(
                {name: _arrow(schema_of(name), rows) for name, rows in self._rows.items()}
            )
            self._rows = {}
        self._characters = 0
        self._written_at = time.monotonic()

    def finish(self, step: str = "collect") -> None:
        """Write the run's row in raw.runs and what still waits. Called once, at the end."""
        if self._finished:
            return
        self._finished = True
        counts = self.counts
        seconds = time.monotonic() - self._clock
        self.add_row(
            "runs",
            (
                self.run_id,
                step,
                self.source,
                self._started_at,
                self._started_at + timedelta(seconds=seconds),
                counts.requests,
                counts.retries,
                round(counts.response_ms),
                counts.records,
                counts.new_versions,
                counts.quarantined,
                counts.duplicates,
                counts.errors,
                psutil.Process().memory_info().rss / 1e6,
                time.process_time() - self._cpu,
            ),
        )
        self.flush()


def _arrow(schema: pa.Schema, rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = zip(*rows, strict=True)
    return pa.table(
        [pa.array(values, column.type) for values, column in zip(columns, schema, strict=True)],
        schema=schema,
    )
