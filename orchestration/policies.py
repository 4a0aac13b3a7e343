"""The one freshness policy that every asset carries."""

from __future__ import annotations

from datetime import timedelta

from dagster import FreshnessPolicy

#: A run a day keeps everything fresh; one missed day warns, two fail.
FRESHNESS = FreshnessPolicy.time_window(
    warn_window=timedelta(hours=36), fail_window=timedelta(hours=60)
)
