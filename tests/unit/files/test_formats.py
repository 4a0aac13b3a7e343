"""Formats: the same rows, whichever way a file holds them; and files with hostile content."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.files.builtin import BUILT_IN
from ingestion.files.fields import Reader
from ingestion.files.mapping import Mapping
from ingestion.files.opening import open_table
from ingestion.files.stage import stage
from ingestion.files.table import BadLine, FileUnreadable, Troubled
from tests.support.tables import write_workbook

MAPPING = Mapping.model_validate(
    {"name": "any", "fields": {"title": "Job", "pay": "Pay", "city": "City"}, "key": "id"}
)
ROWS = [
    {"id": "1", "Job": "Köchin", "Pay": "52000", "City": "Graz"},
    {"id": "2", "Job": 'a "b", c', "Pay": "", "City": "Zürich\nWest"},
]
Found = tuple[list[tuple[int, dict[str, str | None]]], list[BadLine]]


def read(file: Path, mapping: Mapping | None = None, *, careful: bool = False) -> Found:
    rows: list[tuple[int, dict[str, str | None]]] = []
    bad: list[BadLine] = []
    with open_table(file, mapping, file.parent / "work", careful=careful) as table:
        for batch in table.batches():
            cells = {name: array.to_pylist() for name, array in batch.cells.items()}
            for at, line in enumerate(batch.lines.to_pylist()):
                rows.append((line, {name: values[at] for name, values in cells.items()}))
            bad += batch.bad
    return rows, bad


def payloads(file: Path, mapping: Mapping) -> list[dict[str, Any]]:
    staged = stage(file, mapping, file.parent / "work", lambda *_: None)
    rows: list[dict[str, Any]] = pq.read_table(staged.rows_file).to_pylist()
    return rows


def as_csv(**options: Any) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(ROWS[0]), **options)
    writer.writeheader()
    writer.writerows(ROWS)
    return buffer.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_text_of_any_delimiter_and_encoding(
    tmp_path: Path, delimiter: str, encoding: str, end: str
) -> None:
    file = tmp_path / "in.csv"
    text = as_csv(delimiter=delimiter, lineterminator=end)
    file.write_bytes(text.encode(encoding))
    rows, bad = read(file)
    assert ([cells for _, cells in rows], bad) == (ROWS, [])
    assert [line for line, _ in rows] == [2, 3]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kind", ["csv", "parquet", "json", "results", "jsonl", "two", "documents"])
def test_every_format_gives_the_same_rows(tmp_path: Path, kind: str, packed: bool) -> None:
    parquet = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(ROWS), parquet)
    contents = {
        "csv": ("csv", as_csv().encode()),
        "parquet": ("parquet", parquet.getvalue()),
        "json": ("json", json.dumps(ROWS, indent=1).encode()),
        "results": ("json", json.dumps({"count": 2, "results": ROWS, "more": []}).encode()),
        "jsonl": ("jsonl", "\n".join(map(json.dumps, ROWS)).encode()),
        "two": ("json", "".join(json.dumps([row]) for row in ROWS).encode()),
        "documents": ("json", "\n".join(json.dumps(row, indent=1) for row in ROWS).encode()),
    }
    ending, data = contents[kind]
    file = tmp_path / (f"in.{ending}" + (".gz" if packed else ""))
    file.write_bytes(gzip.compress(data) if packed else data)
    rows, bad = read(file)
    assert ([cells for _, cells in rows], bad) == (ROWS, [])
    found = payloads(file, MAPPING)
    assert [row["key"] for row in found] == ["1", "2"]
    assert json.loads(found[0]["fields"]) == {
        "origin": "surveyed", "title": "Köchin", "pay": "52000", "city": "Graz",
    }  # fmt: skip
    assert [json.loads(row["row"]) for row in found] == ROWS


def test_sheets_give_values_of_formulas(tmp_path: Path) -> None:
    file = tmp_path / "in.xlsx"
    cells: list[list[Any]] = [
        ["id", "Job", "Pay", "City"],
        ["1", "Köchin", ("1000*52", 52000), "Graz"],
        [None, None, None, None],
        ["2", "=HYPERLINK(1)", 12.5, None],
    ]
    write_workbook(file, cells)
    rows, bad = read(file)
    assert not bad
    assert rows == [
        (2, {"id": "1", "Job": "Köchin", "Pay": "52000", "City": "Graz"}),
        (4, {"id": "2", "Job": "=HYPERLINK(1)", "Pay": "12.5", "City": None}),
    ]
    with pytest.raises(FileUnreadable, match=r"^no_sheet: 'Other'; the file has Data"):
        read(file, MAPPING.model_copy(update={"sheet": "Other"}))
    assert read(file, MAPPING.model_copy(update={"sheet": 1}))[0] == rows


def test_parquet_of_every_type_is_text(tmp_path: Path) -> None:
    file = tmp_path / "in.parquet"
    table = pa.table(
        {
            "whole": pa.array([52000.0, None]),
            "part": pa.array([0.5, 1e20]),
            "number": pa.array([1, 2], pa.int32()),
            "on": pa.array([dt.date(2026, 1, 2), None]),
            "at": pa.array(
                [dt.datetime(2026, 1, 2, 3, tzinfo=dt.UTC), None], pa.timestamp("ns", "UTC")
            ),
            "is": pa.array([True, False]),
            "list": pa.array([["a", "b"], []]),
            "object": pa.array([{"a": 1}, {"a": None}]),
            "category": pa.array(["x", "y"]).dictionary_encode(),
        }
    )
    pq.write_table(table, file)
    rows, _ = read(file)
    assert rows[0] == (
        1,
        {
            "whole": "52000", "part": "0.5", "number": "1", "on": "2026-01-02",
            "at": "2026-01-02T03:00:00+00:00", "is": "true", "list": '["a","b"]',
            "object": '{"a":1}', "category": "x",
        },
    )  # fmt: skip
    assert rows[1][1]["whole"] is None


PAGE = """<html><head><link rel="canonical" href="https://example.org/jobs/7">
<script type="application/ld+json">{"@context":"https://schema.org","@graph":[
 {"@type":"Organization","name":"X"},
 {"@type":"JobPosting","title":"Cook","hiringOrganization":{"@type":"Organization","name":"Inn"},
  "datePosted":"2026-01-05","employmentType":["FULL_TIME","TEMPORARY"],
  "jobLocation":[{"@type":"Place","address":{"addressLocality":"Graz","addressCountry":"AT"}}],
  "baseSalary":{"currency":"EUR","value":{"minValue":2000,"maxValue":2400,"unitText":"MONTH"}},
  "identifier":{"name":"Inn","value":"J-7"},"skills":"Soup, Bread"}]}</script>
