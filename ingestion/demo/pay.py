"""Pay of the generated ads: one of many ways to write an amount.

What was written is returned beside the sentence (`Pay`), so that parsing rules can be measured on
generated ads.
"""

# ruff: noqa: RUF001 - dashes and spaces as advertisers use them

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Literal

Language = Literal["en", "fr", "de"]
Period = Literal["year", "month", "week", "day", "hour"]
Kind = Literal["range", "single", "upto", "from"]

# Full-time units a year, to get from a yearly draw to the amount of a period.
UNITS: dict[Period, float] = {"year": 1, "month": 12, "week": 52, "day": 220, "hour": 2080}
SYMBOLS = {"USD": "$", "GBP": "£", "EUR": "€", "CAD": "C$", "AUD": "A$", "INR": "₹", "PLN": "zł"}
# Year amounts are rounded to this many units of the currency.
YEAR_STEP = {"INR": 50_000.0, "PLN": 6_000.0}


@dataclass(frozen=True, slots=True)
class Pay:
    """What a pay sentence states.

    Ends are in `currency` per `period`; "up to" has no minimum, "from" no maximum.
    """

    amount_min: float | None
    amount_max: float | None
    currency: str
    period: Period
    payments_year: int | None
    is_period_stated: bool
    sentence: str


def _grouped(amount: float, decimals: int, thousands: str, point: str) -> str:
    text = f"{amount:,.{decimals}f}"
    return text.replace(",", "\0").replace(".", point).replace("\0", thousands)


def _thousands(amount: float) -> str:
    return f"{amount / 1000:.1f}".removesuffix(".0")


def _sign(amount: str, currency: str) -> str:
    symbol = SYMBOLS.get(currency)
    if symbol is None:
        return f"{currency} {amount}"
    return f"{amount} {symbol}" if symbol == "zł" else f"{symbol}{amount}"


def _decimals(amount: float) -> int:
    return 2 if amount < 1000 and amount != int(amount) else 0


STYLES: dict[str, Callable[[float, str], str]] = {
    "plain": lambda a, c: _sign(_grouped(a, _decimals(a), ",", "."), c),
    "cents": lambda a, c: _sign(_grouped(a, 2, ",", "."), c),
    "k": lambda a, c: _sign(f"{_thousands(a)}k", c),
    "K": lambda a, c: _sign(f"{_thousands(a)}K", c),
    "bare_k": lambda a, c: f"{_thousands(a)}",
    "bare": lambda a, c: _grouped(a, _decimals(a), ",", "."),
    "code_before": lambda a, c: f"{c} {_grouped(a, _decimals(a), ',', '.')}",
    "code_after": lambda a, c: f"{_grouped(a, _decimals(a), ',', '.')} {c}",
    "digits": lambda a, c: _sign(f"{a:.{_decimals(a)}f}", c),
    "fr": lambda a, c: (
        f"{_grouped(a, _decimals(a), ' ', ',')} {'$' if c == 'CAD' else SYMBOLS.get(c, c)}"
    ),
    "fr_nbsp": lambda a, c: (
        f"{_grouped(a, _decimals(a), chr(0x202F), ',')}\u00a0{SYMBOLS.get(c, c)}"
    ),
    "fr_k": lambda a, c: f"{_thousands(a).replace('.', ',')} k{SYMBOLS.get(c, c)}",
    "de": lambda a, c: (
        f"{_grouped(a, _decimals(a), '.', ',')} {SYMBOLS.get(c, c)}"
        if c != "CHF"
        else f"CHF {_grouped(a, _decimals(a), chr(0x2019), '.')}"
    ),
    "de_euro": lambda a, c: f"{_grouped(a, _decimals(a), '.', ',')} {'Euro' if c == 'EUR' else c}",
}

