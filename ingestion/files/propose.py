"""A mapping for a file nobody has described: by the words of its headers and by what its cells are.

A proposal is shown before it is used. What speaks for a column is kept beside it, and what nothing
speaks for is left out.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import pycountry

from ingestion.files.values import FIELDS, Reading, literal, read_value

#: Below this nothing is proposed.
ENOUGH = 0.5
DATES = (
    *("%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y", "%m/%d/%Y", "%m/%d/%Y %H:%M"),
    *("%d.%m.%Y", "%d.%m.%Y %H:%M", "%d-%m-%Y", "%Y/%m/%d", "%d %B %Y", "%B %d, %Y", "%d %b %Y"),
)
#: Parts of nested cells that say what the cell is, and of nested pay, best first.
_PARTS = ("display_name", "name", "label", "title", "value")
_WORD = re.compile(r"[a-z0-9]+")
_AMOUNT = re.compile(r"\d")
_MISSING = ("", "-1", "-1.0", "NA", "N/A", "n/a", "null", "NULL", "None", "nan", "NaN", "-", "?")
_SIGNS = {"€": "EUR", "£": "GBP", "$": "USD", "zł": "PLN", "₹": "INR", "chf": "CHF"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file: its name, and some of its cells that hold something."""

    name: str
    cells: tuple[str, ...]


@dataclass(slots=True)
class Proposal:
    """What a mapping would say. `content` is what its YAML holds; `why`: by field, what spoke for
    it; `open_questions`: what a person has to say."""

    content: dict[str, Any]
    why: dict[str, str] = field(default_factory=dict)
    open_questions: list[str] = field(default_factory=list)


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("headers.toml").read_text("utf-8"))


def fold(text: str) -> list[str]:
    """A header as small words without accents: `jobTitle`, `Job Title (m/f)` and `job_title` are
    one."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", re.sub(r"\([^)]*\)", " ", text))
    plain = unicodedata.normalize("NFKD", spaced.replace("ß", "ss")).encode("ascii", "ignore")
    return _WORD.findall(plain.decode().lower())


def _holds(words: Sequence[str], phrase: str) -> bool:
    wanted = phrase.split()
    width = len(wanted)
    return any(list(words[at : at + width]) == wanted for at in range(len(words) - width + 1))


def header_score(name: str, target: str) -> float:
    """How much a header speaks for a field, from 0 to 1."""
    words = fold(name)
    best = 0.0
    for rank, phrase in enumerate(_words()["names"].get(target, ())):
        if not _holds(words, phrase):
            continue
        length = len(phrase.split())
        extra = len(words) - length
        if extra and phrase in _words()["alone"]["names"]:
            continue
        score = 1.0 - 0.004 * rank if extra == 0 else 0.85 - 0.05 * min(extra, 12) + 0.05 * length
        best = max(best, min(score, 1.0))
    if best and any(_holds(words, phrase) for phrase in _words()["against"].get(target, ())):
        best -= 0.5
    elif best and any(_holds(words, phrase) for phrase in _words()["rather_not"]["names"]):
        best -= 0.15
    return max(best, 0.0)


def _share(cells: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(map(test, cells)) / len(cells) if cells else 0.0


@cache
def _country_names() -> frozenset[str]:
    found = set()
    for one in pycountry.countries:
        for name in ("alpha_2", "alpha_3", "name", "common_name", "official_name"):
            if value := getattr(one, name, None):
                found.add(" ".join(fold(value)))
    return frozenset(found | {"usa", "uk", "us", "deutschland", "frankreich", "england"})


def _reads(target: str) -> Callable[[str], bool]:
    return lambda text: read_value(target, text, Reading()).text is not None


def _is_date(text: str) -> bool:
    return _date_format(text) is not None


def _date_format(text: str) -> str | None:
    if read_value("posted_on", text, Reading()).text is not None:
        return ""
    for one in DATES:
        try:
            datetime.strptime(text, one)  # noqa: DTZ007
        except ValueError:
            continue
        return one
    return None


def _is_amount(text: str) -> bool:
    return bool(_AMOUNT.search(text)) and len(text) < 60


def _is_wordy(text: str) -> bool:
    return any(character.isalpha() for character in text)


#: What most cells of a field have to be; where they are not, its header does not count.
_LOOKS: dict[str, Callable[[str], bool]] = {
    "currency": _reads("currency"),
    "period": _reads("period"),
    "country": lambda text: " ".join(fold(text)) in _country_names(),
    "posted_on": _is_date,
    "expires_on": _is_date,
    "pay": _is_amount,
    "pay_min": _is_amount,
    "pay_max": _is_amount,
    "latitude": _reads("latitude"),
    "longitude": _reads("longitude"),
    "url": lambda text: text.startswith(("http://", "https://", "www.")),
    "title": _is_wordy,
    "company": _is_wordy,
    "city": _is_wordy,
    "region": _is_wordy,
    "location": _is_wordy,
    "seniority": lambda text: _is_wordy(text) and len(text) < 60,
    "skills": _is_wordy,
    "description": lambda text: len(text) > 40,
    "employment_type": _is_wordy,
    "contract": _is_wordy,
    "workplace": lambda text: len(text) < 30,
    "language": lambda text: _is_wordy(text) and len(text) < 40,
    "category": _is_wordy,
}


def propose(columns: Sequence[Column], name: str) -> Proposal:
    """A mapping for these columns; `name` is the mapping's."""
    parts = {column.name: _part(column) for column in columns}
    seen = {column.name: _inner(column, parts[column.name]) for column in columns}
    scored = sorted(
        (
            (_score(column.name, seen[column.name], target), -position, target, column.name)
            for position, column in enumerate(columns)
            for target in FIELDS
        ),
        reverse=True,
    )
    fields: dict[str, list[str]] = {}
    used: set[str] = set()
    why = {}
    for score, _, target, column in scored:
        if score < ENOUGH or column in used:
            continue
        more = target in fields and target in ("skills", "pay") and score >= 0.6
        if target in fields and not more:
            continue
        if more and target == "pay" and not _alternate(columns, fields["pay"][0], column):
            continue
        part = f".{parts[column]}" if parts[column] else ""
        fields.setdefault(target, []).append(f"{column}{part}")
        used.add(column)
        why[target] = f"{score:.2f}"
    _settle_pay(fields)
    content: dict[str, Any] = {"name": name}
    proposal = Proposal(content, why)
    _complete(proposal, columns, seen, fields)
    return proposal


