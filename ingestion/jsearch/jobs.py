"""Walking the jobs of JSearch's search, in its shape of 2026 or the one before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from requests import Response

from ingestion.harvest import SAY_EVERY, reached_maximum, take
from ingestion.http import Answer, ApiClient, CursorPages
from ingestion.http.session import verdict_of
from ingestion.http.verdict import at
from ingestion.jsearch.account import JSearchSettings
from ingestion.landing import Slice, SliceWriter
from ingestion.search import Search
from ingestion.source import EndpointSpec

if TYPE_CHECKING:
    from requests import Request

    from ingestion.collection import Collection

#: Fields of a search that it takes.
SEARCHES = frozenset({"words", "country", "place", "company", "since"})
#: What is searched for where nothing is set: three calls.
DEFAULT = Search(words="data analyst", country="us", maximum=30)
#: Days that its filters by date go back.
DATES = ((1, "today"), (3, "3days"), (7, "week"), (30, "month"))
#: Where the search is, and where it was.
NEW, OLD = "search-v2", "search"
#: The old search has no page after this one.
LAST_PAGE = 100
#: Before a page number that stands for a cursor, in a walk by pages.
_PAGE = "page:"

ENDPOINT = EndpointSpec(
    "search",
    id_field="job_id",
    # A job is met again under another publisher and link, in the same walk and in others; the date
    # in words and the score say nothing about it.
    volatile=(
        "job_publisher",
        "job_apply_link",
        "job_apply_is_direct",
        "job_apply_quality_score",
        "apply_options",
        "job_posted_at",
        "job_google_link",
        "employer_reviews",
    ),
    fields={
        "job_id": "text",
        "job_title": "text?",
        "employer_name": "text?",
        "job_publisher": "text?",
        "job_employment_type": "text?",
        "job_employment_types": "list?",
        "job_description": "text?",
        "job_is_remote": "boolean|text?",
        "job_posted_at_timestamp": "number?",
        "job_posted_at_datetime_utc": "time?",
        "job_location": "text?",
        "job_city": "text?",
        "job_state": "text?",
        "job_country": "text?",
        "job_latitude": "number?",
        "job_longitude": "number?",
        "job_min_salary": "number?",
        "job_max_salary": "number?",
        "job_salary_period": "text?",
        "job_salary_string": "text?",
        "job_salary_currency": "text?",
        "job_highlights": "object?",
    },
    overlap=timedelta(days=1),
    cache=timedelta(hours=6),
)


def query_of(search: Search) -> str:
    """The words of a search, with the place as people write it."""
    what = " ".join(filter(None, (search.words, search.company))) or "jobs"
    return f"{what} in {search.place}" if search.place else what


def slices(collection: Collection, config: JSearchSettings) -> Iterator[Slice]:
    """A slice a search. It never holds all there is, so that no absence means anything."""
    for search in collection.searches or (DEFAULT,):
        asked: dict[str, Any] = {"query": query_of(search), "language": "en"}
        if search.country is not None:
            asked["country"] = search.country.lower()
        if config.num_pages > 1:
            asked["num_pages"] = config.num_pages
        asked["date_posted"] = _posted(collection, search)
        yield Slice("search", search.scope, search.window or "all", "cursor", asked)


def _posted(collection: Collection, search: Search) -> str:
    """The coarse filter by date that holds what is new, or what is asked for."""
    now = collection.settings.now()
    if search.since is not None:
        days: float = (now.date() - search.since).days + 1
    elif (begins := collection.since("search", search.scope)) is not None:
        days = (now - begins) / timedelta(days=1)
    else:
        return "all"
    return next((name for reach, name in DATES if days <= reach), "all")


class JobPages(CursorPages):
    """Pages by the cursor of `data.cursor`. Where the search is the old one, jobs stand in `data`
    and pages are numbered."""

    def __init__(self, *, is_old: bool, step: int, start: str | None) -> None:
        self.is_old = is_old
        self._step = step
        self._page = 1
        if start is not None and start.startswith(_PAGE):
            self._page, start = int(start.removeprefix(_PAGE)), None
        super().__init__(cursor_path="data.cursor", start=start)

    def init_request(self, request: Request) -> None:
        if self.is_old:
            self._number(request)
        else:
            super().init_request(request)

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        verdict = verdict_of(response)
        if not self.is_old:
            body = None if verdict.document is None else verdict.document.value
            super().update_state(response, at(body, jobs_in(body)))
            return
        self._page += self._step
        if verdict.document is None:
            # What comes after a page is known without it.
            more = self._page <= LAST_PAGE
        else:
            more = bool(at(verdict.document.value, jobs_in(verdict.document.value)))
            if more and self._page > LAST_PAGE:
                more, self.reason = False, f"capped: it has no page after {LAST_PAGE}"
        self._next_reference = f"{_PAGE}{self._page}" if more else None

    def update_request(self, request: Request) -> None:
        if self.is_old:
            self._number(request)
        else:
            super().update_request(request)

    def _number(self, request: Request) -> None:
        request.params = {**(request.params or {}), "page": self._page}


def jobs_in(body: Any) -> str:
    """Path of the list of jobs in a body of either shape."""
    return "data.jobs" if isinstance(at(body, "data"), dict) else "data"


class JobWalk:
    """Fetches slices of searches."""

    def __init__(
        self,
        collection: Collection,
        config: JSearchSettings,
        client: ApiClient,
        searches: Mapping[str, Search],
    ) -> None:
        self._collection = collection
        self._config = config
        self._client = client
        self._searches = searches
        #: Whether the search turned out to be the old one.
        self._is_old = False

    def take(self, writer: SliceWriter) -> None:
        if writer.resume is not None:
            self._is_old = writer.resume.startswith(_PAGE)
            if self._walk(writer, writer.resume):
                return
            # A cursor holds for some time only.
            self._collection.say(f"JSearch {writer.slice.scope}: begins again")
        if self._walk(writer, None):
            return
        self._is_old = not self._is_old
        if not self._walk(writer, None):
            writer.problem(f"status_404: neither {NEW} nor {OLD} is there")

    def _walk(self, writer: SliceWriter, start: str | None) -> bool:
        """Fetch the pages from where they stand; returns whether there are any to be had."""
        search = self._searches[writer.slice.scope]
        most = search.maximum
        pages = JobPages(is_old=self._is_old, step=self._config.num_pages, start=start)
        asked = {"country": writer.slice.request.get("country")}

        def wanted(job: Any) -> bool:
            if most is not None and writer.records >= most:
                return False
            posted = job.get("job_posted_at_datetime_utc") if isinstance(job, dict) else None
            return not isinstance(posted, str) or search.holds(posted)

        answers = self._client.pages(
            OLD if self._is_old else NEW,
            writer.slice.request,
            pages,
            "data",
            keep=self._collection.keep("search"),
            cost=self._config.cost,
        )
        for number, answer in enumerate(answers, 1):
            if number == 1 and _is_elsewhere(answer, start):
                return False
            writer.answer()
            body = None if answer.document is None else answer.document.value
            take(writer, answer, jobs_in(body), asked, wanted=wanted)
            if pages.position is not None:
                writer.at(pages.position)
            if number % SAY_EVERY == 0:
                self._collection.say(f"JSearch {writer.slice.scope}: {writer.records} jobs")
            if writer.is_full:
                writer.problem(f"row_limit: {writer.records} records (WAGEHOUSE_ENV=dev)")
                return True
            if most is not None and writer.records >= most:
                writer.problem(reached_maximum(self._collection, most))
                return True
        if pages.reason is not None and pages.reason not in writer.problems:
            writer.problem(pages.reason)
        if not writer.records and not writer.problems:
            self._collection.say(f"JSearch {writer.slice.scope}: no job; is the search right?")
        return True


def _is_elsewhere(answer: Answer, start: str | None) -> bool:
    """Whether the search is not there, or a cursor no longer holds."""
    return answer.status == 404 or (start is not None and answer.status in (400, 410, 422))
