"""What a headless run has to say at its end, gathered from Dagster's events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dagster import DagsterEvent

#: Package data lands like a source but is none: it has no versions and no quarantine.
REFERENCE = "reference"
#: Longest text of a failure on the console; the log has all of it.
_LINE = 500
_INTERRUPTED = "DagsterExecutionInterruptedError"
INTERRUPTED = "interrupted; the next run goes on where this one stopped."


@dataclass
class SourceLine:
    """What one source brought in this run."""

    source: str
    status: str = "skipped"
    reason: str = ""
    records: int = 0
    new_versions: int = 0
    quarantined: int = 0

    def text(self) -> str:
        """`1,200 records, 15 new versions, 0 quarantined`, and why where it did not end well."""
        if self.source == REFERENCE and self.records:
            return f"{self.records:,} rows"
        counts = (
            f"{self.records:,} records, {self.new_versions:,} new versions,"
            f" {self.quarantined:,} quarantined"
        )
        if self.status == "complete":
            return counts
        return f"{counts} ({self.status}: {self.reason})" if self.records else self.brief()

    def brief(self) -> str:
        """`failed: unreachable: no answer`, or only the status where there is no reason."""
        if not self.reason:
            return "nothing to do" if self.status == "skipped" else self.status
        return f"{self.status}: {self.reason}"


@dataclass(frozen=True)
class Failure:
    """A step that failed. `is_expected` when its text is meant for users, else it is a bug."""

    step: str
    line: str
    is_expected: bool


@dataclass
class Report:
    """Everything the last lines and status.json are made of."""

    sources: dict[str, SourceLine] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    release: str | None = None
    is_new: bool = False
    is_demo: bool = False
    passed: int = 0
    warned: int = 0
    site: Mapping[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """failed, published (a new release) or unchanged."""
        if self.failures or self.release is None:
            return "failed"
        return "published" if self.is_new else "unchanged"

    @property
    def is_interrupted(self) -> bool:
        """Whether the run was ended by Ctrl-C or SIGTERM."""
        return any(failure.line == INTERRUPTED for failure in self.failures)

    @property
    def reason(self) -> str | None:
        """One line on the first failure; None when all went well."""
        return self.failures[0].line if self.failures else None

    def take(self, event: DagsterEvent) -> None:
        """Take from an event what matters at the end; other events are ignored."""
        if event.is_step_failure:
            self.failures.append(_failure(event))
        elif event.is_step_materialization and event.asset_key is not None:
            metadata = {
                name: value.value
                for name, value in event.step_materialization_data.materialization.metadata.items()
            }
            self._take_asset(event.asset_key.path, metadata)

    def _take_asset(self, key: Sequence[str], metadata: Mapping[str, Any]) -> None:
        match [*key]:
            case ["raw", table] if "status" in metadata:
                name = table.split("__")[0]
                line = self.sources.setdefault(name, SourceLine(name))
                line.status = metadata["status"]
                line.reason = metadata["reason"]
                line.records = max(line.records, int(metadata["records"]))
                line.new_versions += int(metadata["new_versions"])
                line.quarantined += int(metadata["quarantined"])
            case ["release", "published"]:
                self.release = metadata["release"]
                self.is_new = metadata["is_new"]
                self.is_demo = metadata["is_demo"]
                self.passed = metadata["tests_passed"]
                self.warned = metadata["tests_warned"]
            case ["site", "site"]:
                self.site = metadata


def _failure(event: DagsterEvent) -> Failure:
    data = event.step_failure_data
    step = event.step_key or "?"
    if data.user_failure_data is not None:
        text = data.user_failure_data.description or data.user_failure_data.label
        return Failure(step, " ".join(text.split())[:_LINE], is_expected=True)
    error = data.error
    if error is not None and error.cls_name == _INTERRUPTED:
        return Failure(step, INTERRUPTED, is_expected=True)
    while error is not None and error.cause is not None:
        error = error.cause
    # The message already begins with the class, as Python prints it.
    text = error.message if error else "unknown error"
    return Failure(step, " ".join(text.split())[:_LINE], is_expected=False)
