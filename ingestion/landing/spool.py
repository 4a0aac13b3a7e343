"""dlt load packages as the spool between fetching and the place where raw lies.

`extract` writes a package (0.1 s) that outlives a kill; `load` brings all packages to that place
at once. A package that cannot be loaded is set aside, so it never blocks later ones.
"""

from __future__ import annotations

import errno
import json
import logging
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
from dlt.pipeline.exceptions import PipelineStepFailed

from ingestion.errors import LoadFailed, one_line
from ingestion.landing import warehouse
from ingestion.landing.store import PIPELINE, Store
from ingestion.landing.tables import schema_of
from ingestion.settings import Settings

logger = logging.getLogger(__name__)

#: Loads of one package that may fail, in as many runs, before it is set aside. One whose failure is
#: final (a broken file, a type that does not fit) is set aside at once.
MAX_FAILURES = 3
#: The machine's fault, not the package's: by number, and as DuckDB words them.
_PATIENCE_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.EROFS}
_PATIENCE_WORDS = ("No space left", "Disk quota exceeded", "Out of Memory", "Too many open files")


class _ToOurLog(logging.Handler):
    """Hands dlt's records to our logging instead of the console."""

    def emit(self, record: logging.LogRecord) -> None:
        logging.getLogger("ingestion.dlt").handle(record)


def _quiet_dlt() -> None:
    # dlt makes a handler for stderr unless its logger already has one.
    log = logging.getLogger("dlt")
    if not any(isinstance(handler, _ToOurLog) for handler in log.handlers):
        log.handlers[:] = [_ToOurLog()]
        log.propagate = False


@dataclass(frozen=True, slots=True)
class SetAside:
    """A package that could not be loaded: where it lies now, and why (one line)."""

    load_id: str
    folder: Path
    reason: str


