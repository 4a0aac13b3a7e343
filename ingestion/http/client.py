"""The one HTTP client of all sources: dlt's RESTClient with limits, retries and judged answers."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dlt.common.jsonpath import compile_path
from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.helpers.rest_client.paginators import BasePaginator
from requests import PreparedRequest, Response
from requests.auth import AuthBase

from ingestion.counts import Counts
from ingestion.errors import SourceStopped
from ingestion.http.cache import Keep
from ingestion.http.failures import RETRY, STOP
from ingestion.http.limits import Quota
from ingestion.http.paging import CountedPages
from ingestion.http.redaction import public_params, redact
from ingestion.http.session import Manner, PoliteSession, Rules, stopped, verdict_of
from ingestion.http.streams import Lines
from ingestion.http.transfer import BrokenOff
from ingestion.http.verdict import Answer, Verdict, at, whole
from ingestion.settings import Settings, SourceSettings

logger = logging.getLogger(__name__)

#: Answers in a row that could not be used before a source is left alone.
FAILURES_IN_A_ROW = 5
#: Seconds in which an answer that is read as it comes in must have come.
LONGEST_STREAM = 3_600.0


def user_agent(contact: str | None = None) -> str:
    """How we present ourselves; contact: an address of the user, who can be asked to stop."""
    try:
        number = version("wagehouse")
    except PackageNotFoundError:
        number = "0.1"
    about = "job-market warehouse on one's own machine; dlt; python-requests"
    return f"Wagehouse/{number} ({f'+{contact}; ' if contact else ''}{about})"


class ApiClient:
    """Asks one source. Counts into `counts`, waits for the source's limits, retries, judges.

    Used by several threads at once; `concurrency` requests are under way at most. `before_wait` is
    called before each longer wait, from whatever thread waits, so that what was fetched can be put
    on disk. `judge` refines the general judgement of each answer. Without `retry_timeouts` nothing
    is asked again that may have been charged.
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
        headers: Mapping[str, str] | None = None,
        judge: Callable[[Verdict], None] | None = None,
        retry_timeouts: bool = True,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        host = urlsplit(base_url).hostname or base_url
        self._config = config
        self._counts = counts
        self._before_wait = before_wait
        self._sleep = sleep
        self._secrets = tuple(filter(None, config.secrets()))
        self._quota = Quota(source, rate, settings, sleep=sleep)
        self._counting = threading.Lock()
        self._in_a_row = 0
        self._last_problem = ""
        self._helping = threading.local()
        rules = Rules(
            source=source,
            host=host,
            config=config,
            settings=settings,
            quota=self._quota,
            count=self._count,
            success=success,
            judge=judge,
            retry_timeouts=retry_timeouts,
            auth=auth,
            before_wait=self._put_on_disk,
            sleep=sleep,
            secrets=self._secrets,
        )
        named = {"User-Agent": user_agent(settings.contact), "Accept": "application/json"}
        self._session = PoliteSession(rules, {**named, **(headers or {})})
        self._client = RESTClient(base_url=base_url, session=self._session, auth=_Unsigned())

    def close(self) -> None:
        self._session.close()

    def get(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        keep: Keep | None = None,
        cost: int = 1,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask once (with retries), or answer from the cache as `keep` says.

        Raises SourceStopped when the source cannot go on; see `pages`.
        """
        return self._answer(self._get(path, params, headers, Manner(keep, cost)))

    def pages(
        self,
        path: str,
        params: Mapping[str, Any],
        paginator: BasePaginator,
        data_selector: str,
        *,
        keep: Keep | None = None,
        cost: int = 1,
    ) -> Iterator[Answer]:
        """Ask page after page, as dlt's paginator leads. A page that could not be used is yielded
        too, with its problem; where the paginator can tell what comes after it, the walk goes on,
        up to five of them in a row.

        Raises SourceStopped when the source cannot go on: Unreachable, AccessRefused, RateLimited,
        Blocked, or after five answers in a row that could not be used, whoever asked for them.
        """
        manner = Manner(keep, cost)
        if self._config.concurrency > 1 and isinstance(paginator, CountedPages):
            answers = self._at_once(path, params, paginator, data_selector, manner)
        else:
            answers = self._in_turn(path, params, paginator, data_selector, manner)
        failed = 0
        with closing(answers):
            for answer in answers:
                yield answer
                self._check()
                failed = failed + 1 if answer.document is None else 0
                if failed >= FAILURES_IN_A_ROW:
                    return

    def lines(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        longest: float = LONGEST_STREAM,
    ) -> Lines:
        """Ask for JSONL or one large JSON array, to be read record by record as it comes in, at
        most `longest` seconds. See `Lines`."""

        def ask() -> tuple[Answer, Iterator[bytes] | None]:
            response = self._get(path, params, headers, Manner(streaming=longest))
            return self._answer(response), verdict_of(response).chunks

        return Lines(ask, self._config.retries + 1, self._again)

    def download(
        self,
        path: str,
        to: Path,
        params: Mapping[str, Any] | None = None,
        *,
        longest: float = LONGEST_STREAM,
    ) -> Answer:
        """Fetch a file of any type and size, such as a ZIP. `to` is there only when it is whole."""
        part = to.with_name(f"{to.name}.part")
        manner = Manner(streaming=longest)
        for left in reversed(range(self._config.retries + 1)):
            response = self._get(path, params, {"Accept": "*/*"}, manner)
            answer, body = self._answer(response), verdict_of(response).chunks
            if body is None:
                return answer
            try:
                with part.open("wb") as file:
                    for chunk in body:
                        file.write(chunk)
            except BrokenOff as broken:
                verdict_of(response).fail(broken.code, broken.words)
                part.unlink(missing_ok=True)
                if left:
                    self._again()
            else:
                part.replace(to)
                return answer
        return self._answer(response)

    # -- within ------------------------------------------------------------------------------------

    def _get(
        self,
        path: str,
        params: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None,
        manner: Manner,
    ) -> Response:
        self._check()
        response: Response = self._client.get(
            path, params=dict(params or {}), headers=dict(headers or {}), manner=manner
        )
        return response

    def _in_turn(
        self,
        path: str,
        params: Mapping[str, Any],
        paginator: BasePaginator,
        data_selector: str,
        manner: Manner,
    ) -> Generator[Answer]:
        for page in self._client.paginate(
            path,
            params=dict(params),
            paginator=paginator,
            # Compiled once, not for each page: half a millisecond.
            data_selector=compile_path(data_selector or "$"),
            # Else dlt adds one that raises for a status.
            hooks={"response": []},
            manner=manner,
        ):
            yield self._answer(page.response)

    def _at_once(
        self,
        path: str,
        params: Mapping[str, Any],
        paginator: CountedPages,
        data_selector: str,
        manner: Manner,
    ) -> Generator[Answer]:
        """The first page, then as many at once as CONCURRENCY says, in their order."""

        def ask(page: int) -> Response:
            self._helping.now = True
            page_path, page_params = paginator.asking(page, path, params)
            return self._get(page_path, page_params, None, manner)

        after = paginator.current_value + 1
        response = self._get(*paginator.asking(after - 1, path, params), None, manner)
        under_way: deque[Future[Response]] = deque()
        pool = ThreadPoolExecutor(self._config.concurrency)
        try:
            while True:
                found = at(response.json(), data_selector)
                paginator.update_state(response, found if isinstance(found, list) else [])
                yield self._answer(response)
                while after < paginator.end and len(under_way) < self._config.concurrency:
                    under_way.append(pool.submit(ask, after))
                    after += 1
                if not under_way or not paginator.has_next_page:
                    return
                response = under_way.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)

    def _count(self, **more: float) -> None:
        with self._counting:
            for name, value in more.items():
                setattr(self._counts, name, getattr(self._counts, name) + value)

    def _put_on_disk(self) -> None:
        """Before a wait. Not from a helper of `pages`: the thread it helps holds what it landed."""
        if not getattr(self._helping, "now", False):
            self._before_wait()

    def _again(self) -> None:
        """A pause before a stream that broke off is asked for again."""
        self._count(retries=1)
        self._put_on_disk()
        self._sleep(1)

    def _check(self) -> None:
        """Leave alone a source that only fails."""
        if self._in_a_row >= FAILURES_IN_A_ROW:
            raise SourceStopped(f"{self._last_problem} ({self._in_a_row} answers in a row)")

    def _answer(self, response: Response) -> Answer:
        verdict = verdict_of(response)
        failure = verdict.failure
        with self._counting:
            if failure is None:
                self._in_a_row = 0
            else:
                self._counts.errors += 1
                # What is refused or not there says that the source works.
                self._in_a_row += failure.first is RETRY
                self._last_problem = verdict.problem or ""
        if failure is not None and failure.then is STOP:
            raise stopped(verdict, self._quota)
        url = str(response.request.url)
        return Answer(
            request=_asked(url, self._secrets),
            status=verdict.status,
            body=verdict.body,
            document=verdict.document,
            problem=verdict.problem,
            headers=verdict.headers,
            path=redact(urlsplit(url).path),
            kept_at=verdict.kept_at,
        )


class _Unsigned(AuthBase):
    """Credentials are added to each try, not by dlt's client. Something instead of nothing keeps
    requests from looking for some in ~/.netrc."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        return request


def _asked(url: str, secrets: Sequence[str]) -> dict[str, Any]:
    """The query as it was sent, whole numbers as such, less what is secret."""
    asked: dict[str, Any] = {}
    for name, text in public_params(url, secrets):
        number = whole(text)
        value = text if number is None else number
        if name in asked:
            earlier = asked[name]
            asked[name] = [*(earlier if isinstance(earlier, list) else [earlier]), value]
        else:
            asked[name] = value
    return asked
