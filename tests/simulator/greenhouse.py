"""Greenhouse's job board API over given or generated jobs.

with Simulator(GreenhouseApi({"larkfield": records(50)})) as api:
    requests.get(f"{api.url}/v1/boards/larkfield/jobs?content=true")

A board comes whole, in no order that means anything. The list tells of texts, departments and
offices where `content=true`; the pay is in the detail of each job alone.
"""

from __future__ import annotations

import html
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from ingestion.demo.server import Answer, Request
from tests.simulator import common, prose
from tests.simulator.stock import rng, stock

ROOT = "/v1/boards"
NEW_YORK = ZoneInfo("America/New_York")
#: Left out of the list unless the content is asked for.
CONTENT = ("content", "departments", "offices")
#: Only in details.
DETAIL = ("pay_input_ranges", "questions")
DEPARTMENTS = ("Engineering", "Data", "People", "Finance", "Operations")


@dataclass
class GreenhouseApi:
    """Jobs by board, each in the shape of its detail, with `pay_input_ranges`.

    list_pay: whether the list, too, heeds `pay_transparency` (seen late in 2026, not documented).
    strict: unknown parameters are refused; the real API ignores them. etags: answers carry an ETag
    and `If-None-Match` is heeded. limits: none are published.
    """

    boards: Mapping[str, Sequence[Mapping[str, Any]]]
    list_pay: bool = False
    strict: bool = True
    etags: bool = False
    limits: Collection[common.Limit] = ()
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._limiter = common.Limiter(self.limits, self.clock)
        self._jobs = {
            (board, str(job.get("id"))): job for board, jobs in self.boards.items() for job in jobs
        }

    def __call__(self, request: Request) -> Answer:
        wait = self._limiter.take()
        if wait is not None:
            error = {"status": 429, "error": "Too many requests"}
            return Answer.of(error, 429, Retry_After=common.seconds(wait))
        try:
            answer = Answer.of(self._content(request))
        except common.RefusedError as error:
            return Answer.of({"status": error.status, "error": error.message}, error.status)
        return common.conditional(request, answer) if self.etags else answer

    def _content(self, request: Request) -> Any:
        parts = request.path.removeprefix(ROOT).strip("/").split("/")
        if not request.path.startswith(ROOT) or request.method != "GET":
            raise common.RefusedError(404, "Not found")
        board = self.boards.get(parts[0])
        if board is None:
            raise common.RefusedError(404, "Job board not found")
        match parts[1:]:
            case []:
                self._flags(request)
                return {"name": parts[0].title(), "content": ""}
            case ["jobs"]:
                flags = self._flags(request, "content", "pay_transparency")
                jobs = [self._listed(job, *flags) for job in board]
                return {"jobs": jobs, "meta": {"total": len(jobs)}}
            case ["jobs", job_id]:
                questions, pay = self._flags(request, "questions", "pay_transparency")
                job = self._jobs.get((parts[0], job_id))
                if job is None:
                    raise common.RefusedError(404, "Job not found")
                left_out = {"questions": not questions, "pay_input_ranges": not pay}
                return {name: value for name, value in job.items() if not left_out.get(name)}
            case ["departments" | "offices" as name]:
                self._flags(request)
                return {name: self._groups(board, name)}
        raise common.RefusedError(404, "Not found")

    def _flags(self, request: Request, *names: str) -> list[bool]:
        if self.strict:
            common.known_only(request, names)
            for name in names:
                common.one_of(request, name, ("true", "false", ""))
        return [request.first(name) == "true" for name in names]

    def _listed(self, job: Mapping[str, Any], content: bool, pay: bool) -> dict[str, Any]:
        hidden = {"questions"} | (set() if content else set(CONTENT))
        if not (pay and self.list_pay):
            hidden.add("pay_input_ranges")
        return {name: value for name, value in job.items() if name not in hidden}

    def _groups(self, board: Sequence[Mapping[str, Any]], name: str) -> list[dict[str, Any]]:
        groups: dict[Any, dict[str, Any]] = {}
        for job in board:
            for group in job.get(name) or ():
                found = groups.setdefault(group["id"], {**group, "jobs": []})
                found["jobs"].append(self._listed(job, False, False))
        return list(groups.values())


def from_capture(content: Any) -> list[dict[str, Any]]:
    """The jobs of a captured list, or the one of a captured detail, unchanged."""
    body = common.parsed(content)
    return (
        [body] if isinstance(body, dict) and "jobs" not in body else common.captured(body, "jobs")
    )


