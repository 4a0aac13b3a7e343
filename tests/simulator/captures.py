"""Captured or generated answers in folders, as the records that a simulator serves."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def records_of(path: Path) -> list[dict[str, Any]]:
    """Distinct records by id of a file or folder, in the order first met; the last one met stands.

    A file holds a list of records or a whole body with `results`; a folder holds such files, taken
    in the order of their names. Bodies without results, such as errors, have no records.
    """
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    found: dict[Any, dict[str, Any]] = {}
    for file in files:
        content = json.loads(file.read_bytes())
        records = content if isinstance(content, list) else content.get("results", [])
        for record in records:
            found[record["id"]] = record
    return list(found.values())


def days_of(folder: Path, pattern: str) -> dict[date, list[dict[str, Any]]]:
    """The records of each file or folder that matches the pattern, by the date in its name."""
    found = {}
    for path in sorted(folder.glob(pattern)):
        day = _DAY.search(path.name)
        if day:
            found[date.fromisoformat(day[0])] = records_of(path)
    return found
