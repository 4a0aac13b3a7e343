"""From one page to the next: dlt's paginators for the ways of our sources.

None of them raises for what a source sends. After a walk `reason` says why it did not come to the
end of what there is, None when it did. `position` is where the next page stands, to be given as
`start` to another of its kind.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from dlt.sources.helpers.rest_client.paginators import (
    JSONLinkPaginator,
    JSONResponseCursorPaginator,
    OffsetPaginator,
    PageNumberPaginator,
    RangePaginator,
)
from requests import Request, Response

from ingestion.http.session import verdict_of
from ingestion.http.verdict import NOTHING, at, whole

_CONTENT_RANGE = re.compile(r"(?:([0-9]{1,15})-([0-9]{1,15})|\*)/([0-9]{1,15})\s*$")
#: Pages of a walk whose end only the last page tells: a source that goes round in a circle.
MOST_PAGES = 10_000


class CountedPages(PageNumberPaginator):
    """Pages numbered from `base_page`, as many as the answers say, at most `cap`.

    count_field: dotted path of the number of pages, or of records where `size` (records a page) is
    given. size_field: path of the number of records a page, for a source that may give fewer than
    it is asked for. A path with `{page}` in it gets the number there, any other as a parameter. An
    answer that could not be used does not end the walk; with `stop_when_empty`, a page without
    records does.
    """

    def __init__(
        self,
        *,
        cap: int,
        count_field: str,
        base_page: int = 0,
        size: int | None = None,
        size_field: str | None = None,
        param: str = "page",
        start: int | None = None,
        stop_when_empty: bool = False,
    ) -> None:
        super().__init__(
            base_page=base_page,
            page=base_page if start is None else start,
            page_param=param,
            total_path=None,
            maximum_page=base_page + cap,
            stop_after_empty_page=False,
        )
        self._cap = cap
        self._count_field = count_field
        self._size = size
        self._size_field = size_field
        self._stop_when_empty = stop_when_empty
        self._template = ""
        #: What the newest answer that says so says; None before the first.
        self.page_count: int | None = None
        #: The number of records, where that is what the answers say.
        self.total: int | None = None

    def asking(self, page: int, path: str, params: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """Path and parameters of a page."""
        if "{page}" in path:
            return path.replace("{page}", str(page)), dict(params)
        return path, {**params, str(self.param_name): page}

    def init_request(self, request: Request) -> None:
        self._template = request.url
        super().init_request(request)

    def update_request(self, request: Request) -> None:
        if "{page}" in self._template:
            request.url = self._template.replace("{page}", str(self.current_value))
        else:
            super().update_request(request)

    @property
    def end(self) -> int:
        """The first page number that is not to be asked for, as far as is known."""
        count = self._cap if self.page_count is None else min(self.page_count, self._cap)
        return int(self.base_index) + count

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        document = verdict_of(response).document
        count = None if document is None else whole(at(document.value, self._count_field))
        if count is not None and self._size is None:
            self.page_count = count
        elif count is not None and self._size is not None:
            if self._size_field is not None and document is not None:
                self._size = whole(at(document.value, self._size_field)) or self._size
            self.total, self.page_count = count, -(-count // self._size)
        self.current_value += 1
        ends = self._stop_when_empty and not data and document is not None
        self._has_next_page = self.current_value < self.end and not ends

    @property
    def is_capped(self) -> bool:
        """Whether there are more pages than may be asked for."""
        return self.page_count is not None and self.page_count > self._cap

    @property
    def position(self) -> int:
        return int(self.current_value)

    @property
    def reason(self) -> str | None:
        if self.is_capped:
            return f"capped: {self.page_count} pages, of which {self._cap} can be asked for"
        return None


class RangedPages(RangePaginator):
    """Ranges `first-last` of records in a parameter, `first-last/total` in Content-Range.

    last_start: the largest `first` that the source takes. An answer that could not be used does not
    end the walk once the total is known.
    """

    def __init__(
        self, *, width: int, last_start: int, param: str = "range", start: int = 0
    ) -> None:
        super().__init__(
            param_name=param, initial_value=start, value_step=width, maximum_value=last_start + 1
        )
        self._reach = (last_start // width + 1) * width
        #: Records that there are, as the newest answer says; None before the first.
        self.total: int | None = None
        self.reason: str | None = None

    def update_request(self, request: Request) -> None:
        first, width = self.current_value, self.value_step
        request.params = {**(request.params or {}), self.param_name: f"{first}-{first + width - 1}"}

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        verdict = verdict_of(response)
        told = _CONTENT_RANGE.search(verdict.headers.get("Content-Range", ""))
        if verdict.document is not None and told is not None:
            self.total = int(told[3])
        self.current_value += self.value_step
        if verdict.document is NOTHING:
            self._has_next_page = False
        elif self.total is not None:
            self._has_next_page = self.current_value < min(self.total, self._reach)
            if self.total > self._reach:
                self.reason = f"capped: {self.total} records, of which {self._reach} can be read"
        elif verdict.document is None:
            self._has_next_page, self.reason = False, _unread(response)
        else:
            # Without a total the last page is known by being short.
            self._has_next_page = (
                len(data or ()) >= self.value_step and self.current_value < self._reach
            )

    @property
    def position(self) -> int:
        return int(self.current_value)


class OffsetPages(OffsetPaginator):
    """An offset and a limit, until a page without records comes.

    Goes on by as many records as came, so that a source that gives fewer than asked is read whole.
    key: field that every record has; what stands among them and has none does not count, so that
    nothing is passed over.
    """

    def __init__(
        self,
        *,
        limit: int,
        offset_param: str = "offset",
        limit_param: str = "limit",
        start: int = 0,
        key: str | None = None,
    ) -> None:
        super().__init__(
            limit=limit,
            offset=start,
            offset_param=offset_param,
            limit_param=limit_param,
            total_path=None,
        )
        self._pages = 0
        self._key = key
        self.reason: str | None = None

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        self._pages += 1
        if verdict_of(response).document is None:
            self._has_next_page, self.reason = False, _unread(response)
        elif not data:
            self._has_next_page = False
        elif self._pages >= MOST_PAGES:
            self._has_next_page, self.reason = False, f"capped: after {self._pages} pages"
        else:
            came = [one for one in data if isinstance(one, dict) and one.get(self._key) is not None]
            self.current_value += len(came if self._key is not None and came else data)

    @property
    def position(self) -> int:
        return int(self.current_value)


class CursorPages(JSONResponseCursorPaginator):
    """A cursor in the body leads to the next page; without one, or without records, it ends."""

    def __init__(
        self,
        *,
        cursor_path: str,
        cursor_param: str = "cursor",
        start: str | None = None,
        cap: int = MOST_PAGES,
    ) -> None:
        super().__init__(cursor_path=cursor_path, cursor_param=cursor_param)
        self._start = start
        self._cap = cap
        self._met: set[str] = set()
        self.reason: str | None = None

    def init_request(self, request: Request) -> None:
        if self._start is not None:
            self._next_reference = self._start
            self.update_request(request)

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        if verdict_of(response).document is None:
            self._next_reference, self.reason = None, _unread(response)
            return
        super().update_state(response, data)
        cursor = _text(self._next_reference) if data else None
        self._next_reference, self.reason = _next(cursor, self._met, self._cap)

    @property
    def position(self) -> str | None:
        reference: str | None = self._next_reference
        return reference


class LinkedPages(JSONLinkPaginator):
    """A link in the body leads to the next page, of the same host.

    Of a link to another host (the API was reached under a name of its own) only the query is taken.
    """

    def __init__(
        self, *, next_url_path: str, start: str | None = None, cap: int = MOST_PAGES
    ) -> None:
        super().__init__(next_url_path=next_url_path)
        self._start = start
        self._cap = cap
        self._met: set[str] = set()
        self._first: dict[str, Any] = {}
        self.reason: str | None = None

    def init_request(self, request: Request) -> None:
        self._first = dict(request.params or {})
        if self._start is not None:
            self._next_reference = self._start
            self.update_request(request)

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        if verdict_of(response).document is None:
            self._next_reference, self.reason = None, _unread(response)
            return
        super().update_state(response, data)
        link = self._next_reference if isinstance(self._next_reference, str) else None
        self._next_reference, self.reason = _next(_text(link), self._met, self._cap)

    def update_request(self, request: Request) -> None:
        if self._next_reference is None:
            return
        here = urlsplit(request.url)
        try:
            there = urlsplit(urljoin(request.url, self._next_reference))
        except ValueError:
            self._next_reference, self.reason = None, "type_changed: the next link is no address"
            return
        path = there.path if there.netloc == here.netloc else here.path
        request.url = here._replace(path=path, query="", fragment="").geturl()
        # What was asked for stands, also where the link does not repeat it.
        linked = dict(parse_qsl(there.query, keep_blank_values=True))
        request.params = {**self._first, **linked}

    @property
    def position(self) -> str | None:
        reference: str | None = self._next_reference
        return reference


def _text(value: Any) -> str | None:
    """A reference that can be sent, None for all else."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip() or len(value) > 8_000:
        return None
    try:
        value.encode()
    except UnicodeEncodeError:
        return None
    return value


def _next(reference: str | None, met: set[str], cap: int) -> tuple[str | None, str | None]:
    """The reference if it may be followed, and the reason if there is one but it may not."""
    if reference is None:
        return None, None
    if reference in met:
        return None, "loop: the source leads round in a circle"
    met.add(reference)
    if len(met) >= cap:
        return None, f"capped: after {len(met)} pages"
    return reference, None


def _unread(response: Response) -> str:
    return verdict_of(response).problem or "unread: the page could not be used"
