"""How France Travail's offers are found: what each parameter of the search matches."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, hypot, radians
from typing import Any

from tests.simulator.france_travail_codes import (
    COMMUNES,
    NEIGHBOURS,
    REFERENTIALS,
    REGION_OF,
    THEMES,
)
from tests.simulator.france_travail_offers import Offer
from tests.simulator.france_travail_parameters import FLAGS, Asked
from tests.simulator.stock import token

Test = Callable[["Filed"], bool]
#: Parameters that say how and not what.
MANNER = ("range", "sort")
LIBELLES = {
    name: {one["code"]: one["libelle"] for one in REFERENTIALS[name]} for name in REFERENTIALS
}
PERIODS = {"Mensuel": ("M", 12), "Annuel": ("A", 1), "Horaire": ("H", 1_820), "Cachet": ("C", 1)}
YEARLY = dict(PERIODS.values())


def plain(text: str) -> str:
    """Without case and accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in apart if not unicodedata.combining(char))


@dataclass(frozen=True, slots=True)
class Filed:
    """An offer with what searches look at."""

    offer: Offer
    created: float
    department: str
    rank: str
    text: str

    @classmethod
    def of(cls, offer: Offer) -> Filed:
        place = offer.get("lieuTravail", {}).get("libelle") or ""
        department = place.split(" - ", 1)[0] if " - " in place else ""
        named = (offer.get(name) for name in ("intitule", "romeLibelle", "appellationlibelle"))
        return cls(
            offer,
            datetime.fromisoformat(offer["dateCreation"]).timestamp(),
            department,
            token("rank", offer["id"], size=8),
            plain(" ".join(name for name in named if name)),
        )


@dataclass(frozen=True, slots=True)
class Found:
    offers: Sequence[Offer]
    facets: list[dict[str, Any]]


class Index:
    """All offers; listings are remembered, since paging asks for the same again."""

    def __init__(self, offers: Iterable[Offer], now: datetime | None, max_inclusive: bool) -> None:
        filed = [Filed.of(offer) for offer in offers]
        newest = max((one.created for one in filed), default=0.0)
        self._now = now.timestamp() if now else newest
        self._max_inclusive = max_inclusive
        self._by_rank = sorted(filed, key=lambda one: one.rank)
        self._by_date = sorted(filed, key=lambda one: (-one.created, one.rank))
        self._found: dict[Any, Found] = {}

    def find(self, asked: Asked) -> Found:
        wanted = {name: value for name, value in asked.items() if name not in MANNER}
        by_date = asked.get("sort", "0") == "1"
        key = by_date, tuple(sorted(wanted.items()))
        if key not in self._found:
            tests = list(self._tests(wanted))
            order = self._by_date if by_date else self._by_rank
            offers = [one.offer for one in order if all(test(one) for test in tests)]
            self._found[key] = Found(offers, facets(offers))
        return self._found[key]

    def _tests(self, asked: Asked) -> Iterator[Test]:
        for name, value in asked.items():
            if name in FLAGS:
                yield from _flag(name, value == "true")
            elif name in FIELDS:
                yield FIELDS[name](value.split(","))
        yield from _where(asked)
        yield from _pay(asked)
        kinds = asked.get("typeContrat", "").split(","), asked.get("natureContrat", "").split(",")
        if any(kinds[0]) or any(kinds[1]):
            # One or the other, not both.
            natures = {LIBELLES["naturesContrats"].get(code, code) for code in kinds[1]}
            yield (
                lambda one: (
                    one.offer.get("typeContrat") in kinds[0]
                    or one.offer.get("natureContrat") in natures
                )
            )
        if "publieeDepuis" in asked:
            since = self._now - timedelta(days=int(asked["publieeDepuis"])).total_seconds()
            yield lambda one: one.created >= since
        if "minCreationDate" in asked:
            yield self._within(asked["minCreationDate"], asked["maxCreationDate"])
        if "partenaires" in asked:
            names, inside = asked["partenaires"].split(","), asked["modeSelectionPartenaires"]
            yield lambda one: (inside == "INCLUS") == any(p in names for p in _partners(one.offer))
        if "motsCles" in asked:
            yield self._meant(asked["motsCles"])

    def _within(self, low: str, high: str) -> Test:
        since, until = (datetime.fromisoformat(text).timestamp() for text in (low, high))
        if self._max_inclusive:
            return lambda one: since <= one.created <= until
        return lambda one: since <= one.created < until

    def _meant(self, text: str) -> Test:
        """Words widen to trades: whatever is filed like an offer that holds them is found too."""
        trades: list[set[Any]] = []
        for term in text.split(","):
            words = plain(term).replace('"', " ").split()
            holding = [one for one in self._by_rank if all(word in one.text for word in words)]
            trades.append({one.offer.get("romeCode") for one in holding})
        return lambda one: all(one.offer.get("romeCode") in codes for codes in trades)


