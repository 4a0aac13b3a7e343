"""The landing side of one data folder: runs begin here, and what they wrote is loaded.

    with Landing(settings) as landing:            # loads what an earlier process left
        run = landing.run("the_muse", endpoints)  # a new run, or the unfinished one
        for slice_ in run.plan([Slice("jobs", "all")]):
            with run.open(slice_) as writer:
                writer.record({"id": 1}, request={"page": 0})
                writer.end(complete=True)
        run.finish()
    # leaving the block loads everything to where raw lies

Whatever is killed in here can be run again: the plan and every package are on disk before what
follows them, and the rows of a slice are never later than the row that says it is complete.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Self

import pyarrow as pa

from ingestion import unfinished
from ingestion.landing import canonical, queries, warehouse
from ingestion.landing.run import Run
from ingestion.landing.spool import SetAside, Spool
from ingestion.landing.store import Store, current
from ingestion.landing.tables import schema_of
from ingestion.landing.versions import Standing
from ingestion.settings import Settings
from ingestion.source import EndpointSpec


class Landing:
    """The landing side of one data folder, for the length of a `with` block.

    On entering, raw is carried to where the settings want it and packages that an earlier process
    left are loaded; on leaving, all that was written is. Raises WarehouseLocked when another
    process holds the warehouse, and what `current` raises. `store` is given where raw is to stay.
    """

    def __init__(self, settings: Settings, store: Store | None = None) -> None:
        self.settings = settings
        self._store = store
        self.set_aside: list[SetAside] = []
        self._spool: Spool | None = None
        self.runs: list[Run] = []

    def __enter__(self) -> Self:
        with warehouse.connect(self.settings.warehouse):
            pass
        if self._store is None:
            self._store = current(self.settings)
        self._spool = Spool(self.settings, self._store)
        self._load()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Also after an error: what was fetched is not fetched again.
        self.settle()

    def settle(self) -> None:
        """Load what the runs have written so far, so that a later run of a source knows it."""
        for run in self.runs:
            run.flush()
        self._load()
        unfinished.finish(self.settings, {run.source for run in self.runs})

    @property
    def store(self) -> Store:
        """Where raw lies."""
        if self._store is None:
            raise RuntimeError("a Landing is used in a with block")
        return self._store

    @property
    def spool(self) -> Spool:
        if self._spool is None:
            raise RuntimeError("a Landing is used in a with block")
        return self._spool

    def _load(self) -> None:
        aside = self.spool.load()
        if aside:
            self._quarantine(aside)
        self.store.show()

    def _quarantine(self, aside: list[SetAside]) -> None:
        self.set_aside += aside
        now = self.settings.now()
        rows = [
            {
                "source": "landing",
                "endpoint": "package",
                "record_id": package.load_id,
                "body": str(package.folder),
                "field": None,
                "value": None,
                "reason": f"package_not_loadable: {package.reason}",
                "request": "{}",
                "fetched_at": now,
                "run_id": None,
                "row_id": canonical.hash_of(package.load_id, str(package.folder)),
            }
            for package in aside
        ]
        self.spool.extract({"rejected": pa.Table.from_pylist(rows, schema_of("rejected"))})
        self.set_aside += self.spool.load()

    def run(
        self,
        source: str,
        endpoints: Sequence[EndpointSpec],
        *,
        interval: timedelta = timedelta(hours=20),
        table: str | None = None,
        secrets: Iterable[str] = (),
        scarce: bool = False,
        anew: bool = False,
        reads_known: bool = True,
    ) -> Run:
        """The source's unfinished run when it is younger than `interval`, else a new one; `anew`: a
        new one in any case.

        Unfinished is a run with a slice that has not ended, and one that was killed afterwards.

        Records of an endpoint land in `raw.<source>__<endpoint>`, or all in `table` where that is
        given (then with the source in a column). `secrets` are blotted out of every payload.
        `scarce`: a package after every answer that takes its time. `reads_known`: False where
        `bulk` decides what is new, in the store itself.
        """
        now = self.settings.now()
        with self.store.connect() as connection:
            last = queries.newest_run(connection, source)
            resumed = (
                last is not None
                and not anew
                and (
                    any(state.is_open for state in last.slices)
                    or unfinished.began(self.settings, source) == last.run_id
                )
                and timedelta(0) <= now - last.started_at < interval
            )
            if last is not None and resumed:
                run_id, run_no, seq = last.run_id, last.run_no, last.max_seq
            else:
                run_no = max(
                    [queries.next_run_no(connection), *(run.run_no + 1 for run in self.runs)]
                )
                run_id, seq = uuid.uuid4().hex, 0
            known: dict[str, dict[str, Standing]] = {}
            for endpoint in endpoints if reads_known else ():
                name = table or f"{source}__{endpoint.name}"
                known[endpoint.name], used = queries.read_known(
                    connection, name, run_id, source if table else None
                )
                seq = max(seq, used)
        unfinished.begin(self.settings, source, run_id)
        run = Run(
            landing=self,
            source=source,
            endpoints={endpoint.name: endpoint for endpoint in endpoints},
            table=table,
            run_id=run_id,
            run_no=run_no,
            seq=seq,
            known=known,
            before={state.key: state for state in last.slices}
            if last is not None and resumed
            else {},
            secrets=tuple(secret for secret in secrets if len(secret) >= 6),
            scarce=scarce,
        )
        self.runs.append(run)
        return run
