"""Lever's postings API over given or generated postings, of its global or its EU host.

with Simulator(LeverApi({"oberwald": records(250)})) as api:
    requests.get(f"{api.url}/v0/postings/oberwald?mode=json&skip=0&limit=100")

The two hosts are two of these: a site is known on one of them and answers 404 on the other. Lists
are bare arrays, unsorted, with no total: only a page without postings is past the end.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html import escape
from random import Random
from typing import Any

from ingestion.demo.server import Answer, Request
from tests.simulator import common, prose
from tests.simulator.stock import rng, stock, uuid

ROOT = "/v0/postings"
EU_HOST = "jobs.eu.lever.co"
#: Filters: several values of one mean any of them, letters count as they are.
FILTERS = ("location", "commitment", "team", "department", "level")
TEAMS = (
    ("Engineering", "Platform"),
    ("Engineering", "Data"),
    ("Business", "Sales"),
    (None, "Care"),
)
INTERVALS = (
    ("per-year-salary", 1, 80),
    ("per-hour-wage", 2_080, 12),
    ("per-month-salary", 12, 4),
    ("per-week-salary", 52, 2),
    ("per-day-wage", 260, 2),
)


@dataclass
class LeverApi:
    """Postings by site.

    default_limit, max_limit: postings of a page where no limit is asked for, and at most; neither
    is documented. strict: unknown parameters are refused; the real API ignores them. limits: none
    for reading. Without `mode=json` or an `Accept` of JSON the answer is a page for people.
    """

    sites: Mapping[str, Sequence[Mapping[str, Any]]]
    default_limit: int | None = None
    max_limit: int | None = None
    strict: bool = True
    etags: bool = False
    limits: Collection[common.Limit] = ()
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._limiter = common.Limiter(self.limits, self.clock)
        self._postings = {
            (site, posting.get("id")): posting
            for site, postings in self.sites.items()
            for posting in postings
        }

    def __call__(self, request: Request) -> Answer:
        wait = self._limiter.take()
        if wait is not None:
            return Answer(
                429, b"Too Many Requests", "text/plain", {"Retry-After": common.seconds(wait)}
            )
        try:
            content = self._content(request)
        except common.RefusedError as error:
            return Answer.of({"ok": False, "error": error.message}, error.status)
        if content is None:
            return Answer(200, b"<!doctype html><title>Jobs</title>", "text/html; charset=utf-8")
        answer = Answer.of(content)
        return common.conditional(request, answer) if self.etags else answer

    def _content(self, request: Request) -> Any | None:
        parts = request.path.removeprefix(ROOT).strip("/").split("/")
        site = self.sites.get(parts[0])
        if not request.path.startswith(ROOT) or request.method != "GET" or site is None:
            raise common.RefusedError(404, "Document not found")
        if self.strict:
            paging = ("mode", "skip", "limit", "group", *FILTERS)
            common.known_only(request, paging if len(parts) == 1 else ("mode",))
        mode = common.one_of(request, "mode", ("json", "html", "iframe"))
        wants_json = mode == "json" if mode else "json" in request.headers.get("accept", "")
        if len(parts) == 2:
            one = self._postings.get((parts[0], parts[1]))
            if one is None:
                raise common.RefusedError(404, "Document not found")
            return one if wants_json else None
        if len(parts) > 2:
            raise common.RefusedError(404, "Document not found")
        page = self._page(request, site)
        return page if wants_json else None

    def _page(self, request: Request, site: Sequence[Mapping[str, Any]]) -> list[Any]:
        skip = common.whole(request, "skip", 0)
        limit = common.whole(request, "limit", self.default_limit or len(site), low=1)
        if self.max_limit is not None:
            limit = min(limit, self.max_limit)
        wanted = {name: set(request.query[name]) for name in FILTERS if name in request.query}
        if wanted:
            site = [
                posting
                for posting in site
                if all(_values(posting, name) & values for name, values in wanted.items())
            ]
        page = list(site[skip : skip + limit])
        group = common.one_of(request, "group", ("location", "commitment", "team", "department"))
        if group is None:
            return page
        groups: dict[str, list[Any]] = {}
        for posting in page:
            name = posting.get("categories", {}).get(group) or ""
            groups.setdefault(name, []).append(posting)
        return [{"title": name, "postings": postings} for name, postings in groups.items()]


def _values(posting: Mapping[str, Any], name: str) -> set[str]:
    categories = posting.get("categories") or {}
    others = (categories.get("allLocations") or ()) if name == "location" else ()
    return {value for value in (categories.get(name), *others) if value}


def from_capture(content: Any) -> list[dict[str, Any]]:
    """The postings of a captured list, or the one of a captured posting, unchanged."""
    body = common.parsed(content)
    return [body] if isinstance(body, dict) else list(body)


def records(
    n: int,
    seed: int = 1,
    day: date = date(2026, 3, 2),
    site: str = "oberwald",
    host: str = "jobs.lever.co",
) -> list[dict[str, Any]]:
    """The `n` postings of a site on the day, in no order that means anything."""
    found = []
    for listed in stock(n, day):
        random = rng("lever", site, seed, listed.number)
        language = random.choices(("en", "de", "fr"), (7, 2, 1))[0]
        trade = random.randrange(len(prose.TRADES))
        title = prose.title(random, trade, language)
        place = prose.place(random, language)
        person = prose.contact(random, language) if random.random() < 0.2 else None
        advert = prose.advert(random, language, title, site.title(), None, listed.edits, person)
        opening, *lists = advert.sections
        posting_id = uuid("lever", site, seed, listed.number)
        url = f"https://{host}/{site}/{posting_id}"
        body = "".join(f"<div>{escape(line)}</div>" for line in opening[1])
        plain = "\n".join(opening[1]) + "\n"
        created = datetime(listed.on.year, listed.on.month, listed.on.day, tzinfo=UTC)
        created += timedelta(milliseconds=random.randrange(86_400_000))
        pay = _pay(random, prose.TRADES[trade][1], place, listed.edits)
        found.append(
            {
                "additional": "<div><br></div>",
                "additionalPlain": "\n",
                "categories": _categories(random, place),
                "createdAt": int(created.timestamp() * 1000),
                "descriptionPlain": f"{opening[0]}\n{plain}",
                "description": f"<div><b>{escape(opening[0])}</b></div>{body}",
                "id": posting_id,
                "lists": [
                    {
                        "text": heading,
                        "content": "".join(f"<li>{escape(line)}</li>" for line in lines),
                    }
                    for heading, lines in lists
                ],
                "text": title,
                "country": None if random.random() < 0.1 else place.country,
                "workplaceType": random.choices(
                    ("unspecified", "on-site", "remote", "hybrid"), (3, 3, 2, 2)
                )[0],
                "opening": f"<div>{escape(opening[0])}</div>",
                "openingPlain": f"{opening[0]}\n",
                "descriptionBody": body,
                "descriptionBodyPlain": plain,
                "hostedUrl": url,
                "applyUrl": f"{url}/apply",
                **pay,
            }
        )
    rng("lever", "order", seed, day).shuffle(found)
    return found


def _categories(random: Random, place: prose.Place) -> dict[str, Any]:
    """Whatever an employer has not filled in is absent."""
    department, team = random.choice(TEAMS)
    home = f"{place.city}, {place.country}" if random.random() < 0.7 else place.city
    others = ["Remote"] if random.random() < 0.15 else []
    found: dict[str, Any] = {"location": home, "allLocations": [home, *others]}
    commitment = random.choice(("Full-time", "Part-time", "Fixed term", None))
    level = random.choice(("Senior", None, None))
    named = {"commitment": commitment, "department": department, "team": team, "level": level}
    return found | {name: value for name, value in named.items() if value}


def _pay(random: Random, base: int, place: prose.Place, edits: int) -> dict[str, Any]:
    if random.random() < 0.5:
        return {}
    interval, parts, _ = random.choices(INTERVALS, [weight for *_, weight in INTERVALS])[0]
    digits = 2 if parts > 260 else None
    low = round(base * random.uniform(0.9, 1.4) * 1.05**edits / parts, digits)
    most = low if random.random() < 0.1 else round(low * 1.3, digits)
    found: dict[str, Any] = {
        "salaryRange": {"currency": place.currency, "interval": interval, "min": low, "max": most}
    }
    if random.random() < 0.5:
        found["salaryDescription"] = "<div>Plus a yearly bonus.</div>"
        found["salaryDescriptionPlain"] = "Plus a yearly bonus.\n"
    return found
