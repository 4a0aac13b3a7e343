"""Adzuna's account, settings, and what its answers say about themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import Field, SecretStr, field_validator
from requests import PreparedRequest
from requests.auth import AuthBase

from ingestion.errors import SettingsError
from ingestion.http import Verdict
from ingestion.settings import SourceSettings

BASE_URL = "https://api.adzuna.com/v1/api"
#: Countries of its search, as they stand in its paths.
COUNTRIES = (
    *("at", "au", "be", "br", "ca", "ch", "de", "es", "fr", "gb"),
    *("in", "it", "mx", "nl", "nz", "pl", "sg", "us", "za"),
)
#: Where the content of an answer stands: each endpoint has one of these.
CONTENTS = {
    "results": list,
    "histogram": dict,
    "month": dict,
    "leaderboard": list,
    "locations": list,
}
_WHO_ASKED = re.compile(r"(?<=[?&;])utm_source=[^&#]*&?", re.I)


class AdzunaSettings(SourceSettings):
    """Settings of Adzuna. A search that names no country is made in each of `countries`; no search
    at all is one walk through each of them."""

    app_id: SecretStr | None = None
    app_key: SecretStr | None = None
    countries: tuple[str, ...] = ("gb",)
    #: Kilometres around a place that is named as a text.
    distance: int = Field(default=10, ge=0)
    #: Pages of 50 ads, at most, of one search; the newest ads come first.
    max_pages: int = Field(default=500, ge=1)
    #: Whether its statistics of each search are asked for, too.
    statistics: bool = True

    @field_validator("countries")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(map(country_of, value)))


def country_of(text: str) -> str:
    """A country as it stands in paths. Raises ValueError for one that Adzuna does not have."""
    code = text.strip().lower()
    code = "gb" if code == "uk" else code
    if code not in COUNTRIES:
        raise ValueError(f"Adzuna has no country {text!r}; it has {' '.join(COUNTRIES)}")
    return code


def country_asked(text: str) -> str:
    """The same of a search. Raises SettingsError."""
    try:
        return country_of(text)
    except ValueError as error:
        raise SettingsError(f"adzuna: {error}") from None


class Account(AuthBase):
    """Adds the account to the query of a request, and that JSON is wanted, which needs to be said
    there, too: else a page or JSONP may come."""

    def __init__(self, config: AdzunaSettings) -> None:
        self._query = {
            "app_id": _text(config.app_id),
            "app_key": _text(config.app_key),
            "content-type": "application/json",
        }

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.prepare_url(request.url, self._query)
        return request


def _text(secret: SecretStr | None) -> str:
    return "" if secret is None else secret.get_secret_value().strip()


def judge(verdict: Verdict) -> None:
    """Its errors name themselves in `exception`, whatever the status; error stubs and answers
    without content come with status 200."""
    value = verdict.value
    if verdict.document is not None and not isinstance(value, dict):
        verdict.fail("type_changed", f"the body is {type(value).__name__}, not an object")
    if not isinstance(value, dict):
        return
    exception = value.get("exception")
    if isinstance(exception, str) and exception:
        shown = value.get("display")
        words = f"{shown if isinstance(shown, str) else 'no words'} ({exception[:80]})"
        if exception.startswith("AUTH"):
            verdict.fail("status_401", words)
        elif verdict.document is not None:
            verdict.fail("not_ok", words)
    elif verdict.document is not None:
        _judge_content(verdict, value)


def _judge_content(verdict: Verdict, value: Mapping[str, Any]) -> None:
    name = value.get("__CLASS__")
    found = next((key for key in CONTENTS if key in value), None)
    if found is None and isinstance(name, str) and name.startswith("Error"):
        verdict.fail("not_ok", name[:80])
    elif found is None:
        verdict.fail("type_changed", f"the answer has none of {', '.join(CONTENTS)}")
    else:
        verdict.expect(found, CONTENTS[found])


def anonymous(ad: dict[str, Any]) -> dict[str, Any]:
    """An ad less who asked for it: its address names the account."""
    url = ad.get("redirect_url")
    if not isinstance(url, str) or "utm_source" not in url.lower():
        return ad
    shorter, times = _WHO_ASKED.subn("", url)
    if not times:
        return ad
    address, mark, fragment = shorter.partition("#")
    return {**ad, "redirect_url": address.rstrip("?&") + mark + fragment}
