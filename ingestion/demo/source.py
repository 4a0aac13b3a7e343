"""The source `demo`: the client of The Muse, pointed at a server of generated records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from ingestion.demo.boards import demo_api
from ingestion.demo.generator import MAX_SIZE, Board
from ingestion.demo.sample import MAPPING, SAMPLE_FILE
from ingestion.demo.server import ROOT, Loopback
from ingestion.files.land import land_file
from ingestion.files.mapping import load_mapping
from ingestion.the_muse import TheMuseSettings
from ingestion.the_muse import fetch as fetch_muse

if TYPE_CHECKING:
    from ingestion.collection import Collection

#: The demo's server has no cap on pages.
NO_CAP = MAX_SIZE


class DemoSettings(TheMuseSettings):
    """Settings of the demo. hostile: share of records that are spoiled on purpose, for tests."""

    size: int = Field(default=3_000, ge=0, le=MAX_SIZE)
    seed: int = 1
    hostile: float = Field(default=0, ge=0, le=1)


def fetch(collection: Collection) -> None:
    """Fetch the generated records of today, and land the generated sample file."""
    config = collection.config
    if not isinstance(config, DemoSettings):
        raise TypeError(f"{type(config).__name__} are not the settings of the demo")
    if config.base_url:
        fetch_muse(collection, cap=NO_CAP)
    else:
        board = Board(config.seed, collection.settings.now().date(), config.size, config.hostile)
        with Loopback(demo_api(board)) as server:
            fetch_muse(collection, base_url=server.url + ROOT, cap=NO_CAP)
    land_file(collection.landing, SAMPLE_FILE, load_mapping(MAPPING), collection.say)
