"""The entry points: collect a source, and what a run needs to know before it does."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from ingestion.counts import Counts, total
from ingestion.errors import AnswerUnusable, DemoRefused, RateLimited, SourceStopped
from ingestion.search import Ask, Search, check_searches
from ingestion.settings import Settings, SourceSettings
from ingestion.source import (
    DEMO,
    EndpointSpec,
    SourceSpec,
    available_sources,
    is_set,
    selected_sources,
)
from ingestion.source import source as source_of

if TYPE_CHECKING:
    from requests.auth import AuthBase

    from ingestion.files.land import FileFacts
    from ingestion.http import ApiClient, Keep
    from ingestion.http.limits import QuotaState
    from ingestion.landing import Landing, Run, Slice, SliceWriter
    from ingestion.landing.queries import ScopeState

logger = logging.getLogger(__name__)

Status = Literal["complete", "partial", "failed", "skipped"]


@dataclass(slots=True)
class CollectResult:
    """What one collection of a source did.

    `complete`: the whole plan was fetched; `reason` then may still say that the source itself gives
    no more (capped). `partial`: something came, something did not. `failed`: nothing came.
    `skipped`: there was nothing to do. `counts` are of this invocation.
    """

    source: str
    run_id: str | None
    status: Status
    reason: str | None
    started_at: datetime
    ended_at: datetime
    counts: Counts = field(default_factory=Counts)
    #: What became of each dropped file.
    files: tuple[FileFacts, ...] = ()


class Collection:
    """What a source's `fetch` works with: its settings, the landing side and the HTTP client."""

    def __init__(
        self,
        settings: Settings,
        spec: SourceSpec,
        config: SourceSettings,
        stack: ExitStack,
        say: Callable[[str], None],
        ask: Ask | None = None,
    ) -> None:
        self.settings = settings
        self.spec = spec
        self.config = config
        #: What this invocation is asked for in place of the settings.
        self.ask = ask
        #: Shows a line of progress to the user.
        self.say = say
        #: What became of dropped files.
        self.files: list[FileFacts] = []
        self._stack = stack
        self._landing: Landing | None = None
        self._run: Run | None = None

    @property
    def landing(self) -> Landing:
        """The landing side, opened when it is first asked for (it loads what was left pending)."""
        if self._landing is None:
            from ingestion.landing import Landing

            self._landing = self._stack.enter_context(Landing(self.settings))
        return self._landing

    @property
    def run(self) -> Run:
        """The run of this source: the unfinished one, or a new one."""
        if self._run is None:
            self._run = self.landing.run(
                self.spec.name,
                self.spec.endpoints,
                interval=self.spec.interval,
                secrets=self.config.secrets(),
                scarce=self.spec.scarce,
                anew=self.ask is not None,
            )
        return self._run

    # -- what is asked for -------------------------------------------------------------------------

    @property
    def searches(self) -> tuple[Search, ...]:
        """What to search for: as this invocation was asked, else as SEARCHES says; each once.

        Raises SettingsError where a search has what the source does not know.
        """
        wanted = self.ask.searches if self.ask is not None else ()
        searches = tuple(dict.fromkeys(wanted or self.config.searches))
        check_searches(self.spec.name, searches, self.spec.searches)
        return searches

    def mode(self, endpoint: str, scope: str) -> Literal["full", "cursor"]:
        """Whether a scope is enumerated now, or only what is new in it is fetched."""
        spec = self._endpoint(endpoint)
        state = self._complete.get((endpoint, scope))
        if spec.overlap is None or state is None or self.ask is not None:
            return "full"
        if spec.full_every is None:
            return "cursor"
        due = state.full_at is None or self.run.began_at - state.full_at >= spec.full_every
        return "full" if due else "cursor"

    def since(self, endpoint: str, scope: str) -> datetime | None:
        """Where a run by cursor begins: the newest complete run's start less the overlap (UTC);
        None where the scope is enumerated."""
        overlap = self._endpoint(endpoint).overlap
        if overlap is None or self.mode(endpoint, scope) == "full":
            return None
        return self._complete[endpoint, scope].any_at - overlap

    def was_complete(self, endpoint: str, scope: str) -> bool:
        """Whether a run of a scope, of whatever mode, has ever been complete."""
        return (endpoint, scope) in self._complete

    @cached_property
    def _complete(self) -> dict[tuple[str, str], ScopeState]:
        from ingestion.landing import queries

        # A run that goes on is what it was planned as, also where a scope has come to its end.
        run_id = self.run.run_id
        with self.landing.store.connect() as connection:
            return queries.complete_runs(connection, self.spec.name, run_id)

    def _endpoint(self, name: str) -> EndpointSpec:
        return next(spec for spec in self.spec.endpoints if spec.name == name)

    def keep(self, endpoint: str, records: str = "") -> Keep | None:
        """How answers of an endpoint are kept, as it declares; records: their path in the body."""
        from ingestion.http import Keep

        spec = self._endpoint(endpoint)
        if spec.cache is None:
            return None
        return Keep(spec.cache, records, spec.drop, spec.prepare)

    # -- fetching ----------------------------------------------------------------------------------

    def walk(self, slices: Sequence[Slice], take: Callable[[SliceWriter], None]) -> None:
        """Plan the slices and fetch those that are still to be fetched, CONCURRENCY at once.

        `take` fetches one slice. Where it returns without ending it, the slice ends as its problems
        say; an AnswerUnusable that it raises is one of them. Parts of a slice that it splits are
        fetched, too. When the source stops, slices under way come to their end or stop themselves,
        others stay open for the next run.

        Raises SourceStopped when the source cannot go on.
        """
        todo = deque(self.run.plan(slices))
        if self.run.resumed:
            self.say(f"{self.spec.title}: continues a run that was cut short")
        at_once = self.config.concurrency
        if at_once == 1:
            while todo:
                todo.extend(self._take(todo.popleft(), take))
            return
        failures: list[BaseException] = []
        under_way: set[Future[tuple[Slice, ...]]] = set()
        with ThreadPoolExecutor(at_once) as pool:
            while under_way or (todo and not failures):
                while todo and len(under_way) < at_once and not failures:
                    under_way.add(pool.submit(self._take, todo.popleft(), take))
                done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                for one in done:
                    failure = one.exception()
                    if failure is None:
                        todo.extend(one.result())
                    else:
                        failures.append(failure)
        # A bug of ours is more than a source that stopped.
        for failure in sorted(failures, key=lambda one: isinstance(one, SourceStopped)):
            raise failure

    def _take(self, slice_: Slice, take: Callable[[SliceWriter], None]) -> tuple[Slice, ...]:
        with self.run.open(slice_) as writer:
            try:
                take(writer)
            except SourceStopped as stop:
                if not writer.is_done:
                    writer.leave_open(str(stop))
                raise
            except AnswerUnusable as unusable:
                writer.problem(str(unusable))
            if not writer.is_done:
                writer.end()
        if not writer.parts:
            from ingestion.harvest import say_end

            say_end(self, writer)
        return writer.parts

    def client(
        self,
        base_url: str,
        auth: AuthBase | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> ApiClient:
        """A client for this source that counts into the run and waits for its limits; closed when
        the collection ends. `headers` beside those of the declaration: they may hold secrets."""
        from ingestion.http import ApiClient

        client = ApiClient(
            base_url=base_url,
            source=self.spec.name,
            config=self.config,
            settings=self.settings,
            rate=self.config.rate or self.spec.windows(self.config),
            success=self.spec.success,
            counts=self.run.counts,
            before_wait=self.run.flush,
            auth=auth,
            headers={**self.spec.headers, **(headers or {})},
            judge=self.spec.judge,
            retry_timeouts=self.spec.retry_timeouts,
        )
        self._stack.callback(client.close)
        return client


def collect(
    source: str,
    settings: Settings,
    progress: Callable[[str], None] | None = None,
    ask: Ask | None = None,
) -> CollectResult:
    """Collect one source into the warehouse, as the settings say or as this once is asked.

    Never raises for the source's own failure (network, quota, bad bodies): that is the status and
    the reason of the result. Raises SettingsError, UnknownSourceError, DemoRefused,
    WarehouseLocked, LoadFailed, and what is wrong with the place of raw (RawUnreadable,
    RawInTwoPlaces, RawNotCarried).
    """
    from ingestion.http.redaction import protect

    spec = source_of(source)
    config = spec.settings_class.load(source)
    protect(config.secrets())
    if spec.kind == "demo":
        _refuse_demo_beside_real(settings)
    started_at = settings.now()
    stopped: SourceStopped | None = None
    missing = [name for name in spec.needs if not is_set(getattr(config, name))]
    if missing:
        names = ", ".join(f"SOURCES__{source.upper()}__{name.upper()}" for name in missing)
        return CollectResult(
            source, None, "skipped", f"no_key: set {names}", started_at, settings.now()
        )
    with ExitStack() as stack:
        collection = Collection(settings, spec, config, stack, progress or _silent, ask)
        try:
            spec.fetch(collection)
        except SourceStopped as stop:
            stopped = stop
            logger.warning("%s stopped: %s", source, stop)
        runs = list(collection._landing.runs) if collection._landing is not None else []
        for run in runs:
            run.finish()
    counts = total(run.counts for run in runs)
    reasons = [reason for run in runs for reason in run.reasons]
    return CollectResult(
        source=source,
        run_id=runs[0].run_id if runs else None,
        status=_status(bool(runs), stopped, reasons, counts.records),
        reason=_reason(stopped, reasons),
        started_at=started_at,
        ended_at=settings.now(),
        counts=counts,
        files=tuple(collection.files),
    )


def check_selection(settings: Settings) -> None:
    """Raise, in one line, when WAGEHOUSE_SOURCES names what does not exist or may not be."""
    if DEMO in selected_sources(settings):
        _refuse_demo_beside_real(settings)


def _refuse_demo_beside_real(settings: Settings) -> None:
    if not demo_is_needed(settings):
        raise DemoRefused(
            f"{settings.data} holds records of real sources: generated data is not put beside "
            "them. Use another WAGEHOUSE_DATA folder for the demo."
        )


def demo_is_needed(settings: Settings) -> bool:
    """Whether no record of a real source has ever landed, so the generated data may stand in.

    Dropped files are real, the committed sample is not. Raises WarehouseLocked and RawUnreadable.
    """
    from ingestion.landing import carry, queries
    from ingestion.landing.store import store_at

    for place in carry.places(settings):
        store = store_at(place, settings)
        if store.is_empty():
            continue
        with store.connect() as connection:
            if queries.holds_real_records(connection):
                return False
    return True


def quotas(settings: Settings) -> list[QuotaState]:
    """How much of every window of every API source is used up now."""
    from ingestion.http.limits import quota_states

    states = []
    for spec in available_sources().values():
        if spec.kind == "api":
            config = spec.settings_class.load(spec.name)
            states += quota_states(spec.name, config.rate or spec.windows(config), settings)
    return states


#: Codes of reasons that say what the source or the user limits, not what went wrong.
_LIMITS = ("capped:", "row_limit:", "maximum:")


def _status(ran: bool, stopped: SourceStopped | None, reasons: list[str], records: int) -> Status:
    failures = [reason for reason in reasons if not reason.startswith(_LIMITS)]
    if stopped is None and not failures:
        return "complete" if ran else "skipped"
    return "partial" if records else "failed"


def _reason(stopped: SourceStopped | None, reasons: list[str]) -> str | None:
    """The most telling reason, with the number of others."""
    if stopped is not None:
        until = stopped.until if isinstance(stopped, RateLimited) else None
        return f"{stopped} (until {until:%H:%M} UTC)" if until else str(stopped)
    failures = [r for r in reasons if not r.startswith(_LIMITS)] or reasons
    if not failures:
        return None
    return failures[0] if len(failures) == 1 else f"{failures[0]} (and {len(failures) - 1} more)"


def _silent(line: str) -> None:
    logger.info("%s", line)
