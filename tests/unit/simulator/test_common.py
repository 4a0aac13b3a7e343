"""What simulated APIs share: rolling limits, conditional answers, a stock that moves by the day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ingestion.demo.server import Answer, Request
from tests.simulator import common
from tests.simulator.stock import gone, stock


def test_every_window_counts() -> None:
    now = [100.0]
    limiter = common.Limiter(((2, 1), (3, 60)), lambda: now[0])
    assert [limiter.take(), limiter.take()] == [None, None]
    assert limiter.take() == 1.0
    now[0] += 1
    assert limiter.take() is None
    assert limiter.left() == 0
    assert limiter.take() == 59.0
    now[0] += 59
    assert limiter.take() is None
    assert [common.seconds(wait) for wait in (0.2, 59.0, 59.1)] == ["1", "59", "60"]


def test_without_limits_everything_is_allowed() -> None:
    assert [common.Limiter(()).take() for _ in range(3)] == [None] * 3


def test_an_answer_that_is_known_is_not_sent_again() -> None:
    def ask(**headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return common.conditional(Request("GET", "/", {}, named), Answer.of([1]))

    tag = ask().headers["ETag"]
    assert (ask().status, ask(if_none_match=f'"x", W/{tag}').status) == (200, 304)
    assert ask(if_none_match=tag).body == b""
    assert ask(if_none_match='"x"').body == b"[1]"


def test_parameters_are_checked() -> None:
    request = Request("GET", "/", {"page": ["2"], "size": ["x"], "mode": ["b"]}, {})
    assert common.whole(request, "page", 1) == 2
    assert common.whole(request, "other", 7) == 7
    for refused in (
        lambda: common.whole(request, "size", 1),
        lambda: common.whole(request, "page", 1, low=3),
        lambda: common.whole(request, "page", 1, high=1),
        lambda: common.one_of(request, "mode", ("a",)),
        lambda: common.known_only(request, ("page", "size")),
    ):
        with pytest.raises(common.RefusedError):
            refused()


def test_the_stock_moves_by_the_day() -> None:
    day = date(2026, 3, 2)
    first = {one.number: one for one in stock(200, day)}
    second = {one.number: one for one in stock(200, day + timedelta(days=1))}
    assert len(first) == len(second) == 200
    assert sorted(set(first) - set(second)) == gone(200, day + timedelta(days=1), day)
    assert len(set(second) - set(first)) == 4
    assert {second[number].on for number in set(second) - set(first)} == {day + timedelta(days=1)}
    changed = [n for n in set(first) & set(second) if first[n].edits != second[n].edits]
    assert changed
    assert all(second[number].changed_on == day + timedelta(days=1) for number in changed)
    assert all(first[number].on == second[number].on for number in set(first) & set(second))
