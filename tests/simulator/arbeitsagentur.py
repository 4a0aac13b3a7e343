"""Jobsuche of the Bundesagentur für Arbeit over given or generated offers.

jobs = records(500)
with Simulator(ArbeitsagenturApi(jobs, details(jobs))) as api:
    key = {"X-API-Key": KEY}
    requests.get(f"{api.url}{ROOT}/jobs?page=1&size=100", headers=key)
    requests.get(f"{api.url}{ROOT}/jobdetails/{encoded('10000-1000000001-S')}", headers=key)
"""

from __future__ import annotations

import base64
import binascii
import math
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from ingestion.demo.server import Answer, Request
from tests.simulator import common, prose
from tests.simulator.stock import rng, stock, token

ROOT = "/jobboerse/jobsuche-service/pc/v4"
KEY = "jobboerse-jobsuche"
FILTERS = (
    *("was", "wo", "umkreis", "berufsfeld", "arbeitgeber", "veroeffentlichtseit", "zeitarbeit"),
    *("pav", "angebotsart", "befristung", "arbeitszeit", "behinderung"),
)
KINDS = {"1": "ARBEIT", "2": "SELBSTAENDIGKEIT", "4": "AUSBILDUNG", "34": "PRAKTIKUM_TRAINEE"}
TERMS = {"1": "BEFRISTET", "2": "UNBEFRISTET"}
HOURS = {
    "vz": "VOLLZEIT",
    "tz": "TEILZEIT",
    "snw": "SCHICHT_NACHTARBEIT_WOCHENENDE",
    "ho": "HEIM_TELEARBEIT",
    "mj": "MINIJOB",
}
PAYS = (
    "Entgeltgruppe 9a TVöD",
    "14,50 € pro Stunde",
    "3.200 - 3.900 Euro brutto im Monat",
    "45.000 € - 52.000 € Jahresgehalt",
    "nach Vereinbarung",
    "40.000 bis 48.000",
)


