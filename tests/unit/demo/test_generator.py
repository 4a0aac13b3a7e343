"""The generated board: a pure function of seed and day, plausible, in the API's shape."""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.demo.catalog import MAX_COMPANIES, company
from ingestion.demo.generator import EPOCH, MAX_SIZE, REMOTE, Board, Posting

DAY = date(2026, 3, 2)
days = st.dates(min_value=EPOCH, max_value=date(2040, 1, 1))
seeds = st.integers(min_value=0, max_value=2**32)


def by_id(board: Board) -> dict[int, dict[str, Any]]:
    return {record["id"]: record for record in board.jobs()}


@pytest.fixture(scope="module")
def full() -> Board:
    return Board(seed=1, day=DAY)


@pytest.fixture(scope="module")
def postings(full: Board) -> list[Posting]:
    return [full.posting(key) for key in full.keys]


@given(seed=seeds, day=days)
@settings(max_examples=15, deadline=None)
def test_same_seed_and_day_give_the_same_bytes(seed: int, day: date) -> None:
    one, other = (json.dumps(list(Board(seed, day, 40).jobs())) for _ in range(2))
    assert one == other


@given(seed=seeds, day=days)
@settings(max_examples=15, deadline=None)
def test_ids_are_distinct_and_no_date_lies_ahead(seed: int, day: date) -> None:
    records = list(Board(seed, day, 60).jobs())
    assert len({record["id"] for record in records}) == len(records)
    posted = [datetime.fromisoformat(record["publication_date"]).date() for record in records]
    assert all(day - timedelta(days=731) <= on < day for on in posted)


def test_next_day_changes_a_little(full: Board) -> None:
    today, tomorrow = by_id(full), by_id(Board(seed=1, day=DAY + timedelta(days=1)))
    both = today.keys() & tomorrow.keys()
    assert 5 <= len(tomorrow.keys() - today.keys()) <= 60
    assert 5 <= len(today.keys() - tomorrow.keys()) <= 60
    assert 3 <= sum(today[i] != tomorrow[i] for i in both) <= 60
    assert all(today[i]["publication_date"] == tomorrow[i]["publication_date"] for i in both)


def test_a_gone_posting_never_comes_back() -> None:
    seen: set[int] = set()
    gone: set[int] = set()
    for n in range(0, 900, 20):
        here = {key.job_id for key in Board(seed=3, day=DAY + timedelta(days=n), size=50).keys}
        assert not here & gone
        gone |= seen - here
        seen |= here
    assert len(gone) > 50


def test_a_small_board_is_part_of_a_large_one() -> None:
    small, large = Board(2, DAY, 100), Board(2, DAY, 1_000)
    assert by_id(small).items() <= by_id(large).items()


def test_shape_is_that_of_the_api(postings: list[Posting]) -> None:
    for posting in postings:
        record = posting.record
        assert set(record) == {
            "contents", "name", "type", "publication_date", "short_name", "model_type", "id",
            "locations", "categories", "levels", "tags", "refs", "company",
        }  # fmt: skip
        assert len(record["levels"]) == 1
        assert record["refs"]["landing_page"].startswith("https://jobs.example/")
        assert set(record["company"]) == {"id", "short_name", "name"}
        json.dumps(record)


def test_board_is_plausible(postings: list[Posting]) -> None:
    n = len(postings)
    records = [posting.record for posting in postings]
    assert 2_850 <= n <= 3_000
    assert 0.52 <= sum(posting.pay is not None for posting in postings) / n <= 0.62
    assert len({posting.category for posting in postings}) == 34
    assert len({record["company"]["short_name"] for record in records}) > 200
    months = Counter(record["publication_date"][:7] for record in records)
    assert len(months) >= 24
    assert {posting.language for posting in postings} == {"en", "fr", "de"}
    assert any(record["locations"] == [] for record in records)
    assert any(record["locations"] == [{"name": REMOTE}] for record in records)
    assert any(len(record["locations"]) > 3 for record in records)
    assert any(record["categories"] == [] for record in records)
    assert 0.03 < sum(posting.is_repost for posting in postings) / n < 0.15
    sizes = sorted(len(record["contents"]) for record in records)
    assert sizes[0] > 700
    assert 1_500 < sizes[n // 2] < 5_000


def test_pay_is_written_as_drawn(postings: list[Posting]) -> None:
    stated = [posting for posting in postings if posting.pay]
    kinds = Counter(
        (pay.amount_min is None, pay.amount_max is None, pay.amount_min == pay.amount_max)
        for posting in stated
        if (pay := posting.pay)
    )
    assert len(kinds) == 4
    for posting in stated:
        pay = posting.pay
        assert pay is not None
        assert pay.amount_min is not None or pay.amount_max is not None
        if pay.amount_min is not None and pay.amount_max is not None:
            assert 0 < pay.amount_min <= pay.amount_max
        yearly = (pay.amount_max or pay.amount_min or 0) * {
            "year": 1, "month": 12, "week": 52, "day": 220, "hour": 2080,
        }[pay.period]  # fmt: skip
        if pay.currency in ("USD", "EUR", "GBP"):
            assert 10_000 < yearly < 500_000, pay
    currencies = {posting.pay.currency for posting in stated if posting.pay}
    assert {"USD", "EUR", "GBP", "CAD"} <= currencies
    assert {posting.pay.period for posting in stated if posting.pay} == {
        "year", "month", "week", "day", "hour",
    }  # fmt: skip


def test_reposts_share_their_text(full: Board, postings: list[Posting]) -> None:
    by_content = Counter((key.content, key.generation) for key in full.keys)
    pairs = sum(n - 1 for n in by_content.values())
    assert pairs > 100
    texts = Counter(posting.record["contents"] for posting in postings)
    assert sum(n - 1 for n in texts.values()) > 30


def test_companies_have_distinct_invented_names() -> None:
    names = {company(1, index).name for index in range(MAX_COMPANIES)}
    assert len(names) == MAX_COMPANIES
    records = list(Board(1, DAY).companies())
    assert len(records) == 255
    empty = sum(record["publication_date"] is None for record in records)
    assert 80 < empty < 160


@given(share=st.floats(min_value=0.1, max_value=1))
@settings(max_examples=5, deadline=None)
def test_hostile_share_spoils_records(share: float) -> None:
    clean, spoiled = Board(5, DAY, 300), Board(5, DAY, 300, hostile=share)
    pairs = list(zip(clean.jobs(), spoiled.jobs(), strict=True))
    assert abs(sum(one != other for one, other in pairs) / len(pairs) - share) < 0.12


def test_impossible_boards_are_refused() -> None:
    with pytest.raises(ValueError, match="size must be"):
        Board(1, DAY, MAX_SIZE + 1)
    with pytest.raises(ValueError, match="before 2020"):
        Board(1, date(2019, 12, 31))


def test_3000_jobs_take_less_than_three_seconds() -> None:
    started = time.process_time()
    assert len(list(Board(9, DAY).jobs())) > 2_800
    assert time.process_time() - started < 3


def test_200000_jobs_are_made_by_the_page() -> None:
    started = time.process_time()
    board = Board(9, DAY, 200_000)
    assert len({key.job_id for key in board.keys}) == len(board.keys) > 190_000
    assert board.posting(board.keys[-1]).record["name"]
    assert board.n_companies == 5_180
    assert time.process_time() - started < 20
