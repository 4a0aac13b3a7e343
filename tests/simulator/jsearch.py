"""JSearch, on either of its hosts, over given or generated jobs and estimates.

with Simulator(JSearchApi(records(50))) as api:
    headers = {"X-RapidAPI-Key": KEY, "X-RapidAPI-Host": HOST}
    requests.get(f"{api.url}/search-v2", {"query": "jobs in austin"}, headers=headers)
    requests.get(f"{api.url}{DIRECT}/search-v2", {"query": "jobs"}, headers={"x-api-key": KEY})
"""

from __future__ import annotations

import base64
import binascii
import itertools
import math
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ingestion.demo.server import Answer, Request, dumps
from tests.simulator import common
from tests.simulator.jsearch_jobs import (
    KINDS,
    LANDS,
    Job,
    estimates,
    records,
    recurring,
    unlocalised,
)
from tests.simulator.stock import token, uuid

__all__ = ["DIRECT", "HOST", "KEY", "JSearchApi", "estimates", "estimates_from_capture"]
__all__ += ["from_capture", "keyed", "records"]

HOST, DIRECT = "jsearch.p.rapidapi.com", "/jsearch"
#: The only key unless others are given.
KEY = "0a1b2c3d4emsh5f6071829304a5bp1c6d7ejsn8f9000112233"
MONTH = 2_592_000
PLANS = "https://rapidapi.com/letscrape-6bRBa3QguO5/api/jsearch"
#: Days that a date filter goes back.
DATES = {"all": None, "today": 1, "3days": 3, "week": 7, "month": 30}
NEEDS = ("under_3_years_experience", "more_than_3_years_experience", "no_experience", "no_degree")
YEARS = (
    *("ALL", "LESS_THAN_ONE", "ONE_TO_THREE", "FOUR_TO_SIX", "SEVEN_TO_NINE"),
    *("TEN_TO_FOURTEEN", "ABOVE_FIFTEEN"),
)
LOCATIONS = ("ANY", "CITY", "STATE", "COUNTRY", "COUNTY")
MOST_PAGES, LAST_PAGE, MOST_IDS = 20, 100, 20
#: Words of a query that say nothing about a job.
STOP = {"a", "the", "job", "jobs", "all", "any", "for"}
LOCALE = ("country", "language", "fields")
SEARCH = (
    *("query", "num_pages", "date_posted", "work_from_home", "employment_types"),
    *("job_requirements", "radius", "exclude_job_publishers", *LOCALE),
)
PAY = ("job_title", "location", "location_type", "years_of_experience", "fields")
PARAMETERS = {
    "/search-v2": (*SEARCH, "cursor"),
    "/search": (*SEARCH, "page", "remote_jobs_only"),
    "/job-details": ("job_id", *LOCALE),
    "/estimated-salary": PAY,
    "/company-job-salary": ("company", *PAY),
}
REQUIRED = {
    "/search-v2": ("query",),
    "/search": ("query",),
    "/job-details": ("job_id",),
    "/estimated-salary": ("job_title", "location"),
    "/company-job-salary": ("company", "job_title"),
}

Estimates = Mapping[tuple[str, ...], Sequence[Mapping[str, Any]]]


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


@dataclass
class Account:
    """What a key has used of its month, which starts with its first request."""

    limiter: common.Limiter
    used: int = 0
    started: float = -math.inf


