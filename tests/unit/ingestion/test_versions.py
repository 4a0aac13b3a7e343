"""What makes a version, as properties over every order in which records can be met."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingestion.landing.canonical import canonical
from ingestion.landing.versions import Standing, decide

CONTENTS = st.sampled_from("ABC")
#: Runs, each the contents under which one record was met, in order.
RUNS = st.lists(st.lists(CONTENTS, max_size=4), max_size=6)


def land(runs: list[list[str]]) -> list[tuple[int, str]]:
    """The rows (version_no, content) that landed, in order."""
    rows = []
    newest: Standing | None = None
    for run in runs:
        if newest is not None:
            newest = newest._replace(in_run=False)
        for content in run:
            newest, is_new = decide(newest, content)
            if is_new:
                rows.append((newest.version_no, content))
    return rows


def versions(rows: list[tuple[int, str]]) -> list[str]:
    """Content by version: of one number the last row stands, as staging has it."""
    standing = dict(rows)
    assert list(standing) == list(range(1, len(standing) + 1)), "numbers run 1, 2, 3 …"
    return list(standing.values())


@given(RUNS)
def test_newest_version_is_what_was_met_last(runs: list[list[str]]) -> None:
    met = [content for run in runs for content in run]
    assert versions(land(runs))[-1:] == met[-1:]


@given(RUNS)
def test_one_run_makes_at_most_one_version(runs: list[list[str]]) -> None:
    for length in range(len(runs)):
        before = versions(land(runs[:length]))
        after = versions(land(runs[: length + 1]))
        assert len(after) - len(before) in (0, 1)
        assert after[: len(before)] == before, "what earlier runs landed stays"


@given(RUNS)
def test_meeting_the_same_again_adds_nothing(runs: list[list[str]]) -> None:
    once = land(runs)
    newest = versions(once)[-1:]
    assert land([*runs, newest, newest]) == once


@given(RUNS, CONTENTS)
def test_a_change_adds_one(runs: list[list[str]], content: str) -> None:
    before = versions(land(runs))
    after = versions(land([*runs, [content]]))
    assert len(after) == len(before) + (before[-1:] != [content])


def test_there_and_back_are_three_versions() -> None:
    assert versions(land([["A"], ["B"], ["A"]])) == ["A", "B", "A"]


def test_two_pages_of_one_run_are_one_version_the_last() -> None:
    assert versions(land([["A"], ["B", "C"]])) == ["A", "C"]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)
RECORDS = st.dictionaries(st.text(max_size=4), JSON, max_size=5)


@given(RECORDS, st.randoms(use_true_random=False))
def test_order_of_keys_is_no_change(record: dict[str, object], random: object) -> None:
    names = list(record)
    random.shuffle(names)  # type: ignore[attr-defined]
    shuffled = {name: record[name] for name in names}
    assert canonical(shuffled) == canonical(record)


@given(RECORDS, JSON, JSON)
def test_volatile_fields_are_no_change(
    record: dict[str, object], one: object, other: object
) -> None:
    first = canonical({**record, "token": one, "in": [{"token": one}]}, ["token", "in.token"])
    second = canonical({**record, "token": other, "in": [{"token": other}]}, ["token", "in.token"])
    assert first.content_hash == second.content_hash
