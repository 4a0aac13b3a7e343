"""Every way of going from page to page, against servers that mislead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from dlt.sources.helpers.rest_client.paginators import BasePaginator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.demo.server import Answer as Sent
from ingestion.demo.server import Loopback, Request
from ingestion.errors import SourceStopped
from ingestion.http import (
    Answer,
    CountedPages,
    CursorPages,
    LinkedPages,
    OffsetPages,
    RangedPages,
)
from ingestion.settings import SourceSettings
from tests.unit.http.conftest import Asked

Ask = Callable[..., Asked]
JOBS = [{"id": number} for number in range(45)]
FRANCE = frozenset({200, 204, 206})
QUICK = SourceSettings(retries=0)


def walk(
    ask: Ask,
    api: Callable[[Request], Sent],
    paginator: Any,
    selector: str = "jobs",
    path: str = "jobs",
    config: SourceSettings = QUICK,
    **params: Any,
) -> list[Answer]:
    with Loopback(api) as server:
        client = ask(f"{server.url}/api", config, success=FRANCE).client
        return list(client.pages(path, params, paginator, selector))


def ids(answers: list[Answer], path: str = "jobs") -> list[int]:
    return [
        record["id"]
        for answer in answers
        if answer.problem is None
        for record in answer.records(path)
    ]


def number(request: Request, name: str) -> int:
    return int(request.first(name) or 0)


# -- numbered --------------------------------------------------------------------------------------


def adzuna(request: Request) -> Sent:
    page = int(request.path.rpartition("/")[2])
    assert request.first("page") is None
    return Sent.of({"count": len(JOBS), "jobs": JOBS[(page - 1) * 10 : page * 10]})


@pytest.mark.parametrize("at_once", [1, 3])
def test_pages_in_the_path_by_the_number_of_records(ask: Ask, at_once: int) -> None:
    pages = CountedPages(cap=100, count_field="count", size=10, base_page=1)
    config = SourceSettings(concurrency=at_once)
    answers = walk(ask, adzuna, pages, path="gb/search/{page}", config=config, what="x")
    assert ids(answers) == list(range(45))
    assert [answer.path for answer in answers] == [f"/api/gb/search/{n}" for n in range(1, 6)]
    assert (pages.total, pages.page_count, pages.reason, pages.position) == (45, 5, None, 6)


@pytest.mark.parametrize("at_once", [1, 3])
def test_fewer_pages_than_there_are(ask: Ask, at_once: int) -> None:
    pages = CountedPages(cap=2, count_field="count", size=10, base_page=1)
    config = SourceSettings(concurrency=at_once)
    answers = walk(ask, adzuna, pages, path="gb/search/{page}", config=config)
    assert ids(answers) == list(range(20))
    assert pages.reason == "capped: 5 pages, of which 2 can be asked for"


@pytest.mark.parametrize("at_once", [1, 3])
def test_a_count_that_is_too_large_ends_with_the_first_empty_page(ask: Ask, at_once: int) -> None:
    asked: list[int] = []

    def api(request: Request) -> Sent:
        page = number(request, "page")
        asked.append(page)
        return Sent.of({"count": 99_999, "jobs": JOBS[(page - 1) * 20 : page * 20]})

    pages = CountedPages(cap=90, count_field="count", size=20, base_page=1, stop_when_empty=True)
    config = SourceSettings(concurrency=at_once)
    assert ids(walk(ask, api, pages, config=config)) == list(range(45))
    assert len(asked) <= 4 + at_once


def test_a_walk_begins_where_another_ended(ask: Ask) -> None:
    pages = CountedPages(cap=100, count_field="count", size=10, base_page=1, start=4)
    answers = walk(ask, adzuna, pages, path="gb/search/{page}")
    assert ids(answers) == list(range(30, 45))
    assert walk(ask, adzuna, pages, path="gb/search/{page}")[0].path.endswith("/4")


# -- ranges ----------------------------------------------------------------------------------------


def france(total: int = 45) -> Callable[[Request], Sent]:
    def api(request: Request) -> Sent:
        first, last = map(int, (request.first("range") or "").split("-"))
        found = JOBS[:total][first : last + 1]
        if not found:
            return Sent(204, b"", headers={"Content-Range": "*/0"})
        headers = {"Content-Range": f"offres {first}-{first + len(found) - 1}/{total}"}
        sent = Sent.of({"jobs": found}, 200 if len(found) == total else 206)
        return Sent(sent.status, sent.body, headers=headers)

    return api


@pytest.mark.parametrize(("total", "calls"), [(45, 5), (40, 4), (10, 1), (9, 1), (0, 1)])
def test_ranges(ask: Ask, total: int, calls: int) -> None:
    pages = RangedPages(width=10, last_start=3000)
    answers = walk(ask, france(total), pages, domaine="M18")
    assert ids(answers) == list(range(total))
    assert len(answers) == calls
    assert answers[0].request == {"domaine": "M18", "range": "0-9"}
    assert (pages.total, pages.reason) == (total, None)


def test_more_than_ranges_reach(ask: Ask) -> None:
    pages = RangedPages(width=10, last_start=20)
    assert ids(walk(ask, france(), pages)) == list(range(30))
    assert pages.reason == "capped: 45 records, of which 30 can be read"


def test_a_range_that_fails_costs_only_itself(ask: Ask) -> None:
    good = france()

    def api(request: Request) -> Sent:
        return Sent(500, b"") if request.first("range") in ("10-19",) else good(request)

    pages = RangedPages(width=10, last_start=3000)
    assert ids(walk(ask, api, pages)) == [*range(10), *range(20, 45)]
    pages = RangedPages(width=10, last_start=3000, start=10)
    assert len(walk(ask, api, pages)) == 1, "without a total nobody knows what follows"
    assert (pages.reason or "").startswith("status_500")


# -- offsets ---------------------------------------------------------------------------------------


def lever(most: int) -> Callable[[Request], Sent]:
    def api(request: Request) -> Sent:
        start = number(request, "skip")
        return Sent.of(JOBS[start : start + min(number(request, "limit"), most)])

    return api


@pytest.mark.parametrize("most", [100, 20, 7])
def test_offsets_also_where_fewer_come_than_are_asked_for(ask: Ask, most: int) -> None:
    pages = OffsetPages(limit=20, offset_param="skip")
    answers = walk(ask, lever(most), pages, "$", mode="json")
    assert ids(answers, "") == list(range(45))
    assert answers[0].request == {"mode": "json", "skip": 0, "limit": 20}
    assert (pages.reason, pages.position) == (None, 45)


def test_an_offset_that_fails_ends_the_walk(ask: Ask) -> None:
    good = lever(20)

    def api(request: Request) -> Sent:
        return Sent(500, b"") if number(request, "skip") else good(request)

    pages = OffsetPages(limit=20, offset_param="skip")
    answers = walk(ask, api, pages, "$")
    assert [answer.code for answer in answers] == [None, "status_500"]
    assert (pages.reason or "").startswith("status_500")
    again = OffsetPages(limit=20, offset_param="skip", start=pages.position)
    assert ids(walk(ask, good, again, "$"), "") == list(range(20, 45))


# -- cursors and links -----------------------------------------------------------------------------


def cursors(request: Request) -> Sent:
    start = number(request, "cursor")
    assert request.first("query") == "data & more"
    following = {"cursor": str(start + 10)} if start + 10 < len(JOBS) else {}
    return Sent.of({"data": {"jobs": JOBS[start : start + 10], **following}})


def test_cursors(ask: Ask) -> None:
    pages = CursorPages(cursor_path="data.cursor")
    answers = walk(ask, cursors, pages, "data.jobs", query="data & more")
    assert ids(answers, "data.jobs") == list(range(45))
    assert pages.reason is None
    resumed = CursorPages(cursor_path="data.cursor", start="30")
    answers = walk(ask, cursors, resumed, "data.jobs", query="data & more")
    assert ids(answers, "data.jobs") == list(range(30, 45))
    few = CursorPages(cursor_path="data.cursor", cap=2)
    assert len(walk(ask, cursors, few, "data.jobs", query="data & more")) == 2
    assert few.reason == "capped: after 2 pages"


@pytest.mark.parametrize("host", ["https://www.arbeitnow.com/api/other", "", "?"])
def test_links(ask: Ask, host: str) -> None:
    """As absolute addresses of the API's real host, as paths, and as queries."""

    def api(request: Request) -> Sent:
        assert request.path == "/api/jobs"
        assert request.first("tag") == "a b"
        page = number(request, "page") or 1
        link = {"?": f"?page={page + 1}", "": f"/api/jobs?page={page + 1}"}.get(
            host, f"{host}?page={page + 1}"
        )
        more = page * 10 < len(JOBS)
        jobs = JOBS[(page - 1) * 10 : page * 10]
        return Sent.of({"jobs": jobs, "links": {"next": link if more else None}})

    pages = LinkedPages(next_url_path="links.next")
    assert ids(walk(ask, api, pages, tag="a b")) == list(range(45))
    assert pages.reason is None
    again = LinkedPages(next_url_path="links.next", start="?page=4")
    assert ids(walk(ask, api, again, tag="a b")) == list(range(30, 45))


