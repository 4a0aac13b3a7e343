"""Answers that are read as they come in: JSONL, and one JSON array of any size."""

from __future__ import annotations

import json
import socket
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingestion.demo.server import Answer as Sent
from ingestion.demo.server import Loopback
from ingestion.errors import AccessRefused
from ingestion.http import records_in
from ingestion.http.transfer import BrokenOff
from ingestion.settings import SourceSettings
from tests.unit.http.conftest import Asked
from tests.unit.http.raw import RawServer, http

Ask = Callable[..., Asked]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def cut(body: bytes, sizes: Iterator[int]) -> Iterator[bytes]:
    start = 0
    while start < len(body):
        size = next(sizes)
        yield body[start : start + size]
        start += size


def values(chunks: Iterator[bytes]) -> list[Any]:
    lines = list(records_in(chunks))
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    assert all(line.problem is None for line in lines)
    return [line.document.value for line in lines if line.document is not None]


@given(st.lists(JSON, max_size=6), st.lists(st.integers(1, 9), min_size=1), st.booleans())
@example([{'"]},\\': ["\\", '"', "[{", "\\\\"]}, [], {}, "", None], [1], True)
def test_every_record_comes_however_the_bytes_are_cut(
    records: list[Any], sizes: list[int], pretty: bool
) -> None:
    def endless() -> Iterator[int]:
        while True:
            yield from sizes

    array = json.dumps(records, indent=2 if pretty else None, ensure_ascii=pretty)
    assert values(cut(b"\xef\xbb\xbf " + array.encode(), endless())) == records
    if records and not isinstance(records[0], list):
        lines = "\r\n".join(json.dumps(record) for record in records) + "\n\n"
        assert values(cut(lines.encode(), endless())) == records


@given(st.binary(max_size=60), st.integers(1, 7), st.booleans())
@example(b"\xef", 1, False)
@example(b"{}]", 1, True)
@example(b'"\\', 1, True)
def test_no_bytes_are_an_error(body: bytes, size: int, array: bool) -> None:
    chunks = cut((b"[" if array else b"") + body, iter(lambda: size, 0))
    with suppress(BrokenOff):
        for line in records_in(chunks):
            assert (line.document is None) == (line.problem is not None)


def test_one_bad_record_costs_no_other() -> None:
    bad = [b'{"a": NaN}', b'{"a": 1, "a": 2}', b'"\xff"', b"nope", b'"\\ud800\\u0000"', b"1" * 5000]
    deep = b"[" * 100_000 + b"]" * 100_000
    good = [b'{"id": %d}' % number for number in range(7)]
    mixed = [part for pair in zip(good, [*bad, deep], strict=True) for part in pair]
    for body in (b"[" + b",\n".join(mixed) + b"]", b"\n".join(mixed)):
        lines = list(records_in(cut(body, iter(lambda: 65_536, 0))))
        assert len(lines) == len(mixed)
        found = [line.document.value for line in lines[::2] if line.document is not None]
        assert found == [{"id": number} for number in range(7)]
        problems = [line.problem is not None for line in lines[1::2]]
        assert problems == [False] * 3 + [True] + [False] * 3
        suspects = [line.document.suspect for line in lines[1::2] if line.document is not None]
        assert suspects == [True, True, True, False, True, True]


def test_memory_is_flat_and_a_record_without_end_is_not_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record = b'{"id": 1, "text": "' + b"x" * 3_000 + b'"}'

    def body(before: bytes, between: bytes, after: bytes) -> Iterator[bytes]:
        yield before
        for _ in range(600):
            yield between.join([record] * 20) + between
        yield after

    endless = b'"' + b"y" * 5_000_000 + b'"'
    monkeypatch.setattr("ingestion.http.streams.LARGEST_RECORD", 1_000_000)
    for chunks in (
        body(b"[", b",", endless + b",1]"),
        body(b"", b"\n", b"\n" + endless + b"\n1"),
    ):
        tracemalloc.start()
        problems = [line.problem for line in records_in(_small(chunks))]
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(problems) == 12_002
        assert [problem for problem in problems if problem] == [
            "too_long: a record of more than 1000000 bytes"
        ]
        assert peak < 6_000_000, "of 41 MB"


