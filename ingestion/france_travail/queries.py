"""From a search of the user's to what the API is asked: pure but for the look-up of names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import product

from ingestion.errors import SettingsError
from ingestion.search import Search

Parameters = dict[str, str]
#: (référentiel, label, field of the label) to codes.
LookUp = Callable[[str, str, str], list[str]]

#: Values that one request may name.
MOST_PLACES, MOST_ROMES = 5, 200
#: No offer is older.
FIRST_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_DEPARTMENT = re.compile(r"[0-9]{2}|2[AB]|97[0-9]", re.IGNORECASE)
_COMMUNE = re.compile(r"[0-9]{5}|2[AB][0-9]{3}", re.IGNORECASE)
_ROME = re.compile(r"[A-N][0-9]{4}", re.IGNORECASE)
_DOMAIN = re.compile(r"[A-N](?:[0-9]{2})?", re.IGNORECASE)
#: What the API takes within words; the comma stands between those that must all be met.
_NO_WORD = re.compile(r"[^A-Za-z0-9 @#$%^&+./,\"-]+")


def moment(text: str) -> datetime:
    """The instant of a parameter."""
    return datetime.strptime(text, _MOMENT).replace(tzinfo=UTC)


def shown(instant: datetime) -> str:
    """An instant as the API wants it, to the second."""
    return instant.astimezone(UTC).strftime(_MOMENT)


def end_of(now: datetime) -> datetime:
    """The end of today: a window up to it holds all that is created while it is read."""
    return datetime.combine(now.astimezone(UTC).date(), time(23, 59, 59), UTC)


def days_of(search: Search, now: datetime) -> Parameters:
    """The days of a search, both ends of which the API asks for; nothing where it has none."""
    if search.since is None and search.until is None:
        return {}
    first = FIRST_DAY if search.since is None else datetime.combine(search.since, time(), UTC)
    last = end_of(now)
    if search.until is not None:
        last = datetime.combine(search.until, time(), UTC) + timedelta(days=1)
    return window(first, max(first, last))


def window(first: datetime, last: datetime) -> Parameters:
    return {"minCreationDate": shown(first), "maxCreationDate": shown(last)}


def parameters(search: Search, look_up: LookUp) -> list[Parameters]:
    """What is asked for, by as many requests as it takes; their answers together are the search.

    Raises SettingsError, one line, for what the API cannot be asked.
    """
    common: Parameters = {}
    if search.words is not None:
        common["motsCles"] = _words(search.words)
    if search.country is not None and search.country.upper() != "FR":
        raise SettingsError(f"france_travail searches in FR, not in {search.country}")
    parts = (
        _places(search.place, look_up),
        _domains(search.category, look_up),
        _romes(search.rome, look_up),
    )
    return [common | place | domain | rome for place, domain, rome in product(*parts)]


def name_of(params: Parameters, outside: Iterable[str] = ()) -> str:
    """What tells these parameters from others of their scope."""
    dated = ("minCreationDate", "maxCreationDate")
    named = [
        f"{name}={value}"
        for name, value in sorted(params.items())
        if name not in (*dated, *outside)
    ]
    if dated[0] in params:
        named.append(f"created={'..'.join(params[name] for name in dated)}")
    return ",".join(named) or "all"


def _words(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text)
    plain = "".join(char for char in apart if not unicodedata.combining(char))
    terms = (" ".join(term.split()) for term in _NO_WORD.sub(" ", plain).split(","))
    usable = [term for term in terms if len(term) >= 2]
    if not usable:
        raise SettingsError(f"france_travail cannot search for the words {text!r}")
    return ",".join(usable)


def _listed(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _places(text: str | None, look_up: LookUp) -> list[Parameters]:
    """Regions go one by one, départements and communes by five."""
    found: dict[str, list[str]] = {"region": [], "departement": [], "commune": []}
    for place in _listed(text):
        if place.casefold() == "france":
            return [{}]
        kind, codes = _place(place, look_up)
        found[kind] += [code for code in codes if code not in found[kind]]
    groups = [
        *({"region": code} for code in found["region"]),
        *_by(MOST_PLACES, "departement", found["departement"]),
        # Without a distance of zero, all within ten kilometres would be meant.
        *({**group, "distance": "0"} for group in _by(MOST_PLACES, "commune", found["commune"])),
    ]
    return groups or [{}]


def _place(place: str, look_up: LookUp) -> tuple[str, list[str]]:
    """What kind of place it is, and its codes: names and postcodes are those of several towns."""
    if _DEPARTMENT.fullmatch(place):
        return "departement", [place.upper()]
    if _COMMUNE.fullmatch(place):
        # A code of the INSEE, or a postcode.
        found = look_up("communes", place, "code") or look_up("communes", place, "codePostal")
        return "commune", found or [place.upper()]
    for kind, referential in (
        ("region", "regions"),
        ("departement", "departements"),
        ("commune", "communes"),
    ):
        codes = look_up(referential, place, "libelle")
        if codes:
            return kind, codes
    raise SettingsError(f"france_travail knows no place {place!r}")


def _domains(text: str | None, look_up: LookUp) -> list[Parameters]:
    """One domain of trades a request."""
    groups: list[Parameters] = []
    for domain in _listed(text):
        is_code = _DOMAIN.fullmatch(domain) is not None
        codes = [domain.upper()] if is_code else look_up("domaines", domain, "libelle")
        if not codes:
            raise SettingsError(f"france_travail knows no category {domain!r}")
        groups += [{"grandDomaine" if len(code) == 1 else "domaine": code} for code in codes]
    return groups or [{}]


def _romes(text: str | None, look_up: LookUp) -> list[Parameters]:
    codes: list[str] = []
    for rome in _listed(text):
        is_code = _ROME.fullmatch(rome) is not None
        found = [rome.upper()] if is_code else look_up("metiers", rome, "libelle")
        if not found:
            raise SettingsError(f"france_travail knows no ROME code {rome!r}")
        codes += found
    return _by(MOST_ROMES, "codeROME", list(dict.fromkeys(codes))) or [{}]


def _by(most: int, name: str, codes: Sequence[str]) -> list[Parameters]:
    starts = range(0, len(codes), most)
    return [{name: ",".join(codes[start : start + most])} for start in starts]
