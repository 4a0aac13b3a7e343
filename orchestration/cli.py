"""The verbs behind the Makefile: run, serve, sql, logs, cluster, dev, docs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, TypeVar

import typer
from rich.console import Console

from ingestion.errors import WagehouseError
from ingestion.search import ask_of
from ingestion.settings import Settings
from orchestration import paths
from orchestration.environment import export
from orchestration.errors import ExpectedError, RunInProgressError, lock_message
from orchestration.files.cli import add_verbs
from orchestration.locks import run_lock

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Wagehouse: an open job-market and salary warehouse.",
)
_FAILED, _USAGE, _IN_PROGRESS = 1, 2, 3
_QUIET = ("--no-use-colors", "--quiet")
T = TypeVar("T")
_PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


@app.command()
def run(
    site: Annotated[bool, typer.Option(help="Build the site too.")] = True,
    sources: Annotated[
        str | None, typer.Option(help="Comma list of sources, instead of WAGEHOUSE_SOURCES.")
    ] = None,
) -> None:
    """Collect, build, test, publish, build the site."""
    if sources is not None:
        os.environ["WAGEHOUSE_SOURCES"] = sources
    settings = _settings()
    from ingestion import selected_sources
    from orchestration.run import Errand
    from orchestration.run import run as run_errand

    _or_one_line(lambda: selected_sources(settings), code=_USAGE)
    raise typer.Exit(_or_one_line(lambda: run_errand(settings, Errand(with_site=site))))


@app.command()
def collect(
    source: Annotated[str, typer.Option(help="The source to ask, as it is named in settings.")],
    query: Annotated[str | None, typer.Option(help="Words to search for.")] = None,
    where: Annotated[str | None, typer.Option(help="Place, as the source writes it.")] = None,
    country: Annotated[str | None, typer.Option(help="Country, two letters.")] = None,
    category: Annotated[str | None, typer.Option(help="Category, as the source has it.")] = None,
    rome: Annotated[str | None, typer.Option(help="ROME codes, separated by commas.")] = None,
    level: Annotated[str | None, typer.Option(help="Level, as the source has it.")] = None,
    company: Annotated[str | None, typer.Option(help="Employer or board.")] = None,
    since: Annotated[str | None, typer.Option(help="First day, 2026-01-31.")] = None,
    until: Annotated[str | None, typer.Option(help="Last day.")] = None,
    limit: Annotated[int | None, typer.Option(help="Records at most.")] = None,
    full: Annotated[bool, typer.Option(help="Enumerate, where a cursor would do.")] = False,
) -> None:
    """Ask one source once, for a search of its own or anew for what the settings say."""
    settings = _settings()
    from ingestion.source import source as source_of
    from orchestration.run import Errand
    from orchestration.run import run as run_errand

    spec = _or_one_line(lambda: source_of(source), code=_USAGE)
    given = {
        "words": query,
        "place": where,
        "country": country,
        "category": category,
        "rome": rome,
        "level": level,
        "company": company,
        "since": since,
        "until": until,
        "maximum": limit,
    }
    search = {name: value for name, value in given.items() if value is not None}
    config = {"searches": [search] if search else [], "full": full or not search}
    _or_one_line(lambda: ask_of(config, spec), code=_USAGE)
    raise typer.Exit(
        _or_one_line(lambda: run_errand(settings, Errand(source=source, config=config)))
    )


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="Port on this machine; 0 takes a free one.")] = 8000,
    base_path: Annotated[str, typer.Option(help="Path under which to show it.")] = "",
) -> None:
    """Serve the built site on this machine."""
    settings = _settings()
    from orchestration.serve import SiteServer

    site = settings.data / "site"
    if not site.exists():
        _say("There is no site yet: make run builds it.")
        raise typer.Exit(_FAILED)
    try:
        server = SiteServer(site, port, base_path=base_path)
    except OSError as error:
        _say(f"Port {port} cannot be used ({error.strerror}): name another with --port.")
        raise typer.Exit(_FAILED) from None
    with server, suppress(KeyboardInterrupt):
        _say(f"{server.url}   (Ctrl-C ends it)")
        server.serve_forever()


@app.command()
def sql(
    command: Annotated[
        str | None, typer.Option("--command", "-c", help="Run this and end.")
    ] = None,
) -> None:
    """A prompt on the published database, read-only, also while a run writes."""
    settings = _settings()
    from orchestration.sql import prompt, published_database, query

    database = _or_one_line(lambda: published_database(settings.releases))
    console = Console(highlight=False)
    if command is None:
        prompt(database, console, settings.state / "sql_history")
    elif not query(database, command, console):
        raise typer.Exit(_FAILED)


@app.command()
def logs() -> None:
    """Follow the log of the last run."""
    settings = _settings()
    from orchestration.logs import follow
    from orchestration.run import LATEST

    try:
        _or_one_line(lambda: follow(settings.logs / LATEST, settings.state, sys.stdout))
    except (KeyboardInterrupt, BrokenPipeError):
        raise typer.Exit from None


@app.command()
def cluster(
    action: Annotated[str, typer.Argument(help="start, stop or status.")] = "start",
) -> None:
    """A Spark cluster on this machine: a master, two workers, a Thrift server."""
    settings = _settings()
    from orchestration.spark import cluster as spark

    if action == "start":
        _say(_or_one_line(lambda: spark.start(settings, _say)).line())
    elif action == "stop":
        ended = _or_one_line(lambda: spark.stop(settings))
        _say(f"Ended {ended} processes." if ended else "There was no cluster.")
    elif action == "status":
        found = spark.find(settings)
        _say(found.line() if found else "There is no cluster: make cluster starts one.")
        raise typer.Exit(0 if found and found.is_up else _FAILED)
    else:
        _say(f"{action} is none of start, stop, status.")
        raise typer.Exit(_USAGE)


@app.command(context_settings=_PASSED_ON)
def dev(context: typer.Context) -> None:
    """Dagster's pages: the asset graph, runs, schedules; options are those of `dagster dev`."""
    settings = _settings()
    from orchestration.home import cancel_stale, prepare_home, quiet_instance

    home = prepare_home(settings.state)
    try:
        with run_lock(settings.data, settings.state, "make dev"), quiet_instance(home) as instance:
            cancel_stale(instance)
    except RunInProgressError:
        _say("A run is in progress; steps started here wait for it to end or say so.")
    os.chdir(paths.REPOSITORY)
    os.execv(
        sys.executable,
        [sys.executable, "-m", "dagster", "dev", "-m", "orchestration.definitions", *context.args],
    )


