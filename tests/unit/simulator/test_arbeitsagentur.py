"""The simulated Jobsuche answers as documented."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.simulator import Simulator
from tests.simulator.arbeitsagentur import (
    KEY,
    ROOT,
    ArbeitsagenturApi,
    details,
    encoded,
    from_capture,
    records,
)

JOBS = records(250)
DETAILS = details(JOBS)


@pytest.fixture
def api(simulate: Callable[..., Simulator]) -> Simulator:
    return simulate(ArbeitsagenturApi(JOBS, DETAILS))


def get(
    api: Simulator, path: str = "jobs", key: str | None = KEY, **query: Any
) -> requests.Response:
    headers = {"X-API-Key": key} if key else {}
    return requests.get(f"{api.url}{ROOT}/{path}", query, headers=headers, timeout=5)


def found(api: Simulator, **query: Any) -> list[dict[str, Any]]:
    jobs: list[dict[str, Any]] = get(api, size=100, **query).json().get("stellenangebote", [])
    return jobs


def test_pages_to_the_end_give_each_offer_once(api: Simulator) -> None:
    pages = [get(api, page=page, size=100).json() for page in (1, 2, 3, 4)]
    assert [job for page in pages[:3] for job in page["stellenangebote"]] == JOBS
    assert {page["maxErgebnisse"] for page in pages} == {250}
    assert "stellenangebote" not in pages[3]
    assert len(get(api).json()["stellenangebote"]) == 25


def test_filters(api: Simulator) -> None:
    assert all(job["arbeitsort"]["ort"] == "Dresden" for job in found(api, wo="dresden"))
    towns = {job["arbeitsort"]["ort"] for job in found(api, wo="Berlin", umkreis=50)}
    assert towns == {"Berlin", "Potsdam"}
    assert {job["arbeitsort"]["ort"] for job in found(api, wo="Berlin", umkreis=0)} == {"Berlin"}
    assert found(api, wo="Nirgends") == []
    assert all("Köchin" in job["beruf"] for job in found(api, was="köchin"))
    assert all(job["beruf"] == "Köchin" for job in found(api, berufsfeld="köchin"))
    recent = found(api, veroeffentlichtseit=3)
    assert {job["aktuelleVeroeffentlichungsdatum"] for job in recent} == {
        f"2026-{day}" for day in ("02-27", "02-28", "03-01", "03-02")
    }
    employer = JOBS[0]["arbeitgeber"]
    assert {job["arbeitgeber"] for job in found(api, arbeitgeber=employer)} == {employer}

    def told(name: str, **query: Any) -> set[Any]:
        values = [DETAILS[job["refnr"]][name] for job in found(api, **query)]
        return {one for value in values for one in (value if isinstance(value, list) else [value])}

    assert told("befristung", befristung="1;2") == {"BEFRISTET", "UNBEFRISTET"}
    assert told("stellenangebotsart", angebotsart="4") == {"AUSBILDUNG"}
    assert told("istArbeitnehmerUeberlassung", zeitarbeit="false") == {False}
    assert "MINIJOB" in told("arbeitszeitmodelle", arbeitszeit="mj")


def test_details(api: Simulator) -> None:
    number = JOBS[0]["refnr"]
    assert get(api, f"jobdetails/{encoded(number)}").json() == DETAILS[number]
    padded = base64.b64encode(number.encode()).decode().replace("=", "%3D")
    assert get(api, f"jobdetails/{padded}").json() == DETAILS[number]
    assert get(api, f"jobdetails/{encoded('10000-1-S')}").status_code == 404
    assert get(api, f"jobdetails/{number[:5]}").status_code == 400


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"key": None}, 403),
        ({"key": "other"}, 403),
        ({"page": 0}, 400),
        ({"size": 101}, 400),
        ({"page": 101, "size": 100}, 400),
        ({"veroeffentlichtseit": 101}, 400),
        ({"angebotsart": 3}, 400),
        ({"befristung": "1,2"}, 400),
        ({"arbeitszeit": "vz;x"}, 400),
        ({"zeitarbeit": "ja"}, 400),
        ({"ort": "Berlin"}, 400),
    ],
)
def test_errors(api: Simulator, query: dict[str, Any], status: int) -> None:
    assert get(api, **query).status_code == status


def test_settings(simulate: Callable[..., Simulator]) -> None:
    api = simulate(ArbeitsagenturApi([], empty_list=True, limits=((1, 60),)))
    assert get(api).json()["stellenangebote"] == []
    assert get(api).status_code == 429
    api = simulate(ArbeitsagenturApi.unlimited(JOBS, DETAILS))
    assert get(api, page=200, size=100).status_code == 200


def test_generated_offers_have_the_known_traps() -> None:
    assert len({job["refnr"] for job in JOBS}) == 250
    postcodes = [job["arbeitsort"]["plz"] for job in JOBS if job["arbeitsort"]["ort"] == "Dresden"]
    assert set(postcodes) == {"01067", 1067}
    assert any("titel" not in job for job in JOBS)
    assert any("koordinaten" not in job["arbeitsort"] for job in JOBS)
    external = [detail for detail in DETAILS.values() if "externeUrl" in detail]
    assert external
    assert not any("stellenangebotsBeschreibung" in detail for detail in external)
    assert {None, "nach Vereinbarung"} <= {detail["verguetung"] for detail in DETAILS.values()}


def test_captured_offers_stay_as_they_are(simulate: Callable[..., Simulator]) -> None:
    body = {"stellenangebote": [{"refnr": "1", "odd": None}], "maxErgebnisse": 1}
    assert found(simulate(ArbeitsagenturApi(from_capture(body)))) == body["stellenangebote"]
    assert from_capture({"maxErgebnisse": 0}) == []
