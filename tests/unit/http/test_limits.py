"""Rate limits: several windows at once, across runs, under a clock of the test's own."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrate_limiter import Rate
from pyrate_limiter.utils import validate_rate_list

from ingestion.errors import RateLimited
from ingestion.http.limits import Quota, binding, quota_states
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
