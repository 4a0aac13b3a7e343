"""What came back from a source, judged before anything of it is used."""

from __future__ import annotations

import html
import math
import re
import time
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from requests import Response

from ingestion.errors import NotJsonError
from ingestion.http.failures import failure
from ingestion.http.parsing import parse
from ingestion.http.transfer import chunks, read
from ingestion.http.verdict import NOTHING, Verdict
from ingestion.landing import canonical

NOT_MODIFIED = 304
#: No wait that a header asks for is longer: a month, in seconds.
LONGEST_WAIT = 32 * 86_400.0

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_MARKUP = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|\?xml|!--)", re.I)
_TITLE = re.compile(rb"<title[^>]*>(.{0,2000}?)</title", re.I | re.S)
#: What pages say, in their text or their scripts, that are meant to keep programs out.
_BLOCK = re.compile(
    rb"cf-chl|/cdn-cgi/challenge|challenge-platform|just a moment\.\.\.|attention required!"
    rb"|captcha|datadome|perimeterx|_incapsula_|unusual traffic|are you a (?:ro)?bot"
    rb"|(?:not|you are|you're) a (?:ro)?bot|verify(?:ing)? (?:that )?you are human"
    rb"|enable javascript and cookies|errors\.edgesuite\.net",
    re.I,
)
#: What no line and no database text holds, and how `canonical` carries bytes that are no UTF-8.
_UNFIT = re.compile("[\x00-\x1f\x7f\ud800-\udfff\U0010ff80-\U0010ffff]")
#: What is said when more than a rate is used up.
_LONG_QUOTA = re.compile(
    r"\b(?:month|monthly|daily|day|weekly|week)\b.{0,40}\b(?:quota|limit|allowance)\b"
    r"|\b(?:quota|limit|allowance)\b.{0,60}\b(?:month|monthly|daily|day|weekly|week)\b",
    re.I | re.S,
)
#: Names under which error bodies hold their words, the most telling first.
_WORDS = ("display", "message", "error_description", "detail", "error", "errors", "title")


def judge(
    response: Response, success: frozenset[int], timeout: float, *, streaming: bool = False
) -> Verdict:
    """Look at status and content type, then read the body (at most `timeout` seconds) and parse it.

    The response must have been sent with `stream=True`. streaming: the body of a success is left
    unread, in `chunks`.
    """
    status = response.status_code
    verdict = Verdict(status=status, headers=response.headers)
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if streaming and status in success and kind not in _HTML:
        verdict.chunks = chunks(response, timeout)
        return verdict
    verdict.body, broken = read(response, timeout)
    if status not in success:
        _judge_status(verdict, response, kind)
    elif broken is not None:
        verdict.fail(broken.code, broken.words)
    elif status in (204, NOT_MODIFIED):
        verdict.document = NOTHING
    elif not verdict.body.strip():
        verdict.fail("empty_body", "the answer holds nothing")
    elif kind in _HTML:
        _judge_page(verdict, kind)
    else:
        try:
            verdict.document = parse(verdict.body)
        except NotJsonError as error:
            if _MARKUP.match(verdict.body):
                _judge_page(verdict, "a page")
            else:
                verdict.fail("not_json", str(error))
    return verdict


def _judge_page(verdict: Verdict, kind: str) -> None:
    title = _title(verdict.body)
    if is_block_page(verdict.body):
        verdict.fail("blocked", f"a page that keeps programs out: {title}")
    else:
        verdict.fail("html", f"{kind} instead of JSON: {title}")


def _judge_status(verdict: Verdict, response: Response, kind: str) -> None:
    status = response.status_code
    is_page = kind in _HTML or _MARKUP.match(verdict.body) is not None
    if is_page:
        words = _title(verdict.body)
    else:
        words = error_words(verdict.value)
        if not words and kind == "text/plain":
            words = _line(canonical.readable(verdict.body))
    words = words or _line(response.reason or "") or "no reason given"
    after = seconds(response.headers.get("Retry-After"))
    remaining = response.headers.get("X-RateLimit-Remaining", "").strip()
    if 300 <= status < 400:
        verdict.fail("redirected", f"status {status} to {_target(response)}")
    elif status == 429 or (status == 403 and (remaining == "0" or after is not None)):
        reset = seconds(response.headers.get("X-RateLimit-Reset"))
        spent = seconds(response.headers.get("X-RateLimit-Requests-Reset"))
        gone = response.headers.get("X-RateLimit-Requests-Remaining", "").strip() == "0"
        if gone or _LONG_QUOTA.search(words):
            wait = next((wait for wait in (spent, after, reset) if wait is not None), None)
            verdict.fail("quota_spent", f"status_{status}: {words}", wait)
        else:
            wait = after if after is not None else reset
            verdict.fail("rate_limited", f"status_{status}: {words}", wait)
    elif is_page and status not in (401, 403) and is_block_page(verdict.body):
        verdict.fail("blocked", f"a page that keeps programs out: {words}", after)
    else:
        # 1xx and numbers that are no status fall in with what means nothing here.
        code = f"status_{status}" if 200 <= status < 600 else "status_2xx"
        verdict.fail(code, words)
        if failure(code).is_retried:
            verdict.wait = after


def is_block_page(body: bytes) -> bool:
    """Whether a page, or a text that should be another, is meant to keep programs out."""
    return _BLOCK.search(body[:100_000]) is not None


def seconds(header: str | None) -> float | None:
    """Seconds that a Retry-After or X-RateLimit-Reset header tells, at most LONGEST_WAIT.

    A date counts from now, and so does a number that can only be a date in seconds since 1970.
    """
    if header is None:
        return None
    try:
        value = float(header)
    except ValueError:
        try:
            value = parsedate_to_datetime(header).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError, IndexError):
            return None
    if not math.isfinite(value):
        return None
    if value > 1e9:
        value -= time.time()
    return min(max(0.0, value), LONGEST_WAIT)


def error_words(value: Any) -> str:
    """The words of an error body, also of an error that stands in a list of records: one line of
    at most 200 characters, empty when it has none."""
    if isinstance(value, list):
        value = value[0] if value else None
    found = _words(value)
    if not found and isinstance(value, dict):
        # One level further in and no deeper, whatever a source sends.
        for name in _WORDS:
            inner = value.get(name)
            found = found or _words(inner[0] if isinstance(inner, list) and inner else inner)
    return found


def _words(value: Any) -> str:
    if isinstance(value, dict):
        found = (value[name] for name in (*_WORDS, "msg") if isinstance(value.get(name), str))
        value = next(filter(str.strip, found), "")
    return _line(value) if isinstance(value, str) else ""


def _title(body: bytes) -> str:
    found = _TITLE.search(body[:100_000])
    return _line(html.unescape(canonical.readable(found[1]))) if found else "no title"


def _target(response: Response) -> str:
    try:
        return urlsplit(response.headers.get("Location", "")).hostname or "no other host"
    except ValueError:
        return "an address that is none"


def _line(text: str) -> str:
    """One line that can be stored and shown."""
    return _UNFIT.sub("\ufffd", " ".join(text.split())[:200])
