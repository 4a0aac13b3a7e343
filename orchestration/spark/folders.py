"""Where Spark keeps what it makes."""

from __future__ import annotations

import os
from pathlib import Path

from ingestion.settings import REPO, Settings

TABLES = "WAGEHOUSE_SPARK_WAREHOUSE"
#: Settings of Spark's processes: how little they log.
CONF = Path(__file__).with_name("conf")


def tables_folder(settings: Settings) -> str:
    """Folder of Spark's tables, an absolute path or a URL.

    A table lies at `<folder>/<schema>.db/<table>/*.parquet`. Both Spark targets have it in common.
    """
    told = os.environ.get(TABLES, "").rstrip("/")
    if not told:
        return str(settings.spark / "warehouse")
    if told.startswith("file:"):
        return "/" + told.removeprefix("file:").lstrip("/")
    if "://" in told:
        return told
    path = Path(told).expanduser()
    return os.path.normpath(path if path.is_absolute() else REPO / path)


def metastore(settings: Settings) -> Path:
    """Spark's catalog on this machine, a Derby database that one process at a time may hold."""
    return settings.spark / "metastore_db"
