"""JobTech's open job ads of Sweden: the stream API and the files of past years.

with Simulator(JobtechApi(records(500), removed=removals(500))) as api:
    requests.get(f"{api.url}/v2/snapshot", headers={"Accept": "application/jsonl"})
    requests.get(f"{api.url}/v2/stream", {"updated-after": "2026-03-01T00:00:00"})
    requests.get(f"{api.url}/annonser/historiska/2023.zip")

All times are local times of Stockholm without an offset, but for `timestamp`: milliseconds since
1970. An ad that is gone comes in the stream as a sparse removal.
"""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.utils import format_datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from ingestion.demo.server import Answer, Request, dumps
from tests.simulator import common
from tests.simulator.jobtech_ads import historical, records, removals, stockholm

__all__ = ["JobtechApi", "from_capture", "historical", "records", "removals", "zipped"]

HISTORY = "/annonser/historiska/"
CONCEPTS = ("occupation-concept-id", "location-concept-id")
#: Where a filter looks for concepts.
FIELDS = {
    "occupation-concept-id": ("occupation", "occupation_group", "occupation_field"),
    "location-concept-id": ("workplace_address",),
}
JSON, JSON_LINES = "application/json", "application/jsonl"
STOCKHOLM = ZoneInfo("Europe/Stockholm")
FORMAT = "%Y-%m-%dT%H:%M:%S"


@dataclass
class JobtechApi:
    """Live ads, those removed, and the ads of past years by file name, such as `2023.zip`.

    ads: every ad that is published; the stream takes the moment of its last change from its
    `timestamp`. removed: sparse removals with `removed_date`. history: ads by file below HISTORY,
    or the bytes of a file. without_accept: what is sent where the client does not say what it
    wants. limits: requests to the stream; an older version allowed one a minute. strict: unknown
    parameters are refused.
    """

    ads: Sequence[Mapping[str, Any]] = ()
    removed: Sequence[Mapping[str, Any]] = ()
    history: Mapping[str, Sequence[Mapping[str, Any]] | bytes] = field(default_factory=dict)
    without_accept: str = JSON_LINES
    strict: bool = True
    limits: Collection[common.Limit] = ()
    clock: Callable[[], float] = time.monotonic
    #: When the files of past years were last changed.
    filed: datetime = datetime(2026, 1, 15, 4, tzinfo=STOCKHOLM)

    def __post_init__(self) -> None:
        self._limiter = common.Limiter(self.limits, self.clock)
        self._files: dict[str, bytes] = {}

    @cached_property
    def _events(self) -> list[tuple[float, Mapping[str, Any]]]:
        """Seconds and ad or removal; of an ad that is on both lists only the newer one."""
        newest: dict[Any, tuple[float, Mapping[str, Any]]] = {}
        ads = ((ad["timestamp"] / 1000, ad) for ad in self.ads)
        removed = ((stockholm(one["removed_date"]).timestamp(), one) for one in self.removed)
        for moment, one in (*ads, *removed):
            known = newest.get(one["id"])
            if known is None or known[0] < moment:
                newest[one["id"]] = (moment, one)
        return list(newest.values())

    def __call__(self, request: Request) -> Answer:
        if request.method != "GET":
            return Answer.of({"message": "Method Not Allowed"}, 405)
        if request.path.startswith(HISTORY):
            return self._file(request)
        wait = self._limiter.take()
        if wait is not None:
            error = {"message": "Rate limit exceeded"}
            return Answer.of(error, 429, Retry_After=common.seconds(wait))
        try:
            match request.path:
                case "/v2/snapshot":
                    return self._listing(request, self._snapshot(request))
                case "/v2/stream":
                    return self._listing(request, self._stream(request))
        except common.RefusedError as error:
            return Answer.of({"message": error.message}, error.status)
        return Answer.of({"message": "Not Found"}, 404)

    def _listing(self, request: Request, ads: list[Any]) -> Answer:
        accept = request.headers.get("accept", "*/*")
        kinds = [kind for kind in (JSON_LINES, JSON) if kind in accept]
        kind = kinds[0] if kinds else self.without_accept
        if kind == JSON:
            return Answer(200, dumps(ads), JSON)
        return Answer(200, b"".join(dumps(ad) + b"\n" for ad in ads), kind)

    def _snapshot(self, request: Request) -> list[Any]:
        if self.strict:
            common.known_only(request, CONCEPTS)
        return [ad for ad in self.ads if _wanted(ad, request)]

    def _stream(self, request: Request) -> list[Any]:
        if self.strict:
            common.known_only(request, ("updated-after", "updated-before", *CONCEPTS))
        after, before = _moment(request, "updated-after"), _moment(request, "updated-before")
        if after is None:
            raise common.RefusedError(400, "updated-after is required")
        if before is not None and before <= after:
            raise common.RefusedError(400, "updated-before must be after updated-after")
        # Neither end belongs to the window: without an overlap something would be lost.
        return [
            one
            for moment, one in self._events
            if after < moment and (before is None or moment < before) and _wanted(one, request)
        ]

    def _file(self, request: Request) -> Answer:
        name = request.path.removeprefix(HISTORY)
        if not name:
            links = "".join(f'<a href="{one}">{one}</a>\n' for one in sorted(self.history))
            return Answer(200, f"<html><pre>{links}</pre></html>".encode(), "text/html")
        if name not in self.history:
            return Answer(404, b"<html><h1>404 Not Found</h1></html>", "text/html")
        changed = format_datetime(self.filed.astimezone(UTC), usegmt=True)
        if request.headers.get("if-modified-since") == changed:
            return Answer(304, b"", headers={"Last-Modified": changed})
        if name not in self._files:
            content = self.history[name]
            member = name.rsplit("/")[-1].removesuffix(".zip") + ".jsonl"
            self._files[name] = content if isinstance(content, bytes) else zipped(content, member)
        headers = {"Last-Modified": changed}
        return common.conditional(
            request, Answer(200, self._files[name], "application/zip", headers)
        )


