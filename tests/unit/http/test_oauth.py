"""Access tokens: how they are got, renewed and refused, and that nobody sees them."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests

from ingestion.demo.server import Answer as Sent
from ingestion.demo.server import Loopback, Request
from ingestion.errors import AccessRefused, RateLimited, SourceStopped, TokenRefused, Unreachable
from ingestion.http import ClientCredentials
from ingestion.settings import SourceSettings
from tests.unit.http.conftest import Asked

Ask = Callable[..., Asked]
ID, SECRET = "PAR_wagehouse_0123", "a-secret/with+signs&more"


class Tokens:
    """Gives tokens, and answers requests that carry the newest one."""

    def __init__(self) -> None:
        self.given = 0
        self.forms: list[dict[str, list[str]]] = []
        self.answer: Callable[[], Sent] | None = None
        self.served = 0
        self.lifetime: Any = 1499

    @property
    def token(self) -> str:
        return f"token-number-{self.given}"

    def __call__(self, request: Request) -> Sent:
        if request.method == "POST":
            self.forms.append(parse_qs(request.body.decode()))
            assert "authorization" not in request.headers
            if self.answer is not None:
                return self.answer()
            self.given += 1
            content = {"access_token": self.token, "expires_in": self.lifetime, "scope": "api"}
            return Sent.of(content)
        self.served += 1
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return Sent(401, b"")
        return Sent.of({"ok": 1})


class Now:
    """A clock in seconds."""

    at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()


@pytest.fixture
def server(tokens: Tokens) -> Iterator[Loopback]:
    with Loopback(tokens) as server:
        yield server


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def auth(server: Loopback, now: Now) -> Iterator[ClientCredentials]:
    with requests.Session() as session:
        yield ClientCredentials(
            f"{server.url}/token?realm=%2Fpartenaire",
            ID,
            SECRET,
            scope="api_offres o2ds",
            session=session,
            clock=now,
            sleep=lambda seconds: None,
        )


def test_a_token_is_got_once_and_again_before_it_ends(
    ask: Ask, server: Loopback, auth: ClientCredentials, tokens: Tokens, now: Now
) -> None:
    asked = ask(server.url, auth=auth)
    for _ in range(3):
        assert asked.client.get("x").problem is None
    assert tokens.forms == [
        {
            "grant_type": ["client_credentials"],
            "client_id": [ID],
            "client_secret": [SECRET],
            "scope": ["api_offres o2ds"],
        }
    ]
    now.at += 1438
    asked.client.get("x")
    assert tokens.given == 1
    now.at += 2
    asked.client.get("x")
    assert tokens.given == 2
    assert (asked.counts.requests, asked.counts.retries) == (5, 0)


@pytest.mark.parametrize("lifetime", [None, "soon", -5, 0, 10**30, float("inf"), [], "1499"])
def test_an_odd_lifetime_is_no_error(
    ask: Ask, server: Loopback, auth: ClientCredentials, tokens: Tokens, now: Now, lifetime: Any
) -> None:
    tokens.lifetime = lifetime
    asked = ask(server.url, auth=auth)
    asked.client.get("x")
    now.at += 400
    asked.client.get("x")
    assert tokens.given == 1


def test_a_short_life_is_used_by_half(
    ask: Ask, server: Loopback, auth: ClientCredentials, tokens: Tokens, now: Now
) -> None:
    tokens.lifetime = 20
    asked = ask(server.url, auth=auth)
    for _ in range(4):
        asked.client.get("x")
        now.at += 6
    assert tokens.given == 2


def test_a_token_that_is_no_longer_taken_is_replaced_once(
    ask: Ask, server: Loopback, auth: ClientCredentials, tokens: Tokens
) -> None:
    asked = ask(server.url, auth=auth)
    asked.client.get("x")
    tokens.given += 1
    assert asked.client.get("x").problem is None
    assert (tokens.given, tokens.served) == (3, 3)
    assert (asked.counts.requests, asked.counts.retries, asked.counts.errors) == (3, 1, 0)


def test_a_second_401_is_final(ask: Ask, server: Loopback, auth: ClientCredentials) -> None:
    with Loopback(lambda request: Sent(401, b"")) as refusing:
        asked = ask(refusing.url, auth=auth)
        with pytest.raises(AccessRefused, match=r"^status_401: "):
            asked.client.get("x")
        assert asked.counts.requests == 2


def test_threads_get_one_token_between_them(
    ask: Ask, server: Loopback, auth: ClientCredentials, tokens: Tokens
) -> None:
    client = ask(server.url, SourceSettings(concurrency=6), auth=auth).client
    client.get("x")
    tokens.given += 1
    problems: list[str | None] = []
    threads = [
        threading.Thread(target=lambda: problems.append(client.get("x").problem)) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == [None] * 6
    assert tokens.given == 3


HTML = Sent(409, b"<html><title>Conflict</title><body>x</body></html>", "text/html")
INVALID = Sent.of({"error": "invalid_client", "error_description": f"Unknown {ID}"}, 400)


@pytest.mark.parametrize(
    ("answer", "error", "text", "times"),
    [
        (HTML, TokenRefused, "token_refused: status_409: Conflict", 1),
        (INVALID, TokenRefused, "token_refused: status_400: invalid_client: Unknown [secret]", 1),
        (Sent.of({"error": "invalid_scope"}, 400), TokenRefused, "status_400: invalid_scope", 1),
        (Sent(401, b""), TokenRefused, "token_refused: status_401: Unauthorized", 1),
        (Sent(302, b"", headers={"Location": "/x"}), SourceStopped, "token_failed: redirected", 1),
        (Sent.of({"token": "other"}), TokenRefused, "the answer holds no access token", 1),
        (Sent.of([1]), TokenRefused, "the answer holds no access token", 1),
        (Sent.of({"access_token": "a\nb"}), TokenRefused, "no access token", 1),
        (Sent(200, b"<html>", "text/html"), SourceStopped, "token_failed: html: ", 3),
        (Sent(200, b""), SourceStopped, "token_failed: empty_body", 3),
        (Sent(503, b"down"), SourceStopped, "token_failed: status_503", 3),
        (Sent(429, b"slow", "text/plain"), RateLimited, "rate_limited: status_429: slow", 1),
    ],
)
def test_no_token_is_a_named_error(
    ask: Ask,
    server: Loopback,
    auth: ClientCredentials,
    tokens: Tokens,
    answer: Sent,
    error: type[SourceStopped],
    text: str,
    times: int,
) -> None:
    tokens.answer = lambda: answer
    with pytest.raises(SourceStopped) as stop:
        ask(server.url, auth=auth).client.get("x")
    assert type(stop.value) is error
    assert text in str(stop.value)
    assert len(tokens.forms) == times
    assert tokens.served == 0


def test_a_token_endpoint_that_comes_back_is_used(
    ask: Ask, server: Loopback, auth: ClientCredentials, tokens: Tokens
) -> None:
    def once() -> Sent:
        tokens.answer = None
        return Sent(500, b"")

    tokens.answer = once
    assert ask(server.url, auth=auth).client.get("x").problem is None


def test_no_token_endpoint(ask: Ask, server: Loopback) -> None:
    auth = ClientCredentials("http://127.0.0.1:9/t", ID, SECRET, sleep=lambda seconds: None)
    with pytest.raises(Unreachable, match=r"^unreachable: 127.0.0.1 refused"):
        ask(server.url, auth=auth).client.get("x")


def test_a_kept_answer_needs_no_token(
    ask: Ask, server: Loopback, auth: ClientCredentials, tokens: Tokens, now: Now
) -> None:
    from tests.unit.http.test_cache import HOUR

    client = ask(server.url, auth=auth).client
    client.get("x", keep=HOUR)
    now.at += 10_000
    client.get("x", keep=HOUR)
    assert (tokens.given, tokens.served) == (1, 1)


def test_secrets_show_nowhere(
    ask: Ask,
    server: Loopback,
    auth: ClientCredentials,
    tokens: Tokens,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        asked = ask(server.url, auth=auth)
        asked.client.get("x")
        token = tokens.token
        tokens.answer = lambda: Sent.of({"error": f"{ID} {SECRET} {token}"}, 400)
        tokens.given += 1
        try:
            asked.client.get("x")
        except TokenRefused:
            trace = traceback.format_exc()
            logging.getLogger("somebody").exception("failed with %s", token)
    shown = [caplog.text, trace, repr(auth), str(auth), f"{auth!r:>5}", repr(asked.client)]
    for text in shown:
        for secret in (ID, SECRET, token, "a-secret%2Fwith"):
            assert secret not in text
    assert "[secret] [secret] [secret]" in trace
