"""A loopback web server, and The Muse's protocol over any records.

`Loopback` turns a function of a request into a small HTTP server on 127.0.0.1; `MuseApi` is such a
function. Both are used for the demo data and, by the tests' simulators, for captured records.
"""

from __future__ import annotations

import json
import logging
import math
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import parse_qs, urlsplit

import orjson

log = logging.getLogger(__name__)

Record = Mapping[str, Any]
#: Query parameters as sent: every name with all its values.
Query = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked. `path` is without the query, `query` as sent, `body` of POST requests."""

    method: str
    path: str
    query: Query
    headers: Mapping[str, str]
    body: bytes = b""

    def first(self, name: str) -> str | None:
        """The first value of a query parameter."""
        values = self.query.get(name)
        return values[0] if values else None


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, content: Any, status: int = 200, **headers: str) -> Answer:
        """An answer in JSON; underscores in header names stand for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(status, dumps(content), headers=named)


def dumps(content: Any) -> bytes:
    """JSON bytes; lone surrogates, which orjson refuses, become escapes."""
    try:
        return orjson.dumps(content)
    except TypeError:
        return json.dumps(content).encode()


class Loopback:
    """An HTTP server on a free port of 127.0.0.1, for as long as the context lasts.

    answer: called in a thread a connection. Subclasses override `send` to send an answer badly.
    """

    def __init__(self, answer: Callable[[Request], Answer]) -> None:
        self.answer = answer
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    def send(self, handler: BaseHTTPRequestHandler, request: Request, answer: Answer) -> None:
        """Write the answer to the connection of `handler`, in one piece."""
        handler.send_response(answer.status)
        handler.send_header("Content-Type", answer.content_type)
        handler.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(answer.body)
        handler.wfile.flush()

    def __enter__(self) -> Self:
        loopback = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            server_version = "Loopback"
            sys_version = ""
            # Head and body in one packet: else each answer waits 40 ms for a delayed ACK.
            wbufsize = -1
            disable_nagle_algorithm = True

            def _serve(self) -> None:
                address = urlsplit(self.path)
                length = int(self.headers.get("Content-Length") or 0)
                request = Request(
                    method=self.command,
                    path=address.path,
                    query=parse_qs(address.query, keep_blank_values=True),
                    headers={name.lower(): value for name, value in self.headers.items()},
                    body=self.rfile.read(length),
                )
                try:
                    loopback.send(self, request, loopback.answer(request))
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            do_GET = _serve  # noqa: N815 - the names that http.server looks for
            do_POST = _serve  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:
                log.debug(format, *args)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        if self._server is None:
            raise RuntimeError("the server is not running")
        return f"http://127.0.0.1:{self._server.server_address[1]}"


class Collection(Protocol):
    """Records that can be paged. Filters are query parameters that the API knows."""

    def count(self, filters: Query) -> int: ...

    def page(self, filters: Query, start: int, length: int) -> Sequence[Any]: ...

    def one(self, record_id: str) -> Any | None: ...


def _names(record: Any, field_name: str) -> set[str]:
    """Names and short names in a list of objects, or of one object."""
    value = record.get(field_name) if isinstance(record, Mapping) else None
    items: Iterable[Any] = value if isinstance(value, list) else [value]
    found = (item.get(key) for item in items if isinstance(item, Mapping) for key in KEYS)
    return {name for name in found if isinstance(name, str)}


KEYS = ("name", "short_name")
#: Query parameter → field of a record; several values of one parameter mean any of them.
FILTERS = {
    "jobs": {
        "category": "categories",
        "level": "levels",
        "location": "locations",
        "company": "company",
    },
    "companies": {"industry": "industries", "size": "size", "location": "locations"},
}


def matches(record: Any, filters: Query, fields: Mapping[str, str]) -> bool:
    """Whether a record has one of the wanted names in each filtered field."""
    return all(_names(record, fields[name]) & set(wanted) for name, wanted in filters.items())


