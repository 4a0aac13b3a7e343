"""Ways in which a server can fail: each turns a good answer into what is really sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ingestion.demo.server import Answer, dumps


@dataclass(frozen=True, slots=True)
class Sent:
    """What goes over the wire.

    delay: seconds before the first byte. cut: bytes of the body after which the connection is
    closed, though the head promises all of them. reset: the connection is reset without an answer.
    """

    answer: Answer
    delay: float = 0
    cut: int | None = None
    reset: bool = False


#: Makes of the good answer what is sent instead.
Fault = Callable[[Answer], Sent]


def status(
    code: int,
    body: bytes = b"",
    content_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> Fault:
    """Another status, with a body of choice."""
    return lambda good: Sent(Answer(code, body, content_type, headers or {}))


def rate_limited(reset: int, code: int = 403) -> Fault:
    """Over the limit: The Muse's 403 with its headers, or a 429 with `Retry-After`. In seconds."""
    headers = {"X-RateLimit-Limit": "500", "X-RateLimit-Remaining": "0"}
    headers |= {"X-RateLimit-Reset": str(reset)} if code == 403 else {"Retry-After": str(reset)}
    return status(code, dumps({"code": code, "error": "Rate limit exceeded"}), headers=headers)


def server_error(code: int = 500) -> Fault:
    return status(code, b"<html><body>Internal Server Error</body></html>", "text/html")


def slow(seconds: float) -> Fault:
    """The good answer, late."""
    return lambda good: Sent(good, delay=seconds)


def truncated(share: float = 0.5) -> Fault:
    """The connection ends before the body does."""
    return lambda good: Sent(good, cut=int(len(good.body) * share))


def reset() -> Fault:
    return lambda good: Sent(good, reset=True)


def html(code: int = 200, content_type: str = "text/html; charset=utf-8") -> Fault:
    """A web page where JSON was asked for."""
    return status(code, b"<!doctype html><title>Please wait</title><p>Checking.", content_type)


def empty(code: int = 200) -> Fault:
    return status(code)


def not_json() -> Fault:
    """A body that breaks off, yet is as long as its head says."""
    return lambda good: Sent(replace(good, body=good.body[: len(good.body) * 2 // 3]))


def content_type(name: str) -> Fault:
    """The good body under another content type."""
    return lambda good: Sent(replace(good, content_type=name))


def bytes_replaced(old: bytes, new: bytes, count: int = 1) -> Fault:
    """The good body with bytes exchanged: what is no valid text or no valid JSON."""
    return lambda good: Sent(replace(good, body=good.body.replace(old, new, count)))


def edited(edit: Callable[[Any], Any]) -> Fault:
    """The good body after `edit` of its JSON value, which may change it in place and return it."""
    return lambda good: Sent(replace(good, body=dumps(edit(json.loads(good.body)))))


def record_edited(number: int, edit: Callable[[dict[str, Any]], Any]) -> Fault:
    """Record `number` of the page (from 0) is exchanged for what `edit` makes of it."""

    def change(body: Any) -> Any:
        body["results"][number] = edit(body["results"][number])
        return body

    return edited(change)


def field_changed(number: int, field: str, value: Any) -> Fault:
    """A field of record `number` gets another value, of whatever type."""
    return record_edited(number, lambda record: {**record, field: value})
