"""Bytes from the wire: how far a body came, and what it means that no answer did."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Iterator

import requests
import urllib3
from requests import Response

from ingestion.http.verdict import Verdict

#: A body beyond this many bytes is not read to its end.
LARGEST_BODY = 64_000_000
CHUNK = 65_536


class BrokenOff(Exception):  # noqa: N818 - the name tells what happened
    """A body ended before it was whole. `code` and `words` as in the table of failures."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(code, words)
        self.code, self.words = code, words


def chunks(response: Response, timeout: float, largest: float = float("inf")) -> Iterator[bytes]:
    """The body as it comes in, decompressed. Closes the response at the end, however that comes.

    Raises BrokenOff: so that a body that trickles does not outlast `timeout` seconds, that one
    without end does not go beyond `largest` bytes, and when the connection breaks.
    """
    deadline = time.monotonic() + timeout
    raw: urllib3.HTTPResponse = response.raw
    size = 0
    try:
        while part := raw.read1(CHUNK, decode_content=True):
            size += len(part)
            yield part
            if size > largest:
                raise BrokenOff("too_large", f"more than {largest:.0f} bytes")
            if time.monotonic() > deadline:
                raise BrokenOff("slow", f"the body was not complete after {timeout:g} s")
    except urllib3.exceptions.ReadTimeoutError:
        raise BrokenOff("slow", f"the body was not complete after {timeout:g} s") from None
    except urllib3.exceptions.DecodeError:
        words = "the body is not compressed as its header says"
        raise BrokenOff("undecodable", words) from None
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        cause = error.__cause__
        if isinstance(cause, http.client.IncompleteRead) and cause.expected is not None:
            words = f"{size} bytes came, {cause.expected} are missing"
            raise BrokenOff("truncated", words) from None
        words = f"{type(error).__name__} after {size} bytes"
        raise BrokenOff("connection_lost", words) from None
    finally:
        response.close()


def read(response: Response, timeout: float) -> tuple[bytes, BrokenOff | None]:
    """The body as far as it came, and what broke it off or None."""
    parts: list[bytes] = []
    broken = None
    try:
        for part in chunks(response, timeout, LARGEST_BODY):
            parts.append(part)
    except BrokenOff as error:
        broken = error
    body = b"".join(parts)
    keep(response, body)
    return body, broken


def keep(response: Response, body: bytes) -> None:
    """Give a response its content, as requests does itself on first use."""
    vars(response).update(_content=body, _content_consumed=True)


def no_answer(error: requests.RequestException, host: str, timeout: float) -> Verdict:
    """The judgement where no answer came. `host` is for the words only."""
    verdict = Verdict()
    verdict.fail(*_what_happened(error, host, timeout))
    return verdict


def _what_happened(error: requests.RequestException, host: str, timeout: float) -> tuple[str, str]:
    if isinstance(error, requests.exceptions.ProxyError):
        return "proxy", f"the proxy on the way to {host} does not answer"
    cause: BaseException = error
    chain = _chain(error)
    for candidate in chain:
        cause = candidate
        if isinstance(candidate, socket.gaierror | urllib3.exceptions.NameResolutionError):
            return "no_network", f"the name {host} cannot be resolved"
        if isinstance(candidate, ConnectionRefusedError):
            return "unreachable", f"{host} refused the connection"
    match error:
        case requests.exceptions.SSLError():
            return "tls", f"no safe connection to {host}"
        case requests.exceptions.ConnectTimeout():
            return "unreachable", f"{host} does not answer"
        case requests.exceptions.Timeout():
            return "timeout", f"no answer in {timeout:g} s"
        case requests.exceptions.TooManyRedirects():
            return "redirected", f"{host} leads round in a circle"
    connected = not any(isinstance(e, urllib3.exceptions.NewConnectionError) for e in chain)
    if isinstance(cause, OSError) and cause.errno is not None and not connected:
        return "unreachable", f"{host}: {cause.strerror or type(cause).__name__}"
    return "connection_lost", f"{host}: {type(cause).__name__}"


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
