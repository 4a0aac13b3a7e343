"""OAuth2 client credentials: a token for our id and secret, got anew before it expires."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests
from dlt.common.configuration.specs import configspec
from dlt.sources.helpers.rest_client.auth import OAuth2ClientCredentials
from requests import PreparedRequest

from ingestion.errors import RateLimited, SourceStopped, TokenRefused, Unreachable
from ingestion.http.failures import problem
from ingestion.http.judging import error_words, judge
from ingestion.http.redaction import protect, redact
from ingestion.http.transfer import no_answer
from ingestion.http.verdict import Verdict

logger = logging.getLogger(__name__)

#: Seconds before its end that a token is no longer used; of short-lived ones, at most half.
MARGIN = 60.0
#: Seconds a token lives of which nothing is said.
LIFETIME = 600
#: Seconds: first and longest pause before asking for a token again.
BACKOFF, LONGEST_BACKOFF = 1.0, 20.0
TIMEOUT = (5.0, 30.0)

__all__ = ["ClientCredentials"]


@configspec(init=False)
class ClientCredentials(OAuth2ClientCredentials):
    """dlt's client credentials (id and secret in the body of the request), for several threads.

    Asks again when the token endpoint is out of order, up to `tries` times in all. Raises
    TokenRefused, Unreachable, RateLimited, or SourceStopped when no token is to be had; its text
    and what is logged hold no secret.
    """

    def __init__(
        self,
        url: str,
        client_id: str,
        client_secret: str,
        *,
        scope: str | None = None,
        tries: int = 3,
        session: requests.Session | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        protect([client_id, client_secret])
        super().__init__(
            access_token_url=url,
            client_id=client_id,
            client_secret=client_secret,
            access_token_request_data={"scope": scope} if scope else {},
            default_token_expiration=LIFETIME,
            session=session or requests.Session(),
        )
        self._tries = tries
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._good_until = 0.0
        self._host = urlsplit(url).hostname or url

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        with self._lock:
            if self.access_token is None or self.is_token_expired():
                self.obtain_token()
            request.headers["Authorization"] = f"Bearer {self.access_token}"
        return request

    def renew(self, request: PreparedRequest) -> None:
        """After a 401: give up the token that this request was sent with, unless another thread
        has got a new one already. The next request asks for it."""
        with self._lock:
            if request.headers.get("Authorization") == f"Bearer {self.access_token}":
                self._good_until = 0.0

    def is_token_expired(self) -> bool:
        return self._clock() >= self._good_until

    def obtain_token(self) -> None:
        for attempt in range(1, self._tries + 1):
            verdict = self._ask()
            failure = verdict.failure
            last = attempt == self._tries
            if failure is None:
                self._take(verdict)
                return
            if last or not failure.is_retried or verdict.code == "rate_limited":
                raise _error(verdict)
            wait = min(BACKOFF * 2.0 ** (attempt - 1), LONGEST_BACKOFF)
            logger.info("no token from %s: %s", self._host, verdict.problem)
            self._sleep(random.uniform(wait / 2, wait))

    def _ask(self) -> Verdict:
        try:
            response = self.session.post(
                self.access_token_url,
                **self.build_access_token_request(),
                timeout=TIMEOUT,
                stream=True,
                # The credentials go to this address and no other.
                allow_redirects=False,
            )
        except requests.RequestException as error:
            return no_answer(error, self._host, TIMEOUT[1])
        return judge(response, frozenset({200, 201}), TIMEOUT[1])

    def _take(self, verdict: Verdict) -> None:
        value = verdict.value if isinstance(verdict.value, dict) else {}
        token = value.get("access_token")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            words = error_words(value) or "the answer holds no access token"
            raise TokenRefused(problem("token_refused", redact(words)))
        protect([token])
        self.access_token = token
        lifetime = self.parse_expiration_in_seconds(value)
        self._good_until = self._clock() + lifetime - min(MARGIN, lifetime / 2)

    def parse_expiration_in_seconds(self, response_json: Any) -> int:
        try:
            lifetime = int(response_json["expires_in"])
        except (KeyError, TypeError, ValueError, OverflowError):
            return LIFETIME
        return lifetime if 0 < lifetime < 10**9 else LIFETIME

    def __repr__(self) -> str:
        return f"ClientCredentials({self.access_token_url!r})"

    __str__ = __repr__


def _error(verdict: Verdict) -> SourceStopped:
    """The named error for an answer that is no token."""
    text = redact(verdict.problem or "")
    failure = verdict.failure
    if failure is not None and issubclass(failure.error, Unreachable):
        return failure.error(text)
    if failure is not None and issubclass(failure.error, RateLimited):
        return failure.error(text)
    status = verdict.status
    if status is not None and 400 <= status < 500 and status not in (408, 425):
        value = verdict.value if isinstance(verdict.value, dict) else {}
        kind = value.get("error")
        words = verdict.words
        if isinstance(kind, str) and kind not in words:
            words = f"{redact(kind)[:60]}: {words}"
        return TokenRefused(problem("token_refused", f"status_{status}: {words}"))
    return SourceStopped(problem("token_failed", text))