def _score(name: str, cells: Sequence[str], target: str) -> float:
    header = header_score(name, target)
    if header == 0:
        return 0.0
    if not cells:
        # An empty column: its name is all there is.
        return header * 0.8
    look = _LOOKS.get(target)
    fits = _share(cells, look) if look else 1.0
    return 0.0 if fits < 0.5 else header * (0.7 + 0.3 * fits)


def _alternate(columns: Sequence[Column], first: str, other: str) -> bool:
    """Whether a second column of pay is another way to say it, as yearly and hourly amounts are."""
    said = [
        next((p for p in ("year", "month", "day", "hour") if _says(name, p)), None)
        for name in (first, other)
    ]
    return None not in said and said[0] != said[1]


def _says(name: str, what: str) -> bool:
    words = fold(name)
    return any(_holds(words, phrase) for phrase in _words()["says"][what])


def _settle_pay(fields: dict[str, list[str]]) -> None:
    """A range goes before a single amount; half of one is an amount."""
    both = {"pay_min", "pay_max"} <= fields.keys()
    if both:
        fields.pop("pay", None)
        return
    for half in ("pay_min", "pay_max"):
        if half in fields:
            found = fields.pop(half)
            fields.setdefault("pay", found)


def _part(column: Column) -> str | None:
    """The part of nested cells that says what they are."""
    values = [literal(cell) for cell in column.cells[:20]]
    objects = [value for value in values if isinstance(value, dict)]
    if not objects or len(objects) * 2 < len(values):
        return None
    known = set().union(*objects)
    return next((part for part in _PARTS if part in known), None)


def _inner(column: Column, part: str | None) -> list[str]:
    if part is None:
        return list(column.cells)
    found = (literal(cell) for cell in column.cells)
    return [str(value[part]) for value in found if isinstance(value, dict) and value.get(part)]


