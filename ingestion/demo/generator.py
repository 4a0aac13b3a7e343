"""Generated postings and employers, in the shape of The Muse's records.

Everything is a pure function of seed and calendar day: the same day gives the same records to the
byte, the next day a little else. A *slot* is a place on an imaginary board where one posting
follows another; it lasts 25 to 730 days, so on any day about 0.6 % of the postings are new, as many
are gone and 0.5 % have been edited. Some slots repeat the posting before them under another id, as
employers do. A board of 100 is the first part of a board of 1,000.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from random import Random
from typing import Any, cast

from ingestion.demo.catalog import (
    GROUPS,
    MAX_COMPANIES,
    Company,
    Family,
    company,
    countries,
    country_weights,
    digest,
    families,
    family_weights,
    phrases,
    pick,
    unit,
)
from ingestion.demo.hostile import spoil
from ingestion.demo.pay import Language, Pay, Period, write_pay
from ingestion.demo.text import Advert, write_advert

EPOCH = date(2020, 1, 1)
#: Ids of one slot's postings lie this far apart, so boards up to this size have distinct ids.
MAX_SIZE = 1_000_000
REMOTE = "Flexible / Remote"
#: Employers that any board has, and slots a further one comes with.
COMPANIES = 180
SLOTS_A_COMPANY = 40

LEVELS = (
    ("Internship", "internship", 4, 0.5),
    ("Entry Level", "entry", 20, 0.78),
    ("Mid Level", "mid", 44, 1.0),
    ("Senior Level", "senior", 27, 1.28),
    ("management", "management", 5, 1.45),
)
LEVEL_WEIGHTS = (4, 24, 68, 95, 100)
YEARS = {"internship": 0, "entry": 1, "mid": 3, "senior": 6, "management": 8}
PAY_SHARE = {"US": 0.57, "GB": 0.58, "FR": 0.45, "DE": 0.3, "CA": 0.5}
LEADERS = ("Manager", "Director", "Supervisor", "Lead", "Chef", "Superintendent", "Staff")
# By language and level: (weight, pattern).
TITLES: dict[str, dict[str, tuple[tuple[int, str], ...]]] = {
    "en": {
        "internship": ((7, "{t} Intern"), (3, "{t} Internship - Summer {y}")),
        "entry": ((50, "{t}"), (25, "Junior {t}"), (13, "{t} I"), (12, "Entry Level {t}")),
        "mid": ((82, "{t}"), (18, "{t} II")),
        "senior": (
            (22, "{t}"),
            (42, "Senior {t}"),
            (14, "Sr. {t}"),
            (10, "Lead {t}"),
            (7, "{t} III"),
            (5, "Principal {t}"),
        ),
        "management": ((45, "Manager, {t}"), (35, "{t} Team Lead"), (20, "Head of {t}")),
    },
    "fr": {
        "internship": ((10, "Stage - {t}"),),
        "entry": ((6, "{t}"), (4, "{t} junior")),
        "mid": ((7, "{t}"), (3, "{t} confirmé")),
        "senior": ((5, "{t}"), (5, "{t} senior")),
        "management": ((10, "Responsable d'équipe, {t}"),),
    },
    "de": {
        "internship": ((10, "Praktikum {t}"),),
        "entry": ((6, "{t}"), (4, "Junior {t}")),
        "mid": ((10, "{t}"),),
        "senior": ((5, "{t}"), (5, "Senior {t}")),
        "management": ((10, "Teamleitung {t}"),),
    },
}


@dataclass(frozen=True, slots=True)
class Key:
    """One posting as it stands on a day: its slot, which posting of the slot, how often edited."""

    slot: int
    generation: int
    #: Slot whose content it shows: another one for a re-post.
    content: int
    live_on: date
    edits: tuple[date, ...]

    @property
    def job_id(self) -> int:
        return (self.generation + 1) * MAX_SIZE + self.slot


@dataclass(slots=True)
class _Edited:
    """What the edits of a posting add up to."""

    pay_factor: float = 1.0
    shows_pay: bool = False
    adds_place: bool = False
    notes: list[date] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Posting:
    """A record with what is true of it, for measuring rules on generated ads."""

    record: dict[str, Any]
    pay: Pay | None
    category: str
    level: str
    language: str
    workplace: str
    is_repost: bool


def _weighted(rng: Random, choices: Sequence[tuple[int, str]]) -> str:
    return rng.choices([text for _, text in choices], [weight for weight, _ in choices])[0]


def _slug(text: str) -> str:
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in text.lower()).split()
    return "-".join(words) or "job"


@dataclass(frozen=True)
class Board:
    """All postings and employers of one day.

    size: slots, about the number of postings live on a day. hostile: share of records that are
    spoiled on purpose (markup in titles, odd characters, missing or changed types).
    """

    seed: int
    day: date
    size: int = 3_000
    hostile: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_SIZE:
            raise ValueError(f"size must be 0 to {MAX_SIZE:,}, not {self.size:,}")
        if self.day < EPOCH:
            raise ValueError(f"there are no generated postings before {EPOCH}")

    # Which postings are there

    def _life(self, slot: int) -> tuple[int, int]:
        """Days a posting of the slot stays, and the offset of its first."""
        bits = digest(self.seed, "slot", slot)
        kind, u = unit(bits), unit(bits[4:])
        if kind < 0.3:
            days = 25 + int(u * 100)
        elif kind < 0.5:
            days = 125 + int(u * 240)
        else:
            days = 500 + int(u * 231)
        return days, int.from_bytes(bits[8:12], "big") % days

    def _repeats(self, slot: int) -> bool:
        """Whether the slot shows the posting of the slot before it under another id."""

        def drawn(number: int) -> bool:
            return digest(self.seed, "repeat", number)[0] < 26

        return slot > 0 and drawn(slot) and not drawn(slot - 1)

    def live(self, slot: int) -> Key | None:
        """The posting that slot `slot` shows on the day; None where there is none."""
        if not 0 <= slot < self.size:
            return None
        repeats = self._repeats(slot)
        content = slot - 1 if repeats else slot
        life, offset = self._life(content)
        generation, age = divmod((self.day - EPOCH).days + offset, life)
        started = self.day - timedelta(days=age)
        bits = digest(self.seed, "posting", slot, generation)
        if repeats:
            wait = 1 + bits[0] % min(50, life // 2)
            if age < wait:
                return None
            started += timedelta(days=wait)
        lasts = life - (started - (self.day - timedelta(days=age))).days
        n_edits = 0 if bits[1] < 128 else 1 if bits[1] < 215 else 3
        days = (
            1 + int.from_bytes(bits[2 + 2 * i : 4 + 2 * i], "big") % lasts for i in range(n_edits)
        )
        edits = sorted({started + timedelta(days=n) for n in days})
        return Key(slot, generation, content, started, tuple(d for d in edits if d <= self.day))

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """The day's postings in the order of the board, which is not that of their dates."""
        found = (key for slot in range(self.size) if (key := self.live(slot)) is not None)
        return tuple(sorted(found, key=lambda key: digest(self.seed, "order", key.slot)))

    # What a posting says

    def _bits(self, key: Key) -> bytes:
        return digest(self.seed, "content", key.content, key.generation)

    def category(self, key: Key) -> str:
        """The posting's category, without making the posting; empty where the record has none."""
        bits = self._bits(key)
        if bits[4] < 40:
            return ""
        return "Unknown" if bits[4] < 45 else self._family(bits).category

    def _family(self, bits: bytes) -> Family:
        return families()[pick(family_weights(), unit(bits))]

    def _company(self, rng: Random, group: str, slot: int) -> Company:
        n = min(COMPANIES + slot // SLOTS_A_COMPANY, MAX_COMPANIES)
        if rng.random() < 0.25:
            return company(self.seed, int(n * rng.random() ** 1.7))
        place = int(n / len(GROUPS) * rng.random() ** 1.7) * len(GROUPS) + GROUPS.index(group)
        return company(self.seed, min(place, n - 1))

    def _edited(self, key: Key) -> _Edited:
        edited = _Edited(notes=list(key.edits))
        for number in range(len(key.edits)):
            bits = digest(self.seed, "edit", key.slot, key.generation, number)
            edited.pay_factor *= 1 + (bits[0] % 7) / 100
            edited.shows_pay |= bits[1] < 70
            edited.adds_place |= bits[2] < 40
        return edited

    def posting(self, key: Key) -> Posting:
        """The posting behind `key`: its record and what is true of it."""
        bits = self._bits(key)
        rng = Random(int.from_bytes(bits, "big"))
        family = self._family(bits)
        level_name, level, _, level_factor = LEVELS[pick(LEVEL_WEIGHTS, bits[5] / 256)]
        employer = self._company(rng, family.group, key.content)
        edited = self._edited(key)
        # Places
        home = employer.country
        index = home if rng.random() < 0.88 else pick(country_weights(), rng.random())
        country = countries()[index]
        towns = rng.sample(
            country.cities, min(len(country.cities), 1 + int(rng.random() ** 25 * 9))
        )
        spread = rng.random()
        workplace = "remote" if spread < 0.11 else "hybrid" if spread < 0.28 else "on_site"
        places = [] if spread > 0.993 else [town.name for town in towns]
        if workplace == "remote":
            places = [*places, REMOTE] if spread < 0.06 else [REMOTE]
        other_town = rng.choice(country.cities)
        moved = key.slot != key.content and self._shows_other_town(key)
        if moved:
            places = [other_town.name, *(p for p in places[1:] if p != other_town.name)]
        if edited.adds_place and other_town.name not in places:
            places.append(other_town.name)
        language = self._language(rng, country.language, towns[0].name)
        # Title
        trade = rng.choice(family.titles[language])
        full_time = rng.random()
        may_be_part = family.hourly >= 0.3 or level == "internship"
        employment = "contract" if full_time < 0.05 else "full_time"
        if may_be_part and full_time > 0.82:
            employment = "part_time"
        title = self._title(rng, trade.name, language, level, family.group).format(
            t=trade.name, y=key.live_on.year
        )
        city = (other_town if moved else towns[0]).name.split(",")[0]
        # Pay
        hourly = family.hourly >= 0.5
        level_factor = level_factor**0.55 if hourly else level_factor
        years = (key.live_on - date(2025, 1, 1)).days / 365.25
        annual = family.base * trade.factor * level_factor * employer.factor * country.factor
        annual *= towns[0].factor * 1.03**years * math.exp(rng.gauss(0, 0.1)) * edited.pay_factor
        annual = max(annual, country.floor * rng.uniform(1, 1.08))
        period = self._period(rng, family, country.code, level, employment)
        states_pay = rng.random() < PAY_SHARE.get(country.code, 0.35)
        drawn = write_pay(
            rng, annual=annual, currency=country.currency, period=period, language=language
        )
        pay = drawn if states_pay or edited.shows_pay else None
        title = self._decorated(rng, title, language, workplace, employment, city, family.group)
        written = Random(int.from_bytes(bits, "little"))
        contents = write_advert(
            written,
            Advert(
                title=title,
                company=employer,
                family=family,
                language=language,
                city=city,
                workplace=workplace,
                employment=employment,
                years=max(1, YEARS[level] + rng.randint(-1, 2)),
                pay=pay.sentence if pay else None,
                notes=[self._note(language, on) for on in edited.notes],
            ),
        )
        category = self.category(key)
        record = self._record(
            key,
            title=title,
            contents=contents,
            employer=employer,
            places=places,
            categories=[category] if category else [],
            level={"name": level_name, "short_name": level},
        )
        if self.hostile and unit(digest(self.seed, "hostile", key.job_id)) < self.hostile:
            record = spoil(record, int.from_bytes(digest(self.seed, "how", key.job_id), "big"))
        return Posting(
            record, pay, family.category, level, language, workplace, key.slot != key.content
        )

    @staticmethod
    def _title(rng: Random, trade: str, language: str, level: str, group: str) -> str:
        """The pattern of a title; trades that lead already and manual ones take no such rank."""
        pattern = _weighted(rng, TITLES[language][level])
        if level == "management" and trade.split()[-1] in LEADERS:
            return "{t}"
        if group in ("care", "field", "service") and pattern.startswith(("Lead", "Principal")):
            return "Senior {t}"
        return pattern

    def _shows_other_town(self, key: Key) -> bool:
        return digest(self.seed, "posting", key.slot, key.generation)[15] < 110

    @staticmethod
    def _language(rng: Random, spoken: str, town: str) -> Language:
        u = rng.random()
        if town.startswith(("Geneva", "Montreal")):
            return "fr" if u < 0.45 else "en"
        return cast("Language", spoken) if u < 0.62 else "en"

    @staticmethod
    def _period(rng: Random, family: Family, code: str, level: str, employment: str) -> Period:
        u, by_hour = rng.random(), family.hourly
        if level == "internship":
            by_hour = max(by_hour, 0.6)
        if code not in ("US", "CA", "GB"):
            by_hour *= 0.3
        if u < by_hour:
            return "hour"
        if employment == "contract" and u > 0.8:
            return "day"
        monthly = 0.2 if code in ("FR", "DE", "CH", "PL") else 0.03
        rest = (u - by_hour) / (1 - by_hour)
        return "month" if rest < monthly else "week" if rest < monthly + 0.015 else "year"

    @staticmethod
    def _decorated(
        rng: Random,
        title: str,
        language: str,
        workplace: str,
        employment: str,
        city: str,
        group: str,
    ) -> str:
        u = rng.random()
        if language == "fr":
            return title + (" (H/F)" if u < 0.6 else " F/H" if u < 0.8 else "")
        if language == "de":
            return title + (" (m/w/d)" if u < 0.8 else "")
        tails = (
            (employment == "part_time" and u < 0.6, " - Part-Time"),
            (employment == "contract" and u < 0.5, " (Contract)"),
            (workplace == "remote" and u < 0.4, " - Remote"),
            (group == "care" and u < 0.04, " - $5,000 Sign-On Bonus"),
            (group == "field" and u < 0.06, " - 2nd Shift"),
            (u > 0.93, f" - {city}"),
            (u > 0.9, f" | Req {int(u * 1e6)}"),
        )
        return title + next((tail for applies, tail in tails if applies), "")

    @staticmethod
    def _note(language: str, on: date) -> str:
        notes = phrases()[language]["note"]
        return str(notes[on.toordinal() % len(notes)]).format(date=on.isoformat())

    def _record(
        self,
        key: Key,
        *,
        title: str,
        contents: str,
        employer: Company,
        places: list[str],
        categories: list[str],
        level: dict[str, str],
    ) -> dict[str, Any]:
        bits = digest(self.seed, "id", key.job_id)
        # Published the day before it is met, so that no date lies in the future of a run.
        posted = datetime.combine(key.live_on - timedelta(days=1), time(), UTC)
        posted += timedelta(seconds=int.from_bytes(bits[:3], "big") % 86_400)
        short_name = f"{_slug(title)[:60].strip('-')}-{bits[3:6].hex()}"
        name = employer.name
        if bits[6] < 5:
            name = f"{name}, Inc - Rated ✪ {3 + bits[7] % 20 / 10:.1f}"
        tags = [] if bits[8] > 9 else [{"name": "Fortune 1000", "short_name": "fortune-1000"}]
        return {
            "contents": contents,
            "name": title,
            "type": "external",
            "publication_date": posted.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "short_name": short_name,
            "model_type": "jobs",
            "id": key.job_id,
            "locations": [{"name": place} for place in places],
            "categories": [{"name": category} for category in categories],
            "levels": [level],
            "tags": tags,
            "refs": {"landing_page": f"https://jobs.example/{employer.short_name}/{short_name}"},
            "company": {
                "id": 15_000_000 + employer.index,
                "short_name": employer.short_name,
                "name": name,
            },
        }

    def jobs(self) -> Iterator[dict[str, Any]]:
        """The day's job records, one after the other."""
        for key in self.keys:
            yield self.posting(key).record

    # Employers

    @property
    def n_companies(self) -> int:
        return min(COMPANIES + self.size // SLOTS_A_COMPANY, MAX_COMPANIES)

    def company_record(self, index: int) -> dict[str, Any]:
        """The record of employer `index`; its description changes about once in two years."""
        employer = company(self.seed, index)
        bits = digest(self.seed, "company record", index)
        industries = phrases()["industries"][employer.group]
        towns = countries()[employer.country].cities
        revision = ((self.day - EPOCH).days + bits[0] * 3) // 730
        founded = datetime(2016 + bits[1] % 9, 1 + bits[2] % 12, 1 + bits[3] % 28, tzinfo=UTC)
        founded += timedelta(microseconds=int.from_bytes(bits[4:8], "big") * 1_000)
        size = (
            "large"
            if employer.n_people > 1_000
            else "medium"
            if employer.n_people > 200
            else "small"
        )
        images = "https://images.example/companies/None"
        page = f"https://jobs.example/companies/{employer.short_name}"
        about = phrases()["en"]["about"][(bits[8] + revision) % len(phrases()["en"]["about"])]
        return {
            "description": "<p>"
            + about.format(
                company=employer.name, product=employer.product, n=employer.n_people
            ).replace("&", "&amp;")
            + "</p>",
            "locations": [{"name": towns[bits[9] % len(towns)].name}] if bits[9] > 10 else [],
            "industries": [{"name": industries[bits[10] % len(industries)]}]
            if bits[10] > 120
            else [],
            "tags": [],
            "short_name": employer.short_name,
            "name": employer.name,
            "publication_date": None
            if bits[11] < 120
            else founded.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "model_type": "companies",
            "twitter": f"@{employer.short_name}" if bits[12] < 10 else None,
            "id": 15_000_000 + index,
            "size": {"name": f"{size.title()} Size", "short_name": size},
            "refs": {
                "landing_page": page,
                "jobs_page": f"{page}/jobs",
                "logo_image": f"{images}/{employer.short_name}.png",
            },
        }

    def companies(self) -> Iterator[dict[str, Any]]:
        """The day's employer records."""
        return map(self.company_record, range(self.n_companies))
