"""The landing run: a plan of slices, the rows of what is met in them, the packages they go in."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import psutil

from ingestion.counts import Counts
from ingestion.landing import canonical
from ingestion.landing.contract import Contract
from ingestion.landing.package import Key, Package
from ingestion.landing.queries import SliceState
from ingestion.landing.slices import MOST_PROBLEMS, PLANNED, SPLIT, Landed, Slice, SliceWriter
from ingestion.landing.tables import schema_of
from ingestion.landing.versions import Standing, decide
from ingestion.source import EndpointSpec

if TYPE_CHECKING:
    from ingestion.landing.landing import Landing


class Run:
    """One run of one source. Made by `Landing.run`. Slices may be fetched in several threads, each
    slice in one."""

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
        before: Mapping[Key, SliceState],
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
        self.contracts = {name: Contract(spec.fields) for name, spec in endpoints.items()}
        #: Blotted out of everything that lands.
        self.secrets = secrets
        #: Held while rows are added or written.
        self.lock = threading.RLock()
        self._landing = landing
        self._table = table
        self._known = known
        self._before = before
        self._seq = seq
        self._plan: dict[Key, Slice] = {}
        #: Planned slices that have not ended.
        self._open: set[Key] = set()
        self._met: dict[str, set[str]] = {name: set() for name in endpoints}
        self._package = Package(source, run_id, scarce=scarce)
        #: When this process began with it (UTC).
        self.started_at = self.now()
        #: When the first process that worked on it did.
        self.began_at = min(
            (state.started_at for state in before.values()), default=self.started_at
        )
        self._clock = time.monotonic()
        self._cpu = time.process_time()
        self._reasons: list[str] = []
        self._finished = False

    # -- the plan ----------------------------------------------------------------------------------

    def plan(self, slices: Sequence[Slice]) -> list[Slice]:
        """Write the plan, then say which of its slices are still to be fetched.

        In a continued run those that ended before are left out, the parts of one that was split
        stand in for it, and planned ones that are no longer wanted end as withdrawn.
        """
        wanted = {slice_.key: slice_ for slice_ in slices}
        split = {
            key[:2]
            for key, state in self._before.items()
            if key in wanted and (state.reason or "").startswith(SPLIT)
        }
        now = self.now()
        with self.lock:
            for key, slice_ in wanted.items():
                if key not in self._before:
                    self.slice_row(slice_, now, None, False, 0, PLANNED)
            for key, state in self._before.items():
                if not state.is_open or key in wanted:
                    continue
                slice_ = Slice(*key, mode=state.mode, request=orjson.loads(state.request))
                if key[:2] in split:
                    wanted[key] = slice_
                else:
                    self.slice_row(slice_, now, now, False, 0, "withdrawn: no longer configured")
            self.flush()
            self._plan |= wanted
            self._open |= {
                key for key in wanted if key not in self._before or self._before[key].is_open
            }
        return [slice_ for key, slice_ in wanted.items() if key in self._open]

    def open(self, slice_: Slice) -> SliceWriter:
        """Begin to fetch a planned slice; used as a context manager."""
        if slice_.key not in self._plan:
            raise KeyError(f"{slice_.key} is not in the plan of {self.source}")
        before = self._before.get(slice_.key)
        return SliceWriter(self, slice_, before if before is not None and before.is_open else None)

    def split(self, parts: Sequence[Slice]) -> None:
        """Plan the parts of a slice of this plan, before it ends in their favour."""
        now = self.now()
        with self.lock:
            for part in parts:
                self.slice_row(part, now, None, False, 0, PLANNED)
                self._plan[part.key] = part
                self._open.add(part.key)

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
        with self.lock:
            self._seq += 1
            return self._seq

    def skip_seq(self, count: int) -> None:
        """Take so many sequence numbers at once."""
        with self.lock:
            self._seq += count

    def attach(self, files: Mapping[str, tuple[Path, int]]) -> None:
        """Let Parquet files, by raw table with their rows, travel in the next package."""
        with self.lock:
            self._package.attach(files)

    def add_row(self, table: str, row: tuple[Any, ...], characters: int = 0) -> None:
        """Land one row, its values in the order of the table's columns."""
        with self.lock:
            self._package.add(table, row, characters)

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

    def is_new(self, endpoint: str, record_id: str, content_hash: str) -> bool:
        """Whether a record would land with this content."""
        with self.lock:
            return decide(self._known[endpoint].get(record_id), content_hash)[1]

    def meet(
        self,
        slice_: Slice,
        record_id: str,
        payload: canonical.Payload,
        request: Mapping[str, Any],
        *,
        is_seen: bool = True,
    ) -> Landed:
        """Take a record as met in a slice: counted and sighted, landed where it is new."""
        with self.lock:
            return self._meet(slice_, record_id, payload, request, is_seen)

    def _meet(
        self,
        slice_: Slice,
        record_id: str,
        payload: canonical.Payload,
        request: Mapping[str, Any],
        is_seen: bool,
    ) -> Landed:
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
        if is_seen:
            self._package.sight(endpoint, slice_.scope, record_id, newest.version_no, now)
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

    def check(self, endpoint: str, record: Mapping[str, Any]) -> None:
        """Count the fields of a record that break the endpoint's contract."""
        breaches = self.contracts[endpoint].breaches(record)
        if breaches:
            with self.lock:
                for breach in breaches:
                    self._package.breach(endpoint, breach)

    def slice_stands(self, writer: SliceWriter, position: str) -> None:
        """All that comes before a position of a slice is added."""
        problems = canonical.dumps(writer.problems[:MOST_PROBLEMS])
        with self.lock:
            self._package.stand(
                writer.slice.key, position, writer.records, writer.rejected, problems
            )

    def slice_ended(self, slice_: Slice, why_incomplete: str | None) -> None:
        """A slice is fetched as far as it can be; its row is added already."""
        with self.lock:
            if why_incomplete is not None:
                self._reasons.append(why_incomplete)
            self._open.discard(slice_.key)
            self._package.settle(slice_.key)
            self.flush_if_due()

    def slice_left_open(self, reason: str) -> None:
        """A slice could not be finished now; its row is added already."""
        with self.lock:
            self._reasons.append(reason)
            self.flush_if_due()

    def flush_if_due(self) -> None:
        """Write what waits where it is much, or waits for long."""
        with self.lock:
            if self._package.is_due():
                self.flush()

    def flush(self) -> None:
        """Write what waits as one package."""
        with self.lock:
            files = self._package.take_files()
            tables = self._package.take(self.now(), self._seq)
            if tables or files:
                self._landing.spool.extract(tables, files)

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
                self.started_at,
                self.started_at + timedelta(seconds=seconds),
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
