"""A slice that holds more than the API gives of a search, in parts that together hold all of it.

First by windows of the day of creation, down to a second. Offers of partners arrive by thousands in
one second: what is still too much is split by a parameter whose values leave no offer out, which
is counted, not believed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingestion.france_travail.queries import (
    FIRST_DAY,
    Parameters,
    end_of,
    moment,
    name_of,
    window,
)

#: Days before today at which a search without days is cut; most offers are young.
AGES = (1, 3, 7, 14, 30, 60, 120, 365)
SHORTEST = timedelta(seconds=1)
#: The order of what is left over, by which it is known: `rest` parts are never split.
BY_RELEVANCE = "0"
#: Every offer has a trade, an origin, an experience (0: none told) and hours (0: none told).
DIMENSIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("grandDomaine", tuple("ABCDEFGHIJKLMN")),
    ("origineOffre", ("1", "2")),
    ("experience", ("0", "1", "2", "3")),
    ("dureeHebdo", ("0", "1", "2")),
)
#: Of these, at most one in a request.
ONE_OF = (
    ("grandDomaine", "domaine", "codeROME"),
    ("departement", "region", "commune"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a slice. `name` tells it from the others."""

    name: str
    params: Parameters


#: How many offers parameters find, None where the API does not say.
Count = Callable[[Parameters], int | None]


def parts_of(
    params: Parameters, count: Count, now: datetime, departments: Callable[[], Sequence[str]]
) -> list[Part]:
    """The parts of what the parameters find; none where it cannot be split further."""
    if "minCreationDate" not in params:
        return _checked(params, windows_of_age(now), count)
    first, last = moment(params["minCreationDate"]), moment(params["maxCreationDate"])
    if last - first > SHORTEST:
        # Whether the last second belongs to a window is not known: both halves have it.
        middle = first + timedelta(seconds=int((last - first).total_seconds()) // 2)
        return [_part(params, window(*ends)) for ends in ((middle, last), (first, middle))]
    return _by_codes(params, count, departments)


def windows_of_age(now: datetime) -> list[tuple[datetime, datetime]]:
    """From the end of today to the first day, the older the wider."""
    last = end_of(now)
    ends = [last, *(last - timedelta(days=age) for age in AGES), FIRST_DAY]
    return list(zip(ends[1:], ends[:-1], strict=True))


def _checked(
    params: Parameters, windows: Sequence[tuple[datetime, datetime]], count: Count
) -> list[Part]:
    """By windows; with a rest where they do not hold all, such as what has no day of creation."""
    parts = [_part(params, window(*ends)) for ends in windows]
    before, within = count(params), count({**params, **window(windows[-1][0], windows[0][1])})
    after = count(params)
    if None in (before, within, after) or within < min(before, after):  # type: ignore[operator, type-var]
        parts.append(_rest(params))
    return parts


def _by_codes(
    params: Parameters, count: Count, departments: Callable[[], Sequence[str]]
) -> list[Part]:
    best: tuple[int, list[Part]] = (0, [])
    for name, values in _dimensions(params, departments):
        before = count(params)
        totals = {value: count({**params, name: value}) for value in values}
        after = count(params)
        found = {value: total for value, total in totals.items() if total}
        if before is None or after is None or len(found) < 2:
            continue
        parts = [_part(params, {name: value}) for value in found]
        held = sum(found.values())
        if None not in totals.values() and held >= min(before, after):
            return parts
        best = max(best, (held, parts), key=lambda one: one[0])
    return [*best[1], _rest(params)] if best[1] else []


def _dimensions(
    params: Parameters, departments: Callable[[], Sequence[str]]
) -> Iterator[tuple[str, Sequence[str]]]:
    for name, values in DIMENSIONS:
        if _is_free(name, params):
            yield name, values
    if _is_free("departement", params):
        yield "departement", departments()


def _is_free(name: str, params: Parameters) -> bool:
    group = next((group for group in ONE_OF if name in group), (name,))
    return not any(other in params for other in group)


def _part(params: Parameters, more: Parameters) -> Part:
    found = {**params, **more}
    return Part(name_of(found, outside=("motsCles", "sort")), found)


def _rest(params: Parameters) -> Part:
    name = name_of(params, outside=("motsCles", "sort"))
    return Part(f"{name},rest", {**params, "sort": BY_RELEVANCE})
