"""The session beneath dlt's client: asks politely, again where that helps, judges each answer."""

from __future__ import annotations

import logging
import random
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from dlt.sources.helpers.requests.session import Session
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from tenacity import RetryCallState, Retrying, retry_if_result
from urllib3.exceptions import HTTPError

from ingestion.errors import AnswerUnusable, RateLimited, SourceStopped, Unreachable
from ingestion.http.cache import AnswerCache, Keep, key_of
from ingestion.http.failures import MAY_BE_CHARGED, error_of, problem
from ingestion.http.judging import NOT_MODIFIED, judge
from ingestion.http.limits import Quota
from ingestion.http.oauth import ClientCredentials
from ingestion.http.redaction import redact
from ingestion.http.transfer import keep, no_answer
from ingestion.http.verdict import Verdict
from ingestion.settings import Settings, SourceSettings

logger = logging.getLogger(__name__)

#: Seconds: first back-off, longest back-off.
BACKOFF = 0.5
LONGEST_BACKOFF = 30.0
#: Seconds for a connection or a name to come about. Without a network a source gives up after
#: three quick tries of it.
CONNECT_TIMEOUT = 5.0
UNREACHABLE_TRIES = 3
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
MOST_REDIRECTS = 5


@dataclass(frozen=True, slots=True)
class Manner:
    """How one request is made. cost: requests that the source counts it as."""

    keep: Keep | None = None
    cost: int = 1
    #: The body of a success is left to be read as it comes in, in so many seconds at most.
    streaming: float | None = None


@dataclass(frozen=True)
class Rules:
    """How a source is asked; the same for all requests."""

    source: str
    host: str
    config: SourceSettings
    settings: Settings
    quota: Quota
    #: Adds to what the run counts.
    count: Callable[..., None]
    success: frozenset[int]
    judge: Callable[[Verdict], None] | None
    retry_timeouts: bool
    auth: AuthBase | None
    before_wait: Callable[[], None]
    sleep: Callable[[float], None]
    secrets: tuple[str, ...] = field(repr=False)


