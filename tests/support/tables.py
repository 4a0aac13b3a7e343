"""Tables for tests and benchmarks: generated rows of pay, and a workbook written by hand."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

#: A mapping of `pay_rows`.
PAY_MAPPING = """\
name: pay
origin: surveyed
snapshot: complete
key: id
fields: {title: title, company: company, pay: salary, currency: currency, country: country,
  city: city, seniority: seniority, skills: stack, posted_on: year}
constants: {period: year}
"""
PAY_COLUMNS = (
    *("id", "title", "company", "salary", "currency", "country", "city", "seniority"),
    *("stack", "year"),
)
_FAMILIES = ("Software Engineer", "Data Engineer", "Nurse", "Accountant", "Sales Manager", "Cook")
_LEVELS = ("Junior", "Mid", "Senior", "Lead")
_PLACES = (
    ("USA", "New York", "USD"),
    ("USA", "Austin", "USD"),
    ("Germany", "Berlin", "EUR"),
    ("France", "Paris", "EUR"),
    ("UK", "London", "GBP"),
    ("Poland", "Warsaw", "PLN"),
)
_STACKS = ("Python, SQL, dbt", "Java, Spring", "Go, Postgres", "Excel, SAP", "C#, .NET, Azure")

_SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        "</Types>"
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{_KIND}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>"
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{_KIND}/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>"
    ),
}


def pay_rows(count: int, seed: int = 7) -> Iterator[tuple[str | int, ...]]:
    """So many rows of a survey of pay, in the order of PAY_COLUMNS, the same every time."""
    rng = Random(seed)
    for number in range(count):
        country, city, currency = rng.choice(_PLACES)
        yield (
            f"R{number:07}",
            f"{rng.choice(('', 'Senior ', 'Junior '))}{rng.choice(_FAMILIES)}",
            f"Company {rng.randrange(5_000)}",
            rng.randrange(20, 220) * 1_000,
            currency,
            country,
            city,
            rng.choice(_LEVELS),
            rng.choice(_STACKS),
            rng.choice((2024, 2025, 2026)),
        )


def write_workbook(path: Path, rows: Iterable[Sequence[Any]], name: str = "Data") -> None:
    """A workbook of one sheet. A cell is a text, a number, None, or (formula, the value it had)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for part, text in _PARTS.items():
            book.writestr(part, text)
        book.writestr(
            "xl/workbook.xml",
            f'<workbook {_SPACE} xmlns:r="{_KIND}"><sheets>'
            f'<sheet name="{name}" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        with book.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(f"<worksheet {_SPACE}><sheetData>".encode())
            for number, row in enumerate(rows, start=1):
                cells = "".join(
                    _cell(f"{chr(65 + column)}{number}", value)
                    for column, value in enumerate(row)
                    if value is not None
                )
                sheet.write(f'<row r="{number}">{cells}</row>'.encode())
            sheet.write(b"</sheetData></worksheet>")


def _cell(where: str, value: Any) -> str:
    if isinstance(value, tuple):
        return f'<c r="{where}"><f>{value[0]}</f><v>{value[1]}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{where}"><v>{value}</v></c>'
    return f'<c r="{where}" t="inlineStr"><is><t>{value}</t></is></c>'
