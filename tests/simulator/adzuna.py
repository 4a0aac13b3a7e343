"""Adzuna's API over given or generated ads by country.

with Simulator(AdzunaApi({"gb": records(500)})) as api:
    asked = {"app_id": APP_ID, "app_key": APP_KEY, "content-type": "application/json"}
    requests.get(f"{api.url}{ROOT}/jobs/gb/search/1", asked, headers={"Accept": "application/json"})
"""

from __future__ import annotations

import csv
import io
import itertools
import math
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ingestion.demo.server import Answer, Request
from tests.simulator import common
from tests.simulator.adzuna_ads import (
    CLASS,
    COUNTRIES,
    TAGS,
    Ad,
    category,
    fresh,
    location,
    records,
)
from tests.simulator.adzuna_search import (
    AMOUNTS,
    FILTERS,
    ORDERS,
    PLACE,
    SWITCHES,
    Listed,
    area_of,
    canonical,
    mean,
    pay,
    words,
)
from tests.simulator.stock import token

__all__ = ["APP_ID", "APP_KEY", "ROOT", "STUB", "AdzunaApi", "categories_of", "from_capture"]
__all__ += ["records"]

ROOT = "/v1/api"
#: The only account unless others are given.
APP_ID, APP_KEY = "a1b2c3d4", "0123456789abcdef0123456789abcdef"
MINUTE, DAY, WEEK, MONTH = 60, 86_400, 604_800, 2_592_000
LIMITS = ((25, MINUTE), (250, DAY), (1_000, WEEK), (2_500, MONTH))
#: What has been sent, with status 200, instead of a page of ads.
STUB = {"__CLASS__": "Error - No Data received"}
BUCKETS = range(20_000, 160_000, 20_000)
#: Parameters by endpoint, besides those of the account and the content type.
PARAMETERS = {
    "categories": (),
    "search": (*FILTERS, "results_per_page", "distance", "sort_by"),
    "histogram": ("what", *PLACE, "category"),
    "history": ("months", *PLACE, "category"),
    "top_companies": ("what", *PLACE, "category"),
    "geodata": (*PLACE, "category"),
}
ACCOUNT = ("app_id", "app_key", "content-type")


def page_of(status: int, text: str) -> Answer:
    """A web page instead of an answer."""
    html = f"<!DOCTYPE html><html><head><title>{text}</title></head><body>{text}</body></html>"
    return Answer(status, html.encode(), "text/html; charset=utf-8")


def problem(status: int, exception: str, display: str) -> Answer:
    content = {"exception": exception, "display": display, "doc": "https://api.adzuna.com/v1/doc"}
    return Answer.of({**content, "__CLASS__": f"{CLASS}Exception"}, status)


OVER_LIMIT = page_of(429, "429 Too Many Requests")


