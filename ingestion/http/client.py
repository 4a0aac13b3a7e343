"""The one HTTP client of all sources: dlt's RESTClient with limits, retries and judged answers."""

from __future__ import annotations

import logging
import random
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from dlt.sources.helpers.requests import Client
from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.helpers.rest_client.paginators import BasePaginator, PageNumberPaginator
from requests import PreparedRequest, Response
from requests.auth import AuthBase
from tenacity import RetryCallState, Retrying, retry_if_result

from ingestion.counts import Counts
from ingestion.errors import AccessRefused, RateLimited, SourceStopped, Unreachable
from ingestion.http.answers import Verdict, judge, keep, no_answer
from ingestion.http.limits import Quota
from ingestion.http.redaction import redact
from ingestion.landing.canonical import Document
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
#: Answers in a row that could not be used before a source is left alone.
FAILURES_IN_A_ROW = 5


def user_agent() -> str:
    try:
        number = version("wagehouse")
    except PackageNotFoundError:
        number = "0.1"
    return f"Wagehouse/{number} (job-market warehouse on one's own machine; dlt; python-requests)"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. Either `document` is there or `problem` says why not."""

    #: What was asked for, without secrets.
    request: dict[str, Any]
    status: int | None
    body: bytes
    document: Document | None
    problem: str | None
    headers: Mapping[str, str]


class ApiClient:
    """Asks one source. Counts into `counts`, waits for the source's limits, retries, judges.

    `before_wait` is called before each longer wait, so that what was fetched can be put on disk.
    """

    def __init__(
        self,
        *,
        base_url: str,
        source: str,
        config: SourceSettings,
        settings: Settings,
        rate: Sequence[tuple[int, float]],
        counts: Counts,
        success: frozenset[int] = frozenset({200}),
        before_wait: Callable[[], None] = lambda: None,
        auth: AuthBase | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._host = urlsplit(base_url).hostname or base_url
        self._config = config
        self._settings = settings
        self._success = success
        self._counts = counts
        self._before_wait = before_wait
        self._sleep = sleep
        self._secrets = config.secrets()
        self._quota = Quota(source, rate, settings, sleep=sleep)
        self._reached = False
        self._main = threading.get_ident()
        self._counting = threading.Lock()
        session = Client(
            request_timeout=(min(CONNECT_TIMEOUT, config.timeout), config.timeout),
            raise_for_status=False,
            status_codes=(),
            exceptions=(),
            request_max_attempts=1,
        ).session
        session.headers["User-Agent"] = user_agent()
        session.headers["Accept"] = "application/json"
        # A proxy of the environment cannot reach what listens on this machine.
        session.trust_env = self._host not in LOOPBACK
        self._transport: Callable[..., Response] = session.send
        retrying = Retrying(
            retry=retry_if_result(_may_retry),
            stop=self._enough,
            wait=self._back_off,
            sleep=self._pause,
            retry_error_callback=_last,
        )
        session.send = retrying.wraps(self._attempt)  # type: ignore[method-assign]
        self._client = RESTClient(base_url=base_url, session=session, auth=auth)

    def close(self) -> None:
        self._quota.close()
        self._client.session.close()

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        """Ask once (with retries). Raises SourceStopped when the source cannot go on."""
        hooks = {"response": [self._examine]}
        response = self._client.get(path, params=dict(params or {}), hooks=hooks)
        return self._answer(response)

    def pages(
        self,
        path: str,
        params: Mapping[str, Any],
        paginator: BasePaginator,
        data_selector: str,
    ) -> Iterator[Answer]:
        """Ask page after page, as dlt's paginator leads. A page that could not be used is yielded
        too, with its problem, and the walk goes on.

        Raises SourceStopped when the source cannot go on: Unreachable before the first answer,
        AccessRefused, RateLimited, or five pages in a row that could not be used.
        """
        failures = 0
        if self._config.concurrency > 1 and isinstance(paginator, CountedPages):
            answers = self._at_once(path, params, paginator)
        else:
            answers = self._in_turn(path, params, paginator, data_selector)
        with closing(answers):
            for answer in answers:
                yield answer
                failures = failures + 1 if answer.document is None else 0
                if failures >= FAILURES_IN_A_ROW:
                    raise SourceStopped(f"{answer.problem} ({failures} answers in a row)")

    def _in_turn(
        self, path: str, params: Mapping[str, Any], paginator: BasePaginator, data_selector: str
    ) -> Generator[Answer]:
        for page in self._client.paginate(
            path,
            params=dict(params),
            paginator=paginator,
            data_selector=data_selector,
            hooks={"response": [self._examine]},
        ):
            yield self._answer(page.response)

    def _at_once(
        self, path: str, params: Mapping[str, Any], paginator: CountedPages
    ) -> Generator[Answer]:
        """The first page, then as many at once as CONCURRENCY says, in their order."""

        def ask(page: int) -> Answer:
            return self.get(path, {**params, str(paginator.param_name): page})

        first = ask(paginator.base_index)
        paginator.learn(first.document)
        yield first
        after = paginator.base_index + 1
        under_way: deque[Future[Answer]] = deque()
        pool = ThreadPoolExecutor(self._config.concurrency)
        try:
            while True:
                while after < paginator.end and len(under_way) < self._config.concurrency:
                    under_way.append(pool.submit(ask, after))
                    after += 1
                if not under_way:
                    return
                answer = under_way.popleft().result()
                paginator.learn(answer.document)
                yield answer
        finally:
            pool.shutdown(cancel_futures=True)

    # -- one request -------------------------------------------------------------------------------

    def _attempt(self, request: PreparedRequest, **kwargs: Any) -> Response:
        """Send once: book it, send it, judge it. The verdict travels on the response."""
        if not self._reached:
            self._resolve(str(request.url))
        self._quota.book(self._config.max_wait, self._put_on_disk)
        self._count(requests=1)
        began = time.monotonic()
        kwargs["stream"] = True
        try:
            response = self._transport(request, **kwargs)
            self._reached = True
        except requests.RequestException as error:
            logger.info("no answer from %s: %s", self._host, redact(str(error)))
            response = self._without_answer(
                request, no_answer(error, self._host, self._config.timeout)
            )
        finally:
            self._count(response_ms=(time.monotonic() - began) * 1000)
        verdict = _verdict(response)
        if verdict.problem is not None:
            logger.info("%s: %s", _shown(response), verdict.problem)
        if verdict.is_limited and (verdict.wait or 0) > self._config.max_wait:
            raise self._limited(verdict)
        return response

    def _count(self, **more: float) -> None:
        with self._counting:
            for name, value in more.items():
                setattr(self._counts, name, getattr(self._counts, name) + value)

    def _put_on_disk(self) -> None:
        """Before a wait. Rows are written by the thread that lands them, never by a helper."""
        if threading.get_ident() == self._main:
            self._before_wait()

    def _examine(self, response: Response, *_: Any, **__: Any) -> None:
        """Response hook: judges the answer before anything parses it."""
        verdict = judge(response, self._success, self._config.timeout)
        _attach(response, verdict)

    def _without_answer(self, request: PreparedRequest, verdict: Verdict) -> Response:
        response = Response()
        response.request = request
        response.url = str(request.url)
        keep(response, b"")
        _attach(response, verdict)
        return response

    def _resolve(self, url: str) -> None:
        """Look the host's name up, which no timeout of requests covers, in bounded time."""
        if requests.utils.get_environ_proxies(url):
            return
        found = threading.Event()

        def look_up() -> None:
            try:
                socket.getaddrinfo(self._host, None)
            except OSError:
                # The request itself tells what is wrong.
                logger.debug("%s cannot be resolved", self._host)
            found.set()

        threading.Thread(target=look_up, daemon=True).start()
        if not found.wait(CONNECT_TIMEOUT):
            raise Unreachable(f"no_network: the name {self._host} cannot be resolved")

    # -- retries -----------------------------------------------------------------------------------

    def _enough(self, state: RetryCallState) -> bool:
        tries = self._config.retries + 1
        if _verdict(_outcome(state)).is_unreachable:
            tries = min(tries, UNREACHABLE_TRIES)
        return state.attempt_number >= tries

    def _back_off(self, state: RetryCallState) -> float:
        verdict = _verdict(_outcome(state))
        if verdict.wait is not None:
            return verdict.wait + random.uniform(0.05, 0.25)
        longest = min(BACKOFF * 2.0**state.attempt_number, LONGEST_BACKOFF)
        return random.uniform(longest / 2, longest)

    def _pause(self, seconds: float) -> None:
        self._count(retries=1)
        if seconds > 1:
            self._put_on_disk()
        logger.info("%s is asked again in %.1f s", self._host, seconds)
        self._sleep(seconds)

    def _answer(self, response: Response) -> Answer:
        verdict = _verdict(response)
        if verdict.problem is not None:
            self._count(errors=1)
        if verdict.is_limited:
            raise self._limited(verdict)
        if verdict.is_refused:
            raise AccessRefused(redact(verdict.problem or "refused"))
        if verdict.is_unreachable and not self._reached:
            raise Unreachable(redact(verdict.problem or "unreachable"))
        return Answer(
            request=self._asked(response),
            status=verdict.status,
            body=verdict.body,
            document=verdict.document,
            problem=redact(verdict.problem) if verdict.problem else None,
            headers=verdict.headers,
        )

    def _limited(self, verdict: Verdict) -> RateLimited:
        until: datetime | None = None
        if verdict.wait is not None:
            until = datetime.now(UTC) + timedelta(seconds=verdict.wait)
        return RateLimited(f"rate_limited: {redact(verdict.problem or '')}", until)

    def _asked(self, response: Response) -> dict[str, Any]:
        """The query as it was sent, whole numbers as such, less what is secret."""
        asked: dict[str, Any] = {}
        query = urlsplit(str(response.request.url)).query
        for name, text in parse_qsl(query, keep_blank_values=True):
            if text in self._secrets or redact(f"{name}={text}") != f"{name}={text}":
                continue
            value: Any = int(text) if text.isascii() and text.isdigit() else text
            if name in asked:
                earlier = asked[name]
                asked[name] = [*(earlier if isinstance(earlier, list) else [earlier]), value]
            else:
                asked[name] = value
        return asked


