"""Ashby's public job posting API over given or generated jobs.

with Simulator(AshbyApi({"Granholm": records(50)})) as api:
    requests.get(f"{api.url}/posting-api/job-board/Granholm?includeCompensation=true")

A board comes whole in one answer. Pay is told where it is asked for; a board that shows none then
sends the same object with nothing in it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from ingestion.demo.server import Answer, Request
from tests.simulator import common, prose
from tests.simulator.stock import rng, stock, uuid

ROOT = "/posting-api/job-board/"
DASH = "\N{EN DASH}"
SEPARATOR = " \N{BULLET} "
SIGNS = {"USD": "$", "GBP": "£", "EUR": "€", "CAD": "CA$"}
#: Interval, by how much of a year's pay it is divided, weight.
INTERVALS = (
    ("1 YEAR", 1, 80),
    ("1 HOUR", 2_080, 12),
    ("1 MONTH", 12, 3),
    ("1 DAY", 260, 2),
    ("6 MONTH", 2, 1),
    ("1 TIME", 20, 1),
)


@dataclass
class AshbyApi:
    """Jobs by board name, each with its compensation.

    strict: unknown parameters are refused; the real API ignores them. etags: answers carry an ETag
    and `If-None-Match` is heeded. limits: none are published.
    """

    boards: Mapping[str, Sequence[Mapping[str, Any]]]
    strict: bool = True
    etags: bool = False
    limits: Collection[common.Limit] = ()
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._limiter = common.Limiter(self.limits, self.clock)

    def __call__(self, request: Request) -> Answer:
        wait = self._limiter.take()
        if wait is not None:
            headers = {"Retry-After": common.seconds(wait)}
            return Answer(429, b"Too Many Requests", "text/plain", headers)
        board = self.boards.get(request.path.removeprefix(ROOT))
        if not request.path.startswith(ROOT) or request.method != "GET" or board is None:
            return Answer(404, b"Not Found", "text/plain; charset=utf-8")
        try:
            if self.strict:
                common.known_only(request, ("includeCompensation",))
            asked = common.one_of(request, "includeCompensation", ("true", "false"))
        except common.RefusedError as error:
            return Answer.of({"error": error.message}, error.status)
        jobs: Sequence[Any] = board
        if asked != "true":
            jobs = [{name: job[name] for name in job if name != "compensation"} for job in board]
        answer = Answer.of({"jobs": jobs, "apiVersion": "1"})
        return common.conditional(request, answer) if self.etags else answer


def from_capture(content: Any) -> list[dict[str, Any]]:
    """The jobs of a captured body, unchanged."""
    return common.captured(content, "jobs")


def records(
    n: int, seed: int = 1, day: date = date(2026, 3, 2), board: str = "Granholm"
) -> list[dict[str, Any]]:
    """The `n` jobs of a board on the day, in no order that means anything."""
    found = []
    for listed in stock(n, day):
        random = rng("ashby", board, seed, listed.number)
        language = random.choices(("en", "de", "fr"), (8, 1, 1))[0]
        trade = random.randrange(len(prose.TRADES))
        title = prose.title(random, trade, language)
        place = prose.place(random, language)
        person = prose.contact(random, language) if random.random() < 0.2 else None
        advert = prose.advert(random, language, title, board, None, listed.edits, person)
        published = datetime(listed.on.year, listed.on.month, listed.on.day, tzinfo=UTC)
        published += timedelta(milliseconds=random.randrange(86_400_000))
        job_id = uuid("ashby", board, seed, listed.number)
        # Hybrid work counts as remote here, so the two fields seem to contradict each other.
        workplace = random.choice(("OnSite", "Remote", "Hybrid", None))
        pay = compensation(random, job_id, prose.TRADES[trade][1], place, listed.edits)
        found.append(
            {
                "id": job_id,
                "title": title,
                "department": random.choice(("Engineering", "Operations", "R&D")),
                "team": random.choice(("Platform", "Care", None)),
                "employmentType": random.choices(
                    ("FullTime", "PartTime", "Intern", "Contract", "Temporary"), (80, 6, 5, 6, 3)
                )[0],
                "location": random.choice((place.city, f"Remote - {place.country_name}")),
                "secondaryLocations": _others(random, language),
                "publishedAt": published.isoformat(timespec="milliseconds"),
                # A job that only those with the link shall see is in the answer all the same.
                "isListed": random.random() > 0.03,
                "isRemote": None if workplace is None else workplace != "OnSite",
                "workplaceType": workplace,
                "address": _address(place) if random.random() < 0.9 else None,
                "jobUrl": f"https://jobs.ashbyhq.com/{board}/{job_id}",
                "applyUrl": f"https://jobs.ashbyhq.com/{board}/{job_id}/application",
                "descriptionHtml": advert.html(),
                "descriptionPlain": advert.plain(),
                "shouldDisplayCompensationOnJobPostings": bool(pay["compensationTiers"]),
                "compensation": pay,
            }
        )
    rng("ashby", "order", seed, day).shuffle(found)
    return found


def _address(place: prose.Place) -> dict[str, Any]:
    return {
        "postalAddress": {
            "addressLocality": place.city,
            "addressRegion": place.region,
            "addressCountry": place.country_name,
        }
    }


def _others(random: Random, language: str) -> list[dict[str, Any]]:
    if random.random() < 0.75:
        return []
    place = prose.place(random, language)
    address = _address(place)["postalAddress"] if random.random() < 0.8 else None
    return [{"location": place.city, "address": address}]


def compensation(
    random: Random, job_id: str, base: int, place: prose.Place, edits: int
) -> dict[str, Any]:
    """Pay in tiers of components; nothing in it for four jobs in ten."""
    if random.random() < 0.4:
        return _compensation(None, None, [], [])
    interval, share, _ = random.choices(INTERVALS, [weight for *_, weight in INTERVALS])[0]
    low = round(base * random.uniform(0.9, 1.4) * 1.05**edits / share, 2 if share > 260 else -2)
    ends = _ends(random, low, round(low * 1.3, 2))
    extras = [_extra(random)] if random.random() < 0.5 else []
    zones = 2 if random.random() < 0.1 else 1
    tiers: list[dict[str, Any]] = []
    salaries = []
    for zone in range(zones):
        least, most = (None if end is None else round(end * (1 - 0.1 * zone), 2) for end in ends)
        salary = _salary(interval, place.currency, least, most)
        salaries.append((least, most))
        # The first component need not be the pay.
        components = [*extras, salary] if random.random() < 0.5 else [salary, *extras]
        tiers.append(
            {
                "id": uuid(job_id, "tier", zone),
                "tierSummary": SEPARATOR.join(part["summary"] for part in components),
                "title": f"Zone {'AB'[zone]}" if zones > 1 else "",
                "additionalInformation": random.choice((None, "Depends on experience")),
                "components": [
                    {"id": uuid(job_id, zone, n), **part} for n, part in enumerate(components)
                ],
            }
        )
    least = min((low for low, _ in salaries if low is not None), default=None)
    most = max((high for _, high in salaries if high is not None), default=None)
    overall = [_salary(interval, place.currency, least, most), *extras]
    summary = SEPARATOR.join(part["summary"] for part in overall)
    return _compensation(
        summary + (f"{SEPARATOR}Multiple Ranges" if zones > 1 else ""),
        overall[0]["summary"].replace(DASH, "-"),
        tiers,
        [{name: part[name] for name in part if name != "summary"} for part in overall],
    )


def _compensation(
    summary: str | None, salary: str | None, tiers: list[Any], components: list[Any]
) -> dict[str, Any]:
    return {
        "compensationTierSummary": summary,
        "scrapeableCompensationSalarySummary": salary,
        "compensationTiers": tiers,
        "summaryComponents": components,
    }


def _ends(random: Random, low: float, high: float) -> tuple[float | None, float]:
    """Now and then somebody enters 0, one end, or twice the same figure."""
    kind = random.choices(("range", "zero", "open", "exact"), (85, 3, 2, 10))[0]
    ends: dict[str, tuple[float | None, float]] = {
        "zero": (0, high),
        "open": (None, high),
        "exact": (low, low),
    }
    return ends.get(kind, (low, high))


def _salary(
    interval: str, currency: str, least: float | None, most: float | None
) -> dict[str, Any]:
    ends = [_short(x, SIGNS[currency]) for x in dict.fromkeys((least, most)) if x is not None]
    summary = f" {DASH} ".join(ends) + (" per hour" if interval == "1 HOUR" else "")
    return _component(summary, "Salary", interval, currency, least, most)


def _short(amount: float, sign: str) -> str:
    return f"{sign}{amount / 1000:g}K" if amount >= 10_000 else f"{sign}{amount:g}"


def _extra(random: Random) -> dict[str, Any]:
    return random.choice(
        (
            _component(f"0.5% {DASH} 1.75%", "EquityPercentage", "NONE", None, 0.5, 1.75),
            _component("Offers Equity", "EquityCashValue", "1 YEAR", "USD", None, None),
            _component("Offers Bonus", "Bonus", "1 YEAR", "USD", None, None),
            _component(
                f"$10K {DASH} $20K Commission", "Commission", "1 YEAR", "USD", 10_000, 20_000
            ),
        )
    )


def _component(
    summary: str, kind: str, interval: str, currency: str | None, *ends: float | None
) -> dict[str, Any]:
    return {
        "summary": summary,
        "compensationType": kind,
        "interval": interval,
        "currencyCode": currency,
        "minValue": ends[0],
        "maxValue": ends[1],
    }
