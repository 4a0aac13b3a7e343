"""Secrets in what is logged or shown."""

from __future__ import annotations

import logging
import threading

import pytest

from ingestion.http.redaction import protect, redact

SECRET = "s3cr3t/with+signs"


@pytest.fixture(autouse=True)
def _protected(_no_secrets_of_other_tests: None) -> None:
    protect([SECRET, "abc"])


@pytest.mark.parametrize(
    "text",
    [
        f"GET /jobs?api_key={SECRET}&page=1",
        "GET /jobs?api_key=s3cr3t%2Fwith%2Bsigns&page=1",
        f"the server said {SECRET}",
        "https://x/?app_id=12345678&app_key=0123456789abcdef",
        "{'Authorization': 'Bearer 0123456789abcdef'}",
        '{"client_secret": "0123456789abcdef"}',
        "X-RapidAPI-Key: 0123456789abcdef",
    ],
)
def test_secrets_are_blotted_out(text: str) -> None:
    shown = redact(text)
    assert "[secret]" in shown
    for part in (SECRET, "s3cr3t", "12345678", "abcdef"):
        assert part not in shown
    assert redact(shown) == shown


@pytest.mark.parametrize(
    "text", ["abc is too short to be kept", "repeated_key: id", "no_key: set X", "page=12&key=v"]
)
def test_ordinary_words_stay(text: str) -> None:
    assert redact(text) == text


def test_log_records_hold_no_secret_for_any_handler(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("urllib3.connectionpool")
    with caplog.at_level(logging.DEBUG):
        log.debug('%s "GET /jobs?api_key=%s"', "http://x", SECRET)
        try:
            raise ValueError(f"no answer from /jobs?api_key={SECRET}")
        except ValueError:
            log.exception("failed with %s", SECRET)
    assert len(caplog.records) == 2
    assert "s3cr3t" not in caplog.text
    assert "ValueError: no answer from /jobs?api_key=[secret]" in caplog.text


def test_of_secrets_within_each_other_nothing_is_left() -> None:
    protect(["0123456", "0123456789", "secret", "123456789"])
    assert redact("a 0123456789 b") == "a [secret] b"


def test_secrets_come_while_others_look() -> None:
    """Tokens are got by one thread while another logs."""
    ended = threading.Event()

    def add() -> None:
        for number in range(2_000):
            protect([f"token-{number:09}"])
        ended.set()

    threading.Thread(target=add).start()
    while not ended.is_set():
        assert redact("nothing to see") == "nothing to see"
    assert redact("token-000001999") == "[secret]"
