"""The raw sample that both engines build from: generated, captured and odd records of two days."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ingestion import land_reference
from ingestion.demo.generator import Board
from tests.conftest import CAPTURES, REPO
from tests.fixtures.warehouses import Folder
from tests.simulator import ROOT, Simulator, days_of, muse_api, records_of
from tests.spark.odd import SURVEY_ROWS, odd_companies, odd_jobs
from tests.support.generated import CAPTURED, SOURCES, captured, generated, land, spoilt

DAYS = (date(2026, 3, 2), date(2026, 3, 20))
#: Share of generated records that are spoilt.
HOSTILE = 0.2
#: Generated postings of each source but The Muse.
PER_SOURCE = 40
#: Jobs that one walk through The Muse reaches, less those captured.
FIRST_PAGES = 1_500
#: The committed survey; as a file of the user's own it is a real source, as the sample it is demo.
SURVEY = REPO / "data" / "sample" / "salaries.csv"


@dataclass(frozen=True)
class Sample:
    """Folders of raw Parquet: what had landed after each of the two days."""

    first: Path
    second: Path


def make_sample(folder: Path, size: int) -> Sample:
    """Collect `size` generated postings, odd ones, captured ones where they are, and a survey.

    Generated and odd postings come through The Muse's API, so that no part of the models is left
    out because demo and real rows never meet; a few demo rows have landed before.
    """
    data = Folder(folder / "data")
    landed = {"WAGEHOUSE_RAW": str(folder / "second")}
    day, later = (f"{one}T06:00:00Z" for one in DAYS)
    land_reference(data.settings(day, **landed))
    demo = {"SOURCES__DEMO__SIZE": "40", "SOURCES__DEMO__HOSTILE": str(HOSTILE)}
    _collect(data, "demo", f"{DAYS[0]}T05:00:00Z", **demo, **landed)
    _drop_survey(data.data, list(csv.reader(SURVEY.open(encoding="utf-8"))))
    _collect(data, "files", day, **landed)
    _land_generated(data, DAYS[0], **landed)
    captured_jobs = _captured()
    apis = {
        one: muse_api(
            [
                *odd_jobs(edited=number == 1),
                *captured_jobs[number],
                *Board(7, one, size, HOSTILE).jobs(),
            ],
            [*list(Board(7, one, size, HOSTILE).companies())[:60], *odd_companies()],
            last_page=None,
            limit=10**9,
        )
        for number, one in enumerate(DAYS)
    }
    with Simulator(apis, day=DAYS[0]) as api:
        muse = {
            "SOURCES__THE_MUSE__BASE_URL": api.url + ROOT,
            "SOURCES__THE_MUSE__RATE": "100000",
            "SOURCES__THE_MUSE__SEARCHES": json.dumps(_searches(size)),
        }
        _collect(data, "the_muse", day, **muse, **landed)
        first = Path(shutil.copytree(folder / "second", folder / "first"))
        api.day = DAYS[1]
        _collect(data, "the_muse", later, **muse, **landed)
    head = next(csv.reader(SURVEY.open(encoding="utf-8")))
    _land_generated(data, DAYS[1], **landed)
    _drop_survey(data.data, [head, *map(list, SURVEY_ROWS)])
    _collect(data, "files", later, **landed)
    return Sample(first, folder / "second")


def _collect(data: Folder, source: str, now: str, **env: str) -> None:
    result, lines = data.collect(source, now, **env)
    assert result.counts.new_versions, f"{source} brought nothing: {result.reason} {lines}"


def _land_generated(data: Folder, day: date, **env: str) -> None:
    """Land generated records of every other source, a few of them spoilt, and captured ones."""
    for source in SOURCES:
        found = [*spoilt(generated(source, PER_SOURCE, day))]
        if day == DAYS[1] and source in CAPTURED and CAPTURES.is_dir():
            found += captured(CAPTURES, source)
        assert land(data, source, found, f"{day}T06:30:00Z", **env), f"{source} brought nothing"


def _searches(size: int) -> list[dict[str, str]]:
    """All jobs, and each category by itself where one walk does not reach them all."""
    if size < FIRST_PAGES:
        return [{}]
    jobs = Board(7, DAYS[0], size, 0).jobs()
    found = {category["name"] for job in jobs for category in job["categories"]}
    return [{}, *({"category": name} for name in sorted(found))]


def _captured() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Captured jobs of two days; none where there are no captures."""
    days = list(days_of(CAPTURES / "the_muse", "jobs_*-*-*").values())[:2]
    more = CAPTURES / "the_muse" / "jobs_results_2026-07_100.json"
    extra = records_of(more) if more.is_file() else []
    return (days[0], [*days[1], *extra]) if len(days) == 2 else ([], [])


def _drop_survey(data: Path, rows: list[list[str]]) -> None:
    """Put a survey into the inbox, mapped as the committed sample is."""
    inbox = data / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    mapping = SURVEY.with_name("salaries.mapping.yml").read_text("utf-8")
    (inbox / "survey.mapping.yml").write_text(
        mapping.replace("name: sample", "name: survey"), "utf-8"
    )
    with (inbox / "survey.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
