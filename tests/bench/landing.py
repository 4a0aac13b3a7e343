"""Landing records of an API: what a record costs beside the exchange by HTTP.

The same pages are fetched from a server in another process by the client alone, then collected
into an empty warehouse; a collection of no records is the fixed start. CPU of this process only.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path

from ingestion import Settings, collect
from ingestion.counts import Counts
from ingestion.demo.generator import Board
from ingestion.http import ApiClient, CountedPages
from ingestion.settings import SourceSettings
from tests.bench.figures import Figure, Spent, spending
from tests.simulator import ROOT, Simulator, muse_api

RECORDS = 10_000
#: Milliseconds of CPU a record may cost above the exchange and the fixed start.
BAR = 0.3


def measure() -> list[Figure]:
    """Cost of a record, with what bounds it."""
    with tempfile.TemporaryDirectory() as folder, _serving(RECORDS) as (url, size):
        _collect(Path(folder) / "warm", url, 0, limit=True)
        with _serving(0) as (nothing, _):
            fixed = _collect(Path(folder) / "nothing", nothing, 0)
        exchange = _fetch(Path(folder) / "fetched", url)
        whole = _collect(Path(folder) / "landed", url, RECORDS)
    landing = (whole.cpu - exchange.cpu - fixed.cpu) / RECORDS * 1000
    return [
        Figure(f"landing a record of {size / 1000:.1f} kB", landing, "ms CPU", bar=BAR),
        Figure("its exchange by HTTP", exchange.cpu / RECORDS * 1000, "ms CPU"),
        Figure("fixed start of a collection", fixed.cpu * 1000, "ms CPU"),
        Figure(f"all {RECORDS:,} records", whole.wall, "s"),
    ]


def _collect(data: Path, url: str, records: int, *, limit: bool = False) -> Spent:
    # The demo's client is The Muse's without the cap on pages.
    os.environ["SOURCES__DEMO__BASE_URL"] = url
    settings = Settings(data=data, env="dev" if limit else "prod")
    settings.prepare_dlt()
    with spending() as spent:
        result = collect("demo", settings)
    if result.status not in ("complete", "partial"):
        raise RuntimeError(f"{result.status}: {result.reason}")
    landed = result.counts.tables.get("demo__jobs")
    if not limit and (landed.rows_landed if landed else 0) < records:
        raise RuntimeError(f"{landed} of {records} records landed")
    return spent


def _fetch(data: Path, url: str) -> Spent:
    """The same pages by the client alone."""
    client = ApiClient(
        base_url=url,
        source="the_muse",
        config=SourceSettings(),
        settings=Settings(data=data),
        rate=((100_000, 1),),
        counts=Counts(),
    )
    with spending() as spent:
        for path in ("jobs", "companies"):
            pages = CountedPages(cap=100_000, count_field="page_count")
            for answer in client.pages(path, {}, pages, "results"):
                answer.usable()
    client.close()
    return spent


@contextmanager
def _serving(records: int) -> Iterator[tuple[str, float]]:
    """The address of a server with so many jobs, in a process of its own, and their mean size."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(records, theirs))
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send("end")
        process.join()


def _serve(records: int, connection: Connection) -> None:
    import orjson

    # Some of a board's records are no jobs of that day.
    board = Board(7, date(2026, 3, 2), records + records // 10)
    jobs = list(board.jobs())[:records] if records else []
    size = sum(len(orjson.dumps(job)) for job in jobs) / max(len(jobs), 1)
    with Simulator(muse_api(jobs, [], last_page=None, limit=10**9)) as api:
        connection.send((api.url + ROOT, size))
        connection.recv()