class Listed:
    """A collection of records held in a list. endpoint: `jobs` or `companies`."""

    def __init__(self, records: Iterable[Any], endpoint: str) -> None:
        self._records = list(records)
        self._fields = FILTERS[endpoint]

    def _matching(self, filters: Query) -> list[Any]:
        if not filters:
            return self._records
        return [record for record in self._records if matches(record, filters, self._fields)]

    def count(self, filters: Query) -> int:
        return len(self._matching(filters))

    def page(self, filters: Query, start: int, length: int) -> Sequence[Any]:
        return self._matching(filters)[start : start + length]

    def one(self, record_id: str) -> Any | None:
        return next(
            (
                record
                for record in self._records
                if isinstance(record, Mapping) and str(record.get("id")) == record_id
            ),
            None,
        )


class Quota:
    """Requests allowed in a window of `seconds`, which starts with its first request."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self.seconds = seconds
        self._used = 0
        self._started = -math.inf
        self._lock = threading.Lock()

    def take(self) -> tuple[bool, dict[str, str]]:
        """Count a request; whether it is allowed, and the headers that tell the state."""
        with self._lock:
            now = time.monotonic()
            if now >= self._started + self.seconds:
                self._used, self._started = 0, now
            allowed = self._used < self.limit
            self._used += allowed
            reset = max(0, math.ceil(self._started + self.seconds - now))
            return allowed, {
                "X-RateLimit-Limit": str(self.limit),
                "X-RateLimit-Remaining": str(self.limit - self._used),
                "X-RateLimit-Reset": str(reset),
            }


#: Where the API lives below its host.
ROOT = "/api/public"
PER_PAGE = 20
#: The public API stops at this page.
LAST_PAGE = 99


@dataclass
class MuseApi:
    """The Muse's public API over collections by endpoint (`jobs`, `companies`).

    last_page: from this page on it answers 400; None: it has no cap, and its listings are whole.
    keys: accepted values of `api_key`, which raise the limit; requests without a key are allowed.
    limit, key_limit: requests per `window` seconds; over it the answer is 403.
    """

    collections: Callable[[str], Collection | None]
    last_page: int | None = LAST_PAGE
    per_page: int = PER_PAGE
    keys: frozenset[str] = frozenset()
    limit: int = 500
    key_limit: int = 3_600
    window: float = 3_600

    def __post_init__(self) -> None:
        self._quotas = {
            key: Quota(self.key_limit if key else self.limit, self.window)
            for key in ("", *self.keys)
        }

    @staticmethod
    def _error(code: int, message: str, headers: Mapping[str, str]) -> Answer:
        return Answer(code, dumps({"code": code, "error": message}), headers=headers)

    def __call__(self, request: Request) -> Answer:
        key = request.first("api_key") or ""
        quota = self._quotas.get(key)
        if quota is None:
            return self._error(403, "Invalid API key", {})
        allowed, headers = quota.take()
        if not allowed:
            return self._error(403, "Rate limit exceeded", headers)
        parts = request.path.removeprefix(ROOT).strip("/").split("/")
        collection = self.collections(parts[0]) if request.path.startswith(ROOT) else None
        if collection is None or len(parts) > 2:
            return self._error(404, "Not found", headers)
        if len(parts) == 2:
            record = collection.one(parts[1])
            if record is None:
                return self._error(404, "Not found", headers)
            return Answer(200, dumps(record), headers=headers)
        return self._listing(collection, parts[0], request, headers)

    def _listing(
        self, collection: Collection, endpoint: str, request: Request, headers: Mapping[str, str]
    ) -> Answer:
        text = request.first("page") or ""
        if not text.isdecimal():
            return self._error(400, "page is required and must be a number", headers)
        page = int(text)
        if self.last_page is not None and page >= self.last_page:
            return self._error(400, f"page must be below {self.last_page}", headers)
        fields = FILTERS[endpoint]
        filters = {name: values for name, values in request.query.items() if name in fields}
        total = collection.count(filters)
        content = {
            "page": page,
            "page_count": math.ceil(total / self.per_page),
            "items_per_page": self.per_page,
            "took": 3,
            "timed_out": False,
            "total": total,
            "results": collection.page(filters, page * self.per_page, self.per_page),
            "aggregations": {},
        }
        return Answer(200, dumps(content), headers=headers)
