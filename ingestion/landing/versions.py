"""Whether what was fetched is a new version of a record: one pure function."""

from __future__ import annotations

from typing import NamedTuple


class Standing(NamedTuple):
    """The newest version of a record.

    `in_run`: the present run landed it, so a further change in this run keeps its number.
    """

    version_no: int
    content_hash: str
    in_run: bool


def decide(newest: Standing | None, content_hash: str) -> tuple[Standing, bool]:
    """Where a record stands after it was fetched with this content, and whether a row is landed.

    Only the newest version is compared: A, B, A are three versions in three runs. Within one run a
    record has one version, the last that was met: a further change lands under the same number
    with a higher seq.
    """
    if newest is not None and newest.content_hash == content_hash:
        return newest, False
    if newest is None:
        version_no = 1
    elif newest.in_run:
        version_no = newest.version_no
    else:
        version_no = newest.version_no + 1
    return Standing(version_no, content_hash, in_run=True), True
