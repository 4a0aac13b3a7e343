"""Cells of a dropped file, read as canonical fields. Pure functions, one call a distinct value.

Only what has one right reading is read here: numbers, dates, short codes, lists. Countries, places,
titles and levels stay as written, and so does pay that is more than a number; rules in the models
read them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

import orjson
import pycountry

#: Date formats that are tried where a mapping names none; an ISO date may have a time behind it.
DATE_FORMATS = ("%Y-%m-%d", "%Y-%m", "%Y")
SEPARATORS = (",", ";", "|", "\n")
#: Characters of a list cell that is still taken apart as a Python or JSON list.
_MAX_LITERAL = 20_000


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file writes numbers, dates, lists, and codes of its own.

    values: by field, canonical value by the text in the file (folded by `str.casefold`).
    """

    decimal: str = "."
    date_formats: tuple[str, ...] = DATE_FORMATS
    separators: tuple[str, ...] = SEPARATORS
    values: Mapping[str, Mapping[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """A cell as read, or why it could not be: a code, a colon, words."""

    text: str | None
    problem: str | None = None


# Blanks and apostrophes that stand between thousands: space, no-break, thin and narrow ones.
_BLANKS = re.compile("[ \u00a0\u2009\u202f'\u2019]")
_PLAIN = {
    ".": re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{2,3})*,\d{3})(?:\.\d+)?", re.ASCII),
    ",": re.compile(r"[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d+)?", re.ASCII),
}
_EXPONENT = re.compile(r"\d(?:\.\d+)?[eE]\+?\d{1,2}", re.ASCII)
_PERIODS = {
    "year": (
        *("year", "yearly", "annual", "annually", "per year", "a year", "p.a.", "pa", "yr"),
        *("jahr", "jährlich", "an", "annuel", "année", "año", "anual", "anno", "annum"),
    ),
    "month": (
        *("month", "monthly", "per month", "a month", "mo", "monat", "monatlich", "mois"),
        *("mensuel", "mes", "mensual", "mese"),
    ),
    "week": ("week", "weekly", "per week", "a week", "wk", "woche", "semaine", "semana"),
    "day": ("day", "daily", "per day", "a day", "tag", "jour", "día", "dia"),
    "hour": ("hour", "hourly", "per hour", "an hour", "hr", "stunde", "heure", "hora", "ora"),
    "project": ("project", "projekt", "projet"),
}
_EMPLOYMENT = {
    "full_time": (
        *("full_time", "full-time", "full time", "fulltime", "ft", "full-time employee"),
        *("vollzeit", "temps plein", "jornada completa"),
    ),
    "part_time": (
        *("part_time", "part-time", "part time", "parttime", "pt", "part-time employee"),
        *("teilzeit", "temps partiel", "media jornada"),
    ),
}
_CONTRACT = {
    "permanent": (
        *("permanent", "unlimited contract", "unlimited", "indefinite", "unbefristet", "cdi"),
        *("permanent contract",),
    ),
    "fixed_term": (
        "fixed_term",
        "fixed term",
        "fixed-term",
        "temporary contract",
        "cdd",
        "befristet",
    ),
    "temporary_agency": ("temporary_agency", "temporary agency", "agency", "interim", "zeitarbeit"),
    "seasonal": ("seasonal", "saisonnier"),
    "freelance": ("freelance", "freelancer", "contractor", "contract", "self-employed", "fl"),
    "apprenticeship": ("apprenticeship", "apprentice", "ausbildung", "alternance"),
    "internship": ("internship", "intern", "praktikum", "stage"),
    "other": ("other", "volunteer", "per_diem", "temporary"),
}
_WORKPLACE = {
    "on_site": ("on_site", "on-site", "on site", "onsite", "office", "0"),
    "hybrid": ("hybrid", "50"),
    "remote": ("remote", "telecommute", "100", "true", "yes"),
}
_TAX = {"gross": ("gross", "brutto", "brut"), "net": ("net", "netto")}


def _plain(text: str, reading: Reading) -> Value:
    return Value(text)


