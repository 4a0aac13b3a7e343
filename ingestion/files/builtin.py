"""The mapping of saved web pages, whose columns have canonical names already."""

from __future__ import annotations

from pathlib import Path

from ingestion.files.mapping import Mapping
from ingestion.files.opening import PAGES
from ingestion.files.table import suffixes

#: Used where a page has no mapping of its own; nothing of it enters a public release.
BUILT_IN = Mapping.model_validate(
    {
        "name": "pages",
        "origin": "advertised",
        "snapshot": "partial",
        "key": "id",
        "fields": {
            name: name
            for name in (
                *("title", "description", "company", "city", "region", "country", "latitude"),
                *("longitude", "employment_type", "contract", "workplace", "pay_min", "pay_max"),
                *("currency", "period", "skills", "category", "posted_on", "expires_on", "url"),
            )
        },
        "terms": {"name": "Saved web pages", "attribution": "The employers' own pages"},
    }
)


def is_page(name: str) -> bool:
    """Whether a file of that name is a web page."""
    return suffixes(Path(name))[0] in PAGES
