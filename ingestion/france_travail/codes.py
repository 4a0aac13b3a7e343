"""The référentiels: landed as records, and looked up where a search names what has a code."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ingestion.errors import AnswerUnusable, SourceStopped
from ingestion.http import ApiClient
from ingestion.http.verdict import NOTHING
from ingestion.landing.canonical import fault, readable

if TYPE_CHECKING:
    from ingestion.collection import Collection
    from ingestion.landing import SliceWriter

REFERENTIALS = (
    "appellations",
    "nafs",
    "communes",
    "continents",
    "departements",
    "domaines",
    "langues",
    "metiers",
    "naturesContrats",
    "niveauxFormations",
    "pays",
    "permis",
    "regions",
    "secteursActivites",
    "themes",
    "typesContrats",
)
#: They change a few times a year.
REFERENTIALS_FOR = timedelta(days=7)
PATH = "v2/referentiel/"
_APART = re.compile(r"[^0-9a-z]+")


def fold(text: str) -> str:
    """Without case, accents and punctuation, so that `Île-de-France` is `ile de france`."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in apart if not unicodedata.combining(char))
    return _APART.sub(" ", plain).strip()


class Codes:
    """The référentiels of one collection, each asked for when it is first needed."""

    def __init__(self, collection: Collection, client: ApiClient) -> None:
        self._keep = collection.keep("referentials")
        self._client = client
        self._lock = threading.Lock()
        self._items: dict[str, list[dict[str, Any]]] = {}

    def land(self, writer: SliceWriter) -> None:
        """Take a référentiel, the scope of the slice: a record a code, its key `<name>:<code>`."""
        name = writer.slice.scope
        answer = self._client.get(PATH + name, keep=self._keep)
        request = {**answer.request, "referential": name}
        if answer.document is NOTHING:
            return
        try:
            items = answer.records()
        except AnswerUnusable as unusable:
            writer.reject(readable(answer.body), str(unusable), request)
            raise
        suspect = answer.usable().suspect
        for item in items:
            if not isinstance(item, dict) or (suspect and fault(item) is not None):
                writer.record(item, request, suspect=suspect)
                continue
            code = item.get("code")
            is_code = isinstance(code, str | int) and not isinstance(code, bool)
            key = f"{name}:{code}" if is_code and str(code).strip() else ""
            writer.record({**item, "referential": name}, request, suspect=suspect, key=key)

    def items(self, name: str) -> list[dict[str, Any]]:
        """What a référentiel holds. Raises SourceStopped where it cannot be had."""
        with self._lock:
            if name not in self._items:
                try:
                    found = self._client.get(PATH + name, keep=self._keep).records()
                except AnswerUnusable as unusable:
                    raise SourceStopped(f"{unusable} (référentiel {name})") from unusable
                self._items[name] = [item for item in found if isinstance(item, dict)]
            return self._items[name]

    def values(self, name: str) -> list[str]:
        """The codes of a référentiel, each once, in its order."""
        codes = (item.get("code") for item in self.items(name))
        return list(dict.fromkeys(code for code in codes if isinstance(code, str)))

    def by_name(self, name: str, label: str, field: str = "libelle") -> list[str]:
        """The codes of a référentiel whose label is this one: of towns there are several."""
        wanted = fold(label)
        found = (str(item["code"]) for item in self.items(name) if _is(item, field, wanted))
        return list(dict.fromkeys(found))


def _is(item: Mapping[str, Any], field: str, wanted: str) -> bool:
    value = item.get(field)
    return isinstance(value, str) and isinstance(item.get("code"), str) and fold(value) == wanted
