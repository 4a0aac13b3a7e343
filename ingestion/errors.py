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


class RateLimited(SourceStopped):
    """The quota is used up for longer than we are willing to wait.

    `until` is when the source can be asked again (UTC), None when nothing is known.
    """

    def __init__(self, reason: str, until: datetime | None = None) -> None:
        self.until = until
        super().__init__(reason)


class NotJsonError(WagehouseError):
    """A body is no JSON; the text says why in one line."""
