"""What a user can set: environment variables, also read from `.env` at the root of the repository.

`Settings` holds the `WAGEHOUSE_*` variables, `SourceSettings` the `SOURCES__<SOURCE>__*` ones.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from dotenv import dotenv_values, load_dotenv
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError as UnreadableVariable

from ingestion.errors import SettingsError
from ingestion.search import Search

REPO = Path(__file__).parents[1]
ENV_FILE = REPO / ".env"
#: Ready sets of settings, by the name that WAGEHOUSE_PROFILE gives.
PROFILES = Path(__file__).parent / "profiles"
#: Records a source may land per endpoint and run with WAGEHOUSE_ENV=dev.
DEV_RECORDS = 200
#: How dlt is set up: no telemetry, table names as we give them (its own convention would make one
#: underscore of two), the load id on every row, no copies of what is loaded, no state of its own
#: in the warehouse (ours stands in raw.slices).
DLT_ENVIRONMENT = {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "ERROR",
    "SCHEMA__NAMING": "direct",
    "NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID": "true",
    "LOAD__DELETE_COMPLETED_JOBS": "true",
    "RESTORE_FROM_DESTINATION": "false",
}


class Settings(BaseSettings):
    """The `WAGEHOUSE_*` variables. Paths are absolute; `.data` already is the folder of the
    environment (`<data>/dev` with `WAGEHOUSE_ENV=dev`)."""

    model_config = SettingsConfigDict(
        env_prefix="WAGEHOUSE_",
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
        populate_by_name=True,
    )

    data: Path = Path("data")
    sources: Annotated[tuple[str, ...], NoDecode] = ()
    fixed_now: datetime | None = Field(default=None, validation_alias="WAGEHOUSE_NOW")
    target: Literal["duckdb", "spark", "spark_cluster"] = "duckdb"
    raw: str = ""
    audience: Literal["private", "public"] = "private"
    env: Literal["prod", "dev"] = "prod"
    schedules: Literal["on", "off"] = "off"
    #: Address or URL by which the operators of an API reach the user; goes into the User-Agent.
    contact: str | None = Field(default=None, pattern=r"^[!-'*-\[\]-~]{3,200}$")

    @field_validator("sources", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))
        return value

    @field_validator("fixed_now")
    @classmethod
    def _as_utc(cls, value: datetime | None) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    @model_validator(mode="after")
    def _absolute(self) -> Self:
        data = self.data.expanduser()
        data = data if data.is_absolute() else REPO / data
        if self.env == "dev" and data.name != "dev":
            data = data / "dev"
        # Not resolved: a symlinked data folder keeps the name its user gave it.
        object.__setattr__(self, "data", Path(os.path.normpath(data)))
        return self

    @classmethod
    def load(cls, env_file: Path | None = None) -> Self:
        """Settings of this process. What stands in the environment wins over `.env`, and both over
        the profile; all of it is put into the environment, where child processes find it.

        Raises SettingsError, one line, when a variable cannot be read.
        """
        load_dotenv(env_file or ENV_FILE, override=False)
        _load_profile(os.environ.get("WAGEHOUSE_PROFILE", ""))
        try:
            settings = cls()
        except (ValidationError, UnreadableVariable) as error:
            raise SettingsError(_one_line(error, "WAGEHOUSE_")) from None
        settings.prepare_dlt()
        return settings

    def now(self) -> datetime:
        """Now in UTC, or the instant that stands for it (`WAGEHOUSE_NOW`)."""
        return self.fixed_now or datetime.now(UTC)

    @property
    def record_limit(self) -> int | None:
        """Records an endpoint may land in one run; None for no limit."""
        return DEV_RECORDS if self.env == "dev" else None

    @property
    def warehouse(self) -> Path:
        return self.data / "warehouse.duckdb"

    @property
    def raw_path(self) -> str | None:
        """Folder or bucket of the raw Parquet files, an absolute path or a URL; None: DuckDB.

        Each table is a folder in it. Spark reads a path only, so its targets always have one.
        """
        if not self.raw:
            return None if self.target == "duckdb" else str(self.data / "raw")
        if "://" in self.raw:
            scheme, _, rest = self.raw.rstrip("/").partition("://")
            # A bucket by itself is no folder that a dataset can be.
            return f"{scheme}://{rest}" if "/" in rest else f"{scheme}://{rest}/raw"
        path = Path(self.raw).expanduser()
        return os.path.normpath(path if path.is_absolute() else REPO / path)

    @property
    def spark(self) -> Path:
        """Spark's catalog, logs and, unless the cluster has its own, its tables."""
        return self.data / "spark"

    @property
    def inbox(self) -> Path:
        return self.data / "inbox"

    @property
    def quarantine(self) -> Path:
        return self.data / "quarantine"

    @property
    def state(self) -> Path:
        return self.data / "state"

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def releases(self) -> Path:
        return self.data / "releases"

    @property
    def sites(self) -> Path:
        return self.data / "sites"

    def prepare_dlt(self) -> None:
        """Configure dlt for this process and its children; it reads the environment when used."""
        os.environ.update(DLT_ENVIRONMENT, DLT_DATA_DIR=str(self.state / "dlt"))


