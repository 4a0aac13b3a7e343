"""The verbs load, map, files and retry of the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from ingestion.settings import Settings

Guard = Callable[..., Any]
_File = Annotated[
    str | None, typer.Option("--file", help="Path of the file; without it the whole inbox.")
]


def add_verbs(app: typer.Typer, settings_of: Callable[[], Settings], guarded: Guard) -> None:
    """Add the verbs; `guarded` runs an action and ends the program with its expected error."""

    @app.command()
    def load(
        file: _File = None,
        mapping: Annotated[str | None, typer.Option(help="Path of its mapping.")] = None,
    ) -> None:
        """Land a file, build and test what it needs, print what it pays."""
        settings = settings_of()
        from ingestion.search import Ask
        from orchestration.files.load import load as load_files

        ask = Ask(file=_absolute(file), mapping=_absolute(mapping)) if file else None
        raise typer.Exit(guarded(lambda: load_files(settings, ask, Console(highlight=False))))

    @app.command("map")
    def map_file(
        file: Annotated[str, typer.Option(help="Path of the file.")],
        write: Annotated[bool, typer.Option("--yes", help="Write it without a question.")] = False,
    ) -> None:
        """Propose a mapping for a file, show rows as they would land, write it after a yes."""
        settings = settings_of()
        from orchestration.files.mapping import propose_mapping

        console = Console(highlight=False)
        raise typer.Exit(
            guarded(lambda: propose_mapping(settings, Path(file), console, write=write))
        )

    @app.command()
    def files() -> None:
        """Every file with its state, rows, what is quarantined of it, its mapping."""
        settings = settings_of()
        from orchestration.files.listing import show_files

        guarded(lambda: show_files(settings, Console(highlight=False)))

    @app.command()
    def retry() -> None:
        """Take corrected rows and files out of quarantine again."""
        settings = settings_of()
        from ingestion.search import Ask
        from orchestration.files.load import load as load_files

        console = Console(highlight=False)
        raise typer.Exit(guarded(lambda: load_files(settings, Ask(again=True), console)))


def _absolute(path: str | None) -> str | None:
    # Not resolved: a link is to be seen as one.
    return str(Path(path).absolute()) if path else None
