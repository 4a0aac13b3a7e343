"""Lever: the public postings of employers, read by offset until a page is empty.

`SOURCES__LEVER__BOARDS` names the sites. Sites of Lever's European instance are written
`eu:<name>`; they are unknown at the global one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from ingestion.boards import Boards, BoardSettings, Target, missing, targets, walk_boards
from ingestion.harvest import walk_pages
from ingestion.http import ApiClient, OffsetPages, Verdict
from ingestion.http.address import api_address
from ingestion.source import EndpointSpec, SourceSpec, Terms

if TYPE_CHECKING:
    from ingestion.collection import Collection
    from ingestion.landing import SliceWriter

BASE_URL = "https://api.lever.co/v0/postings"
EU_BASE_URL = "https://api.eu.lever.co/v0/postings"
EU = "eu:"
#: Postings of a page. What a page holds at most is not documented: fewer that come are right, too.
LIMIT = 100
#: Fields of a search, and the parameters they are.
PARAMETERS = {"place": "location", "category": "department", "level": "level"}


class LeverSettings(BoardSettings):
    """Settings of Lever; where only BASE_URL is set, it stands for both instances."""

    boards: Boards = ("spotify", "qonto", "mistral")
    eu_base_url: str | None = None


def fetch(collection: Collection) -> None:
    """Fetch every site."""
    config = collection.config
    if not isinstance(config, LeverSettings):
        raise TypeError(f"{type(config).__name__} are not the settings of Lever")
    found = targets(collection, PARAMETERS)
    if not found:
        return
    client = collection.client(api_address(config.base_url, BASE_URL))
    eu_client: ApiClient | None = None
    if any(target.board.startswith(EU) for target in found.values()):
        address = config.eu_base_url or config.base_url
        eu_client = collection.client(api_address(address, EU_BASE_URL))

    def take(writer: SliceWriter, target: Target) -> None:
        host, site = client, target
        if target.board.startswith(EU) and eu_client is not None:
            host, site = eu_client, replace(target, board=target.board.removeprefix(EU))
        walk_pages(
            collection,
            host,
            writer,
            site.path,
            {"mode": "json", **target.params},
            OffsetPages(limit=LIMIT, offset_param="skip", start=int(writer.resume or 0), key="id"),
            records="",
            asked=site.asked,
            maximum=target.search.maximum,
            beyond=lambda answer: missing(answer, target),
        )

    walk_boards(collection, found, take)


def judge(verdict: Verdict) -> None:
    """Postings come as a bare list."""
    verdict.expect("")


SPEC = SourceSpec(
    name="lever",
    title="Lever",
    kind="api",
    url="https://github.com/lever/postings-api",
    endpoints=(
        EndpointSpec(
            "jobs",
            id_field="id",
            full_every=timedelta(days=1),
            # Never answered from disk without asking whether it has changed.
            cache=timedelta(0),
            fields={
                "id": "text",
                "text": "text",
                "hostedUrl": "text",
                "createdAt": "number?",
                "description": "text",
                "lists": "list?",
                "categories": "object",
                "categories.location": "text?",
                "categories.commitment": "text?",
                "categories.allLocations": "list?",
                "country": "text?",
                "workplaceType": "text?",
                "salaryRange": "object?",
                "salaryRange.min": "number?",
                "salaryRange.max": "number?",
                "salaryRange.currency": "text?",
                "salaryRange.interval": "text?",
            },
        ),
    ),
    fetch=fetch,
    terms=Terms(
        attribution="Job postings from employers' sites at Lever",
        attribution_url="https://www.lever.co",
        licence="Public postings API: show with a link to the posting; no redistribution",
        may_show_listing=True,
        may_publish_aggregates=True,
    ),
    settings_class=LeverSettings,
    rate=((1, 1),),
    judge=judge,
    searches=frozenset({"company", *PARAMETERS}),
    precedence=20,
)
