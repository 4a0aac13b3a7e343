"""Asking HTTP sources: one client, its limits, its retries, and what keeps secrets out of sight."""

from ingestion.http.cache import Keep
from ingestion.http.client import ApiClient
from ingestion.http.oauth import ClientCredentials
from ingestion.http.paging import (
    CountedPages,
    CursorPages,
    LinkedPages,
    OffsetPages,
    RangedPages,
)
from ingestion.http.streams import Line, Lines, records_in
from ingestion.http.verdict import Answer, Verdict

__all__ = [
    "Answer",
    "ApiClient",
    "ClientCredentials",
    "CountedPages",
    "CursorPages",
    "Keep",
    "Line",
    "Lines",
    "LinkedPages",
    "OffsetPages",
    "RangedPages",
    "Verdict",
    "records_in",
]
