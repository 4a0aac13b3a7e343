"""Generated jobs and estimates of JSearch, in the shapes of `/search-v2` and of old `/search`."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from tests.simulator import prose
from tests.simulator.stock import Listing, rng, stock, token

Job = dict[str, Any]
#: Shares of jobs with pay, at home, without a moment of posting, told by several publishers.
PAID, REMOTE, UNDATED, REPEATED = 0.1, 0.15, 0.1, 20
PUBLISHERS = ("Example Jobs", "Sample Careers", "Prova Board", "Granholm Careers", "Annonces X")
#: Codes of employment with their words, in 2026's shape.
KINDS = {
    "FULLTIME": "Full-time",
    "CONTRACTOR": "Contractor",
    "PARTTIME": "Part-time",
    "INTERN": "Internship",
}
#: Period of pay, hours or months it divides a year into, its words, weight.
PERIODS = (
    ("YEAR", 1, "a year", 60),
    ("HOUR", 2_080, "an hour", 28),
    ("MONTH", 12, "a month", 6),
    ("WEEK", 52, "a week", 3),
    ("DAY", 260, "a day", 3),
)
BENEFITS = ("health_insurance", "retirement_savings", "dental_coverage", "paid_time_off")


@dataclass(frozen=True, slots=True)
class Land:
    """Where jobs are: language, currency, level of pay, places, and what it is called."""

    language: str
    sign: str
    currency: str
    level: float
    places: tuple[tuple[str, str], ...]
    names: str


LANDS = {
    "US": Land(
        "en",
        "$",
        "USD",
        1.5,
        (("Austin", "Texas"), ("Boston", "Massachusetts")),
        "États-Unis usa united states america",
    ),
    "GB": Land(
        "en",
        "£",
        "GBP",
        0.95,
        (("London", "England"), ("Leeds", "England")),
        "Royaume-Uni uk united kingdom",
    ),
    "FR": Land("fr", "€", "EUR", 0.9, (("Lyon", "Auvergne-Rhône-Alpes"),), "France"),
    "DE": Land(
        "de", "€", "EUR", 1.0, (("Dresden", "Sachsen"), ("Köln", "NRW")), "Deutschland germany"
    ),
    "IN": Land(
        "en", "₹", "INR", 18, (("Pune", "Maharashtra"), ("Bengaluru", "Karnataka")), "Inde india"
    ),
    "CA": Land("en", "CA$", "CAD", 1.4, (("Toronto", "Ontario"),), "Canada"),
}


def records(
    n: int,
    seed: int = 1,
    day: date = date(2026, 3, 2),
    country: str = "US",
    old: bool = False,
) -> list[Job]:
    """The `n` jobs of a country on the day, in no order; `old`: in the shape of `/search`."""
    found = [_job(listed, seed, day, country, old) for listed in stock(n, day)]
    rng("jsearch", "order", seed, day, country).shuffle(found)
    return found


def job_id(*parts: object, size: int = 18) -> str:
    """Base64 that says nothing, of 24 characters and more."""
    text = base64.urlsafe_b64encode(bytes.fromhex(token(*parts, size=size)) + bytes(7))
    return text.decode()


def _job(listed: Listing, seed: int, day: date, country: str, old: bool) -> Job:
    number, land = listed.number, LANDS[country]
    random = rng("jsearch", seed, country, number)
    # One job in twenty is the one before it, as another publisher tells it.
    core = rng("jsearch", "core", seed, country, number - (number % REPEATED == 0))
    trade = core.randrange(len(prose.TRADES))
    title, company = prose.title(core, trade, land.language), prose.employer(core, land.language)
    person = prose.contact(random, land.language) if random.random() < 0.2 else None
    advert = prose.advert(core, land.language, title, company, None, listed.edits, person)
    own = job_id("job", seed, country, number, size=random.choice((11, 11, 18, 60)))
    city, state = core.choice(land.places)
    remote = random.random() < REMOTE
    kinds = random.sample(list(KINDS), random.choice((1, 1, 1, 2)))
    options = _options(random, own)
    where = "Anywhere" if remote else f"{city}, {state}"
    job: Job = {
        "job_id": own,
        "job_title": title,
        "employer_name": company,
        "employer_logo": random.choice((None, "https://example.org/logo.png")),
        "employer_website": random.choice((None, "https://example.org")),
        "job_publisher": options[0]["publisher"],
        "job_employment_type": kinds[0] if old else " and ".join(KINDS[kind] for kind in kinds),
        "job_apply_link": options[0]["apply_link"],
        # Also said of the employer's own pages.
        "job_apply_is_direct": False,
        "apply_options": options,
        "job_description": advert.plain(),
        "job_is_remote": remote,
        **_posted(random, listed, day, old),
        "job_city": None if remote else city,
        "job_state": None if remote else state,
        "job_country": None if remote else country,
        "job_latitude": None if remote else round(random.uniform(20, 60), 6),
        "job_longitude": None if remote else round(random.uniform(-120, 15), 6),
        "job_benefits": random.sample(BENEFITS, 2) if random.random() < 0.4 else None,
        "job_google_link": f"https://www.google.com/search?q=jobs&udm=8#vhid=docid%3D{own}",
        **_pay(random, land, prose.TRADES[trade][1] * 1.05**listed.edits, old),
        "job_highlights": _highlights(random, advert),
        "job_onet_soc": random.choice(("15113400", "15205100", None)),
        "job_onet_job_zone": random.choice(("3", "4", None)),
    }
    if old:
        return job | _old(random, land)
    job["job_employment_types"] = kinds
    job["job_location"] = where + (f" • via {options[0]['publisher']}" * (random.random() < 0.1))
    job["job_benefits_strings"] = job["job_benefits"] and [
        one.replace("_", " ") for one in job["job_benefits"]
    ]
    if random.random() < 0.05:
        job["work_arrangement"] = random.choice(("remote", "hybrid", "onsite"))
    return job


def _options(random: Random, own: str) -> list[dict[str, Any]]:
    return [
        {
            "publisher": publisher,
            "apply_link": f"https://example.org/{n}/{own[:11]}?utm_source=google_jobs_apply",
            "is_direct": random.random() < 0.2,
        }
        for n, publisher in enumerate(random.sample(PUBLISHERS, random.choice((1, 2, 3, 5))))
    ]


def _posted(random: Random, listed: Listing, day: date, old: bool) -> dict[str, Any]:
    """When it was posted: in prose, in seconds, as text; none of it where nobody knows."""
    moment = datetime(listed.on.year, listed.on.month, listed.on.day, tzinfo=UTC)
    moment += timedelta(hours=random.randrange(12))
    ends = moment + timedelta(days=60)
    known = random.random() >= UNDATED or old
    found: dict[str, Any] = {
        "job_posted_at_timestamp": int(moment.timestamp()) if known else None,
        "job_posted_at_datetime_utc": f"{moment:%Y-%m-%dT%H:%M:%S.000Z}" if known else None,
    }
    if not old:
        age = (day - listed.on).days
        found["job_posted_at"] = (f"{age} days ago" if age else "5 hours ago") if known else None
        return found
    closes = random.random() < 0.7
    found["job_offer_expiration_timestamp"] = int(ends.timestamp()) if closes else None
    found["job_offer_expiration_datetime_utc"] = (
        f"{ends:%Y-%m-%dT%H:%M:%S.000Z}" if closes else None
    )
    return found


def _pay(random: Random, land: Land, base: float, old: bool) -> dict[str, Any]:
    """Pay with its currency only in words; the old shape has a code for it."""
    names = ("job_min_salary", "job_max_salary", "job_salary_period")
    extra = ("job_salary_currency",) if old else ("job_salary", "job_salary_string")
    found: dict[str, Any] = dict.fromkeys((*names, *extra))
    period, share, per, _ = random.choices(PERIODS, [weight for *_, weight in PERIODS])[0]
    low = base * land.level * random.uniform(0.8, 1.3) / share
    kind = random.choices(("range", "exact", "words"), (80, 15, 5))[0]
    case = str.lower if random.random() < 0.1 else str.upper
    if random.random() >= PAID:
        return found
    digits = 2 if share > 260 else 0 if share > 12 else -2
    ends = [round(end, digits) for end in (low, low * 1.3)]
    if kind == "exact":
        ends = ends[:1]
    amounts = [int(end) if end == int(end) else end for end in ends]
    shown = " - ".join(f"{land.sign}{amount:,}" for amount in amounts)
    found["job_salary_period"] = case(period)
    if kind != "words":
        found |= {"job_min_salary": amounts[0], "job_max_salary": amounts[-1]}
    if old:
        return found | {"job_salary_currency": land.currency}
    if kind == "exact":
        found["job_salary"] = amounts[0]
    return found | {"job_salary_string": f"{shown} {per}"}


def _highlights(random: Random, advert: prose.Advert) -> dict[str, list[str]]:
    if random.random() < 0.1:
        return {}
    names = ("Benefits", "Responsibilities", "Qualifications")
    return {
        name: list(sentences)
        for name, (_, sentences) in zip(names, advert.sections, strict=False)
        if name != "Benefits" or random.random() < 0.5
    }


def _old(random: Random, land: Land) -> dict[str, Any]:
    """What only `/search` told; its answers of 2024 wrote booleans and months as text."""
    texts = random.random() < 0.5

    def said(value: Any) -> Any:
        if value is None or not texts:
            return value
        return str(value).lower()

    experience = {
        "no_experience_required": said(random.random() < 0.1),
        "required_experience_in_months": said(random.choice((None, 12, 24, 60))),
        "experience_mentioned": said(random.random() < 0.7),
        "experience_preferred": said(random.random() < 0.2),
    }
    degrees = ("postgraduate_degree", "high_school", "associates_degree", "bachelors_degree")
    certified = "professional_certification"
    education = {
        name: said(random.random() < 0.3)
        for name in (*degrees, certified, "degree_mentioned", "degree_preferred")
    }
    education[f"{certified}_mentioned"] = said(random.random() < 0.1)
    return {
        "employer_company_type": random.choice((None, "Information", "Staffing")),
        "employer_linkedin": None,
        "job_apply_quality_score": round(random.random(), 4),
        "job_required_experience": experience,
        "job_required_skills": random.choice((None, ["Python", "<li>SQL"])),
        "job_required_education": education,
        "job_experience_in_place_of_education": random.random() < 0.2,
        "job_job_title": random.choice((None, "Engineer")),
        "job_posting_language": land.language,
        "job_occupational_categories": random.choice((None, ["15-1252.00: Software"])),
        "job_naics_code": random.choice((None, "541511")),
        "job_naics_name": None,
    }


def estimates(
    n: int, seed: int = 1, day: date = date(2026, 3, 2), country: str = "US", company: bool = False
) -> list[dict[str, Any]]:
    """Estimates of publishers, `n` titles in a place each; `company`: those of an employer's pay.

    Half of them in the old shape, which told neither counts nor when; some are a year old and more.
    """
    found = []
    land = LANDS[country]
    for number in range(n):
        random = rng("jsearch", "estimate", seed, country, company, number)
        trade = number % len(prose.TRADES)
        city, state = land.places[number // len(prose.TRADES) % len(land.places)]
        names, base = prose.TRADES[trade]
        who = {"company": prose.employer(random, land.language)} if company else {}
        series = number // (len(prose.TRADES) * len(land.places))
        title = names["en"] + (f" {series + 1}" if series else "")
        middle = round(base * land.level * random.uniform(0.9, 1.2))
        updated = day - timedelta(days=random.choice((3, 40, 200, 500)))
        estimate: dict[str, Any] = {
            "location": f"{city}, {state}",
            "job_title": title,
            **who,
            "publisher_name": "Example Pay",
            "publisher_link": f"https://example.org/pay/{number}",
            **_spread("salary", middle),
            "salary_period": "YEAR",
            "salary_currency": land.currency,
        }
        if company or number % 2:
            estimate |= {
                **_spread("base_salary", round(middle * 0.9)),
                **_spread("additional_pay", round(middle * 0.1)),
                "salary_count": random.randrange(3, 900),
                "salaries_updated_at": f"{updated:%Y-%m-%dT00:00:00.000Z}",
                "confidence": random.choice(("CONFIDENT", "LOW_CONFIDENCE", None)),
            }
        found.append(estimate)
    return found


def _spread(name: str, middle: int) -> dict[str, int]:
    low, high = round(middle * 0.8), round(middle * 1.25)
    return {f"min_{name}": low, f"max_{name}": high, f"median_{name}": middle}


def unlocalised(job: Job) -> Job:
    """The job as it is told to those who name no language: foreign place names, and no times."""
    country = job.get("job_country") or ""
    names = LANDS[country].names.split(" ") if country in LANDS else [""]
    where = f"{job['job_location']}, {names[0]}" if names[0] else "Partout"
    times = ("job_posted_at", "job_posted_at_timestamp", "job_posted_at_datetime_utc")
    return {**job, **dict.fromkeys(times), "job_location": where}


def recurring(job: Job) -> Job:
    """The same job as met again on a later page: another publisher comes first."""
    options: Sequence[Mapping[str, Any]] = job.get("apply_options") or ()
    last = options[-1] if options else {"publisher": "Example Jobs", "apply_link": None}
    return {**job, "job_publisher": last["publisher"], "job_apply_link": last["apply_link"]}
