"""Rate limits: several windows at once, across runs, under a clock of the test's own."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrate_limiter import Rate
from pyrate_limiter.utils import validate_rate_list
from requests.structures import CaseInsensitiveDict

from ingestion.errors import QuotaSpent, RateLimited
from ingestion.http.limits import (
    DAY,
    MINUTE,
    MONTH,
    UNKNOWN_RESET,
    WEEK,
    Quota,
    binding,
    quota_states,
)
from ingestion.settings import Settings
from tests.unit.http.conftest import START, Clock

HOUR = 3600.0


def quota(clock: Clock, *windows: tuple[int, float], source: str = "x") -> Quota:
    return Quota(source, windows, clock, sleep=clock.sleep)


def book(one: Quota, times: int = 1, max_wait: float = 0) -> None:
    for _ in range(times):
        one.book(max_wait, lambda: None)


def test_the_tightest_window_stops_and_says_until_when(clock: Clock) -> None:
    one = quota(clock, (3, 60), (5, HOUR))
    book(one, 3)
    with pytest.raises(RateLimited, match="3 in 1 minute used up") as stopped:
        book(one)
    assert stopped.value.until is not None
    assert timedelta(0) <= stopped.value.until - START - timedelta(minutes=1) < timedelta(seconds=1)
    clock.sleep(61)
    book(one, 2)
    with pytest.raises(RateLimited, match="5 in 1 hour used up"):
        book(one)


def test_short_waits_are_waited(clock: Clock) -> None:
    one = quota(clock, (2, 10), (100, HOUR))
    waits: list[datetime] = []
    for _ in range(6):
        one.book(60, lambda: waits.append(clock.now()))
    assert 20 <= sum(clock.slept) <= 21
    assert len(waits) == 2, "what was fetched is put on disk before each wait"


def test_booked_requests_count_in_the_next_run(clock: Clock) -> None:
    first = quota(clock, (2, HOUR))
    book(first, 2)
    first.close()
    clock.sleep(HOUR / 2)
    with pytest.raises(RateLimited):
        book(quota(clock, (2, HOUR)))
    clock.sleep(HOUR / 2 + 1)
    book(quota(clock, (2, HOUR)), 2)


def test_sources_do_not_share(clock: Clock) -> None:
    book(quota(clock, (1, HOUR), source="a"))
    book(quota(clock, (1, HOUR), source="b"))


def test_a_clock_set_far_back_does_not_block_for_years(clock: Clock) -> None:
    book(quota(clock, (1, HOUR)))
    clock.at = START - timedelta(days=700)
    book(quota(clock, (1, HOUR)))


def test_states(clock: Clock) -> None:
    windows = ((2, 60.0), (5, HOUR))
    assert [s.used for s in quota_states("x", windows, clock)] == [0, 0]
    assert not (clock.state / "quotas.sqlite").exists(), "reading makes nothing"
    book(quota(clock, *windows))
    clock.sleep(90)
    book(quota(clock, *windows))
    minute, hour = quota_states("x", windows, clock)
    assert (minute.window, minute.limit, minute.used) == ("1 minute", 2, 1)
    assert (hour.window, hour.limit, hour.used) == ("1 hour", 5, 2)
    assert hour.resets_at == START + timedelta(hours=1)


def test_no_windows_is_no_limit(clock: Clock) -> None:
    book(quota(clock), 1000)


def test_a_fixed_now_moves_on_while_a_run_waits(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, fixed_now=START)
    one = Quota("x", ((1, 0.2),), settings)
    book(one, 3, max_wait=5)


@given(
    st.lists(st.tuples(st.integers(1, 10_000), st.sampled_from([1, 60, 3600, 86400])), max_size=6)
)
def test_binding_windows_are_what_the_library_takes(windows: list[tuple[int, float]]) -> None:
    kept = binding(windows)
    assert bool(kept) == bool(windows)
    rates = [Rate(limit, int(seconds * 1000)) for limit, seconds in kept]
    assert not windows or validate_rate_list(rates)
    # Whoever keeps to those that were kept keeps to all.
    for limit, seconds in windows:
        assert any(n <= limit if s >= seconds else n * seconds <= limit * s for n, s in kept), (
            windows,
            kept,
        )


def test_the_four_windows_of_adzuna(clock: Clock) -> None:
    windows = ((25, MINUTE), (250, DAY), (1_000, WEEK), (2_500, MONTH))
    assert binding(windows) == list(windows)
    assert [state.window for state in quota_states("x", windows, clock)] == [
        "1 minute",
        "1 day",
        "1 week",
        "1 month",
    ]
    small = quota(clock, (2, MINUTE), (3, DAY), (4, WEEK), (5, MONTH))
    for day in range(2):
        if day:
            clock.sleep(DAY)
        with pytest.raises(RateLimited):
            book(small, 9, max_wait=61)
    with pytest.raises(RateLimited, match="4 in 1 week used up") as stopped:
        book(small)
    assert stopped.value.until is not None
    clock.at = stopped.value.until
    book(small)
    with pytest.raises(RateLimited, match="5 in 1 month used up") as stopped:
        book(small, max_wait=DAY * 20)
    assert stopped.value.until is not None
    assert timedelta(0) < stopped.value.until - START - timedelta(days=31) < timedelta(seconds=1)


def test_a_request_may_count_as_several(clock: Clock) -> None:
    one = quota(clock, (5, HOUR))
    one.book(0, lambda: None, cost=3)
    with pytest.raises(RateLimited):
        one.book(0, lambda: None, cost=3)
    assert quota_states("x", ((5, HOUR),), clock)[0].used == 5, "what was reserved stays reserved"


@pytest.mark.parametrize(
    ("headers", "wait", "error"),
    [
        ({"X-RateLimit-Requests-Remaining": "0", "X-RateLimit-Requests-Reset": "7200"}, 7200, True),
        ({"X-RateLimit-Requests-Remaining": "0"}, UNKNOWN_RESET, True),
        ({"X-RateLimit-Requests-Remaining": "0", "X-RateLimit-Requests-Reset": "x"}, DAY, True),
        ({"X-RateLimit-Remaining": " 0 ", "X-RateLimit-Reset": "900"}, 900, False),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": "30"}, 30, False),
    ],
)
def test_a_quota_that_the_source_says_is_spent(
    clock: Clock, headers: dict[str, str], wait: float, error: bool
) -> None:
    quota(clock, (100, HOUR)).learn(CaseInsensitiveDict(headers))
    clock.sleep(1)
    for one in (quota(clock, (100, HOUR)), quota(clock)):
        with pytest.raises(QuotaSpent if error else RateLimited) as stopped:
            book(one)
        assert isinstance(stopped.value, QuotaSpent) is error
        assert stopped.value.until is not None
        assert abs((stopped.value.until - START).total_seconds() - wait) < 1
    state = quota_states("x", ((9, 60), (100, HOUR)), clock)[-1]
    assert (state.limit, state.used) == (100, 100)
    assert state.resets_at is not None
    clock.sleep(wait)
    book(quota(clock, (100, HOUR)))
    assert quota_states("x", ((100, HOUR),), clock)[0].used == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-RateLimit-Requests-Remaining": "157"},
        {"X-RateLimit-Remaining": "0"},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "0"},
        {"X-RateLimit-Remaining": "none", "X-RateLimit-Reset": "nan"},
    ],
)
def test_what_says_nothing_of_use_is_no_limit(clock: Clock, headers: dict[str, str]) -> None:
    one = quota(clock)
    one.learn(CaseInsensitiveDict(headers))
    book(one)


def test_threads_share_a_quota(clock: Clock) -> None:
    one = quota(clock, (25, HOUR))
    booked: list[bool] = []

    def run() -> None:
        for _ in range(10):
            try:
                book(one)
            except RateLimited:
                booked.append(False)
            else:
                booked.append(True)

    threads = [threading.Thread(target=run) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(booked), sum(booked)) == (50, 25)


_BOOK = """
import sys
from pathlib import Path
from ingestion.errors import RateLimited
from ingestion.http.limits import Quota
from ingestion.settings import Settings
one = Quota("x", ((40, 86400), (30, 3600)), Settings(data=Path(sys.argv[1])))
booked = 0
for _ in range(25):
    try:
        one.book(0, lambda: None)
        booked += 1
    except RateLimited:
        break
print(booked)
"""


def test_processes_share_a_quota(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _BOOK, str(tmp_path)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    booked = [int(process.communicate(timeout=60)[0]) for process in both]
    assert sum(booked) == 30
