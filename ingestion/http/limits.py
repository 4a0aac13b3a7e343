"""Rate limits: several windows at once, kept across runs in a small SQLite file."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pyrate_limiter import Rate, RateItem, SQLiteBucket

from ingestion.errors import QuotaSpent, RateLimited
from ingestion.http.failures import problem
from ingestion.http.judging import seconds
from ingestion.settings import Settings

logger = logging.getLogger(__name__)

#: Windows of a source: (requests, seconds) each.
Windows = Sequence[tuple[int, float]]
SECOND, MINUTE, HOUR, DAY, WEEK = 1, 60, 3_600, 86_400, 604_800
#: The longest of months: a source that counts by the calendar is never asked too often.
MONTH = 31 * DAY

#: Headers that tell what is left, and in how many seconds there is more of it.
_LEFT = (
    ("X-RateLimit-Requests-Remaining", "X-RateLimit-Requests-Reset"),
    ("X-RateLimit-Remaining", "X-RateLimit-Reset"),
    ("RateLimit-Remaining", "RateLimit-Reset"),
)
#: Seconds to wait where a quota of requests is spent and nothing tells when there is more.
UNKNOWN_RESET = float(DAY)


def binding(windows: Windows) -> list[tuple[int, float]]:
    """The windows that can be reached at all, shortest first.

    pyrate-limiter refuses lists with others among them, and users' lists may have some: ten an hour
    make five hundred a day needless, and the other way round.
    """
    kept: list[tuple[int, float]] = []
    for limit, length in sorted(windows, key=lambda window: (window[1], window[0])):
        if kept and length == kept[-1][1]:
            continue
        if any(limit / length >= n / s for n, s in kept):
            continue
        kept = [(n, s) for n, s in kept if n < limit]
        kept.append((limit, length))
    return kept


@dataclass(frozen=True, slots=True)
class QuotaState:
    """How much of one window of a source is used up."""

    source: str
    window: str
    limit: int
    used: int
    #: When the oldest request that still counts stops counting, or when the source says that there
    #: is more (UTC); None when none counts.
    resets_at: datetime | None


class Quota:
    """The windows of one source, shared by threads and processes. A request is booked before it is
    sent, also a retry. What the source itself says to be used up counts beside the windows."""

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
        path = _path(settings)
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = binding(windows)
        if kept:
            self._bucket = SQLiteBucket.init_from_file(
                [Rate(limit, round(length * 1000)) for limit, length in kept],
                table=_table(source),
                db_path=str(path),
                use_file_lock=True,
            )
            self._tidy(self._bucket)
        self._told = sqlite3.connect(
            path, timeout=30, isolation_level=None, check_same_thread=False
        )
        self._told.execute(
            "create table if not exists told (source text primary key, until_ms int, reason text)"
        )

    def _tidy(self, bucket: SQLiteBucket) -> None:
        """Forget what no longer counts, and what was booked under a clock that ran far ahead of
        this one (WAGEHOUSE_NOW): it would block for years."""
        now = self._now()
        bucket.leak(now)
        with bucket.lock:
            bucket.conn.execute(
                f"delete from '{_table(self._source)}' where item_timestamp > ?",
                (now + bucket.rates[-1].interval,),
            )
            bucket.conn.commit()

    def _now(self) -> int:
        """Milliseconds. A fixed now (WAGEHOUSE_NOW) still moves on while a run waits."""
        now = self._settings.now().timestamp()
        if self._settings.fixed_now is not None:
            now += time.monotonic() - self._began
        return round(now * 1000)

    def after(self, wait: float) -> datetime:
        """The time in `wait` seconds (UTC)."""
        return datetime.fromtimestamp(self._now() / 1000 + wait, UTC)

    def book(self, max_wait: float, before_wait: Callable[[], None], cost: int = 1) -> None:
        """Book a request that counts as `cost`, waiting for room up to `max_wait` seconds in all.

        Calls `before_wait` before a wait of more than a second. Raises RateLimited, with the time
        there will be room, when that is too far.
        """
        waited = 0.0
        left = cost
        while True:
            wait, reason = self._wait_told()
            while wait <= 0 and left > 0:
                wait, reason = self._put()
                left -= wait <= 0
            if wait <= 0:
                return
            if waited + wait > max_wait:
                error = QuotaSpent if reason.startswith("quota_spent:") else RateLimited
                raise error(reason, self.after(wait))
            if wait > 1:
                before_wait()
                logger.info(
                    "%s waits until %s: %s", self._source, f"{self.after(wait):%H:%M:%S}", reason
                )
            self._sleep(wait)
            waited += wait

    def _put(self) -> tuple[float, str]:
        """Book one; seconds until there is room and the reason, where there is none now."""
        if self._bucket is None:
            return 0, ""
        with self._lock:
            item = RateItem(self._source, self._now())
            if self._bucket.put(item):
                return 0, ""
            waiting = self._bucket.waiting(item)
            rate = self._bucket.failing_rate
        wait = (max(0, waiting) if isinstance(waiting, int) else 0) / 1000 + 0.05
        window = f"{rate.limit} in {window_name(rate.interval / 1000)}" if rate else "?"
        return wait, problem("quota", f"{window} used up")

    def _wait_told(self) -> tuple[float, str]:
        """Seconds until the source may be asked again by what it said, and what that was."""
        with self._lock:
            found = self._told.execute(
                "select until_ms, reason from told where source = ?", (self._source,)
            ).fetchone()
        now = self._now()
        if found is None or not now < found[0] <= now + MONTH * 1500:
            return 0, ""
        return (found[0] - now) / 1000 + 0.05, str(found[1])

    def leave_alone(self, wait: float, reason: str) -> None:
        """Let nobody ask the source for `wait` seconds, in this process or another."""
        until = self._now() + round(wait * 1000)
        with self._lock:
            self._told.execute(
                "insert into told values (?, ?, ?) on conflict (source) do update"
                " set until_ms = excluded.until_ms, reason = excluded.reason",
                (self._source, until, reason),
            )

    def learn(self, headers: Mapping[str, str]) -> None:
        """Take from the headers of any answer that nothing is left, and until when."""
        for left, reset in _LEFT:
            if headers.get(left, "").strip() == "0":
                wait = seconds(headers.get(reset))
                if wait is None and left == _LEFT[0][0]:
                    wait = UNKNOWN_RESET
                if wait:
                    code = "quota_spent" if left == _LEFT[0][0] else "rate_limited"
                    self.leave_alone(wait, problem(code, f"{left} is 0"))

    def close(self) -> None:
        if self._bucket is not None:
            self._bucket.close()  # type: ignore[no-untyped-call]
        self._told.close()


def quota_states(source: str, windows: Windows, settings: Settings) -> list[QuotaState]:
    """What of each window is used up now. Reads only; nothing booked yet gives zeros.

    A source that has said to be used up has used up its longest window.
    """
    now = settings.now()
    stamps: list[int] = []
    told: datetime | None = None
    path = _path(settings)
    if path.exists():
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            query = f"select item_timestamp from '{_table(source)}'"
            stamps = sorted(stamp for (stamp,) in _rows(connection, query))
            for (until,) in _rows(connection, "select until_ms from told where source = ?", source):
                told = datetime.fromtimestamp(until / 1000, UTC)
    states = []
    for limit, length in binding(windows):
        start = (now - timedelta(seconds=length)).timestamp() * 1000
        counted = [stamp for stamp in stamps if stamp >= start]
        resets_at = (
            datetime.fromtimestamp(counted[0] / 1000, UTC) + timedelta(seconds=length)
            if counted
            else None
        )
        states.append(QuotaState(source, window_name(length), limit, len(counted), resets_at))
    if states and told is not None and now < told:
        last = states[-1]
        states[-1] = QuotaState(source, last.window, last.limit, last.limit, told)
    return states


def _rows(connection: sqlite3.Connection, query: str, *values: str) -> list[tuple[int, ...]]:
    """Rows of a query, none where the table has not been made yet."""
    try:
        return connection.execute(query, values).fetchall()
    except sqlite3.OperationalError:
        return []


def _path(settings: Settings) -> Path:
    return settings.state / "quotas.sqlite"


def _table(source: str) -> str:
    return f"quota_{source}"


def window_name(length: float) -> str:
    """`1 hour`, `30 minutes`, `1 month`: the name of a window of so many seconds."""
    names = (
        ("month", MONTH),
        ("week", WEEK),
        ("day", DAY),
        ("hour", HOUR),
        ("minute", MINUTE),
        ("second", SECOND),
    )
    for name, unit in names:
        if length >= unit and length % unit == 0:
            number = int(length // unit)
            return f"1 {name}" if number == 1 else f"{number} {name}s"
    return f"{length:g} seconds"