<script type="application/ld+json">{"@type": "JobPosting", "title": "broken",</script>
<script type="application/ld+json"><!-- {"@type":"JobPosting","title":"Waiter",
 "jobLocationType":"TELECOMMUTE","baseSalary":{"currency":"EUR","value":15.5,"unitText":"HOUR"}}
--></script></head><body>…</body></html>"""


def test_pages_give_their_job_postings(tmp_path: Path) -> None:
    file = tmp_path / "saved.html"
    file.write_text(PAGE)
    rows, bad = read(file)
    assert [line.reason.split(":")[0] for line in bad] == ["not_json"]
    found = payloads(file, BUILT_IN)
    fields = [json.loads(row["fields"]) for row in found]
    assert fields[0] == {
        "origin": "advertised", "title": "Cook", "company": "Inn", "city": "Graz",
        "country": "AT", "pay_min": "2000", "pay_max": "2400", "currency": "EUR",
        "period": "month", "employment_type": "full_time", "contract": "other",
        "skills": ["Soup", "Bread"], "posted_on": "2026-01-05",
        "url": "https://example.org/jobs/7",
    }  # fmt: skip
    assert (fields[1]["pay_min"], fields[1]["period"]) == ("15.5", "hour")
    assert fields[1]["workplace"] == "remote"
    assert [row["key"] for row in found] == ["J-7@Inn", "https://example.org/jobs/7"]
    assert len(rows) == 2


def test_pages_saved_by_a_browser(tmp_path: Path) -> None:
    file = tmp_path / "saved.mhtml"
    body = PAGE.replace("\n", "\r\n")
    file.write_text(
        "From: <Saved by a browser>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/related; boundary="b"\r\n\r\n--b\r\n'
        "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        f"{body}\r\n--b--\r\n"
    )
    assert len(read(file)[0]) == 2


def test_bad_lines_of_json_lines_cost_themselves(tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text('{"id": 1}\nnot json\n\n[1]\n{"id": 2, "n": {"a": [1.0]}}\n')
    rows, bad = read(file)
    assert rows == [(1, {"id": "1", "n": None}), (5, {"id": "2", "n": '{"a":[1.0]}'})]
    assert [(line.line, line.reason.split(":")[0]) for line in bad] == [
        (2, "not_json"), (4, "not_an_object"),
    ]  # fmt: skip


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=9)
tables = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=8)
)
bodies = st.one_of(
    tables.map(
        lambda rows: "\n".join(
            ",".join(f'"{c}"' if "," in c or "\n" in c else c for c in row) for row in rows
        ).encode()
    ),
    st.binary(max_size=120),
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300
)
@given(body=bodies)
def test_the_quick_way_reads_what_the_careful_way_reads(tmp_path: Path, body: bytes) -> None:
    """Whatever the bytes: the quick way either gives way or finds the same rows and lines."""
    file = tmp_path / "in.csv"
    file.write_bytes(b"a,b,c\n" + body)
    mapping = MAPPING.model_copy(update={"delimiter": ",", "encoding": "utf-8"})
    try:
        careful = read(file, mapping, careful=True)
    except FileUnreadable as error:
        with pytest.raises(FileUnreadable, match=str(error).split(":")[0]):
            read(file, mapping)
        return
    try:
        quick = read(file, mapping)
    except Troubled:
        return
    assert quick == careful


# -- hostile content -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("wide.csv", ",".join(f"c{n}" for n in range(5_000)).encode(), "too_wide"),
        ("long.csv", b"a,b\n" + b"x" * 12_000_000, "long_line"),
        ("long.jsonl", b'{"a":1}\n{"a":"' + b"x" * 12_000_000, "long_line"),
        ("zero.csv", b"a\0,b\n1,2\n", "not_text"),
        ("empty.csv", b"", "empty"),
        ("half.csv.gz", gzip.compress(b"a,b\n" * 50_000)[:60], "not_gzip"),
        ("bomb.csv.gz", gzip.compress(b"0" * 400_000_000, 9), "bomb"),
        ("fake.parquet", b"not parquet", "not_parquet"),
        ("fake.xlsx", b"PK\x03\x04 no archive", "not_a_sheet"),
        ("really_a_sheet.csv", b"PK\x03\x04 no archive", "not_csv"),
        ("broken.json", b'[{"a": 1},]', "not_json"),
        ("scalar.json", b"42", "no_column"),
        ("page.html", b"<html>nothing</html>", "no_job_posting"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(FileUnreadable) as caught:
        stage(file, MAPPING, tmp_path / "work", lambda *_: None)
    line = str(caught.value)
    assert line.split(":")[0] == code
    assert "\n" not in line


def test_a_sheet_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)
    with pytest.raises(FileUnreadable, match=r"^bomb: "):
        read(file)


def test_a_sheet_with_a_cell_at_its_far_end_costs_no_memory(tmp_path: Path) -> None:
    file = tmp_path / "far.xlsx"
    write_workbook(file, [["id", "Job"], ["1", "x"]])
    packed = io.BytesIO(file.read_bytes())
    with zipfile.ZipFile(packed) as book, zipfile.ZipFile(file, "w") as far:
        for part in book.infolist():
            data = book.read(part)
            far.writestr(part, data.replace(b'r="B2"', b'r="XFD1048576"'))
    with pytest.raises(FileUnreadable, match=r"^(too_big|too_wide): "):
        read(file)


def test_markup_and_formulas_stay_text(tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text('id,Job,Pay,City\n1,=cmd|calc,1,"<script>alert(1)</script>"\n')
    (row,) = payloads(file, MAPPING)
    fields = json.loads(row["fields"])
    assert (fields["title"], fields["city"]) == ("=cmd|calc", "<script>alert(1)</script>")


def test_rows_of_which_nothing_is_known_are_told(tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text("id,Job,Pay,City\n1,,,\n2,x,,\n")
    with open_table(file, MAPPING, tmp_path) as table:
        reader = Reader(MAPPING, table.columns, is_loose=False)
        (found,) = [reader.read(batch) for batch in table.batches()]
    assert [(one.position, one.reason.split(":")[0]) for one in found.problems] == [
        (0, "nothing_known")
    ]
