"""The raw tables: Arrow schemas of what we land. dlt adds `_dlt_load_id` to each.

dbt creates missing tables with the same columns and types, so it builds on a fresh clone.
"""

from __future__ import annotations

import re

import pyarrow as pa

_TEXT = pa.string()
_INT = pa.int64()
_TIME = pa.timestamp("us", tz="UTC")
_REAL = pa.float64()
_FLAG = pa.bool_()

#: One row a version of a record: `raw.<source>__<endpoint>`.
VERSIONS = pa.schema(
    {
        "record_id": _TEXT,
        "version_no": _INT,
        "payload": _TEXT,
        "content_hash": _TEXT,
        "request": _TEXT,
        "fetched_at": _TIME,
        "run_id": _TEXT,
        "seq": _INT,
        "row_id": _TEXT,
    }
)
#: The same for all dropped files, told apart by `source`.
FILES_ROWS = pa.schema([pa.field("source", _TEXT), *VERSIONS])

#: Mappings of dropped files, as JSON text: one row each time one has changed.
FILES_MAPPINGS = pa.schema(
    {
        "source": _TEXT,
        "name": _TEXT,
        "mapping": _TEXT,
        "sha256": _TEXT,
        "fetched_at": _TIME,
        "run_id": _TEXT,
        "row_id": _TEXT,
    }
)

SLICES = pa.schema(
    {
        "run_id": _TEXT,
        "run_no": _INT,
        "mode": _TEXT,
        "source": _TEXT,
        "endpoint": _TEXT,
        "scope": _TEXT,
        "slice": _TEXT,
        "request": _TEXT,
        "started_at": _TIME,
        "ended_at": _TIME,
        "is_complete": _FLAG,
        "records": _INT,
        "reason": _TEXT,
        "seq": _INT,
    }
)
SIGHTINGS = pa.schema(
    {
        "source": _TEXT,
        "endpoint": _TEXT,
        "scope": _TEXT,
        "record_id": _TEXT,
        "version_no": _INT,
        "run_id": _TEXT,
        "seen_from": _TIME,
        "seen_to": _TIME,
        "times": _INT,
        "row_id": _TEXT,
    }
)
RESPONSES = pa.schema(
    {
        "source": _TEXT,
        "endpoint": _TEXT,
        "scope": _TEXT,
        "slice": _TEXT,
        "run_id": _TEXT,
        "request": _TEXT,
        "body": _TEXT,
        "fetched_at": _TIME,
        "row_id": _TEXT,
    }
)
REJECTED = pa.schema(
    {
        "source": _TEXT,
        "endpoint": _TEXT,
        "record_id": _TEXT,
        "body": _TEXT,
        "field": _TEXT,
        "value": _TEXT,
        "reason": _TEXT,
        "request": _TEXT,
        "fetched_at": _TIME,
        "run_id": _TEXT,
        "row_id": _TEXT,
    }
)
#: How far a slice that has not ended has come, so that another process goes on from there.
POSITIONS = pa.schema(
    {
        "run_id": _TEXT,
        "source": _TEXT,
        "endpoint": _TEXT,
        "scope": _TEXT,
        "slice": _TEXT,
        "position": _TEXT,
        "records": _INT,
        "rejected": _INT,
        "problems": _TEXT,
        "seq": _INT,
    }
)
#: Fields of records that were not as the endpoint's contract says: how many in one package.
BREACHES = pa.schema(
    {
        "source": _TEXT,
        "endpoint": _TEXT,
        "field": _TEXT,
        "expected": _TEXT,
        "found": _TEXT,
        "records": _INT,
        "run_id": _TEXT,
        "seen_at": _TIME,
        "row_id": _TEXT,
    }
)
RUNS = pa.schema(
    {
        "run_id": _TEXT,
        "step": _TEXT,
        "source": _TEXT,
        "started_at": _TIME,
        "ended_at": _TIME,
        "requests": _INT,
        "retries": _INT,
        "response_ms": _INT,
        "records": _INT,
        "new_versions": _INT,
        "quarantined": _INT,
        "duplicates": _INT,
        "errors": _INT,
        "peak_mb": _REAL,
        "cpu_s": _REAL,
    }
)

REFERENCE_CITIES = pa.schema(
    {
        "version": _TEXT,
        "geoname_id": _TEXT,
        "name": _TEXT,
        "country_code": _TEXT,
        "region_code": _TEXT,
        "latitude": _REAL,
        "longitude": _REAL,
        "population": _INT,
        "alternate_names": _TEXT,
    }
)
REFERENCE_COUNTRIES = pa.schema(
    {
        "version": _TEXT,
        "country_code": _TEXT,
        "iso3": _TEXT,
        "name": _TEXT,
        "currency": _TEXT,
    }
)
REFERENCE_REGIONS = pa.schema(
    {"version": _TEXT, "region_code": _TEXT, "country_code": _TEXT, "name": _TEXT}
)
REFERENCE_EXCHANGE_RATES = pa.schema(
    {"version": _TEXT, "rate_on": pa.date32(), "currency": _TEXT, "per_eur": _REAL}
)

#: Tables whose name does not depend on a source.
SHARED: dict[str, pa.Schema] = {
    "slices": SLICES,
    "sightings": SIGHTINGS,
    "runs": RUNS,
    "responses": RESPONSES,
    "rejected": REJECTED,
    "positions": POSITIONS,
    "breaches": BREACHES,
    "files__rows": FILES_ROWS,
    "files__mappings": FILES_MAPPINGS,
    "reference__cities": REFERENCE_CITIES,
    "reference__countries": REFERENCE_COUNTRIES,
    "reference__regions": REFERENCE_REGIONS,
    "reference__exchange_rates": REFERENCE_EXCHANGE_RATES,
}


_NAME = re.compile(r"[a-z][a-z0-9_]*")


def is_raw_table(name: str) -> bool:
    """Whether a table or folder of that name is one of ours."""
    return name in SHARED or ("__" in name and _NAME.fullmatch(name) is not None)


def schema_of(table: str) -> pa.Schema:
    """Columns of a raw table; what is not shared holds the versions of one endpoint's records."""
    return SHARED.get(table, VERSIONS)
