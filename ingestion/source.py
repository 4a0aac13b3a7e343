"""How a source is declared, and the list of those there are.

A source is a package or module of `ingestion` with a `SPEC`; it is found by that name, nothing else
has to be edited to add one.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from pydantic import SecretStr

import ingestion
from ingestion.errors import DemoRefused, UnknownSourceError
from ingestion.settings import Settings, SourceSettings

if TYPE_CHECKING:
    from ingestion.collection import Collection
    from ingestion.http.verdict import Verdict

#: Rate limits that hold at once: (requests, seconds) each.
Windows = tuple[tuple[int, float], ...]

#: Packages of `ingestion` that are machinery, not sources.
_MACHINERY = frozenset(
    {
        "boards",
        "collection",
        "counts",
        "declared",
        "details",
        "errors",
        "harvest",
        "http",
        "landing",
        "newest_first",
        "reference",
        "search",
        "settings",
        "source",
        "unfinished",
    }
)

#: The source that reads dropped files; it is always collected.
FILES = "files"
#: The source of generated data.
DEMO = "demo"
#: The raw table of all dropped files, and the source within it that is the committed sample.
FILES_TABLE = "files__rows"
SAMPLE = "file_sample"


@dataclass(frozen=True, slots=True)
class EndpointSpec:
    """One kind of record of a source.

    Paths are dotted (`company.id`); lists on the way are gone through.
    """

    name: str
    #: Where the record's id stands; a whole number or a text that is not empty.
    id_field: str
    #: Left out of the content hash: a change in them is no new version.
    volatile: tuple[str, ...] = ()
    #: Removed before landing: personal data, secrets echoed by the source.
    drop: tuple[str, ...] = ()
    #: How often every record is met, i.e. when absence means something; None: never.
    full_every: timedelta | None = None
    #: The input contract: path to kind, as `landing.contract` reads it. A record that breaks it
    #: lands all the same; breaches are counted by field and run.
    fields: Mapping[str, str] = field(default_factory=dict)
    #: A run by cursor begins again this long before the last complete one did; None: no cursor.
    overlap: timedelta | None = None
    #: An equal request is answered from disk for so long; None: never.
    cache: timedelta | None = None
    #: Takes out what must never be written (a key in an address, say), before anything else is
    #: done with a record. Takes any JSON object, leaves the given one as it is, and changes nothing
    #: of its own result.
    prepare: Callable[[dict[str, Any]], dict[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What the source allows, as its terms say."""

    attribution: str
    attribution_url: str
    licence: str
    may_show_listing: bool = False
    must_show_all: bool = False
    may_publish_aggregates: bool = False
    may_redistribute: bool = False
    retention_days: int | None = None


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A source: what it has, how fast it may be asked, and the function that fetches it."""

    name: str
    title: str
    kind: Literal["api", "file", "demo"]
    url: str
    endpoints: tuple[EndpointSpec, ...]
    #: Fetches everything through the `Collection` it is given. Raises SourceStopped when the source
    #: cannot go on; whatever else it raises is a bug of ours.
    fetch: Callable[[Collection], None]
    terms: Terms
    settings_class: type[SourceSettings] = SourceSettings
    #: Windows without a key and, where that differs, with one: (requests, seconds) each.
    rate: Windows = ()
    rate_with_key: Windows = ()
    #: Setting (field name) of a key that is optional.
    optional_key: str | None = None
    #: An unfinished run younger than this is continued under its run_id.
    interval: timedelta = timedelta(hours=20)
    #: Settings (field names) without which the source cannot be asked.
    needs: tuple[str, ...] = ()
    #: Collected only where WAGEHOUSE_SOURCES names it.
    opt_in: bool = False
    #: A load package after every answer that takes its time: for sources whose calls are scarce.
    scarce: bool = False
    #: Answers that are successes.
    success: frozenset[int] = field(default=frozenset({200}))
    #: Refines the judgement of each answer: an error in a success, a quota's own words.
    judge: Callable[[Verdict], None] | None = None
    #: False where a request that was not answered in time may have been charged.
    retry_timeouts: bool = True
    #: Sent with every request, without secrets.
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Fields of a search that it takes; none: it has no searches.
    searches: frozenset[str] = frozenset()
    #: Which of several postings of one job stands for it: the lowest.
    precedence: int = 50
    #: Country of what names none, where the source is of one country.
    home_country: str | None = None
    #: Name under which the seeds have its categories and levels; None: its own.
    scheme: str | None = None
    #: Older data than this is shown as stale.
    max_age: timedelta = timedelta(hours=48)

    def windows(self, config: SourceSettings) -> Windows:
        """The rate limits that hold with these settings, unless the user sets others."""
        keyed = self.optional_key is not None and is_set(getattr(config, self.optional_key))
        return self.rate_with_key if keyed and self.rate_with_key else self.rate

    def has_keys(self) -> bool:
        """Whether every setting it needs is set."""
        settings = self.settings_class.load(self.name)
        return all(is_set(getattr(settings, name)) for name in self.needs)


def is_set(value: object) -> bool:
    """Whether a setting holds something; a secret holds its text."""
    return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)


@cache
def available_sources() -> dict[str, SourceSpec]:
    """Every source by name, in alphabetical order."""
    found = {}
    for module in pkgutil.iter_modules(ingestion.__path__):
        if module.name in _MACHINERY:
            continue
        spec = getattr(importlib.import_module(f"ingestion.{module.name}"), "SPEC", None)
        if isinstance(spec, SourceSpec):
            found[spec.name] = spec
    return dict(sorted(found.items()))


def source(name: str) -> SourceSpec:
    """The source of that name; raises UnknownSourceError."""
    known = available_sources()
    if name not in known:
        raise UnknownSourceError(name, list(known))
    return known[name]


def selected_sources(settings: Settings) -> list[str]:
    """Names of the sources to collect, `files` always among them, `demo` only where it is named.

    Without WAGEHOUSE_SOURCES: those that need no key and are not opt-in, and those whose keys are
    set. Raises UnknownSourceError for a name that does not exist and DemoRefused for `demo` beside
    others.
    """
    known = available_sources()
    if settings.sources:
        names = [source(name).name for name in settings.sources]
        if DEMO in names and set(names) != {DEMO}:
            raise DemoRefused(
                "WAGEHOUSE_SOURCES names demo beside other sources: generated and real rows never "
                "share a warehouse. Name demo alone or leave it out."
            )
    else:
        names = [
            name
            for name, spec in known.items()
            if spec.kind == "api" and not spec.opt_in and spec.has_keys()
        ]
    if FILES in known and FILES not in names:
        names.append(FILES)
    return names
