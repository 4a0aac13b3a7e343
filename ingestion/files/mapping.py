"""The mapping of a dropped file: which column means what, and what may be done with it.

# inbox/salaries.mapping.yml, for inbox/salaries.csv
name: salaries            # the source becomes file_salaries; default: the file's name
files: "salaries_*.csv"   # only where one mapping serves several files
origin: surveyed          # surveyed (default), advertised, predicted or estimated
snapshot: complete        # complete: replaces the earlier file; partial (default): adds to it
key: [id]                 # columns that identify a row; default: the whole row
fields:                   # canonical field: column of the file
  title: Job Title
  pay: [Yearly, Hourly]   # the first that holds something; of skills, all together
  country: Place.country  # a part of a cell, or of a record of a JSON file
constants:                # canonical field: the same value in every row
  period: year
defaults:                 # canonical field: the value where the cell is empty
  currency: USD
values:                   # canonical field: what the file's own codes mean
  seniority: {SE: senior, MI: mid}
terms:                    # like those of a source
  attribution: Our own survey of 2025
  licence: internal
  may_publish_aggregates: false
# how the file is written; what is left out is found
delimiter: ","
encoding: utf-8
decimal: "."
header: 1                 # the line with the names of the columns
sheet: Data               # name or number of a spreadsheet's sheet; default: the first
records: data.items       # where the list of records stands in a JSON file
date_format: "%d.%m.%Y"   # one or several; default: ISO dates
separators: {skills: ","} # of list fields
missing: ["", "-1"]       # texts that mean that nothing is known
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
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
from ingestion.files.values import DATE_FORMATS, FIELDS, LISTS, SEPARATORS, Reading, read_value

SUFFIXES = (".mapping.yml", ".mapping.yaml")
#: Other names under which a canonical field may be given.
ALIASES = {"salary": "pay", "salary_min": "pay_min", "salary_max": "pay_max", "stack": "skills"}
NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
MISSING = ("", "NA", "N/A", "n/a", "null", "NULL", "None", "nan", "NaN", "-")


class _Loader(yaml.SafeLoader):
    """YAML in which only true and false are truth values: a column may be called `on`, and `NO` is
    Norway."""


_Loader.yaml_implicit_resolvers = {
    start: [(tag, pattern) for tag, pattern in found if not tag.endswith(":bool")]
    for start, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


class MappingError(WagehouseError):
    """A mapping cannot be used; one line that names the file and what is wrong in it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Terms(_Strict):
    """What its owner allows. Nothing of a file enters a public release unless it is said here."""

    name: str | None = None
    url: str | None = None
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


Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Columns = Annotated[dict[str, Texts], BeforeValidator(_unaliased)]
Constants = Annotated[dict[str, str], BeforeValidator(_unaliased)]


