"""Generated jobs for tests that need records and no particular ones."""

from __future__ import annotations

from datetime import date
from typing import Any

from ingestion.demo.generator import Board


def generated_jobs(count: int, day: date = date(2026, 3, 2)) -> list[dict[str, Any]]:
    """Exactly `count` jobs of a generated board, in The Muse's shape."""
    jobs = list(Board(seed=7, day=day, size=count + count // 5 + 20).jobs())
    return jobs[:count]
