"""The sources that need no key, as their tests go through them: one case each."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from ingestion.settings import Settings
from tests.simulator import (
    arbeitnow,
    arbeitsagentur,
    ashby,
    greenhouse,
    himalayas,
    lever,
)
from tests.simulator.server import Api

TODAY = date(2026, 3, 2)
Records = list[dict[str, Any]]


@dataclass(frozen=True)
class Case:
    """A source over `n` generated records of a day.

    listed: end of the path of lists, and where they hold their records. detailed: what stands in
    the path of details. landed: a record as its payload is to be.
    """

    name: str
    make: Callable[[Records], Api]
    records: Callable[..., Records]
    key: str
    listed: str
    path: str
    env: Mapping[str, str] = field(default_factory=dict)
    detailed: str = ""
    landed: Callable[[dict[str, Any]], dict[str, Any]] = lambda record: record

    @property
    def table(self) -> str:
        return f"raw.{self.name}__jobs"

    def expected(self, records: Records) -> dict[str, dict[str, Any]]:
        """What is to land, by id, as JSON has it."""
        found: dict[str, dict[str, Any]] = json.loads(
            json.dumps({str(record[self.key]): self.landed(record) for record in records})
        )
        return found

    def settings(self, url: str, **more: object) -> dict[str, str]:
        """The variables that point the source at a simulator, with no limit."""
        given = {"BASE_URL": url, "RATE": "100000", **self.env, **more}
        return {f"SOURCES__{self.name.upper()}__{name}": str(v) for name, v in given.items()}


def _offers(n: int, day: date = TODAY, **options: Any) -> Records:
    offers = arbeitsagentur.records(n, day=day, **options)
    found = arbeitsagentur.details(offers)
    return [{**offer, "details": found[offer["refnr"]]} for offer in offers]


def _jobsuche(offers: Records) -> Api:
    listed = [
        {name: value for name, value in offer.items() if name != "details"} for offer in offers
    ]
    found = {offer["refnr"]: offer["details"] for offer in offers if "details" in offer}
    return arbeitsagentur.ArbeitsagenturApi.unlimited(listed, found)


GREENHOUSE = Case(
    "greenhouse",
    lambda jobs: greenhouse.GreenhouseApi({"larkfield": jobs}, etags=True),
    greenhouse.records,
    "id",
    "/larkfield/jobs",
    "jobs",
    {"BOARDS": "larkfield"},
    detailed="/jobs/",
    landed=lambda job: {name: value for name, value in job.items() if name != "questions"},
)
LEVER = Case(
    "lever",
    lambda jobs: lever.LeverApi({"oberwald": jobs}, max_limit=40, etags=True),
    lever.records,
    "id",
    "/oberwald",
    "",
    {"BOARDS": '["oberwald"]'},
)
ASHBY = Case(
    "ashby",
    lambda jobs: ashby.AshbyApi({"Granholm": jobs}, etags=True),
    ashby.records,
    "id",
    "/Granholm",
    "jobs",
    {"BOARDS": "Granholm"},
)
ARBEITNOW = Case(
    "arbeitnow",
    lambda jobs: arbeitnow.ArbeitnowApi.unlimited(jobs, page_sizes=(40, 60, 50)),
    arbeitnow.records,
    "slug",
    "/job-board-api",
    "data",
)
HIMALAYAS = Case(
    "himalayas",
    himalayas.HimalayasApi.unlimited,
    himalayas.records,
    "guid",
    "/jobs/api",
    "jobs",
)
ARBEITSAGENTUR = Case(
    "arbeitsagentur",
    _jobsuche,
    _offers,
    "refnr",
    "/jobs",
    "stellenangebote",
    detailed="/jobdetails/",
)
CASES = (GREENHOUSE, LEVER, ASHBY, ARBEITNOW, HIMALAYAS, ARBEITSAGENTUR)


def later(settings: Settings, **by: float) -> Settings:
    return settings.model_copy(update={"fixed_now": settings.now() + timedelta(**by)})