@dataclass
class JSearchApi:
    """Jobs, and estimates by what is asked for; see `keyed`.

    old_search: `/search` still answers; give it jobs of the old shape. verbatim: jobs are sent as
    they stand; else those who name no language get no times, and some jobs come twice.
    recur: so many jobs apart one comes again, with another link. per_page: jobs of a page.
    depth: jobs that one search can reach at most. ends: the last page has no cursor (`missing`), or
    one to a page without jobs (`empty`). now: seconds since 1970 that dates count from.
    keys: accepted on both hosts; unsubscribed: known, and not for this API.
    monthly: units of a month, of 30 days; None: no such limit. limits: rates of a key. `used`
    tells what has been billed: all that was answered well, whether it arrived or not.
    bad_request: 400 or 422. reset_header: whether the seconds to a new month are told.
    """

    jobs: Sequence[Job] = ()
    estimated: Estimates = field(default_factory=dict)
    company: Estimates = field(default_factory=dict)
    old_search: bool = False
    verbatim: bool = False
    recur: int = 25
    per_page: int = 10
    depth: int | None = None
    ends: str = "missing"
    now: float | None = None
    keys: Collection[str] = (KEY,)
    unsubscribed: Collection[str] = ()
    plan: str = "BASIC"
    monthly: int | None = 200
    limits: Collection[common.Limit] = ((5, 1), (1_000, 3_600))
    bad_request: int = 400
    reset_header: bool = True
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._accounts = {
            key: Account(common.Limiter(self.limits, self.clock)) for key in self.keys
        }
        self._found: dict[Any, list[Job]] = {}
        stamps = (job.get("job_posted_at_timestamp") or 0 for job in self.jobs)
        self._now = self.now or max(stamps, default=0) + 43_200

    def used(self, key: str = KEY) -> int:
        return self._accounts[key].used

    def __call__(self, request: Request) -> Answer:
        direct = request.path.startswith(f"{DIRECT}/")
        key = request.headers.get("x-api-key" if direct else "x-rapidapi-key", "")
        if key in self.unsubscribed:
            return _gateway(403, "You are not subscribed to this API.")
        if key not in self._accounts:
            docs = "https://docs.rapidapi.com/docs/keys"
            return _gateway(401, f"Invalid API key. Go to {docs} for more info.")
        if not direct and request.headers.get("x-rapidapi-host") != HOST:
            return _gateway(404, "API doesn't exists")
        path = request.path.removeprefix(DIRECT) if direct else request.path
        if path not in PARAMETERS or (path == "/search" and not self.old_search):
            return _gateway(404, f"Endpoint '{path}' does not exist")
        account = self._accounts[key]
        refusal = self._refusal(account)
        if refusal is not None:
            return refusal
        try:
            content, units = self._answer(request, path)
        except common.RefusedError as error:
            wrong = {"message": error.message, "code": error.status}
            content = {"status": "ERROR", "request_id": self._request_id(), "error": wrong}
            with self._lock:
                account.used -= 1
            return Answer(error.status, dumps(content), headers=self._headers(account))
        with self._lock:
            account.used += units - 1
        return Answer(200, dumps(content), headers=self._headers(account))

    def _refusal(self, account: Account) -> Answer | None:
        """What is sent beyond a limit; else one unit is taken from the month."""
        if account.limiter.take() is not None:
            text = f"You have exceeded the rate limit per second for your plan, {self.plan}"
            return _gateway(429, f"{text}, by the API provider", self._headers(account))
        with self._lock:
            if self.clock() >= account.started + MONTH:
                account.started, account.used = self.clock(), 0
            spent = self.monthly is not None and account.used >= self.monthly
            account.used += not spent
        if not spent:
            return None
        text = "You have exceeded the MONTHLY quota for Requests on your current plan"
        text = f"{text}, {self.plan}. Upgrade your plan at {PLANS}"
        return _gateway(429, text, self._headers(account))

    def _headers(self, account: Account) -> dict[str, str]:
        if self.monthly is None:
            return {}
        found = {
            "X-RateLimit-Requests-Limit": str(self.monthly),
            "X-RateLimit-Requests-Remaining": str(max(0, self.monthly - account.used)),
        }
        if self.reset_header:
            left = max(0.0, min(MONTH, account.started + MONTH - self.clock()))
            found["X-RateLimit-Requests-Reset"] = str(math.ceil(left))
        return found

    def _request_id(self) -> str:
        return uuid("jsearch", "request", next(self._numbers))

    def _answer(self, request: Request, path: str) -> tuple[dict[str, Any], int]:
        """The body of a good answer, and the units that it costs."""
        common.known_only(request, PARAMETERS[path], self.bad_request)
        for name in REQUIRED[path]:
            if not request.first(name):
                raise common.RefusedError(self.bad_request, f"Missing required parameter: {name}")
        self._check(request)
        units = 1
        data: Any
        if path == "/job-details":
            ids = (request.first("job_id") or "").split(",")
            if len(ids) > MOST_IDS:
                raise common.RefusedError(self.bad_request, f"at most {MOST_IDS} job ids")
            units = len(ids)
            jobs = [self._by_id[one] for one in ids if one in self._by_id]
            data = [self._told(request, job) for job in jobs]
        elif path in ("/search-v2", "/search"):
            pages = common.whole(request, "num_pages", 1, 1, MOST_PAGES, self.bad_request)
            units = 1 if pages == 1 else 2 if pages <= 10 else 3
            data = self._search(request, pages * self.per_page, path == "/search")
        else:
            names = [
                name for name in ("company", "job_title", "location") if name in PARAMETERS[path]
            ]
            stock = self.company if "company" in names else self.estimated
            asked = tuple(request.first(name) for name in names)
            data = [self._told(request, one) for one in _matching(stock, asked)]
        numbers = ("page", "num_pages", "radius")
        parameters = {
            name: int(values[0]) if name in numbers else values[0]
            for name, values in request.query.items()
        }
        content = {"status": "OK", "request_id": self._request_id(), "parameters": parameters}
        return {**content, "data": data}, units

    def _check(self, request: Request) -> None:
        """Refuse values that are none of those documented."""
        bad = self.bad_request
        common.one_of(request, "date_posted", DATES, bad)
        common.one_of(request, "location_type", LOCATIONS, bad)
        common.one_of(request, "years_of_experience", YEARS, bad)
        for name in ("work_from_home", "remote_jobs_only"):
            common.one_of(request, name, ("true", "false"), bad)
        common.whole(request, "page", 1, 1, LAST_PAGE, bad)
        common.whole(request, "radius", 0, 0, None, bad)
        for name, allowed in (("employment_types", set(KINDS)), ("job_requirements", set(NEEDS))):
            if name in request.query and not _listed(request, name) <= allowed:
                raise common.RefusedError(bad, f"{name} has unknown values")
        for name, pattern in (("country", "[A-Za-z]{2}"), ("language", "[a-z]{2,3}")):
            if not re.fullmatch(pattern, request.first(name) or "us"):
                raise common.RefusedError(bad, f"{name} is not a code")

    @cached_property
    def _by_id(self) -> dict[str, Job]:
        return {job["job_id"]: job for job in self.jobs}

    def _told(self, request: Request, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """Only the fields asked for, where some are."""
        fields = _listed(request, "fields")
        return {name: record[name] for name in record if name in fields} if fields else record

    def _search(self, request: Request, size: int, old: bool) -> Any:
        asked = tuple(sorted((name, values[0]) for name, values in request.query.items()))
        same = tuple(pair for pair in asked if pair[0] not in ("cursor", "page"))
        found = self._matching(request, same)
        start = (common.whole(request, "page", 1) - 1) * self.per_page
        sent = request.first("cursor")
        if sent is not None:
            start = self._offset(sent, same)
        jobs = found[start : start + size]
        if not self.verbatim and "language" not in request.query and not old:
            jobs = [unlocalised(job) for job in jobs]
        told = [self._told(request, job) for job in jobs]
        if old:
            return told
        more = start + size < len(found) or (self.ends == "empty" and bool(jobs))
        return {"jobs": told, "cursor": _cursor(start + size, same)} if more else {"jobs": told}

    def _offset(self, cursor: str, same: tuple[Any, ...]) -> int:
        """Where a cursor continues, if it was given to the same search."""
        try:
            offset = int(base64.urlsafe_b64decode(cursor).split(b".")[0])
        except (ValueError, binascii.Error):
            offset = -1
        if offset < 0 or _cursor(offset, same) != cursor:
            raise common.RefusedError(self.bad_request, "Invalid cursor")
        return offset

    def _matching(self, request: Request, same: tuple[Any, ...]) -> list[Job]:
        if same not in self._found:
            jobs = [job for job in self.jobs if self._wanted(request, job)]
            jobs.sort(key=lambda job: token(job["job_id"], size=8))
            if self.recur and not self.verbatim:
                places = range(self.recur - 1, len(jobs), self.recur)
                again = {place: recurring(jobs[place - self.recur // 2]) for place in places}
                jobs = [one for n, job in enumerate(jobs) for one in (job, again.get(n)) if one]
            self._found[same] = jobs[: self.depth]
        return self._found[same]

    def _wanted(self, request: Request, job: Job) -> bool:
        what, _, where = (request.first("query") or "").casefold().partition(" in ")
        text = words(f"{job['job_title']} {job.get('employer_name')}")
        if not words(what) - STOP <= text:
            return False
        country = job.get("job_country")
        # Who works anywhere has no country, and is found from all of them.
        if country is not None:
            names = LANDS[country].names if country in LANDS else ""
            place = words(f"{job.get('job_city')} {job.get('job_state')} {country} {names}")
            if country.lower() != (request.first("country") or "us").lower():
                return False
            if not words(where.split(",")[0]) <= place:
                return False
        days = DATES[request.first("date_posted") or "all"]
        stamp = job.get("job_posted_at_timestamp")
        if days is not None and stamp is not None and stamp < self._now - days * 86_400:
            return False
        kinds = _listed(request, "employment_types")
        own = job.get("job_employment_types") or [job.get("job_employment_type")]
        if kinds and not kinds & set(own):
            return False
        for name in ("work_from_home", "remote_jobs_only"):
            if request.first(name) == "true" and not job.get("job_is_remote"):
                return False
        return job.get("job_publisher") not in _listed(request, "exclude_job_publishers")


def _listed(request: Request, name: str) -> set[str]:
    return {part for part in (request.first(name) or "").split(",") if part}


def _cursor(offset: int, same: tuple[Any, ...]) -> str:
    return base64.urlsafe_b64encode(f"{offset}.{token(same)}".encode()).decode()


def _gateway(status: int, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, dumps({"message": message}), headers=headers or {})


def _matching(stock: Estimates, asked: tuple[str | None, ...]) -> list[Mapping[str, Any]]:
    """The estimates for what is asked; what is left out may be anything."""

    def same(given: str, wanted: str | None) -> bool:
        return wanted is None or common.fold(wanted) in (given, given.split(",")[0])

    return [one for key, found in stock.items() if all(map(same, key, asked)) for one in found]


def keyed(found: Iterable[Mapping[str, Any]], *names: str) -> Estimates:
    """Estimates by the fields they are asked for with: by default `job_title` and `location`."""
    by_key: dict[tuple[str, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for one in found:
        by_key[tuple(common.fold(one[name]) for name in names or ("job_title", "location"))] += [
            one
        ]
    return by_key


def from_capture(content: Any) -> list[Job]:
    """The jobs of a captured answer of either shape, or of a list of them, unchanged."""
    body = common.parsed(content)
    data = body if isinstance(body, list) else body["data"]
    return list(data["jobs"] if isinstance(data, dict) else data)


def estimates_from_capture(content: Any) -> Estimates:
    """Captured estimates, under what had been asked for."""
    body = common.parsed(content)
    asked = body["parameters"]
    names = ("company",) * ("company" in asked) + ("job_title", "location")
    return {tuple(common.fold(asked.get(name, "")) for name in names): body["data"]}
