"""Ashby: the public job boards of employers with their pay, each whole in one answer.

`SOURCES__ASHBY__BOARDS` names the boards.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ingestion.boards import Boards, BoardSettings, Target, missing, targets, walk_boards
from ingestion.harvest import take_all
from ingestion.http import Verdict
from ingestion.http.address import api_address
from ingestion.source import EndpointSpec, SourceSpec, Terms

if TYPE_CHECKING:
    from ingestion.collection import Collection
    from ingestion.landing import SliceWriter

BASE_URL = "https://api.ashbyhq.com/posting-api/job-board"


class AshbySettings(BoardSettings):
    """Settings of Ashby."""

    boards: Boards = ("ashby", "linear", "posthog")


def fetch(collection: Collection) -> None:
    """Fetch every board."""
    found = targets(collection, {})
    if not found:
        return
    client = collection.client(api_address(collection.config.base_url, BASE_URL))

    def take(writer: SliceWriter, target: Target) -> None:
        asked = {"includeCompensation": "true"}
        answer = client.get(target.path, asked, keep=collection.keep("jobs", "jobs"))
        absent = missing(answer, target)
        if absent is not None:
            writer.problem(absent)
            return
        take_all(
            collection, writer, answer, "jobs", asked=target.asked, maximum=target.search.maximum
        )

    walk_boards(collection, found, take)


def judge(verdict: Verdict) -> None:
    """A board has its jobs."""
    verdict.expect("jobs")


SPEC = SourceSpec(
    name="ashby",
    title="Ashby",
    kind="api",
    url="https://developers.ashbyhq.com/docs/public-job-posting-api",
    endpoints=(
        EndpointSpec(
            "jobs",
            id_field="id",
            full_every=timedelta(days=1),
            # Never answered from disk without asking whether it has changed.
            cache=timedelta(0),
            fields={
                "id": "text",
                "title": "text",
                "jobUrl": "text",
                "publishedAt": "time",
                "descriptionHtml": "text",
                "employmentType": "text?",
                "location": "text?",
                "isListed": "boolean?",
                "isRemote": "boolean?",
                "workplaceType": "text?",
                "secondaryLocations": "list?",
                "address.postalAddress": "object?",
                "compensation": "object?",
                "compensation.compensationTiers": "list?",
                "compensation.compensationTiers.components": "list?",
                "compensation.compensationTiers.components.compensationType": "text",
                "compensation.compensationTiers.components.interval": "text?",
                "compensation.compensationTiers.components.minValue": "number?",
                "compensation.compensationTiers.components.maxValue": "number?",
                "compensation.compensationTiers.components.currencyCode": "text?",
            },
        ),
    ),
    fetch=fetch,
    terms=Terms(
        attribution="Job postings from employers' boards at Ashby",
        attribution_url="https://www.ashbyhq.com",
        licence="Public job posting API: show with a link to the posting; no redistribution",
        may_show_listing=True,
        may_publish_aggregates=True,
    ),
    settings_class=AshbySettings,
    rate=((1, 1),),
    judge=judge,
    searches=frozenset({"company"}),
    precedence=20,
)
