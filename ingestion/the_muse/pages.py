"""Walking the pages of The Muse's API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dlt.sources.helpers.rest_client.auth import APIKeyAuth
from pydantic import SecretStr

from ingestion.harvest import walk_pages
from ingestion.http import Answer, CountedPages
from ingestion.landing import Slice, SliceWriter
from ingestion.search import Search
from ingestion.settings import SourceSettings

if TYPE_CHECKING:
    from ingestion.collection import Collection

BASE_URL = "https://www.themuse.com/api/public"
#: The API answers pages 0 to 99 of a query and 400 beyond.
CAP = 100
#: Fields of a search, and the parameters they are.
PARAMETERS = {
    "category": "category",
    "place": "location",
    "level": "level",
    "company": "company",
}


class TheMuseSettings(SourceSettings):
    """Settings of The Muse; `searches` empty is one walk through all jobs."""

    api_key: SecretStr | None = None


def fetch(collection: Collection, base_url: str | None = None, cap: int = CAP) -> None:
    """Fetch jobs, by each search, and companies. `base_url` wins over the setting.

    cap: pages that the API gives of a query; the demo gives all it has.
    """
    config = collection.config
    if not isinstance(config, TheMuseSettings):
        raise TypeError(f"{type(config).__name__} are not the settings of The Muse")
    searches = {search.scope: search for search in collection.searches or (Search(),)}
    slices = [
        Slice("jobs", scope, request=parameters(search)) for scope, search in searches.items()
    ]
    if collection.ask is None:
        slices.append(Slice("companies", "all"))
    key = config.api_key.get_secret_value() if config.api_key is not None else ""
    auth = APIKeyAuth(name="api_key", api_key=key, location="query") if key else None
    client = collection.client(base_url or config.base_url or BASE_URL, auth=auth)

    def beyond(answer: Answer) -> str | None:
        page = answer.request.get("page", 0)
        if answer.status == 400 and page >= cap - 1:
            return f"capped: the API gives no page after {page - 1}"
        return None

    def take(writer: SliceWriter) -> None:
        start = None if writer.resume is None else int(writer.resume)
        pages = CountedPages(cap=cap, count_field="page_count", start=start)
        search = searches.get(writer.slice.scope)
        walk_pages(
            collection,
            client,
            writer,
            writer.slice.endpoint,
            writer.slice.request,
            pages,
            records="results",
            total="total",
            judge=timed_out,
            beyond=beyond,
            maximum=search.maximum if search is not None else None,
        )
        if pages.is_capped:
            collection.say(
                f"{collection.spec.title} {writer.slice.scope} has more than the API gives: split "
                "the jobs by SOURCES__THE_MUSE__SEARCHES"
            )

    collection.walk(slices, take)


def parameters(search: Search) -> dict[str, str]:
    """The parameters of a search."""
    return {
        parameter: str(value)
        for name, parameter in PARAMETERS.items()
        if (value := getattr(search, name)) is not None
    }


def timed_out(envelope: Mapping[str, Any]) -> str | None:
    """What is wrong where the API says that it did not finish the search."""
    return "timed_out: the API gave a part" if envelope.get("timed_out") is True else None
