"""Generated ads of Adzuna in its 19 countries, in the API's own shape."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import orjson

from tests.simulator import prose
from tests.simulator.stock import Listing, rng, stock, token

Ad = dict[str, Any]
CLASS = "Adzuna::API::Response::"
SNIPPET = 500
#: Shares of ads with a key that may be absent.
CONTRACT_TIME, CONTRACT_TYPE, TOP_EMPLOYER = 0.4, 0.3, 0.37
#: Employers that advertise a lot.
BULK = 8


@dataclass(frozen=True, slots=True)
class Country:
    """root: first part of every area. predicted, without: shares of ads with predicted and no pay.

    located: share with coordinates. level: yearly pay, in local currency, against euros.
    """

    root: str
    host: str
    language: str
    sign: str
    level: float
    predicted: float
    without: float
    located: float
    places: tuple[str, ...]


def _country(row: str) -> tuple[str, Country]:
    code, root, host, language, sign, level, predicted, without, located, places = row.split("|")
    shares = float(level), float(predicted), float(without), float(located)
    named = tuple(places.split(";"))
    return code, Country(root, f"www.adzuna.{host}", language, sign, *shares, named)


#: Places are parts of an area below the root. Elsewhere than in gb and us most pay is missing.
COUNTRIES = dict(
    _country(row)
    for row in (
        "gb|UK|co.uk|en|£|0.95|0.52|0|0.3|London>Central London>Holborn;Scotland>Edinburgh;Wales",
        "us|US|com|en|$|1.5|0.86|0|0.96|Texas>Travis County>Austin;New York>New York City;Ohio",
        "at|Österreich|at|de|€|1.05|0|0.7|0.6|Wien>1. Bezirk;Steiermark>Graz;Tirol",
        "au|Australia|com.au|en|A$|1.7|0.3|0.5|0.5|Victoria>Melbourne Region>Carlton;Queensland",
        "be|Belgique|be|fr|€|1.05|0|0.9|0.6|Bruxelles;Liège>Seraing;Hainaut>Mons",
        "br|Brasil|com.br|pt|R$|1.6|0.1|0.7|0.5|São Paulo>Campinas;Bahia>Salvador;Paraná",
        "ca|Canada|ca|en|C$|1.5|0.5|0.3|0.5|Ontario>Toronto;Alberta>Calgary>Beltline;Manitoba",
        "ch|Schweiz|ch|de|CHF |1.9|0|0.9|0.5|Zürich>Winterthur;Bern>Thun;Genève",
        "de|Deutschland|de|de|€|1|0|0.9|0.7|Sachsen>Dresden;Bayern>Oberbayern>München;Berlin",
        "es|España|es|es|€|0.7|0|0.85|0.6|Madrid>Getafe;Cataluña>Barcelona>Sabadell;Galicia",
        "fr|France|fr|fr|€|0.9|0|0.81|0.8|Ile-de-France>Paris;Bretagne>Finistère>Brest;Corse",
        "in|India|in|en|₹|18|0.2|0.7|0.4|Karnataka>Bangalore;Maharashtra>Pune>Baner;Kerala",
        "it|Italia|it|it|€|0.75|0|0.85|0.6|Lombardia>Milano;Lazio>Roma>Ostia;Puglia",
        "mx|México|com.mx|es|MX$|8|0.1|0.6|0.4|Jalisco>Guadalajara;Nuevo León>Monterrey;Puebla",
        "nl|Nederland|nl|nl|€|0.95|0|0.8|0.6|Utrecht>Amersfoort;Zeeland>Goes;Friesland",
        "nz|New Zealand|co.nz|en|NZ$|1.6|0.3|0.5|0.5|Otago>Dunedin;Auckland>Auckland City;Nelson",
        "pl|Polska|pl|pl|zł|3|0|0.8|0.5|Mazowieckie>Warszawa;Śląskie>Katowice;Podlaskie",
        "sg|Singapore|sg|en|S$|1.4|0.2|0.5|0.3|Central Region>Bukit Merah;East Region>Bedok",
        "za|South Africa|co.za|en|R|8|0.3|0.4|0.4|Gauteng>Johannesburg;Western Cape>Cape Town",
    )
)
#: Titles and sentences in languages that few other sources have.
OTHERS = {
    "es": ("Ingeniera de datos", "Enfermero", "Contable", "Buscamos a alguien con paciencia."),
    "it": ("Analista dati", "Elettricista", "Cuoco", "Cerchiamo una persona precisa e curiosa."),
    "nl": ("Data-analist", "Verpleegkundige", "Kok", "Wij zoeken iemand die vragen stelt."),
    "pl": ("Inżynier danych", "Elektryk", "Księgowa", "Szukamy osoby dokładnej i cierpliwej."),
    "pt": ("Engenheira de dados", "Eletricista", "Cozinheiro", "Procuramos alguém atencioso."),
}
#: Trades of `prose.TRADES` by category.
CATEGORIES = (
    "it-jobs",
    "it-jobs",
    "it-jobs",
    "healthcare-nursing-jobs",
    "logistics-warehouse-jobs",
    "trade-construction-jobs",
    "accounting-finance-jobs",
    "sales-jobs",
    "hospitality-catering-jobs",
    "unknown",
)
#: All tags, the same in every country, with the words of their labels.
TAGS = {
    f"{name}-jobs": name.replace("-", " ").title()
    for name in (
        *("accounting-finance", "it", "sales", "customer-services", "engineering", "hr"),
        *("healthcare-nursing", "hospitality-catering", "pr-advertising-marketing"),
        *("logistics-warehouse", "teaching", "trade-construction", "admin", "legal"),
        *("creative-design", "graduate", "retail", "consultancy", "manufacturing"),
        *("scientific-qa", "social-work", "travel", "energy-oil-gas", "property"),
        *("charity-voluntary", "domestic-help-cleaning", "maintenance", "part-time"),
        "other-general",
    )
} | {"unknown": "Unknown"}
LABELS = {
    "de": "{}-Stellen",
    "en": "{} Jobs",
    "es": "Empleos de {}",
    "fr": "Emplois {}",
    "it": "Lavori {}",
    "nl": "{}-vacatures",
    "pl": "Praca: {}",
    "pt": "Vagas de {}",
}


def category(tag: str, country: str) -> dict[str, str]:
    """Tag and label; of these two only the label speaks the country's language."""
    words = TAGS.get(tag, tag)
    label = words if tag == "unknown" else LABELS[COUNTRIES[country].language].format(words)
    return {"tag": tag, "label": label, "__CLASS__": f"{CLASS}Category"}


