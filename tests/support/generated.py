"""Generated or captured records of the API sources, landed without asking anybody.

    land(folder, "france_travail", generated("france_travail", 50, day), f"{day}T06:00:00Z")

Records land as the clients of the sources land them: contacts dropped, the request beside each.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from ingestion.demo.server import Request
from ingestion.landing import Landing
from ingestion.landing.slices import Slice
from ingestion.source import EndpointSpec
from tests.fixtures.warehouses import Folder
from tests.simulator import (
    adzuna,
    arbeitnow,
    arbeitsagentur,
    ashby,
    france_travail,
    greenhouse,
    himalayas,
    jobtech,
    jsearch,
    lever,
)
from tests.simulator.france_travail_codes import REFERENTIALS

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Met:
    """A record of an endpoint, what was asked, and its id where it does not stand in itself."""

    endpoint: str
    value: Record
    request: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""


#: Where ids stand by source; those of other endpoints come with the record.
IDS = {
    "adzuna": "id",
    "france_travail": "id",
    "jsearch": "job_id",
    "jobtech": "id",
    "greenhouse": "id",
    "lever": "id",
    "ashby": "id",
    "arbeitnow": "slug",
    "himalayas": "guid",
    "arbeitsagentur": "refnr",
}
DROPPED = {
    "france_travail": ("contact", "agence"),
    "jobtech": (
        "application_contacts",
        "employer.phone_number",
        "employer.email",
        "application_details.email",
    ),
}
#: Countries of the generated ads at Adzuna.
COUNTRIES = ("gb", "us", "fr", "de")


def generated(source: str, n: int, day: date, seed: int = 1) -> Iterator[Met]:
    """About `n` postings of a source on a day, and some of each other endpoint it has."""
    return _GENERATED[source](n, day, seed)


def land(folder: Folder, source: str, met: Iterable[Met], now: str, **env: str) -> int:
    """Land the records in a full run of the source; how many new versions there were.

    env: settings beside those of the folder.
    """
    by_endpoint: dict[str, list[Met]] = {}
    for one in met:
        by_endpoint.setdefault(one.endpoint, []).append(one)
    drop = DROPPED.get(source, ())
    specs = [EndpointSpec(name, id_field=IDS[source], drop=drop) for name in by_endpoint]
    with Landing(folder.settings(now, **env)) as landing:
        run = landing.run(source, specs)
        for slice_ in run.plan([Slice(name, "all") for name in by_endpoint]):
            with run.open(slice_) as writer:
                for one in by_endpoint[slice_.endpoint]:
                    request = {"endpoint": one.endpoint, **one.request}
                    writer.record(one.value, request, key=one.key)
                writer.end(complete=True)
        run.finish()
        return run.counts.new_versions


def spoilt(found: Iterable[Met], every: int = 7) -> Iterator[Met]:
    """The records, in each seventh of them one member of another kind than it ought to be."""
    for number, one in enumerate(found):
        if number % every or one.key:
            yield one
            continue
        names = [name for name in sorted(one.value) if name not in IDS.values()]
        name = names[number // every % len(names)]
        kind = ({"unexpected": [1, None]}, 12.5, "12 \u00e9 \U0001f600", [{"x": 1}], True)
        yield replace(one, value={**one.value, name: kind[number // every % len(kind)]})


def captured(folder: Path, source: str) -> Iterator[Met]:
    """Every captured posting and statistic of a source, each id as it was captured last."""
    for file in sorted((folder / source).glob("*.json")):
        text = file.read_bytes()
        try:
            json.loads(text)
        except ValueError:
            continue
        yield from _CAPTURED[source](file.name, text)


def _postings(source: str, endpoint: str, found: Iterable[Record], **request: Any) -> Iterator[Met]:
    for record in found:
        if record.get(IDS[source]) is not None:
            yield Met(endpoint, record, request)


def _adzuna(n: int, day: date, seed: int) -> Iterator[Met]:
    ads = {country: adzuna.records(max(25, n // 4), seed, day, country) for country in COUNTRIES}
    api = adzuna.AdzunaApi(ads, limits=())
    account = {"app_id": [adzuna.APP_ID], "app_key": [adzuna.APP_KEY]}
    for country, found in ads.items():
        yield from _postings("adzuna", "search", found, country=country)
        for endpoint in ("categories", "histogram", "history", "top_companies", "geodata"):
            request = Request(
                "GET",
                f"{adzuna.ROOT}/jobs/{country}/{endpoint}",
                {**account, "content-type": ["application/json"]},
                {"accept": "application/json"},
            )
            body = json.loads(api(request).body)
            if endpoint == "categories":
                for one in body["results"]:
                    yield Met(endpoint, one, {"country": country}, f"{country}:{one['tag']}")
            else:
                yield statistic(endpoint, body, country)


def statistic(endpoint: str, body: Record, country: str) -> Met:
    """An answer of Adzuna's statistics as one record, of all ads of a country."""
    asked = {"country": country, "what": "", "where": "", "category": ""}
    return Met(endpoint, {**body, **asked}, {"country": country}, f"{country}:::")


