"""Pay that sources give as text: labels of France Travail and cells of files, against the keys."""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from ingestion import Settings, collect
from ingestion.france_travail import SPEC as FRANCE_TRAVAIL
from ingestion.landing import Landing, Slice
from tests.eval.keys import CAPTURES, rows

#: Flags that the keys judge; others, such as part_time, say nothing of plausibility.
PLAUSIBILITY = frozenset(
    [
        "above_band",
        "below_band",
        "annual_as_hourly",
        "extra_zero",
        "hourly_as_annual",
        "min_above_max",
        "swapped_period",
    ]
)
SURVEY = "files/it_salary_survey_eu_2020.csv"
#: Columns of the survey that the key names, by their place in the file.
SURVEY_COLUMNS = {"base": 10, "bonus": 11, "base_before": 12, "bonus_before": 13}
ESTIMATES = "files/glassdoor_ds_jobs_672.csv"
ESTIMATE_COLUMN = 2


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell or label as a record of its own: what is expected of its one statement, or none."""

    id: str
    text: str
    country: str
    origin: str
    currency: str
    period: str
    expected: dict[str, str]


@dataclass(slots=True)
class Share:
    """Texts of a key that are certain, those read as expected, and what went wrong with others."""

    texts: int = 0
    right: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, name: str, differences: list[str]) -> None:
        self.texts += 1
        self.right += not differences
        if differences:
            self.wrong.append(f"{name}: {'; '.join(differences)}")


def land_labels(settings: Settings) -> None:
    """The offers of the key, and our own labels as offers, as France Travail gives them."""
    offers = list(_offers().values()) + [
        _offer(row["id"], row["text"]) for row in _labels_of_phrases()
    ]
    with Landing(settings) as landing:
        run = landing.run(FRANCE_TRAVAIL.name, FRANCE_TRAVAIL.endpoints)
        [slice_] = run.plan([Slice("offers", "all")])
        with run.open(slice_) as writer:
            for offer in offers:
                writer.record(offer, {})
            writer.end(complete=True)
        run.finish()


def land_cells(settings: Settings) -> None:
    """Every cell of the key as a row of a dropped file, read by a mapping."""
    groups: dict[tuple[str, str, str], list[Cell]] = defaultdict(list)
    for cell in cells():
        groups[(cell.origin, cell.currency, cell.period)].append(cell)
    inbox = settings.data / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    for number, ((origin, currency, period), group) in enumerate(sorted(groups.items())):
        constants = {
            name: value for name, value in (("currency", currency), ("period", period)) if value
        }
        mapping = {
            "name": f"cells_{number}",
            "origin": origin,
            "key": ["id"],
            "fields": {"title": "id", "pay": "text", "country": "country"},
            "constants": constants,
        }
        (inbox / f"cells_{number}.mapping.yml").write_text(json.dumps(mapping))
        with (inbox / f"cells_{number}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("id", "text", "country"))
            writer.writerows((cell.id, cell.text, cell.country) for cell in group)
    collect("files", settings)


def cells() -> list[Cell]:
    """The cells of the key with their texts, and our own."""
    found = [
        Cell(
            row["id"],
            row["text"],
            row["country"],
            "advertised",
            # A mapping says the currency of a column of bare numbers.
            row["currency"] if re.fullmatch("[0-9.,]+", row["text"]) else "",
            "",
            _of_phrase(row),
        )
        for row in rows("phrases")
        if row["kind"] == "file"
    ]
    if CAPTURES.is_dir():
        lines = {name: _lines(CAPTURES / name) for name in (SURVEY, ESTIMATES)}
        for row in rows("file_pay"):
            if row["certain"] != "yes":
                continue
            survey = row["file"] == SURVEY
            column = SURVEY_COLUMNS[row["column"]] if survey else ESTIMATE_COLUMN
            found.append(
                Cell(
                    f"{row['line']} {row['column']}",
                    lines[row["file"]][int(row["line"])][column],
                    "DE" if survey else "US",
                    "surveyed" if survey else "estimated",
                    "EUR" if survey else "",
                    "year" if survey else "",
                    row,
                )
            )
    return found


def score_cells(warehouse: Path) -> dict[str, Share]:
    """By kind of cell: annual amounts within 1 % of the key, its currency and origin."""
    taken = _taken(warehouse, "title_raw", "p.source like 'file_%'")
    found: dict[str, Share] = {}
    for cell in cells():
        name = cell.expected.get("file", "").rpartition("/")[2]
        name = name or f"own cells, {cell.expected['half']} half"
        statements = [one for one in taken.get(cell.id, ()) if not _is_implausible(one)]
        found.setdefault(name, Share()).add(
            f"{cell.id} ({cell.text!r})", _differences_of_cell(cell, statements)
        )
    return found


def score_labels(warehouse: Path) -> dict[str, Share]:
    """Labels of which amounts, period, payments a year, tax, annual amounts and flag are right."""
    taken = _taken(warehouse, "record_id", "p.source = 'france_travail'")
    found: dict[str, Share] = {}
    if CAPTURES.is_dir():
        keys: dict[str, list[dict[str, str]]] = defaultdict(list)
        for row in rows("france_travail_labels"):
            keys[row["record_id"]].append(row)
        for record_id, expected in keys.items():
            found.setdefault("labels of France Travail", Share()).add(
                record_id, _differences(expected, taken.get(record_id, []))
            )
    for row in _labels_of_phrases():
        if row["certain"] == "yes":
            found.setdefault(f"own labels, {row['half']} half", Share()).add(
                f"{row['id']} ({row['text']!r})", _differences([row], taken.get(row["id"], []))
            )
    return found


def _differences(expected: Iterable[dict[str, str]], taken: list[dict[str, Any]]) -> list[str]:
    """What is wrong in the statements of one offer; the same said in two fields is one."""
    wanted = {_label_key(row): row for row in expected if row["amount_min"] or row["amount_max"]}
    found = {_label_key(one): one for one in taken}
    missed = [f"missed {dict(key)}" for key in wanted if key not in found]
    more = [f"taken {dict(key)}" for key in found if key not in wanted]
    flags = [
        f"flags {found[key]['flags']} for {row['flag']}"
        for key, row in wanted.items()
        if key in found and _plausibility(found[key]) != _expected_flags(row)
    ]
    return missed + more + flags


def _label_key(row: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """What has to be equal; numbers in one form of writing, nothing as empty text."""
    names = [
        "amount_min",
        "amount_max",
        "currency",
        "period",
        "period_basis",
        "payments_year",
        "tax_basis",
    ]
    if "annual_min" in row and "what" not in row:
        names += ["annual_min", "annual_max"] if _has_annual(row) else []
    return tuple((name, _written(row[name])) for name in names)


def _has_annual(row: dict[str, Any]) -> bool:
    # Our own labels have no annual amounts in their key: they are left out on both sides.
    return not str(row.get("record_id", "")).startswith("p")


def _written(value: Any) -> str:
    if value is None or value == "":
        return ""
    try:
        return f"{float(value):g}"
    except ValueError:
        return str(value)


def _expected_flags(row: dict[str, str]) -> set[str]:
    return {row["flag"]} & PLAUSIBILITY


def _plausibility(statement: dict[str, Any]) -> set[str]:
    return set((statement["flags"] or "").split(",")) & PLAUSIBILITY


def _is_implausible(statement: dict[str, Any]) -> bool:
    """Digits that are nobody's pay: the key has no amount for them, we keep it with a flag."""
    return "above_band" in _plausibility(statement)