def _field(name: str, prefix: bool = False) -> Callable[[list[str]], Test]:
    def make(values: list[str]) -> Test:
        if prefix:
            return lambda one: (one.offer.get(name) or "").startswith(tuple(values))
        return lambda one: one.offer.get(name) in values

    return make


def _named(referential: str, field: str, key: str = "libelle") -> Callable[[list[str]], Test]:
    """Offers that name, in a list of objects, what the référentiel calls so."""

    def make(codes: list[str]) -> Test:
        names = {LIBELLES[referential].get(code) for code in codes}
        return lambda one: any(item.get(key) in names for item in one.offer.get(field) or ())

    return make


def experience(offer: Offer) -> str:
    """0: not told; 1: less than a year; 2: one to three; 3: more."""
    years = re.search(r"(\d+) An", offer.get("experienceLibelle") or "")
    if years:
        return "2" if int(years[1]) <= 3 else "3"
    return "1" if offer.get("experienceLibelle") else "0"


def qualification(offer: Offer) -> str:
    code = offer.get("qualificationCode")
    return "X" if code is None else "9" if code == "9" else "0"


def weekly(offer: Offer) -> str:
    names = {"Temps plein": "1", "Temps partiel": "2"}
    return names.get(offer.get("dureeTravailLibelleConverti") or "", "0")


def _hours(offer: Offer) -> int | None:
    """Hours a week as HHMM."""
    found = re.match(r"(\d+)H(\d*)", offer.get("dureeTravailLibelle") or "")
    return int(found[1]) * 100 + int(found[2] or 0) if found else None


def _months(offer: Offer) -> float | None:
    found = re.search(r"(\d+) Mois", offer.get("typeContratLibelle") or "")
    return float(found[1]) if found else None


def _bound(read: Callable[[Offer], float | None], least: bool) -> Callable[[list[str]], Test]:
    def make(values: list[str]) -> Test:
        bound = float(values[0])

        def test(one: Filed) -> bool:
            value = read(one.offer)
            return value is not None and (value >= bound if least else value <= bound)

        return test

    return make


def _appellation(codes: list[str]) -> Test:
    names = {LIBELLES["appellations"].get(code) for code in codes}
    return lambda one: one.offer.get("appellationlibelle") in names


def _country(codes: list[str]) -> Test:
    names = {LIBELLES["pays"].get(code) for code in codes}
    return lambda one: (
        ("France" in names and bool(one.department))
        or one.offer.get("lieuTravail", {}).get("libelle") in names
    )


