"""The generated board as collections that the loopback server can page through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from ingestion.demo.generator import MAX_SIZE, Board, Key
from ingestion.demo.server import FILTERS, Collection, Listed, MuseApi, Query, matches

#: Demo and simulated answers need no limit.
UNLIMITED = 1_000_000_000


class BoardJobs:
    """The jobs of a board: only the records of a page are made, when it is asked for."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._filtered = lru_cache(maxsize=64)(self._matching)

    def _matching(self, filters: tuple[tuple[str, tuple[str, ...]], ...]) -> Sequence[Key]:
        if not filters:
            return self._board.keys
        names = dict(filters)
        wanted = names.pop("category", None)
        # The category is known without making the record; hostile records may have lost theirs.
        exact = {"category": wanted} if wanted and self._board.hostile else {}
        return [
            key
            for key in self._board.keys
            if (wanted is None or self._board.category(key) in wanted)
            and (
                not (names or exact)
                or matches(self._board.posting(key).record, names | exact, FILTERS["jobs"])
            )
        ]

    def _keys(self, filters: Query) -> Sequence[Key]:
        return self._filtered(tuple(sorted((name, tuple(v)) for name, v in filters.items())))

    def count(self, filters: Query) -> int:
        return len(self._keys(filters))

    def page(self, filters: Query, start: int, length: int) -> Sequence[Any]:
        keys = self._keys(filters)[start : start + length]
        return [self._board.posting(key).record for key in keys]

    def one(self, record_id: str) -> Any | None:
        if not record_id.isdecimal():
            return None
        key = self._board.live(int(record_id) % MAX_SIZE)
        if key is None or str(key.job_id) != record_id:
            return None
        return self._board.posting(key).record


def collections(board: Board) -> Callable[[str], Collection | None]:
    """The collections of a board by endpoint."""
    found: dict[str, Collection] = {
        "jobs": BoardJobs(board),
        "companies": Listed(board.companies(), "companies"),
    }
    return found.get


def demo_api(board: Board) -> MuseApi:
    """The API of the demo, without a cap: its listings are whole, so postings can close."""
    return MuseApi(collections(board), last_page=None, limit=UNLIMITED)
