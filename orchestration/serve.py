"""A small static server for the built site, on this machine only.

It compresses text and WebAssembly (the first visit is 6 MB instead of 26), answers byte ranges (the
pages read Parquet in parts) and can show the site under a path. Any other static server does too.
"""

from __future__ import annotations

import email.utils
import gzip
import logging
import os
import re
import shutil
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO

log = logging.getLogger(__name__)

_TYPES = {
    ".arrow": "application/vnd.apache.arrow.file",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".map": "application/json; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet",
    ".png": "image/png",
    ".svg": "image/svg+xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json; charset=utf-8",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
#: Read in byte ranges, or compressed already.
_NOT_COMPRESSED = frozenset({".arrow", ".ico", ".parquet", ".png", ".woff", ".woff2"})
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
#: Files whose name or folder changes with their content.
_IMMUTABLE = re.compile(r"_app/immutable/|data/.+\.parquet$|api/prerendered_queries/")


@dataclass(frozen=True)
class _Compressed:
    """Compressed bytes of one state of a file."""

    tag: str
    body: bytes


class SiteServer(ThreadingHTTPServer):
    """Serves one folder; a symlink is followed anew for each request: a new site shows at once."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, site: Path, port: int = 0, *, base_path: str = "") -> None:
        """`port` 0 takes a free one. Raises OSError when the port is taken."""
        self.site = site
        self.base_path = base_path.rstrip("/")
        self._compressed: dict[Path, _Compressed] = {}
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{self.base_path}/"

    def compressed(self, file: Path, tag: str) -> bytes:
        """The file's bytes in gzip, made once for each state of it."""
        with self._lock:
            found = self._compressed.get(file)
        if found is None or found.tag != tag:
            found = _Compressed(tag, gzip.compress(file.read_bytes(), compresslevel=6, mtime=0))
            with self._lock:
                self._compressed[file] = found
        return found.body


class _Handler(BaseHTTPRequestHandler):
    server: SiteServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:
        log.debug("%s %s", self.address_string(), format % args)

    def _answer(self, *, with_body: bool) -> None:
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        base = self.server.base_path
        if base and path == base:
            return self._redirect(f"{base}/")
        if not path.startswith(f"{base}/") or "\0" in path:
            return self._plain(HTTPStatus.NOT_FOUND)
        inside = path.removeprefix(base).lstrip("/")
        root = self.server.site.resolve()
        file = (root / inside).resolve()
        parts = Path(inside).parts
        if not file.is_relative_to(root) or any(part.startswith(".") for part in parts):
            return self._plain(HTTPStatus.NOT_FOUND)
        if file.is_dir():
            if inside and not inside.endswith("/"):
                return self._redirect(urllib.parse.quote(f"{path}/"))
            file /= "index.html"
        try:
            with file.open("rb") as content:
                self._send(file, content, inside, with_body=with_body)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            self._plain(HTTPStatus.NOT_FOUND)
        except (BrokenPipeError, ConnectionResetError):
            # The browser went away; nothing is left to answer.
            self.close_connection = True
        return None

    def _send(self, file: Path, content: BinaryIO, inside: str, *, with_body: bool) -> None:
        stat = os.fstat(content.fileno())
        tag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
        headers = {
            "Content-Type": _TYPES.get(file.suffix, "application/octet-stream"),
            "Cache-Control": "max-age=31536000, immutable"
            if _IMMUTABLE.search(inside)
            else "no-cache",
            "ETag": tag,
            "Last-Modified": email.utils.formatdate(stat.st_mtime, usegmt=True),
        }
        if self.headers.get("If-None-Match") == tag:
            self._head(HTTPStatus.NOT_MODIFIED, headers)
            return
        if file.suffix not in _NOT_COMPRESSED and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = self.server.compressed(file, tag)
            self._head(
                HTTPStatus.OK,
                headers
                | {
                    "Content-Encoding": "gzip",
                    "Vary": "Accept-Encoding",
                    "Content-Length": str(len(body)),
                },
            )
            if with_body:
                self.wfile.write(body)
            return
        headers["Accept-Ranges"] = "bytes"
        span = self._span(stat.st_size)
        if span is None:
            self._head(HTTPStatus.OK, headers | {"Content-Length": str(stat.st_size)})
            if with_body:
                shutil.copyfileobj(content, self.wfile)
            return
        first, last = span
        if first > last:
            self._head(
                HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
                {"Content-Range": f"bytes */{stat.st_size}", "Content-Length": "0"},
            )
            return
        self._head(
            HTTPStatus.PARTIAL_CONTENT,
            headers
            | {
                "Content-Range": f"bytes {first}-{last}/{stat.st_size}",
                "Content-Length": str(last - first + 1),
            },
        )
        if with_body:
            content.seek(first)
            self.wfile.write(content.read(last - first + 1))

    def _span(self, size: int) -> tuple[int, int] | None:
        """First and last byte asked for, in the file; first > last when there is no such part."""
        asked = _RANGE.fullmatch(self.headers.get("Range", "").strip())
        if asked is None or not any(asked.groups()):
            return None
        start, end = asked.groups()
        if not start:
            return max(size - int(end), 0), size - 1
        return int(start), min(int(end), size - 1) if end else size - 1

    def _redirect(self, to: str) -> None:
        self._head(HTTPStatus.MOVED_PERMANENTLY, {"Location": to, "Content-Length": "0"})

    def _plain(self, status: HTTPStatus) -> None:
        body = f"{status.value} {status.phrase}\n".encode()
        self._head(
            status,
            {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body))},
        )
        if self.command != "HEAD":
            self.wfile.write(body)

    def _head(self, status: HTTPStatus, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()


@contextmanager
def serving(site: Path, port: int = 0, *, base_path: str = "") -> Iterator[SiteServer]:
    """Serve a site in a thread while the block runs."""
    server = SiteServer(site, port, base_path=base_path)
    thread = threading.Thread(target=server.serve_forever, name="site-server", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