def location(area: list[str]) -> dict[str, Any]:
    shown = ", ".join(reversed(area[-2:]))
    return {"area": area, "display_name": shown, "__CLASS__": f"{CLASS}Location"}


def adref(ad_id: str, session: str) -> str:
    """A signed token that differs from session to session."""
    payload = base64.urlsafe_b64encode(orjson.dumps({"i": ad_id, "s": session})).rstrip(b"=")
    return f"eyJhbGciOiJIUzI1NiJ9.{payload.decode()}.{token(ad_id, session, size=21)}x"


def redirect_url(ad_id: str, host: str, landing: bool, session: str, app_id: str) -> str:
    """Where the ad is shown: either of two shapes, and always with the `app_id` of who asked."""
    if not landing:
        return f"https://{host}/details/{ad_id}?utm_medium=api&utm_source={app_id}"
    version = token(ad_id, session, size=20).upper()
    base = f"https://{host}/land/ad/{ad_id}?se={session}"
    return f"{base}&utm_medium=api&utm_source={app_id}&v={version}"


def fresh(ad: Ad, session: str, app_id: str) -> Ad:
    """The ad as another request gets it: token and parts of the address are new."""
    ad_id, url = ad["id"], ad["redirect_url"]
    host = url.split("/", 3)[2]
    url = redirect_url(ad_id, host, "/land/ad/" in url, session, app_id)
    return {**ad, "adref": adref(ad_id, session), "redirect_url": url}


def records(n: int, seed: int = 1, day: date = date(2026, 3, 2), country: str = "gb") -> list[Ad]:
    """The `n` ads of a country on the day, in no order that means anything."""
    found = [_ad(listed, seed, country) for listed in stock(n, day)]
    rng("adzuna", "order", seed, day, country).shuffle(found)
    return found


