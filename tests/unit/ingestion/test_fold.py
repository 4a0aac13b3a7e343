"""Folding sightings: fewer rows, the same first and last sighting, sum and last run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.errors import LoadFailed
from ingestion.landing.fold import fold, fold_sightings
from ingestion.landing.path_store import PathStore
from ingestion.landing.store import Store, columns_of, current
from ingestion.settings import Settings
from tests.unit.ingestion.conftest import BUCKET, FOLDER, NOW, WAREHOUSE, settings_at

RUNS = 9
#: By record, the version under which each run met it; None where it did not.
MET = st.lists(
    st.lists(st.none() | st.integers(1, 2), min_size=RUNS, max_size=RUNS), min_size=1, max_size=3
)
WHAT_STAYS = """
    select record_id, min(seen_from), max(seen_to), sum(times), arg_max(run_id, seen_to),
        arg_max(version_no, seen_to)
    from raw.sightings group by record_id order by record_id
"""


@contextmanager
def filled(met: list[list[int | None]], place: str) -> Iterator[Store]:
    """A store with one sighting a record and run, two in every second run."""
    slices: list[dict[str, Any]] = []
    sightings: list[dict[str, Any]] = []
    scope = {"source": "x", "endpoint": "jobs", "scope": "all", "_dlt_load_id": "load"}
    for number in range(RUNS):
        run = {**scope, "run_id": f"run {number}"}
        at = NOW + timedelta(days=number)
        # As in real runs, there are two rows a slice: planned, then ended.
        slices += [{**run, "run_no": number + 1, "seq": seq} for seq in (1, 2)]
        for record, versions in enumerate(met):
            if versions[number] is not None:
                seen = {**run, "record_id": str(record), "version_no": versions[number]}
                sightings += [
                    {
                        **seen,
                        "seen_from": at,
                        "seen_to": at,
                        "times": 1,
                        "row_id": f"{record}{at}{n}",
                    }
                    for n in range(1 + number % 2)
                ]
    with TemporaryDirectory() as folder:
        store = current(settings_at(place, Path(folder)))
        put(store, "slices", slices)
        put(store, "sightings", sightings)
        yield store


def put(store: Store, table: str, rows: list[dict[str, Any]]) -> None:
    batches = pa.Table.from_pylist(rows, columns_of(table)).to_batches()
    store.receive(table, iter(batches), len(rows))


def rows_of(store: Store, query: str) -> list[tuple[Any, ...]]:
    with store.connect() as connection:
        return connection.execute(query).fetchall()


COUNT = "select count(*) from raw.sightings"
CONTENT = "select * exclude (row_id) from raw.sightings order by all"


@pytest.mark.parametrize("place", [WAREHOUSE, FOLDER])
@settings(max_examples=12, deadline=None)
@given(met=MET, kept=st.integers(1, RUNS))
def test_folding_keeps_what_is_asked_of_sightings(
    met: list[list[int | None]], kept: int, place: str
) -> None:
    with filled(met, place) as store, filled(met, place) as at_once:
        before = rows_of(store, WHAT_STAYS)
        count = rows_of(store, COUNT)[0][0]
        needless = fold(store, kept)
        assert rows_of(store, WHAT_STAYS) == before
        assert rows_of(store, COUNT)[0][0] == count - needless
        assert fold(store, kept) == 0, "what is folded stays as it is"
        # Bit by bit gives what one go gives.
        everything = fold(store, 0)
        assert fold(at_once, 0) == needless + everything
        assert rows_of(at_once, CONTENT) == rows_of(store, CONTENT)


@pytest.mark.parametrize("place", [WAREHOUSE, FOLDER])
def test_spans_break_at_gaps_and_changes(place: str) -> None:
    with filled([[1, 1, 1, None, 1, 2, 2, 2, None]], place) as store:
        fold(store, 2)
        assert rows_of(
            store,
            "select version_no, run_id, day(seen_from) - 2, day(seen_to) - 2, times"
            " from raw.sightings order by 3, 4",
        ) == [
            (1, "run 2", 0, 2, 4),
            (1, "run 4", 4, 4, 1),
            (2, "run 6", 5, 6, 3),
            (2, "run 7", 7, 7, 1),
            (2, "run 7", 7, 7, 1),
        ]


def test_a_row_that_a_crash_loaded_twice_counts_once() -> None:
    with filled([[1] * RUNS], WAREHOUSE) as store:
        with store.connect() as connection:
            connection.execute("insert into raw.sightings select * from raw.sightings")
        fold(store, 0)
        assert rows_of(store, "select count(*), sum(times) from raw.sightings") == [(1, 13)]


@pytest.mark.parametrize("place", [FOLDER, BUCKET])
def test_nothing_is_folded_where_it_would_take_more_than_one_step(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.landing.swap.swap", lambda one, other: False)
    with filled([[1] * RUNS], place) as store:
        before = rows_of(store, CONTENT)
        assert fold(store, 0) == 0
        assert rows_of(store, CONTENT) == before


def test_a_folding_that_is_cut_short_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with filled([[1] * RUNS], FOLDER) as store:
        before = rows_of(store, CONTENT)
        with monkeypatch.context() as patch:
            patch.setattr("ingestion.landing.path_store.flush", raise_full)
            with pytest.raises(LoadFailed, match="full"):
                fold(store, 0)
        assert rows_of(store, CONTENT) == before
        assert fold(store, 0) == len(before) - 1
        assert isinstance(store, PathStore)
        assert [len(paths) for paths in store.files().values()] == [1, 1]


def raise_full(file: Path) -> None:
    raise OSError("the disk is full")


def test_nothing_to_fold(tmp_path: Path) -> None:
    assert fold_sightings(Settings(data=tmp_path)) == 0
    assert not list(tmp_path.iterdir())