@app.command(context_settings=_PASSED_ON)
def docs(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 8081,
    generate_only: Annotated[bool, typer.Option(help="Write them and end.")] = False,
) -> None:
    """Write dbt's documentation of every model, column and test, and serve it."""
    settings = _settings()
    from orchestration.models import dbt_executable

    target = settings.state / "dbt_docs"
    target.mkdir(parents=True, exist_ok=True)
    common = ["--target-path", str(target), "--log-path", str(target)]
    done = subprocess.run(
        # Where Spark has built, warehouse.duckdb shows its tables.
        [dbt_executable(), *_QUIET, "docs", "generate", "--target", "duckdb", *common],
        cwd=paths.DBT_PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        text = done.stdout + done.stderr
        locked = lock_message(text, settings.warehouse)
        _say(locked or f"dbt docs failed: {' '.join(text.split())[:300]}")
        raise typer.Exit(_FAILED)
    _say(f"Documentation in {target}")
    if not generate_only:
        _say(f"http://127.0.0.1:{port}")
        os.chdir(paths.DBT_PROJECT)
        served = ["docs", "serve", "--port", str(port), "--no-browser", *common, *context.args]
        os.execv(dbt_executable(), [dbt_executable(), *served])


def main() -> None:
    """Run the verb of the command line."""
    add_verbs(app, _settings, _or_one_line)
    app()


def _settings() -> Settings:
    settings = _or_one_line(Settings.load, code=_USAGE)
    export(settings)
    return settings


def _or_one_line(action: Callable[[], T], code: int = _FAILED) -> T:
    """What the action gives; an expected error ends the program with its one line."""
    try:
        return action()
    except RunInProgressError as error:
        _say(str(error))
        raise typer.Exit(_IN_PROGRESS) from None
    except (ExpectedError, WagehouseError) as error:
        _say(str(error))
        raise typer.Exit(code) from None


def _say(text: str) -> None:
    Console(stderr=True, highlight=False).print(text, soft_wrap=True, markup=False)
