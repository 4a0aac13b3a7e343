"""How Adzuna's ads are found: the filters of its search, and its orders."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from statistics import fmean
from typing import Any

from ingestion.demo.server import Request
from tests.simulator import common
from tests.simulator.adzuna_ads import Ad
from tests.simulator.stock import token

PLACE = tuple(f"location{n}" for n in range(8))
SWITCHES = ("full_time", "part_time", "contract", "permanent", "salary_include_unknown")
WORDS = ("what", "what_and", "what_phrase", "what_or", "what_exclude", "title_only")
AMOUNTS = ("salary_min", "salary_max")
FILTERS = (*WORDS, *PLACE, *AMOUNTS, *SWITCHES, "where", "max_days_old", "category", "company")
ORDERS = ("default", "hybrid", "date", "salary", "relevance")
Test = Callable[[Ad], bool]


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def canonical(company: str) -> str:
    """The name by which a company is asked for."""
    return " ".join(words(company))


def pay(ad: Ad) -> float | None:
    """The middle of what is paid a year, advertised or predicted."""
    found = [ad[end] for end in AMOUNTS if ad.get(end) is not None]
    return fmean(found) if found else None


def mean(ads: Iterable[Ad]) -> float | None:
    amounts = [amount for ad in ads if (amount := pay(ad)) is not None]
    return round(fmean(amounts), 2) if amounts else None


def area_of(ad: Ad) -> list[str]:
    return ad.get("location", {}).get("area") or []


@dataclass(frozen=True, slots=True)
class Text:
    """All text of an ad, its words, and those of the title."""

    text: str
    words: frozenset[str]
    title: frozenset[str]


class Listed:
    """The ads of one country; listings are remembered, since paging asks for the same again."""

    def __init__(self, ads: Iterable[Ad]) -> None:
        self.ads = list(ads)
        self._found: dict[Any, tuple[list[Ad], float | None]] = {}

    @cached_property
    def texts(self) -> dict[str, Text]:
        found = {}
        for ad in self.ads:
            company = ad.get("company", {}).get("display_name") or ""
            text = f"{ad['title']} {company} {ad['description']}".casefold()
            found[ad["id"]] = Text(text, frozenset(words(text)), frozenset(words(ad["title"])))
        return found

    def found(
        self, request: Request, now: datetime, order: str = "default", up: bool = False
    ) -> tuple[list[Ad], float | None]:
        """The matching ads in order, and the mean of their pay."""
        asked = tuple((name, request.first(name)) for name in FILTERS if name in request.query)
        key = asked, order, up
        if key not in self._found:
            tests = [self._test(name, request, now) for name, _ in asked]
            ads = [ad for ad in self.ads if all(test(ad) for test in tests)]
            if order == "date":
                ads.sort(key=lambda ad: (ad["created"], ad["id"]), reverse=not up)
            elif order == "salary":
                ads.sort(key=lambda ad: (pay(ad) or 0, ad["id"]), reverse=not up)
            else:
                ads.sort(key=lambda ad: token(order, ad["id"], size=8), reverse=up)
            self._found[key] = ads, mean(ads)
        return self._found[key]

    def _test(self, name: str, request: Request, now: datetime) -> Test:
        value = request.first(name) or ""
        if name in WORDS:
            return self._words(name, value)
        match name:
            case "where":
                place = common.fold(value)
                return lambda ad: place in map(common.fold, area_of(ad))
            case "max_days_old":
                # Days count from midnight.
                since = str(now.date() - timedelta(days=int(value)))
                return lambda ad: bool(ad["created"] >= since)
            case "category":
                return lambda ad: bool(ad["category"]["tag"] == value)
            case "company":
                return lambda ad: canonical(ad["company"].get("display_name", "")) == value
            case "full_time" | "part_time":
                return lambda ad: ad.get("contract_time") == name
            case "contract" | "permanent":
                return lambda ad: ad.get("contract_type") == name
            case "salary_include_unknown":
                return lambda ad: True
            case "salary_min" | "salary_max":
                return _paid(name, int(value), "salary_include_unknown" in request.query)
        depth = PLACE.index(name)
        return lambda ad: area_of(ad)[depth : depth + 1] == [value]

    def _words(self, name: str, value: str) -> Test:
        texts, wanted, phrase = self.texts, frozenset(words(value)), value.casefold()
        match name:
            case "what_phrase":
                return lambda ad: phrase in texts[ad["id"]].text
            case "what_or":
                return lambda ad: bool(wanted & texts[ad["id"]].words)
            case "what_exclude":
                return lambda ad: not wanted & texts[ad["id"]].words
            case "title_only":
                return lambda ad: wanted <= texts[ad["id"]].title
        return lambda ad: wanted <= texts[ad["id"]].words


def _paid(name: str, bound: int, unknown: bool) -> Test:
    def test(ad: Ad) -> bool:
        amount = ad.get("salary_max" if name == "salary_min" else "salary_min")
        if amount is None:
            return unknown
        return bool(amount >= bound if name == "salary_min" else amount <= bound)

    return test