def zipped(ads: Sequence[Mapping[str, Any]], member: str) -> bytes:
    """A ZIP with one file of JSON lines; the same ads give the same bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        lines = b"".join(dumps(ad) + b"\n" for ad in ads)
        archive.writestr(zipfile.ZipInfo(member), lines, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _moment(request: Request, name: str) -> float | None:
    """A local time in exactly the documented form, in seconds since 1970."""
    text = request.first(name)
    if text is None:
        return None
    try:
        moment = datetime.strptime(text, FORMAT)  # noqa: DTZ007 - the zone is set below
    except ValueError:
        raise common.RefusedError(400, f"{name} must be YYYY-MM-DDTHH:MM:SS") from None
    return moment.replace(tzinfo=STOCKHOLM).timestamp()


def _wanted(ad: Mapping[str, Any], request: Request) -> bool:
    """Whether an ad has any of the concepts asked for, of each kind."""
    for name in CONCEPTS:
        wanted = request.query.get(name)
        if wanted is None:
            continue
        concepts = [ad.get(key) or {} for key in FIELDS[name]]
        if not any(value in wanted for concept in concepts for value in concept.values()):
            return False
    return True


def from_capture(content: Any) -> list[dict[str, Any]]:
    """The ads and removals of a captured body in JSON or JSON lines, unchanged."""
    if isinstance(content, str):
        content = content.encode()
    if isinstance(content, bytes) and not content.lstrip().startswith(b"["):
        return [orjson.loads(line) for line in content.splitlines() if line.strip()]
    return list(common.parsed(content))


def split(found: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Ads and removals of a captured stream, each for its argument of `JobtechApi`."""
    return (
        [one for one in found if not one.get("removed")],
        [one for one in found if one.get("removed")],
    )


def days(n: int, seed: int, *dates: date) -> dict[date, JobtechApi]:
    """The API on each of the days, with all removals since the first, for `Simulator(apis)`."""
    return {
        day: JobtechApi(records(n, seed, day), removals(n, seed, day, min(dates))) for day in dates
    }
