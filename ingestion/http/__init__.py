"""Asking HTTP sources: one client, its limits, its retries, and what keeps secrets out of sight."""