class Mapping(_Strict):
    """A mapping that can be used. Field names are canonical; column names as the file has them."""

    name: str
    files: Texts = ()
    origin: Literal["surveyed", "advertised", "predicted", "estimated"] = "surveyed"
    snapshot: Literal["complete", "partial"] = "partial"
    key: Texts = ()
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    encoding: str | None = None
    decimal: Literal[".", ","] = "."
    header: Annotated[int, Field(ge=1, le=1000)] = 1
    sheet: str | int | None = None
    records: str | None = None
    date_format: Texts = DATE_FORMATS
    separators: dict[str, Texts] = Field(default_factory=dict)
    missing: tuple[str, ...] = MISSING
    fields: Columns = Field(validation_alias=AliasChoices("fields", "columns"), min_length=1)
    constants: Constants = Field(default_factory=dict)
    defaults: Constants = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    terms: Terms = Field(default_factory=Terms)

    @property
    def source(self) -> str:
        return f"file_{self.name}"

    def reading(self, field: str) -> Reading:
        """How cells of a field are read."""
        return Reading(
            self.decimal,
            self.date_format,
            self.separators.get(field, SEPARATORS),
            {
                name: {text.casefold(): value for text, value in meant.items()}
                for name, meant in self.values.items()
            },
        )

    def serves(self, name: str) -> bool:
        """Whether the mapping's patterns name a file of that name."""
        return any(fnmatchcase(name, pattern) for pattern in self.files)

    def columns(self) -> list[str]:
        """Every column that is named, in order, each once."""
        named = [column for columns in self.fields.values() for column in columns]
        return list(dict.fromkeys([*named, *self.key]))

    def fits(self, columns: Iterable[str]) -> bool:
        """Whether a file with these columns has every one that is named."""
        known = set(columns)
        return all(resolve(column, known) is not None for column in self.columns())

    @field_validator("name")
    @classmethod
    def _is_a_name(cls, value: str) -> str:
        if not NAME.fullmatch(value):
            raise ValueError("must be small letters, digits and underscores, letter first")
        return value

    @field_validator("delimiter")
    @classmethod
    def _is_a_delimiter(cls, value: str | None) -> str | None:
        if value is not None and value in '"\r\n':
            raise ValueError("must not be a quote or a line end")
        return value

    @field_validator("encoding")
    @classmethod
    def _is_an_encoding(cls, value: str | None) -> str | None:
        try:
            if value is not None:
                codecs.lookup(value)
        except LookupError:
            raise ValueError(f"there is no encoding {value!r}") from None
        return value

    @field_validator("constants", "defaults", "missing", "values", mode="before")
    @classmethod
    def _as_texts(cls, value: Any) -> Any:
        # YAML reads `payments_year: 13` as a number and a day as a date.
        if isinstance(value, dict):
            return {_text(name): cls._as_texts(item) for name, item in value.items()}
        if isinstance(value, list):
            return [_text(item) for item in value]
        return _text(value)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        given = {*self.constants, *self.defaults, *self.values, *self.separators}
        for name in [*self.fields, *sorted(given)]:
            if name not in FIELDS:
                raise ValueError(f"there is no field {name!r}; there are {', '.join(FIELDS)}")
        both = sorted(self.fields.keys() & self.constants.keys())
        if both:
            raise ValueError(
                f"{both[0]!r} stands in fields and in constants (a value for empty cells goes "
                "under defaults)"
            )
        if "pay" in self.fields and {"pay_min", "pay_max"} & self.fields.keys():
            raise ValueError("give pay, or pay_min and pay_max")
        for name in self.separators:
            if name not in LISTS:
                raise ValueError(f"separators: {name!r} is no list")
        for what, texts in (("constant", self.constants), ("default", self.defaults)):
            for name, text in texts.items():
                value = read_value(name, text, self.reading(name))
                if value.problem:
                    raise ValueError(f"{what} {name}: {value.problem}")
        return self


def resolve(column: str, known: Iterable[str]) -> tuple[str, tuple[str, ...]] | None:
    """The column of a file that a mapping means, and the path within its cells; None without one.

    A dotted name is a column of that very name, else a part of the cells of its longest beginning.
    """
    names = set(known)
    spelled = " ".join(column.split())
    if spelled in names:
        return spelled, ()
    parts = spelled.split(".")
    for length in range(len(parts) - 1, 0, -1):
        start = ".".join(parts[:length])
        if start in names:
            return start, tuple(parts[length:])
    return None


def load_mapping(file: Path) -> Mapping:
    """The mapping in a file; raises MappingError."""
    try:
        if file.stat().st_size > 1_000_000:
            raise MappingError(f"{file.name} is larger than a mapping can be (1 MB)")
        content = yaml.load(file.read_text("utf-8-sig"), _Loader)
    except (OSError, ValueError) as error:
        raise MappingError(f"{file.name} cannot be read: {error}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        what = getattr(error, "problem", None) or "it is no YAML"
        raise MappingError(f"{file.name} cannot be read{where}: {what}") from None
    stem = next((file.name.removesuffix(end) for end in SUFFIXES if file.name.endswith(end)), None)
    return mapping_of(content, file.name, file.stem if stem is None else stem)


def mapping_of(content: Any, called: str, stem: str) -> Mapping:
    """A mapping from what a YAML file holds; `called` is how an error names it."""
    if not isinstance(content, dict):
        raise MappingError(f"{called} must be a list of names and values, see its documentation")
    try:
        return Mapping.model_validate({"name": name_of(stem), **content})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        what = first["msg"].removeprefix("Value error, ")
        raise MappingError(f"{called}: {where + ': ' if where else ''}{what}") from None


def name_of(stem: str) -> str:
    """A name for a mapping from the name of a file."""
    name = re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_")[:50] or "file"
    return name if name[0].isalpha() else f"file_{name}"
