"""Walking the slices of a plan: side by side, resumed, split, stopped, by cursor."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ingestion.collection import Collection
from ingestion.errors import NotThere, SettingsError, SourceStopped
from ingestion.landing import Slice, SliceWriter
from ingestion.search import Ask, Search
from ingestion.settings import Settings, SourceSettings
from ingestion.source import EndpointSpec, SourceSpec
from ingestion.the_muse import SPEC
from tests.unit.ingestion.conftest import FOLDER, NOW, WAREHOUSE, Query, settings_at

DAY = timedelta(days=1)
X = replace(
    SPEC,
    name="x",
    title="X",
    endpoints=(
        EndpointSpec(
            "jobs", id_field="id", fields={"name": "text"}, overlap=DAY / 24, full_every=7 * DAY
        ),
    ),
    searches=frozenset({"words", "country"}),
)
STATES = """
    select slice, mode, is_complete, ended_at is null, records, reason from raw.slices
    qualify row_number() over (partition by run_id, slice order by seq desc) = 1
    order by run_no, slice
"""


@pytest.fixture(params=[WAREHOUSE, FOLDER])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    return settings_at(request.param, tmp_path)


def visit(
    settings: Settings,
    do: Callable[[Collection], object],
    ask: Ask | None = None,
    spec: SourceSpec = X,
    **config: Any,
) -> object:
    """One invocation of the source, as `collect` makes it."""
    lines: list[str] = []
    with ExitStack() as stack:
        collection = Collection(settings, spec, SourceSettings(**config), stack, lines.append, ask)
        try:
            return do(collection)
        finally:
            collection.run.finish()


def at(settings: Settings, later: timedelta) -> Settings:
    return settings.model_copy(update={"fixed_now": NOW + later})


def take_all(writer: SliceWriter) -> None:
    first = int(writer.slice.slice) * 100
    for number in range(first, first + 30):
        if number % 10 == 0:
            writer.answer()
        writer.record({"id": number, "name": "Cook"}, {"page": number // 10})


@pytest.mark.parametrize("concurrency", [1, 4])
def test_slices_are_fetched_side_by_side(
    settings: Settings, query: Query, concurrency: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.landing.package.PACKAGE_ROWS", 40)
    threads: Counter[str] = Counter()
    meeting = threading.Barrier(concurrency)

    def take(writer: SliceWriter) -> None:
        threads[threading.current_thread().name] += 1
        meeting.wait(timeout=20)
        take_all(writer)

    slices = [Slice("jobs", "all", str(number)) for number in range(8)]
    visit(settings, lambda collection: collection.walk(slices, take), concurrency=concurrency)
    assert len(threads) == concurrency
    assert query("select count(*), count(distinct record_id) from raw.x__jobs") == [(240, 240)]
    assert query(STATES) == [(str(n), "full", True, False, 30, None) for n in range(8)]


def test_a_slice_goes_on_where_it_stood(settings: Settings, query: Query) -> None:
    """As a kill leaves it: what was written stands, the process never came to the end."""
    slices = [Slice("jobs", "all", str(number)) for number in range(3)]

    def stop(writer: SliceWriter) -> None:
        if writer.slice.slice == "1":
            for number in range(12):
                writer.record({"id": number, "name": None}, {"page": 0})
            writer.record([], {"page": 0})
            writer.problem("page 0: not_an_object: list")
            writer.at(2)
            writer.record({"id": 100, "name": "beyond what is noted"}, {"page": 2})
            raise SourceStopped("quota: 2 in 1 day used up")
        take_all(writer)

    with pytest.raises(SourceStopped):
        visit(settings, lambda collection: collection.walk(slices, stop))
    assert query(STATES)[1:] == [
        ("1", "full", False, True, 13, "quota: 2 in 1 day used up"),
        ("2", "full", False, True, 0, "planned"),
    ]
    assert query("select field, expected, found, records from raw.breaches") == [
        ("name", "text", "null", 12)
    ]
    resumed = []

    def go_on(writer: SliceWriter) -> None:
        resumed.append((writer.slice.slice, writer.resume, writer.records, writer.rejected))
        if writer.slice.slice == "1":
            writer.record({"id": 100, "name": "beyond what is noted"}, {"page": 2})
        else:
            take_all(writer)

    visit(settings, lambda collection: collection.walk(slices, go_on))
    assert resumed == [("1", "2", 12, 1), ("2", None, 0, 0)]
    assert query(STATES) == [
        ("0", "full", True, False, 30, None),
        ("1", "full", False, False, 13, "page 0: not_an_object: list"),
        ("2", "full", True, False, 30, None),
    ]
    assert query("select count(*) from raw.x__jobs where record_id = '100'") == [(1,)]


def test_a_slice_is_split_and_its_parts_are_resumed(settings: Settings, query: Query) -> None:
    whole = [Slice("jobs", "all", "0-4", request={"from": 0, "to": 4})]

    def take(writer: SliceWriter) -> None:
        low, high = writer.slice.request["from"], writer.slice.request["to"]
        if high - low > 1:
            middle = (low + high) // 2
            writer.split(
                [
                    Slice("jobs", "all", f"{a}-{b}", request={"from": a, "to": b})
                    for a, b in ((low, middle), (middle, high))
                ]
            )
            return
        if broken and low == 2:
            raise SourceStopped("unreachable: gone")
        writer.record({"id": low, "name": "Cook"}, {})

    broken = True
    with pytest.raises(SourceStopped):
        visit(settings, lambda collection: collection.walk(whole, take))
    broken = False
    visit(settings, lambda collection: collection.walk(whole, take))
    assert query("select record_id from raw.x__jobs order by 1") == [("0",), ("1",), ("2",), ("3",)]
    states = query(STATES)
    assert [row[0] for row in states] == ["0-1", "0-2", "0-4", "1-2", "2-3", "2-4", "3-4"]
    assert all(row[2] for row in states)
    assert [row[5] for row in states if row[0] == "0-4"] == ["split: 2 parts"]
    assert query("select count(distinct run_id) from raw.slices") == [(1,)]


def test_an_answer_that_cannot_be_used_ends_its_slice_only(
    settings: Settings, query: Query
) -> None:
    def take(writer: SliceWriter) -> None:
        if writer.slice.slice == "1":
            raise NotThere("status_404: no such board")
        take_all(writer)

    slices = [Slice("jobs", "all", str(number)) for number in range(3)]
    visit(settings, lambda collection: collection.walk(slices, take))
    assert [row[2:] for row in query(STATES)] == [
        (True, False, 30, None),
        (False, False, 0, "status_404: no such board"),
        (True, False, 30, None),
    ]


@pytest.mark.parametrize("concurrency", [1, 3])
def test_a_bug_is_not_taken_for_a_stop(settings: Settings, concurrency: int) -> None:
    def take(writer: SliceWriter) -> None:
        raise SourceStopped("quota: used up") if writer.slice.slice == "0" else KeyError("bug")

    slices = [Slice("jobs", "all", str(number)) for number in range(2)]
    error = SourceStopped if concurrency == 1 else KeyError
    with pytest.raises(error):
        visit(settings, lambda one: one.walk(slices, take), concurrency=concurrency)


def test_cursor_and_enumeration(settings: Settings) -> None:
    seen: list[tuple[str, object]] = []

    def run(now: timedelta, *, fails: bool = False, ask: Ask | None = None) -> None:
        def do(collection: Collection) -> None:
            mode = collection.mode("jobs", "all")
            since = collection.since("jobs", "all")
            seen.append((mode, since and since - NOW))

            def take(writer: SliceWriter) -> None:
                if fails:
                    writer.problem("short: 1 of 2 records came")

            collection.walk([Slice("jobs", "all", mode=mode)], take)

        visit(at(settings, now), do, ask)

    run(timedelta(), fails=True)  # nothing was complete yet
    run(DAY)
    run(2 * DAY, fails=True)
    run(3 * DAY)  # goes on from the last complete one
    run(4 * DAY)
    run(5 * DAY, ask=Ask(full=True))
    run(9 * DAY)
    run(12 * DAY)  # seven days after the last enumeration
    assert seen == [
        ("full", None),
        ("full", None),
        ("cursor", DAY - DAY / 24),
        ("cursor", DAY - DAY / 24),
        ("cursor", 3 * DAY - DAY / 24),
        ("full", None),
        ("cursor", 5 * DAY - DAY / 24),
        ("full", None),
    ]


def test_a_run_that_goes_on_stays_what_it_was(settings: Settings, query: Query) -> None:
    """Cut short after one of its scopes was complete, and when another mode would be due."""

    def do(collection: Collection, is_cut: bool) -> None:
        modes = [collection.mode("jobs", scope) for scope in ("a", "b")]
        found.append((*modes, collection.since("jobs", "a")))

        def take(writer: SliceWriter) -> None:
            if writer.slice.scope == "b" and is_cut:
                raise SourceStopped("quota: used up")

        slices = [Slice("jobs", scope, mode=mode) for scope, mode in zip("ab", modes, strict=True)]
        collection.walk(slices, take)

    found: list[tuple[object, ...]] = []
    for day, is_cut in (
        (timedelta(), True),
        (DAY / 4, False),
        (7 * DAY - DAY / 4, True),
        (7 * DAY + DAY / 4, False),
    ):
        with suppress(SourceStopped):
            visit(at(settings, day), partial(do, is_cut=is_cut))
    since = NOW - DAY / 24
    assert found == [
        ("full", "full", None),
        ("full", "full", None),
        ("cursor", "cursor", since),
        ("cursor", "cursor", since),
    ]
    assert query("select count(distinct run_id), count(distinct slice) from raw.slices") == [(2, 1)]


def test_what_is_asked_once_leaves_the_unfinished_run_alone(
    settings: Settings, query: Query
) -> None:
    def stop(writer: SliceWriter) -> None:
        raise SourceStopped("quota: used up")

    with pytest.raises(SourceStopped):
        visit(settings, lambda one: one.walk([Slice("jobs", "all", "0")], stop))
    search = Search(words="data engineer", maximum=5)
    ask = Ask(searches=(search,))

    def asked(collection: Collection) -> None:
        assert collection.searches == (search,)
        collection.walk([Slice("jobs", search.scope, "1")], take_all)

    visit(settings, asked, ask)
    assert [row[0::3] for row in query(STATES)] == [("0", True), ("1", False)]
    assert query("select distinct scope from raw.slices order by 1") == [
        ("all",),
        ("words=data engineer",),
    ]


@pytest.mark.parametrize(
    ("search", "says"),
    [
        ({"words": "x", "rome": "M1805"}, "x cannot search by rome. It takes country, maximum"),
        ({"words": "x", "since": "2026-01-02"}, "x cannot search by since."),
    ],
)
def test_a_search_that_the_source_does_not_know(
    settings: Settings, search: dict[str, str], says: str
) -> None:
    ask = Ask(searches=(Search.model_validate(search),))
    with pytest.raises(SettingsError, match=says):
        visit(settings, lambda collection: collection.searches, ask)
