"""France Travail's simulator over real HTTP: what is documented, and every captured answer."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.simulator import Simulator, faults
from tests.simulator.france_travail import (
    APP,
    ROOT,
    SECRET,
    TOKEN_PATH,
    FranceTravailApi,
    from_capture,
    records,
)
from tests.simulator.france_travail_codes import DEPARTMENTS, REFERENTIALS

FORM = {
    "grant_type": "client_credentials",
    "client_id": APP,
    "client_secret": SECRET,
    "scope": "api_offresdemploiv2 o2dsoffre",
}
REALM = {"realm": "/partenaire"}
UNLIMITED: Any = {"limits": ()}

Simulate = Callable[..., Simulator]


def ask_token(
    api: Simulator, form: Mapping[str, str] | None = None, query: Any = REALM, **options: Any
) -> requests.Response:
    sent = {**FORM, **(form or {})}
    address = api.url + TOKEN_PATH
    return requests.post(address, sent, params=query, timeout=5, **options)


class Client:
    """Asks with a token of its own."""

    def __init__(self, api: Simulator) -> None:
        self.base = f"{api.url}{ROOT}/v2"
        token = ask_token(api).json()["access_token"]
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **query: Any) -> requests.Response:
        return requests.get(self.base + path, query, headers=self.headers, timeout=10)

    def search(self, **query: Any) -> requests.Response:
        return self.get("/offres/search", **query)

    def ids(self, **query: Any) -> set[str]:
        """Ids of all offers that match, of which there are at most 3150."""
        return {offer["id"] for offer in self.walk(**query)}

    def walk(self, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            asked = f"{len(found)}-{len(found) + 149}"
            answer = self.search(**{"range": asked, "sort": 1, **query})
            if answer.status_code == 204:
                return found
            found += answer.json()["resultats"]
            if len(found) == int(answer.headers["Content-Range"].split("/")[1]):
                return found


def test_ranges(simulate: Simulate) -> None:
    offers = records(310)
    client = Client(simulate(FranceTravailApi(offers)))
    answers = [client.search(range=asked, sort=1) for asked in ("0-149", "150-299", "300-449")]
    assert [answer.status_code for answer in answers] == [206, 206, 200]
    assert [answer.headers["Content-Range"] for answer in answers] == [
        "offres 0-149/310",
        "offres 150-299/310",
        "offres 300-309/310",
    ]
    beyond = client.search(range="450-599")
    none = client.search(codeROME="A1101")
    assert (beyond.status_code, none.status_code, none.content) == (204, 204, b"")
    assert (none.headers["Content-Range"], beyond.headers["Content-Range"]) == ("*/0", "*/310")
    found = client.walk()
    moments = [datetime.fromisoformat(offer["dateCreation"]) for offer in found]
    assert moments == sorted(moments, reverse=True)
    assert {offer["id"]: offer for offer in found} == {offer["id"]: offer for offer in offers}
    assert len(found) == 310
    assert client.search(range="0-0").status_code == 206
    assert client.search(range="0-149", codeROME="M1811").status_code == 200
    client = Client(simulate(FranceTravailApi(offers, last_status=206, single=False)))
    assert client.search(range="300-449").status_code == 206
    assert client.search(range="0-0").status_code == 400


def test_the_depth_of_a_search(simulate: Simulate) -> None:
    client = Client(simulate(FranceTravailApi(records(3_200))))
    assert client.search(range="3000-3149").status_code == 206
    for asked, text in (
        ("3001-3100", "La position de début doit être inférieure ou égale à 3000."),
        ("3000-3150", "La plage de résultats demandée est trop importante."),
        ("0-150", "La plage de résultats demandée est trop importante."),
        ("5-4", "La plage de résultats demandée est incorrecte."),
    ):
        answer = client.search(range=asked)
        assert (answer.status_code, answer.json()["message"]) == (400, text)
    older: Any = {"last_start": 1_000, "last_end": 1_149}
    client = Client(simulate(FranceTravailApi(records(1_200), **older)))
    assert client.search(range="1000-1149").status_code == 206
    assert client.search(range="1001-1100").status_code == 400


def test_windows_of_creation_cover_what_a_search_cannot(simulate: Simulate) -> None:
    """Départements and dates, halved where too many match, reach every offer in a département."""
    offers = records(900)
    caps: Any = {"last_start": 30, "last_end": 49, "widest": 20}
    client = Client(simulate(FranceTravailApi(offers, **caps, **UNLIMITED)))

    def dates(low: datetime, high: datetime) -> set[str]:
        window = {"minCreationDate": low, "maxCreationDate": high}
        query = {name: f"{at:%Y-%m-%dT%H:%M:%SZ}" for name, at in window.items()}
        answer = client.search(range="0-19", **query)
        if answer.status_code == 204:
            return set()
        total = int(answer.headers["Content-Range"].split("/")[1])
        if total > 50 and high - low > timedelta(seconds=1):
            middle = low + (high - low) / 2
            return dates(low, middle) | dates(middle, high)
        found = {offer["id"] for offer in answer.json()["resultats"]}
        for asked in ("20-39", "30-49"):
            more = client.search(range=asked, **query)
            if more.content:
                found |= {offer["id"] for offer in more.json()["resultats"]}
        return found

    assert dates(datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)) == {
        one["id"] for one in offers
    }


@pytest.mark.parametrize(
    ("form", "query", "error"),
    [
        ({"client_secret": "?"}, REALM, "invalid_client"),
        ({}, {}, "invalid_client"),
        ({"scope": "api_offresdemploiv2"}, REALM, "invalid_scope"),
        ({"scope": f"api_offresdemploiv2 o2dsoffre application_{APP}"}, REALM, "invalid_scope"),
        ({"grant_type": "password"}, REALM, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, REALM, "invalid_grant"),
    ],
)
def test_tokens_that_are_denied(
    simulate: Simulate, form: dict[str, str], query: dict[str, str], error: str
) -> None:
    answer = ask_token(simulate(FranceTravailApi()), form, query)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.json()["error_description"]


def test_tokens(simulate: Simulate) -> None:
    now = [0.0]
    served = FranceTravailApi(records(3), token_calls=2, clock=lambda: now[0])
    api = simulate(served)
    given = ask_token(api).json()
    assert (given["expires_in"], given["token_type"]) == (1499, "Bearer")
    basic = ask_token(api, auth=(APP, SECRET))
    assert (basic.status_code, basic.headers["Content-Type"]) == (409, "text/html")
    in_query = requests.post(api.url + TOKEN_PATH, params={**REALM, **FORM}, timeout=5)
    assert in_query.json()["error"] == "invalid_client"
    client = Client(api)
    assert [client.search().status_code for _ in range(3)] == [200, 200, 401]
    client = Client(api)
    now[0] = 1_499
    assert client.search().json() == {"message": "Le jeton est invalide ou expiré"}
    client = Client(api)
    served.revoke()
    assert client.search().status_code == 401
    bare = requests.get(client.base + "/offres/search", timeout=5)
    assert (bare.status_code, bare.content) == (401, b"")
    api = simulate(FranceTravailApi(subscribed=()))
    assert ask_token(api).json()["error"] == "invalid_client"
    api = simulate(FranceTravailApi(application_scope=True))
    assert ask_token(api).json()["error"] == "invalid_scope"
    assert ask_token(api, {"scope": FORM["scope"] + f" application_{APP}"}).status_code == 200


def test_ten_calls_a_second(simulate: Simulate) -> None:
    now = [0.0]
    client = Client(simulate(FranceTravailApi(records(3), clock=lambda: now[0])))
    answers = [client.search() for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    told = answers[0].headers
    assert told["X-Ratelimit-Burst-Capacity-Clientidlimiter"] == "10"
    assert told["X-Ratelimit-Remaining-Clientidlimiter"] == "9"
    last = answers[10].headers
    assert (last["Content-Type"], last["Retry-After"]) == ("text/plain", "1")
    now[0] = 1
    assert client.search().status_code == 200


SIX = "75,77,78,91,92,93"


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ({"departement": SIX}, "Le nombre de départements maximum autorisé pour la recherche est"),
        ({"salaireMin": 2000}, "salaireMin et periodeSalaire"),
        ({"periodeSalaire": "M"}, "salaireMin et periodeSalaire"),
        ({"minCreationDate": "2026-03-01T00:00:00Z"}, "minCreationDate et maxCreationDate"),
        ({"partenaires": "X"}, "modeSelectionPartenaires"),
        (
            {"minCreationDate": "2026-03-01T00:00:00", "maxCreationDate": "2026-03-02T00:00:00Z"},
            "minCreationDate incorrect",
        ),
        (
            {"minCreationDate": "2026-03-02T00:00:00Z", "maxCreationDate": "2026-03-01T00:00:00Z"},
            "précéder",
        ),
        ({"motsCles": "a"}, "motsCles incorrect"),
        ({"motsCles": "données"}, "caractères interdits"),
        ({"codeROME": ",".join(["M1811"] * 201)}, "au plus 200"),
        ({"codeNAF": "6202A"}, "codeNAF incorrect"),
        ({"typeContrat": "DDT"}, "typeContrat incorrect"),
        ({"publieeDepuis": 2}, "publieeDepuis incorrect"),
        ({"tempsPlein": 1}, "true ou false"),
        ({"sort": 3}, "sort incorrect"),
        ({"page": 2}, "page est inconnu"),
    ],
)
def test_searches_that_are_refused(simulate: Simulate, query: dict[str, Any], part: str) -> None:
    answer = Client(simulate(FranceTravailApi(records(3)))).search(**query)
    assert answer.status_code == 400
    assert part in answer.json()["message"]


def test_filters(simulate: Simulate) -> None:
    offers = records(1_000)
    client = Client(simulate(FranceTravailApi(offers, **UNLIMITED)))

    def those(test: Callable[[dict[str, Any]], Any]) -> set[str]:
        return {offer["id"] for offer in offers if test(offer)}

    assert client.ids(codeROME="M1811,M1419") == those(
        lambda o: o["romeCode"] in ("M1811", "M1419")
    )
    assert client.ids(grandDomaine="M18") == client.ids(domaine="M18") == client.ids(theme=1)
    assert client.ids(departement="2A,74") == those(
        lambda o: o["lieuTravail"]["libelle"][:3] in ("2A ", "74 ")
    )
    assert client.ids(departement="2A", inclureLimitrophes="true") == client.ids(region=94)
    covered = set().union(*(client.ids(departement=one["code"]) for one in DEPARTMENTS))
    assert those(lambda o: True) - covered == those(
        lambda o: " - " not in o["lieuTravail"]["libelle"]
    )
    # Type and nature of contract: one or the other.
    assert client.ids(typeContrat="MIS", natureContrat="E2") == those(
        lambda o: o["typeContrat"] == "MIS" or o["natureContrat"] == "Contrat apprentissage"
    )
    assert client.ids(origineOffre=2) == those(lambda o: o["id"].isdecimal() and len(o["id"]) > 7)
    assert client.ids(qualification=9) == those(lambda o: o.get("qualificationCode") == "9")
    assert client.ids(experienceExigence="D") == client.ids(experience=1) - client.ids(
        experienceExigence="E"
    )
    assert client.ids(dureeHebdoMin=3600) == those(
        lambda o: o.get("dureeTravailLibelle", "")[:2] in ("36", "37", "39")
    )
    assert client.ids(commune="75113", distance=0) == those(
        lambda o: o["lieuTravail"].get("commune", "").startswith("75")
    )
    # Levallois-Perret lies five kilometres away, Nice does not.
    near = client.ids(commune="75056", distance=10)
    assert client.ids(commune="92044", distance=0) < near
    assert not client.ids(commune="06088") & near
    # Keywords widen to all of a trade.
    assert client.ids(motsCles="data") == client.ids(codeROME="M1811,M1419")
    assert client.ids(motsCles="data,engineer") == client.ids(codeROME="M1811")
    assert client.ids(publieeDepuis=3) < client.ids(publieeDepuis=7)
    assert client.ids(salaireMin=5_000, periodeSalaire="M") == client.ids(
        salaireMin=60_000, periodeSalaire="A"
    )
    assert client.ids(niveauFormation="NV1", permis="B") <= client.ids(permis="B")
    partners = client.ids(partenaires="Travail Exemple", modeSelectionPartenaires="INCLUS")
    others = client.ids(partenaires="Travail Exemple", modeSelectionPartenaires="EXCLU")
    assert partners
    assert partners.isdisjoint(others)
    assert partners | others == those(lambda o: True)
    everything = client.search(range="0-0").json()["filtresPossibles"]
    counts = {one["filtre"]: one["agregation"] for one in everything}
    assert list(counts) == ["typeContrat", "experience", "qualification", "natureContrat"]
    assert {one["valeurPossible"]: one["nbResultats"] for one in counts["typeContrat"]} == Counter(
        o["typeContrat"] for o in offers
    )


def test_single_offers_and_referentials(simulate: Simulate) -> None:
    offers = records(50)
    client = Client(simulate(FranceTravailApi(offers, **UNLIMITED)))
    assert client.get(f"/offres/{offers[7]['id']}").json() == offers[7]
    assert client.get("/offres/ZZZZZZZ").status_code == 204
    assert client.get("/offres/abc").status_code == 400
    assert len(REFERENTIALS) == 16
    for name, rows in REFERENTIALS.items():
        answer = client.get(f"/referentiel/{name}")
        assert answer.json() == rows
        assert answer.headers["Content-Range"] == f"{name} */{len(rows)}"
    assert client.get("/referentiel/villes").status_code == 404
    assert (len(DEPARTMENTS), DEPARTMENTS[0]["region"]["code"]) == (101, "84")
    assert client.get("/offres").status_code == 404


def test_generated_offers_are_like_real_ones() -> None:
    offers = records(3_000)
    assert offers == records(3_000, seed=1, day=date(2026, 3, 2))
    assert len({offer["id"] for offer in offers}) == 3_000
    own = [offer for offer in offers if offer["origineOffre"]["origine"] == "1"]
    assert all(re.fullmatch("[0-9A-Z]{7}", offer["id"]) for offer in own)

    def share(test: Callable[[dict[str, Any]], Any]) -> float:
        return sum(bool(test(offer)) for offer in offers) / len(offers)

    assert share(lambda o: o["salaire"].get("libelle")) == pytest.approx(0.46, abs=0.03)
    assert share(lambda o: o["entreprise"].get("nom")) == pytest.approx(0.56, abs=0.03)
    assert share(lambda o: o.get("competences")) == pytest.approx(0.06, abs=0.02)
    assert share(lambda o: len(o["description"]) == 5_000) == pytest.approx(0.1, abs=0.03)
    assert share(lambda o: o["contact"].get("telephone")) > 0
    labels = [o["salaire"]["libelle"] for o in offers if "libelle" in o["salaire"]]
    forms = Counter(re.sub(r"\d[\d\s.,]*(?= )", "N", label) for label in labels)
    assert {"Annuel de N Euros à N Euros", "Horaire de N Euros", "Cachet de N Euros"} <= set(forms)
    assert any("\N{REPLACEMENT CHARACTER}" in label for label in labels)
    later = {offer["id"]: offer for offer in records(3_000, day=date(2026, 3, 9))}
    both = [(o, later[o["id"]]) for o in offers if o["id"] in later]
    changed = [(a, b) for a, b in both if a != b]
    assert all(a["lieuTravail"] == b["lieuTravail"] for a, b in changed)
    assert 0 < len(changed) < len(both) < 3_000
    assert all(a["dateCreation"] == b["dateCreation"] for a, b in changed)
    assert all(a["dateActualisation"] < b["dateActualisation"] for a, b in changed)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("search_page_150_offers", 150),
        ("search_6_offers", 6),
        ("results_2024-11-28_179", 179),
        ("results_2024-11-30_178", 178),
    ],
)
def test_captured_offers_are_served_unchanged(
    simulate: Simulate, captures: Path, name: str, count: int
) -> None:
    offers = from_capture((captures / "france_travail" / f"{name}.json").read_bytes())
    client = Client(simulate(FranceTravailApi(offers, **UNLIMITED)))
    found = client.walk()
    assert len(found) == len(offers) == count
    assert {offer["id"]: offer for offer in found} == {offer["id"]: offer for offer in offers}
    assert all(client.get(f"/offres/{one['id']}").json() == one for one in offers[:5])


def test_a_captured_body_that_is_no_json(simulate: Simulate, captures: Path) -> None:
    folder = captures / "france_travail"
    body = (folder / "invalid_trailing_comma.json").read_bytes()
    api = simulate(FranceTravailApi(records(3)))
    client = Client(api)
    api.fail(faults.status(200, body), path="/search")
    answer = client.search()
    assert answer.content == body
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.content)
    assert len(list(folder.iterdir())) == 5
