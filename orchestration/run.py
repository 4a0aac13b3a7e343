"""The whole graph in one headless run: what `make run` does.

Everything happens in this process but dbt and the site's build. The console shows progress and the
last lines; all that Dagster, dlt and dbt write goes to `logs/<run>.log`.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from rich.console import Console
from rich.text import Text

from ingestion.errors import WagehouseError
from ingestion.settings import Settings
from orchestration.display import Display
from orchestration.errors import ExpectedError
from orchestration.locks import run_lock
from orchestration.release import swap_link
from orchestration.report import INTERRUPTED, Failure, Report
from orchestration.spark.engine import check_engine

if TYPE_CHECKING:
    from dagster import ExecuteInProcessResult

log = logging.getLogger(__name__)

OK, FAILED, INTERRUPTED_CODE = 0, 1, 130
LOGS_KEPT = 30
LATEST = "latest.log"


@dataclass(frozen=True, slots=True)
class Errand:
    """What a run is to do: everything, or one search of one source."""

    with_site: bool = True
    #: The source to ask, and nothing else, and the config of its step.
    source: str | None = None
    config: Mapping[str, Any] = field(default_factory=dict)


def run(settings: Settings, errand: Errand) -> int:
    """Run once; the exit code. Raises RunInProgressError when another run is on."""
    with (
        run_lock(settings.data, settings.state, "A run"),
        _log_file(settings.logs) as (console, path),
        _ended_by_sigterm(),
    ):
        shown_path = _relative(path)
        with Display(console) as display:
            report = display.report
            try:
                _execute(settings, display, errand)
            except (KeyboardInterrupt, SystemExit):
                report.failures.append(Failure("run", INTERRUPTED, is_expected=True))
            except (ExpectedError, WagehouseError) as error:
                log.error("The run failed", exc_info=error)
                report.failures.append(Failure("run", str(error), is_expected=True))
            except Exception as error:  # the last resort: one line, the trace in the log
                log.error("The run failed", exc_info=error)
                line = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
                report.failures.append(Failure("run", line, is_expected=False))
        if errand.source is None:
            _write_status(settings, report)
        _last_lines(console, settings, report, shown_path, errand)
        if report.is_interrupted:
            return INTERRUPTED_CODE
        return FAILED if _has_failed(report, errand) else OK


def _execute(settings: Settings, display: Display, errand: Errand) -> None:
    # Imported here: dagster, dlt and dbt take 4 s, and the console should not stay empty.
    from ingestion import check_selection, whole_run

    if errand.source is None:
        check_selection(settings)
        check_engine(settings)
    display.phase("reading the models")
    from orchestration.models import ensure_manifest

    ensure_manifest()
    display.phase("starting Dagster")
    from dagster._core.utils import make_new_run_id

    from orchestration.definitions import defs
    from orchestration.home import HEADLESS, cancel_stale, prepare_home, quiet_instance
    from orchestration.jobs import EVERYTHING
    from orchestration.progress import listening

    job = defs.resolve_job_def(EVERYTHING)
    layer = job.asset_layer
    selection = [key for key in layer.executable_asset_keys if _is_wanted(key.path, errand)]
    display.expect(len({layer.get_op_output_handle(key).node_handle for key in selection}))
    # A run killed before its end is continued by the next one, which then fetches nothing twice.
    with whole_run(settings), quiet_instance(prepare_home(settings.state)) as instance:
        canceled = cancel_stale(instance, HEADLESS)
        if canceled:
            log.warning("Marked %d runs that were killed as canceled", canceled)
        run_id = make_new_run_id()
        instance.add_event_listener(run_id, display.on_event)
        with listening(display.on_tell):
            result: ExecuteInProcessResult = job.execute_in_process(
                instance=instance,
                run_id=run_id,
                asset_selection=selection,
                raise_on_error=False,
                tags=HEADLESS,
                run_config={
                    "loggers": {"console": {"config": {"log_level": "ERROR"}}},
                    "ops": {errand.source: {"config": errand.config}} if errand.source else {},
                },
            )
    if not result.success and not display.report.failures:
        display.report.failures.append(
            Failure("run", f"Dagster run {run_id} failed before its first step", is_expected=False)
        )


def _has_failed(report: Report, errand: Errand) -> bool:
    """Whether the errand came to nothing: of one source, that nothing landed."""
    if errand.source is None:
        return report.status == "failed"
    line = report.sources.get(errand.source)
    return bool(report.failures) or line is None or line.status == "failed"


def _is_wanted(path: Sequence[str], errand: Errand) -> bool:
    """Whether an asset belongs to the errand: of one source only what it lands."""
    if errand.source is not None:
        return path[0] == "raw" and path[-1].startswith(f"{errand.source}__")
    return errand.with_site or path[0] != "site"


def _write_status(settings: Settings, report: Report) -> None:
    from ingestion import quotas
    from orchestration.status import status, write_status

    write_status(settings.data / "site", status(report, quotas(settings), settings.now()))


def _last_lines(
    console: Console, settings: Settings, report: Report, path: str, errand: Errand
) -> None:
    console.print()
    for _, line in sorted(report.sources.items()):
        console.print(f"{line.source:<12} {line.text()}", soft_wrap=True)
    if report.passed or report.warned:
        console.print(f"{'tests':<12} {report.passed:,} passed, {report.warned:,} warned")
    if report.release:
        state = "new" if report.is_new else "unchanged, nothing published changed"
        console.print(f"{'release':<12} {report.release} ({state})", soft_wrap=True)
    if report.is_demo:
        console.print(
            "These are DEMO data: generated, not real. The first real records replace them.",
            style="bold yellow",
            soft_wrap=True,
        )
    site = settings.data / "site"
    if report.failures:
        lines = [
            failure.line if failure.is_expected else f"{failure.step}: {failure.line}"
            for failure in report.failures
        ]
        for text in dict.fromkeys(lines):
            console.print(Text(f"Failed: {text}", style="bold red"), soft_wrap=True)
        console.print(f"Details: {path}", soft_wrap=True)
    elif errand.source is not None:
        if not _has_failed(report, errand):
            console.print("It has landed; make run builds from it.")
    elif site.exists():
        console.print(f"{'site':<12} {_relative(site)}   look at it with: make serve")
    console.file.flush()


@contextmanager
def _log_file(logs: Path) -> Iterator[tuple[Console, Path]]:
    """Send what this process and its children write to a log; a console on the real output."""
    logs.mkdir(parents=True, exist_ok=True)
    path = logs / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{os.getpid()}.log"
    sys.stdout.flush()
    sys.stderr.flush()
    saved = os.dup(1), os.dup(2)
    terminal: TextIO = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")
    with path.open("ab", buffering=0) as file, terminal:
        swap_link(logs / LATEST, path.name)
        _retire(logs)
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        logging.basicConfig(
            level=logging.INFO,
            format="%(asctime)s %(levelname)s %(name)s %(message)s",
            stream=sys.stderr,
            force=True,
        )
        logging.getLogger("alembic").setLevel(logging.WARNING)
        try:
            yield Console(file=terminal, highlight=False, markup=False), path
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os.dup2(saved[0], 1)
            os.dup2(saved[1], 2)
            for descriptor in saved:
                os.close(descriptor)


def _retire(logs: Path) -> None:
    old = sorted(path for path in logs.glob("*.log") if not path.is_symlink())[:-LOGS_KEPT]
    for path in old:
        path.unlink(missing_ok=True)


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """End like by Ctrl-C on SIGTERM, so that dbt and the site's build end too."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _relative(path: Path) -> str:
    with suppress(ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)
