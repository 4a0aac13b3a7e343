"""Quarantined rows as a file that one can correct and give back.

`quarantine/<file>.<hash>.rows.csv` holds each row of a file that could not be used as it was
received, with its line, what is wrong and the record it stands for. Corrected there, `make retry`
lands it as a later version of the same record.
"""

from __future__ import annotations

import csv
from pathlib import Path

import orjson

from ingestion.files.land import MAPPINGS_TABLE, FileFacts, sha256_of
from ingestion.files.mapping import Mapping, mapping_of
from ingestion.landing import Landing, queries

ENDING = ".rows.csv"
#: Columns of ours beside those of the file; they land in no payload.
RECORD, LINE, REASON = "wagehouse_record_id", "wagehouse_line", "wagehouse_reason"
OURS = (RECORD, LINE, REASON)
#: Rows that are written out; of more, the file itself is to be corrected.
MOST = 10_000


def is_correction(file: Path) -> bool:
    return file.name.endswith(ENDING)


def is_untouched(file: Path) -> bool:
    """Whether a file of corrections is still as it was written."""
    note = _note(file)
    return note.is_file() and note.read_text() == sha256_of(file)


def _note(file: Path) -> Path:
    """Where the hash of what we wrote stands."""
    return file.with_name(f".{file.name}.sha256")


def write_corrections(landing: Landing, folder: Path, facts: FileFacts) -> Path | None:
    """Write the rows of a file that wait for correction; None where there are none, or too many."""
    with landing.store.connect() as connection:
        found = connection.execute(
            """
            select
                record_id,
                any_value(request ->> 'line') as line,
                string_agg(distinct coalesce(field || ' ', '') || reason, '; ') as reasons,
                any_value(body) as body
            from raw.rejected
            where run_id = $run_id and record_id is not null and reason not like 'repeated_key%'
            group by record_id
            order by try_cast(any_value(request ->> 'line') as bigint)
            limit $most
            """,
            {"run_id": facts.run_id, "most": MOST + 1},
        ).fetchall()
    if not found or len(found) > MOST:
        return None
    columns = [name for name in facts.how.get("columns", []) if name not in OURS]
    rows = [(*row[:3], orjson.loads(row[3])) for row in found]
    columns = columns or list(dict.fromkeys(name for *_, cells in rows for name in cells))
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{facts.mapping}.{facts.sha256[:12]}{ENDING}"
    part = target.with_name(f".{target.name}.part")
    with part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([*columns, *OURS])
        for record_id, line, reasons, cells in rows:
            given = [_text(cells.get(name)) for name in columns]
            writer.writerow([*given, record_id, line, reasons])
    _note(target).write_text(sha256_of(part))
    part.replace(target)
    return target


def _text(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return orjson.dumps(value).decode()


def corrected_mapping(landing: Landing, file: Path) -> Mapping | None:
    """The mapping by which a file of corrections is read: its own, keyed by the record; None where
    that is not known."""
    name = file.name.removesuffix(ENDING).rpartition(".")[0]
    with landing.store.connect() as connection:
        if MAPPINGS_TABLE not in queries.tables(connection):
            return None
        row = connection.execute(
            """
            select mapping from raw.files__mappings where name = $name
            order by fetched_at desc, run_id desc, row_id desc limit 1
            """,
            {"name": name},
        ).fetchone()
    if row is None:
        return None
    how_written = {
        "key": [RECORD],
        "snapshot": "partial",
        "delimiter": ",",
        "encoding": "utf-8",
        "header": 1,
        "sheet": None,
        "records": None,
    }
    return mapping_of({**orjson.loads(row[0]), **how_written}, file.name, name)
