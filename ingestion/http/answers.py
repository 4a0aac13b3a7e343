"""What came back from a source, judged before anything of it is used."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

import requests
import urllib3
from requests import Response

from ingestion.errors import NotJsonError
from ingestion.http.redaction import redact
from ingestion.landing import canonical

#: Statuses that a later try may not have.
RETRIED = frozenset({408, 425, 429, *range(500, 600)})
#: A body beyond this many bytes is not read to its end.
LARGEST_BODY = 64_000_000
_CHUNK = 65_536


@dataclass(slots=True)
class Verdict:
    """The judgement of one answer. No `problem`: `document` holds the parsed body."""

    status: int | None = None
    body: bytes = b""
    document: canonical.Document | None = None
    #: Why the answer cannot be used: a short code, a colon, words.
    problem: str | None = None
    #: Whether asking again may help.
    retry: bool = False
    #: Seconds that the source asks us to wait.
    wait: float | None = None
    #: The source says that its rate limit is used up.
    is_limited: bool = False
    #: The source refuses our credentials or us.
    is_refused: bool = False
    #: No connection came about, so nothing was asked.
    is_unreachable: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


def judge(response: Response, success: frozenset[int], timeout: float) -> Verdict:
    """Look at status and content type, then read the body (at most `timeout` seconds) and parse it.

    The response must have been sent with `stream=True`.
    """
    status = response.status_code
    body, broken = read(response, timeout)
    verdict = Verdict(status=status, body=body, headers=response.headers)
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if status not in success:
        _judge_status(verdict, response)
    elif broken is not None:
        verdict.problem, verdict.retry = broken, True
    elif not body.strip():
        verdict.problem, verdict.retry = "empty_body: the answer holds nothing", status != 204
    elif kind in ("text/html", "application/xhtml+xml"):
        verdict.problem, verdict.retry = f"html: {kind} instead of JSON", True
    else:
        try:
            verdict.document = canonical.parse(body)
        except NotJsonError as error:
            verdict.problem, verdict.retry = f"not_json: {error}", True
    return verdict


def _judge_status(verdict: Verdict, response: Response) -> None:
    status = response.status_code
    remaining = response.headers.get("X-RateLimit-Remaining", "").strip()
    reset = _seconds(response.headers.get("X-RateLimit-Reset"))
    after = _seconds(response.headers.get("Retry-After"))
    said = _error_text(verdict.body)
    verdict.problem = f"status_{status}: {said or response.reason or 'no reason given'}"
    if status == 429 or (status == 403 and (remaining == "0" or after is not None)):
        verdict.is_limited = verdict.retry = True
        verdict.wait = after if after is not None else reset
    elif status in RETRIED:
        verdict.retry, verdict.wait = True, after
    elif status in (401, 403):
        verdict.is_refused = True


def _seconds(header: str | None) -> float | None:
    """Seconds that a Retry-After or X-RateLimit-Reset header tells; a date counts from now."""
    if header is None:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except ValueError:
        return None


def _error_text(body: bytes) -> str:
    """The words of an error body, one line of at most 200 characters."""
    try:
        value = canonical.parse(body).value
    except NotJsonError:
        return ""
    for name in ("error", "message", "display", "detail"):
        if isinstance(value, dict) and isinstance(value.get(name), str):
            return redact(" ".join(value[name].split())[:200])
    return ""


def read(response: Response, timeout: float) -> tuple[bytes, str | None]:
    """The body as far as it came, and what broke it off (a reason) or None.

    Read as it comes in, so that a body that trickles does not outlast `timeout`.
    """
    deadline = time.monotonic() + timeout
    raw: urllib3.HTTPResponse = response.raw
    parts: list[bytes] = []
    size = 0
    problem = None
    try:
        while True:
            part = raw.read1(_CHUNK, decode_content=True)
            if not part:
                break
            parts.append(part)
            size += len(part)
            if size > LARGEST_BODY:
                problem = f"too_large: more than {LARGEST_BODY} bytes"
                break
            if time.monotonic() > deadline:
                problem = f"slow: the body was not complete after {timeout:g} s"
                break
    except urllib3.exceptions.ReadTimeoutError:
        problem = f"slow: the body was not complete after {timeout:g} s"
    except urllib3.exceptions.DecodeError:
        problem = "undecodable: the body is not compressed as its header says"
    except (urllib3.exceptions.HTTPError, OSError) as error:
        if isinstance(error.__cause__, http.client.IncompleteRead):
            missing = error.__cause__.expected
            problem = f"truncated: {size} bytes came, {missing} are missing"
        else:
            problem = f"connection_lost: {type(error).__name__} after {size} bytes"
    finally:
        response.close()
    body = b"".join(parts)
    keep(response, body)
    return body, problem


def keep(response: Response, body: bytes) -> None:
    """Give a response its content, as requests does itself on first use."""
    vars(response).update(_content=body, _content_consumed=True)


def no_answer(error: requests.RequestException, host: str, timeout: float) -> Verdict:
    """The judgement where no answer came. `host` is for the words only."""
    cause: BaseException = error
    for candidate in _chain(error):
        cause = candidate
        if isinstance(candidate, socket.gaierror | urllib3.exceptions.NameResolutionError):
            return _unreachable(f"no_network: the name {host} cannot be resolved")
        if isinstance(candidate, ConnectionRefusedError):
            return _unreachable(f"unreachable: {host} refused the connection")
    if isinstance(error, requests.exceptions.SSLError):
        return Verdict(problem=f"tls: no safe connection to {host}", is_unreachable=True)
    if isinstance(error, requests.exceptions.ProxyError):
        return _unreachable(f"proxy: the proxy on the way to {host} does not answer")
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return Verdict(problem=f"unreachable: {host} does not answer", is_unreachable=True)
    if isinstance(error, requests.exceptions.Timeout):
        return Verdict(problem=f"timeout: no answer in {timeout:g} s", retry=True)
    if isinstance(cause, OSError) and cause.errno is not None and not _was_connected(error):
        return _unreachable(f"unreachable: {host}: {cause.strerror or type(cause).__name__}")
    return Verdict(problem=f"connection_lost: {host}: {type(cause).__name__}", retry=True)


def _unreachable(problem: str) -> Verdict:
    return Verdict(problem=problem, retry=True, is_unreachable=True)


def _was_connected(error: BaseException) -> bool:
    return not any(isinstance(e, urllib3.exceptions.NewConnectionError) for e in _chain(error))


def _chain(error: BaseException) -> list[BaseException]:
    """An error and what lies behind it, outermost first."""
    found: list[BaseException] = []
    seen: BaseException | None = error
    while seen is not None and seen not in found:
        found.append(seen)
        inner = seen.args[0] if seen.args and isinstance(seen.args[0], BaseException) else None
        seen = inner or getattr(seen, "reason", None) or seen.__cause__ or seen.__context__
        if not isinstance(seen, BaseException):
            seen = None
    return found
