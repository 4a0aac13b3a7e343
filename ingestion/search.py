"""What a user wants of a source: searches, and what one run is asked for beside the settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingestion.errors import SettingsError

if TYPE_CHECKING:
    from ingestion.source import SourceSpec

_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Search(BaseModel):
    """One of SEARCHES. A source takes those of the fields that it knows and refuses the others.

    Fields are as the source writes them: labels, codes, names. `rome`, `category` and `place` may
    hold several, separated by commas, where the source takes several.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: str | None = None
    #: ISO 3166 code of two letters.
    country: str | None = Field(default=None, pattern="^[A-Za-z]{2}$")
    place: str | None = None
    category: str | None = None
    rome: str | None = None
    level: str | None = None
    company: str | None = None
    #: Postings of these days only (source's own days); a backfill.
    since: date | None = None
    until: date | None = None
    #: Records at most; the slice is then not complete.
    maximum: int | None = Field(default=None, ge=1)

    @property
    def scope(self) -> str:
        """The stable name of what is enumerated: all but the days and the maximum."""
        outside = ("since", "until", "maximum")
        parts = [
            f"{name}={value}" for name, value in self if value is not None and name not in outside
        ]
        return ",".join(parts) or "all"

    @property
    def window(self) -> str:
        """Name of the slice that holds only the days that are asked for, "" where none are. A run
        of such slices enumerates nothing and moves no cursor."""
        days = (("since", self.since), ("until", self.until))
        return ",".join(f"{name}={day}" for name, day in days if day is not None)

    def holds(self, day: str) -> bool:
        """Whether a day (ISO date, or a time that begins with one) is among those asked for; what
        is no date may be."""
        day = day[:10]
        if not _DAY.fullmatch(day):
            return True
        after = self.since is None or day >= self.since.isoformat()
        return after and (self.until is None or day <= self.until.isoformat())


#: Fields that every source with searches takes.
ALWAYS = frozenset({"maximum"})


@dataclass(frozen=True, slots=True)
class Ask:
    """What one invocation is asked for in place of the settings: `make collect`, or a run config.

    Such a run stands by itself: it does not go on where another was cut short, nor where a cursor
    stands.
    """

    searches: tuple[Search, ...] = ()
    #: Collect what the settings say, all of it.
    full: bool = False
    #: One dropped file by its path, and the mapping to read it by (default: found).
    file: str | None = None
    mapping: str | None = None
    #: What lies in quarantine is tried again.
    again: bool = False


def ask_of(config: Mapping[str, Any], spec: SourceSpec) -> Ask | None:
    """What a run config asks of a source: `searches`, a list of objects, and `full`; None where it
    asks nothing. Raises SettingsError, one line, for what cannot be read or the source cannot do.
    """
    try:
        searches = tuple(Search.model_validate(one) for one in config.get("searches") or ())
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False)[0]
        name = ".".join(map(str, first["loc"])) or "it"
        raise SettingsError(f"The search cannot be read: {name}: {first['msg']}") from None
    check_searches(spec.name, searches, spec.searches)
    full, file = bool(config.get("full")), config.get("file") or None
    if file and spec.kind != "file":
        raise SettingsError(f"{spec.name} reads no files: leave out file.")
    mapping = config.get("mapping") or None
    again = bool(config.get("again"))
    return Ask(searches, full, file, mapping, again) if searches or full or file or again else None


def check_searches(source: str, searches: tuple[Search, ...], known: frozenset[str]) -> None:
    """Raise SettingsError, one line, where a search has what the source does not know."""
    for search in searches:
        if not known:
            raise SettingsError(f"{source} has no searches: it is collected as it is.")
        unknown = [
            name
            for name, value in search
            if value is not None and name not in known and name not in ALWAYS
        ]
        if unknown:
            raise SettingsError(
                f"{source} cannot search by {', '.join(unknown)}. It takes "
                f"{', '.join(sorted(known | ALWAYS))}."
            )
        if search.since and search.until and search.since > search.until:
            raise SettingsError(f"{source}: a search from {search.since} until {search.until}")