class Spool:
    """The packages of one data folder, on their way to a store. One process at a time."""

    def __init__(self, settings: Settings, store: Store) -> None:
        settings.prepare_dlt()
        _quiet_dlt()
        self._store = store
        self._warehouse = settings.warehouse
        self._pipelines = settings.state / "dlt" / "pipelines"
        self._aside = settings.state / "dlt" / "set_aside"
        self._failures = settings.state / "dlt" / "failures.json"
        settings.warehouse.parent.mkdir(parents=True, exist_ok=True)
        self._pipeline = self._open()
        self._schema = dlt.Schema(PIPELINE)

    def _open(self) -> Any:
        def pipeline() -> Any:
            return dlt.pipeline(
                PIPELINE,
                destination=self._store.destination(),
                dataset_name=self._store.dataset,
                pipelines_dir=str(self._pipelines),
            )

        try:
            return pipeline()
        except Exception:
            # Whatever is broken in there, a fresh folder is not.
            logger.warning("dlt's working folder cannot be read", exc_info=True)
            self._move_aside(self._pipelines / PIPELINE, "working_folder")
            return pipeline()

    def extract(
        self, tables: Mapping[str, pa.Table], files: Mapping[str, tuple[Path, int]] | None = None
    ) -> None:
        """Write one package with these rows, by raw table. It survives a kill from here on.

        `files` are Parquet files that go in as they are, with their numbers of rows.
        """

        @dlt.source(schema=self._schema)
        def package() -> Iterator[Any]:
            for name, table in tables.items():
                yield dlt.resource(
                    [table], name=name, write_disposition="append", file_format="parquet"
                )
            for name, (file, rows) in (files or {}).items():
                columns = schema_of(name).empty_table()
                marked = dlt.mark.with_file_import(str(file), "parquet", rows, hints=columns)
                yield dlt.resource(
                    [marked], name=name, write_disposition="append", file_format="parquet"
                )

        self._pipeline.extract(package())

    def pending(self) -> list[str]:
        """Ids of the packages that are not loaded, oldest first."""
        return sorted({*self._extracted(), *self._normalized()})

    def load(self) -> list[SetAside]:
        """Bring every package to the store; returns those that had to be set aside.

        Raises WarehouseLocked when another process holds the file, LoadFailed for a full disk, a
        place that cannot be written, and a failure that may pass: the packages then stay for the
        next time.
        """
        aside: list[SetAside] = []
        self._drop_normalized_twice()
        while self.pending():
            # A lock shows here, at once, and not in the middle of a load.
            self._store.prepare(self._tables_pending())
            try:
                self._pipeline.normalize()
                self._pipeline.load()
            except PipelineStepFailed as failure:
                aside.append(self._judge(failure))
        if not aside:
            self._failures.unlink(missing_ok=True)
        return aside

    def _judge(self, failure: PipelineStepFailed) -> SetAside:
        """Set the failed package aside, or raise what is no fault of the package."""
        lock = warehouse.locked(failure, self._warehouse)
        if lock is not None:
            raise lock from None
        causes = list(_causes(failure))
        for cause in causes:
            if isinstance(cause, MemoryError | KeyboardInterrupt):
                raise cause
            is_short_of_room = isinstance(cause, OSError) and cause.errno in _PATIENCE_ERRNOS
            if is_short_of_room or any(words in str(cause) for words in _PATIENCE_WORDS):
                raise LoadFailed(
                    f"{self._store.name} could not take in what was fetched: {one_line(cause)}"
                )
        self._store.check_writable()
        load_id = failure.load_id
        if load_id is None or load_id not in self.pending():
            raise failure
        failures: dict[str, int] = {}
        if self._failures.exists():
            failures = json.loads(self._failures.read_text())
        failures[load_id] = failures.get(load_id, 0) + 1
        final = failure.step == "normalize" or any("Terminal" in type(c).__name__ for c in causes)
        if not final and failures[load_id] < MAX_FAILURES:
            self._failures.write_text(json.dumps(failures))
            logger.warning("load package %s failed", load_id, exc_info=failure)
            raise LoadFailed(
                f"Load package {load_id} failed {failures[load_id]} of {MAX_FAILURES} times before "
                f"it is set aside; run again. {one_line(causes[-1])}"
            )
        reason = one_line(causes[-1])
        logger.warning("load package %s is set aside", load_id, exc_info=failure)
        return SetAside(load_id, self._set_aside(load_id), reason)

    def _set_aside(self, load_id: str) -> Path:
        target = self._aside / load_id
        for folder in self._folders(load_id):
            self._move_aside(folder, f"{load_id}/{folder.parent.name}")
        return target

    def _move_aside(self, folder: Path, name: str) -> None:
        target = self._aside / name
        number = 1
        while target.exists():
            number += 1
            target = self._aside / f"{name}_{number}"
        target.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists():
            shutil.move(folder, target)

    @property
    def _home(self) -> Path:
        return self._pipelines / PIPELINE

    def _extracted(self) -> list[str]:
        return _names(self._home / "normalize" / "extracted")

    def _normalized(self) -> list[str]:
        return _names(self._home / "load" / "normalized")

    def _folders(self, load_id: str) -> list[Path]:
        places = ("normalize/extracted", "load/new", "load/normalized")
        return [path for place in places if (path := self._home / place / load_id).exists()]

    def _tables_pending(self) -> set[str]:
        """Raw tables that have rows in the packages that wait."""
        places = (self._home / "normalize" / "extracted", self._home / "load" / "normalized")
        files = (file.name for place in places for file in place.glob("*/*_jobs/*"))
        return {name.partition(".")[0] for name in files if not name.startswith("_dlt")}

    def _drop_normalized_twice(self) -> None:
        """A kill between two steps of dlt leaves a package both before and after normalizing.

        It would be normalized again, onto its own result, and fail for ever.
        """
        extracted = set(self._extracted())
        if extracted:
            done = {*self._normalized(), *self._store.loaded()}
            for load_id in extracted & done:
                shutil.rmtree(self._home / "normalize" / "extracted" / load_id)


def _names(folder: Path) -> list[str]:
    """Names of the packages in a folder of dlt's, which are folders: a kill may leave a file of the
    middle of a rename beside them."""
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if path.is_dir())


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what caused it, outermost first."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = getattr(seen, "exception", None) or seen.__cause__ or seen.__context__