def _number(text: str, reading: Reading) -> Value:
    """A number of at least 0 as digits with a point: `1.234,50` becomes `1234.50`."""
    tight = _BLANKS.sub("", text)
    if _EXPONENT.fullmatch(tight):
        return Value(str(int(float(tight))))
    if not _PLAIN[reading.decimal].fullmatch(tight):
        return Value(None, "not_a_number: is no number in the decimal notation of the mapping")
    thousands = "," if reading.decimal == "." else "."
    plain = tight.replace(thousands, "").replace(reading.decimal, ".").removeprefix("+")
    if plain.startswith("-"):
        return Value(None, "negative: an amount below zero")
    if len(plain.partition(".")[0]) > 12:
        return Value(None, "out_of_range: an amount of more than twelve digits")
    return Value(plain)


def _amount(text: str, reading: Reading) -> Value:
    """A number as above. More than a number is no fault: it is kept as written, for the rules."""
    value = _number(text, reading)
    if value.problem is not None and value.problem.startswith("not_a_number"):
        return Value(None)
    return value


def _payments(text: str, reading: Reading) -> Value:
    value = _number(text, reading)
    if value.text is not None and not 1 <= float(value.text) <= 20:
        return Value(None, "out_of_range: payments a year are 1 to 20")
    return value


def _coordinate(most: float) -> Callable[[str, Reading], Value]:
    def read(text: str, reading: Reading) -> Value:
        try:
            number = float(text.replace(",", ".") if reading.decimal == "," else text)
        except ValueError:
            return Value(None, "not_a_number: is no coordinate")
        if not -most <= number <= most:
            return Value(None, f"out_of_range: a coordinate is at most {most:.0f}")
        return Value(repr(number))

    return read


def _date(text: str, reading: Reading) -> Value:
    if "%Y-%m-%d" in reading.date_formats:
        try:
            return Value(date.fromisoformat(text[:10]).isoformat())
        except ValueError:
            pass
    for date_format in reading.date_formats:
        try:
            return Value(datetime.strptime(text, date_format).date().isoformat())  # noqa: DTZ007
        except ValueError:
            continue
    return Value(None, "not_a_date: fits no date_format of the mapping")


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
        code = codes.get(text.casefold())
        return Value(code) if code else Value(None, problem)

    return read


def _known_or_nothing(words: Mapping[str, tuple[str, ...]]) -> Callable[[str, Reading], Value]:
    """Codes of which a file may have others, which say nothing to us and are no fault."""
    read_code = _one_of(words)
    return lambda text, reading: Value(read_code(text, reading).text)


def literal(text: str) -> Any:
    """What a cell holds that is a list or an object in JSON's or Python's spelling; else None."""
    if not text or text[0] not in "[{(" or len(text) > _MAX_LITERAL:
        return None
    try:
        return orjson.loads(text)
    except ValueError:
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None


def _list(text: str, reading: Reading) -> Value:
    """A list as JSON: `a, b`, `a; b`, `["a", "b"]` and `['a', 'b']` become `["a","b"]`."""
    found = literal(text)
    if isinstance(found, list | tuple | set):
        items = [str(item) for item in found if isinstance(item, str | int | float)]
    else:
        items = [text]
        for separator in reading.separators:
            items = [part for item in items for part in item.split(separator)]
    kept = list(dict.fromkeys(item.strip() for item in items if item.strip()))
    return Value(orjson.dumps(kept).decode() if kept else None)


#: Every canonical field and how its cells are read.
FIELDS: dict[str, Callable[[str, Reading], Value]] = {
    "title": _plain,
    "company": _plain,
    "description": _plain,
    "pay": _amount,
    "pay_min": _number,
    "pay_max": _number,
    "currency": _currency,
    "period": _one_of(_PERIODS),
    "payments_year": _payments,
    "tax_basis": _one_of(_TAX),
    "employment_type": _known_or_nothing(_EMPLOYMENT),
    "contract": _known_or_nothing(_CONTRACT),
    "workplace": _known_or_nothing(_WORKPLACE),
    "seniority": _plain,
    "category": _plain,
    "country": _plain,
    "region": _plain,
    "city": _plain,
    "location": _plain,
    "latitude": _coordinate(90),
    "longitude": _coordinate(180),
    "skills": _list,
    "language": _plain,
    "posted_on": _date,
    "expires_on": _date,
    "url": _plain,
}
#: Fields whose value in the payload is JSON already.
LISTS = frozenset({"skills"})


def read_value(field: str, text: str, reading: Reading) -> Value:
    """A cell that is not empty, as canonical field `field`."""
    if reading.values and field in reading.values:
        text = reading.values[field].get(text.casefold(), text)
    return FIELDS[field](text, reading)
