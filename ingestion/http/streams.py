"""Records out of bytes that come in bit by bit: a line each, or the elements of one JSON array.

Memory holds one record and one chunk. ijson 3.6 is of no use here: at the first NaN, byte that is
no UTF-8, or deep nesting it gives up all that follows, and it hides repeated keys.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from ingestion.errors import NotJsonError
from ingestion.http.failures import problem
from ingestion.http.parsing import parse
from ingestion.http.transfer import BrokenOff
from ingestion.http.verdict import Answer
from ingestion.landing.canonical import Document

#: A record beyond this many bytes is not held.
LARGEST_RECORD = 32_000_000

_BLANK = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
#: All up to the next bracket or open string: within an element, and between two of them.
_WITHIN = re.compile(rb'[^"\[\]{}]*+(?:' + _STRING + rb'[^"\[\]{}]*+)*+', re.DOTALL)
_BETWEEN = re.compile(rb'[^"\[\]{},]*+(?:' + _STRING + rb'[^"\[\]{},]*+)*+', re.DOTALL)
_REST_OF_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Line:
    """One record of a stream. Either `document` is there or `problem` says why not."""

    #: From 1.
    number: int
    body: bytes
    document: Document | None
    problem: str | None = None


class Lines:
    """The records of one answer as they come in; iterate once.

    Where the answer breaks off it is asked for again, and its records come again from the first
    (landing knows those it has). After the last record `problem` says what is wrong with the
    answer as a whole, None when it came to its end; `answer` is what is known of it besides.
    """

    def __init__(
        self,
        ask: Callable[[], tuple[Answer, Iterator[bytes] | None]],
        tries: int,
        again: Callable[[], None],
    ) -> None:
        self._ask = ask
        self._tries = tries
        self._again = again
        self.answer: Answer | None = None
        self.problem: str | None = None

    def __iter__(self) -> Generator[Line]:
        """Raises SourceStopped when the source cannot go on."""
        for left in reversed(range(self._tries)):
            self.answer, chunks = self._ask()
            self.problem = self.answer.problem
            if chunks is None:
                return
            # Until the end has come the answer is not whole, whoever stops reading.
            self.problem = problem("truncated", "not read to its end")
            try:
                yield from records_in(chunks)
            except BrokenOff as broken:
                self.problem = problem(broken.code, broken.words)
                if left and broken.code != "too_large":
                    self._again()
            else:
                self.problem = None
                return
            finally:
                if isinstance(chunks, Generator):
                    chunks.close()


def records_in(chunks: Iterable[bytes]) -> Iterator[Line]:
    """The records of JSONL, or of a JSON array when it begins like one.

    What is no JSON is yielded with its problem and the others go on. Passes BrokenOff on, without
    the record that was cut short; raises it when an array has no end.
    """
    stream = iter(chunks)
    begun = b""
    for chunk in stream:
        begun += chunk
        start = begun.removeprefix(_BOM).lstrip(_BLANK)
        if start and not _BOM.startswith(begun):
            is_array = start.startswith(b"[")
            stream = chain([start[1:] if is_array else start], stream)
            pieces = _elements(stream) if is_array else _lines(stream)
            for number, piece in enumerate(pieces, 1):
                yield _parsed(number, piece)
            return


def _parsed(number: int, piece: bytes | None) -> Line:
    if piece is None:
        words = f"a record of more than {LARGEST_RECORD} bytes"
        return Line(number, b"", None, problem("too_long", words))
    try:
        return Line(number, piece, parse(piece))
    except NotJsonError as error:
        return Line(number, piece, None, problem("not_json", str(error)))


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes | None]:
    """Lines that are not blank; None for one that is too long to be held."""
    begun: list[bytes] = []
    size = 0
    for chunk in chunks:
        first, *others = chunk.split(b"\n")
        begun.append(first)
        size += len(first)
        if size > LARGEST_RECORD:
            begun.clear()
        for line in others:
            whole = None if size > LARGEST_RECORD else b"".join(begun).strip(_BLANK)
            if whole != b"":
                yield whole
            begun, size = [line], len(line)
    whole = None if size > LARGEST_RECORD else b"".join(begun).strip(_BLANK)
    if whole != b"":
        yield whole


def _elements(chunks: Iterator[bytes]) -> Iterator[bytes | None]:
    """The elements of a JSON array without its first bracket; None for one too long to be held."""
    buffer = b""
    # Where the element begins, how far the buffer has been looked at, how deep that is.
    begin = seen = depth = 0
    in_string = is_long = False
    for chunk in chunks:
        buffer, seen, begin = buffer[begin:] + chunk, seen - begin, 0
        while seen < len(buffer):
            if in_string:
                seen = _end(_REST_OF_STRING, buffer, seen)
                in_string = buffer[seen : seen + 1] != b'"'
                if in_string:
                    # At the end, or before a backslash that is the last byte.
                    break
                seen += 1
                continue
            seen = _end(_WITHIN if depth else _BETWEEN, buffer, seen)
            mark = buffer[seen : seen + 1]
            if not mark:
                break
            seen += 1
            in_string = mark == b'"'
            if mark in b"[{":
                depth += 1
            elif mark in b"]}" and depth:
                depth -= 1
            elif mark in b",]":
                piece = None if is_long else buffer[begin : seen - 1].strip(_BLANK)
                if mark == b"," or piece != b"":
                    yield piece
                begin, is_long = seen, False
                if mark == b"]":
                    rest = chain([buffer[seen:]], chunks)
                    after = b"".join(part.strip(_BLANK)[:80] for part in rest)
                    if after:
                        yield after[:80]
                    return
        if seen - begin > LARGEST_RECORD:
            is_long, begin = True, seen
    raise BrokenOff("truncated", "the array has no end")


def _end(pattern: re.Pattern[bytes], buffer: bytes, start: int) -> int:
    """Where what a pattern that matches everywhere takes from `start` on ends."""
    found = pattern.match(buffer, start)
    return found.end() if found else start
