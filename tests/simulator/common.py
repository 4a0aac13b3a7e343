"""What several simulated APIs share: limits, query parameters, pages, conditional requests."""

from __future__ import annotations

import json
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

from ingestion.demo.server import Answer, Request

#: Requests and the seconds within which they are allowed.
Limit = tuple[int, float]


@dataclass
class Limiter:
    """Several rolling windows at once; a request that one of them refuses counts in none.

    clock: seconds, of any origin.
    """

    limits: Collection[Limit]
    clock: Callable[[], float] = time.monotonic
    _times: deque[float] = field(default_factory=deque, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def take(self) -> float | None:
        """None where the request is allowed; else the seconds after which the next one is."""
        if not self.limits:
            return None
        with self._lock:
            now = self.clock()
            longest = max(seconds for _, seconds in self.limits)
            while self._times and self._times[0] <= now - longest:
                self._times.popleft()
            wait = 0.0
            for allowed, seconds in self.limits:
                within = [t for t in self._times if t > now - seconds]
                if len(within) >= allowed:
                    wait = max(wait, within[-allowed] + seconds - now)
            if wait:
                return wait
            self._times.append(now)
            return None

    def left(self) -> int:
        """Requests that are allowed at once, by the narrowest window."""
        with self._lock:
            now = self.clock()
            return min(
                allowed - sum(t > now - seconds for t in self._times)
                for allowed, seconds in self.limits
            )


def seconds(wait: float) -> str:
    """A value of `Retry-After`."""
    return str(max(1, math.ceil(wait)))


class RefusedError(Exception):
    """A request that the API answers with an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def known_only(request: Request, names: Collection[str], status: int = 400) -> None:
    """Refuse parameters that the API does not have: typing errors must not go unnoticed."""
    unknown = sorted(set(request.query) - set(names))
    if unknown:
        raise RefusedError(status, f"unknown parameter: {', '.join(unknown)}")


def whole(
    request: Request,
    name: str,
    default: int,
    low: int = 0,
    high: int | None = None,
    status: int = 400,
) -> int:
    """A parameter that is a whole number within bounds."""
    text = request.first(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal()):
        raise RefusedError(status, f"{name} must be a whole number")
    value = int(text)
    if value < low or (high is not None and value > high):
        raise RefusedError(status, f"{name} must be {low} to {'any' if high is None else high}")
    return value


def one_of(request: Request, name: str, values: Collection[str], status: int = 400) -> str | None:
    """A parameter with few possible values."""
    text = request.first(name)
    if text is not None and text not in values:
        raise RefusedError(status, f"{name} must be one of {', '.join(sorted(values))}")
    return text


def fold(text: str) -> str:
    return text.casefold().strip()


def conditional(request: Request, answer: Answer) -> Answer:
    """The answer with its ETag; 304 without a body where the client has it already."""
    tag = f'"{blake2b(answer.body, digest_size=12).hexdigest()}"'
    headers = {**answer.headers, "ETag": tag}
    known = [one.strip().removeprefix("W/") for one in _header(request, "if-none-match").split(",")]
    if tag in known or "*" in known:
        return Answer(304, b"", answer.content_type, headers)
    return replace(answer, headers=headers)


def _header(request: Request, name: str) -> str:
    return request.headers.get(name, "")


def own_address(request: Request) -> str:
    """Where the client reached this server, for links in answers."""
    return f"http://{_header(request, 'host')}"


def parsed(content: Any) -> Any:
    """A captured body: bytes or text of JSON, or its value."""
    return json.loads(content) if isinstance(content, bytes | str) else content


def captured(content: Any, key: str) -> list[dict[str, Any]]:
    """The records of a captured body, unchanged: those under `key`, or a bare list of them."""
    body = parsed(content)
    return list(body if isinstance(body, list) else body[key])


def texts(record: Mapping[str, Any], names: Iterable[str]) -> str:
    """Folded text of some fields, for searching words."""
    return fold(" ".join(str(record.get(name) or "") for name in names))
