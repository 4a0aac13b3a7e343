"""Rate limits: several windows at once, kept across runs in a small SQLite file."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pyrate_limiter import Rate, RateItem, SQLiteBucket

from ingestion.errors import RateLimited
from ingestion.settings import Settings

logger = logging.getLogger(__name__)

#: Windows of a source: (requests, seconds) each.
Windows = Sequence[tuple[int, float]]


def binding(windows: Windows) -> list[tuple[int, float]]:
    """The windows that can be reached at all, shortest first.

    pyrate-limiter refuses lists with others among them, and users' lists may have some: ten an hour
    make five hundred a day needless, and the other way round.
    """
    kept: list[tuple[int, float]] = []
    for limit, seconds in sorted(windows, key=lambda window: (window[1], window[0])):
        if kept and seconds == kept[-1][1]:
            continue
        if any(limit / seconds >= n / s for n, s in kept):
            continue
        kept = [(n, s) for n, s in kept if n < limit]
        kept.append((limit, seconds))
    return kept


@dataclass(frozen=True, slots=True)
class QuotaState:
    """How much of one window of a source is used up."""

    source: str
    window: str
    limit: int
    used: int
    #: When the oldest request that still counts stops counting (UTC); None when none counts.
    resets_at: datetime | None


class Quota:
    """The windows of one source. A request is booked before it is sent, also a retry."""

    def __init__(
        self,
        source: str,
        windows: Windows,
        settings: Settings,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._source = source
        self._settings = settings
        self._sleep = sleep
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._bucket: SQLiteBucket | None = None
        kept = binding(windows)
        if not kept:
            return
        path = _path(settings)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._bucket = SQLiteBucket.init_from_file(
            [Rate(limit, round(seconds * 1000)) for limit, seconds in kept],
            table=_table(source),
            db_path=str(path),
            use_file_lock=True,
        )
        self._bucket.leak(self._now())
        # Booked under a clock that ran far ahead of this one (WAGEHOUSE_NOW): no window of ours.
        longest = self._bucket.rates[-1].interval
        self._bucket.conn.execute(
            f"delete from '{_table(source)}' where item_timestamp > ?", (self._now() + longest,)
        )
        self._bucket.conn.commit()

    def _now(self) -> int:
        """Milliseconds. A fixed now (WAGEHOUSE_NOW) still moves on while a run waits."""
        now = self._settings.now().timestamp()
        if self._settings.fixed_now is not None:
            now += time.monotonic() - self._began
        return round(now * 1000)

    def book(self, max_wait: float, before_wait: Callable[[], None]) -> None:
        """Book one request, waiting for room up to `max_wait` seconds in all.

        Calls `before_wait` before a wait of more than a second. Raises RateLimited, with the time
        there will be room, when that is too far.
        """
        if self._bucket is None:
            return
        waited = 0.0
        while True:
            with self._lock:
                item = RateItem(self._source, self._now())
                if self._bucket.put(item):
                    return
                waiting = self._bucket.waiting(item)
                wait = (max(0, waiting) if isinstance(waiting, int) else 0) / 1000 + 0.05
                rate = self._bucket.failing_rate
            if waited + wait > max_wait:
                until = datetime.fromtimestamp(self._now() / 1000 + wait, UTC)
                window = f"{rate.limit} in {_window(rate.interval / 1000)}" if rate else "?"
                raise RateLimited(f"quota: {window} used up", until)
            if wait > 1:
                before_wait()
                logger.info("%s waits %.0f s for its rate limit", self._source, wait)
            self._sleep(wait)
            waited += wait

    def close(self) -> None:
        if self._bucket is not None:
            self._bucket.close()  # type: ignore[no-untyped-call]


def quota_states(source: str, windows: Windows, settings: Settings) -> list[QuotaState]:
    """What of each window is used up now. Reads only; nothing booked yet gives zeros."""
    now = settings.now()
    stamps: list[int] = []
    path = _path(settings)
    if path.exists():
        with closing(sqlite3.connect(path)) as connection:
            try:
                rows = connection.execute(f"select item_timestamp from '{_table(source)}'")
                stamps = sorted(int(stamp) for (stamp,) in rows)
            except sqlite3.OperationalError:
                stamps = []
    states = []
    for limit, seconds in binding(windows):
        start = (now - timedelta(seconds=seconds)).timestamp() * 1000
        counted = [stamp for stamp in stamps if stamp >= start]
        resets_at = (
            datetime.fromtimestamp(counted[0] / 1000, UTC) + timedelta(seconds=seconds)
            if counted
            else None
        )
        states.append(QuotaState(source, _window(seconds), limit, len(counted), resets_at))
    return states


def _path(settings: Settings) -> Path:
    return settings.state / "quotas.sqlite"


def _table(source: str) -> str:
    return f"quota_{source}"


def _window(seconds: float) -> str:
    for name, length in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        if seconds >= length and seconds % length == 0:
            number = int(seconds // length)
            return f"1 {name}" if number == 1 else f"{number} {name}s"
    return f"{seconds:g} seconds"
