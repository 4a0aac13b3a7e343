"""Answers are judged by status and content type before anything of them is parsed."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.errors import (
    Blocked,
    EnvelopeChanged,
    NotThere,
    QuotaSpent,
    RateLimited,
    SourceStopped,
)
from ingestion.http import Answer, Verdict
from ingestion.http.judging import LONGEST_WAIT, error_words, is_block_page, seconds
from ingestion.settings import SourceSettings
from tests.unit.http.conftest import START, Asked
from tests.unit.http.raw import RawServer, http

Ask = Callable[..., Asked]
ONCE = SourceSettings(retries=0, timeout=2)
FRANCE = frozenset({200, 204, 206})


def get(ask: Ask, sent: bytes, config: SourceSettings = ONCE, **options: object) -> Answer:
    with RawServer(sent) as server:
        return ask(server.url, config, **options).client.get("x")


def test_a_part_and_nothing_are_successes_where_the_source_says_so(ask: Ask) -> None:
    part = http(b'{"resultats": [1]}', "206 Partial", Content_Range="offres 0-0/9")
    answer = get(ask, part, success=FRANCE)
    assert answer.records("resultats") == [1]
    assert answer.headers["content-range"] == "offres 0-0/9"
    nothing = get(ask, http(b"", "204 No Content", Content_Range="*/0"), success=FRANCE)
    assert (nothing.problem, nothing.status) == (None, 204)
    assert nothing.records("resultats") == []
    assert get(ask, part).code == "status_206"
    assert get(ask, http(b"", "204 No Content")).code == "status_204"


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        (
            http(b"Quota \xe9puis\xe9\n", "400 Bad", Content_Type="text/plain"),
            "Quota \\xe9puis\\xe9",
        ),
        (
            http(b"<title>Bad\n &amp; worse</title>", "400 Bad", Content_Type="text/html"),
            "Bad & worse",
        ),
        (http(b'{"display": "No", "exception": "X"}', "400 Bad"), "No"),
        (http(b'{"error": {"code": 7, "message": "Deep"}}', "400 Bad"), "Deep"),
        (http(b'[{"error": "stub"}]', "400 Bad"), "stub"),
        (http(b'{"error": "\\ud800\\u0000x"}', "400 Bad"), "\ufffd\ufffdx"),
        (http(b"", "400 Bad thing"), "Bad thing"),
    ],
)
def test_the_words_of_an_error(ask: Ask, sent: bytes, problem: str) -> None:
    assert get(ask, sent).problem == f"status_400: {problem}"


@pytest.mark.parametrize("status", ["200 OK", "503 Down", "404 Not Found"])
@pytest.mark.parametrize(
    "page",
    [
        b"<html><title>Just a moment...</title><script src=/cdn-cgi/challenge-platform/x>",
        b"<!DOCTYPE html><head><title>Access</title><script>var dd={'host':'geo.captcha-delivery'}",
        b"<html><body>Our systems have detected unusual traffic</body></html>",
    ],
)
def test_pages_that_keep_programs_out(ask: Ask, page: bytes, status: str) -> None:
    for kind in ("text/html; charset=utf-8", "application/json"):
        with pytest.raises(Blocked, match=r"^blocked: a page that keeps programs out: "):
            get(ask, http(page, status, Content_Type=kind))
    assert is_block_page(page)
    assert not is_block_page(b"We keep moments like these")


def test_a_quota_of_a_month_is_not_a_rate(ask: Ask) -> None:
    month = b'{"message": "You have exceeded the MONTHLY quota for Requests on your plan, BASIC."}'
    second = b'{"message": "You have exceeded the rate limit per second for your plan, BASIC"}'
    again = SourceSettings(retries=2, timeout=2)
    with RawServer(http(month, "429 Too Many", X_RateLimit_Requests_Reset="86400")) as server:
        asked = ask(server.url, again)
        for _ in range(2):
            with pytest.raises(QuotaSpent, match="MONTHLY quota") as stop:
                asked.client.get("x")
            assert stop.value.until is not None
            assert abs(stop.value.until - START - timedelta(days=1)) < timedelta(seconds=1)
        assert len(server.heads) == 1, "it is not asked again before that"
    assert asked.slept == []
    with RawServer(http(second, "429 Too Many")) as server:
        asked = ask(server.url, again)
        asked.clock.at += timedelta(days=2)
        with pytest.raises(RateLimited, match="rate limit per second"):
            asked.client.get("x")
        assert len(server.heads) == 3


def test_a_wait_is_told_in_every_form() -> None:
    later = datetime.now(UTC) + timedelta(seconds=90)
    assert seconds("7") == 7
    assert seconds("-7") == 0
    assert 85 < (seconds(format_datetime(later)) or 0) < 95
    assert 85 < (seconds(str(later.timestamp())) or 0) < 95
    assert seconds("99999999") == LONGEST_WAIT
    for nothing in (None, "", "soon", "nan", "inf", "Mon, 99 Foo 99999 99:99:99 GMT", "²"):
        assert seconds(nothing) is None


def test_a_server_that_is_down_for_long_is_not_waited_for(ask: Ask) -> None:
    with RawServer(http(b"", "503 Down", Retry_After="5000")) as server:
        asked = ask(server.url, SourceSettings(retries=2, timeout=2))
        with pytest.raises(RateLimited, match=r"^status_503: Down$") as stop:
            asked.client.get("x")
        assert stop.value.until is not None
        assert asked.slept == []
        assert len(server.heads) == 1


def test_a_source_refines_the_judgement(ask: Ask) -> None:
    def judge(verdict: Verdict) -> None:
        value = verdict.value if isinstance(verdict.value, dict) else {}
        if value.get("exception") == "AUTH_FAIL":
            verdict.fail("status_401", value["display"])
        if verdict.status == 404:
            verdict.accept()
        verdict.expect("data.jobs")

    refused = http(b'{"exception": "AUTH_FAIL", "display": "Authorisation failed"}', "400 Bad")
    with pytest.raises(SourceStopped, match=r"^status_401: Authorisation failed"):
        get(ask, refused, judge=judge)
    gone = get(ask, http(b'{"data": {"jobs": []}}', "404 Not Found"), judge=judge)
    assert gone.records("data.jobs") == []
    changed = get(ask, http(b'{"data": [1]}'), judge=judge)
    assert changed.problem == "type_changed: data.jobs is NoneType, not a list"
    assert changed.body == b'{"data": [1]}'


def test_an_answer_gives_its_records_or_a_named_error(ask: Ask) -> None:
    with pytest.raises(NotThere, match=r"^status_404: "):
        get(ask, http(b"", "404 Not Found")).records("jobs")
    with pytest.raises(EnvelopeChanged, match=r"^type_changed: jobs is int, not a list$"):
        get(ask, http(b'{"jobs": 5}')).records("jobs")
    with pytest.raises(EnvelopeChanged, match=r"^type_changed: the body is dict, not a list$"):
        get(ask, http(b"{}")).records()
    assert get(ask, http(b"[1]")).records() == [1]


def test_nothing_that_may_be_charged_is_asked_twice(ask: Ask) -> None:
    def silent(connection: socket.socket, head: bytes) -> None:
        time.sleep(0.6)

    config = SourceSettings(retries=2, timeout=0.2)
    for retry, times in ((True, 3), (False, 1)):
        with RawServer(silent) as server:
            answer = ask(server.url, config, retry_timeouts=retry).client.get("x")
            assert answer.code == "timeout"
            assert len(server.heads) == times
    with RawServer(http(b"", "504 Gateway Timeout")) as server:
        ask(server.url, config, retry_timeouts=False).client.get("x")
        assert len(server.heads) == 1
    with RawServer(http(b"", "503 Down")) as server:
        ask(server.url, config, retry_timeouts=False).client.get("x")
        assert len(server.heads) == 3


def test_credentials_follow_no_redirect_to_another_host(ask: Ask) -> None:
    with RawServer(http(b"{}")) as other:
        away = http(b"", "302 Found", Location=f"{other.url.replace('127.0.0.1', 'localhost')}/y")
        assert get(ask, away, headers={"X-Api-Key": "k" * 20}).code == "redirected"
        assert other.heads == []

    def moved(connection: socket.socket, head: bytes) -> None:
        here = head.startswith(b"GET /new ")
        connection.sendall(http(b'{"a": 1}') if here else http(b"", "301 M", Location="/new"))

    with RawServer(moved) as server:
        assert ask(server.url, ONCE).client.get("old").usable().value == {"a": 1}
    with RawServer(http(b"", "301 M", Location="/old")) as server:
        assert ask(server.url, ONCE).client.get("old").code == "redirected"


def test_who_asks_is_told(ask: Ask) -> None:
    with RawServer(http(b"{}")) as server:
        asked = ask(server.url, headers={"X-RapidAPI-Host": "jsearch"})
        asked.client.get("x", headers={"Accept": "application/jsonl"})
        contact = asked.clock.model_copy(update={"contact": "https://me.example/jobs"})
        ask(server.url, clock=contact).client.get("x")
    first, second = (head.decode().lower() for head in server.heads)
    assert "user-agent: wagehouse/" in first
    assert "x-rapidapi-host: jsearch\r\n" in first
    assert "accept: application/jsonl\r\n" in first
    assert "authorization" not in first
    assert "(+https://me.example/jobs; " in second


def test_a_source_that_only_fails_is_left_alone_whatever_is_asked(ask: Ask) -> None:
    with RawServer(http(b"{nope")) as server:
        client = ask(server.url, ONCE).client
        for _ in range(5):
            assert client.get("x").code == "not_json"
        with pytest.raises(SourceStopped, match=r"not_json: .* \(5 answers in a row\)"):
            client.get("x")
    with RawServer(http(b"", "404 Not Found")) as server:
        client = ask(server.url, ONCE).client
        assert {client.get(f"boards/{n}").code for n in range(9)} == {"status_404"}


@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["error", "message", "x"]), inner)
        ),
    )
)
def test_words_are_found_in_any_value(value: object) -> None:
    words = error_words(value)
    assert len(words) <= 200
    words.encode()
    assert "\n" not in words
