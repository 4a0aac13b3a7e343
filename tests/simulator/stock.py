"""Which generated postings are live on a day, and identifiers for them.

Everything is a pure function of its arguments.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b
from random import Random

EPOCH = date(2024, 1, 1)
#: Days after its first one on which every fourth posting is changed.
CHANGES = (5, 12)


@dataclass(frozen=True, slots=True)
class Listing:
    """A posting of a stock: its number for life, its first day, how often and when changed."""

    number: int
    on: date
    edits: int
    changed_on: date


def turnover(n: int) -> int:
    """Postings of a stock of `n` that go and come each day."""
    return max(1, n // 50)


def stock(n: int, day: date) -> Iterator[Listing]:
    """The `n` postings that are live on the day; the next day a fiftieth of them are others."""
    step = turnover(n)
    first = (day - EPOCH).days * step
    for number in range(first, first + n):
        yield listing(number, n, day)


def listing(number: int, n: int, day: date) -> Listing:
    """How posting `number` of a stock of `n` stands on a day of its life."""
    on = EPOCH + timedelta(days=(number - n) // turnover(n) + 1)
    days = [on + timedelta(days=age) for age in CHANGES if number % 4 == 0]
    past = [changed for changed in days if changed <= day]
    return Listing(number, on, len(past), past[-1] if past else on)


def gone(n: int, day: date, since: date) -> list[int]:
    """Numbers that were live on `since` or later, and no longer are on `day`."""
    step = turnover(n)
    return list(range((since - EPOCH).days * step, (day - EPOCH).days * step))


def rng(*parts: object) -> Random:
    return Random("/".join(map(str, parts)))


def token(*parts: object, size: int = 16) -> str:
    """Hexadecimal digits that look arbitrary and are not."""
    return blake2b("/".join(map(str, parts)).encode(), digest_size=size).hexdigest()


def uuid(*parts: object) -> str:
    digits = token(*parts)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
