"""Pay in free text: the models read the labelled texts as ads, and are held against the keys."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pycountry

from ingestion.landing import Landing, Slice
from ingestion.settings import Settings
from ingestion.the_muse import SPEC
from tests.eval.keys import CAPTURES, Statement, Text
from tests.simulator.captures import records_of

PROJECT = Path(__file__).parents[2] / "dbt_project"


@dataclass(slots=True)
class Score:
    """Statements expected, taken, and both alike; with what went wrong, by text."""

    expected: int = 0
    taken: int = 0
    right: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / self.taken if self.taken else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.expected if self.expected else 1.0

    def add(self, name: str, expected: Sequence[Statement], taken: Sequence[Statement]) -> None:
        left = list(taken)
        missed = []
        for one in expected:
            match = next((other for other in left if one.agrees(other)), None)
            if match is None:
                missed.append(one)
            else:
                left.remove(match)
        self.expected += len(expected)
        self.taken += len(taken)
        self.right += len(expected) - len(missed)
        if missed or left:
            self.wrong.append(f"{name}: missed {missed}, taken {left}")


def statements(
    texts: Iterable[Text], data: Path, others: Iterable[Callable[[Settings], None]] = ()
) -> dict[str, list[Statement]]:
    """What the models take out of each text, by its id: landed as ads, built in `data`, with what
    `others` land."""
    records = [_record(number, text) for number, text in enumerate(texts, 1)]
    names = {number: name for number, name, _ in records}
    settings = Settings(data=data)
    settings.prepare_dlt()
    with Landing(settings) as landing:
        run = landing.run(SPEC.name, SPEC.endpoints)
        [slice_] = run.plan([Slice("jobs", "all")])
        with run.open(slice_) as writer:
            for _, _, record in records:
                writer.record(record, {})
            writer.end(complete=True)
        run.finish()
    for land in others:
        land(settings)
    _reference(settings)
    _build(data)
    found: dict[str, list[Statement]] = {name: [] for name in names.values()}
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        for record_id, *values in connection.execute(
            "select record_id, amount_min, amount_max, currency, period"
            " from normalized.pay_statement where origin = 'parsed' and source = 'the_muse'"
            " order by all"
        ).fetchall():
            found[names[int(record_id)]].append(Statement(*values))
    return found


def _reference(settings: Settings) -> None:
    from ingestion import land_reference

    land_reference(settings)


def _build(data: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("WAGEHOUSE_")}
    subprocess.run(
        [
            str(Path(sys.executable).with_name("dbt")),
            *("build", "--quiet", "--select", "+pay_statement"),
            *("--exclude-resource-type", "test", "unit_test"),
        ],
        cwd=PROJECT,
        env=env
        | {
            "WAGEHOUSE_DATA": str(data),
            "DBT_TARGET_PATH": str(data / "target"),
            "DBT_LOG_PATH": str(data / "logs"),
        },
        check=True,
    )


def _record(number: int, text: Text) -> tuple[int, str, dict[str, Any]]:
    """A number, the text's id, and an ad of The Muse with the text in it under that number."""
    if text.file is not None:
        found = next(
            record
            for record in records_of(CAPTURES / text.file)
            if str(record.get("id")) == text.id
        )
        return number, text.id, json.loads(json.dumps(found)) | {"id": number}
    country = pycountry.countries.get(alpha_2=text.country) if text.country else None
    places = [{"name": country.name}] if country is not None else []
    ad = {"id": number, "name": "Job", "contents": text.text, "locations": places}
    return number, text.id, ad


def score(texts: Iterable[Text], taken: dict[str, list[Statement]]) -> Score:
    result = Score()
    for text in texts:
        result.add(text.id, text.expected, taken[text.id])
    return result


def by_language(
    texts: Iterable[Text], taken: dict[str, list[Statement]]
) -> dict[str, Counter[str]]:
    """Expected, taken and right statements by language."""
    found: dict[str, Counter[str]] = {}
    for text in texts:
        one = Score()
        one.add(text.id, text.expected, taken[text.id])
        counts = found.setdefault(text.language, Counter())
        counts.update(expected=one.expected, taken=one.taken, right=one.right)
    return found
