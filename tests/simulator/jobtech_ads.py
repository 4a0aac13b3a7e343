"""Generated ads in the shapes of JobTech: live, removed, and as in the files of past years.

Whatever happens on a day has happened by six in the morning, Stockholm time.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from tests.simulator import prose
from tests.simulator.stock import Listing, gone, listing, rng, stock, token

STOCKHOLM = ZoneInfo("Europe/Stockholm")
EMPLOYMENT = ("Vanlig anställning", "Tillsvidareanställning", "Behovsanställning", "Sommarjobb")
HOURS = ("Heltid", "Deltid")
SALARY_TYPES = ("Fast månads- vecko- eller timlön", "Rörlig ackords- eller provisionslön")
#: Pay is told in words alone, if at all.
SALARIES = (
    "Fast lön",
    "Månadslön enligt kollektivavtal",
    "35 000 - 42 000 kr/mån",
    "175 kr/tim",
    "Individuell lönesättning",
    "32000-38000",
)


def stockholm(text: str) -> datetime:
    """A moment as the API writes it: local time without an offset."""
    return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM)


def _local(day: date, seconds: int) -> str:
    moment = datetime(day.year, day.month, day.day) + timedelta(seconds=seconds)  # noqa: DTZ001
    return moment.isoformat()


def _concept(kind: str, label: str) -> dict[str, Any]:
    digits = token("concept", kind, label, size=5)
    concept = f"{digits[:4]}_{digits[4:7]}_{digits[7:]}"
    return {
        "concept_id": concept,
        "label": label,
        "legacy_ams_taxonomy_id": str(int(digits[:4], 16)),
    }


def _ad_id(seed: int, number: int) -> str:
    """Digits, as text; two records of different seeds never share one."""
    return str(29_000_000 + seed * 100_000_000 + number)


def records(n: int, seed: int = 1, day: date = date(2026, 3, 2)) -> list[dict[str, Any]]:
    """The `n` ads that are published on the day, unsorted."""
    found = [_ad(seed, listed) for listed in stock(n, day)]
    rng("jobtech", "order", seed, day).shuffle(found)
    return found


def removals(
    n: int, seed: int = 1, day: date = date(2026, 3, 2), since: date | None = None
) -> list[dict[str, Any]]:
    """Sparse removals of the ads that went between `since` (the day before) and the day."""
    found = []
    since = since or day - timedelta(days=1)
    last = {day - timedelta(days=ago) for ago in range((day - since).days)}
    for left_on in sorted(last):
        for number in gone(n, left_on, left_on - timedelta(days=1)):
            random = rng("jobtech", "removed", seed, number)
            removal: dict[str, Any] = {
                "id": _ad_id(seed, number),
                "removed": True,
                "removed_date": _local(left_on, random.randrange(1, 6 * 3_600)),
            }
            if random.random() < 0.7:
                ad = _ad(seed, listing(number, n, left_on))
                for name in ("occupation", "occupation_group", "occupation_field"):
                    removal[name] = {"concept_id": ad[name]["concept_id"]}
            found.append(removal)
    return found


def historical(n: int, seed: int = 1, year: int = 2023) -> list[dict[str, Any]]:
    """`n` ads of a past year: other ids, `original_id` for the live one, lists for concepts."""
    found = []
    for number in range(n):
        random = rng("jobtech", "year", seed, year, number)
        day = date(year, 1, 1) + timedelta(days=random.randrange(365))
        ad = _ad(seed, Listing(10_000_000 + (year - 2000) * 1_000_000 + number, day, 0, day))
        ad |= {"original_id": ad["id"], "id": token("past", ad["id"], size=20), "removed": True}
        ad["removed_date"] = _local(day + timedelta(days=random.randrange(5, 60)), 0)
        for name in ("occupation", "occupation_group", "occupation_field", "employment_type"):
            ad[name] = [ad[name]]
        ad["keywords"] = {"extracted": {"occupation": [ad["headline"].lower()], "skill": []}}
        ad["detected_language"] = "sv"
        found.append(ad)
    return found


def _ad(seed: int, listed: Listing) -> dict[str, Any]:
    number = listed.number
    random = rng("jobtech", seed, number)
    trade = random.randrange(len(prose.SWEDISH))
    title = prose.title(random, trade, "sv")
    company = prose.employer(random, "sv")
    person = prose.contact(random, "sv")
    salary = random.choice((*SALARIES, None, None))
    text = prose.advert(random, "sv", title, company, salary, listed.edits, person)
    seconds = random.randrange(6 * 3_600)
    occupation, group, area = prose.SWEDISH[trade]
    ad_id = _ad_id(seed, number)
    part_time = random.random() < 0.2
    contacts = [
        {
            "name": person.name,
            "description": None,
            "email": person.mail,
            "telephone": person.phone,
            "contact_type": random.choice((None, "Rekryterare", "Facklig företrädare")),
        }
    ]
    return {
        "id": ad_id,
        "external_id": f"46-{ad_id}" if random.random() < 0.4 else None,
        "original_id": None,
        "label": None,
        "webpage_url": f"https://arbetsformedlingen.se/platsbanken/annonser/{ad_id}",
        "logo_url": None,
        "headline": title,
        "application_deadline": _local(listed.on + timedelta(days=30), 86_399),
        "number_of_vacancies": random.choice((1, 1, 1, 2, 5, None)),
        "description": {
            "text": text.plain(),
            "text_formatted": text.html(),
            "company_information": None,
            "needs": None,
            "requirements": None,
            "conditions": random.choice((None, "Heltid, tillsvidare. Tillträde enligt avtal.")),
        },
        "employment_type": _concept("employment", random.choice(EMPLOYMENT)),
        "salary_type": _concept("salary", random.choices(SALARY_TYPES, (9, 1))[0]),
        "salary_description": salary,
        "duration": _concept("duration", random.choice(("Tills vidare", "3 - 6 månader"))),
        "working_hours_type": _concept("hours", HOURS[part_time]),
        "scope_of_work": random.choice(
            ({"min": 50, "max": 75} if part_time else {"min": 100, "max": 100}, None)
        ),
        "access": random.choice((None, "Snarast")),
        "employer": {
            "phone_number": random.choice((None, person.phone)),
            "email": random.choice((None, person.mail)),
            "url": random.choice((None, "https://example.org")),
            "organization_number": f"5560{random.randrange(1_000_000):06d}",
            "name": company,
            "workplace": company,
        },
        "application_details": {
            "information": None,
            "reference": random.choice((None, f"R{number}")),
            "email": random.choice((None, person.mail)),
            "via_af": False,
            "url": f"https://example.org/jobb/{ad_id}",
            "other": None,
        },
        "experience_required": random.random() < 0.7,
        "access_to_own_car": False,
        "driving_license_required": part_time,
        "driving_license": [_concept("license", "B")] if part_time else None,
        "occupation": _concept("occupation", occupation),
        "occupation_group": _concept("group", group),
        "occupation_field": _concept("field", area),
        "workplace_address": _address(random),
        "must_have": {
            "skills": [{"weight": 10, **_concept("skill", occupation)}],
            "languages": [{"weight": 10, **_concept("language", "Svenska")}],
            "work_experiences": [],
            "education": [],
            "education_level": [],
        },
        "nice_to_have": {
            "skills": [],
            "languages": [{"weight": 5, **_concept("language", "Engelska")}],
            "work_experiences": [],
            "education": [],
            "education_level": [],
        },
        "application_contacts": contacts if random.random() < 0.6 else [],
        "publication_date": _local(listed.on, seconds),
        "last_publication_date": _local(listed.on + timedelta(days=60), 86_399),
        "removed": False,
        "removed_date": None,
        "source_type": random.choice(("VIA_ANNONSERA", "VIA_PLATSBANKEN_DXA")),
        "timestamp": int(stockholm(_local(listed.changed_on, seconds)).timestamp() * 1000),
        "remote_work": None,
    }


def _address(random: Random) -> dict[str, Any]:
    """Where it is: abroad there is no municipality. Coordinates are longitude and latitude."""
    if random.random() < 0.05:
        nothing = ("municipality", "municipality_code", "region", "street_address", "postcode")
        country = _concept("country", "Norge")
        return {
            **dict.fromkeys(nothing),
            "municipality_concept_id": None,
            "region_code": None,
            "region_concept_id": None,
            "country": "Norge",
            "country_code": "155",
            "country_concept_id": country["concept_id"],
            "city": None,
            "coordinates": [None, None],
        }
    place = prose.place(random, "sv")
    exact = random.random() < 0.7
    return {
        "municipality": place.city,
        # Codes begin with zeros that belong to them.
        "municipality_code": {"Stockholm": "0180", "Göteborg": "1480", "Umeå": "2480"}[place.city],
        "municipality_concept_id": _concept("municipality", place.city)["concept_id"],
        "region": place.region,
        "region_code": {"Stockholm": "01", "Göteborg": "14", "Umeå": "24"}[place.city],
        "region_concept_id": _concept("region", place.region)["concept_id"],
        "country": "Sverige",
        "country_code": "199",
        "country_concept_id": _concept("country", "Sverige")["concept_id"],
        "street_address": "Provgatan 1" if exact else None,
        "postcode": place.postcode if exact else None,
        "city": place.city if exact else None,
        "coordinates": [place.longitude, place.latitude],
    }
