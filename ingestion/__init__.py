"""Collecting: sources, how they are asked, and how what they answer is landed.

What is here is all that orchestration uses. dlt and DuckDB are imported when a function needs them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from ingestion.collection import CollectResult, check_selection, collect, demo_is_needed, quotas
from ingestion.settings import Settings
from ingestion.source import SourceSpec, available_sources, selected_sources
from ingestion.unfinished import whole_run

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Without a handler of the application's, nothing of ours or of dlt's goes to the console.
logging.getLogger("ingestion").addHandler(logging.NullHandler())


def land_reference(
    settings: Settings, progress: Callable[[str], None] | None = None
) -> CollectResult:
    """Land package data (places, countries, rates) that is not there; see `ingestion.reference`."""
    from ingestion import reference

    return reference.land_reference(settings, progress)


def carry_raw(settings: Settings, progress: Callable[[str], None] | None = None) -> dict[str, int]:
    """Carry raw to where the settings want it, where it lies elsewhere; returns the rows moved, by
    table; see `ingestion.landing.carry`. Landing does it, too; a build without it must not."""
    from ingestion.landing import carry

    return carry.carry_raw(settings, progress)


def show_raw(settings: Settings) -> None:
    """Make schema raw of the warehouse show what lies on the path: views, made anew."""
    from ingestion.landing import store

    store.current(settings).show()


def register_raw(connection: DuckDBPyConnection, settings: Settings) -> None:
    """Let a connection to the warehouse read schema raw where raw lies in a bucket: DuckDB reads
    that through fsspec. Elsewhere it needs nothing."""
    if settings.raw_path is not None and "://" in settings.raw_path:
        from ingestion.landing.path_store import PathStore

        PathStore(settings.raw_path, settings).register(connection)


def fold_sightings(settings: Settings) -> int:
    """Fold old sightings, returns the rows that made needless; see `ingestion.landing.fold`."""
    from ingestion.landing import fold

    return fold.fold_sightings(settings)


__all__ = [
    "CollectResult",
    "Settings",
    "SourceSpec",
    "available_sources",
    "carry_raw",
    "check_selection",
    "collect",
    "demo_is_needed",
    "fold_sightings",
    "land_reference",
    "quotas",
    "register_raw",
    "selected_sources",
    "show_raw",
    "whole_run",
]