@dataclass
class ArbeitsagenturApi:
    """Offers as the search lists them, and their details by reference number.

    What is filtered but not listed (terms, hours, kind, agency work) is looked up in the details.
    default_size, max_size, window: offers of a page, at most, and those that can be reached; all
    from memory. empty_list: whether an answer without offers has the empty list at all. today: the
    day from which `veroeffentlichtseit` counts. limits: none are known.
    """

    jobs: Sequence[Mapping[str, Any]]
    details: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    keys: Collection[str] = (KEY,)
    today: date = date(2026, 3, 2)
    default_size: int = 25
    max_size: int = 100
    window: int | None = 10_000
    empty_list: bool = False
    strict: bool = True
    limits: Collection[common.Limit] = ()
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._limiter = common.Limiter(self.limits, self.clock)
        self._searches: dict[Any, list[Mapping[str, Any]]] = {}

    @classmethod
    def unlimited(
        cls,
        jobs: Sequence[Mapping[str, Any]],
        details: Mapping[str, Mapping[str, Any]],
        **settings: Any,
    ) -> ArbeitsagenturApi:
        return cls(jobs, details, **{"window": None, "limits": (), **settings})

    @cached_property
    def _words(self) -> dict[str, str]:
        names = ("titel", "beruf", "arbeitgeber")
        return {job["refnr"]: common.texts(job, names) for job in self.jobs}

    def __call__(self, request: Request) -> Answer:
        if request.headers.get("x-api-key") not in self.keys:
            return Answer.of({"message": "Forbidden"}, 403)
        wait = self._limiter.take()
        if wait is not None:
            headers = {"Retry-After": common.seconds(wait)}
            return Answer(429, b"Too Many Requests", "text/plain", headers)
        name, _, reference = request.path.removeprefix(f"{ROOT}/").partition("/")
        try:
            if not request.path.startswith(f"{ROOT}/") or request.method != "GET":
                raise common.RefusedError(404, "Not Found")
            if name == "jobs" and not reference:
                return Answer.of(self._search(request))
            if name == "jobdetails" and reference:
                return Answer.of(self._detail(reference))
            raise common.RefusedError(404, "Not Found")
        except common.RefusedError as error:
            message = {"status": error.status, "message": error.message}
            return Answer.of({"messages": [message]}, error.status)

    def _detail(self, reference: str) -> Mapping[str, Any]:
        text = unquote(reference).rstrip("=")
        try:
            number = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        except (ValueError, binascii.Error):
            raise common.RefusedError(400, "reference number is not base64") from None
        if number not in self.details:
            raise common.RefusedError(404, "Stellenangebot nicht gefunden")
        return self.details[number]

    def _search(self, request: Request) -> dict[str, Any]:
        if self.strict:
            common.known_only(request, ("page", "size", *FILTERS))
        page = common.whole(request, "page", 1, low=1)
        size = common.whole(request, "size", self.default_size, low=1, high=self.max_size)
        if self.window is not None and page * size > self.window:
            raise common.RefusedError(400, f"only the first {self.window} offers can be listed")
        filters = tuple((name, request.first(name)) for name in FILTERS)
        if filters not in self._searches:
            self._searches[filters] = self._found(request)
        found = self._searches[filters]
        shown = found[(page - 1) * size : page * size]
        content: dict[str, Any] = {"maxErgebnisse": len(found), "page": page, "size": size}
        if shown or self.empty_list:
            content = {"stellenangebote": shown, **content}
        counts: dict[str, int] = {}
        for job in found:
            city = (job.get("arbeitsort") or {}).get("ort") or "?"
            counts[city] = counts.get(city, 0) + 1
        content["facetten"] = {"arbeitsort": {"counts": counts, "maxCount": len(counts)}}
        return content

    def _found(self, request: Request) -> list[Mapping[str, Any]]:
        days = common.whole(request, "veroeffentlichtseit", -1, high=100)
        around = common.whole(request, "umkreis", 25, high=200)
        kinds = _codes(request, "angebotsart", KINDS, "")
        terms = _codes(request, "befristung", TERMS, ";")
        hours = _codes(request, "arbeitszeit", HOURS, ";")
        agency = common.one_of(request, "zeitarbeit", ("true", "false"))
        disabled = common.one_of(request, "behinderung", ("true", "false"))
        common.one_of(request, "pav", ("true", "false"))
        words = common.fold(request.first("was") or "").split()
        field_name = common.fold(request.first("berufsfeld") or "")
        employer = request.first("arbeitgeber")
        place = request.first("wo")
        near = self._near(place, around) if place else None
        since = (self.today - timedelta(days=days)).isoformat()

        def fits(job: Mapping[str, Any]) -> bool:
            detail = self.details.get(job["refnr"], {})
            return (
                all(word in self._words[job["refnr"]] for word in words)
                and (not field_name or field_name in common.texts(job, ("beruf",)))
                and (employer is None or job.get("arbeitgeber") == employer)
                and (days < 0 or str(job.get("aktuelleVeroeffentlichungsdatum")) >= since)
                and (near is None or job["refnr"] in near)
                and (not kinds or detail.get("stellenangebotsart", "ARBEIT") in kinds)
                and (not terms or detail.get("befristung") in terms)
                and (not hours or bool(hours & set(detail.get("arbeitszeitmodelle") or ())))
                and not (agency == "false" and detail.get("istArbeitnehmerUeberlassung"))
                and not (disabled == "true" and not detail.get("nurFuerSchwerbehinderte"))
            )

        return [job for job in self.jobs if fits(job)]

    def _near(self, place: str, around: int) -> set[str]:
        """Offers in a town, region or postcode, or within `around` km of such a town."""
        name = common.fold(place)
        sites = {job["refnr"]: job.get("arbeitsort") or {} for job in self.jobs}
        named = [
            site
            for site in sites.values()
            if name in {common.fold(str(site.get(key, ""))) for key in ("ort", "region", "plz")}
        ]
        if not named:
            return set()
        centre = next((site["koordinaten"] for site in named if site.get("koordinaten")), None)
        inside = {common.fold(str(site.get("ort"))) for site in named}
        return {
            number
            for number, site in sites.items()
            if common.fold(str(site.get("ort"))) in inside
            or (centre and site.get("koordinaten") and _km(centre, site["koordinaten"]) <= around)
        }


def _codes(request: Request, name: str, known: Mapping[str, str], separator: str) -> set[str]:
    """What the codes of a parameter stand for; several go with semicolons where allowed."""
    text = request.first(name)
    if not text:
        return set()
    codes = text.split(separator) if separator else [text]
    unknown = [code for code in codes if code not in known]
    if unknown:
        raise common.RefusedError(400, f"{name} must be one of {', '.join(known)}")
    return {known[code] for code in codes}