class CountedPages(PageNumberPaginator):
    """Pages numbered from `base_page`, as many as the answers say at `count_field`, at most `cap`.

    An answer that could not be used does not end the walk.
    """

    def __init__(self, *, cap: int, count_field: str, base_page: int = 0) -> None:
        super().__init__(
            base_page=base_page,
            total_path=None,
            maximum_page=base_page + cap,
            stop_after_empty_page=False,
        )
        self._cap = cap
        self._count_field = count_field
        #: What the newest answer that says so says; None before the first.
        self.page_count: int | None = None

    def learn(self, document: Document | None) -> None:
        """Take the number of pages from an answer that says it."""
        if document is not None and isinstance(document.value, dict):
            count = document.value.get(self._count_field)
            if isinstance(count, int) and not isinstance(count, bool):
                self.page_count = count

    @property
    def end(self) -> int:
        """The first page number that is not to be asked for, as far as is known."""
        count = self._cap if self.page_count is None else min(self.page_count, self._cap)
        return int(self.base_index) + count

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        self.learn(_verdict(response).document)
        super().update_state(response, data)
        if self.current_value >= self.end:
            self._has_next_page = False

    @property
    def is_capped(self) -> bool:
        """Whether there are more pages than may be asked for."""
        return self.page_count is not None and self.page_count > self._cap


def _attach(response: Response, verdict: Verdict) -> None:
    response.verdict = verdict  # type: ignore[attr-defined]
    # What dlt's client and paginators read: our own parse of the body, or nothing.
    value = verdict.document.value if verdict.document is not None else {}
    response.json = lambda **_: value  # type: ignore[method-assign]


def _verdict(response: Response) -> Verdict:
    found: Verdict = response.verdict  # type: ignore[attr-defined]
    return found


def _outcome(state: RetryCallState) -> Response:
    if state.outcome is None:
        raise RuntimeError("a retry is decided before the first try has ended")
    response: Response = state.outcome.result()
    return response


def _last(state: RetryCallState) -> Response:
    return _outcome(state)


def _may_retry(response: Response) -> bool:
    return _verdict(response).retry


def _shown(response: Response) -> str:
    return redact(str(response.url))
