"""`status.json` at the root of the site: what changes without the data, read at view time."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.report import REFERENCE, Report

if TYPE_CHECKING:
    from ingestion.http.limits import QuotaState

NAME = "status.json"


def status(report: Report, quotas: Sequence[QuotaState], now: datetime) -> dict[str, Any]:
    """What the site shows of the last run: when, how it ended, each source, the quotas left."""
    return {
        "last_run_at": now.isoformat(timespec="seconds"),
        "last_run_status": report.status,
        "reason": report.reason,
        "sources": [
            asdict(line) for name, line in sorted(report.sources.items()) if name != REFERENCE
        ],
        "quotas": [
            {
                **asdict(quota),
                "resets_at": quota.resets_at and quota.resets_at.isoformat(timespec="seconds"),
            }
            for quota in quotas
        ],
    }


def write_status(site: Path, content: dict[str, Any]) -> bool:
    """Write it into the folder that the symlink `site` names now; False when there is no site yet.

    Readers find the old file or the new one, never a part.
    """
    folder = site.resolve()
    if not folder.is_dir():
        return False
    temporary = folder / f".{NAME}.{os.getpid()}"
    temporary.write_text(json.dumps(content, indent=2) + "\n")
    temporary.replace(folder / NAME)
    return True
