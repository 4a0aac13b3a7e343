"""Package data: what is in it, landed once, one version a table."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from ingestion import land_reference, reference
from ingestion.settings import Settings
from tests.unit.ingestion.conftest import PLACES, Query

TABLES = ("cities", "countries", "regions", "exchange_rates")


def rows_where(table: pa.Table, **columns: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = table.to_pylist()
    return [row for row in found if all(row[name] == value for name, value in columns.items())]


def test_rates_are_units_for_a_euro() -> None:
    rates = reference.exchange_rates()
    day = rows_where(rates, rate_on=date(2020, 3, 2))
    by_currency = {row["currency"]: row["per_eur"] for row in day}
    assert by_currency["USD"] == 1.1122
    assert "EUR" not in by_currency
    assert "SIT" not in by_currency, "currencies that are no more have no rate"
    assert not rows_where(rates, rate_on=date(2020, 3, 1)), "no Sundays"


def test_countries_and_regions() -> None:
    (france,) = rows_where(reference.countries(), country_code="FR")
    assert (france["iso3"], france["name"], france["currency"]) == ("FRA", "France", "EUR")
    (state,) = rows_where(reference.regions(), region_code="US-NY")
    assert (state["country_code"], state["name"]) == ("US", "New York")


@pytest.mark.parametrize("settings", PLACES, indirect=True)
def test_landed_once_and_again_for_a_new_version(
    settings: Settings, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The first thousand places and rates do for this.
    for name in ("reference__cities", "reference__exchange_rates"):
        package, rows, key = reference._TABLES[name]
        few = rows().slice(0, 1000)
        monkeypatch.setitem(reference._TABLES, name, (package, lambda few=few: few, key))
    lines: list[str] = []
    first = land_reference(settings, lines.append)
    assert first.status == "complete"
    assert lines[0] == "Reference data: 1,000 rows of cities"
    counts = {name: query(f"select count(*) from raw.reference__{name}")[0][0] for name in TABLES}
    assert counts["cities"] == 1000
    assert counts["regions"] > 5000
    assert sum(counts.values()) == first.counts.records
    again = land_reference(settings)
    assert (again.status, again.counts.records) == ("skipped", 0)

    version = reference._version
    monkeypatch.setattr(
        reference, "_version", lambda p: "pycountry 99" if p == "pycountry" else version(p)
    )
    newer = land_reference(settings)
    assert list(newer.counts.tables) == ["reference__regions"]
    found = query("select distinct version from raw.reference__regions order by 1")
    if str(settings.raw_path).startswith("memory:"):
        assert len(found) == 2, "a bucket's tables are only added to"
    else:
        assert found == [("pycountry 99",)]
    if settings.raw_path is not None:
        return
    # A load that was killed may have loaded a file twice.
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute(
            "insert into raw.reference__regions select * from raw.reference__regions"
        )
    land_reference(settings)
    assert query("select count(*) from raw.reference__regions") == [(counts["regions"],)]
