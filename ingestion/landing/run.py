"""The landing run: a plan of slices, the records met in them, and the packages that carry both.

    with Landing(settings) as landing:            # loads what an earlier process left
        run = landing.run("the_muse", endpoints)  # a new run, or the unfinished one
        for slice_ in run.plan([Slice("jobs", "all")]):
            with run.open(slice_) as writer:
                writer.record({"id": 1}, request={"page": 0})
                writer.end(complete=True)
        run.finish()
    # leaving the block loads everything into the warehouse

Whatever is killed in here can be run again: the plan and every package are on disk before what
follows them, and the rows of a slice are never later than the row that says it is complete.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

import psutil
import pyarrow as pa

from ingestion import unfinished
from ingestion.errors import WagehouseError
from ingestion.landing import canonical, warehouse
from ingestion.landing.spool import SetAside, Spool
from ingestion.landing.tables import schema_of
from ingestion.landing.versions import Standing, decide
from ingestion.settings import Settings
from ingestion.source import EndpointSpec

logger = logging.getLogger(__name__)

#: A package is written when this many rows wait, or this many characters of payload, or this many
#: seconds after the last.
PACKAGE_ROWS = 4_000
PACKAGE_CHARACTERS = 32_000_000
PACKAGE_SECONDS = 30.0

#: Reason of a slice that has not been fetched yet.
PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class Slice:
    """One window of a scope, the unit that is planned, fetched and completed.

    `scope` is the configured unit that is enumerated ("all", "category=Sales"); `request` is what
    is asked for, without secrets.
    """

    endpoint: str
    scope: str
    slice: str = "all"
    mode: str = "full"
    request: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        return self.endpoint, self.scope, self.slice


@dataclass(slots=True)
class TableStats:
    """What a run did to one raw table."""

    rows_landed: int = 0
    new_versions: int = 0
    quarantined: int = 0


@dataclass(slots=True)
class Counts:
    """What a run met. `records` counts every record of every answer, `duplicates` those of them
    that the run had met before, `quarantined` what became no record."""

    requests: int = 0
    retries: int = 0
    response_ms: float = 0
    records: int = 0
    new_versions: int = 0
    quarantined: int = 0
    duplicates: int = 0
    errors: int = 0
    replaced_characters: int = 0
    tables: dict[str, TableStats] = field(default_factory=dict)

    def table(self, name: str) -> TableStats:
        return self.tables.setdefault(name, TableStats())


class SliceNotEndedError(WagehouseError):
    """A slice was opened and left without saying how it ended: a bug of the source's code."""