def _france_travail(n: int, day: date, seed: int) -> Iterator[Met]:
    yield from _postings("france_travail", "offers", france_travail.records(n, seed, day))
    for name, codes in REFERENTIALS.items():
        for one in codes:
            record = {"referential": name, **one}
            yield Met("referentials", record, {"referential": name}, f"{name}:{one['code']}")


def _jsearch(n: int, day: date, seed: int) -> Iterator[Met]:
    yield from _postings("jsearch", "search", jsearch.records(n - n // 3, seed, day))
    yield from _postings("jsearch", "search", jsearch.records(n // 3, seed + 1, day, old=True))
    for endpoint, company in (("estimated_salary", False), ("company_salary", True)):
        for one in jsearch.estimates(max(4, n // 10), seed, day, company=company):
            yield estimate(endpoint, one)


def estimate(endpoint: str, one: Record) -> Met:
    """An estimate of JSearch with what was asked for beside it."""
    query = {name: one[name] for name in ("job_title", "location", "company") if name in one}
    key = ":".join([*map(str, query.values()), str(one.get("publisher_name"))])
    return Met(endpoint, {**one, "query": query}, query, key)


def _jobtech(n: int, day: date, seed: int) -> Iterator[Met]:
    yield from _postings("jobtech", "ads", jobtech.records(n, seed, day))
    yield from _postings("jobtech", "ads", jobtech.historical(max(3, n // 10), seed))
    # Of ads that went in the last three weeks; those that were never met are known by nothing else.
    gone = jobtech.removals(n, seed, day, day - timedelta(days=20))
    yield from _postings("jobtech", "ads", gone)


def _boards(source: str, module: Any, name: str) -> Callable[[int, date, int], Iterator[Met]]:
    def found(n: int, day: date, seed: int) -> Iterator[Met]:
        return _postings(source, "jobs", module.records(n, seed, day, name), board=name.lower())

    return found


def _arbeitnow(n: int, day: date, seed: int) -> Iterator[Met]:
    return _postings("arbeitnow", "jobs", arbeitnow.records(n, seed, day))


def _himalayas(n: int, day: date, seed: int) -> Iterator[Met]:
    yield from _postings("himalayas", "jobs", himalayas.records(n - n // 3, seed, day))
    others = himalayas.records(n // 3, seed + 1, day, times="ms", places="objects")
    for one in others:
        yield Met("jobs", one, key=f"{one['guid']}-{seed + 1}")


def _arbeitsagentur(n: int, day: date, seed: int) -> Iterator[Met]:
    found = arbeitsagentur.records(n, seed, day)
    details = arbeitsagentur.details(found[: n - n // 5])
    for one in found:
        more = {"details": details[one["refnr"]]} if one["refnr"] in details else {}
        yield Met("jobs", {**one, **more})


_GENERATED: dict[str, Callable[[int, date, int], Iterator[Met]]] = {
    "adzuna": _adzuna,
    "france_travail": _france_travail,
    "jsearch": _jsearch,
    "jobtech": _jobtech,
    "greenhouse": _boards("greenhouse", greenhouse, "Larkfield"),
    "lever": _boards("lever", lever, "Oberwald"),
    "ashby": _boards("ashby", ashby, "Granholm"),
    "arbeitnow": _arbeitnow,
    "himalayas": _himalayas,
    "arbeitsagentur": _arbeitsagentur,
}
SOURCES = tuple(_GENERATED)


def _captured_adzuna(name: str, text: bytes) -> Iterator[Met]:
    country = name.split("_")[1]
    if name.startswith("history"):
        yield statistic("history", json.loads(text), country)
    else:
        yield from _postings("adzuna", "search", _records_in(text), country=country)


def _captured_france_travail(name: str, text: bytes) -> Iterator[Met]:
    yield from _postings("france_travail", "offers", _records_in(text))


def _captured_jsearch(name: str, text: bytes) -> Iterator[Met]:
    if name.startswith("estimated"):
        for one in json.loads(text)["data"]:
            yield estimate("estimated_salary", one)
    else:
        yield from _postings("jsearch", "search", _records_in(text))


def _records_in(text: bytes) -> list[Record]:
    """The records of a captured answer, of several answers, or of a list of records."""
    content = json.loads(text)
    found: list[Record] = []
    for part in content if isinstance(content, list) else [content]:
        inner = next(
            (part[name] for name in ("results", "resultats", "data") if name in part), None
        )
        if isinstance(inner, dict):
            inner = inner["jobs"]
        found += [part] if inner is None else inner
    return found


_CAPTURED: dict[str, Callable[[str, bytes], Iterator[Met]]] = {
    "adzuna": _captured_adzuna,
    "france_travail": _captured_france_travail,
    "jsearch": _captured_jsearch,
}
CAPTURED = tuple(_CAPTURED)
