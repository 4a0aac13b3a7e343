"""A server that sends whatever bytes it is told to, HTTP or not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

#: Speaks on a connection, given the head of the request.
Speak = Callable[[socket.socket, bytes], None]


class RawServer:
    """Listens on loopback, a thread a connection; each is closed when `speak` returns."""

    def __init__(self, speak: Speak | bytes, *, speaks_first: bool = False) -> None:
        self.speak = speak
        self._speaks_first = speaks_first
        self.heads: list[bytes] = []

    def __enter__(self) -> Self:
        self._listening = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listening.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head and not self._speaks_first:
                part = connection.recv(65_536)
                if not part:
                    return
                head += part
            self.heads.append(head)
            if isinstance(self.speak, bytes):
                connection.sendall(self.speak)
            else:
                self.speak(connection, head)
            connection.shutdown(socket.SHUT_WR)
            # Until the other side is done: closing with bytes unread would reset the connection.
            connection.settimeout(2)
            while connection.recv(65_536):
                pass


def http(body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    """An answer as bytes; underscores in header names stand for hyphens. Without
    Content_Length, the end of the connection is the end of the body."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = "\r\n".join([f"HTTP/1.1 {status}", *lines, "Connection: close"])
    return head.encode("latin-1") + b"\r\n\r\n" + body