class PoliteSession(Session):
    """Sends what dlt's client prepares. Used by several threads at once."""

    def __init__(self, rules: Rules, headers: Mapping[str, str]) -> None:
        timeout = rules.config.timeout
        super().__init__(timeout=(min(CONNECT_TIMEOUT, timeout), timeout), raise_for_status=False)
        self.headers.update(headers)
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.max_redirects = MOST_REDIRECTS
        # A proxy of the environment cannot reach what listens on this machine.
        self.trust_env = rules.host not in LOOPBACK
        at_once = rules.config.concurrency
        adapter = HTTPAdapter(pool_maxsize=max(10, at_once))
        self.mount("https://", adapter)
        self.mount("http://", adapter)
        self._rules = rules
        self._reached = False
        self._at_once = threading.BoundedSemaphore(at_once)
        self._opening = threading.Lock()
        self._cache: AnswerCache | None = None
        self._retrying = Retrying(
            retry=retry_if_result(self._may_retry),
            stop=self._enough,
            wait=self._back_off,
            sleep=self._pause,
            retry_error_callback=_outcome,
        )

    def close(self) -> None:
        super().close()
        self._rules.quota.close()
        if self._cache is not None:
            self._cache.close()

    def send(
        self, request: PreparedRequest, *, manner: Manner | None = None, **kwargs: Any
    ) -> Response:
        """Answer from the cache or send, as often as it takes. The verdict is on the response.

        Raises SourceStopped when the source cannot go on.
        """
        if manner is None:
            # requests itself sends: to where it was redirected.
            return self._transport(request, **kwargs)
        if manner.keep is None:
            return self._retrying(self._attempt, request, manner, kwargs)
        cache, key = self._opened_cache(), key_of(self._rules.source, request, self._rules.secrets)
        kept = cache.get(key)
        if kept is not None and cache.is_fresh(kept):
            return _judged(request, kept.verdict())
        if kept is not None:
            request.headers.update(kept.validators)
        response = self._retrying(self._attempt, request, manner, kwargs)
        verdict = verdict_of(response)
        if kept is not None and verdict.status == NOT_MODIFIED and verdict.code is None:
            cache.renew(key, manner.keep)
            return _judged(request, kept.verdict())
        cache.put(key, self._rules.source, verdict, manner.keep, self._rules.secrets)
        return response

    def _transport(self, request: PreparedRequest, **kwargs: Any) -> Response:
        try:
            response: Response = super().send(request, **kwargs)  # type: ignore[no-untyped-call]
        except (HTTPException, HTTPError, ValueError) as error:
            # What requests lets through of an answer that is none.
            if isinstance(error, requests.RequestException):
                raise
            raise requests.ConnectionError(error) from error
        return response

    def _opened_cache(self) -> AnswerCache:
        with self._opening:
            if self._cache is None:
                self._cache = AnswerCache(self._rules.settings)
            return self._cache

    # -- one try -----------------------------------------------------------------------------------

    def _attempt(
        self, request: PreparedRequest, manner: Manner, kwargs: dict[str, Any]
    ) -> Response:
        """Book it, send it, judge it; with a new token if the old one is no longer taken."""
        rules = self._rules
        response = self._sent(request, manner, kwargs)
        if verdict_of(response).status == 401 and isinstance(rules.auth, ClientCredentials):
            rules.auth.renew(response.request)
            rules.count(retries=1)
            response = self._sent(request, manner, kwargs)
        verdict = verdict_of(response)
        if verdict.problem is not None:
            logger.info("%s: %s", redact(str(request.url)), verdict.problem)
        rules.quota.learn(verdict.headers)
        if verdict.code in ("rate_limited", "quota_spent") and verdict.wait is not None:
            # Holds for the other threads and the next run, too. Booking the next try waits for it.
            rules.quota.leave_alone(verdict.wait, problem(verdict.code, verdict.words))
        return response

    def _sent(self, request: PreparedRequest, manner: Manner, kwargs: dict[str, Any]) -> Response:
        rules = self._rules
        timeout = rules.config.timeout
        if not self._reached:
            self._resolve(str(request.url))
        rules.quota.book(rules.config.max_wait, rules.before_wait, manner.cost)
        # Each try gets the credentials of its time, and what is kept of the request none.
        signed = request.copy()
        if rules.auth is not None:
            signed = rules.auth(signed)
        success = rules.success
        if "If-None-Match" in request.headers or "If-Modified-Since" in request.headers:
            success |= {NOT_MODIFIED}
        rules.count(requests=1)
        with self._at_once:
            began = time.monotonic()
            try:
                response = self._transport(signed, **{**kwargs, "stream": True})
                self._reached = True
                streaming = manner.streaming is not None
                verdict = judge(response, success, manner.streaming or timeout, streaming=streaming)
            except requests.RequestException as error:
                logger.info("no answer from %s: %s", rules.host, redact(str(error)))
                response, verdict = Response(), no_answer(error, rules.host, timeout)
            finally:
                rules.count(response_ms=(time.monotonic() - began) * 1000)
        # Of what has not changed there is nothing to judge: the kept answer was.
        if rules.judge is not None and verdict.status != NOT_MODIFIED:
            rules.judge(verdict)
        return _judged(signed, verdict, response)

    def _resolve(self, url: str) -> None:
        """Look the host's name up, which no timeout of requests covers, in bounded time."""
        if self.trust_env and requests.utils.get_environ_proxies(url):
            return
        found = threading.Event()
        host = self._rules.host

        def look_up() -> None:
            try:
                socket.getaddrinfo(host, None)
            except OSError:
                # The request itself tells what is wrong.
                logger.debug("%s cannot be resolved", host)
            found.set()

        threading.Thread(target=look_up, daemon=True).start()
        if not found.wait(CONNECT_TIMEOUT):
            raise Unreachable(problem("no_network", f"the name {host} cannot be resolved"))

    def get_redirect_target(self, resp: Response) -> str | None:
        """Where a redirect leads, None (it is then judged as it is) when that is another host or a
        connection less safe: the request may hold credentials."""
        try:
            target: str | None = super().get_redirect_target(resp)
            if target is None:
                return None
            here = urlsplit(str(resp.url))
            there = urlsplit(urljoin(str(resp.url), target))
            same = _site(here.hostname) == _site(there.hostname) and here.port == there.port
        except ValueError:
            return None
        safe = here.scheme == there.scheme or (here.scheme, there.scheme) == ("http", "https")
        return target if same and safe else None

    # -- retries -----------------------------------------------------------------------------------

    def _may_retry(self, response: Response) -> bool:
        verdict = verdict_of(response)
        if verdict.failure is None or not verdict.failure.is_retried:
            return False
        return self._rules.retry_timeouts or verdict.code not in MAY_BE_CHARGED

    def _enough(self, state: RetryCallState) -> bool:
        tries = self._rules.config.retries + 1
        failure = verdict_of(_outcome(state)).failure
        if not self._reached and failure is not None and failure.error is Unreachable:
            tries = min(tries, UNREACHABLE_TRIES)
        return state.attempt_number >= tries

    def _back_off(self, state: RetryCallState) -> float:
        verdict = verdict_of(_outcome(state))
        if verdict.wait is not None:
            if verdict.wait > self._rules.config.max_wait:
                raise stopped(verdict, self._rules.quota)
            # A limit is waited for, by all threads, where the next try is booked.
            return 0 if verdict.code == "rate_limited" else verdict.wait + random.uniform(0.05, 0.2)
        longest = min(BACKOFF * 2.0**state.attempt_number, LONGEST_BACKOFF)
        return random.uniform(longest / 2, longest)

    def _pause(self, seconds: float) -> None:
        self._rules.count(retries=1)
        if seconds > 1:
            self._rules.before_wait()
        if seconds > 0:
            logger.info("%s is asked again in %.1f s", self._rules.host, seconds)
            self._rules.sleep(seconds)


def verdict_of(response: Response) -> Verdict:
    """The verdict that `PoliteSession` has given a response."""
    found: Verdict = response.verdict  # type: ignore[attr-defined]
    return found


def _judged(
    request: PreparedRequest, verdict: Verdict, response: Response | None = None
) -> Response:
    """A response with its verdict, and our parse of the body for dlt's client and paginators."""
    if response is None:
        response = Response()
    if response.status_code is None:
        if verdict.status is not None:
            response.status_code = verdict.status
        keep(response, verdict.body)
        response.url = str(request.url)
        response.headers.update(verdict.headers)
    response.request = request
    response.verdict = verdict  # type: ignore[attr-defined]
    value = verdict.document.value if verdict.document is not None else {}
    response.json = lambda **_: value  # type: ignore[method-assign]
    return response


def stopped(verdict: Verdict, quota: Quota) -> SourceStopped:
    """The named error by which a failure stops its source."""
    text = verdict.problem or ""
    until = None if verdict.wait is None else quota.after(verdict.wait)
    error = error_of(text)
    if isinstance(error, RateLimited):
        return type(error)(text, until)
    if isinstance(error, AnswerUnusable):
        # Out of order for longer than we wait: the source says when it is to be asked again.
        return RateLimited(text, until)
    return error


def _site(host: str | None) -> str:
    return (host or "").lower().removeprefix("www.")


def _outcome(state: RetryCallState) -> Response:
    if state.outcome is None:
        raise RuntimeError("a retry is decided before the first try has ended")
    response: Response = state.outcome.result()
    return response
