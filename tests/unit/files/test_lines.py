"""The careful way: every line is a row or refused with its number, whatever is in it."""

from __future__ import annotations

import contextlib
import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.files.land import sha256_of
from ingestion.files.lines import MAX_LINES, Row, open_lines
from ingestion.files.table import BadLine, FileUnreadable

cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
tables = st.integers(1, 5).flatmap(
    lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), max_size=8).map(
        lambda rows: (width, rows)
    )
)


def read(
    folder: Path, content: bytes | str, delimiter: str = ",", encoding: str = "utf-8"
) -> tuple[list[str], list[Row | BadLine]]:
    file = folder / "in.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    with open_lines(file, delimiter, encoding, 1) as table:
        return list(table.columns), list(table)


def values(rows: list[Row | BadLine]) -> list[tuple[int, list[str]]]:
    return [
        (row.line, row.cells if isinstance(row, Row) else [row.reason.split(":")[0]])
        for row in rows
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(table=tables, delimiter=st.sampled_from(",;\t|"), end=st.sampled_from(["\n", "\r\n"]))
def test_what_is_written_is_read(
    tmp_path: Path, table: tuple[int, list[list[str]]], delimiter: str, end: str
) -> None:
    width, rows = table
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow([f"c{n}" for n in range(width)])
    writer.writerows(rows)
    columns, found = read(tmp_path, buffer.getvalue(), delimiter)
    assert columns == [f"c{n}" for n in range(width)]
    assert [row.cells for row in found if isinstance(row, Row)] == rows
    assert len(found) == len(rows)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.binary(max_size=200))
def test_any_bytes_are_rows_or_refused(tmp_path: Path, content: bytes) -> None:
    rows: list[Row | BadLine] = []
    with contextlib.suppress(FileUnreadable):
        _, rows = read(tmp_path, content)
    lines = [row.line for row in rows]
    assert lines == sorted(set(lines))


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    text = 'a,b\r\n1,2\r\n"two\r\nlines",3\r\n\r\n4,5,6\r\n7\r\n8,9,,\r\n'
    columns, rows = read(tmp_path, text)
    assert columns == ["a", "b"]
    assert values(rows) == [
        (2, ["1", "2"]),
        (3, ["two\r\nlines", "3"]),
        (6, ["columns"]),
        (7, ["columns"]),
        (8, ["8", "9"]),
    ]
    bad = rows[2]
    assert isinstance(bad, BadLine)
    assert (bad.text, bad.reason) == ("4,5,6", "columns: 3 instead of 2")


def test_an_open_quote_costs_one_line(tmp_path: Path) -> None:
    body = "".join(f"{n},x\n" for n in range(3, 3 + 2 * MAX_LINES))
    _, rows = read(tmp_path, 'a,b\n"open,1\n' + body)
    assert values(rows)[:2] == [(2, ["bad_quotes"]), (3, ["3", "x"])]
    assert len(rows) == 1 + 2 * MAX_LINES
    _, rows = read(tmp_path, 'a,b\n1,2\n"never closed,3\n4,5\n')
    assert values(rows) == [(2, ["1", "2"]), (3, ["bad_quotes"]), (4, ["4", "5"])]
    _, rows = read(tmp_path, 'a,b\n"x"y,2\n5" pipe,3\n')
    assert values(rows) == [(2, ["bad_quotes"]), (3, ['5" pipe', "3"])]


def test_headers_are_tidied(tmp_path: Path) -> None:
    columns, _ = read(tmp_path, "  Your  job ,pay,pay,,pay_2\n")
    assert columns == ["Your job", "pay", "pay_2", "column_4", "pay_2_2"]


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("cp1252", "a,b\nMünchen,€5\n".encode("cp1252")),
        ("utf-16", "a,b\nMünchen,€5\n".encode("utf-16")),
        ("utf-8-sig", "\ufeffa,b\nMünchen,€5\n".encode()),
        ("latin-1", "a,b\nMünchen,\x805\n".encode("latin-1")),
    ],
)
def test_encodings(tmp_path: Path, encoding: str, content: bytes) -> None:
    columns, rows = read(tmp_path, content, encoding=encoding)
    assert columns == ["a", "b"]
    assert isinstance(rows[0], Row)
    assert rows[0].cells[0] == "München"


def test_bytes_that_are_no_text_are_kept_and_told(tmp_path: Path) -> None:
    _, rows = read(tmp_path, b"a,b\nM\xfcnchen,1\nBonn,2\nK\xf6ln\n")
    assert [row.is_undecoded for row in rows if isinstance(row, Row)] == [True, False]
    assert isinstance(rows[2], BadLine)
    assert rows[2].text == "K\\xf6ln"
    assert isinstance(rows[0], Row)
    assert rows[0].cells[0] == "M\\xfcnchen"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\n\n\r\n", "empty"),
        (b'"open', "bad_header"),
        (b"a\x00\x00,b\n1,2\n", "not_text"),
    ],
)
def test_what_is_no_csv_is_said(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(FileUnreadable, match=f"^{code}: "):
        read(tmp_path, content)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with (
        pytest.raises(FileUnreadable, match=r"^unreadable: No such file"),
        open_lines(tmp_path / "none.csv", ",", "utf-8", 1),
    ):
        pass


def test_sha256(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert sha256_of(tmp_path / "a").startswith("ba7816bf8f01cfea")
