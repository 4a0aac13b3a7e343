"""Walking the pages of The Muse's API."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from dlt.sources.helpers.rest_client.auth import APIKeyAuth
from pydantic import BaseModel, ConfigDict, SecretStr

from ingestion.errors import SourceStopped
from ingestion.http import Answer, ApiClient, CountedPages
from ingestion.landing import Slice, SliceWriter
from ingestion.landing.canonical import fault, readable, show
from ingestion.settings import SourceSettings

if TYPE_CHECKING:
    from ingestion.collection import Collection

logger = logging.getLogger(__name__)

BASE_URL = "https://www.themuse.com/api/public"
#: The API answers pages 0 to 99 of a query and 400 beyond.
CAP = 100


class Search(BaseModel):
    """One of SEARCHES: jobs of a category, at a place, or both (labels as the API writes them)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    category: str | None = None
    place: str | None = None

    @property
    def scope(self) -> str:
        parts = [f"{name}={value}" for name, value in self if value is not None]
        return ",".join(parts) or "all"

    @property
    def params(self) -> dict[str, str]:
        named = {"category": self.category, "location": self.place}
        return {name: value for name, value in named.items() if value is not None}


class TheMuseSettings(SourceSettings):
    """Settings of The Muse; `searches` empty is one walk through all jobs."""

    api_key: SecretStr | None = None
    searches: tuple[Search, ...] = ()


def fetch(collection: Collection, base_url: str | None = None, cap: int = CAP) -> None:
    """Fetch jobs, by each search, and companies. `base_url` wins over the setting.

    cap: pages that the API gives of a query; the demo gives all it has.
    """
    config = collection.config
    if not isinstance(config, TheMuseSettings):
        raise TypeError(f"{type(config).__name__} are not the settings of The Muse")
    searches = tuple(dict.fromkeys(config.searches)) or (Search(),)
    by_key = {
        slice_.key: (slice_, search.params)
        for search in searches
        for slice_ in [Slice("jobs", search.scope, request=search.params)]
    }
    companies = Slice("companies", "all")
    by_key[companies.key] = (companies, {})
    todo = collection.run.plan([slice_ for slice_, _ in by_key.values()])
    if collection.run.resumed:
        collection.say(f"{collection.spec.title}: continues a run that was cut short")
    key = config.api_key.get_secret_value() if config.api_key is not None else ""
    auth = APIKeyAuth(name="api_key", api_key=key, location="query") if key else None
    client = collection.client(base_url or config.base_url or BASE_URL, auth=auth)
    try:
        for slice_ in todo:
            with collection.run.open(slice_) as writer:
                _walk(collection, client, writer, by_key[slice_.key][1], cap)
    finally:
        client.close()


def _walk(
    collection: Collection,
    client: ApiClient,
    writer: SliceWriter,
    params: dict[str, str],
    cap: int,
) -> None:
    """Fetch all pages of one slice and say how it ended."""
    endpoint, title = writer.slice.endpoint, collection.spec.title
    paginator = CountedPages(cap=cap, count_field="page_count")
    problems: list[str] = []
    total = 0
    try:
        for answer in client.pages(endpoint, params, paginator, data_selector="results"):
            writer.answer()
            page = answer.request.get("page", 0)
            if answer.status == 400 and page >= cap - 1:
                problems.append(f"capped: the API gives no page after {page - 1}")
                break
            if answer.document is None or not isinstance(answer.document.value, dict):
                problem = answer.problem or "not_an_object: the body is no JSON object"
                writer.reject(readable(answer.body), problem, answer.request)
                problems.append(f"page {page}: {problem}")
            else:
                wrong = _take(writer, answer)
                if wrong:
                    problems.append(f"page {page}: {wrong}")
                total = max(total, _number(answer.document.value.get("total")))
            if page % 20 == 19:
                of = min(paginator.page_count or cap, cap)
                collection.say(
                    f"{title} {writer.slice.endpoint} {writer.slice.scope}: page {page + 1} of "
                    f"{of}, {writer.records} records, {writer.new_versions} new"
                )
            if writer.is_full:
                problems.append(f"row_limit: {writer.records} records (WAGEHOUSE_ENV=dev)")
                break
    except SourceStopped as stop:
        writer.leave_open(str(stop))
        raise
    if paginator.is_capped and not problems:
        problems.append(
            f"capped: {paginator.page_count} pages, of which the API gives {cap}; "
            "split the jobs by SOURCES__THE_MUSE__SEARCHES"
        )
    met = writer.records + writer.rejected
    if not problems and met < total:
        problems.append(f"short: {met} of {total} records came")
    if met == 0 and not problems and params:
        logger.warning("%s %s: no record; is the name still right?", title, writer.slice.scope)
        collection.say(f"{title}: {writer.slice.scope} has no jobs; is the name still right?")
    writer.end(complete=not problems, reason="; ".join(problems[:5]) or None)
    collection.say(
        f"{title} {endpoint} {writer.slice.scope}: {writer.records} records, "
        f"{writer.new_versions} new, {writer.rejected} rejected"
    )


def _take(writer: SliceWriter, answer: Answer) -> str | None:
    """Land the records of a page and what stands round them; returns what was wrong with it."""
    document = answer.document
    if document is None:
        raise ValueError("an answer without a document has no records")
    envelope = dict(document.value)
    results = envelope.pop("results", None)
    if not isinstance(results, list):
        kind = type(results).__name__
        problem = f"type_changed: results is {kind}, not a list"
        writer.reject(show(document.value), problem, answer.request)
        return problem
    for value in results:
        writer.record(value, answer.request, suspect=document.suspect)
    if document.suspect and fault(envelope):
        envelope = {"text": show(envelope)}
    writer.response(envelope, answer.request)
    return "timed_out: the API gave a part" if envelope.get("timed_out") is True else None


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
