"""What sources share that are made of employers' own boards: the list of them, a scope each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from pydantic import field_validator
from pydantic_settings import NoDecode

from ingestion.landing import Slice
from ingestion.search import Search
from ingestion.settings import SourceSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingestion.collection import Collection
    from ingestion.http import Answer
    from ingestion.landing import SliceWriter


#: Names of boards: a JSON list, or with commas between.
Boards = Annotated[tuple[str, ...], NoDecode]


class BoardSettings(SourceSettings):
    """Settings of a source of boards."""

    boards: Boards = ()

    @field_validator("boards", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        if isinstance(value, str):
            text = value.strip()
            try:
                value = json.loads(text) if text.startswith("[") else text.split(",")
            except ValueError:
                raise ValueError("it is neither a JSON list nor names with commas") from None
        return value

    @field_validator("boards")
    @classmethod
    def _named(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        names = dict.fromkeys(name.strip() for name in value if name.strip())
        for name in names:
            if len(name) > 200 or not name.isprintable() or set(name) & set("/?#\\"):
                raise ValueError("a board is the name in its address, as in .../boards/<name>/jobs")
        return tuple(names)


@dataclass(frozen=True, slots=True)
class Target:
    """One board, or what is searched for on it. params: as they are sent."""

    board: str
    search: Search
    params: Mapping[str, str]

    @property
    def scope(self) -> str:
        return ",".join(
            [self.board, *(f"{name}={value}" for name, value in sorted(self.params.items()))]
        )

    @property
    def path(self) -> str:
        """The board as a step of an address."""
        return quote(self.board, safe="")

    @property
    def asked(self) -> dict[str, str]:
        """What stands in the request of each row beside what was sent."""
        return {"board": self.board}


def targets(collection: Collection, parameters: Mapping[str, str]) -> dict[str, Target]:
    """What is to be fetched, by scope: every board, or those that the searches name.

    parameters: fields of a search besides `company` (the board), and the parameters they are.
    """
    config = collection.config
    if not isinstance(config, BoardSettings):
        raise TypeError(f"{type(config).__name__} are not the settings of a source of boards")
    found = {}
    for search in collection.searches or (Search(),):
        params = {
            parameter: str(value)
            for name, parameter in parameters.items()
            if (value := getattr(search, name)) is not None
        }
        for board in (search.company,) if search.company else config.boards:
            target = Target(board, search, params)
            found[target.scope] = target
    if not found:
        name = collection.spec.name.upper()
        collection.say(f"{collection.spec.title}: no board is named in SOURCES__{name}__BOARDS")
    return found


def slices(found: Iterable[Target]) -> list[Slice]:
    return [
        Slice("jobs", target.scope, request={"board": target.board, **target.params})
        for target in found
    ]


def walk_boards(
    collection: Collection,
    found: Mapping[str, Target],
    take: Callable[[SliceWriter, Target], None],
) -> None:
    """Fetch every target by `take`. Raises SourceStopped when the source cannot go on."""
    collection.walk(slices(found.values()), lambda writer: take(writer, found[writer.slice.scope]))


def missing(answer: Answer, target: Target) -> str | None:
    """What is wrong where there is no such board; the body of that answer is nothing to keep."""
    if answer.status not in (404, 410):
        return None
    return f"status_{answer.status}: there is no board {target.board!r} (any more)"
