"""What Adzuna publishes about many ads: histogram and history of pay, employers, places; and its
categories. One record an answer, with what was asked for; its own estimates of pay are among the
figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ingestion.adzuna.ads import WITHIN, Searched
from ingestion.harvest import take_whole
from ingestion.http import ApiClient
from ingestion.landing import Slice, SliceWriter
from ingestion.source import EndpointSpec

if TYPE_CHECKING:
    from ingestion.collection import Collection

#: Months of history that are asked for.
MONTHS = 12
#: By endpoint: where its figures stand, their kind, and whether it can be asked about words.
STATISTICS = {
    "histogram": ("histogram", "object", True),
    "history": ("month", "object", False),
    "top_companies": ("leaderboard", "list", True),
    "geodata": ("locations", "list", False),
}
_WEEK = timedelta(days=7)

ENDPOINTS = (
    EndpointSpec(
        "categories",
        id_field="tag",
        full_every=timedelta(days=30),
        cache=timedelta(days=30),
        fields={"tag": "text", "label": "text"},
    ),
    *(
        EndpointSpec(
            name,
            id_field="country",
            full_every=_WEEK,
            cache=_WEEK,
            fields={"country": "text", member: kind},
        )
        for name, (member, kind, _) in STATISTICS.items()
    ),
)


@dataclass(frozen=True, slots=True)
class Question:
    """What one statistic is asked about."""

    endpoint: str
    country: str
    what: str | None
    area: tuple[str, ...]
    category: str | None

    @property
    def named(self) -> dict[str, str | None]:
        where = f" {WITHIN} ".join(self.area) or None
        return {
            "country": self.country,
            "what": self.what,
            "where": where,
            "category": self.category,
        }

    @property
    def key(self) -> str:
        """A stable name of it, the record's id."""
        return ",".join(f"{name}={value}" for name, value in self.named.items() if value)

    @property
    def params(self) -> dict[str, Any]:
        asked: dict[str, Any] = {f"location{n}": name for n, name in enumerate(self.area)}
        if self.what:
            asked["what"] = self.what
        if self.category:
            asked["category"] = self.category
        if self.endpoint == "history":
            asked["months"] = MONTHS
        return asked


def questions(searches: Iterable[Searched]) -> Iterator[Question]:
    """The statistics of the searches. They know places from the country down only: of any other
    place, those of its country are asked for."""
    for one in searches:
        for category in one.categories:
            for endpoint, (_, _, takes_words) in STATISTICS.items():
                what = one.search.words if takes_words else None
                yield Question(endpoint, one.country, what, one.area, category)


class Statistics:
    """Fetches the slices of statistics and categories."""

    def __init__(
        self, collection: Collection, client: ApiClient, searches: Iterable[Searched]
    ) -> None:
        searches = tuple(searches)
        self._collection = collection
        self._client = client
        self._countries = tuple(dict.fromkeys(one.country for one in searches))
        self._questions = {(one.endpoint, one.key): one for one in questions(searches)}

    def slices(self) -> list[Slice]:
        found = [
            Slice("categories", f"country={country}", request={"country": country})
            for country in self._countries
        ]
        for (endpoint, key), one in self._questions.items():
            found.append(Slice(endpoint, key, request={"country": one.country, **one.params}))
        return found

    def take(self, writer: SliceWriter) -> None:
        if writer.slice.endpoint == "categories":
            self._take_categories(writer, str(writer.slice.request["country"]))
            return
        one = self._questions[writer.slice.endpoint, writer.slice.scope]
        answer = self._client.get(
            f"jobs/{one.country}/{one.endpoint}",
            one.params,
            keep=self._collection.keep(one.endpoint),
        )

        def record(body: Mapping[str, Any]) -> Mapping[str, Any]:
            return {**body, **one.named}

        take_whole(writer, answer, record, one.key, {"country": one.country})

    def _take_categories(self, writer: SliceWriter, country: str) -> None:
        """A row a category. Tags are the same everywhere and labels are not: its id is
        `<country>:<tag>`."""
        answer = self._client.get(
            f"jobs/{country}/categories", keep=self._collection.keep("categories", "results")
        )
        for row in answer.records("results"):
            tag = row.get("tag") if isinstance(row, dict) else None
            key = f"{country}:{tag}" if isinstance(tag, str) and tag.strip() else ""
            suspect = answer.usable().suspect
            writer.record(row, {**answer.request, "country": country}, suspect=suspect, key=key)
