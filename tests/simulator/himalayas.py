"""Himalayas' remote jobs API over given or generated jobs: the whole list, and the search.

with Simulator(HimalayasApi(records(300))) as api:
    requests.get(f"{api.url}/jobs/api?limit=20")
    requests.get(f"{api.url}/jobs/api/search?q=engineer&page=1")

The list goes on by an opaque cursor and ignores what one searches for; the search goes by pages,
and nothing beyond its cap can be reached.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from random import Random
from typing import Any, Literal

from ingestion.demo.server import Answer, Request
from tests.simulator import common, prose
from tests.simulator.stock import rng, stock

PATH = "/jobs/api"
SEARCH = ("q", "keyword", "country", "worldwide", "employment_type", "seniority", "sort", "page")
SORTS = ("recent", "relevant", "salaryAsc", "salaryDesc")
TYPES = ("Full Time", "Part Time", "Contractor", "Temporary", "Intern", "Volunteer", "Other")
SENIORITY = ("Entry-level", "Mid-level", "Senior", "Manager", "Director", "Executive")
#: Period, by how much a year's pay is divided, weight.
PERIODS = (
    ("annual", 1, 80),
    ("monthly", 12, 8),
    ("hourly", 2_080, 8),
    ("weekly", 52, 2),
    ("daily", 260, 2),
)


@dataclass
class HimalayasApi:
    """Jobs, served newest first.

    page_size: at most; a higher `limit` is cut without a word. cap: results of a search that can be
    reached; pages beyond it are empty. offsets: whether the old `offset` still works. limits: 60
    requests a minute. strict: parameters that neither endpoint has are refused.
    """

    jobs: Sequence[Mapping[str, Any]]
    page_size: int = 20
    cap: int = 5_000
    offsets: bool = True
    strict: bool = True
    limits: Collection[common.Limit] = ((60, 60),)
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._limiter = common.Limiter(self.limits, self.clock)
        self._searches: dict[Any, list[Mapping[str, Any]]] = {}

    @classmethod
    def unlimited(cls, jobs: Sequence[Mapping[str, Any]], **settings: Any) -> HimalayasApi:
        return cls(jobs, **{"limits": (), "cap": len(jobs), **settings})

    @cached_property
    def _newest_first(self) -> list[tuple[tuple[int, str], Mapping[str, Any]]]:
        keyed = (((-int(job["pubDate"]), str(job["guid"])), job) for job in self.jobs)
        return sorted(keyed, key=lambda pair: pair[0])

    @cached_property
    def _words(self) -> dict[int, str]:
        names = ("title", "companyName", "description", "categories")
        return {id(job): common.texts(job, names) for job in self.jobs}

    def __call__(self, request: Request) -> Answer:
        wait = self._limiter.take()
        if wait is not None:
            error = {"error": "Too many requests"}
            return Answer.of(error, 429, Retry_After=common.seconds(wait))
        try:
            if request.method == "GET" and request.path == PATH:
                return Answer.of(self._list(request))
            if request.method == "GET" and request.path == f"{PATH}/search":
                return Answer.of(self._search(request))
        except common.RefusedError as error:
            return Answer.of({"error": error.message}, error.status)
        return Answer(404, b"<!doctype html><title>404</title>", "text/html; charset=utf-8")

    def _list(self, request: Request) -> dict[str, Any]:
        if self.strict:
            common.known_only(request, ("limit", "cursor", "offset", *SEARCH))
        limit = min(common.whole(request, "limit", self.page_size, low=1), self.page_size)
        offset = common.whole(request, "offset", 0) if self.offsets else 0
        cursor = request.first("cursor")
        if cursor:
            offset = self._position(cursor)
        page = self._newest_first[offset : offset + limit]
        more = offset + limit < len(self._newest_first)
        return self._envelope([job for _, job in page], offset, limit, len(self.jobs)) | {
            "nextCursor": _cursor(page[-1][0]) if page and more else None
        }

    def _position(self, cursor: str) -> int:
        """Where to go on: behind the job that the cursor names, which may be gone by now."""
        try:
            moment, guid = base64.urlsafe_b64decode(cursor.encode()).decode().split("|", 1)
            key = (int(moment), guid)
        except (ValueError, binascii.Error):
            raise common.RefusedError(400, "invalid cursor") from None
        low, high = 0, len(self._newest_first)
        while low < high:
            middle = (low + high) // 2
            if self._newest_first[middle][0] <= key:
                low = middle + 1
            else:
                high = middle
        return low

    def _search(self, request: Request) -> dict[str, Any]:
        if self.strict:
            common.known_only(request, ("limit", *SEARCH))
        page = common.whole(request, "page", 1, low=1)
        limit = min(common.whole(request, "limit", self.page_size, low=1), self.page_size)
        sort = common.one_of(request, "sort", SORTS)
        key = tuple((name, request.first(name)) for name in SEARCH if name != "page")
        found = self._searches.get(key)
        if found is None:
            found = [job for _, job in self._newest_first if self._matches(job, request)]
            if sort in ("salaryAsc", "salaryDesc"):
                sign = 1 if sort == "salaryAsc" else -1
                found.sort(key=lambda job: sign * (job.get("minSalary") or 0))
            self._searches[key] = found
        offset = (page - 1) * limit
        shown = found[offset : min(offset + limit, self.cap)]
        return self._envelope(shown, offset, limit, len(found))

    def _matches(self, job: Mapping[str, Any], request: Request) -> bool:
        words = common.fold(request.first("q") or request.first("keyword") or "").split()
        if not all(word in self._words[id(job)] for word in words):
            return False
        places = job.get("locationRestrictions") or []
        names = {
            common.fold(str(value))
            for place in places
            for value in (place.values() if isinstance(place, Mapping) else [place])
        }
        country = request.first("country")
        if country and common.fold(country) not in names:
            return False
        if request.first("worldwide") == "true" and places:
            return False
        for name, field in (("employment_type", "employmentType"), ("seniority", "seniority")):
            value = job.get(field)
            values = value if isinstance(value, list) else [value]
            wanted = {common.fold(one) for one in (request.first(name) or "").split(",") if one}
            if wanted and not wanted & {common.fold(str(one)) for one in values}:
                return False
        return True

    def _envelope(self, jobs: list[Any], offset: int, limit: int, total: int) -> dict[str, Any]:
        newest = self._newest_first[0][1]["pubDate"] if self._newest_first else 0
        return {
            "comments": "Link back to the job board and name it. Use cursor, offset will go.",
            "updatedAt": newest,
            "offset": offset,
            "limit": limit,
            "totalCount": total,
            "jobs": jobs,
        }


def _cursor(key: tuple[int, str]) -> str:
    return base64.urlsafe_b64encode(f"{key[0]}|{key[1]}".encode()).decode()


def from_capture(content: Any) -> list[dict[str, Any]]:
    """The jobs of a captured page, unchanged."""
    return common.captured(content, "jobs")


def records(
    n: int,
    seed: int = 1,
    day: date = date(2026, 3, 2),
    times: Literal["s", "ms"] = "s",
    places: Literal["names", "objects"] = "names",
) -> list[dict[str, Any]]:
    """The `n` jobs that are on the board on the day, unsorted.

    times: unit of `pubDate` and `expiryDate`; answers had seconds, the data dictionary says
    milliseconds. places: countries by name, or as objects as in the data dictionary.
    """
    found = []
    factor = 1 if times == "s" else 1000
    for listed in stock(n, day):
        random = rng("himalayas", seed, listed.number)
        trade = random.randrange(len(prose.TRADES))
        title = prose.title(random, trade, "en")
        company = prose.employer(random, "en")
        slug = company.lower().replace(" ", "-")
        person = prose.contact(random, "en") if random.random() < 0.1 else None
        advert = prose.advert(random, "en", title, company, None, listed.edits, person)
        start = datetime(listed.on.year, listed.on.month, listed.on.day, tzinfo=UTC)
        published = start + timedelta(seconds=random.randrange(86_400))
        countries = random.sample(prose.PLACES["en"], random.choice((0, 1, 1, 3)))
        place = countries[0] if countries else prose.place(random, "en")
        url = f"https://himalayas.app/companies/{slug}/jobs/job-{seed}{listed.number:06d}"
        found.append(
            {
                "title": title,
                "excerpt": advert.sections[0][1][0],
                "companyName": company,
                "companySlug": slug,
                "companyLogo": random.choice((f"https://example.org/{slug}.png", "")),
                "employmentType": random.choices(TYPES, (70, 8, 14, 3, 3, 1, 1))[0],
                **_pay(random, prose.TRADES[trade][1], place, listed.edits),
                "seniority": random.sample(SENIORITY, random.choice((1, 1, 2))),
                "locationRestrictions": [_country(one, places) for one in countries],
                "timezoneRestrictions": random.choice(([], [-5, -4.5, -4], [0, 1, 2])),
                "categories": [prose.TRADES[trade][0]["en"].replace(" ", "-"), "Remote"],
                "parentCategories": random.choice(([], ["Developer"], ["Operations"])),
                "description": advert.html(),
                "pubDate": int(published.timestamp()) * factor,
                "expiryDate": int((published + timedelta(days=60)).timestamp()) * factor,
                "applicationLink": f"{url}?apply=1",
                "guid": url,
            }
        )
    rng("himalayas", "order", seed, day).shuffle(found)
    return found


def _country(place: prose.Place, form: str) -> Any:
    if form == "names":
        return place.country_name
    slug = place.country_name.lower().replace(" ", "-")
    return {"alpha2": place.country, "name": place.country_name, "slug": slug}


def _pay(random: Random, base: int, place: prose.Place, edits: int) -> dict[str, Any]:
    """Both ends, one of them, or nothing: nulls, with the currency there or not."""
    period, share, _ = random.choices(PERIODS, [weight for *_, weight in PERIODS])[0]
    digits = 2 if share > 260 else None
    low = round(base * random.uniform(0.9, 1.4) * 1.05**edits / share, digits)
    form = random.choices(("none", "range", "least", "exact"), (55, 35, 5, 5))[0]
    most = {"range": round(low * 1.3, digits), "exact": low}.get(form)
    stated = form != "none"
    return {
        "minSalary": low if stated else None,
        "maxSalary": most,
        "salaryPeriod": period if stated else random.choice((None, "annual")),
        "currency": place.currency if stated else random.choice((None, "USD")),
    }