def _ad(listed: Listing, seed: int, country: str) -> Ad:
    number, place = listed.number, COUNTRIES[country]
    random = rng("adzuna", seed, country, number)
    # Of 50 ads two are the same in title, employer and place, and about 20 share their text.
    twin = number - number % 50 if number % 50 < 2 else number
    textual = number - number % 5 if number % 5 < 3 else number
    core = rng("adzuna", "core", seed, country, twin)
    trade = core.randrange(len(prose.TRADES))
    title, company = _title(core, trade, place.language), _company(core, place)
    area = _area(core, place)
    ad_id = str(4_000_000_000 + list(COUNTRIES).index(country) * 20_000_000 + number)
    created = datetime(listed.on.year, listed.on.month, listed.on.day, tzinfo=UTC)
    created += timedelta(seconds=random.randrange(86_400))
    if random.random() < 0.03:
        # The day on which somebody else published it first.
        created -= timedelta(days=random.randrange(30, 600))
    session = token("session", seed, country, number, size=11)
    pay = _pay(random, place, prose.TRADES[trade][1] * 1.05**listed.edits)
    ad: Ad = {
        "id": ad_id,
        "title": title,
        "description": _text(rng("adzuna", "text", seed, country, textual), place, pay, listed),
        "created": f"{created:%Y-%m-%dT%H:%M:%SZ}",
        "redirect_url": redirect_url(
            ad_id, place.host, random.random() < 0.6, session, app_id="00000000"
        ),
        "adref": adref(ad_id, session),
        "location": location(area),
        "category": category(CATEGORIES[trade], country),
        "company": {"display_name": company, "__CLASS__": f"{CLASS}Company"},
        "__CLASS__": f"{CLASS}Job",
        **pay,
    }
    if random.random() < CONTRACT_TIME:
        ad["contract_time"] = random.choice(("full_time", "full_time", "part_time"))
    if random.random() < CONTRACT_TYPE:
        ad["contract_type"] = random.choice(("permanent", "contract"))
    if random.random() < place.located:
        ad["latitude"] = round(random.uniform(-40, 60), 6)
        ad["longitude"] = round(random.uniform(-120, 150), 6)
    return ad


def _title(random: Random, trade: int, language: str) -> str:
    if language in OTHERS:
        return random.choice(OTHERS[language][:-1])
    return prose.title(random, trade, language)


def _company(random: Random, place: Country) -> str:
    language = place.language if place.language in prose.NAMES else "en"
    if random.random() < TOP_EMPLOYER:
        random = rng("adzuna", "bulk", place.root, random.randrange(BULK))
    # Some names come with blanks around them.
    return prose.employer(random, language) + (" " if random.random() < 0.02 else "")


def _area(random: Random, place: Country) -> list[str]:
    parts = random.choice(place.places).split(">")
    return [place.root, *parts[: random.randrange(len(parts) + 1)]]


def _pay(random: Random, place: Country, base: float) -> dict[str, Any]:
    """Pay in local currency for a year, without naming either; a few amounts are of an hour or day.

    A predicted amount is exact, and so are many advertised ones.
    """
    kind = random.random()
    if kind < place.without:
        return {"salary_is_predicted": "0"}
    low = base * place.level * random.uniform(0.7, 1.4)
    if kind < place.without + place.predicted:
        low = round(low, 2)
        return {"salary_min": low, "salary_max": low, "salary_is_predicted": "1"}
    share = random.choices((1, 1_800, 220), (90, 6, 4))[0]
    low = round(low / share, -3 if share == 1 else 0)
    high = low if random.random() < 0.6 else round(low * 1.25, -2 if share == 1 else 1)
    whole = random.random() < 0.5
    ends: list[Any] = [int(end) if whole else end + 0.5 * (share > 1) for end in (low, high)]
    return {"salary_min": ends[0], "salary_max": ends[1], "salary_is_predicted": "0"}


def _text(random: Random, place: Country, pay: dict[str, Any], listed: Listing) -> str:
    """A snippet of 500 characters that ends with an ellipsis; one in a hundred is shorter."""
    language = place.language if place.language in prose.NAMES else "en"
    states_pay = random.random() < 0.3
    first = ""
    if listed.edits:
        first = prose.CLOSING[language][2].format(n=listed.edits) + " "
    if states_pay and pay["salary_is_predicted"] == "0" and "salary_min" in pay:
        first += f"Salary: {place.sign}{pay['salary_min']:,} per annum "
    if random.random() < 0.05:
        person = prose.contact(random, language)
        first += f"{person.name}, {person.phone}, {person.mail} "
    if place.language in OTHERS:
        first += OTHERS[place.language][-1] + " "
    if random.random() < 0.01:
        return first + "Apply now."
    company = prose.employer(random, language)
    body = prose.advert(random, language, "colleague", company).plain().replace("\n", " ")
    return (first + body)[: SNIPPET - 1] + "…"
