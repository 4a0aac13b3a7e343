"""One search of one source, asked by the verb `collect` and by the run config of a step."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.conftest import clean_env, wagehouse
from tests.simulator import ROOT, Simulator


def test_a_search_lands_and_nothing_else_is_done(tmp_path: Path, muse: Simulator) -> None:
    env = clean_env(tmp_path, SOURCES__THE_MUSE__BASE_URL=muse.url + ROOT)
    asked = ("--source", "the_muse", "--category", "Sales", "--limit", "3")
    done = wagehouse("collect", *asked, env=env)
    assert done.returncode == 0, done.stderr
    assert "It has landed; make run builds from it." in done.stdout
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        states = connection.execute(
            "select endpoint, scope, is_complete, reason from raw.slices where reason <> 'planned'"
        ).fetchall()
        schemas = connection.execute(
            "select distinct table_schema from information_schema.tables"
        ).fetchall()
    assert states == [("jobs", "category=Sales", False, "maximum: 3 records were asked for")]
    assert schemas == [("raw",)]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("--source", "the_muse", "--query", "cook"), "the_muse cannot search by words. It takes"),
        (("--source", "nowhere"), "There is no source 'nowhere'"),
        (("--source", "files", "--query", "cook"), "files has no searches"),
        (("--source", "the_muse", "--limit", "0"), "The search cannot be read: maximum: "),
        (("--source", "the_muse", "--since", "soon"), "The search cannot be read: since: "),
    ],
)
def test_a_search_that_cannot_be_is_one_line(
    tmp_path: Path, asked: tuple[str, ...], says: str
) -> None:
    done = wagehouse("collect", *asked, env=clean_env(tmp_path))
    assert done.returncode == 2
    assert done.stderr.startswith(says)
    assert done.stderr.count("\n") == 1
