"""JSearch's hosts and keys, its settings, and what its answers say about themselves."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from ingestion.http import Verdict
from ingestion.http.limits import DAY
from ingestion.settings import SourceSettings

BASE_URL = "https://jsearch.p.rapidapi.com"
#: What RapidAPI knows it by, wherever it is reached.
RAPID_HOST = "jsearch.p.rapidapi.com"
#: Years of experience that an estimate may be asked for.
Years = Literal[
    "ALL",
    "LESS_THAN_ONE",
    "ONE_TO_THREE",
    "FOUR_TO_SIX",
    "SEVEN_TO_NINE",
    "TEN_TO_FOURTEEN",
    "ABOVE_FIFTEEN",
]


class Estimate(BaseModel):
    """An estimate of pay to ask for: of a title in a place, or with an employer of one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    job_title: str = Field(min_length=1)
    location: str | None = None
    company: str | None = None
    years_of_experience: Years | None = None


class JSearchSettings(SourceSettings):
    """Settings of JSearch. Calls are scarce and slow."""

    api_key: SecretStr | None = None
    #: By which key it is asked: RapidAPI's or OpenWeb Ninja's own; by default the address tells.
    host: Literal["rapidapi", "direct"] | None = None
    timeout: float = Field(default=60, gt=0)
    # Each try may count.
    retries: int = Field(default=2, ge=0)
    #: Pages that one call brings; more than one are charged as two calls or three.
    num_pages: int = Field(default=1, ge=1, le=20)
    #: Estimates of pay to ask for, beside those of each search.
    estimates: tuple[Estimate, ...] = ()
    #: Whether estimates of pay are asked for at all.
    salaries: bool = True

    @property
    def cost(self) -> int:
        """What a search is charged as."""
        return 1 if self.num_pages == 1 else 2 if self.num_pages <= 10 else 3

    def key_headers(self, base_url: str) -> dict[str, str]:
        """The headers by which the host at an address takes the key."""
        key = "" if self.api_key is None else self.api_key.get_secret_value().strip()
        address = urlsplit(base_url)
        name = address.hostname or ""
        direct = {"x-api-key": key}
        rapid = {"X-RapidAPI-Key": key, "X-RapidAPI-Host": RAPID_HOST}
        if self.host is not None:
            return direct if self.host == "direct" else rapid
        if name.endswith("rapidapi.com"):
            return rapid
        if name.endswith("openwebninja.com") or address.path.rstrip("/").endswith("/jsearch"):
            return direct
        # A gateway of somebody's own may stand before either.
        return {**rapid, **direct}


def judge(verdict: Verdict) -> None:
    """A good answer says `status: OK` in its body, whatever its HTTP status."""
    if verdict.code == "quota_spent" and verdict.wait is None:
        # Not to be asked again and again: a new month is not told, a new day may bring it.
        verdict.wait = float(DAY)
    if verdict.document is None:
        return
    value = verdict.document.value
    if not isinstance(value, dict):
        verdict.fail("type_changed", f"the body is {type(value).__name__}, not an object")
        return
    told = value.get("status")
    if told is not None and str(told).upper() != "OK":
        error = value.get("error")
        words = error.get("message") if isinstance(error, dict) else error
        verdict.fail("not_ok", f"status {told!s:.40}: {words or value.get('message')!s:.150}")
        return
    data = value.get("data")
    if not isinstance(data, list) and not (
        isinstance(data, dict) and isinstance(data.get("jobs"), list)
    ):
        verdict.fail("type_changed", f"data is {type(data).__name__}, not a list of jobs")
