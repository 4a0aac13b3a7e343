"""The table of failures: every code that can come up is in it, and every row comes up."""

from __future__ import annotations

import ast
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

import ingestion.http
from ingestion.errors import AnswerUnusable, SourceStopped
from ingestion.http import ClientCredentials, Verdict
from ingestion.http.failures import TABLE, Strategy, error_of, failure, markdown, problem
from ingestion.settings import SourceSettings
from tests.unit.http.conftest import Asked, Clock
from tests.unit.http.raw import RawServer, Speak, http

QUICK = SourceSettings(retries=0, timeout=0.3)
Ask = Callable[..., Asked]


def _slowly(connection: socket.socket, head: bytes) -> None:
    connection.sendall(http(b"{", Content_Length="9"))
    time.sleep(1)


def _silent(connection: socket.socket, head: bytes) -> None:
    time.sleep(1)


def _refuse_status(verdict: Verdict) -> None:
    if verdict.value["status"] != "OK":
        verdict.fail("not_ok", verdict.value["error"]["message"])


#: What is sent, by the code that comes of it.
SENT: Mapping[str, Speak | bytes] = {
    "timeout": _silent,
    "connection_lost": b"",
    "slow": _slowly,
    "truncated": http(b'{"a"', Content_Length="99"),
    "undecodable": http(b"no gzip", Content_Encoding="gzip"),
    "too_large": http(b'"' + b"x" * 200_000 + b'"'),
    "redirected": http(b"", "302 Found", Location="http://elsewhere.example/?key=1"),
    "status_2xx": http(b"", "202 Accepted"),
    "status_400": http(b'{"message": "no such range"}', "400 Bad Request"),
    "status_401": http(b"", "401 Unauthorized"),
    "status_403": http(b"", "403 Forbidden"),
    "status_404": http(b"", "404 Not Found"),
    "status_408": http(b"", "408 Request Timeout"),
    "status_410": http(b"", "410 Gone"),
    "status_425": http(b"", "425 Too Early"),
    "status_4xx": http(b"", "422 Unprocessable"),
    "status_5xx": http(b"", "502 Bad Gateway"),
    "rate_limited": http(b"slow down", "429 Too Many", Content_Type="text/plain"),
    "quota_spent": http(b'{"message": "You have exceeded the MONTHLY quota"}', "429 Too Many"),
    "blocked": http(b"<html><title>Just a moment...</title>", Content_Type="text/html"),
    "html": http(b"<html><title>Service</title>", Content_Type="text/html"),
    "empty_body": http(b"  "),
    "not_json": http(b"{nope}"),
    "type_changed": http(b'{"results": {}}'),
    "not_ok": http(b'{"status": "ERROR", "error": {"message": "try later"}}'),
}
JUDGES: Mapping[str, Callable[[Verdict], None]] = {
    "type_changed": lambda verdict: verdict.expect("results"),
    "not_ok": _refuse_status,
}


def _problem(ask: Callable[[], Any]) -> str:
    """What comes of asking: the problem of the answer or the text of the error."""
    try:
        answer = ask()
    except SourceStopped as stop:
        return str(stop)
    return str(answer.problem)


@pytest.mark.parametrize("code", SENT)
def test_each_code_of_an_answer(ask: Ask, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.http.transfer.LARGEST_BODY", 100_000)
    with RawServer(SENT[code]) as server:
        asked = ask(server.url, QUICK, judge=JUDGES.get(code))
        _has_code(code, _problem(lambda: asked.client.get("x")))
        assert len(server.heads) == 1
    assert asked.counts.errors == 1


def test_each_code_without_a_connection(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    for code, url in {
        "no_network": "http://no-such-host.invalid",
        "unreachable": "http://127.0.0.1:9",
    }.items():
        _has_code(code, _problem(lambda url=url: ask(url, QUICK).client.get("x")))  # type: ignore[misc]
    with RawServer(b"this is no TLS", speaks_first=True) as server:
        url = server.url.replace("http:", "https:")
        _has_code("tls", _problem(lambda: ask(url, QUICK).client.get("x")))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    _has_code("proxy", _problem(lambda: ask("http://api.example", QUICK).client.get("x")))


def test_each_code_of_a_quota(ask: Ask) -> None:
    with RawServer(http(b"{}")) as server:
        asked = ask(server.url, SourceSettings(max_wait=1), ((1, 3600),))
        assert asked.client.get("x").problem is None
        _has_code("quota", _problem(lambda: asked.client.get("x")))


def test_each_code_of_a_token(ask: Ask, clock: Clock) -> None:
    page = http(b"<html>", "409 Conflict", Content_Type="text/html")
    for code, sent in {"token_refused": page, "token_failed": http(b"", "503 Down")}.items():
        with RawServer(sent) as server, requests.Session() as session:
            auth = ClientCredentials(
                server.url, "id", "secret", tries=1, session=session, sleep=clock.sleep
            )
            asked = ask("http://127.0.0.1:9", QUICK, auth=auth)
            _has_code(code, _problem(lambda asked=asked: asked.client.get("x")))  # type: ignore[misc]


def test_each_code_of_a_line(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.http.streams.LARGEST_RECORD", 10)
    with RawServer(http(b'{"a": 1}\n{"a": "and more"}\n2\n')) as server:
        lines = list(ask(server.url, QUICK).client.lines("x"))
        assert [line.problem is None for line in lines] == [True, False, True]
        _has_code("too_long", str(lines[1].problem))


#: Codes that come up in the tests above beside those of SENT.
OTHERS = frozenset(
    {"no_network", "unreachable", "tls", "proxy", "quota", "token_refused", "token_failed"}
    | {"too_long"}
)


def _has_code(code: str, text: str) -> None:
    """The text is of the row of that code, in one line, and its error is the row's."""
    found, _, words = text.partition(": ")
    row = failure(code)
    assert failure(found) is row, text
    assert words
    assert "\n" not in text
    assert isinstance(error_of(text), row.error)


def test_each_row_comes_up() -> None:
    """What the tests above do not bring about is no row."""
    assert {row.code for row in TABLE} == SENT.keys() | OTHERS


def test_each_code_in_the_code_is_in_the_table() -> None:
    """Also what no test brings about: the first argument of whatever makes a problem."""
    found = set()
    for path in Path(ingestion.http.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                first = node.args[0]
                if name in ("fail", "problem", "BrokenOff") and isinstance(first, ast.Constant):
                    found.add(str(first.value))
    assert len(found) > 10
    for code in found:
        assert failure(code)


def test_a_code_that_is_in_no_row_is_a_bug() -> None:
    for make in (lambda: problem("odd", "words"), lambda: Verdict().fail("odd", "words")):
        with pytest.raises(KeyError):
            make()


def test_what_is_done_fits_the_error() -> None:
    codes = [row.code for row in TABLE]
    assert len(set(codes)) == len(codes)
    for row in TABLE:
        stops = row.then is Strategy.STOP
        assert issubclass(row.error, SourceStopped if stops else AnswerUnusable), row.code
        assert row.then in (Strategy.SKIP, Strategy.STOP)
        assert row.first is row.then or row.is_retried


def test_the_documentation_shows_every_row() -> None:
    head, rule, *rows = markdown().splitlines()
    assert head.count("|") == rule.count("|") == 6
    assert len(rows) == len(TABLE)
    assert rows[TABLE.index(failure("html"))] == (
        "| `html` | `NotJsonError` | ask again | skip the slice "
        "| `html: text/html instead of JSON: <title>` |"
    )