def records(
    n: int,
    seed: int = 1,
    day: date = date(2026, 3, 2),
    token: str = "larkfield",
    escapes: int = 1,
) -> list[dict[str, Any]]:
    """The `n` jobs that are on the board of `token` on the day, as their details.

    escapes: how often the HTML is escaped; once means that the text in it is escaped twice.
    """
    found = []
    for listed in stock(n, day):
        random = rng("greenhouse", token, seed, listed.number)
        language = random.choices(("en", "de", "fr"), (8, 1, 1))[0]
        trade = random.randrange(len(prose.TRADES))
        title = prose.title(random, trade, language)
        place = prose.place(random, language)
        ranges = _ranges(random, prose.TRADES[trade][1], place, listed.edits)
        person = prose.contact(random, language) if random.random() < 0.2 else None
        advert = prose.advert(random, language, title, token.title(), None, listed.edits, person)
        # Ids have outgrown 32 bits.
        job_id = 4_000_000_000 + (seed % 1_000) * 10_000_000 + listed.number
        seconds = random.randrange(86_400)
        department = random.randrange(len(DEPARTMENTS))
        content = advert.html() + "\n<p>R&amp;D&nbsp;and more</p>"
        for _ in range(escapes):
            content = html.escape(content)
        job: dict[str, Any] = {
            "absolute_url": f"https://job-boards.greenhouse.io/{token}/jobs/{job_id}",
            "data_compliance": [
                {"type": "gdpr", "requires_consent": False, "retention_period": None}
            ],
            # A prospect post belongs to no job.
            "internal_job_id": None if random.random() < 0.03 else job_id - 1_000_000_000,
            "location": {"name": _location(random, place)},
            "metadata": _metadata(random, job_id),
            "id": job_id,
            "updated_at": _moment(seconds, listed.changed_on),
            "requisition_id": random.choice((None, str(random.randrange(9_999)), f"R-{job_id}")),
            "title": f"{title} " if random.random() < 0.05 else title,
            "company_name": token.title(),
            "language": language,
            "content": content,
            "departments": [
                {
                    "id": 4_000_000 + department,
                    "name": DEPARTMENTS[department],
                    "child_ids": [],
                    "parent_id": None,
                }
            ],
            "offices": _offices(random, place),
            "questions": [
                {
                    "label": "First Name",
                    "required": True,
                    "fields": [{"name": "first_name", "type": "input_text", "values": []}],
                }
            ],
            "pay_input_ranges": ranges,
        }
        if random.random() < 0.9:
            job["first_published"] = _moment(seconds, listed.on)
        found.append(job)
    rng("greenhouse", "order", seed, day).shuffle(found)
    return found


def _moment(seconds: int, day: date) -> str:
    """A moment with New York's offset, which is another one in summer."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=NEW_YORK)
    return (midnight + timedelta(seconds=seconds)).isoformat()


def _location(random: Random, place: prose.Place) -> str:
    full = f"{place.city}, {place.region}"
    remote = (f"Remote - {place.country_name}", f"{full}; Remote", f"{full} (Hybrid)")
    return random.choice((full, full, place.city, *remote))


def _metadata(random: Random, job_id: int) -> list[dict[str, Any]] | None:
    if random.random() < 0.5:
        return None
    kind = random.choice(("Full-time", "Part-time", None))
    found: list[dict[str, Any]] = [
        {"id": job_id + 1, "name": "Time type", "value": kind, "value_type": "single_select"}
    ]
    if random.random() < 0.1:
        value = {"unit": "USD", "min_value": "90000.0", "max_value": "120000.0"}
        found.append(
            {"id": job_id + 2, "name": "Range", "value": value, "value_type": "currency_range"}
        )
    return found


def _offices(random: Random, place: prose.Place) -> list[dict[str, Any]]:
    if random.random() < 0.1:
        return []
    return [
        {
            "id": 60_000 + len(place.city),
            "name": place.city,
            "location": random.choice(
                (None, f"{place.city}, {place.region}, {place.country_name}")
            ),
            "child_ids": [],
            "parent_id": None,
        }
    ]


def _ranges(random: Random, base: int, place: prose.Place, edits: int) -> list[dict[str, Any]]:
    """Pay as employers enter it: whether by year or hour, only title and text can tell."""
    form = random.choices(("none", "year", "hour", "zones", "exact"), (40, 35, 10, 10, 5))[0]
    if form == "none":
        return []
    low = int(base * random.uniform(0.9, 1.4) * 1.05**edits / 1_000) * 100_000
    title = {"hour": "Hourly rate", "zones": "Zone A"}.get(form, "Annual base salary range")
    ranges = [(title, low, low if form == "exact" else int(low * 1.3))]
    if form == "hour":
        ranges = [(title, low // 2_080, int(low * 1.2) // 2_080)]
    elif form == "zones":
        ranges.append(("Zone B", int(low * 0.85), int(low * 1.1)))
    blurb = "<p>The pay depends on place and experience.</p>"
    return [
        {
            "min_cents": least,
            "max_cents": most,
            "currency_type": place.currency,
            "title": name,
            "blurb": random.choice((None, blurb)),
        }
        for name, least, most in ranges
    ]