class Landing:
    """The landing side of one data folder, for the length of a `with` block.

    On entering, packages that an earlier process left are loaded; on leaving, all that was written
    is. Raises WarehouseLocked when another process holds the warehouse.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.set_aside: list[SetAside] = []
        self._spool: Spool | None = None
        self.runs: list[Run] = []

    def __enter__(self) -> Self:
        with warehouse.connect(self.settings.warehouse):
            pass
        self._spool = Spool(self.settings)
        self._load()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Also after an error: what was fetched is not fetched again.
        self.settle()

    def settle(self) -> None:
        """Load what the runs have written so far, so that a later run of a source knows it."""
        for run in self.runs:
            run.flush()
        self._load()
        unfinished.finish(self.settings, {run.source for run in self.runs})

    @property
    def spool(self) -> Spool:
        if self._spool is None:
            raise RuntimeError("a Landing is used in a with block")
        return self._spool

    def _load(self) -> None:
        aside = self.spool.load()
        if not aside:
            return
        self.set_aside += aside
        now = self.settings.now()
        rows = [
            {
                "source": "landing",
                "endpoint": "package",
                "record_id": package.load_id,
                "body": str(package.folder),
                "field": None,
                "value": None,
                "reason": f"package_not_loadable: {package.reason}",
                "request": "{}",
                "fetched_at": now,
                "run_id": None,
                "row_id": canonical.hash_of(package.load_id, str(package.folder)),
            }
            for package in aside
        ]
        self.spool.extract({"rejected": pa.Table.from_pylist(rows, schema_of("rejected"))})
        self.set_aside += self.spool.load()

    def run(
        self,
        source: str,
        endpoints: Sequence[EndpointSpec],
        *,
        interval: timedelta = timedelta(hours=20),
        table: str | None = None,
        secrets: Iterable[str] = (),
        scarce: bool = False,
    ) -> Run:
        """The source's unfinished run when it is younger than `interval`, else a new one.

        Unfinished is a run with a slice that has not ended, and one that was killed afterwards.

        Records of an endpoint land in `raw.<source>__<endpoint>`, or all in `table` where that is
        given (then with the source in a column). `secrets` are blotted out of every payload.
        `scarce`: a package after every answer.
        """
        now = self.settings.now()
        with warehouse.connect(self.settings.warehouse) as connection:
            last = warehouse.newest_run(connection, source)
            resumed = (
                last is not None
                and (
                    any(state.is_open for state in last.slices)
                    or unfinished.began(self.settings, source) == last.run_id
                )
                and timedelta(0) <= now - last.started_at < interval
            )
            if last is not None and resumed:
                run_id, run_no, seq = last.run_id, last.run_no, last.max_seq
            else:
                run_no = max(
                    [warehouse.next_run_no(connection), *(run.run_no + 1 for run in self.runs)]
                )
                run_id, seq = uuid.uuid4().hex, 0
            known: dict[str, dict[str, Standing]] = {}
            for endpoint in endpoints:
                name = table or f"{source}__{endpoint.name}"
                known[endpoint.name], used = warehouse.read_known(
                    connection, name, run_id, source if table else None
                )
                seq = max(seq, used)
        unfinished.begin(self.settings, source, run_id)
        run = Run(
            landing=self,
            source=source,
            endpoints={endpoint.name: endpoint for endpoint in endpoints},
            table=table,
            run_id=run_id,
            run_no=run_no,
            seq=seq,
            known=known,
            before={
                (state.endpoint, state.scope, state.slice): state.is_open for state in last.slices
            }
            if last is not None and resumed
            else {},
            secrets=tuple(secret for secret in secrets if len(secret) >= 6),
            scarce=scarce,
        )
        self.runs.append(run)
        return run


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
        self._landing = landing
        self._endpoints = endpoints
        self._table = table
        self._known = known
        self._before = before
        self._secrets = secrets
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
        self._started_at = landing.settings.now()
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
        now = self._landing.settings.now()
        for key, slice_ in wanted.items():
            if key not in self._before:
                self._slice_row(slice_, now, None, False, 0, PLANNED)
        for key, is_open in self._before.items():
            if is_open and key not in wanted:
                gone = Slice(*key)
                self._slice_row(gone, now, now, False, 0, "withdrawn: no longer configured")
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

    def _next_seq(self) -> int:
        self._seq += 1
        return self._seq

    def _add(self, table: str, row: tuple[Any, ...]) -> None:
        self._rows.setdefault(table, []).append(row)

    def add(self, table: str, row: Mapping[str, Any]) -> None:
        """Land one row of a shared table that is no version of a record, by column."""
        self._add(table, tuple(row[name] for name in schema_of(table).names))

    def _slice_row(
        self,
        slice_: Slice,
        started_at: datetime,
        ended_at: datetime | None,
        is_complete: bool,
        records: int,
        reason: str | None,
    ) -> None:
        self._add(
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
                self._next_seq(),
            ),
        )

    def _table_of(self, endpoint: str) -> str:
        return self._table or f"{self.source}__{endpoint}"

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
                self._add("sightings", (*content, since, until, times, row_id))
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
        self._add(
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


class SliceWriter:
    """Takes the records of one slice. Leave it through `end` or `leave_open`."""

    def __init__(self, run: Run, slice_: Slice) -> None:
        self.slice = slice_
        #: Records met, those that were rejected not among them.
        self.records = 0
        #: Rows that were landed as new versions.
        self.new_versions = 0
        #: What became no record.
        self.rejected = 0
        self._run = run
        self._spec = run._endpoints[slice_.endpoint]
        self._table = run._table_of(slice_.endpoint)
        self._started_at = run._landing.settings.now()
        self._replaced = 0
        self._done = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None and not self._done:
            raise SliceNotEndedError(f"{self._run.source} {self.slice.key} was not ended")

    @property
    def is_full(self) -> bool:
        """Whether the row limit of WAGEHOUSE_ENV=dev is reached."""
        limit = self._run.record_limit
        return limit is not None and self.records >= limit

    def answer(self) -> None:
        """Begin a new answer: packages are cut here, so an answer's rows travel together."""
        if self._run._due():
            self._run.flush()

    def record(
        self, value: Any, request: Mapping[str, Any], *, suspect: bool = False, key: str = ""
    ) -> bool:
        """Take one record as received; returns whether it landed as a new version.

        `suspect` comes from `canonical.parse`. `key` is the record's id where it does not stand in
        the record itself. What cannot be a record goes to raw.rejected with the reason.
        """
        if not isinstance(value, dict):
            return self._refuse(value, f"not_an_object: {type(value).__name__}", request)
        why = canonical.fault(value) if suspect else None
        if why is not None:
            return self._refuse(value, why, request)
        record_id = key or canonical.record_id(value, self._spec.id_field)
        if record_id is None:
            return self._refuse(value, f"no_id: {self._spec.id_field}", request)
        if self._spec.drop:
            value = canonical.without(value, self._spec.drop)
        try:
            payload = canonical.canonical(value, self._spec.volatile, self._run._secrets)
        except RecursionError:
            self.reject(repr(value)[:1000], "too_deep: nested beyond what can be stored", request)
            return False
        return self._land(record_id, payload, request)

    def _land(self, record_id: str, payload: canonical.Payload, request: Mapping[str, Any]) -> bool:
        run, endpoint = self._run, self.slice.endpoint
        now = run._landing.settings.now()
        counts, table = run.counts, run.counts.table(self._table)
        counts.records += 1
        counts.replaced_characters += payload.replaced
        self.records += 1
        self._replaced += payload.replaced
        met = run._met[endpoint]
        if record_id in met:
            counts.duplicates += 1
        met.add(record_id)

        known = run._known[endpoint]
        standing = known.get(record_id)
        newest, is_new = decide(standing, payload.content_hash)
        if is_new:
            known[record_id] = newest
            seq = run._next_seq()
            row_id = canonical.hash_of(
                run.source,
                endpoint,
                record_id,
                newest.version_no,
                payload.content_hash,
                run.run_id,
                seq,
            )
            source = (run.source,) if run._table else ()
            run._add(
                self._table,
                (
                    *source,
                    record_id,
                    newest.version_no,
                    payload.text,
                    payload.content_hash,
                    canonical.dumps({"endpoint": endpoint, **request}),
                    now,
                    run.run_id,
                    seq,
                    row_id,
                ),
            )
            run._characters += len(payload.text)
            table.rows_landed += 1
            if standing is None or not standing.in_run:
                counts.new_versions += 1
                table.new_versions += 1
                self.new_versions += 1
        key = (endpoint, self.slice.scope, record_id)
        _, since, _, times = run._sightings.get(key, (0, now, now, 0))
        run._sightings[key] = (newest.version_no, since, now, times + 1)
        return is_new

    def _refuse(self, value: Any, reason: str, request: Mapping[str, Any]) -> bool:
        record_id = (
            canonical.record_id(value, self._spec.id_field) if isinstance(value, dict) else None
        )
        if isinstance(value, dict) and self._spec.drop:
            value = canonical.without(value, self._spec.drop)
        self.reject(canonical.show(value), reason, request, record_id=record_id)
        return False

    def reject(
        self,
        body: str,
        reason: str,
        request: Mapping[str, Any],
        *,
        record_id: str | None = None,
        field: str | None = None,
        value: str | None = None,
    ) -> None:
        """Put what cannot become a record into raw.rejected. `reason`: a code, a colon, words."""
        run = self._run
        for secret in run._secrets:
            body = body.replace(secret, "[secret]")
        run.counts.quarantined += 1
        run.counts.table(self._table).quarantined += 1
        self.rejected += 1
        now = run._landing.settings.now()
        asked = canonical.dumps({"endpoint": self.slice.endpoint, **request})
        row_id = canonical.hash_of(run.run_id, body, reason, asked, run._next_seq())
        run._add(
            "rejected",
            (
                run.source,
                self.slice.endpoint,
                record_id,
                body,
                field,
                value,
                reason,
                asked,
                now,
                run.run_id,
                row_id,
            ),
        )
        run._characters += len(body)

    def response(self, surroundings: Any, request: Mapping[str, Any]) -> None:
        """Keep what stood round the records of an answer (totals, means, facets)."""
        run = self._run
        body = canonical.canonical(surroundings, secrets=run._secrets).text
        asked = canonical.dumps({"endpoint": self.slice.endpoint, **request})
        row_id = canonical.hash_of(run.run_id, body, asked, run._next_seq())
        run._add(
            "responses",
            (
                run.source,
                self.slice.endpoint,
                self.slice.scope,
                self.slice.slice,
                run.run_id,
                asked,
                body,
                run._landing.settings.now(),
                row_id,
            ),
        )

    def end(self, *, complete: bool, reason: str | None = None) -> None:
        """The slice is fetched as far as it can be. Not complete: `reason` says why.

        The row travels in the package of the slice's last records.
        """
        if not complete:
            self._run._reasons.append(reason or "incomplete")
        elif self._replaced:
            reason = f"replaced: {self._replaced} characters that cannot be stored"
        self._close(self._run._landing.settings.now(), complete, reason)
        self._run._open.discard(self.slice.key)

    def leave_open(self, reason: str) -> None:
        """The slice could not be finished now (quota, network): the next run continues with it."""
        self._run._reasons.append(reason)
        self._close(None, False, reason)

    def _close(self, ended_at: datetime | None, complete: bool, reason: str | None) -> None:
        self._done = True
        self._run._slice_row(self.slice, self._started_at, ended_at, complete, self.records, reason)
        if self._run._due():
            self._run.flush()


def _arrow(schema: pa.Schema, rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = zip(*rows, strict=True)
    return pa.table(
        [pa.array(values, column.type) for values, column in zip(columns, schema, strict=True)],
        schema=schema,
    )


def total(counts: Iterable[Counts]) -> Counts:
    """The sum of several runs' counts."""
    result = Counts()
    for one in counts:
        for name in (
            "requests",
            "retries",
            "response_ms",
            "records",
            "new_versions",
            "quarantined",
            "duplicates",
            "errors",
            "replaced_characters",
        ):
            setattr(result, name, getattr(result, name) + getattr(one, name))
        for name, stats in one.tables.items():
            table = result.table(name)
            table.rows_landed += stats.rows_landed
            table.new_versions += stats.new_versions
            table.quarantined += stats.quarantined
    return result
