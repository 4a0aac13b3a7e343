"""Whatever bytes a server sends: an answer, a problem of the table, or a named error."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ingestion.errors import AnswerUnusable, NotJsonError, SourceStopped
from ingestion.http import Answer, CountedPages
from ingestion.http.failures import failure
from ingestion.http.parsing import parse
from ingestion.landing.canonical import MOST_NESTED, canonical, fault, readable, show
from ingestion.settings import SourceSettings
from tests.simulator import ROOT, Simulator, faults, muse_api
from tests.unit.http.conftest import Asked, ids
from tests.unit.http.raw import RawServer, http

Ask = Callable[..., Asked]
FAST = SourceSettings(retries=0, timeout=1, concurrency=4)

HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "Content-Type",
            "Content-Length",
            "Content-Encoding",
            "Transfer-Encoding",
            "Content-Range",
            "Retry-After",
            "X-RateLimit-Remaining",
            "X-RateLimit-Reset",
            "X-RateLimit-Requests-Remaining",
            "Location",
            "Set-Cookie",
            "Link",
            "ETag",
        ]
    ),
    st.sampled_from(
        ["0", "-1", "9" * 30, "nan", "gzip", "chunked", "text/html", "//[", "é²", "a=b; x"]
    )
    | st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=20),
    max_size=3,
)
STATUS = st.sampled_from(
    ["200 OK", "204 No", "206 Part", "301 M", "304 N", "403 F", "429 T", "503 D"]
)
VALUE = st.recursive(
    st.none() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


class Speaker:
    """A server that sends what it was last told to."""

    sent = b""

    def __call__(self, connection: socket.socket, head: bytes) -> None:
        connection.sendall(self.sent)


@pytest.fixture
def speaker() -> Iterator[tuple[Speaker, str]]:
    speaker = Speaker()
    with RawServer(speaker) as server:
        yield speaker, server.url


def check(ask: Ask, url: str) -> None:
    """Ask in every way; only named errors are raised, only problems of the table are told."""
    told = ""
    asked = ask(url, FAST, success=frozenset({200, 204, 206}))
    try:
        for answer in (asked.client.get("x"), asked.client.get("x")):
            check_answer(answer)
        pages = CountedPages(cap=2, count_field="page_count")
        for answer in asked.client.pages("x", {}, pages, "results"):
            check_answer(answer)
        lines = asked.client.lines("x")
        for line in lines:
            assert line.problem is None or failure(line.problem.partition(":")[0])
        assert lines.problem is None or failure(lines.problem.partition(":")[0])
    except SourceStopped as stop:
        told = str(stop)
    finally:
        asked.client.close()
    assert "\n" not in told
    told.encode()


def check_answer(answer: Answer) -> None:
    readable(answer.body).encode()
    assert (answer.problem is None) == (answer.document is not None)
    if answer.document is not None:
        shown = show(answer.document.value)
        shown.encode()
        if fault(answer.document.value) is None:
            canonical(answer.document.value)
    else:
        assert answer.code is not None
        assert failure(answer.code)
        assert "\n" not in str(answer.problem)
        str(answer.problem).encode()
    with suppress(AnswerUnusable):
        answer.records("results")


FUZZ = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@FUZZ
@given(st.binary(max_size=200), STATUS, HEADERS)
@example(b"", "200 OK", {"Content-Length": "-1"})
@example(b"5\r\nabc", "200 OK", {"Transfer-Encoding": "chunked"})
@example(b"zz\r\nabc", "200 OK", {"Transfer-Encoding": "chunked"})
@example(b"{}", "429 T", {"Retry-After": "9" * 400})
@example(b"{}", "200 OK", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9" * 400})
@example(b"", "302 M", {"Location": "http://[::1"})
@example(b"", "302 M", {"Location": "http://\udcff\xff/"})
def test_any_head_and_body(
    ask: Ask, speaker: tuple[Speaker, str], body: bytes, status: str, headers: dict[str, str]
) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {status}\r\n{lines}Connection: close\r\n\r\n"
    speaker[0].sent = head.encode("latin-1", "replace") + body
    check(ask, speaker[1])


@FUZZ
@given(st.binary(max_size=80))
@example(b"HTTP/1.1 999 What\r\n\r\n")
@example(b"HTTP/1.1 -5 What\r\n\r\n")
@example(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n{}")
@example(b"HTTP/1.1 200 OK\r\nA: " + b"b" * 70_000 + b"\r\n\r\n{}")
@example(b"HTTP/1.1 200 OK\r\nno header\r\n\r\n{}")
def test_what_is_no_http(ask: Ask, speaker: tuple[Speaker, str], sent: bytes) -> None:
    speaker[0].sent = sent
    check(ask, speaker[1])


@FUZZ
@given(VALUE, st.integers(0, 30), st.sampled_from(["utf-8", "utf-16", "latin-1", "utf-8-sig"]))
def test_any_value_in_any_encoding_cut_anywhere(
    ask: Ask, speaker: tuple[Speaker, str], value: Any, lost: int, encoding: str
) -> None:
    body = json.dumps({"results": [value], "page_count": value}).encode(encoding, "replace")
    speaker[0].sent = http(body[: len(body) - lost])
    check(ask, speaker[1])


MEAN = [
    b'{"results": [{"id": 1, "text": "' + b"x" * 10_000_000 + b'"}]}',
    b'{"results": [' + b"[" * 200_000 + b"]" * 200_000 + b"]}",
    b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    b'{"results": [{"id": ' + b"1" * 10_000 + b"}]}",
    b'{"results": [1e999, -Infinity, NaN, {"a": 1, "a": 2}, "\\ud800", "\\u0000"]}',
    b'{"results": ["\xed\xa0\x80", "\xff\xfe", "\xc3"]}',
    b'{"page_count": 1e400, "results": {}}',
    b"\x00" * 1000,
    b"[" * 50,
    b"<" * 100_000,
    b'{"error": ' + b"[" * 500 + b"]" * 500 + b"}",
]


@pytest.mark.parametrize("number", range(len(MEAN)))
@pytest.mark.parametrize("status", ["200 OK", "429 Too Many", "500 Down"])
def test_mean_bodies(ask: Ask, speaker: tuple[Speaker, str], number: int, status: str) -> None:
    speaker[0].sent = http(MEAN[number], status)
    check(ask, speaker[1])


@pytest.mark.parametrize("suspect", [b"", b', "x": NaN', b', "a": 1'])
def test_what_is_as_deep_as_may_be_can_be_landed(suspect: bytes) -> None:
    """By functions that call themselves, from deep within a program."""
    opened = b'{"a": {"b": [' * (MOST_NESTED // 3)
    body = opened + b"1" + (b"]}" + suspect + b"}") * (MOST_NESTED // 3)

    def deeper(levels: int) -> None:
        if levels:
            deeper(levels - 1)
            return
        value = parse(body).value
        assert show(value)
        assert suspect or canonical(value, ["a.b.a"]).text
        assert bool(fault(value)) == bool(suspect)

    deeper(200)
    for mark in (b"[", b'{"a":'):
        end = b"]" if mark == b"[" else b"}"
        for levels in (255, 5_000, 100_000):
            with pytest.raises(NotJsonError):
                parse(mark * levels + b"1" + end * (levels - 1))
            document = parse(mark * levels + b'"]"' + end * levels)
            assert document.suspect
            assert fault(document.value) == "too_deep: nested deeper than 254 levels"
        parse(mark * 254 + b"1" + end * 254)
        parse(mark * 254 + b"NaN" + end * 254)


def test_slices_side_by_side_with_every_failure(ask: Ask) -> None:
    """Several threads, each its own walk; every record comes, none is another thread's."""
    jobs = [{"id": number, "categories": [{"name": f"c{number % 6}"}]} for number in range(600)]
    with Simulator(muse_api(jobs)) as api:
        for page, fault in enumerate(
            [faults.html(), faults.reset(), faults.truncated(), faults.rate_limited(1, 429)]
        ):
            for category in range(6):
                api.fail(fault, page=page, category=f"c{category}")
        asked = ask(api.url + ROOT, SourceSettings(concurrency=3, retries=4))
        found: dict[int, list[int]] = {}

        def take(category: int) -> None:
            found[category] = ids(asked.walk(category=f"c{category}"))

        threads = [threading.Thread(target=take, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == {n: [job for job in range(600) if job % 6 == n] for n in range(6)}
    assert (asked.counts.requests, asked.counts.retries, asked.counts.errors) == (54, 24, 0)


def test_no_more_at_once_than_is_set(ask: Ask) -> None:
    now, most, lock = [0], [0], threading.Lock()

    def speak(connection: socket.socket, head: bytes) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        threading.Event().wait(0.05)
        with lock:
            now[0] -= 1
        connection.sendall(http(b"{}"))

    with RawServer(speak) as server:
        client = ask(server.url, SourceSettings(concurrency=2)).client
        threads = [threading.Thread(target=client.get, args=("x",)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most[0] == 2


@pytest.mark.parametrize(
    ("mean", "reason"),
    [
        (b"[" * 300 + b'"\xc3\xa9]"' + b"]" * 300, "too_deep: nested deeper than 254 levels"),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "too_deep: nested deeper than 254 levels"),
        (b"9" * 5_000, "not_a_number: " + "9" * 40),
        (b"-" + b"1" * 5_000, "not_a_number: -" + "1" * 39),
    ],
)
def test_what_cannot_be_stored_costs_no_other_record(mean: bytes, reason: str) -> None:
    body = b'{"results": [{"id": 1}, {"id": 2, "x": ' + mean + b'}, {"id": 3}]}'
    document = parse(body)
    first, bad, last = document.value["results"]
    assert document.suspect
    assert [fault(first), fault(bad), fault(last)] == [None, reason, None]
    assert (first, last) == ({"id": 1}, {"id": 3})
    shown = show(bad)
    assert shown.startswith('{"id":2,"x":' if " " not in shown[:12] else '{"id": 2')
    assert mean.decode() in shown
