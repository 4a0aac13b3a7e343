"""Which ads a search means. The stream gives all; what is wanted of it is chosen here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from ingestion.errors import SettingsError
from ingestion.search import Search

_CONCEPT = re.compile(r"[0-9A-Za-z]{4}_[0-9A-Za-z]{3}_[0-9A-Za-z]{3}")
_OCCUPATIONS = ("occupation", "occupation_group", "occupation_field")
_PLACES = ("municipality_concept_id", "region_concept_id", "country_concept_id")


class Choice:
    """Ads that any of the searches means: by concept ids of occupations and places, by days.

    Raises SettingsError, one line, for ids that are none.
    """

    def __init__(self, searches: Sequence[Search]) -> None:
        self._rules = [
            (_concepts(one.category), _concepts(one.place), one.since, one.until)
            for one in searches or (Search(),)
        ]
        limits = [one.maximum for one in searches]
        #: Ads at most; None: all.
        self.maximum = sum(filter(None, limits)) if limits and all(limits) else None
        #: The stable name of what is meant; of days, with them.
        self.scope = " or ".join(sorted({_scope(one) for one in searches})) or "all"

    def __call__(self, ad: Any) -> bool:
        """Whether an ad is meant. What is no ad is: landing says what is wrong with it."""
        if not isinstance(ad, dict):
            return True
        occupations = set(_occupations(ad))
        address = ad.get("workplace_address")
        found = [address.get(name) for name in _PLACES] if isinstance(address, dict) else []
        places = {one for one in found if isinstance(one, str)}
        return any(
            (not wanted or not wanted.isdisjoint(occupations))
            and (not where or not where.isdisjoint(places))
            and _is_within(ad.get("publication_date"), since, until)
            for wanted, where, since, until in self._rules
        )


def _scope(search: Search) -> str:
    if search.since is None and search.until is None:
        return search.scope
    return f"{search.scope},published={search.since or ''}..{search.until or ''}"


def _concepts(text: str | None) -> frozenset[str]:
    ids = [part.strip() for part in (text or "").split(",") if part.strip()]
    for one in ids:
        if not _CONCEPT.fullmatch(one):
            raise SettingsError(
                f"jobtech knows categories and places by their concept ids, such as apaJ_2ja_LuF "
                f"(Data/IT), not {one!r}: see the taxonomy of jobtechdev.se"
            )
    return frozenset(ids)


def _occupations(ad: dict[str, Any]) -> Iterator[str]:
    """Concept ids of occupation, group and field; files of past years have lists of them."""
    for name in _OCCUPATIONS:
        value = ad.get(name)
        for concept in value if isinstance(value, list) else [value]:
            if isinstance(concept, dict) and isinstance(concept.get("concept_id"), str):
                yield concept["concept_id"]


def _is_within(published: Any, since: date | None, until: date | None) -> bool:
    """Days as the source writes them. An ad without a day is within any."""
    if not isinstance(published, str):
        return True
    day = published[:10]
    return (since is None or since.isoformat() <= day) and (
        until is None or day <= until.isoformat()
    )
