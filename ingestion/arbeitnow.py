"""Arbeitnow: its free job board API, mostly of jobs in Germany.

Pages are of changing size and there is no total: only the link to the next page tells whether there
is one. The board is refreshed every hour and is to be linked to.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ingestion.harvest import walk_pages
from ingestion.http import LinkedPages, Verdict
from ingestion.http.address import api_address
from ingestion.landing import Slice
from ingestion.newest_first import older, span_of, wanted
from ingestion.search import Search
from ingestion.source import EndpointSpec, SourceSpec, Terms

if TYPE_CHECKING:
    from ingestion.collection import Collection
    from ingestion.landing import SliceWriter

BASE_URL = "https://www.arbeitnow.com/api/job-board-api"


def fetch(collection: Collection) -> None:
    """Fetch the board: all of it once a day, else what is new."""
    base_url, _, path = api_address(collection.config.base_url, BASE_URL).rpartition("/")
    client = collection.client(base_url)
    # Searches differ by their days alone.
    searches = {search.window or "all": search for search in collection.searches or (Search(),)}
    spans = {name: span_of(collection, "jobs", search) for name, search in searches.items()}

    def take(writer: SliceWriter) -> None:
        search, (_, since) = searches[writer.slice.slice], spans[writer.slice.slice]
        walk_pages(
            collection,
            client,
            writer,
            path,
            {},
            LinkedPages(next_url_path="links.next", start=writer.resume),
            records="data",
            maximum=search.maximum,
            until=older(since, "created_at"),
            wanted=wanted(search, "created_at"),
        )

    collection.walk([Slice("jobs", "all", name, mode) for name, (mode, _) in spans.items()], take)


def judge(verdict: Verdict) -> None:
    """A page has its jobs."""
    verdict.expect("data")


SPEC = SourceSpec(
    name="arbeitnow",
    title="Arbeitnow",
    kind="api",
    url="https://www.arbeitnow.com/blog/job-board-api",
    endpoints=(
        EndpointSpec(
            "jobs",
            id_field="slug",
            full_every=timedelta(hours=20),
            overlap=timedelta(days=1),
            fields={
                "slug": "text",
                "title": "text",
                "company_name": "text",
                "description": "text",
                "url": "text",
                "remote": "boolean",
                "location": "text",
                "tags": "list",
                "job_types": "list",
                "created_at": "number",
            },
        ),
    ),
    fetch=fetch,
    terms=Terms(
        attribution="Jobs from Arbeitnow",
        attribution_url="https://www.arbeitnow.com",
        licence="Free job board API: show with the name and a link; not to be handed on to other "
        "job boards",
        may_show_listing=True,
        may_publish_aggregates=True,
    ),
    # 50 is what its header says; the minute is the custom of the framework it is made with.
    rate=((1, 1), (50, 60)),
    judge=judge,
    searches=frozenset({"since", "until"}),
    precedence=60,
    home_country="DE",
)
