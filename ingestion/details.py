"""Details that cost a request a record: asked once for each that is new or has changed.

The endpoint declares what they add as volatile, so a record that was listed before and is listed
again unchanged is known by what the list says of it, and nothing is asked for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ingestion.http import Answer, ApiClient, Keep
from ingestion.landing.canonical import fault

if TYPE_CHECKING:
    from ingestion.harvest import Shape
    from ingestion.landing import SliceWriter

logger = logging.getLogger(__name__)

#: What stands in a record whose details could not be had. It is not volatile: the record is asked
#: for again by the next run.
PROBLEM = "details_problem"
#: Failures in a row after which a run asks for no more details.
FAILURES = 3
#: Long enough for a run that was cut short to be gone on with.
KEPT = timedelta(days=2)


@dataclass(slots=True)
class Details:
    """Asks for details and puts them into records.

    path: of a record's details, None where it has none to be asked for. merge: puts a detail into
    its record. stamp: field by which a detail tells which state of the record it is of, in both.
    drop: what never lands, as paths of the detail.
    """

    client: ApiClient
    path: Callable[[Mapping[str, Any]], str | None]
    merge: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]
    stamp: str
    params: Mapping[str, Any] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    #: Details that could not be had, and how many of them in a row.
    missed: int = 0
    in_a_row: int = 0

    def of(self, writer: SliceWriter) -> Shape:
        """Completes the records of a slice. Raises SourceStopped when the source cannot go on."""

        def complete(record: dict[str, Any]) -> tuple[dict[str, Any], str]:
            path = self.path(record)
            if path is None or not writer.is_new(record):
                return record, ""
            if self.in_a_row >= FAILURES:
                return self._without(record, "not asked: the source gives none now"), ""
            answer = self._ask(path, record)
            problem = answer.problem or _problem(answer)
            if problem is not None:
                # What is gone by now says nothing of the others.
                self.in_a_row += answer.status != 404
                return self._without(record, problem), ""
            self.in_a_row = 0
            return self.merge(record, answer.usable().value), ""

        return complete

    def _ask(self, path: str, record: Mapping[str, Any]) -> Answer:
        answer = self.client.get(path, self.params, keep=Keep(KEPT, "", self.drop))
        if answer.kept_at is not None and answer.document is not None:
            value = answer.document.value
            told = value.get(self.stamp) if isinstance(value, dict) else None
            if told is None or told != record.get(self.stamp):
                # Kept before the record changed.
                return self.client.get(path, self.params)
        return answer

    def _without(self, record: dict[str, Any], problem: str) -> dict[str, Any]:
        self.missed += 1
        logger.info("details are missing: %s", problem)
        return {**record, PROBLEM: problem}


def _problem(answer: Answer) -> str | None:
    value = answer.usable().value
    if not isinstance(value, dict):
        return f"type_changed: details are {type(value).__name__}, not an object"
    return fault(value) if answer.usable().suspect else None
