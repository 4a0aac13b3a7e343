"""Words, places, title families and employers of the generated data, from the TOML files here."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from itertools import accumulate
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
GROUPS = ("tech", "office", "care", "field", "service", "lab", "creative")
# Distinct employer names that two name parts and a tail can make; beyond it names would repeat.
MAX_COMPANIES = 6_000


@dataclass(frozen=True, slots=True)
class Weighted:
    """A word with the factor it puts on pay."""

    name: str
    factor: float


@dataclass(frozen=True, slots=True)
class Family:
    category: str
    group: str
    weight: float
    base: float
    hourly: float
    titles: dict[str, tuple[Weighted, ...]]
    duties: tuple[str, ...]
    needs: tuple[str, ...]
    skills: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Country:
    code: str
    currency: str
    weight: float
    factor: float
    #: Lowest yearly pay, in `currency`: about the legal minimum wage of a full-time job.
    floor: float
    language: str
    cities: tuple[Weighted, ...]


@dataclass(frozen=True, slots=True)
class Company:
    """An invented employer. `style`: layout of its ads; `factor`: its pay against the market."""

    index: int
    name: str
    short_name: str
    group: str
    country: int
    product: str
    n_people: int
    style: int
    factor: float


def _read(name: str) -> dict[str, Any]:
    with (FOLDER / name).open("rb") as file:
        return tomllib.load(file)


def _weighted(items: Sequence[str]) -> tuple[Weighted, ...]:
    pairs = (item.rsplit("|", 1) for item in items)
    return tuple(Weighted(name, float(factor)) for name, factor in pairs)


@cache
def families() -> tuple[Family, ...]:
    return tuple(
        Family(
            category=raw["category"],
            group=raw["group"],
            weight=raw["weight"],
            base=raw["base"],
            hourly=raw["hourly"],
            titles={
                "en": _weighted(raw["titles"]),
                "fr": _weighted(raw["fr"]),
                "de": _weighted(raw["de"]),
            },
            duties=tuple(raw["duties"]),
            needs=tuple(raw["needs"]),
            skills=tuple(raw["skills"]),
        )
        for raw in _read("families.toml")["family"]
    )


@cache
def countries() -> tuple[Country, ...]:
    return tuple(
        Country(
            code=raw["code"],
            currency=raw["currency"],
            weight=raw["weight"],
            factor=raw["factor"],
            floor=raw["floor"],
            language=raw.get("language", "en"),
            cities=_weighted(raw["cities"]),
        )
        for raw in _read("places.toml")["country"]
    )


@cache
def phrases() -> dict[str, Any]:
    return _read("phrases.toml")


@cache
def family_weights() -> tuple[float, ...]:
    return tuple(accumulate(family.weight for family in families()))


@cache
def country_weights() -> tuple[float, ...]:
    return tuple(accumulate(country.weight for country in countries()))


def pick(cumulative: Sequence[float], u: float) -> int:
    """Index of the weighted choice that `u` in [0, 1) falls on, given cumulative weights."""
    target = u * cumulative[-1]
    return next(i for i, weight in enumerate(cumulative) if target < weight)


def digest(*parts: object) -> bytes:
    """16 bytes that depend on the parts only: the sole randomness of the generator."""
    return blake2b("|".join(map(str, parts)).encode(), digest_size=16).digest()


def unit(four_bytes: bytes) -> float:
    """The first four bytes as a number in [0, 1)."""
    return int.from_bytes(four_bytes[:4], "big") / 2**32


@cache
def company(seed: int, index: int) -> Company:
    """Employer `index` (0 to MAX_COMPANIES - 1) under `seed`; names are distinct for one seed."""
    bits = digest(seed, "company", index)
    group = GROUPS[index % len(GROUPS)]
    names = phrases()["names"]
    stems = len(names["heads"]) * len(names["joins"])
    # 487 is prime to the 800 stems, so each stem comes once before the next tail is used.
    stem = (index * 487 + seed * 31) % stems
    head, join = divmod(stem, len(names["joins"]))
    name = f"{names['heads'][head]}{names['joins'][join]} {names[group][index // stems]}"
    products = phrases()["products"][group]
    return Company(
        index=index,
        name=name,
        short_name="".join(c for c in name.lower() if c.isalnum()),
        group=group,
        country=pick(country_weights(), unit(bits)),
        product=products[bits[4] % len(products)],
        n_people=30 + int(unit(bits[5:9]) ** 3 * 40_000),
        style=bits[9] % 5,
        factor=0.9 + bits[10] / 255 * 0.22,
    )