def _differences_of_cell(cell: Cell, taken: list[dict[str, Any]]) -> list[str]:
    low, high = cell.expected["annual_min"], cell.expected["annual_max"]
    if not low and not high:
        return [f"taken {one['annual_min']}" for one in taken]
    if len(taken) != 1:
        return [f"{len(taken)} statements"]
    [one] = taken
    origin = cell.expected.get("origin") or cell.origin
    differences = [
        f"{name} {one[name]} for {value}"
        for name, value in (("annual_min", low), ("annual_max", high))
        if not _within(one[name], value)
    ]
    differences += [
        f"{name} {one[name]} for {value}"
        for name, value in (("currency", cell.expected["currency"]), ("origin", origin))
        if one[name] != value
    ]
    return differences


def _within(value: float | None, expected: str) -> bool:
    if value is None or not expected:
        return value is None and not expected
    return abs(value - float(expected)) <= 0.01 * abs(float(expected))


def _of_phrase(row: dict[str, str]) -> dict[str, str]:
    """A phrase as a cell's key: its annual amounts."""
    factor = {"year": 1, "month": 12, "hour": 2080}.get(row["period"], 0)
    annual = {
        f"annual_{end}": str(float(row[f"amount_{end}"]) * factor) if row[f"amount_{end}"] else ""
        for end in ("min", "max")
    }
    origin = "estimated" if "Glassdoor est" in row["text"] else "advertised"
    return annual | {"currency": row["currency"], "origin": origin, "half": row["half"]}


def _labels_of_phrases() -> list[dict[str, str]]:
    return [row for row in rows("phrases") if row["kind"] == "label"]


def _offers() -> dict[str, dict[str, Any]]:
    """The offers that the key names."""
    if not CAPTURES.is_dir():
        return {}
    named = {row["record_id"] for row in rows("france_travail_labels")}
    found: dict[str, dict[str, Any]] = {}
    for name in sorted({row["file"] for row in rows("france_travail_labels")}):
        content = json.loads((CAPTURES / name).read_bytes())
        offers = content if isinstance(content, list) else content["resultats"]
        found |= {offer["id"]: offer for offer in offers if offer["id"] in named}
    return found


def _offer(record_id: str, label: str) -> dict[str, Any]:
    return {
        "id": record_id,
        "intitule": "Poste",
        "description": "",
        "dateCreation": "2025-01-06T08:00:00Z",
        "lieuTravail": {"libelle": "75 - Paris"},
        "romeCode": "M1805",
        "typeContrat": "CDI",
        "salaire": {"libelle": label},
    }


def _lines(path: Path) -> dict[int, list[str]]:
    """Rows of a CSV by the line they start on, the header being 1."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        found, start = {}, 1
        for row in reader:
            found[start] = row
            start = reader.line_num + 1
    return found


def _taken(warehouse: Path, column: str, condition: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        result = connection.execute(
            f"""
            select p.{column} as text_id, s.*
            from normalized.pay_statement as s
            inner join intermediate.int_posting__current as p
                on s.source = p.source and s.record_id = p.record_id
            where s.origin != 'parsed' and {condition}
            order by s.source, s.record_id, s.statement_no
            """
        )
        names = [one[0] for one in result.description or ()]
        for values in result.fetchall():
            row = dict(zip(names, values, strict=True))
            found[str(row["text_id"])].append(row)
    return found