def _small(chunks: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        yield from cut(chunk, iter(lambda: 65_536, 0))


def test_lines_over_http(ask: Ask) -> None:
    body = b"".join(b'{"id": %d}\n' % number for number in range(5_000))
    with Loopback(lambda request: Sent(200, body, "application/jsonl")) as server:
        asked = ask(server.url)
        lines = asked.client.lines(
            "stream", {"since": "x"}, headers={"Accept": "application/jsonl"}
        )
        assert sum(line.document is not None for line in lines) == 5_000
        assert (lines.problem, asked.counts.requests) == (None, 1)
        assert lines.answer is not None
        assert lines.answer.request == {"since": "x"}


def test_status_and_type_are_judged_before_the_first_line(ask: Ask) -> None:
    page = Sent(200, b"<html>\n<title>Busy</title>\n", "text/html")
    sent = iter([page, Sent(503, b"\n\n"), Sent(200, b"1\n2\n")])
    with Loopback(lambda request: next(sent)) as server:
        asked = ask(server.url)
        assert [line.body for line in asked.client.lines("x")] == [b"1", b"2"]
        assert asked.counts.retries == 2
    with Loopback(lambda request: page) as server:
        lines = ask(server.url).client.lines("x")
        assert list(lines) == []
        assert lines.problem == "html: text/html instead of JSON: Busy"
    with Loopback(lambda request: Sent(401, b"")) as server, pytest.raises(AccessRefused):
        list(ask(server.url).client.lines("x"))


@pytest.mark.parametrize("whole", [b'[{"id": 1}, {"id": 2}]', b'{"id": 1}\n{"id": 2}\n'])
def test_a_stream_that_breaks_off_is_asked_for_again(ask: Ask, whole: bytes) -> None:
    times = count()

    def once(connection: socket.socket, head: bytes) -> None:
        broken = next(times) == 0
        sent = http(whole, Content_Length=str(len(whole)))
        connection.sendall(sent[:-3] if broken else sent)

    with RawServer(once) as server:
        asked = ask(server.url)
        lines = asked.client.lines("x")
        found = [line.document.value["id"] for line in lines if line.document is not None]
        assert found == [1, 1, 2]
        assert lines.problem is None
        assert (asked.counts.requests, asked.counts.retries) == (2, 1)
    with RawServer(http(whole, Content_Length="999")) as server:
        lines = ask(server.url, SourceSettings(retries=1)).client.lines("x")
        assert len(list(lines)) in (2, 4)
        assert (lines.problem or "").startswith("truncated: ")


def test_a_stream_that_is_left_is_not_whole(ask: Ask) -> None:
    with Loopback(lambda request: Sent(200, b"1\n2\n3\n")) as server:
        lines = ask(server.url).client.lines("x")
        for _ in lines:
            break
        assert lines.problem == "truncated: not read to its end"


def test_a_file_is_there_when_it_is_whole(ask: Ask, tmp_path: Path) -> None:
    body = bytes(range(256)) * 1_000
    to = tmp_path / "year.zip"
    sent = iter([http(body, Content_Length="999999"), http(body)])

    def speak(connection: socket.socket, head: bytes) -> None:
        connection.sendall(next(sent))

    with RawServer(speak) as server:
        answer = ask(server.url).client.download("year.zip", to)
    assert (answer.problem, answer.status) == (None, 200)
    assert to.read_bytes() == body
    with RawServer(http(body, Content_Length="999999")) as server:
        gone = tmp_path / "other.zip"
        answer = ask(server.url).client.download("other.zip", gone)
        assert answer.code == "truncated"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["year.zip"]
