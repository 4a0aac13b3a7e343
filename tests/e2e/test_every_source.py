"""All API sources in one run: each lands and reaches the models, one that fails stops no other, and
neither keys nor people's addresses get where they do not belong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import NOWHERE, check_run, clean_env, wagehouse
from tests.fixtures.every_source import KEYS, Records, every_source, stocks

N = 20
#: The source that cannot be reached.
BROKEN = "lever"
#: Stand in the texts of postings: they may stay in raw, and nowhere else.
IN_TEXTS = ("petra.planted@kontakt.example", "+49 30 90182736")
#: Stand in fields that are for applicants: they land nowhere.
IN_FIELDS = ("dropped.person@kontakt.example", "+46 8 123 98 76")


@dataclass(frozen=True)
class Landed:
    data: Path
    stock: dict[str, Records]
    said: str


def planted(records: Records) -> Records:
    """The records, the first with people's addresses in its texts and in fields for them."""
    first = records[0]
    records[0] = _in_texts(first)
    if "romeCode" in first:
        mail, phone = IN_FIELDS
        records[0]["contact"] = {"nom": mail, "courriel": mail, "telephone": phone}
    if "application_contacts" in first:
        mail, phone = IN_FIELDS
        records[0]["application_contacts"] = [{"email": mail, "telephone": phone}]
    return records


def _in_texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _in_texts(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_in_texts(item) for item in value]
    if isinstance(value, str) and len(value) > 200 and not value.startswith("http"):
        mail, phone = IN_TEXTS
        return f"Questions: {mail} or {phone}. {value}"
    return value


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Landed:
    data = tmp_path_factory.mktemp("every_source")
    stock = stocks(N, planted)
    with every_source(stock) as env:
        env |= {f"SOURCES__{BROKEN.upper()}__BASE_URL": NOWHERE}
        said = check_run(wagehouse("run", "--no-site", env=clean_env(data, **env)))
    return Landed(data, stock, said)


@pytest.fixture(scope="module")
def warehouse(landed: Landed) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(landed.data / "warehouse.duckdb"), read_only=True) as connection:
        yield connection


def test_every_source_reaches_the_models(
    landed: Landed, warehouse: duckdb.DuckDBPyConnection
) -> None:
    found = dict(
        warehouse.execute("select source, count(*) from normalized.posting group by 1").fetchall()
    )
    expected = {name: len(records) for name, records in landed.stock.items() if name != BROKEN}
    assert found == expected
    said = {line.split()[0]: line for line in landed.said.splitlines() if line.strip()}
    assert "failed: unreachable" in said[BROKEN]
    assert all("records" in said[name] for name in expected)


def test_what_sources_state_of_pay_has_its_origin(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = {
        (source, origin)
        for source, origin in warehouse.execute(
            "select distinct source, origin from normalized.pay_statement where is_usable"
        ).fetchall()
    }
    assert found >= {
        ("adzuna", "advertised"),
        ("adzuna", "predicted"),
        ("arbeitsagentur", "advertised"),
        ("ashby", "advertised"),
        ("france_travail", "advertised"),
        ("greenhouse", "advertised"),
        ("himalayas", "advertised"),
        ("jobtech", "advertised"),
        ("the_muse", "parsed"),
    }
    assert {source for source, origin in found if origin == "predicted"} == {"adzuna"}


def _rows_with(connection: duckdb.DuckDBPyConnection, text: str) -> set[str]:
    """Schemas that have a row in which a text stands."""
    tables = connection.execute(
        "select table_schema, table_name from information_schema.tables"
    ).fetchall()
    return {
        schema
        for schema, table in tables
        if connection.execute(
            f'select 1 from "{schema}"."{table}" as one'
            " where contains(cast(one as varchar), $text) limit 1",
            {"text": text},
        ).fetchone()
    }


def _files_with(data: Path, text: str) -> list[str]:
    """Files that hold a text as it is, and Parquet files that hold it in a row."""
    found = []
    for file in sorted(path for path in data.rglob("*") if path.is_file()):
        if file.suffix == ".parquet":
            rows = duckdb.execute(
                f"select 1 from read_parquet('{file}') as one"
                " where contains(cast(one as varchar), $text) limit 1",
                {"text": text},
            ).fetchone()
            is_there = rows is not None
        else:
            is_there = text.encode() in file.read_bytes()
        if is_there:
            found.append(str(file.relative_to(data)))
    return found


@pytest.mark.parametrize("secret", [*KEYS.values(), *IN_FIELDS])
def test_keys_and_contact_fields_are_nowhere(
    landed: Landed, warehouse: duckdb.DuckDBPyConnection, secret: str
) -> None:
    assert _rows_with(warehouse, secret) == set()
    assert _files_with(landed.data, secret) == []
    assert secret not in landed.said


@pytest.mark.parametrize("address", IN_TEXTS)
def test_addresses_within_texts_stay_in_raw(
    landed: Landed, warehouse: duckdb.DuckDBPyConnection, address: str
) -> None:
    assert _rows_with(warehouse, address) == {"raw"}
    may_hold = ("warehouse.duckdb", "state/dlt/")
    assert [
        file for file in _files_with(landed.data, address) if not file.startswith(may_hold)
    ] == []