@dataclass
class AdzunaApi:
    """Ads by country; what statistics say is computed from them.

    keys: accounts, as `app_id` → `app_key`. verbatim: ads are sent as they stand; else each request
    gets new tokens and its own `app_id` in their addresses. captured: whole answers by country and
    endpoint, such as ("gb", "history"). categories: rows by country, where they were captured.
    now: what `max_days_old` counts from; by default the day of the newest ad.
    limits: windows of each account. over_limit: what is sent beyond them; nothing is known of its
    body. retry_after: whether that names the seconds.
    burst: more requests than that are answered 503, as a web page.
    negotiated: JSON comes only to those who ask for it, by header and by parameter.
    shift: places by which an order other than by date or salary moves on from page to page.
    strict_size: more results than 50 a page are refused; else there are 50 of them.
    """

    ads: Mapping[str, Sequence[Ad]]
    keys: Mapping[str, str] = field(default_factory=lambda: {APP_ID: APP_KEY})
    verbatim: bool = False
    captured: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    categories: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)
    now: datetime | None = None
    limits: Collection[common.Limit] = LIMITS
    over_limit: Answer = OVER_LIMIT
    retry_after: bool = False
    burst: Collection[common.Limit] = ()
    clock: Callable[[], float] = time.monotonic
    negotiated: bool = True
    shift: int = 3
    per_page: int = 10
    max_per_page: int = 50
    strict_size: bool = True
    max_page: int | None = None
    unknown_country: int = 404
    sort_direction: str = "sort_dir"
    cumulative: bool = False
    leaders: int = 5
    highlight: bool = False

    def __post_init__(self) -> None:
        self._countries = {code: Listed(self.ads.get(code, ())) for code in COUNTRIES}
        self._limiters = {key: common.Limiter(self.limits, self.clock) for key in self.keys}
        self._bursts = common.Limiter(self.burst, self.clock)
        self._sessions = itertools.count()
        newest = max((ad["created"] for ads in self.ads.values() for ad in ads), default="")
        day = date.fromisoformat(newest[:10]) if newest else date(2026, 3, 2)
        self._now = self.now or datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC)

    def __call__(self, request: Request) -> Answer:
        app_id, app_key = request.first("app_id"), request.first("app_key")
        if self._bursts.take() is not None:
            return page_of(503, "503 Service Temporarily Unavailable")
        if not app_id or not app_key:
            return page_of(400, "400 Bad Request")
        if self.keys.get(app_id) != app_key:
            return problem(401, "AUTH_FAIL", "Authorisation failed")
        wait = self._limiters[app_id].take()
        if wait is not None:
            over = self.over_limit
            headers = {"Retry-After": common.seconds(wait)} if self.retry_after else {}
            return Answer(over.status, over.body, over.content_type, {**over.headers, **headers})
        if request.method != "GET":
            return page_of(405, "405 Method Not Allowed")
        if "id" in request.query:
            return page_of(400, "Sorry, something went wrong")
        try:
            answer = self._routed(request, app_id)
        except common.RefusedError as error:
            return problem(error.status, "INVALID_REQUEST", error.message)
        if answer is None:
            return page_of(404, "404 Not Found")
        asked = "application/json" in request.headers.get("accept", "")
        asked = asked and request.first("content-type") == "application/json"
        if answer.status == 200 and self.negotiated and not asked:
            return page_of(200, "Adzuna API")
        return answer

    def _routed(self, request: Request, app_id: str) -> Answer | None:
        parts = request.path.removeprefix(ROOT).strip("/").split("/")
        if not request.path.startswith(f"{ROOT}/") or not parts[0]:
            return None
        if parts == ["version"]:
            common.known_only(request, ACCOUNT)
            version = {"api_version": 1, "software_version": "1.0.0-simulated"}
            return Answer.of({**version, "__CLASS__": f"{CLASS}Version"})
        if parts[0] != "jobs" or len(parts) != 3 + (parts[2:3] == ["search"]):
            return None
        country, endpoint = parts[1], parts[2]
        if country not in COUNTRIES:
            return page_of(self.unknown_country, "Unknown country")
        if endpoint not in PARAMETERS:
            return None
        extra = (self.sort_direction,) if endpoint == "search" else ()
        common.known_only(request, (*PARAMETERS[endpoint], *ACCOUNT, *extra))
        self._check(request, country)
        if endpoint == "search":
            return self._search(request, country, parts[3], app_id)
        content = self.captured.get((country, endpoint))
        if content is None:
            content = getattr(self, f"_{endpoint}")(request, country)
        return Answer.of(content)

    def _check(self, request: Request, country: str) -> None:
        """Refuse values that no ad could have."""
        for name in ("distance", "max_days_old", *AMOUNTS):
            common.whole(request, name, 0)
        for name in SWITCHES:
            common.one_of(request, name, ("1",))
        stock = {ad["category"]["tag"] for ad in self._countries[country].ads}
        common.one_of(request, "category", {*TAGS, *stock})

    def _search(self, request: Request, country: str, page_text: str, app_id: str) -> Answer:
        if not page_text.isdecimal() or int(page_text) < 1:
            raise common.RefusedError(400, "pages start at 1")
        page = int(page_text)
        most = self.max_per_page if self.strict_size else None
        per_page = common.whole(request, "results_per_page", self.per_page, 1, most)
        per_page = min(per_page, self.max_per_page)
        order = common.one_of(request, "sort_by", ORDERS) or "default"
        up = common.one_of(request, self.sort_direction, ("up", "down")) == "up"
        ads, average = self._countries[country].found(request, self._now, order, up)
        step = per_page
        if order not in ("date", "salary"):
            step -= min(self.shift, per_page // 5)
        start = (page - 1) * step
        last = math.ceil(len(ads) / per_page)
        if page > (last if self.max_page is None else min(last, self.max_page)):
            start = len(ads)
        found = ads[start : start + per_page]
        if not self.verbatim:
            session = token("session", next(self._sessions), size=11)
            found = [fresh(ad, session, app_id) for ad in found]
        if self.highlight:
            found = [_marked(ad, request.first("what") or "") for ad in found]
        content: dict[str, Any] = {"count": len(ads), "results": found}
        content |= {} if average is None else {"mean": average}
        return Answer.of({**content, "__CLASS__": f"{CLASS}JobSearchResults"})

    def _categories(self, request: Request, country: str) -> Any:
        rows = self.categories.get(country) or [category(tag, country) for tag in TAGS]
        return {"results": rows, "__CLASS__": f"{CLASS}Categories"}

    def _histogram(self, request: Request, country: str) -> Any:
        """Ads by bucket of pay, in no order; those below the first bucket are in none."""
        amounts = [pay(ad) or 0 for ad in self._countries[country].found(request, self._now)[0]]
        ends = [*BUCKETS[1:], None]
        found = {
            str(low): sum(low <= x and (end is None or self.cumulative or x < end) for x in amounts)
            for low, end in zip(BUCKETS, ends, strict=True)
        }
        return {"histogram": _unordered(found), "__CLASS__": f"{CLASS}SalaryHistogram"}

    def _history(self, request: Request, country: str) -> Any:
        """Mean pay of past months, in no order; there is none where fewer than 20 ads match."""
        months = common.whole(request, "months", 12, 1)
        ads, average = self._countries[country].found(request, self._now)
        found = {}
        month = self._now.date().replace(day=1)
        for _ in range(months if average and len(ads) >= 20 else 0):
            month = (month - timedelta(days=1)).replace(day=1)
            wobble = int(token(country, month, size=2), 16) / 0xFFFF
            found[f"{month:%Y-%m}"] = round((average or 0) * (0.95 + 0.1 * wobble), 2)
        place = location([COUNTRIES[country].root, *_asked_area(request)[1:]])
        content = {"month": _unordered(found), "location": place}
        return {**content, "__CLASS__": f"{CLASS}HistoricalSalary"}

    def _top_companies(self, request: Request, country: str) -> Any:
        by_name: dict[str, list[Ad]] = defaultdict(list)
        for ad in self._countries[country].found(request, self._now)[0]:
            by_name[ad["company"].get("display_name", "")].append(ad)
        board = []
        for name in sorted(by_name, key=lambda one: (-len(by_name[one]), one))[: self.leaders]:
            average = mean(by_name[name])
            company = {"canonical_name": canonical(name), "display_name": name}
            paid = {} if average is None else {"average_salary": average}
            count = {"count": len(by_name[name]), "__CLASS__": f"{CLASS}Company"}
            board.append({**company, **paid, **count})
        return {"leaderboard": board, "__CLASS__": f"{CLASS}TopCompanies"}

    def _geodata(self, request: Request, country: str) -> Any:
        depth = max(1, len(_asked_area(request)))
        areas = Counter(
            tuple(area_of(ad)[: depth + 1])
            for ad in self._countries[country].found(request, self._now)[0]
            if len(area_of(ad)) > depth
        )
        found = [
            {"count": n, "location": location(list(area)), "__CLASS__": f"{CLASS}LocationJobs"}
            for area, n in areas.most_common()
        ]
        return {"locations": found, "__CLASS__": f"{CLASS}JobGeoData"}


def _asked_area(request: Request) -> list[str]:
    return [request.first(name) or "" for name in PLACE if name in request.query]


def _unordered(found: Mapping[str, Any]) -> dict[str, Any]:
    return {key: found[key] for key in sorted(found, key=lambda key: token(key, size=8))}


def _marked(ad: Ad, what: str) -> Ad:
    title = ad["title"]
    for word in words(what):
        title = re.sub(rf"\b({re.escape(word)})\b", r"<strong>\1</strong>", title, flags=re.I)
    return {**ad, "title": title}


def from_capture(content: Any) -> list[Ad]:
    """The ads of a captured answer, list of ads, or list of answers; error stubs have none."""
    body = common.parsed(content)
    if isinstance(body, list):
        return [ad for one in body for ad in ([one] if "id" in one else from_capture(one))]
    return list(body.get("results") or body.get("jobs") or [])


def categories_of(text: str) -> list[dict[str, str]]:
    """The rows of captured categories, in CSV."""
    return list(csv.DictReader(io.StringIO(text)))