# language, period → (kind, style, sentence). {c} is the currency code, {s} its symbol.
Phrase = tuple[Kind, str, str]
PHRASES: dict[tuple[Language, Period], tuple[Phrase, ...]] = {
    ("en", "year"): (
        ("range", "plain", "The base salary range for this position is {lo} - {hi} per year."),
        ("range", "plain", "Salary: {lo} – {hi} a year, depending on experience."),
        ("range", "k", "Compensation: {lo}-{hi} plus bonus"),
        ("range", "K", "Base pay {lo} to {hi} annually"),
        ("range", "cents", "Annual Salary Range: {lo} — {hi} (based on location)"),
        ("range", "code_before", "Expected salary {lo} to {hi} per annum."),
        ("range", "code_after", "We pay between {lo} and {hi} per year."),
        ("range", "plain", "Minimum: {lo}/year<br>Maximum: {hi}/year"),
        ("range", "plain", "Pay Range: The typical pay range for this role is: {lo} - {hi}."),
        ("range", "digits", "Yearly pay: {lo}-{hi}."),
        ("range", "bare_k", "Salary range {s}{lo}-{hi}k p.a."),
        ("single", "plain", "The salary for this role is {lo} per year."),
        ("single", "k", "{lo} base salary plus commission"),
        ("single", "code_after", "Annual salary: {lo}"),
        ("upto", "plain", "Earn up to {hi} per year."),
        ("upto", "k", "Salary up to {hi} per annum, negotiable"),
        ("from", "plain", "Starting at {lo} annually."),
        ("from", "K", "Salary from {lo} per year"),
    ),
    ("en", "month"): (
        ("range", "plain", "Pay: {lo} - {hi} per month."),
        ("single", "plain", "Monthly salary of {lo}."),
        ("range", "code_before", "{lo} to {hi} gross per month"),
    ),
    ("en", "week"): (
        ("range", "plain", "{lo} - {hi} per week, paid every Friday."),
        ("single", "plain", "Weekly pay: {lo}/week"),
    ),
    ("en", "day"): (
        ("single", "plain", "Day rate: {lo} per day."),
        ("upto", "plain", "Up to {hi} a day."),
        ("range", "plain", "{lo}-{hi}/day depending on assignment"),
    ),
    ("en", "hour"): (
        ("range", "cents", "The pay range is {lo} - {hi} per hour."),
        ("range", "cents", "Pay: {lo}-{hi}/hr"),
        ("range", "plain", "Hourly rate: {lo} to {hi} an hour, based on experience"),
        ("range", "cents", "The typical pay range for this role is: {lo} - {hi}."),
        ("range", "code_before", "Wage: {lo} - {hi} per hour"),
        ("single", "cents", "This role pays {lo} per hour."),
        ("single", "plain", "{lo}/hour"),
        ("single", "code_after", "Hourly wage of {lo}."),
        ("upto", "cents", "Earn up to {hi} per hour!"),
        ("from", "plain", "Starting at {lo} per hour, more with experience."),
        ("from", "cents", "Pay starts from {lo}/hr."),
    ),
    ("fr", "year"): (
        ("range", "fr", "Rémunération : {lo} à {hi} brut annuel."),
        ("range", "fr_nbsp", "Salaire annuel brut entre {lo} et {hi}"),
        ("range", "bare_k", "{lo}-{hi} k€ brut annuel selon profil"),
        ("range", "fr", "Salaire : de {lo} à {hi} bruts par an sur 13 mois"),
        ("single", "fr", "Salaire fixe : {lo} brut par an."),
        ("single", "fr_k", "Package : {lo} brut annuel"),
        ("upto", "fr_k", "Rémunération jusqu'à {hi} par an"),
        ("from", "fr", "À partir de {lo} brut/an."),
    ),
    ("fr", "month"): (
        ("range", "fr", "Salaire : {lo} à {hi} brut par mois."),
        ("single", "fr", "{lo} brut mensuel sur 13 mois"),
        ("single", "fr_nbsp", "Salaire mensuel brut : {lo}"),
    ),
    ("fr", "hour"): (
        ("single", "fr", "{lo} brut de l'heure."),
        ("range", "fr", "Taux horaire : de {lo} à {hi} brut"),
        ("from", "fr", "À partir de {lo} brut/h"),
    ),
    ("de", "year"): (
        ("range", "de", "Jahresgehalt zwischen {lo} und {hi} brutto."),
        ("range", "de_euro", "Gehalt: {lo} bis {hi} brutto im Jahr"),
        ("range", "bare_k", "Gehaltsspanne {lo}-{hi}k {c} p.a."),
        ("upto", "de", "Bis zu {hi} Jahresgehalt."),
        ("from", "de", "Jahresgehalt ab {lo} brutto"),
        ("single", "de_euro", "Jahresbruttogehalt: {lo}"),
    ),
    ("de", "month"): (
        ("range", "de", "{lo} bis {hi} brutto im Monat"),
        ("single", "de", "Monatsgehalt {lo} brutto, 13 Gehälter"),
        ("from", "de_euro", "Vergütung ab {lo} monatlich."),
    ),
    ("de", "hour"): (
        ("single", "de", "Stundenlohn: {lo}"),
        ("range", "de", "{lo} - {hi} pro Stunde"),
        ("from", "de_euro", "Ab {lo} die Stunde."),
    ),
}
WITHOUT_PERIOD = ("The typical pay range for this role is",)
IN_THOUSANDS = ("k", "K", "bare_k", "fr_k")


def _step(period: Period, style: str, currency: str, rng: Random) -> float:
    if style in IN_THOUSANDS:
        return 500.0 if style == "fr_k" else YEAR_STEP.get(currency, 1000.0)
    if period == "year":
        return YEAR_STEP.get(currency) or rng.choice((100.0, 500.0, 1000.0, 2500.0))
    if period == "hour":
        return rng.choice((0.05, 0.25, 0.5)) * (10 if currency == "INR" else 1)
    return {"month": 50.0, "week": 10.0, "day": 5.0}[period]


def _rounded(amount: float, step: float) -> float:
    return round(max(1, round(amount / step)) * step, 2)


def write_pay(
    rng: Random, *, annual: float, currency: str, period: Period, language: Language
) -> Pay:
    """Write `annual`, a year's full-time pay in `currency`, as an amount or range per `period`."""
    phrases = PHRASES.get((language, period))
    if phrases is None:
        period = "month" if (language, "month") in PHRASES and period == "week" else "year"
        phrases = PHRASES[(language, period)]
    kind, style, template = rng.choice(phrases)
    months = 13 if " 13 " in template else None
    units = float(months) if months and period == "month" else UNITS[period]
    width = rng.uniform(0.05, 0.2)
    step = _step(period, style, currency, rng)
    middle = annual / units
    if kind == "range":
        low, high = _rounded(middle * (1 - width), step), _rounded(middle * (1 + width), step)
    else:
        low = high = _rounded(middle, step)
    write = STYLES[style]
    symbol = SYMBOLS.get(currency, f"{currency} ")
    sentence = template.format(
        lo=write(low, currency), hi=write(high, currency), c=currency, s=symbol
    )
    return Pay(
        amount_min=None if kind == "upto" else low,
        amount_max=None if kind == "from" else high,
        currency=currency,
        period=period,
        payments_year=months,
        is_period_stated=not any(text in template for text in WITHOUT_PERIOD),
        sentence=sentence,
    )