def _km(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    lat, lon = (math.radians(other[key] - one[key]) for key in ("lat", "lon"))
    first, second = math.radians(one["lat"]), math.radians(other["lat"])
    root = math.sin(lat / 2) ** 2 + math.cos(first) * math.cos(second) * math.sin(lon / 2) ** 2
    return 12_742 * math.asin(math.sqrt(root))


def encoded(reference: str) -> str:
    """A reference number as the address of its details has it."""
    return base64.b64encode(reference.encode()).decode().rstrip("=")


def from_capture(content: Any) -> list[dict[str, Any]]:
    """The offers of a captured search, unchanged; an answer without offers has none."""
    body = common.parsed(content)
    return common.captured(
        {"stellenangebote": [], **body} if isinstance(body, dict) else body, "stellenangebote"
    )


def records(n: int, seed: int = 1, day: date = date(2026, 3, 2)) -> list[dict[str, Any]]:
    """The `n` offers that are online on the day, as the search lists them, unsorted."""
    found = []
    for listed in stock(n, day):
        random = rng("arbeitsagentur", seed, listed.number)
        trade = random.randrange(len(prose.TRADES))
        place = prose.place(random, "de")
        # Postcodes come as numbers, too: without the zero that they begin with.
        postcode: Any = place.postcode if random.random() < 0.5 else int(place.postcode)
        site = {"plz": postcode, "ort": place.city, "region": place.region}
        site["land"] = place.country_name
        if random.random() < 0.9:
            site["koordinaten"] = {"lat": place.latitude, "lon": place.longitude}
        kind = random.choice(("S", "S", "S", "J"))
        changed = f"{listed.changed_on.isoformat()}T{random.randrange(24):02d}:12:33.913"
        job: dict[str, Any] = {
            "hashId": base64.urlsafe_b64encode(
                bytes.fromhex(token("hash", seed, listed.number, size=32))
            ).decode(),
            "beruf": prose.TRADES[trade][0]["de"],
            "refnr": f"{10_000 + seed}-{1_000_000_000 + listed.number}-{kind}",
            "arbeitgeber": prose.employer(random, "de"),
            "aktuelleVeroeffentlichungsdatum": listed.on.isoformat(),
            "eintrittsdatum": (listed.on + timedelta(days=random.randrange(40))).isoformat(),
            "arbeitsort": site,
            "modifikationsTimestamp": changed,
        }
        if random.random() < 0.97:
            job["titel"] = prose.title(random, trade, "de")
        if random.random() < 0.6:
            job["kundennummerHash"] = token("customer", job["arbeitgeber"])
        if random.random() < 0.3:
            job["externeUrl"] = f"https://example.org/stellen/{listed.number}"
        found.append(job)
    rng("arbeitsagentur", "order", seed, day).shuffle(found)
    return found


def details(jobs: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Details of listed offers, by reference number; offers of other sites tell no text."""
    return {job["refnr"]: _detail_of(job) for job in jobs}


def _detail_of(job: Mapping[str, Any]) -> dict[str, Any]:
    random = rng("arbeitsagentur", "detail", job["refnr"])
    title = job.get("titel") or job["beruf"]
    person = prose.contact(random, "de")
    pay = random.choice((*PAYS, None, None))
    edits = int(job["modifikationsTimestamp"][:10] != job["aktuelleVeroeffentlichungsdatum"])
    advert = prose.advert(random, "de", title, job["arbeitgeber"], pay, edits, person)
    site = job["arbeitsort"]
    address = {key: site[key] for key in ("ort", "region", "land")}
    address |= {"plz": f"{int(site['plz']):05d}", "strasse": random.choice((None, "Musterweg 1"))}
    detail = {
        "hashId": job["hashId"],
        "refnr": job["refnr"],
        "stellenangebotsTitel": title,
        "firma": job["arbeitgeber"],
        "hauptberuf": job["beruf"],
        "stellenangebotsart": random.choices(list(KINDS.values()), (80, 2, 12, 6))[0],
        "arbeitszeitmodelle": random.sample(list(HOURS.values()), random.choice((1, 1, 2))),
        "befristung": random.choice((*TERMS.values(), "KEINE_ANGABE")),
        "verguetung": pay,
        "anzahlOffeneStellen": random.choice((1, 1, 1, 3)),
        "stellenlokationen": [{"adresse": address}],
        "aktuelleVeroeffentlichungsdatum": job["aktuelleVeroeffentlichungsdatum"],
        "modifikationsTimestamp": job["modifikationsTimestamp"],
        "istArbeitnehmerUeberlassung": random.random() < 0.2,
        "nurFuerSchwerbehinderte": random.random() < 0.02,
        "fuerFluechtlingeGeeignet": random.random() < 0.1,
        "arbeitgeberdarstellungUrl": random.choice((None, "https://example.org")),
    }
    if "externeUrl" in job:
        return detail | {"externeUrl": job["externeUrl"]}
    return detail | {"stellenangebotsBeschreibung": advert.plain()}
