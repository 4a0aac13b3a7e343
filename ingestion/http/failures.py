"""What can go wrong when a source is asked: one table of codes, and what is done about each.

Every problem is `<code>: <words>`. The table decides whether a request is sent again, what happens
when that does not help, and which named error says so; the documentation is rendered from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ingestion import errors
from ingestion.errors import AnswerUnusable, SourceStopped


class Strategy(StrEnum):
    """What is done about a failure."""

    #: After a growing pause, as often as RETRIES says.
    RETRY = "ask again"
    #: As long as the source asks, at most MAX_WAIT.
    WAIT = "wait"
    #: The answer is set aside, its slice is not complete, the source goes on.
    SKIP = "skip the slice"
    #: What was fetched stays; the run goes on from here another time.
    STOP = "stop the source"


@dataclass(frozen=True, slots=True)
class Failure:
    """A class of failures. `first` is done at once, `then` when it has not helped."""

    code: str
    error: type[AnswerUnusable] | type[SourceStopped]
    first: Strategy
    then: Strategy
    #: What the user reads after the code, with what varies in angle brackets.
    reads: str

    @property
    def is_retried(self) -> bool:
        return self.first in (Strategy.RETRY, Strategy.WAIT)


RETRY, WAIT, SKIP, STOP = Strategy

#: A code `status_<number>` that has no row of its own falls under `status_4xx` or its like.
TABLE: tuple[Failure, ...] = (
    Failure("no_network", errors.Unreachable, RETRY, STOP, "the name <host> cannot be resolved"),
    Failure("unreachable", errors.Unreachable, RETRY, STOP, "<host> refused the connection"),
    Failure("proxy", errors.Unreachable, RETRY, STOP, "the proxy to <host> does not answer"),
    Failure("tls", errors.Unreachable, STOP, STOP, "no safe connection to <host>"),
    Failure("timeout", errors.NoAnswer, RETRY, SKIP, "no answer in <n> s"),
    Failure("connection_lost", errors.NoAnswer, RETRY, SKIP, "<host>: <what broke>"),
    Failure("slow", errors.BodyBroken, RETRY, SKIP, "the body was not complete after <n> s"),
    Failure("truncated", errors.BodyBroken, RETRY, SKIP, "<n> bytes came, <m> are missing"),
    Failure(
        "undecodable",
        errors.BodyBroken,
        RETRY,
        SKIP,
        "the body is not compressed as its header says",
    ),
    Failure("too_large", errors.BodyBroken, SKIP, SKIP, "more than <n> bytes"),
    Failure("redirected", errors.Redirected, SKIP, SKIP, "status <n> to <host>"),
    Failure("status_2xx", errors.UnexpectedStatus, SKIP, SKIP, "<what the source says>"),
    Failure("status_400", errors.RequestRefused, SKIP, SKIP, "<what the source says>"),
    Failure("status_401", errors.AccessRefused, STOP, STOP, "<what the source says>"),
    Failure("status_403", errors.AccessRefused, STOP, STOP, "<what the source says>"),
    Failure("status_404", errors.NotThere, SKIP, SKIP, "<what the source says>"),
    Failure("status_408", errors.ServerFailed, RETRY, SKIP, "<what the source says>"),
    Failure("status_410", errors.NotThere, SKIP, SKIP, "<what the source says>"),
    Failure("status_425", errors.ServerFailed, RETRY, SKIP, "<what the source says>"),
    Failure("status_4xx", errors.RequestRefused, SKIP, SKIP, "<what the source says>"),
    Failure("status_5xx", errors.ServerFailed, RETRY, SKIP, "<what the source says>"),
    Failure("quota", errors.RateLimited, WAIT, STOP, "<n> in <window> used up (until <time>)"),
    Failure("rate_limited", errors.RateLimited, WAIT, STOP, "<what the source says>"),
    Failure("quota_spent", errors.QuotaSpent, STOP, STOP, "<what the source says>"),
    Failure("token_refused", errors.TokenRefused, STOP, STOP, "<what the token endpoint says>"),
    Failure("token_failed", errors.SourceStopped, RETRY, STOP, "<what came of asking for one>"),
    Failure("blocked", errors.Blocked, RETRY, STOP, "a page that keeps programs out: <title>"),
    Failure("html", errors.NotJsonError, RETRY, SKIP, "text/html instead of JSON: <title>"),
    Failure("empty_body", errors.NotJsonError, RETRY, SKIP, "the answer holds nothing"),
    Failure("not_json", errors.NotJsonError, RETRY, SKIP, "<what is wrong> at <line, column>"),
    Failure("too_long", errors.NotJsonError, SKIP, SKIP, "a line of more than <n> bytes"),
    Failure("type_changed", errors.EnvelopeChanged, RETRY, SKIP, "<field> is <type>, not <type>"),
    Failure("not_ok", errors.SourceSaysNo, RETRY, SKIP, "<what the source says>"),
)
_BY_CODE = {row.code: row for row in TABLE}

#: Codes after which the source may have done, and charged, what it was asked for.
MAY_BE_CHARGED = frozenset({"timeout", "slow", "status_408", "status_504"})


def failure(code: str) -> Failure:
    """The row of a code. Raises KeyError for a code that is in no row."""
    if code not in _BY_CODE and code.startswith("status_"):
        code = f"{code[:8]}xx"
    return _BY_CODE[code]


def problem(code: str, words: str) -> str:
    """The text of a problem. Raises KeyError for a code that is in no row."""
    failure(code)
    return f"{code}: {words}"


def error_of(text: str) -> AnswerUnusable | SourceStopped:
    """The named error that a problem stands for."""
    return failure(text.partition(":")[0]).error(text)


def markdown(rows: Iterable[Failure] = TABLE) -> str:
    """The table as the documentation shows it."""
    lines = ["| Code | Error | What is done | When that does not help | What you read |"]
    lines.append("| --- | --- | --- | --- | --- |")
    for row in rows:
        then = "" if row.then == row.first else row.then
        reads = row.reads.replace("|", "\\|")
        lines.append(
            f"| `{row.code}` | `{row.error.__name__}` | {row.first} | {then} "
            f"| `{row.code}: {reads}` |"
        )
    return "\n".join(lines) + "\n"
