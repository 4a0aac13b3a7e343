"""Named errors. The text of each is one line for the user: what, where, what to do."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path


class WagehouseError(Exception):
    """Base of every error that ingestion raises on purpose."""


def one_line(error: BaseException) -> str:
    """What an error of someone else's says, in one line of at most 500 characters."""
    return " ".join(str(error).split())[:500] or type(error).__name__


class SettingsError(WagehouseError):
    """A setting cannot be read; names the variable, never its value."""


class UnknownSourceError(WagehouseError):
    """A source is named that does not exist."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"There is no source {name!r}. Known: {', '.join(known)}.")


class DemoRefused(WagehouseError):  # noqa: N818 - the name tells what happened
    """The demo was asked for beside or after real sources."""


class WarehouseLocked(WagehouseError):  # noqa: N818 - the name tells what happened
    """Another process holds the warehouse file.

    `pid` is the holder's process id where DuckDB tells it, else None.
    """

    def __init__(self, warehouse: Path, pid: int | None = None) -> None:
        self.warehouse = warehouse
        self.pid = pid
        holder = f"process {pid}" if pid is not None else "another process"
        super().__init__(
            f"{warehouse} is in use by {holder}: wait until that has ended, then run again."
        )


class LoadFailed(WagehouseError):  # noqa: N818 - the name tells what happened
    """What was fetched is on disk and could not be brought into the warehouse; it can be later."""


class RawUnreadable(WagehouseError):  # noqa: N818 - the name tells what happened
    """The folder or bucket of the raw files cannot be read."""


class RawInTwoPlaces(WagehouseError):  # noqa: N818 - the name tells what happened
    """Raw is to be carried to a place that has records of its own."""


class RawNotCarried(WagehouseError):  # noqa: N818 - the name tells what happened
    """Raw could not be carried to where the settings want it; it is where it was, whole."""


class SourceStopped(WagehouseError):  # noqa: N818 - the name tells what happened
    """A source cannot go on in this run. Its text is a reason: a short code, a colon, words."""


class Unreachable(SourceStopped):
    """No answer came: no network, no such host, connection refused, timeouts."""


class AccessRefused(SourceStopped):
    """The source refuses the credentials or the address (401, or 403 that is no rate limit)."""


class TokenRefused(AccessRefused):
    """The source gives no access token for our credentials."""


class Blocked(SourceStopped):
    """The source answers with a page that is meant to keep programs out."""


class RateLimited(SourceStopped):
    """The source is not to be asked for longer than we are willing to wait: its rate limit is used
    up, or it asks to be left alone.

    `until` is when it can be asked again (UTC), None when nothing is known.
    """

    def __init__(self, reason: str, until: datetime | None = None) -> None:
        self.until = until
        super().__init__(reason)


class QuotaSpent(RateLimited):
    """The quota of a day or a month is spent, as the source itself says."""


class AnswerUnusable(WagehouseError):  # noqa: N818 - the name tells what happened
    """An answer that cannot be used: its slice is not complete, the source goes on.

    Its text is a reason: a short code, a colon, words.
    """


class RequestRefused(AnswerUnusable):
    """The source does not take the request as it was put (400, 422 and their like)."""


class NotThere(AnswerUnusable):
    """What was asked for does not exist, or no longer (404, 410)."""


class Redirected(AnswerUnusable):
    """The source points to another host, where nothing of ours is sent."""


class UnexpectedStatus(AnswerUnusable):
    """A status that means nothing here."""


class ServerFailed(AnswerUnusable):
    """The source is out of order (408, 425, 5xx)."""


class NoAnswer(AnswerUnusable):
    """The request went out and no answer came."""


class BodyBroken(AnswerUnusable):
    """The body did not come whole."""


class NotJsonError(AnswerUnusable):
    """A body is no JSON; the text says why in one line."""


class EnvelopeChanged(AnswerUnusable):
    """The body is JSON of another shape than the source has always sent."""


class SourceSaysNo(AnswerUnusable):
    """A successful answer that says by itself that it is none."""