def test_a_circle_is_left(ask: Ask) -> None:
    def api(request: Request) -> Sent:
        following = "b" if request.first("cursor") == "a" else "a"
        return Sent.of({"jobs": JOBS[:1], "cursor": following, "next": f"?cursor={following}"})

    for pages in (CursorPages(cursor_path="cursor"), LinkedPages(next_url_path="next")):
        assert len(walk(ask, api, pages)) == 3
        assert pages.reason == "loop: the source leads round in a circle"


# -- anything --------------------------------------------------------------------------------------

ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()))
    | st.sampled_from(["http://[", "//", "?a=%ff&a", "9" * 5000, "http://x:y/", "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["jobs", "next", "count", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)
WAYS: list[Callable[[], BasePaginator]] = [
    lambda: CountedPages(cap=3, count_field="count"),
    lambda: CountedPages(cap=3, count_field="count", size=3, stop_when_empty=True),
    lambda: RangedPages(width=10, last_start=20),
    lambda: OffsetPages(limit=10),
    lambda: CursorPages(cursor_path="next", cap=4),
    lambda: LinkedPages(next_url_path="next", cap=4),
]


@pytest.mark.parametrize("way", range(len(WAYS)))
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_no_answer_is_an_error(ask: Ask, way: int, data: st.DataObject) -> None:
    """Whatever stands where jobs, counts and next pages are expected."""
    answers = data.draw(
        st.lists(
            st.fixed_dictionaries({}, optional={"jobs": ODD, "next": ODD, "count": ODD}) | ODD,
            min_size=1,
            max_size=4,
        )
    )
    told = data.draw(st.sampled_from(["", "*/0", "offres 0-9/²", "x 0-9/99999999999999999", "/5"]))
    sent: list[Any] = list(answers)

    def api(request: Request) -> Sent:
        content = Sent.of(sent.pop(0) if sent else {"jobs": []}).body
        return Sent(
            200, content, headers={"Content-Range": told.encode("latin-1").decode("latin-1")}
        )

    try:
        found = walk(ask, api, WAYS[way]())
    except SourceStopped:
        return
    assert 1 <= len(found) <= 6
