"""The mapping beside a dropped file: which column means what, and what may be done with it.

# inbox/salaries.mapping.yml, for inbox/salaries.csv
name: salaries            # the source becomes file_salaries; default: the file's name
files: "salaries_*.csv"   # only where one mapping serves several files
origin: surveyed          # surveyed (default), advertised or estimated
snapshot: complete        # complete: replaces the earlier file; partial: adds to it
key: [id]                 # columns that identify a row; default: the whole row
delimiter: ","
encoding: utf-8
decimal: "."
date_format: "%Y-%m-%d"
missing: ["", "-1"]       # texts that mean that nothing is known
fields:                   # canonical field: column of the file
  title: Job Title
  pay: Salary
  country: Country
constants:                # canonical field: the same value in every row
  currency: USD
  period: year
terms:                    # like those of a source
  attribution: Our own survey of 2025
  licence: internal
  may_publish_aggregates: false
"""

from __future__ import annotations

import codecs
import re
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from ingestion.errors import WagehouseError
from ingestion.files.values import FIELDS, Reading, read_value

SUFFIXES = (".mapping.yml", ".mapping.yaml")
#: Other names under which a canonical field may be given.
ALIASES = {"salary": "pay", "salary_min": "pay_min", "salary_max": "pay_max", "stack": "skills"}
NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")


class MappingError(WagehouseError):
    """A mapping cannot be used; one line that names the file and what is wrong in it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Terms(_Strict):
    """What its owner allows. Nothing of a file enters a public release unless it is said here."""

    attribution: str = ""
    attribution_url: str = ""
    licence: str = ""
    may_show_listing: bool = False
    must_show_all: bool = False
    may_publish_aggregates: bool = False
    may_redistribute: bool = False
    retention_days: Annotated[int, Field(ge=1)] | None = None


def _unaliased(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    renamed = {ALIASES.get(name, name): column for name, column in value.items()}
    if len(renamed) != len(value):
        raise ValueError("a field is given under two names")
    return renamed


def _text(value: Any) -> Any:
    is_plain = isinstance(value, int | float | date) and not isinstance(value, bool)
    return str(value) if is_plain else value


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class Mapping(_Strict):
    """A mapping that can be used. Field names in `fields` and `constants` are canonical."""

    name: str
    files: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    origin: Literal["surveyed", "advertised", "estimated"] = "surveyed"
    snapshot: Literal["complete", "partial"] = "partial"
    key: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: str = "utf-8"
    decimal: Literal[".", ","] = "."
    date_format: str = "%Y-%m-%d"
    missing: tuple[str, ...] = ("", "NA", "N/A", "null", "None", "nan")
    fields: Annotated[dict[str, str], BeforeValidator(_unaliased)] = Field(
        validation_alias=AliasChoices("fields", "columns"), min_length=1
    )
    constants: Annotated[dict[str, str], BeforeValidator(_unaliased)] = Field(default_factory=dict)
    terms: Terms = Field(default_factory=Terms)

    @property
    def source(self) -> str:
        return f"file_{self.name}"

    @property
    def reading(self) -> Reading:
        return Reading(self.decimal, self.date_format)

    def serves(self, name: str) -> bool:
        """Whether the mapping's patterns name a file of that name."""
        return any(fnmatchcase(name, pattern) for pattern in self.files)

    @field_validator("name")
    @classmethod
    def _is_a_name(cls, value: str) -> str:
        if not NAME.fullmatch(value):
            raise ValueError("must be small letters, digits and underscores, letter first")
        return value

    @field_validator("delimiter")
    @classmethod
    def _is_a_delimiter(cls, value: str) -> str:
        if value in '"\r\n':
            raise ValueError("must not be a quote or a line end")
        return value

    @field_validator("encoding")
    @classmethod
    def _is_an_encoding(cls, value: str) -> str:
        try:
            codecs.lookup(value)
        except LookupError:
            raise ValueError(f"there is no encoding {value!r}") from None
        return value

    @field_validator("constants", "missing", mode="before")
    @classmethod
    def _as_texts(cls, value: Any) -> Any:
        # YAML reads `payments_year: 13` as a number and a day as a date.
        if isinstance(value, dict):
            return {name: _text(item) for name, item in value.items()}
        if isinstance(value, list):
            return [_text(item) for item in value]
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for name in [*self.fields, *self.constants]:
            if name not in FIELDS:
                raise ValueError(f"there is no field {name!r}; there are {', '.join(FIELDS)}")
        both = sorted(self.fields.keys() & self.constants.keys())
        if both:
            raise ValueError(f"{both[0]!r} stands in fields and in constants")
        if "pay" in self.fields and {"pay_min", "pay_max"} & self.fields.keys():
            raise ValueError("give pay, or pay_min and pay_max")
        for name, text in self.constants.items():
            value = read_value(name, text, self.reading)
            if value.problem:
                raise ValueError(f"constant {name}: {value.problem}")
        return self


def load_mapping(file: Path) -> Mapping:
    """The mapping in a file; raises MappingError."""
    try:
        content = yaml.safe_load(file.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        raise MappingError(f"{file.name} cannot be read: {error}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        what = getattr(error, "problem", None) or "it is no YAML"
        raise MappingError(f"{file.name} cannot be read{where}: {what}") from None
    if not isinstance(content, dict):
        raise MappingError(f"{file.name} must be a list of names and values, see its documentation")
    stem = next(file.name.removesuffix(end) for end in SUFFIXES if file.name.endswith(end))
    default = re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_")
    try:
        return Mapping.model_validate({"name": default, **content})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        what = first["msg"].removeprefix("Value error, ")
        raise MappingError(f"{file.name}: {where + ': ' if where else ''}{what}") from None
