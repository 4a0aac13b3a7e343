"""One slice of a plan, and the writer that takes the records met in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ingestion.errors import WagehouseError
from ingestion.landing import canonical

if TYPE_CHECKING:
    from ingestion.landing.queries import SliceState
    from ingestion.landing.run import Run

#: Reason of a slice that has not been fetched yet.
PLANNED = "planned"
#: How the reason of a slice begins whose parts were planned in its place.
SPLIT = "split:"
#: Problems of a slice that its reason names.
MOST_PROBLEMS = 5


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


class Landed(Enum):
    """What became of a record that was met."""

    #: Its content stands already.
    NOTHING = "nothing"
    #: A row that replaces one of the same run, under the same version.
    CORRECTION = "correction"
    #: A row of a new version.
    VERSION = "version"


class SliceNotEndedError(WagehouseError):
    """A slice was opened and left without saying how it ended: a bug of the source's code."""


class SliceWriter:
    """Takes the records of one slice. Leave it through `end`, `split` or `leave_open`."""

    def __init__(self, run: Run, slice_: Slice, before: SliceState | None = None) -> None:
        self.slice = slice_
        stood = before if before is not None and before.position is not None else None
        #: Where an earlier process stood in this slice, as it gave it to `at`; None: the beginning.
        #: What is counted here goes on from there.
        self.resume = stood.position if stood is not None else None
        #: Records met, those that were rejected not among them.
        self.records = stood.records if stood is not None else 0
        #: What became no record.
        self.rejected = stood.rejected if stood is not None else 0
        #: What keeps the slice from being complete.
        self.problems = list(stood.problems) if stood is not None else []
        #: The parts that were planned in its place.
        self.parts: tuple[Slice, ...] = ()
        #: Rows that were landed as new versions.
        self.new_versions = 0
        self._run = run
        self._spec = run.endpoints[slice_.endpoint]
        self._table = run.table_of(slice_.endpoint)
        self._started_at = run.now()
        self._replaced = 0
        self.is_done = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None and not self.is_done:
            raise SliceNotEndedError(f"{self._run.source} {self.slice.key} was not ended")

    @property
    def is_full(self) -> bool:
        """Whether the row limit of WAGEHOUSE_ENV=dev is reached."""
        limit = self._run.record_limit
        return limit is not None and self.records >= limit

    def answer(self) -> None:
        """Begin a new answer: packages are cut here, so that an answer's rows travel together where
        one slice is fetched at a time."""
        self._run.flush_if_due()

    def at(self, position: object) -> None:
        """All up to `position` is taken: another process may `resume` there. It travels with the
        records before it."""
        self._run.slice_stands(self, str(position))

    def problem(self, reason: str) -> None:
        """Something of the slice could not be had. `reason`: a code, a colon, words."""
        self.problems.append(reason)

    def record(
        self,
        value: Any,
        request: Mapping[str, Any],
        *,
        suspect: bool = False,
        key: str = "",
        is_gone: bool = False,
    ) -> bool:
        """Take one record as received; returns whether it landed as a new version.

        `suspect` comes from `canonical.parse`. `key` is the record's id where it does not stand in
        the record itself. `is_gone`: it is only the news that a record is there no more, which is
        no sighting of it and need not keep the input contract. What cannot be a record goes to
        raw.rejected with the reason.
        """
        if not isinstance(value, dict):
            return self._refuse(value, f"not_an_object: {type(value).__name__}", request)
        if self._spec.prepare is not None:
            value = self._spec.prepare(value)
        why = canonical.fault(value) if suspect else None
        if why is not None:
            return self._refuse(value, why, request)
        record_id = key or canonical.record_id(value, self._spec.id_field)
        if record_id is None:
            return self._refuse(value, f"no_id: {self._spec.id_field}", request)
        if self._spec.fields and not is_gone:
            self._run.check(self.slice.endpoint, value)
        if self._spec.drop:
            value = canonical.without(value, self._spec.drop)
        try:
            payload = canonical.canonical(value, self._spec.volatile, self._run.secrets)
        except RecursionError:
            self.reject(repr(value)[:1000], "too_deep: nested beyond what can be stored", request)
            return False
        return self._land(record_id, payload, request, is_gone)

    def is_new(self, value: dict[str, Any]) -> bool:
        """Whether a record would land: what costs a request of its own, such as its details, is
        worth asking for. False for what cannot be a record."""
        if self._spec.prepare is not None:
            value = self._spec.prepare(value)
        record_id = canonical.record_id(value, self._spec.id_field)
        if record_id is None:
            return False
        value = canonical.without(value, self._spec.drop)
        payload = canonical.canonical(value, self._spec.volatile, self._run.secrets)
        return self._run.is_new(self.slice.endpoint, record_id, payload.content_hash)

    def _land(
        self,
        record_id: str,
        payload: canonical.Payload,
        request: Mapping[str, Any],
        is_gone: bool,
    ) -> bool:
        self.records += 1
        self._replaced += payload.replaced
        landed = self._run.meet(self.slice, record_id, payload, request, is_seen=not is_gone)
        self.new_versions += landed is Landed.VERSION
        return landed is not Landed.NOTHING

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
        for secret in run.secrets:
            body = body.replace(secret, "[secret]")
        with run.lock:
            run.counts.quarantined += 1
            run.counts.table(self._table).quarantined += 1
        self.rejected += 1
        asked = canonical.dumps({"endpoint": self.slice.endpoint, **request})
        row_id = canonical.hash_of(run.run_id, body, reason, asked, run.next_seq())
        run.add_row(
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
                run.now(),
                run.run_id,
                row_id,
            ),
            characters=len(body),
        )

    def response(self, surroundings: Any, request: Mapping[str, Any]) -> None:
        """Keep what stood round the records of an answer (totals, means, facets)."""
        run = self._run
        body = canonical.canonical(surroundings, secrets=run.secrets).text
        asked = canonical.dumps({"endpoint": self.slice.endpoint, **request})
        row_id = canonical.hash_of(run.run_id, body, asked, run.next_seq())
        run.add_row(
            "responses",
            (
                run.source,
                self.slice.endpoint,
                self.slice.scope,
                self.slice.slice,
                run.run_id,
                asked,
                body,
                run.now(),
                row_id,
            ),
        )

    def end(self, *, complete: bool | None = None, reason: str | None = None) -> None:
        """The slice is fetched as far as it can be. Not complete: `reason` says why; without
        `complete`, it is what its problems say.

        The row travels in the package of the slice's last records.
        """
        self.is_done = True
        if complete is None:
            complete = not self.problems and reason is None
            reason = reason or "; ".join(self.problems[:MOST_PROBLEMS]) or None
        why = None if complete else reason or "incomplete"
        if complete and self._replaced:
            reason = f"replaced: {self._replaced} characters that cannot be stored"
        with self._run.lock:
            self._run.slice_row(
                self.slice, self._started_at, self._run.now(), complete, self.records, reason
            )
            self._run.slice_ended(self.slice, why)

    def split(self, parts: Sequence[Slice]) -> None:
        """End the slice in favour of smaller ones of its scope, which together hold all of it: it
        is complete when they are."""
        if any(part.key[:2] != self.slice.key[:2] for part in parts):
            raise ValueError(f"the parts of {self.slice.key} are of another scope")
        with self._run.lock:
            self._run.split(parts)
            self.parts = tuple(parts)
            self.is_done = True
            self._run.slice_row(
                self.slice,
                self._started_at,
                self._run.now(),
                True,
                self.records,
                f"{SPLIT} {len(parts)} parts",
            )
            self._run.slice_ended(self.slice, None)

    def leave_open(self, reason: str) -> None:
        """The slice could not be finished now (quota, network): the next run continues with it."""
        self.is_done = True
        with self._run.lock:
            self._run.slice_row(self.slice, self._started_at, None, False, self.records, reason)
            self._run.slice_left_open(reason)
