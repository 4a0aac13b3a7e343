"""The judgement of one answer, and the answer as sources get it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from requests.structures import CaseInsensitiveDict

from ingestion.errors import EnvelopeChanged, NotJsonError
from ingestion.http.failures import Failure, error_of, failure, problem
from ingestion.http.parsing import parse
from ingestion.http.redaction import redact
from ingestion.landing.canonical import Document

#: What an answer without a body holds, where that is right (204).
NOTHING = Document({}, suspect=False)


@dataclass(slots=True)
class Verdict:
    """The judgement of one answer. No `code`: `document` holds the parsed body.

    A source's `judge` hook gets it after the general judgement, with or without a failure, and may
    refine it by `fail` and `accept`.
    """

    status: int | None = None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=CaseInsensitiveDict)
    document: Document | None = None
    #: Code and words of the failure, see `failures.TABLE`.
    code: str | None = None
    words: str = ""
    #: Seconds that the source asks us to wait.
    wait: float | None = None
    #: When the answer came, where it comes from the cache.
    kept_at: datetime | None = None
    #: The body of an answer that is read as it comes in.
    chunks: Iterator[bytes] | None = None

    def fail(self, code: str, words: str, wait: float | None = None) -> None:
        """Judge the answer to be unusable. `code` must stand in the table of failures."""
        failure(code)
        self.code, self.words, self.document = code, redact(words), None
        if wait is not None:
            self.wait = wait

    def accept(self, document: Document | None = None) -> None:
        """Judge the answer to be right; without a document, the parsed body is it.

        Raises NotJsonError when the body is none.
        """
        self.document = document or parse(self.body)
        self.code, self.words, self.wait = None, "", None

    @property
    def failure(self) -> Failure | None:
        return None if self.code is None else failure(self.code)

    @property
    def problem(self) -> str | None:
        return None if self.code is None else problem(self.code, self.words)

    @property
    def value(self) -> Any:
        """The JSON value of the body, also of an error's; None when it holds none."""
        if self.document is None:
            try:
                return parse(self.body).value
            except NotJsonError:
                return None
        return self.document.value

    def expect(self, path: str, kind: type = list) -> None:
        """Fail with `type_changed` unless a `kind` stands at the dotted path of the document."""
        if self.document is not None:
            found = at(self.document.value, path)
            if not isinstance(found, kind):
                self.fail("type_changed", changed(path, found, kind))


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. Either `document` is there or `problem` says why not."""

    #: What was asked for, without secrets.
    request: dict[str, Any]
    status: int | None
    body: bytes
    document: Document | None
    problem: str | None
    headers: Mapping[str, str]
    #: Path of what was asked for, below the host.
    path: str = ""
    #: When it came, where it was answered from the cache; None: now.
    kept_at: datetime | None = None

    @property
    def code(self) -> str | None:
        """The code of the problem."""
        return None if self.problem is None else self.problem.partition(":")[0]

    def usable(self) -> Document:
        """The document. Raises the AnswerUnusable that the problem stands for."""
        if self.document is None:
            raise error_of(self.problem or problem("empty_body", "the answer holds nothing"))
        return self.document

    def records(self, path: str = "") -> list[Any]:
        """The list at a dotted path of the document; of a 204, an empty one.

        Raises the AnswerUnusable that the problem stands for, EnvelopeChanged if it is no list.
        """
        if self.usable() is NOTHING:
            return []
        found = at(self.usable().value, path)
        if not isinstance(found, list):
            raise EnvelopeChanged(problem("type_changed", changed(path, found, list)))
        return found


def at(value: Any, path: str) -> Any:
    """What stands at a dotted path of a value, None when nothing does; "" is the value itself."""
    for name in path.split(".") if path else ():
        value = value.get(name) if isinstance(value, dict) else None
    return value


def changed(path: str, found: Any, kind: type) -> str:
    article = "an" if kind.__name__[0] in "aeiou" else "a"
    return f"{path or 'the body'} is {type(found).__name__}, not {article} {kind.__name__}"


def whole(value: Any) -> int | None:
    """A whole number of at most 18 digits, also where the source sends it as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18:
        return int(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        return value
    return None
