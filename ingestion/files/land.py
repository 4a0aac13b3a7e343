"""From one dropped file to rows of `raw.files__rows`, through the same landing run as any source.

What lands, for the models that read it:

- `raw.files__rows`: `source` is `file_<mapping name>`; `record_id` the declared key (several
  columns: their JSON list), else a hash of the row and its occurrence in the file (`<hash>-1`,
  `-2` …); `request` is `{"endpoint": "rows", "file", "line", "sha256"}`; `payload` is

      {"fields": {"origin", "title", "company", "pay_min", "pay_max", "pay_text", "currency",
                  "period", "payments_year", "tax_basis", "employment_type", "seniority",
                  "country", "region", "city", "skills", "posted_on", "url"},
       "row": {column of the file: its text}}

  All values are texts and absent where nothing is known. `pay_min` and `pay_max` are digits with a
  point (a single amount fills both), `pay_text` is the amount as written; `currency` is ISO 4217,
  `period` year, month, week, day, hour or project, `tax_basis` gross or net, `employment_type`
  full_time or part_time, `posted_on` an ISO date. `origin` is surveyed, advertised or estimated.
  The rest is as written.
- `raw.files__mappings`: `source`, `name`, `mapping` (the whole mapping as JSON, defaults filled in,
  `terms` an object with the fields of `ingestion.source.Terms`), `sha256` of that text,
  `fetched_at`, `run_id`, `row_id`: one row whenever the mapping has changed.
- `raw.slices`: endpoint `rows`, scope the mapping's name, slice the file's name and the start of
  its sha256; mode full for `snapshot: complete`, cursor for `partial`. It is complete when every
  line was read as a row.
- `raw.rejected`: lines that are no rows, and cells that could not be read (`field` is the column);
  the rows of such cells land all the same, without that field. `request` names file and line.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ingestion.files.mapping import Mapping
from ingestion.files.reader import BadLine, CsvFile, FileUnreadable, Row, open_csv, sha256_of
from ingestion.files.values import read_value
from ingestion.landing import Landing, Run, Slice, SliceWriter, queries
from ingestion.landing.canonical import dumps, hash_of
from ingestion.source import FILES_TABLE, EndpointSpec

logger = logging.getLogger(__name__)

ROWS = EndpointSpec("rows", id_field="record_id")
MAPPINGS = EndpointSpec("mappings", id_field="name")
MAPPINGS_TABLE = "files__mappings"
#: Rows between two looks at whether a package is due.
BATCH = 1_000
#: Rows between two lines of progress.
PROGRESS = 50_000

#: What is wrong with a cell: column, text, reason.
Problem = tuple[str, str, str]


def land_file(
    landing: Landing, file: Path, mapping: Mapping, say: Callable[[str], None]
) -> str | None:
    """Land a file; returns why it could not be read, None when it was.

    When this returns, everything is on disk and the file may be moved.
    """
    if any(run.source == mapping.source for run in landing.runs):
        # Another file of this mapping came before: its rows have to be known.
        landing.settle()
    sha256 = sha256_of(file)
    run = landing.run(mapping.source, [ROWS], table=FILES_TABLE)
    _land_mapping(landing, run, mapping)
    slice_ = Slice(
        "rows",
        mapping.name,
        f"{file.name} {sha256[:12]}",
        mode="full" if mapping.snapshot == "complete" else "cursor",
        request={"file": file.name, "sha256": sha256, "bytes": file.stat().st_size},
    )
    request = {"file": file.name, "sha256": sha256}
    if not run.plan([slice_]):
        # The run was killed after these very bytes had landed: only the file is still to be moved.
        run.finish()
        say(f"{file.name} ({mapping.source}): landed before")
        return _why_unreadable(file, mapping)
    unreadable: str | None = None
    with run.open(slice_) as writer:
        try:
            with open_csv(file, mapping.delimiter, mapping.encoding) as table:
                _check_columns(table, mapping)
                reason = _land_rows(writer, table, mapping, request, say)
            writer.end(complete=reason is None, reason=reason)
        except FileUnreadable as error:
            unreadable = str(error)
            writer.reject(file.name, unreadable, request)
            writer.end(complete=False, reason=f"{file.name}: {unreadable}")
    run.finish()
    say(
        f"{file.name} ({mapping.source}): {writer.records} rows, {writer.new_versions} new, "
        f"{writer.rejected} notes in quarantine"
    )
    return unreadable


def _land_mapping(landing: Landing, run: Run, mapping: Mapping) -> None:
    text = dumps(mapping.model_dump(mode="json"))
    sha256 = hash_of(text)
    with landing.store.connect() as connection:
        if MAPPINGS_TABLE in queries.tables(connection):
            newest = connection.execute(
                """
                select sha256 from raw.files__mappings where source = $source
                order by fetched_at desc, run_id desc, row_id desc limit 1
                """,
                {"source": mapping.source},
            ).fetchone()
            if newest == (sha256,):
                return
    run.add(
        MAPPINGS_TABLE,
        {
            "source": mapping.source,
            "name": mapping.name,
            "mapping": text,
            "sha256": sha256,
            "fetched_at": landing.settings.now(),
            "run_id": run.run_id,
            "row_id": hash_of(mapping.source, sha256, run.run_id),
        },
    )


def _check_columns(table: CsvFile, mapping: Mapping) -> None:
    wanted = [*mapping.fields.values(), *mapping.key]
    missing = sorted({" ".join(column.split()) for column in wanted} - set(table.columns))
    if missing:
        raise FileUnreadable(
            f"no_column: the mapping names {missing[0]!r}; the file has "
            f"{', '.join(repr(column) for column in table.columns)[:300]}"
        )


def _why_unreadable(file: Path, mapping: Mapping) -> str | None:
    try:
        with open_csv(file, mapping.delimiter, mapping.encoding) as table:
            _check_columns(table, mapping)
            for _ in table:
                pass
    except FileUnreadable as error:
        return str(error)
    return None


def _land_rows(
    writer: SliceWriter,
    table: CsvFile,
    mapping: Mapping,
    request: dict[str, Any],
    say: Callable[[str], None],
) -> str | None:
    """Land all rows; returns why the slice is not complete, None when it is."""
    occurrences: Counter[str] = Counter()
    bad_lines = 0
    for number, row in enumerate(table, start=1):
        if number % BATCH == 0:
            writer.answer()
        if number % PROGRESS == 0:
            say(f"{request['file']}: {number:,} rows, {writer.new_versions:,} new")
        where = {**request, "line": row.line}
        if isinstance(row, BadLine):
            bad_lines += 1
            writer.reject(row.text, row.reason, where)
            continue
        if writer.is_full:
            return f"row_limit: {writer.records} rows (WAGEHOUSE_ENV=dev)"
        record_id, problems = _identify(row, mapping, occurrences)
        fields, unread = read_fields(row.cells, mapping)
        payload = {"fields": fields, "row": row.cells}
        if row.is_undecoded:
            problems.append(("", "", f"undecodable_bytes: the line is no {mapping.encoding}"))
        # What is known already was noted when it came for the first time.
        if writer.record(payload, where, key=record_id):
            body = dumps(row.cells)
            for column, text, reason in problems + unread:
                writer.reject(
                    body, reason, where, record_id=record_id, field=column or None, value=text
                )
    return f"bad_lines: {bad_lines} lines of {request['file']} are no rows" if bad_lines else None


def _identify(row: Row, mapping: Mapping, occurrences: Counter[str]) -> tuple[str, list[Problem]]:
    """The record's id, and what is wrong with it."""
    parts = [row.cells[" ".join(column.split())].strip() for column in mapping.key]
    if any(parts):
        record_id = parts[0] if len(parts) == 1 else dumps(parts)
        occurrences[record_id] += 1
        if occurrences[record_id] > 1:
            reason = "repeated_key: an earlier line has this key; the last line stands"
            return record_id, [(", ".join(mapping.key), record_id, reason)]
        return record_id, []
    content = hash_of(dumps(row.cells))
    occurrences[content] += 1
    problems = [(", ".join(mapping.key), "", "no_key: the key is empty")] if mapping.key else []
    return f"{content}-{occurrences[content]}", problems


def read_fields(cells: dict[str, str], mapping: Mapping) -> tuple[dict[str, str], list[Problem]]:
    """The canonical fields of a row, and the cells that could not be read."""
    reading = mapping.reading
    fields: dict[str, str] = {"origin": mapping.origin}
    problems: list[Problem] = []
    for name, text in mapping.constants.items():
        _put(fields, name, text, read_value(name, text, reading).text)
    for name, column in mapping.fields.items():
        text = cells[" ".join(column.split())].strip()
        if text in mapping.missing or not text:
            continue
        value = read_value(name, text, reading)
        if value.problem is not None:
            problems.append((column, text, value.problem))
        _put(fields, name, text, value.text)
    return fields, problems


def _put(fields: dict[str, str], name: str, written: str, value: str | None) -> None:
    """Put a value under its name; a single amount fills both ends and is kept as written."""
    if name == "pay":
        fields["pay_text"] = written
        if value is not None:
            fields["pay_min"] = fields["pay_max"] = value
    elif value is not None:
        fields[name] = value
