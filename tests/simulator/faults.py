"""Ways in which a server can fail: each turns a good answer into what is really sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

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


#: Where a body holds its records: a dotted path (`data.jobs`; empty: a bare list) or a function.
Records = str | Callable[[Any], list[Any]]


def _records_of(body: Any, records: Records) -> list[Any]:
    if callable(records):
        return records(body)
    for key in records.split(".") if records else ():
        body = body[key]
    return cast(list[Any], body)


def record_edited(number: int, edit: Callable[[Any], Any], records: Records = "results") -> Fault:
    """Record `number` of the page (from 0) is exchanged for what `edit` makes of it."""

    def change(body: Any) -> Any:
        found = _records_of(body, records)
        found[number] = edit(found[number])
        return body

    return edited(change)


def field_changed(number: int, field: str, value: Any, records: Records = "results") -> Fault:
    """A field of record `number` gets another value, of whatever type."""
    return record_edited(number, lambda record: {**record, field: value}, records)


def record_inserted(number: int, record: Any, records: Records = "results") -> Fault:
    """Something that is no record, such as an error stub, stands in the list before `number`."""

    def change(body: Any) -> Any:
        _records_of(body, records).insert(number, record)
        return body

    return edited(change)


def line_edited(number: int, edit: Callable[[bytes], bytes]) -> Fault:
    """Line `number` (from 0) of a body in JSON lines is exchanged for what `edit` makes of it."""

    def change(good: Answer) -> Sent:
        lines = good.body.split(b"\n")
        lines[number] = edit(lines[number])
        return Sent(replace(good, body=b"\n".join(lines)))

    return change


def fields_set(**fields: Any) -> Fault:
    """The good body with other values in its envelope, as in `fields_set(status="ERROR")`."""
    return edited(lambda body: {**body, **fields})


def key_renamed(old: str, new: str) -> Fault:
    """Another envelope: what was under `old` comes under `new`."""
    return edited(lambda body: {new if key == old else key: v for key, v in body.items()})


def too_many(retry_after: int, text: str = "Too many requests") -> Fault:
    """A 429 in plain text, with `Retry-After` in seconds."""
    headers = {"Retry-After": str(retry_after)}
    return status(429, text.encode(), "text/plain; charset=utf-8", headers)
