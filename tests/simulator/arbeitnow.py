"""Arbeitnow's job board API over given or generated jobs.

with Simulator(ArbeitnowApi(records(900))) as api:
    requests.get(f"{api.url}/api/job-board-api?page=1")

Pages are of changing size, so only `links.next` tells whether there is another one. There is no
total, and no field for pay.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from html import escape
from typing import Any

from ingestion.demo.server import Answer, Request, dumps
from tests.simulator import common, prose
from tests.simulator.stock import rng, stock

PATH = "/api/job-board-api"
TERMS = "Made for tests. Link back to the job board when you show a job."
TAGS = ("IT", "Remote", "Pflege", "Finanzen", "Vertrieb", "Logistik", "Engineering")
TYPES = ("Full Time", "Vollzeit", "Teilzeit", "berufserfahren", "professional / experienced")


@dataclass
class ArbeitnowApi:
    """Jobs, newest first.

    page_sizes: of the first page, the second …, from the beginning again after the last; seen were
    175 and about 325. limits: 50 requests was seen in a header, the window is that of the web
    framework. strict: unknown parameters are refused; the real API ignores them.
    """

    jobs: Sequence[Mapping[str, Any]]
    page_sizes: Sequence[int] = (175, 325, 250)
    strict: bool = True
    limits: Collection[common.Limit] = ((50, 60),)
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._limiter = common.Limiter(self.limits, self.clock)
        self._starts = [0]
        while self._starts[-1] < len(self.jobs):
            size = self.page_sizes[(len(self._starts) - 1) % len(self.page_sizes)]
            self._starts.append(self._starts[-1] + size)

    @classmethod
    def unlimited(cls, jobs: Sequence[Mapping[str, Any]], **settings: Any) -> ArbeitnowApi:
        return cls(jobs, **{"limits": (), **settings})

    def __call__(self, request: Request) -> Answer:
        if request.path != PATH or request.method != "GET":
            return Answer(404, b"<!doctype html><title>Not Found</title>", "text/html")
        wait = self._limiter.take()
        headers = {}
        if self.limits:
            headers = {
                "X-RateLimit-Limit": str(min(allowed for allowed, _ in self.limits)),
                "X-RateLimit-Remaining": str(max(0, self._limiter.left())),
            }
        if wait is not None:
            reset = math.ceil(time.time() + wait)
            headers |= {"Retry-After": common.seconds(wait), "X-RateLimit-Reset": str(reset)}
            return Answer(429, dumps({"message": "Too Many Attempts."}), headers=headers)
        try:
            if self.strict:
                common.known_only(request, ("page",))
            page = common.whole(request, "page", 1, low=1, high=sys.maxsize)
        except common.RefusedError as error:
            return Answer.of({"message": error.message}, error.status)
        return Answer(200, dumps(self._page(request, page)), headers=headers)

    def _page(self, request: Request, page: int) -> dict[str, Any]:
        last = max(1, len(self._starts) - 1)
        size = self.page_sizes[(page - 1) % len(self.page_sizes)]
        start = self._starts[page - 1] if page <= last else len(self.jobs)
        data = self.jobs[start : start + size]
        address = f"{common.own_address(request)}{PATH}"
        return {
            "data": data,
            "links": {
                "first": f"{address}?page=1",
                "last": None,
                "prev": f"{address}?page={page - 1}" if page > 1 else None,
                "next": f"{address}?page={page + 1}" if page < last else None,
            },
            "meta": {
                "current_page": page,
                "from": start + 1 if data else None,
                "path": address,
                "per_page": size,
                "to": start + len(data) if data else None,
                "terms": TERMS,
                "info": "Jobs are updated every hour.",
            },
        }


def from_capture(content: Any) -> list[dict[str, Any]]:
    """The jobs of a captured page, unchanged."""
    return common.captured(content, "data")


def records(n: int, seed: int = 1, day: date = date(2026, 3, 2)) -> list[dict[str, Any]]:
    """The `n` jobs that are on the board on the day, newest first."""
    found: list[dict[str, Any]] = []
    for listed in stock(n, day):
        random = rng("arbeitnow", seed, listed.number)
        language = random.choices(("de", "en", "fr"), (7, 2, 1))[0]
        trade = random.randrange(len(prose.TRADES))
        title = prose.title(random, trade, language)
        company = prose.employer(random, language)
        low = round(prose.TRADES[trade][1] * 1.05**listed.edits / 12, -2)
        pay = random.choice((f"{low:.0f} - {low * 1.2:.0f} € / Monat", None, None))
        person = prose.contact(random, language) if random.random() < 0.4 else None
        advert = prose.advert(random, language, title, company, pay, listed.edits, person)
        slug = "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in title).split())
        slug = f"{slug.lower()}-{seed}{listed.number:06d}"
        city = prose.place(random, "de" if language == "en" else language).city
        created = datetime(listed.on.year, listed.on.month, listed.on.day, tzinfo=UTC)
        found.append(
            {
                "slug": slug,
                "company_name": escape(company) if random.random() < 0.1 else company,
                "title": title,
                "description": advert.html(),
                "remote": random.random() < 0.15,
                "url": f"https://www.arbeitnow.com/jobs/companies/{slug}",
                "tags": random.sample(TAGS, random.randrange(3)),
                "job_types": random.sample(TYPES, random.randrange(3)),
                "location": random.choice((city, city, f"{city}, Germany", "")),
                "created_at": int(created.timestamp()) + random.randrange(86_400),
            }
        )
    found.sort(key=lambda job: -job["created_at"])
    return found
