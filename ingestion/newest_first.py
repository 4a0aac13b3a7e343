"""What sources share that list the newest posting first: where a walk may end.

None of them promises the order. So a walk ends only at a page that is older as a whole, and each
source walks through everything now and then.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from ingestion.http.verdict import whole
from ingestion.search import Search

if TYPE_CHECKING:
    from ingestion.collection import Collection

#: Seconds since 1970 beyond which a number can only be milliseconds: the year 5138.
_MILLISECONDS = 100_000_000_000


def span_of(
    collection: Collection, endpoint: str, search: Search
) -> tuple[Literal["full", "cursor"], datetime | None]:
    """The mode of a search's slice, and the time (UTC) before which nothing is wanted: the first of
    its days, or where a cursor begins; None: everything is."""
    if search.window:
        return "cursor", None if search.since is None else _start_of(search.since.isoformat())
    since = collection.since(endpoint, search.scope)
    return "full" if since is None else "cursor", since


def moment_of(record: Any, field: str) -> datetime | None:
    """The time in a field, in seconds or milliseconds since 1970 or an ISO date; None where it
    holds none."""
    found = record.get(field) if isinstance(record, dict) else None
    value = whole(found)
    try:
        if value is not None:
            return datetime.fromtimestamp(value / 1000 if value > _MILLISECONDS else value, UTC)
        return _start_of(found[:10]) if isinstance(found, str) else None
    except (ValueError, OverflowError, OSError):
        return None


def older(since: datetime | None, field: str) -> Callable[[list[Any]], bool]:
    """Tells from a page that none of those after it is wanted."""

    def is_past(records: list[Any]) -> bool:
        known = [moment for one in records if (moment := moment_of(one, field)) is not None]
        return since is not None and bool(known) and max(known) < since

    return is_past


def wanted(search: Search, field: str) -> Callable[[Any], bool]:
    """Tells whether a record is of a search's days, as far as it names any."""

    def is_wanted(record: Any) -> bool:
        moment = moment_of(record, field) if search.window else None
        return moment is None or search.holds(moment.date().isoformat())

    return is_wanted


def _start_of(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)
