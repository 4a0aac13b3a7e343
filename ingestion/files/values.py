"""Cells of a dropped file, read as canonical fields. Pure functions.

Only what has one right reading is read here: numbers, dates and short codes. Countries, places,
titles, seniority and skills stay as written; rules in the models read them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

import pycountry


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file writes numbers and dates."""

    decimal: str = "."
    date_format: str = "%Y-%m-%d"


@dataclass(frozen=True, slots=True)
class Value:
    """A cell as read, or why it could not be: a code, a colon, words."""

    text: str | None
    problem: str | None = None


# Blanks and apostrophes that stand between thousands: space, no-break, thin and narrow ones.
_BLANKS = re.compile("[ \u00a0\u2009\u202f'\u2019]")
_PLAIN = {
    ".": re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?", re.ASCII),
    ",": re.compile(r"[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d+)?", re.ASCII),
}
_PERIODS = {
    "year": ("year", "yearly", "annual", "annually", "per year", "a year", "p.a.", "pa", "yr"),
    "month": ("month", "monthly", "per month", "a month", "mo"),
    "week": ("week", "weekly", "per week", "a week", "wk"),
    "day": ("day", "daily", "per day", "a day"),
    "hour": ("hour", "hourly", "per hour", "an hour", "hr"),
    "project": ("project",),
}
_EMPLOYMENT = {
    "full_time": ("full_time", "full-time", "full time", "fulltime", "ft"),
    "part_time": ("part_time", "part-time", "part time", "parttime", "pt"),
}
_TAX = {"gross": ("gross", "brutto", "brut"), "net": ("net", "netto")}


def _plain(text: str, reading: Reading) -> Value:
    return Value(text)


def _number(text: str, reading: Reading) -> Value:
    """A number of at least 0 as digits with a point: `1.234,50` becomes `1234.50`."""
    tight = _BLANKS.sub("", text)
    if not _PLAIN[reading.decimal].fullmatch(tight):
        return Value(None, "not_a_number: is no number in the decimal notation of the mapping")
    thousands = "," if reading.decimal == "." else "."
    plain = tight.replace(thousands, "").replace(reading.decimal, ".").removeprefix("+")
    if plain.startswith("-"):
        return Value(None, "negative: an amount below zero")
    return Value(plain)


def _payments(text: str, reading: Reading) -> Value:
    value = _number(text, reading)
    if value.text is not None and not 1 <= float(value.text) <= 20:
        return Value(None, "out_of_range: payments a year are 1 to 20")
    return value


def _date(text: str, reading: Reading) -> Value:
    try:
        if reading.date_format == "%Y-%m-%d":
            return Value(date.fromisoformat(text[:10]).isoformat())
        return Value(datetime.strptime(text, reading.date_format).date().isoformat())  # noqa: DTZ007
    except ValueError:
        return Value(None, "not_a_date: does not fit the date_format of the mapping")


@cache
def _currencies() -> frozenset[str]:
    return frozenset(currency.alpha_3 for currency in pycountry.currencies)


def _currency(text: str, reading: Reading) -> Value:
    code = text.upper()
    if code in _currencies():
        return Value(code)
    return Value(None, "unknown_currency: is no ISO 4217 code")


def _one_of(words: Mapping[str, tuple[str, ...]]) -> Callable[[str, Reading], Value]:
    codes = {word: code for code, spellings in words.items() for word in spellings}
    problem = f"unknown_code: is none of {', '.join(words)}"

    def read(text: str, reading: Reading) -> Value:
        code = codes.get(text.lower())
        return Value(code) if code else Value(None, problem)

    return read


#: Every canonical field and how its cells are read.
FIELDS: dict[str, Callable[[str, Reading], Value]] = {
    "title": _plain,
    "company": _plain,
    "pay": _number,
    "pay_min": _number,
    "pay_max": _number,
    "currency": _currency,
    "period": _one_of(_PERIODS),
    "payments_year": _payments,
    "tax_basis": _one_of(_TAX),
    "employment_type": _one_of(_EMPLOYMENT),
    "seniority": _plain,
    "country": _plain,
    "region": _plain,
    "city": _plain,
    "skills": _plain,
    "posted_on": _date,
    "url": _plain,
}


def read_value(field: str, text: str, reading: Reading) -> Value:
    """A cell that is not empty, as canonical field `field`."""
    return FIELDS[field](text, reading)
