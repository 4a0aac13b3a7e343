"""What child processes (dbt, the site's build) find in their environment."""

from __future__ import annotations

import os

from ingestion.settings import Settings


def export(settings: Settings) -> None:
    """Give child processes the data folder as an absolute path, wherever they are started.

    dbt's profile appends `dev` by itself, hence the parent there.
    """
    folder = settings.data.parent if settings.env == "dev" else settings.data
    os.environ["WAGEHOUSE_DATA"] = str(folder)
