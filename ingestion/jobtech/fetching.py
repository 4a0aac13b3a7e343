"""Fetching the stock, what has changed of it, and past years."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pydantic import Field

from ingestion.errors import SettingsError
from ingestion.http import ApiClient, Line
from ingestion.http.failures import problem
from ingestion.http.transfer import BrokenOff
from ingestion.jobtech import history
from ingestion.jobtech.choosing import Choice
from ingestion.landing import Slice, SliceWriter
from ingestion.landing.canonical import fault, readable
from ingestion.search import Search
from ingestion.settings import SourceSettings

if TYPE_CHECKING:
    from ingestion.collection import Collection

BASE_URL = "https://jobstream.api.jobtechdev.se"
HISTORY_URL = "https://data.jobtechdev.se/annonser/historiska/"
#: Where past years lie below an address of one's own.
HISTORY_PATH = "/annonser/historiska/"
LINES = {"Accept": "application/jsonl, application/json;q=0.9"}
STOCKHOLM = ZoneInfo("Europe/Stockholm")
FIELDS = frozenset({"category", "place", "since", "until"})
FIRST_YEAR = 2006
#: Ads between two occasions to write a package, and between two lines of progress.
STEP, SAY_EVERY = 500, 10_000


class JobtechSettings(SourceSettings):
    """Settings of JobTech; `searches` empty is the whole stock. The snapshot takes its time."""

    history_url: str | None = None
    timeout: float = Field(default=120, gt=0)


def fetch(collection: Collection) -> None:
    """Fetch the stock or what has changed of it; where searches name days, those of past years."""
    config = collection.config
    if not isinstance(config, JobtechSettings):
        raise TypeError(f"{type(config).__name__} are not the settings of JobTech")
    searches = collection.searches
    dated = [one for one in searches if one.since or one.until]
    past = Choice(dated)
    now = Choice([one for one in searches if one not in dated])
    slices = []
    if len(searches) == 0 or len(dated) < len(searches):
        slices.append(_present(collection, now.scope))
    years = _years(dated, collection.settings.now())
    # What the settings want of past years is fetched once.
    if years and (collection.ask is not None or not collection.was_complete("ads", past.scope)):
        archive = collection.client(_archive_url(config))
        names = history.files(archive)
        slices += [
            Slice("ads", past.scope, name, "cursor", {"file": name})
            for year in years
            for name in history.of_year(names, year)
        ]
    client = collection.client(_base(config))

    def take(writer: SliceWriter) -> None:
        if "file" in writer.slice.request:
            _take_file(collection, collection.client(_archive_url(config)), writer, past)
        else:
            _take_present(collection, client, writer, now)

    collection.walk(slices, take)


def _archive_url(config: JobtechSettings) -> str:
    if config.history_url is not None:
        return config.history_url
    return HISTORY_URL if config.base_url is None else _base(config) + HISTORY_PATH


def _base(config: JobtechSettings) -> str:
    return (config.base_url or BASE_URL).rstrip("/").removesuffix("/v2")


def _years(searches: Iterable[Search], now: datetime) -> list[int]:
    """Years whose files hold days that a search names. Raises SettingsError for days without a
    beginning: all there is would be twenty years."""
    found: set[int] = set()
    for one in searches:
        if one.until is not None and one.since is None:
            raise SettingsError("jobtech: a search until a day needs the day since when, too")
        if one.since is not None:
            last = one.until.year if one.until is not None else now.year
            found.update(range(max(FIRST_YEAR, one.since.year), min(last, now.year) + 1))
    return sorted(found)


def _present(collection: Collection, scope: str) -> Slice:
    """The snapshot, or the stream since the last run."""
    since = collection.since("ads", scope)
    if since is None:
        return Slice("ads", scope)
    local = since.astimezone(STOCKHOLM).strftime("%Y-%m-%dT%H:%M:%S")
    return Slice("ads", scope, f"updated-after={local}", "cursor", {"updated-after": local})


def _take_present(
    collection: Collection, client: ApiClient, writer: SliceWriter, choice: Choice
) -> None:
    asked = {str(name): str(value) for name, value in writer.slice.request.items()}
    is_stock = not asked
    lines = client.lines("v2/snapshot" if is_stock else "v2/stream", asked, headers=LINES)
    ads = _Ads(collection, writer, choice, asked)
    before = writer.records, writer.rejected
    for line in lines:
        if line.number == 1:
            # Where an answer broke off, its records come again from the first.
            writer.records, writer.rejected = before
            ads.begin_again()
        if not ads.take(line):
            return
    if lines.problem is not None:
        answer = lines.answer
        if answer is not None and answer.body:
            writer.reject(readable(answer.body), lines.problem, asked)
        writer.problem(lines.problem)
    elif is_stock and not ads.met:
        writer.problem("empty_body: the snapshot holds no ad")
    elif writer.rejected > before[1] and not ads.met:
        writer.problem("not_ok: no line of the answer is an ad")


def _take_file(
    collection: Collection, client: ApiClient, writer: SliceWriter, choice: Choice
) -> None:
    """A file stays on disk until it is read: a run that goes on need not fetch it again."""
    name = str(writer.slice.request["file"])
    folder = collection.settings.state / "downloads"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"jobtech_{collection.run.run_id}_{Path(name).name}"
    for left in folder.glob("jobtech_*"):
        if not left.name.startswith(f"jobtech_{collection.run.run_id}_"):
            left.unlink(missing_ok=True)
    if not path.exists():
        collection.say(f"JobTech: fetching {name}")
        answer = client.download(name, path)
        if answer.problem is not None:
            writer.problem(f"{answer.problem} ({name})")
            return
    ads = _Ads(collection, writer, choice, {"file": name}, is_past=True)
    start = 0 if writer.resume is None else int(writer.resume)
    try:
        for line in history.lines(path):
            if line.number > start and not ads.take(line):
                break
            if line.number > start and line.number % STEP == 0:
                writer.at(line.number)
    except BrokenOff as broken:
        writer.problem(problem(broken.code, broken.words))
    path.unlink(missing_ok=True)


class _Ads:
    """Takes the ads of one slice."""

    def __init__(
        self,
        collection: Collection,
        writer: SliceWriter,
        choice: Choice,
        request: Mapping[str, Any],
        *,
        is_past: bool = False,
    ) -> None:
        self._collection = collection
        self._writer = writer
        self._choice = choice
        self._request = dict(request)
        self._is_past = is_past
        #: Lines that were refused, by this answer and by those that broke off before it.
        self._refused: set[bytes] = set()
        self._refused_before: set[bytes] = set()
        #: Ads and notes that were met, wanted or not.
        self.met = 0

    def begin_again(self) -> None:
        """The answer comes anew."""
        self._refused_before |= self._refused

    def take(self, line: Line) -> bool:
        """Take one ad, or the note that one is gone; False where no more are wanted."""
        writer = self._writer
        if line.number % STEP == 1:
            writer.answer()
        if line.number % SAY_EVERY == 0:
            self._collection.say(
                f"JobTech {writer.slice.scope} {writer.slice.slice}: {line.number} ads read, "
                f"{writer.records} taken, {writer.new_versions} new"
            )
        if line.body in self._refused_before:
            # It came before the answer broke off, and stands with its reason.
            writer.rejected += 1
            return True
        rejected = writer.rejected
        if line.document is None:
            writer.reject(readable(line.body), line.problem or "not_json", self._request)
        else:
            self._take(line.document.value, line.document.suspect)
        if writer.rejected > rejected:
            self._refused.add(line.body)
        return self._is_more_wanted()

    def _take(self, ad: Any, suspect: bool) -> None:
        is_ad = isinstance(ad, dict) and not (suspect and fault(ad) is not None)
        is_note = is_ad and not self._is_past and ad.get("removed") is True
        self.met += is_ad and "id" in ad
        if is_ad and not is_note and not self._choice(ad):
            return
        key = _original(ad) if is_ad and self._is_past else ""
        self._writer.record(ad, self._request, suspect=suspect, key=key, is_gone=is_note)

    def _is_more_wanted(self) -> bool:
        writer, maximum = self._writer, self._choice.maximum
        if writer.is_full:
            writer.problem(f"row_limit: {writer.records} records (WAGEHOUSE_ENV=dev)")
            return False
        if maximum is not None and writer.records >= maximum:
            writer.problem(f"maximum: {maximum} records were asked for")
            return False
        return True


def _original(ad: Mapping[str, Any]) -> str:
    """The id an ad had while it was live, by which it lands as one with that; empty: it has none,
    and its own is taken."""
    found = ad.get("original_id")
    is_id = isinstance(found, str | int) and not isinstance(found, bool)
    return str(found).strip() if is_id else ""