def _complete(
    proposal: Proposal,
    columns: Sequence[Column],
    seen: dict[str, list[str]],
    fields: dict[str, list[str]],
) -> None:
    content = proposal.content
    pay_column = next((fields[name][0] for name in ("pay", "pay_min") if name in fields), None)
    amounts = seen.get(pay_column or "", [])
    is_ad = bool({"description", "company", "url", "expires_on"} & fields.keys())
    content["origin"] = "advertised" if is_ad else "surveyed"
    if any("est." in cell.lower() for cell in amounts):
        content["origin"] = "estimated"
    content["snapshot"] = "partial"
    key = _key(columns, fields)
    if key:
        content["key"] = key
    if amounts and _decimal(amounts) == ",":
        content["decimal"] = ","
    dates = [cell for name in ("posted_on", "expires_on") for cell in _cells(fields, name, seen)]
    formats = [one for one in (_date_format(cell) for cell in dates) if one]
    if formats:
        content["date_format"] = max(set(formats), key=formats.count)
    if any("-1" in column.cells for column in columns):
        content["missing"] = ["", "-1", "NA", "N/A", "null", "None", "nan"]
    content["fields"] = {
        name: fields[name][0] if len(fields[name]) == 1 else fields[name]
        for name in FIELDS
        if name in fields
    }
    constants = _constants(pay_column, amounts, fields)
    if constants:
        content["constants"] = constants
    if "pay" not in fields and "pay_min" not in fields:
        proposal.open_questions.append("no column of pay was found")
    elif "currency" not in fields and "currency" not in constants:
        proposal.open_questions.append(
            "in which currency? Add constants: {currency: …}; without it no amount is used"
        )
    if pay_column and "period" not in fields and "period" not in constants:
        proposal.open_questions.append("per year, month or hour? Add constants: {period: …}")
    if "title" not in fields:
        proposal.open_questions.append("no column of job titles was found")
    content["terms"] = {"attribution": "", "licence": "", "may_publish_aggregates": False}


def _cells(fields: dict[str, list[str]], name: str, seen: dict[str, list[str]]) -> list[str]:
    return [cell for column in fields.get(name, ()) for cell in seen.get(column, ())]


def _key(columns: Sequence[Column], fields: dict[str, list[str]]) -> str | None:
    """A column that names rows: by its header, and each cell only once."""
    taken = {column for one in fields.values() for column in one}
    for column in columns:
        name = " ".join(fold(column.name))
        is_named = name in _words()["key"]["names"]
        if is_named and column.name not in taken and len(set(column.cells)) == len(column.cells):
            return column.name
    return None


def _decimal(cells: Sequence[str]) -> str:
    def shape(pattern: str) -> int:
        return sum(bool(re.fullmatch(pattern, re.sub(r"[^\d.,]", "", cell))) for cell in cells)

    comma = shape(r"\d{1,3}(\.\d{3})+(,\d+)?|\d+,\d{1,2}")
    point = shape(r"\d{1,3}(,\d{3})+(\.\d+)?|\d+\.\d{1,2}")
    return "," if comma > point else "."


def _constants(
    pay_column: str | None, amounts: Sequence[str], fields: dict[str, list[str]]
) -> dict[str, str]:
    found: dict[str, str] = {}
    if pay_column is None:
        return found
    header = fold(pay_column)
    if "currency" not in fields:
        codes = [word.upper() for word in header if _reads("currency")(word) and len(word) == 3]
        signs = [code for sign, code in _SIGNS.items() if _all_say(amounts, sign)]
        # A dollar may be of many countries.
        sure = [code for code in (codes or signs) if code != "USD" or codes]
        if sure:
            found["currency"] = sure[0]
    if "period" not in fields and len(fields.get("pay", ())) < 2:
        said = next((one for one in ("year", "month", "day", "hour") if _says(pay_column, one)), "")
        size = _by_size(amounts)
        if said or size:
            found["period"] = said or size
    tax = next((one for one in ("gross", "net") if _says(pay_column, one)), None)
    if tax:
        found["tax_basis"] = tax
    return found


def _all_say(amounts: Sequence[str], sign: str) -> bool:
    return _share(amounts, lambda text: sign in text.lower()) > 0.8


def _by_size(amounts: Sequence[str]) -> str:
    """`year` where amounts are as large as only those of a year are in most currencies."""
    numbers = [
        float(value.text)
        for value in (read_value("pay", cell, Reading(_decimal(amounts))) for cell in amounts)
        if value.text is not None
    ]
    return "year" if numbers and median(numbers) >= 15_000 else ""
