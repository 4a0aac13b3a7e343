"""Walking the ads of Adzuna's search.

Ads come newest first: in its other orders places shift from page to page, and ads are missed. A
search that holds more than the API gives is taken by category instead, each ad has one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from requests import Response

from ingestion.adzuna.account import AdzunaSettings, anonymous, country_asked
from ingestion.harvest import SAY_EVERY, reached_maximum, take
from ingestion.http import Answer, ApiClient, CountedPages
from ingestion.http.session import verdict_of
from ingestion.http.verdict import at, whole
from ingestion.landing import Slice, SliceWriter
from ingestion.search import Search
from ingestion.source import EndpointSpec

if TYPE_CHECKING:
    from ingestion.collection import Collection

#: Ads of a page at most.
PAGE = 50
#: Between the parts of a place that is named from the country down: "UK > London".
WITHIN = ">"
#: How an API may answer that is asked for a page too far.
NO_DEEPER = frozenset({400, 404, 422})
#: Fields of a search that it takes.
SEARCHES = frozenset({"words", "country", "place", "category", "company", "since", "until"})

ENDPOINT = EndpointSpec(
    "search",
    id_field="id",
    # Both change with every request.
    volatile=("adref", "redirect_url"),
    fields={
        "id": "text",
        "title": "text",
        "description": "text",
        "created": "time",
        "redirect_url": "text",
        "salary_min": "number?",
        "salary_max": "number?",
        "salary_is_predicted": "text",
        "contract_time": "text?",
        "contract_type": "text?",
        "latitude": "number?",
        "longitude": "number?",
        "location": "object",
        "location.area": "list",
        "location.display_name": "text",
        "category.tag": "text",
        "category.label": "text",
        "company": "object",
        "company.display_name": "text?",
    },
    # Its filter by age counts whole days.
    overlap=timedelta(days=1),
    full_every=timedelta(days=7),
    cache=timedelta(hours=1),
    prepare=anonymous,
)


class AdPages(CountedPages):
    """Pages of ads until as many came as there are, or an empty one comes.

    A source that gives fewer a page than asked for is read whole. `depth`: pages that it gave where
    it ended before that; None where it did not. start: where another walk stood, as `stands` tells.
    """

    def __init__(self, cap: int, start: str = f"1/{PAGE}") -> None:
        page, _, size = start.partition("/")
        self.first, self.size = int(page), int(size)
        super().__init__(
            cap=cap,
            count_field="count",
            base_page=1,
            size=self.size,
            start=self.first,
            stop_when_empty=True,
        )
        self.depth: int | None = None

    @property
    def stands(self) -> str:
        """The next page, and how many ads a page has."""
        return f"{self.position}/{self.size}"

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        page, size = int(self.current_value), self.size
        super().update_state(response, data)
        if self.total is None or verdict_of(response).document is None:
            return
        if data and (page - 1) * size + len(data) > self.total:
            # It tells fewer than it gives: only an empty page is the end.
            self.page_count = None
            self._has_next_page = self.current_value < self.end
        elif data and len(data) < size and page * size < self.total:
            self.size = self._size = len(data)
            self.page_count = -(-self.total // self.size)
            self._has_next_page = self.current_value < self.end
        elif not data and (page - 1) * size < self.total:
            self.depth = page - 1


@dataclass(frozen=True, slots=True)
class Searched:
    """A search in one country, and what is asked for it."""

    search: Search
    country: str

    @property
    def scope(self) -> str:
        return self.search.scope

    @property
    def categories(self) -> tuple[str | None, ...]:
        named = (self.search.category or "").split(",")
        return tuple(dict.fromkeys(tag.strip() for tag in named if tag.strip())) or (None,)

    @property
    def area(self) -> tuple[str, ...]:
        """The place from the country down, where it is named that way."""
        place = self.search.place or ""
        return tuple(part.strip() for part in place.split(WITHIN)) if WITHIN in place else ()

    def parameters(self, distance: int) -> dict[str, Any]:
        """The parameters of the search, without category, age and page."""
        asked: dict[str, Any] = {"results_per_page": PAGE, "sort_by": "date"}
        if self.search.words:
            asked["what"] = self.search.words
        if self.area:
            asked |= {f"location{n}": name for n, name in enumerate(self.area)}
        elif self.search.place:
            asked |= {"where": self.search.place, "distance": distance}
        if self.search.company:
            asked["company"] = self.search.company
        return asked


def searched(collection: Collection, config: AdzunaSettings) -> list[Searched]:
    """Every search in every country it is to be made in, by scope once."""
    found: dict[str, Searched] = {}
    for search in collection.searches or (Search(),):
        countries = config.countries
        if search.country is not None:
            countries = (country_asked(search.country),)
        for country in countries:
            one = Searched(search.model_copy(update={"country": country}), country)
            found.setdefault(one.scope, one)
    return list(found.values())


def slices(collection: Collection, config: AdzunaSettings, one: Searched) -> Iterator[Slice]:
    """The windows of a search: one, or one a category where several are named."""
    window = one.search.window
    mode: Literal["full", "cursor"] = "cursor"
    if not window:
        mode = collection.mode("search", one.scope)
    for tag in one.categories:
        parts = [window, "" if len(one.categories) == 1 else f"category={tag}"]
        asked = _aged(collection, one, mode) | one.parameters(config.distance)
        if tag is not None:
            asked["category"] = tag
        name = ",".join(filter(None, parts)) or "all"
        yield Slice("search", one.scope, name, mode, {"country": one.country, **asked})


def _aged(collection: Collection, one: Searched, mode: str) -> dict[str, int]:
    """The age in days up to which ads are asked for, where it is not any."""
    now = collection.settings.now()
    if one.search.window:
        since = one.search.since
        return {} if since is None else {"max_days_old": max(1, (now.date() - since).days + 1)}
    if mode == "full" or (begins := collection.since("search", one.scope)) is None:
        return {}
    return {"max_days_old": math.ceil((now - begins) / timedelta(days=1))}


class AdWalk:
    """Fetches slices of searches."""

    def __init__(
        self,
        collection: Collection,
        config: AdzunaSettings,
        client: ApiClient,
        searches: Mapping[str, Searched],
    ) -> None:
        self._collection = collection
        self._config = config
        self._client = client
        self._searches = searches
        self._keep = collection.keep("search", "results")

    def take(self, writer: SliceWriter) -> None:
        """Walk a slice; where the API ends before the ads do, plan its parts instead."""
        one = self._searches[writer.slice.scope]
        params = {key: value for key, value in writer.slice.request.items() if key != "country"}
        path = f"jobs/{one.country}/search/{{page}}"
        start = writer.resume or f"{self._begin(one, path, params)}/{PAGE}"
        pages = AdPages(self._config.max_pages, start)
        counts = self._walk(writer, one, path, params, pages)
        if counts is None:
            return
        told, met = counts
        if pages.is_capped:
            writer.problem(f"{pages.reason}: name a category or a place, or raise MAX_PAGES")
        elif pages.depth is not None and met < told:
            self._beyond(writer, one, params, pages.depth)
        elif met < told and not writer.problems:
            writer.problem(f"short: {met} of {told} ads came")

    def _walk(
        self,
        writer: SliceWriter,
        one: Searched,
        path: str,
        params: Mapping[str, Any],
        pages: AdPages,
    ) -> tuple[int, int] | None:
        """Fetch the pages; returns how many ads there are and how many different ones came, None
        where they were not to be read to the end."""
        most = one.search.maximum
        # An ad that is published meanwhile pushes all others on by a place: they come again, and it
        # is not among them. The fewest that were told were there all the time.
        fewest: int | None = None
        before, seen = (pages.first - 1) * pages.size, set[object]()

        def wanted(ad: Any) -> bool:
            if most is not None and writer.records >= most:
                return False
            created = ad.get("created") if isinstance(ad, dict) else None
            return not isinstance(created, str) or one.search.holds(created)

        answers = self._client.pages(path, params, pages, "results", keep=self._keep)
        for number, answer in enumerate(answers, 1):
            writer.answer()
            page = page_of(answer)
            if answer.status in NO_DEEPER and page > pages.first:
                # It may go no deeper, or have stumbled: what it costs to go by category is much.
                answer = self._ask(path, params, page)
                if answer.status in NO_DEEPER:
                    pages.depth = page - 1
                    break
            asked = {"country": one.country, "page": page}
            ads = take(writer, answer, "results", asked, wanted=wanted)
            seen |= {_id_of(ad, place) for place, ad in enumerate(ads, number * PAGE)}
            if answer.document is not None:
                told = whole(at(answer.document.value, "count"))
                counts = [count for count in (told, fewest) if count is not None]
                fewest = min(counts, default=None)
            writer.at(pages.stands)
            if number % SAY_EVERY == 0:
                of = "" if fewest is None else f" of {fewest}"
                self._collection.say(f"Adzuna {one.scope}: {writer.records}{of} ads")
            if writer.is_full:
                writer.problem(f"row_limit: {writer.records} records (WAGEHOUSE_ENV=dev)")
                return None
            if most is not None and writer.records >= most:
                writer.problem(reached_maximum(self._collection, most))
                return None
        if not seen and not before and not writer.problems:
            self._collection.say(f"Adzuna {one.scope}: no ad; is the search still right?")
        return fewest or 0, before + len(seen)

    def _begin(self, one: Searched, path: str, params: Mapping[str, Any]) -> int:
        """The page on which the days that are asked for begin, newest first: found by halving,
        since a call is dear."""
        until = one.search.until
        if until is None or until >= self._collection.settings.now().date():
            return 1
        first = self._ask(path, params, 1)
        count = whole(at(first.document.value, "count")) if first.document is not None else None
        low, high = 1, min(-(-(count or 0) // PAGE), self._config.max_pages)
        while low < high:
            middle = (low + high) // 2
            created = _oldest(self._ask(path, params, middle))
            if created is None:
                break
            if created[:10] > until.isoformat():
                low = middle + 1
            else:
                high = middle
        return low

    def _ask(self, path: str, params: Mapping[str, Any], page: int) -> Answer:
        return self._client.get(path.replace("{page}", str(page)), params, keep=self._keep)

    def _beyond(
        self, writer: SliceWriter, one: Searched, params: Mapping[str, Any], depth: int
    ) -> None:
        """There are more ads than the API gives of this search: take it by category."""
        if "category" in params or writer.problems:
            writer.problem(f"capped: the API gives no page after {depth}")
            return
        known = self._client.get(
            f"jobs/{one.country}/categories", keep=self._collection.keep("categories", "results")
        )
        tags = [row["tag"] for row in known.records("results") if _id_of(row, None, "tag")]
        if not tags:
            writer.problem(f"capped: the API gives no page after {depth}")
            return
        name = "" if writer.slice.slice == "all" else f"{writer.slice.slice},"
        writer.split(
            [
                Slice(
                    "search",
                    writer.slice.scope,
                    f"{name}category={tag}",
                    writer.slice.mode,
                    {**writer.slice.request, "category": tag},
                )
                for tag in dict.fromkeys(tags)
            ]
        )


def page_of(answer: Answer) -> int:
    """The number of the page that was asked for."""
    return int(answer.path.rpartition("/")[2])


def _oldest(answer: Answer) -> str | None:
    """When the last ad of a page was created."""
    ads = [] if answer.document is None else answer.records("results")
    created = ads[-1].get("created") if ads and isinstance(ads[-1], dict) else None
    return created if isinstance(created, str) else None


def _id_of(record: Any, otherwise: object, name: str = "id") -> object:
    """What tells a record from others; what has no id stands for itself."""
    found = record.get(name) if isinstance(record, dict) else None
    return found if isinstance(found, str | int) and found else otherwise
