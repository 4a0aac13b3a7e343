"""Estimates of pay that JSearch hands on from others: of titles in places, and with employers.

They are no postings: they land beside what was asked for, and stay what they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pycountry

from ingestion.harvest import take
from ingestion.http import ApiClient
from ingestion.jsearch.account import Estimate, JSearchSettings
from ingestion.landing import Slice, SliceWriter
from ingestion.search import Search
from ingestion.source import EndpointSpec

if TYPE_CHECKING:
    from ingestion.collection import Collection

_MONTH = timedelta(days=30)
#: By endpoint: its path.
PATHS = {"estimated_salary": "estimated-salary", "company_salary": "company-job-salary"}

ENDPOINTS = tuple(
    EndpointSpec(
        name,
        # Overridden by what was asked for: an estimate has no id.
        id_field="publisher_name",
        cache=_MONTH,
        fields={
            "query.job_title": "text",
            "location": "text?",
            "job_title": "text",
            **({"company": "text?"} if name == "company_salary" else {}),
            "publisher_name": "text?",
            "min_salary": "number?",
            "max_salary": "number?",
            "median_salary": "number",
            "salary_period": "text",
            "salary_currency": "text",
        },
    )
    for name in PATHS
)


@dataclass(frozen=True, slots=True)
class Question:
    """One estimate that is asked for."""

    endpoint: str
    params: Mapping[str, str]

    @property
    def key(self) -> str:
        """A stable name of it."""
        return ",".join(f"{name}={value}" for name, value in self.params.items())


def questions(config: JSearchSettings, searches: Iterable[Search]) -> Iterator[Question]:
    """The estimates that are set, and those of the words and places of the searches."""
    wanted = [*config.estimates]
    for search in searches:
        if search.words:
            location = search.place or _country(search)
            wanted.append(
                Estimate(job_title=search.words, location=location, company=search.company)
            )
    for one in wanted:
        params = {name: value for name, value in one if value}
        if one.company:
            yield Question("company_salary", params)
        elif one.location:
            yield Question("estimated_salary", params)


def _country(search: Search) -> str | None:
    found = search.country and pycountry.countries.get(alpha_2=search.country.upper())
    return found.name if found else None


class Estimates:
    """Fetches the slices of estimates."""

    def __init__(
        self,
        collection: Collection,
        config: JSearchSettings,
        client: ApiClient,
        searches: Iterable[Search],
    ) -> None:
        self._collection = collection
        self._client = client
        self._questions = {(one.endpoint, one.key): one for one in questions(config, searches)}

    def slices(self) -> list[Slice]:
        return [
            Slice(endpoint, key, request=dict(one.params))
            for (endpoint, key), one in self._questions.items()
        ]

    def take(self, writer: SliceWriter) -> None:
        """A record an estimate, with what was asked for under `query`."""
        endpoint = writer.slice.endpoint
        one = self._questions[endpoint, writer.slice.scope]
        answer = self._client.get(PATHS[endpoint], one.params, keep=self._collection.keep(endpoint))
        met: dict[str, int] = {}

        def asked_for(estimate: dict[str, Any]) -> tuple[dict[str, Any], str]:
            names = ("publisher_name", "company", "job_title", "location")
            key = "|".join([one.key, *(str(estimate.get(name) or "") for name in names)])
            met[key] = met.get(key, 0) + 1
            key = key if met[key] == 1 else f"{key}|{met[key]}"
            return {**estimate, "query": dict(one.params)}, key

        take(writer, answer, "data", shape=asked_for)
