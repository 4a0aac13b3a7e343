"""A loopback server that fails when it is told to, counts, and knows what day it is."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler
from typing import Any

from ingestion.demo.server import Answer, Listed, Loopback, MuseApi, Request
from tests.simulator.faults import Fault, Sent

Api = Callable[[Request], Answer]


@dataclass(slots=True)
class Rule:
    """When to fail, and how. Every condition that is set must hold.

    path: end of the path. query: values that must be among those sent. after: so many requests come
    first that meet the conditions. times: how often it fails at most; None: always.
    """

    fault: Fault
    path: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    after: int = 0
    times: int | None = 1
    met: int = 0
    failed: int = 0

    def applies(self, request: Request) -> bool:
        if not request.path.endswith(self.path):
            return False
        if any(value not in request.query.get(name, ()) for name, value in self.query.items()):
            return False
        self.met += 1
        if self.met <= self.after or (self.times is not None and self.failed >= self.times):
            return False
        self.failed += 1
        return True


class Simulator(Loopback):
    """An API on the loopback interface.

    apis: what answers, by day; or one function for all days. `day` may be set at any time: from
    then on the API of the latest day that is not after it answers.
    """

    def __init__(self, apis: Api | Mapping[date, Api], day: date | None = None) -> None:
        self._apis: Mapping[date, Api] = apis if isinstance(apis, Mapping) else {date.min: apis}
        self.day = day or max(self._apis)
        self.requests: list[Request] = []
        self._rules: list[Rule] = []
        self._lock = threading.Lock()
        super().__init__(self._answer)

    def _answer(self, request: Request) -> Answer:
        return self._apis[max(day for day in self._apis if day <= self.day)](request)

    def fail(
        self,
        fault: Fault,
        *,
        path: str = "",
        after: int = 0,
        times: int | None = 1,
        **query: str | int,
    ) -> Rule:
        """Fail on requests that meet the conditions, see `Rule`; query parameters by name."""
        rule = Rule(fault, path, {name: str(v) for name, v in query.items()}, after, times)
        with self._lock:
            self._rules.append(rule)
        return rule

    def mend(self) -> None:
        """Forget all rules: from here on every answer is good."""
        with self._lock:
            self._rules.clear()

    def count(self, path: str = "", **query: str | int) -> int:
        """Requests so far that meet the conditions, answered well or not."""
        wanted = {name: str(value) for name, value in query.items()}
        with self._lock:
            return sum(
                request.path.endswith(path)
                and all(value in request.query.get(name, ()) for name, value in wanted.items())
                for request in self.requests
            )

    def send(self, handler: BaseHTTPRequestHandler, request: Request, answer: Answer) -> None:
        with self._lock:
            self.requests.append(request)
            rule = next((rule for rule in self._rules if rule.applies(request)), None)
        sent = rule.fault(answer) if rule else Sent(answer)
        time.sleep(sent.delay)
        if sent.reset:
            # Closing with a linger time of zero sends RST instead of FIN.
            linger = struct.pack("ii", 1, 0)
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            handler.connection.close()
            handler.close_connection = True
        elif sent.cut is not None:
            handler.send_response(sent.answer.status)
            handler.send_header("Content-Type", sent.answer.content_type)
            handler.send_header("Content-Length", str(len(sent.answer.body)))
            handler.end_headers()
            handler.wfile.write(sent.answer.body[: sent.cut])
            handler.wfile.flush()
            handler.connection.shutdown(socket.SHUT_WR)
            handler.close_connection = True
        else:
            super().send(handler, request, sent.answer)


def muse_api(jobs: Iterable[Any], companies: Iterable[Any] = (), **settings: Any) -> MuseApi:
    """The Muse's API over given records. settings: those of `MuseApi`."""
    found = {"jobs": Listed(jobs, "jobs"), "companies": Listed(companies, "companies")}
    return MuseApi(found.get, **settings)
