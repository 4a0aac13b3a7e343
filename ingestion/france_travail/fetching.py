"""Fetching offers and référentiels, slice by slice."""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import requests
from pydantic import Field, SecretStr

from ingestion.france_travail.codes import REFERENTIALS, Codes
from ingestion.france_travail.queries import (
    Parameters,
    days_of,
    end_of,
    name_of,
    parameters,
    window,
)
from ingestion.france_travail.splitting import BY_RELEVANCE, parts_of
from ingestion.harvest import walk_pages
from ingestion.http import Answer, ApiClient, ClientCredentials, RangedPages, Verdict
from ingestion.http.session import LOOPBACK
from ingestion.http.verdict import NOTHING
from ingestion.landing import Slice, SliceWriter
from ingestion.search import Search
from ingestion.settings import SourceSettings

if TYPE_CHECKING:
    from ingestion.collection import Collection

BASE_URL = "https://api.francetravail.io/partenaire/offresdemploi"
TOKEN_URL = "https://entreprise.francetravail.fr/connexion/oauth2/access_token"
REALM = "realm=%2Fpartenaire"
SCOPE = "api_offresdemploiv2 o2dsoffre"
SEARCH = "v2/offres/search"
#: Offers a page.
WIDTH = 150
#: By day of creation, the newest first.
BY_DATE = "1"
#: Fields of a search.
FIELDS = frozenset({"words", "country", "place", "category", "rome", "since", "until"})
_TOTAL = re.compile(r"/([0-9]{1,15})\s*$")


class FranceTravailSettings(SourceSettings):
    """Settings of France Travail; `searches` empty is the whole stock."""

    client_id: SecretStr | None = None
    client_secret: SecretStr | None = None
    token_url: str = f"{TOKEN_URL}?{REALM}"
    #: Some applications have been asked for `application_{client_id}` besides.
    scope: str = SCOPE
    #: The largest first position of a range; some have met 1000. A refusal teaches a smaller one.
    last_start: int = Field(default=3_000, ge=0, le=100_000)
    concurrency: int = Field(default=4, ge=1)


def judge(verdict: Verdict) -> None:
    """An answer to a search holds offers; that of a référentiel is a list."""
    found = verdict.document
    if found is None or found is NOTHING:
        return
    is_search = verdict.headers.get("Content-Range", "").startswith("offres")
    if is_search or not isinstance(found.value, list):
        verdict.expect("resultats")


def fetch(collection: Collection) -> None:
    """Fetch the offers of each search and, once a week, the référentiels."""
    config = collection.config
    if not isinstance(config, FranceTravailSettings):
        raise TypeError(f"{type(config).__name__} are not the settings of France Travail")
    client = collection.client(config.base_url or BASE_URL, auth=credentials(config))
    codes = Codes(collection, client)
    searches = collection.searches or (Search(),)
    slices = [slice_ for search in searches for slice_ in _planned(collection, codes, search)]
    if collection.ask is None:
        slices += [
            Slice("referentials", name)
            for name in REFERENTIALS
            if collection.mode("referentials", name) == "full"
        ]
    offers = Offers(collection, client, codes, config.last_start, searches)

    def take(writer: SliceWriter) -> None:
        if writer.slice.endpoint == "referentials":
            codes.land(writer)
        else:
            offers.take(writer)

    collection.walk(slices, take)


def credentials(config: FranceTravailSettings) -> ClientCredentials:
    """How tokens are got. An address without a realm gets ours."""
    url = config.token_url
    if "realm" not in parse_qs(urlsplit(url).query):
        url += f"{'&' if urlsplit(url).query else '?'}{REALM}"
    client_id, client_secret = (
        secret.get_secret_value() if secret is not None else ""
        for secret in (config.client_id, config.client_secret)
    )
    session = requests.Session()
    # A proxy of the environment cannot reach what listens on this machine.
    session.trust_env = urlsplit(url).hostname not in LOOPBACK
    return ClientCredentials(
        url,
        client_id,
        client_secret,
        scope=config.scope.replace("{client_id}", client_id),
        tries=config.retries + 1,
        session=session,
    )


def _planned(collection: Collection, codes: Codes, search: Search) -> list[Slice]:
    """The slices of a search: one, or as many as it takes to name all its places and codes."""
    now = collection.settings.now()
    days = days_of(search, now)
    mode = "cursor" if days else collection.mode("offers", search.scope)
    # Named by the days that were asked for: no cursor goes on from there.
    named = [
        f"{name}={day}"
        for name, day in (("since", search.since), ("until", search.until))
        if day is not None
    ]
    if mode == "cursor" and not days:
        since = collection.since("offers", search.scope)
        if since is not None:
            # By its beginning: a run that goes on tomorrow knows its slices again.
            days = window(since, end_of(now))
            named = [f"created-after={days['minCreationDate']}"]
    asked = parameters(search, codes.by_name)
    found = []
    for params in asked:
        parts = [name_of(params)] if len(asked) > 1 else []
        name = ",".join([*named, *parts]) or "all"
        request = {**params, **days, "sort": BY_DATE}
        found.append(Slice("offers", search.scope, name, mode, request))
    return found