FIELDS: dict[str, Callable[[list[str]], Test]] = {
    "domaine": _field("romeCode", prefix=True),
    "grandDomaine": _field("romeCode", prefix=True),
    "codeROME": _field("romeCode"),
    "appellation": _appellation,
    "theme": lambda codes: _field("romeCode", prefix=True)([THEMES.get(codes[0], "-")]),
    "secteurActivite": _field("secteurActivite"),
    "codeNAF": _field("codeNAF"),
    "experience": lambda codes: lambda one: experience(one.offer) in codes,
    "experienceExigence": _field("experienceExige"),
    "origineOffre": lambda codes: lambda one: one.offer["origineOffre"]["origine"] in codes,
    "qualification": lambda codes: lambda one: qualification(one.offer) in codes,
    "dureeHebdo": lambda codes: lambda one: weekly(one.offer) in codes,
    "dureeHebdoMin": _bound(_hours, True),
    "dureeHebdoMax": _bound(_hours, False),
    "dureeContratMin": _bound(_months, True),
    "dureeContratMax": _bound(_months, False),
    "paysContinent": _country,
    "niveauFormation": _named("niveauxFormations", "formations", "niveauLibelle"),
    "permis": _named("permis", "permis"),
}


def _flag(name: str, wanted: bool) -> Iterator[Test]:
    if name == "tempsPlein":
        yield lambda one: weekly(one.offer) == ("1" if wanted else "2")
    elif FLAGS[name] and wanted:
        field = FLAGS[name]
        yield lambda one: one.offer.get(field) is True


def _partners(offer: Offer) -> list[str]:
    return [one.get("nom", "") for one in offer.get("origineOffre", {}).get("partenaires") or ()]


def _where(asked: Asked) -> Iterator[Test]:
    if "region" in asked:
        region = asked["region"]
        yield lambda one: REGION_OF.get(one.department) == region
    if "departement" in asked:
        wanted = set(asked["departement"].split(","))
        if asked.get("inclureLimitrophes") == "true":
            wanted |= {near for code in wanted for near in NEIGHBOURS.get(code, ())}
        yield lambda one: one.department in wanted
    if "commune" in asked:
        yield _near(asked["commune"].split(","), float(asked.get("distance", 10)))


def _near(codes: list[str], distance: float) -> Test:
    """Within up to 130 % of the distance in km; an arrondissement of Paris stands for all of it."""
    paris = any(code.startswith("75") for code in codes)
    centres = [COMMUNES[code] for code in codes if code in COMMUNES]

    def test(one: Filed) -> bool:
        place = one.offer.get("lieuTravail", {})
        code = place.get("commune") or ""
        if code in codes or (paris and code.startswith("75")):
            return True
        if not distance or place.get("latitude") is None:
            return False
        north, east = place["latitude"], place["longitude"]
        return any(
            111.2 * hypot(north - c.latitude, (east - c.longitude) * cos(radians(c.latitude)))
            <= distance * 1.3
            for c in centres
        )

    return test


def _pay(asked: Asked) -> Iterator[Test]:
    if "salaireMin" not in asked:
        return
    least = float(asked["salaireMin"]) * YEARLY[asked["periodeSalaire"]]

    def test(one: Filed) -> bool:
        label = one.offer.get("salaire", {}).get("libelle") or ""
        amounts = re.findall(r"(\d[\d\s]*(?:[.,]\d+)?) Euros", label)
        _, times = PERIODS.get(label.split(" ")[0], ("", 0))
        numbers = [float(re.sub(r"\s", "", text).replace(",", ".")) for text in amounts]
        return bool(numbers) and max(numbers) * times >= least

    yield test


def facets(offers: Sequence[Offer]) -> list[dict[str, Any]]:
    """How many offers there are by type and nature of contract, experience and qualification."""
    codes = {name: code for code, name in LIBELLES["naturesContrats"].items()}
    values: dict[str, Callable[[Offer], str | None]] = {
        "typeContrat": lambda offer: offer.get("typeContrat"),
        "experience": experience,
        "qualification": qualification,
        "natureContrat": lambda offer: codes.get(offer.get("natureContrat") or ""),
    }
    found = []
    for name, read in values.items():
        counts = Counter(value for offer in offers if (value := read(offer)) is not None)
        entries = [
            {"valeurPossible": value, "nbResultats": n} for value, n in sorted(counts.items())
        ]
        found.append({"filtre": name, "agregation": entries})
    return found
