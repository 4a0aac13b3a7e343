"""The HTTP client against a server that fails in every way."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator

import pytest
from pydantic import SecretStr

from ingestion.errors import AccessRefused, RateLimited, SourceStopped, Unreachable
from ingestion.http import Answer, CountedPages
from ingestion.http.redaction import protect
from ingestion.settings import SourceSettings
from ingestion.the_muse import TheMuseSettings
from tests.simulator import ROOT, Simulator, faults, muse_api
from tests.unit.http.conftest import START, Asked, ids

JOBS = [{"id": number, "name": f"Job {number}"} for number in range(90)]
KEY = "very-secret-key"


@pytest.fixture
def api() -> Iterator[Simulator]:
    with Simulator(muse_api(JOBS, keys=frozenset({KEY}))) as simulator:
        yield simulator


@pytest.fixture
def asked(api: Simulator, ask: Callable[..., Asked]) -> Asked:
    return ask(api.url + ROOT)


def test_all_pages(api: Simulator, asked: Asked) -> None:
    answers = asked.walk(category="Sales & more")
    assert [answer.request["page"] for answer in answers] == [0]
    answers = asked.walk()
    assert ids(answers) == list(range(90))
    assert [answer.request for answer in answers] == [{"page": n} for n in range(5)]
    assert asked.counts.requests == 6
    assert asked.counts.retries == asked.counts.errors == 0
    agents = [v for k, v in api.requests[0].headers.items() if k.lower() == "user-agent"]
    assert agents[0].startswith("Wagehouse/")
    assert api.requests[0].query["category"] == ["Sales & more"]


@pytest.mark.parametrize("concurrency", [1, 3])
def test_the_cap_holds(api: Simulator, ask: Callable[..., Asked], concurrency: int) -> None:
    asked = ask(api.url + ROOT, SourceSettings(concurrency=concurrency))
    assert len(asked.walk(cap=3)) == 3
    assert asked.counts.requests == 3


def test_several_pages_at_once_come_in_their_order(
    api: Simulator, ask: Callable[..., Asked]
) -> None:
    asked = ask(api.url + ROOT, SourceSettings(concurrency=4))
    for page in range(5):
        api.fail(faults.slow(0.3), page=page)
    began = time.monotonic()
    assert ids(asked.walk()) == list(range(90))
    assert time.monotonic() - began < 5 * 0.3, "the first by itself, the others together"
    assert asked.counts.requests == 5


def test_several_pages_at_once_stop_where_one_does(
    api: Simulator, ask: Callable[..., Asked]
) -> None:
    asked = ask(api.url + ROOT, SourceSettings(concurrency=2))
    api.fail(faults.server_error(), page=1, times=None)
    api.fail(faults.rate_limited(1800), page=3, times=None)
    seen: list[Answer] = []
    pages = asked.client.pages("jobs", {}, CountedPages(cap=9, count_field="page_count"), "results")
    with pytest.raises(RateLimited):
        seen.extend(pages)
    assert [answer.problem is None for answer in seen] == [True, False, True]
    assert asked.flushed == 0, "helpers write no packages"


@pytest.mark.parametrize(
    "fault",
    [
        faults.server_error(500),
        faults.server_error(503),
        faults.status(408),
        faults.truncated(),
        faults.reset(),
        faults.html(),
        faults.empty(),
        faults.not_json(),
        faults.rate_limited(7, code=429),
        faults.rate_limited(7),
    ],
)
def test_a_passing_failure_costs_a_retry_and_nothing_else(
    api: Simulator, asked: Asked, fault: faults.Fault
) -> None:
    api.fail(fault, page=2)
    assert ids(asked.walk()) == list(range(90))
    assert asked.counts.requests == 6
    assert asked.counts.retries == 1
    assert asked.counts.errors == 0


@pytest.mark.parametrize(
    ("fault", "problem", "asked_times"),
    [
        (faults.server_error(502), "status_502: ", 3),
        (faults.status(404, b'{"error": "No such\\n thing"}'), "status_404: No such thing", 1),
        (faults.truncated(), "truncated: ", 3),
        (faults.reset(), "connection_lost: ", 3),
        (faults.html(), "html: text/html instead of JSON", 3),
        (faults.html(content_type="text/plain"), "html: a page instead of JSON: Please wait", 3),
        (faults.empty(), "empty_body: ", 3),
        (faults.not_json(), "not_json: ", 3),
    ],
)
def test_a_lasting_failure_costs_one_page(
    api: Simulator, asked: Asked, fault: faults.Fault, problem: str, asked_times: int
) -> None:
    api.fail(fault, page=2, times=None)
    answers = asked.walk()
    assert ids(answers) == [*range(40), *range(60, 90)]
    bad = answers[2]
    assert bad.problem is not None
    assert bad.problem.startswith(problem)
    assert "\n" not in bad.problem
    assert api.count(page=2) == asked_times
    assert asked.counts.errors == 1


def test_a_truncated_body_is_kept_as_far_as_it_came(api: Simulator, asked: Asked) -> None:
    api.fail(faults.truncated(0.5), page=0, times=None)
    first, *_ = asked.walk(cap=1)
    assert b'"results"' in first.body or first.body.startswith(b"{")


def test_content_type_is_looked_at_before_the_body(api: Simulator, asked: Asked) -> None:
    api.fail(faults.content_type("text/html"), page=0, times=None)
    assert (asked.walk(cap=1)[0].problem or "").startswith("html: ")
    api.mend()
    api.fail(faults.content_type("text/plain"), page=0, times=None)
    assert asked.walk(cap=1)[0].problem is None, "JSON under a careless name is still JSON"


def test_waits_grow_and_vary(api: Simulator, ask: Callable[..., Asked]) -> None:
    asked = ask(api.url + ROOT, SourceSettings(retries=4))
    api.fail(faults.server_error(), page=0, times=None)
    asked.walk(cap=1)
    assert len(asked.slept) == 4
    for number, seconds in enumerate(asked.slept, start=1):
        longest = 0.5 * 2**number
        assert longest / 2 <= seconds <= longest


def test_a_wait_the_source_asks_for_is_kept(api: Simulator, asked: Asked) -> None:
    api.fail(faults.rate_limited(40), page=1)
    asked.walk()
    assert 40 <= asked.slept[0] < 41
    assert asked.flushed == 1, "before a long wait what was fetched is put on disk"


@pytest.mark.parametrize("code", [403, 429])
def test_a_wait_too_long_stops_the_source(api: Simulator, asked: Asked, code: int) -> None:
    api.fail(faults.rate_limited(1800, code), page=1, times=None)
    with pytest.raises(RateLimited, match=r"^rate_limited: status_4.*Rate limit exceeded") as stop:
        asked.walk()
    assert stop.value.until is not None
    assert 1790 < (stop.value.until - START).total_seconds() <= 1800
    assert asked.slept == []
    assert api.count(page=1) == 1


def test_a_limit_that_does_not_lift_stops_the_source(api: Simulator, asked: Asked) -> None:
    api.fail(faults.rate_limited(1), page=1, times=None)
    with pytest.raises(RateLimited):
        asked.walk()
    assert api.count(page=1) == 3


@pytest.mark.parametrize("code", [401, 403])
def test_refusal_is_final(api: Simulator, asked: Asked, code: int) -> None:
    api.fail(faults.status(code, b'{"error": "Not for you"}'), page=1, times=None)
    with pytest.raises(AccessRefused, match=f"status_{code}: Not for you"):
        asked.walk()
    assert api.count(page=1) == 1


def test_a_server_that_only_fails_is_left_alone(api: Simulator, asked: Asked) -> None:
    api.fail(faults.html(), times=None)
    with pytest.raises(SourceStopped, match=r"html: .* answers in a row"):
        asked.walk()
    assert asked.counts.requests <= 15


@pytest.mark.parametrize("concurrency", [1, 3])
def test_a_walk_through_what_is_not_there_ends(
    api: Simulator, ask: Callable[..., Asked], concurrency: int
) -> None:
    asked = ask(api.url + ROOT, SourceSettings(concurrency=concurrency))
    api.fail(faults.status(404, b"{}"), times=None)
    assert [answer.code for answer in asked.walk(cap=1_000_000)] == ["status_404"] * 5
    assert asked.counts.requests < 5 + 2 * concurrency
    api.mend()
    assert ids(asked.walk()) == list(range(90)), "the source itself is asked on"


def test_a_slow_answer_is_not_waited_for(api: Simulator, ask: Callable[..., Asked]) -> None:
    asked = ask(api.url + ROOT, SourceSettings(timeout=0.3, retries=0))
    api.fail(faults.slow(2), page=0)
    began = time.monotonic()
    assert asked.walk(cap=1)[0].problem == "timeout: no answer in 0.3 s"
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:9/x", "unreachable: 127.0.0.1 refused the connection"),
        ("http://no-such-host.invalid/x", "no_network: the name no-such-host.invalid cannot be"),
    ],
)
def test_without_a_network_it_gives_up_at_once(
    ask: Callable[..., Asked], url: str, reason: str
) -> None:
    asked = ask(url, SourceSettings(retries=4))
    with pytest.raises(Unreachable, match=f"^{reason}"):
        asked.walk()
    assert asked.counts.requests == 3
    assert sum(asked.slept) < 4


def test_a_network_that_comes_back_is_used(api: Simulator, asked: Asked) -> None:
    api.fail(faults.reset(), page=0)
    assert ids(asked.walk()) == list(range(90))


def test_secrets_show_nowhere(
    api: Simulator, ask: Callable[..., Asked], caplog: pytest.LogCaptureFixture
) -> None:
    protect([KEY])
    asked = ask(api.url + ROOT, TheMuseSettings(api_key=SecretStr(KEY), retries=0))
    said = f'{{"error": "key {KEY} is unknown"}}'.encode()
    api.fail(faults.status(400, said), page=1)
    api.fail(faults.status(401, said), page=3)
    seen: list[Answer] = []
    paginator = CountedPages(cap=9, count_field="page_count")
    pages = asked.client.pages("jobs", {"api_key": KEY}, paginator, "results")
    with caplog.at_level(logging.DEBUG), pytest.raises(AccessRefused) as stop:
        seen.extend(pages)
    assert api.requests[0].query["api_key"] == [KEY]
    assert KEY not in str(stop.value)
    assert KEY not in caplog.text
    assert KEY not in str([(answer.request, answer.problem) for answer in seen])
    assert seen[1].problem == "status_400: key [secret] is unknown"