class Offers:
    """Reads slices of offers. Slices may be read in several threads."""

    def __init__(
        self,
        collection: Collection,
        client: ApiClient,
        codes: Codes,
        last_start: int,
        searches: Iterable[Search],
    ) -> None:
        self._collection = collection
        self._client = client
        self._codes = codes
        #: The largest first position of a range, as far as is known.
        self._last_start = last_start
        #: Offers that are still wanted of a scope, where the user said how many.
        self._left = {s.scope: s.maximum for s in searches if s.maximum is not None}
        self._counting: dict[str, threading.Lock] = defaultdict(threading.Lock)

    @property
    def reach(self) -> int:
        """Offers that the API gives of one search."""
        return (self._last_start // WIDTH + 1) * WIDTH

    def take(self, writer: SliceWriter) -> None:
        scope = writer.slice.scope
        counting: AbstractContextManager[Any] = nullcontext()
        if scope in self._left:
            counting = self._counting[scope]
        with counting:
            self._take(writer)

    def _take(self, writer: SliceWriter) -> None:
        params: Parameters = {name: str(v) for name, v in writer.slice.request.items()}
        left = self._left.get(writer.slice.scope)
        if left == 0:
            writer.end(complete=False, reason="maximum: as many as were asked for have come")
            return
        # A rest is what is left after splitting; with a limit on records the first ones do.
        is_split = params.get("sort") != BY_RELEVANCE and (left is None or left > self.reach)
        if is_split and self._collection.settings.record_limit is None:
            if self._walk(writer, params, left, may_split=True):
                return
            parts = parts_of(
                params,
                self._count,
                self._collection.settings.now(),
                lambda: self._codes.values("departements"),
            )
            if parts:
                slice_ = writer.slice
                of = (slice_.endpoint, slice_.scope)
                writer.split([Slice(*of, part.name, slice_.mode, part.params) for part in parts])
                return
        self._walk(writer, params, left, may_split=False)

    def _walk(
        self, writer: SliceWriter, params: Parameters, left: int | None, *, may_split: bool
    ) -> bool:
        """Read a slice from where it stands; False where it holds more than can be read of it and
        is to be split, which then is no problem of it."""
        start = 0 if writer.resume is None else int(writer.resume)
        pages = RangedPages(width=WIDTH, last_start=self._last_start, start=start)
        too_much = False

        def beyond(answer: Answer) -> str | None:
            nonlocal too_much
            first = _first(answer)
            if answer.status == 400 and first > 0:
                # The pages before it were given: what is refused is the position.
                self._last_start = min(self._last_start, max(0, first - WIDTH))
                too_much = may_split
                return f"capped: the API gives no offer after the first {first}"
            total = _total(answer)
            if may_split and total is not None and total > self.reach:
                too_much = True
                return f"capped: {total} records, of which {self.reach} can be read"
            return None

        before, problems = writer.records, len(writer.problems)
        walk_pages(
            self._collection,
            self._client,
            writer,
            SEARCH,
            params,
            pages,
            records="resultats",
            beyond=beyond,
            maximum=None if left is None else before + left,
        )
        if left is not None:
            self._left[writer.slice.scope] = max(0, left - (writer.records - before))
        if too_much:
            del writer.problems[problems:]
            return False
        met = writer.records + writer.rejected
        if pages.total is not None and met < pages.total and not writer.problems:
            writer.problem(f"short: {met} of {pages.total} records came")
        return True

    def _count(self, params: Parameters) -> int | None:
        """How many offers there are; two are asked for, since of one alone nobody knows."""
        answer = self._client.get(SEARCH, {**params, "range": "0-1"})
        if answer.document is None:
            return None
        return 0 if answer.document is NOTHING else _total(answer)


def _total(answer: Answer) -> int | None:
    if answer.document is None:
        return None
    told = _TOTAL.search(answer.headers.get("Content-Range", ""))
    return int(told[1]) if told else None


def _first(answer: Answer) -> int:
    """The first position that was asked for."""
    text = str(answer.request.get("range", "0"))
    first = text.partition("-")[0]
    return int(first) if first.isdigit() else 0
