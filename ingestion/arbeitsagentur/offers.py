"""Walking the pages of a search for offers, split where it finds more than can be read."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from dlt.sources.helpers.rest_client.auth import APIKeyAuth
from pydantic import Field, SecretStr

from ingestion.details import Details
from ingestion.harvest import walk_pages
from ingestion.http import Answer, CountedPages, Verdict
from ingestion.http.address import api_address
from ingestion.http.verdict import at, whole
from ingestion.landing import Slice, SliceWriter
from ingestion.landing.canonical import Document
from ingestion.newest_first import span_of, wanted
from ingestion.search import Search
from ingestion.settings import SourceSettings

if TYPE_CHECKING:
    from ingestion.collection import Collection

BASE_URL = "https://rest.arbeitsagentur.de/jobboerse/jobsuche-service/pc/v4"
#: What the website of the agency sends, and everybody may read there.
PUBLIC_KEY = "jobboerse-jobsuche"
BERLIN = ZoneInfo("Europe/Berlin")
#: Offers of a page, and those of a query that can be read.
SIZE = 100
WINDOW = 10_000
#: The API can be asked for offers of the last so many days.
LONGEST = 100
DAYS = "veroeffentlichtseit"
PUBLISHED = "aktuelleVeroeffentlichungsdatum"
#: Fields of a search, and the parameters they are.
PARAMETERS = {
    "words": "was",
    "place": "wo",
    "category": "berufsfeld",
    "company": "arbeitgeber",
}
#: Kinds of offer: work, self-employed, training, internship. Every offer is of one.
KINDS = ("1", "2", "4", "34")
#: What the answer counts its offers by, and the parameters by which it can be split after that.
FACETS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("berufsfeld", "berufsfeld", {}),
    ("arbeitsort", "wo", {"umkreis": "0"}),
)
#: Fields of details under which people stand or are to be reached.
DROP = (
    "ansprechpartner",
    "arbeitgeberKontakt",
    "bewerbungskontakt",
    "kontakt",
    "kontaktdaten",
    "angebotskontakt",
    "email",
    "telefon",
    "telefonnummer",
)
#: When an offer was changed, in the list and in its details.
_STAMP = "modifikationsTimestamp"
#: At least one of them stands in details.
_KNOWN = ("refnr", "referenznummer", "hashId", "stellenangebotsTitel", "titel", "firma")


class ArbeitsagenturSettings(SourceSettings):
    """Settings of the Jobsuche. details: false leaves out texts and pay, at a request an offer.
    radius: kilometres round a search's place; the API's own where it is not set. whole: without a
    search, all offers of the country and not the first 10,000."""

    api_key: SecretStr = SecretStr(PUBLIC_KEY)
    details: bool = True
    radius: int | None = Field(default=None, ge=0, le=200)
    whole: bool = False


class _Splits(Exception):  # noqa: N818 - no error: the answer says that the slice is too large
    def __init__(self, parts: list[Slice]) -> None:
        self.parts = parts


def fetch(collection: Collection) -> None:
    """Fetch what the searches find, or the offers of the country."""
    config = collection.config
    if not isinstance(config, ArbeitsagenturSettings):
        raise TypeError(f"{type(config).__name__} are not the settings of the Jobsuche")
    full = collection.ask is not None and collection.ask.full
    auth = APIKeyAuth(
        name="X-API-Key", api_key=config.api_key.get_secret_value(), location="header"
    )
    client = collection.client(api_address(config.base_url, BASE_URL), auth=auth)
    details = Details(
        client, _path, lambda offer, found: {**offer, "details": found}, _STAMP, drop=DROP
    )
    searches: dict[tuple[str, str], Search] = {}
    plan = []
    for search in collection.searches or (Search(),):
        mode, since = span_of(collection, "jobs", search)
        name = search.window or "all"
        searches[search.scope, name] = search
        params = parameters(search, config.radius)
        params |= days_since(since, collection.run.started_at)
        plan.append(Slice("jobs", search.scope, name, mode, params))

    def take(writer: SliceWriter) -> None:
        search = searches[writer.slice.scope, writer.slice.slice.partition("/")[0]]
        # All offers of the country are read only where that is said.
        is_first = not (parameters(search) or search.window or config.whole or full)
        pages = CountedPages(
            cap=WINDOW // SIZE,
            count_field="maxErgebnisse",
            base_page=1,
            size=SIZE,
            size_field="size",
            start=None if writer.resume is None else int(writer.resume),
        )

        def beyond(answer: Answer) -> str | None:
            page = whole(answer.request.get("page")) or 1
            if answer.status == 400 and page > 1:
                return f"capped: the API gives no page after {page - 1}"
            if page == 1 and not is_first and search.maximum is None:
                parts = parts_of(writer.slice, answer)
                if parts:
                    raise _Splits(parts)
            return None

        try:
            walk_pages(
                collection,
                client,
                writer,
                "jobs",
                {**writer.slice.request, "size": SIZE},
                pages,
                records="stellenangebote",
                total=None if search.window else "maxErgebnisse",
                maximum=search.maximum,
                beyond=beyond,
                wanted=wanted(search, PUBLISHED),
                shape=details.of(writer) if config.details else None,
            )
        except _Splits as split:
            writer.split(split.parts)
            return
        if is_first and pages.is_capped:
            collection.say(
                f"Arbeitsagentur: the first {writer.records} of {pages.total} offers; SEARCHES "
                "names those that you want, SOURCES__ARBEITSAGENTUR__WHOLE=true reads all"
            )

    collection.walk(plan, take)
    if details.missed:
        collection.say(f"Arbeitsagentur: details of {details.missed} offers are missing")


def _path(offer: Mapping[str, Any]) -> str | None:
    number = offer.get("refnr")
    if not isinstance(number, str):
        return None
    encoded = b64encode(number.encode("utf-8", "replace")).decode()
    return f"jobdetails/{quote(encoded, safe='=')}"


def parameters(search: Search, radius: int | None = None) -> dict[str, str]:
    """The parameters of a search but its days."""
    found = {
        parameter: str(value)
        for name, parameter in PARAMETERS.items()
        if (value := getattr(search, name)) is not None
    }
    if radius is not None and search.place is not None:
        found["umkreis"] = str(radius)
    return found


def days_since(since: datetime | None, now: datetime) -> dict[str, str]:
    """The parameter that asks for offers of the last days; none where those are too many."""
    if since is None:
        return {}
    # Berlin's day is UTC's or the next: never too few.
    days = max(0, (now.astimezone(BERLIN).date() - since.date()).days)
    return {DAYS: str(days)} if days <= LONGEST else {}


def parts_of(slice_: Slice, answer: Answer) -> list[Slice]:
    """The parts of a slice that finds more than can be read, which together hold all of it; none
    where it does not, or where nothing is known that splits it."""
    value = None if answer.document is None else answer.document.value
    total = whole(at(value, "maxErgebnisse"))
    if total is None or total <= WINDOW:
        return []
    if "angebotsart" not in slice_.request:
        return [_part(slice_, "angebotsart", kind, {}) for kind in KINDS]
    for facet, parameter, more in FACETS:
        counts = at(value, f"facetten.{facet}.counts")
        if parameter in slice_.request or not isinstance(counts, dict):
            continue
        # What is counted for the commonest values only does not hold all.
        if len(counts) > 1 and sum(whole(number) or 0 for number in counts.values()) >= total:
            return [_part(slice_, parameter, name, more) for name in sorted(counts)]
    return []


def _part(slice_: Slice, parameter: str, value: str, more: Mapping[str, str]) -> Slice:
    return Slice(
        slice_.endpoint,
        slice_.scope,
        f"{slice_.slice}/{parameter}={value}",
        slice_.mode,
        {**slice_.request, parameter: value, **more},
    )


def judge(verdict: Verdict) -> None:
    """An answer without offers may have no list; details have a number or a title."""
    if verdict.document is None:
        return
    value, suspect = verdict.document.value, verdict.document.suspect
    total = whole(at(value, "maxErgebnisse"))
    if total is not None:
        page, size = whole(value.get("page")) or 1, whole(value.get("size")) or SIZE
        if value.get("stellenangebote") is None and (page - 1) * size >= total:
            verdict.accept(Document({**value, "stellenangebote": []}, suspect))
        verdict.expect("stellenangebote")
    elif not isinstance(value, dict) or not any(name in value for name in _KNOWN):
        verdict.expect("stellenangebote")
