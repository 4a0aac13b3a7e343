"""The entry points: collect a source, and what a run needs to know before it does."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from ingestion.counts import Counts, total
from ingestion.errors import DemoRefused, RateLimited, SourceStopped
from ingestion.settings import Settings, SourceSettings
from ingestion.source import (
    DEMO,
    SourceSpec,
    available_sources,
    is_set,
    selected_sources,
)
from ingestion.source import source as source_of

if TYPE_CHECKING:
    from requests.auth import AuthBase

    from ingestion.http import ApiClient
    from ingestion.http.limits import QuotaState
    from ingestion.landing import Landing, Run

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


class Collection:
    """What a source's `fetch` works with: its settings, the landing side and the HTTP client."""

    def __init__(
        self,
        settings: Settings,
        spec: SourceSpec,
        config: SourceSettings,
        stack: ExitStack,
        say: Callable[[str], None],
    ) -> None:
        self.settings = settings
        self.spec = spec
        self.config = config
        #: Shows a line of progress to the user.
        self.say = say
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
            )
        return self._run

    def client(self, base_url: str, auth: AuthBase | None = None) -> ApiClient:
        """A client for this source that counts into the run and waits for its limits."""
        from ingestion.http import ApiClient

        return ApiClient(
            base_url=base_url,
            source=self.spec.name,
            config=self.config,
            settings=self.settings,
            rate=self.config.rate or self.spec.windows(self.config),
            success=self.spec.success,
            counts=self.run.counts,
            before_wait=self.run.flush,
            auth=auth,
        )


def collect(
    source: str, settings: Settings, progress: Callable[[str], None] | None = None
) -> CollectResult:
    """Collect one source into the warehouse.

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
        collection = Collection(settings, spec, config, stack, progress or _silent)
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
_LIMITS = ("capped:", "row_limit:")


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
