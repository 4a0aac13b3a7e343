"""Answers kept on disk: an equal request within a stated time costs no call.

A file of SQLite of our own and no cache library: those on offer (requests-cache 1.3, diskcache 5.6,
hishel 2.0) go by the system's clock where a run goes by WAGEHOUSE_NOW, and keep answers as they
came, where ours must be without secrets and the fields that never land.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from requests import PreparedRequest
from requests.structures import CaseInsensitiveDict

from ingestion.http.parsing import parse
from ingestion.http.redaction import SHOWN, public_params
from ingestion.http.verdict import NOTHING, Verdict
from ingestion.landing import canonical
from ingestion.settings import Settings

logger = logging.getLogger(__name__)

#: Headers that are kept: those that validate, and those that paginators read.
HEADERS = ("Content-Type", "Content-Range", "ETag", "Last-Modified", "Link")
#: How long an answer that can be validated is kept beyond its lifetime.
VALIDATED_FOR = timedelta(days=14)
#: Bytes of an answer, and of all of them, that are kept; the oldest go first.
LARGEST_ENTRY = 32_000_000
LARGEST_CACHE = 1_000_000_000
#: Two processes may have clocks that differ by so much.
_SKEW = 3_600.0

_SCHEMA = """
create table if not exists answers (
    key text primary key, source text not null, status int not null, headers text not null,
    body blob not null, stored_at real not null, fresh_until real not null, gone_at real not null
)
"""


@dataclass(frozen=True, slots=True)
class Keep:
    """How long answers are kept, and what of their records never is.

    records: dotted path of the record or the list of them in the body; "" is the body itself.
    drop, prepare: as the endpoint declares them; `prepare` must give the same when it is applied
    to its own result. lifetime: zero for answers that are always validated (ETag, Last-Modified).
    """

    lifetime: timedelta
    records: str = ""
    drop: tuple[str, ...] = ()
    prepare: Callable[[dict[str, Any]], dict[str, Any]] | None = None

    def cleaned(self, value: Any) -> Any:
        """The value of a body without what must not be kept; the original stays as it is."""
        return self._cleaned(value, self.records.split(".") if self.records else [])

    def _cleaned(self, value: Any, path: list[str]) -> Any:
        if path:
            if not isinstance(value, dict) or path[0] not in value:
                return value
            return {**value, path[0]: self._cleaned(value[path[0]], path[1:])}
        if isinstance(value, list):
            return [self._record(record) for record in value]
        return self._record(value)

    def _record(self, record: Any) -> Any:
        if not isinstance(record, dict):
            return record
        record = canonical.without(record, self.drop)
        return self.prepare(record) if self.prepare is not None else record


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept answer. Times in seconds since 1970."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    stored_at: float
    fresh_until: float

    def verdict(self) -> Verdict:
        return Verdict(
            status=self.status,
            body=self.body,
            headers=self.headers,
            document=NOTHING if self.status == 204 else parse(self.body),
            kept_at=datetime.fromtimestamp(self.stored_at, UTC),
        )

    @property
    def validators(self) -> dict[str, str]:
        """Headers that ask for the answer only if it has changed."""
        named = {"If-None-Match": "ETag", "If-Modified-Since": "Last-Modified"}
        return {ask: self.headers[told] for ask, told in named.items() if told in self.headers}


class AnswerCache:
    """The kept answers of all sources, used by threads and processes at once.

    No error of the file ends a run: without it everything is asked for.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        path = settings.state / "answers.sqlite"
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connection = self._open(path)
        except sqlite3.DatabaseError as error:
            logger.warning("the kept answers cannot be read and are given up: %s", error)
            for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
                path.with_name(name).unlink(missing_ok=True)
            self._connection = self._open(path)

    def _open(self, path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(
            path, timeout=30, isolation_level=None, check_same_thread=False
        )
        try:
            # What is removed is overwritten: some terms ask for it.
            for pragma in ("journal_mode=wal", "synchronous=normal", "secure_delete=on"):
                connection.execute(f"pragma {pragma}")
            connection.execute(_SCHEMA)
            self._remove_old(connection)
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection

    def _now(self) -> float:
        return self._settings.now().timestamp()

    def _remove_old(self, connection: sqlite3.Connection) -> None:
        now = self._now()
        connection.execute(
            "delete from answers where gone_at <= ? or stored_at > ?", (now, now + _SKEW)
        )
        connection.execute(
            "delete from answers where key in (select key from (select key,"
            " sum(length(body)) over (order by stored_at desc, key) as size from answers)"
            " where size > ?)",
            (LARGEST_CACHE,),
        )

    def get(self, key: str) -> Kept | None:
        rows = self._execute(
            "select status, headers, body, stored_at, fresh_until from answers"
            " where key = ? and gone_at > ? and stored_at <= ?",
            (key, self._now(), self._now() + _SKEW),
        )
        for status, headers, body, stored_at, fresh_until in rows:
            try:
                named = CaseInsensitiveDict(json.loads(headers))
                return Kept(status, named, zlib.decompress(body), stored_at, fresh_until)
            except (ValueError, zlib.error):
                logger.warning("a kept answer is damaged")
        return None

    def is_fresh(self, kept: Kept) -> bool:
        return self._now() < kept.fresh_until

    def put(
        self, key: str, source: str, verdict: Verdict, keep: Keep, secrets: Iterable[str]
    ) -> None:
        """Keep an answer, if it is one, without secrets and without what its endpoint drops."""
        document = verdict.document
        if document is None or document.suspect or len(verdict.body) > LARGEST_ENTRY:
            return
        body = canonical.dumps(keep.cleaned(document.value))
        named = {name: verdict.headers[name] for name in HEADERS if name in verdict.headers}
        headers = json.dumps(named)
        for secret in filter(None, secrets):
            body, headers = body.replace(secret, SHOWN), headers.replace(secret, SHOWN)
        now = self._now()
        fresh_until = now + keep.lifetime.total_seconds()
        can_be_validated = "ETag" in named or "Last-Modified" in named
        gone_at = fresh_until + (VALIDATED_FOR.total_seconds() if can_be_validated else 0)
        if gone_at > now:
            self._execute(
                "insert or replace into answers values (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    key,
                    source,
                    verdict.status,
                    headers,
                    zlib.compress(body.encode("utf-8", "replace"), 1),
                    now,
                    fresh_until,
                    gone_at,
                ),
            )

    def renew(self, key: str, keep: Keep) -> None:
        """Keep an answer for another lifetime: the source says that it has not changed."""
        fresh_until = self._now() + keep.lifetime.total_seconds()
        gone_at = fresh_until + VALIDATED_FOR.total_seconds()
        self._execute(
            "update answers set fresh_until = ?, gone_at = ? where key = ?",
            (fresh_until, gone_at, key),
        )

    def forget(self, source: str) -> None:
        """Remove everything of a source, from the file too."""
        self._execute("delete from answers where source = ?", (source,))
        self._execute("vacuum", ())
        self._execute("pragma wal_checkpoint(truncate)", ())

    def _execute(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        try:
            with self._lock:
                return self._connection.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            logger.warning("the kept answers are of no use now: %s", error)
            return []

    def close(self) -> None:
        try:
            with self._lock:
                self._remove_old(self._connection)
        except sqlite3.DatabaseError as error:
            logger.warning("old answers stay: %s", error)
        self._connection.close()


def key_of(source: str, request: PreparedRequest, secrets: Iterable[str]) -> str:
    """What tells a request from all others, whatever its secrets and the order of its parameters.

    The request must not have been given its credentials yet.
    """
    parts = urlsplit(str(request.url))
    query = urlencode(sorted(public_params(str(request.url), secrets)))
    accept = request.headers.get("Accept", "")
    body = request.body if isinstance(request.body, bytes | str) else b""
    address = (parts.scheme, parts.netloc, parts.path, query)
    return canonical.hash_of(source, request.method, *address, accept, body)
