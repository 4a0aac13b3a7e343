"""Answers kept on disk: what they spare, when they end, and what is never among them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from dlt.sources.helpers.rest_client.auth import APIKeyAuth
from pydantic import SecretStr

from ingestion.demo.server import Answer as Sent
from ingestion.demo.server import Loopback, Request
from ingestion.http import CountedPages, Keep
from ingestion.http.cache import AnswerCache
from ingestion.settings import SourceSettings
from tests.unit.http.conftest import Asked, Clock

Ask = Callable[..., Asked]
HOUR = Keep(timedelta(hours=1))
KEY = "key-that-nobody-may-see"


class Keyed(SourceSettings):
    api_key: SecretStr = SecretStr(KEY)


class Api:
    """Counts what it is asked; says what it is told to."""

    def __init__(self, *, etag: bool = False) -> None:
        self.asked: list[Request] = []
        self.version = 1
        self.etag = etag

    def __call__(self, request: Request) -> Sent:
        self.asked.append(request)
        tag = f'"v{self.version}"'
        if self.etag and request.headers.get("if-none-match") == tag:
            return Sent(304, b"", headers={"ETag": tag})
        jobs = [{"id": 1, "version": self.version, "contact": {"mail": "a@example.org"}}]
        content = {"jobs": jobs, "key": request.first("api_key"), "page_count": 2}
        return Sent.of(content, ETag=tag) if self.etag else Sent.of(content)


def test_an_equal_request_costs_nothing_for_as_long_as_is_stated(ask: Ask, clock: Clock) -> None:
    api = Api()
    with Loopback(api) as server:
        asked = ask(server.url, None, ((1, 86_400),))
        first = asked.client.get("jobs", {"a": 1, "b": "x y"}, keep=HOUR)
        clock.sleep(3_599)
        second = asked.client.get("jobs", {"b": "x y", "a": 1}, keep=HOUR)
        assert len(api.asked) == asked.counts.requests == 1
        assert second.records("jobs") == first.records("jobs")
        assert (first.kept_at, second.request) == (None, {"b": "x y", "a": 1})
        assert second.kept_at == clock.now() - timedelta(seconds=3_599)
        clock.sleep(86_400)
        api.version = 2
        assert asked.client.get("jobs", {"a": 1, "b": "x y"}, keep=HOUR).records("jobs") != (
            first.records("jobs")
        )
        assert len(api.asked) == 2


def test_what_differs_is_asked_for(ask: Ask) -> None:
    api = Api()
    with Loopback(api) as server:
        client = ask(server.url).client
        for path, params, headers in (
            ("jobs", {"a": 1}, {}),
            ("jobs", {"a": 2}, {}),
            ("jobs/1", {"a": 1}, {}),
            ("jobs", {"a": 1}, {"Accept": "application/jsonl"}),
        ):
            client.get(path, params, headers=headers, keep=HOUR)
        assert len(api.asked) == 4
        client.get("jobs", {"a": 1})
        assert len(api.asked) == 5, "nothing is kept, or taken from there, unless it is asked for"


def test_the_next_run_and_another_process_find_it(ask: Ask, clock: Clock) -> None:
    api = Api()
    with Loopback(api) as server:
        ask(server.url).client.get("jobs", keep=HOUR)
        ask(server.url).client.get("jobs", keep=HOUR)
        assert len(api.asked) == 1
        earlier = clock.model_copy(update={"at": clock.at - timedelta(days=3)})
        ask(server.url, clock=earlier).client.get("jobs", keep=HOUR)
        assert len(api.asked) == 2, "an answer of a time that is yet to come is none"


def test_unchanged_answers_are_validated(ask: Ask, clock: Clock) -> None:
    api = Api(etag=True)
    with Loopback(api) as server:
        asked = ask(server.url)
        first = asked.client.get("jobs", keep=HOUR)
        clock.sleep(7_200)
        second = asked.client.get("jobs", keep=HOUR)
        assert api.asked[1].headers["if-none-match"] == '"v1"'
        assert (second.status, second.records("jobs")) == (200, first.records("jobs"))
        asked.client.get("jobs", keep=HOUR)
        assert len(api.asked) == 2, "validated, it is good for as long again"
        clock.sleep(7_200)
        api.version = 2
        assert asked.client.get("jobs", keep=HOUR).records("jobs")[0]["version"] == 2
        always = Keep(timedelta(0))
        asked.client.get("other", keep=always)
        asked.client.get("other", keep=always)
        assert len(api.asked) == 5
        assert api.asked[4].headers["if-none-match"] == '"v2"'
        assert asked.counts.errors == 0


def test_neither_secrets_nor_dropped_fields_are_kept(ask: Ask, clock: Clock) -> None:
    def prepare(record: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in record.items() if name != "version"}

    keep = Keep(timedelta(hours=1), records="jobs", drop=("contact",), prepare=prepare)
    api = Api()
    auth = APIKeyAuth(name="api_key", api_key=KEY, location="query")
    with Loopback(api) as server:
        asked = ask(server.url, Keyed(), auth=auth)
        asked.client.get("jobs", {"q": "x"}, keep=keep)
        kept = asked.client.get("jobs", {"q": "x"}, keep=keep)
        assert api.asked[0].first("api_key") == KEY
    assert kept.usable().value == {"jobs": [{"id": 1}], "key": "[secret]", "page_count": 2}
    assert kept.request == {"q": "x"}
    asked.client.close()
    for file in clock.state.iterdir():
        assert KEY.encode() not in file.read_bytes()
        assert b"example.org" not in file.read_bytes()


def test_nothing_but_good_answers_is_kept(ask: Ask) -> None:
    bodies = [b'{"a": NaN}', b'{"a": 1, "a": 2}', b"{nope", b'"\xff"', b"[]"]
    sent = iter(bodies)
    with Loopback(lambda request: Sent(200, next(sent))) as server:
        client = ask(server.url, SourceSettings(retries=0)).client
        for _ in bodies:
            last = client.get("x", keep=HOUR)
        assert last.records() == []
        assert client.get("x", keep=HOUR).kept_at is not None


def test_pages_come_from_the_cache_too(ask: Ask) -> None:
    api = Api()
    with Loopback(api) as server:
        asked = ask(server.url)
        for _ in range(2):
            pages = CountedPages(cap=9, count_field="page_count")
            assert len(list(asked.client.pages("jobs", {}, pages, "jobs", keep=HOUR))) == 2
        assert len(api.asked) == 2


def test_what_is_over_is_removed(clock: Clock, ask: Ask) -> None:
    with Loopback(Api()) as server, Loopback(Api(etag=True)) as other:
        ask(server.url).client.get("jobs", keep=HOUR)
        ask(other.url).client.get("jobs", keep=HOUR)
    clock.sleep(7_200)
    cache = AnswerCache(clock)
    assert _kept(cache) == [
        '{"Content-Type": "application/json; charset=utf-8", "ETag": "\\"v1\\""}'
    ]
    clock.sleep(86_400 * 15)
    cache.close()
    assert _kept(AnswerCache(clock)) == []


def test_a_source_can_be_forgotten(clock: Clock, ask: Ask) -> None:
    word = "zanzibar" * 3
    with Loopback(lambda request: Sent.of({"a": word})) as server:
        client = ask(server.url).client
        client.get("x", keep=HOUR)
        client.close()
    AnswerCache(clock).forget("y")
    assert len(_kept(AnswerCache(clock))) == 1
    cache = AnswerCache(clock)
    cache.forget("x")
    cache.close()
    assert _kept(AnswerCache(clock)) == []


def test_a_cache_that_is_too_large_loses_its_oldest(
    clock: Clock, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Loopback(lambda request: Sent.of({"q": request.first("q")})) as server:
        client = ask(server.url).client
        for number in range(10):
            client.get("x", {"q": number}, keep=HOUR)
            clock.sleep(1)
        monkeypatch.setattr("ingestion.http.cache.LARGEST_CACHE", 100)
        client.close()
        assert 1 < len(_kept(AnswerCache(clock))) < 10
        assert ask(server.url).client.get("x", {"q": 9}, keep=HOUR).kept_at is not None


def test_a_damaged_file_costs_nothing_but_its_answers(clock: Clock, ask: Ask) -> None:
    clock.state.mkdir(parents=True)
    (clock.state / "answers.sqlite").write_bytes(b"this is no database, but it is long" * 100)
    api = Api()
    with Loopback(api) as server:
        client = ask(server.url).client
        client.get("jobs", keep=HOUR)
        client.get("jobs", keep=HOUR)
        assert len(api.asked) == 1
        file = clock.state / "answers.sqlite"
        _scribble(file)
        assert client.get("jobs", keep=HOUR).problem is None


def _scribble(file: Path) -> None:
    for each in file.parent.glob("answers.sqlite*"):
        each.write_bytes(b"x" * each.stat().st_size)


def test_threads_share_it(ask: Ask) -> None:
    api = Api()
    with Loopback(api) as server:
        client = ask(server.url, SourceSettings(concurrency=4)).client
        for number in range(20):
            client.get("jobs", {"n": number}, keep=HOUR)
        kept: list[bool] = []

        def again() -> None:
            for number in range(20):
                answer = client.get("jobs", {"n": number}, keep=HOUR)
                kept.append(answer.kept_at is not None)

        threads = [threading.Thread(target=again) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert kept == [True] * 80


def _kept(cache: AnswerCache) -> list[str]:
    """Headers of the answers that are kept."""
    found = [headers for (headers,) in cache._execute("select headers from answers", ())]
    assert all(isinstance(json.loads(headers), dict) for headers in found)
    return found
