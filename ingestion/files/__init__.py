"""Dropped files: a CSV in the inbox with a mapping beside it becomes rows of `raw.files__rows`.

`mapping` tells what a mapping holds, `land` what lands.
"""

from __future__ import annotations

from ingestion.files.inbox import fetch
from ingestion.files.land import MAPPINGS, ROWS
from ingestion.source import FILES, SourceSpec, Terms

SPEC = SourceSpec(
    name=FILES,
    title="Dropped files",
    kind="file",
    url="",
    endpoints=(ROWS, MAPPINGS),
    fetch=fetch,
    # Each mapping brings the terms of its own file.
    terms=Terms(attribution="", attribution_url="", licence=""),
)

__all__ = ["SPEC", "fetch"]
