"""Asking HTTP sources: one client, its limits, its retries, and what keeps secrets out of sight."""

from ingestion.http.client import Answer, ApiClient, CountedPages

__all__ = ["Answer", "ApiClient", "CountedPages"]
