"""Himalayas: remote jobs with structured pay, as one list that goes on by a cursor, or by search.

The list holds more than a first run of minutes can fetch at 60 requests a minute and 20 jobs a
page, so a run stops after the newest of it (`SOURCES__HIMALAYAS__MOST`) unless it is asked for all.
That a job is gone, a list that was not read to its end cannot tell; the day it expires on does.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from ingestion.harvest import walk_pages
from ingestion.http import CountedPages, CursorPages, Verdict
from ingestion.http.address import api_address
from ingestion.landing import Slice
from ingestion.newest_first import older, span_of, wanted
from ingestion.search import Search
from ingestion.settings import SourceSettings
from ingestion.source import EndpointSpec, SourceSpec, Terms

if TYPE_CHECKING:
    from ingestion.collection import Collection
    from ingestion.http import ApiClient
    from ingestion.landing import SliceWriter

BASE_URL = "https://himalayas.app/jobs/api"
#: Jobs of a page at most, and of those that a search finds.
SIZE = 20
CAP = 5_000
WORLDWIDE = "worldwide"


class HimalayasSettings(SourceSettings):
    """Settings of Himalayas; `searches` empty is the list. most: jobs that a run reads of the list
    at most, the newest; 0: all."""

    most: int = Field(default=12_000, ge=0)


def fetch(collection: Collection) -> None:
    """Fetch the list, or what the searches find."""
    config = collection.config
    if not isinstance(config, HimalayasSettings):
        raise TypeError(f"{type(config).__name__} are not the settings of Himalayas")
    full = collection.ask is not None and collection.ask.full
    most = None if full or not config.most else config.most
    base_url, _, path = api_address(config.base_url, BASE_URL).rpartition("/")
    client = collection.client(base_url)
    searches: dict[tuple[str, str, str], tuple[Search, datetime | None]] = {}
    plan = []
    for search in collection.searches or (Search(),):
        mode, since = span_of(collection, "jobs", search)
        slice_ = Slice("jobs", search.scope, search.window or "all", mode, parameters(search))
        searches[slice_.key] = search, since
        plan.append(slice_)

    def take(writer: SliceWriter) -> None:
        search, since = searches[writer.slice.key]
        if parameters(search):
            _find(collection, client, writer, path, search, since)
        else:
            _list(collection, client, writer, path, search, since, most)

    collection.walk(plan, take)


def _list(
    collection: Collection,
    client: ApiClient,
    writer: SliceWriter,
    path: str,
    search: Search,
    since: datetime | None,
    most: int | None,
) -> None:
    """Walk through the list, at most through the newest of it."""
    pages = CursorPages(cursor_path="nextCursor", start=writer.resume)
    is_past = older(since, "pubDate")

    def until(records: list[Any]) -> bool:
        if is_past(records):
            return True
        # Where the last page fills it, all is read.
        if most is None or writer.records < most or pages.position is None:
            return False
        writer.problem(f"capped: the newest {writer.records} (SOURCES__HIMALAYAS__MOST)")
        return True

    walk_pages(
        collection,
        client,
        writer,
        path,
        {"limit": SIZE},
        pages,
        records="jobs",
        maximum=search.maximum,
        until=until,
        wanted=wanted(search, "pubDate"),
    )


def _find(
    collection: Collection,
    client: ApiClient,
    writer: SliceWriter,
    path: str,
    search: Search,
    since: datetime | None,
) -> None:
    """Walk through what a search finds; the API gives the first 5,000."""
    params = parameters(search)
    if since is not None:
        params["sort"] = "recent"
    ends_early = since is not None or bool(search.window)
    pages = CountedPages(
        cap=CAP // SIZE,
        count_field="totalCount",
        base_page=1,
        size=SIZE,
        size_field="limit",
        start=None if writer.resume is None else int(writer.resume),
        stop_when_empty=True,
    )
    walk_pages(
        collection,
        client,
        writer,
        f"{path}/search",
        params,
        pages,
        records="jobs",
        total=None if ends_early else "totalCount",
        maximum=search.maximum,
        until=older(since, "pubDate"),
        wanted=wanted(search, "pubDate"),
    )
    if pages.is_capped and not ends_early:
        collection.say(
            f"Himalayas {writer.slice.scope} has more than the API gives: narrow the search by "
            "country or level, or read the list without a search"
        )


def parameters(search: Search) -> dict[str, str]:
    """The parameters of a search; none: it is the list. `place` is a country as Himalayas names it,
    or `worldwide`."""
    named = {"q": search.words, "country": search.country, "seniority": search.level}
    if search.place is not None:
        if search.place.strip().lower() == WORLDWIDE:
            named[WORLDWIDE] = "true"
        else:
            named["country"] = search.place
    return {name: value for name, value in named.items() if value is not None}


def judge(verdict: Verdict) -> None:
    """A page has its jobs."""
    verdict.expect("jobs")


SPEC = SourceSpec(
    name="himalayas",
    title="Himalayas",
    kind="api",
    url="https://himalayas.app/api",
    endpoints=(
        EndpointSpec(
            "jobs",
            id_field="guid",
            full_every=timedelta(days=7),
            overlap=timedelta(days=1),
            fields={
                "guid": "text",
                "title": "text",
                "companyName": "text",
                "companySlug": "text?",
                "description": "text",
                "employmentType": "text|list?",
                "seniority": "list|text?",
                "minSalary": "number?",
                "maxSalary": "number?",
                "salaryPeriod": "text?",
                "currency": "text?",
                "locationRestrictions": "list?",
                "categories": "list?",
                "pubDate": "number",
                "expiryDate": "number?",
                "applicationLink": "text?",
            },
        ),
    ),
    fetch=fetch,
    terms=Terms(
        attribution="Remote jobs from Himalayas",
        attribution_url="https://himalayas.app",
        licence="Free API: show with the name and a link; not to be handed on to Jooble, Google "
        "Jobs, LinkedIn or other job boards",
        may_show_listing=True,
        may_publish_aggregates=True,
    ),
    settings_class=HimalayasSettings,
    rate=((2, 1), (60, 60)),
    judge=judge,
    searches=frozenset({"words", "country", "place", "level", "since", "until"}),
    precedence=60,
)
