"""Keeps secrets out of logs, errors and whatever else is shown or stored as text."""

from __future__ import annotations

import logging
import re
import threading
import traceback
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

SHOWN = "[secret]"
#: Shorter values would blot out ordinary words.
SHORTEST = 6

#: Longest first: one may hold another. Exchanged as a whole, since threads read it meanwhile.
_secrets: tuple[str, ...] = ()
_protecting = threading.Lock()
_NAMED = re.compile(
    r"""(?ix) ( \b (?: api_?key | app_id | app_key | client_secret | access_token | authorization
    | x-api-key | x-rapidapi-key ) ["']? \s* (?: = | %3D | : ) \s* ["']? (?: bearer\s | basic\s )? )
    (?! (?: bearer\s | basic\s )? \[secret\] ) [^&\s"',;)}\]]{4,}"""
)


def protect(secrets: Iterable[str]) -> None:
    """From now on these values, and what is named like a secret, show as `[secret]` in every log
    record of this process and in what `redact` returns."""
    global _secrets
    found = {
        text
        for secret in secrets
        if len(secret) >= SHORTEST and secret not in SHOWN
        for text in (secret, quote(secret, safe=""))
    }
    with _protecting:
        _secrets = tuple(sorted(found.union(_secrets), key=len, reverse=True))
    current = logging.getLogRecordFactory()
    if not isinstance(current, _RedactingFactory):
        logging.setLogRecordFactory(_RedactingFactory(current))


def redact(text: str) -> str:
    """The text with secrets blotted out."""
    for secret in _secrets:
        text = text.replace(secret, SHOWN)
    return _NAMED.sub(rf"\1{SHOWN}", text)


def public_params(url: str, secrets: Iterable[str]) -> list[tuple[str, str]]:
    """The query of an address, parameter by parameter, less those that hold or name a secret."""
    hidden = frozenset(secrets)
    return [
        (name, value)
        for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True)
        if value not in hidden and redact(f"{name}={value}") == f"{name}={value}"
    ]


class _RedactingFactory:
    """Makes log records whose message and traceback hold no secret, for whatever handler."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record: logging.LogRecord = self._inner(*args, **kwargs)
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            return record
        shown = redact(message)
        if shown != message:
            record.msg, record.args = shown, None
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = redact("".join(traceback.format_exception(*record.exc_info))).rstrip()
        return record