class SourceSettings(BaseSettings):
    """What can be set for every source by `SOURCES__<SOURCE>__<NAME>`.

    A source with more of its own subclasses this.
    """

    model_config = SettingsConfigDict(
        env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    base_url: str | None = None
    #: Several windows at once: (requests, seconds) each. A number alone is requests a second.
    rate: tuple[tuple[int, float], ...] | None = None
    #: Seconds one answer may take.
    timeout: float = Field(default=30, gt=0)
    #: Tries after the first.
    retries: int = Field(default=4, ge=0)
    concurrency: int = Field(default=1, ge=1)
    #: Seconds a run may wait for a rate limit before the source stops and says when it can go on.
    max_wait: float = Field(default=60, ge=0)
    may_publish_aggregates: bool | None = None
    #: What to search for; which fields of a search it takes, each source says.
    searches: tuple[Search, ...] = ()

    @field_validator("rate", mode="before")
    @classmethod
    def _a_second(cls, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            return value
        return ((int(value), 1),) if value == int(value) else ((1, 1 / value),)

    @field_validator("rate")
    @classmethod
    def _positive(
        cls, value: tuple[tuple[int, float], ...] | None
    ) -> tuple[tuple[int, float], ...] | None:
        if value is not None and any(n < 1 or seconds <= 0 for n, seconds in value):
            raise ValueError("each limit is [requests, seconds], both above 0")
        return value

    @classmethod
    def load(cls, source: str) -> Self:
        """Settings of one source; raises SettingsError, one line, naming the variable."""
        prefix = f"SOURCES__{source.upper()}__"
        options: dict[str, Any] = {"_env_prefix": prefix}
        try:
            return cls(**options)
        except (ValidationError, UnreadableVariable) as error:
            raise SettingsError(_one_line(error, prefix)) from None

    def secrets(self) -> tuple[str, ...]:
        """Values that must appear in no request, log, error or payload."""
        found = (getattr(self, name) for name in type(self).model_fields)
        return tuple(value.get_secret_value() for value in found if isinstance(value, SecretStr))


def _load_profile(name: str) -> None:
    """Set what a profile sets and nobody else does; a variable that is empty is not set."""
    if not name:
        return
    known = {file.stem: file for file in sorted(PROFILES.glob("*.env"))}
    if name not in known:
        raise SettingsError(f"WAGEHOUSE_PROFILE names {name!r}. Known: {', '.join(known)}.")
    for variable, value in dotenv_values(known[name]).items():
        if value and not os.environ.get(variable):
            os.environ[variable] = value


def _one_line(error: Exception, prefix: str) -> str:
    if not isinstance(error, ValidationError):
        # pydantic-settings: 'error parsing value for field "searches" from source "Env…"'
        field = str(error).split('"')[1] if '"' in str(error) else "?"
        return f"{prefix}{field.upper()} cannot be read: it must be JSON. See .env.example."
    first = error.errors(include_input=False, include_context=False)[0]
    where = str(first["loc"][0]) if first["loc"] else "?"
    name = where if where.startswith(prefix) else f"{prefix}{where.upper()}"
    return f"{name} cannot be read: {first['msg']}. See .env.example."
