"""Greenhouse: the public job boards of employers, each whole in one answer.

What a job pays stands only in its details, so those are asked for, once for each job that is new or
has changed. `SOURCES__GREENHOUSE__BOARDS` names the boards.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ingestion.boards import Boards, BoardSettings, Target, missing, targets, walk_boards
from ingestion.details import Details
from ingestion.harvest import take_all
from ingestion.http import Verdict
from ingestion.http.address import api_address
from ingestion.http.verdict import whole
from ingestion.source import EndpointSpec, SourceSpec, Terms

if TYPE_CHECKING:
    from ingestion.collection import Collection
    from ingestion.landing import SliceWriter

BASE_URL = "https://boards-api.greenhouse.io/v1/boards"
#: Where a job's pay stands, in the details and now and then in the list.
PAY = "pay_input_ranges"


class GreenhouseSettings(BoardSettings):
    """Settings of Greenhouse. details: false leaves out what jobs pay, at a request a job."""

    # Three boards of a few hundred jobs: some minutes at one request a second.
    boards: Boards = ("gitlab", "mozilla", "wikimedia")
    details: bool = True


def fetch(collection: Collection) -> None:
    """Fetch every board."""
    config = collection.config
    if not isinstance(config, GreenhouseSettings):
        raise TypeError(f"{type(config).__name__} are not the settings of Greenhouse")
    found = targets(collection, {})
    if not found:
        return
    client = collection.client(api_address(config.base_url, BASE_URL))

    def take(writer: SliceWriter, target: Target) -> None:
        details = Details(
            client,
            path=lambda job: _path(target, job),
            merge=_with_pay,
            stamp="updated_at",
            params={"pay_transparency": "true"},
        )
        answer = client.get(
            f"{target.path}/jobs", {"content": "true"}, keep=collection.keep("jobs", "jobs")
        )
        absent = missing(answer, target)
        if absent is not None:
            writer.problem(absent)
            return
        take_all(
            collection,
            writer,
            answer,
            "jobs",
            total="meta.total",
            asked=target.asked,
            maximum=target.search.maximum,
            shape=details.of(writer) if config.details else None,
        )
        if details.missed:
            collection.say(f"Greenhouse {target.board}: {details.missed} jobs are without details")

    walk_boards(collection, found, take)


def _path(target: Target, job: Mapping[str, Any]) -> str | None:
    number = whole(job.get("id"))
    return None if PAY in job or number is None else f"{target.path}/jobs/{number}"


def _with_pay(job: dict[str, Any], details: dict[str, Any]) -> dict[str, Any]:
    return {**job, PAY: details[PAY]} if PAY in details else job


def judge(verdict: Verdict) -> None:
    """A board has its jobs, a job its number."""
    value = verdict.value
    if verdict.document is None or (isinstance(value, dict) and "id" in value):
        return
    verdict.expect("jobs")


SPEC = SourceSpec(
    name="greenhouse",
    title="Greenhouse",
    kind="api",
    url="https://developers.greenhouse.io/job-board.html",
    endpoints=(
        EndpointSpec(
            "jobs",
            id_field="id",
            # It comes from the details, and a job whose pay has changed is an updated one.
            volatile=(PAY,),
            full_every=timedelta(days=1),
            # Never answered from disk without asking whether it has changed.
            cache=timedelta(0),
            fields={
                "id": "number",
                "title": "text",
                "absolute_url": "text",
                "updated_at": "time",
                "first_published": "time?",
                "content": "text",
                "location.name": "text?",
                "departments": "list?",
                "offices": "list?",
                "metadata": "list?",
                PAY: "list?",
                f"{PAY}.min_cents": "number?",
                f"{PAY}.max_cents": "number?",
                f"{PAY}.currency_type": "text?",
            },
        ),
    ),
    fetch=fetch,
    terms=Terms(
        attribution="Job postings from employers' boards at Greenhouse",
        attribution_url="https://www.greenhouse.com",
        licence="Public job board API: show with a link to the posting; no redistribution",
        may_show_listing=True,
        may_publish_aggregates=True,
    ),
    settings_class=GreenhouseSettings,
    rate=((1, 1),),
    judge=judge,
    searches=frozenset({"company"}),
    precedence=20,
)
