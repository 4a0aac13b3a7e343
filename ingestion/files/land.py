"""From one dropped file to rows of `raw.files__rows`, through the same landing run as any source.

What lands, for the models that read it:

- `raw.files__rows`: `source` is `file_<mapping name>`; `record_id` the declared key (several
  columns: their JSON list), else a hash of the row and its occurrence in the file (`<hash>-1`,
  `-2` …); `request` is `{"endpoint": "rows", "file", "line", "sha256"}`, with `sheet` where there
  are sheets; `payload` is

      {"fields": {canonical field: its value}, "row": {column of the file: its text}}

  Fields are those of `ingestion.files.values.FIELDS` and `origin`; a field is absent where nothing
  is known. All are texts, `skills` is a list of texts. `pay` is a single amount, `pay_min` and
  `pay_max` the ends of a range, digits with a point; `pay_text` the amount as written where that
  says more. Currency is ISO 4217, dates are ISO dates, period, tax_basis, employment_type, contract
  and workplace have our codes. The rest is as written. `row` is the record itself for JSON and web
  pages.
- `raw.files__mappings`: `source`, `name`, `mapping` (the whole mapping as JSON, defaults filled
  in), `sha256` of that text, `fetched_at`, `run_id`, `row_id`: one row when it has changed.
- `raw.slices`: endpoint `rows`, scope the mapping's name, slice the file's name and the start of
  its sha256; mode full for `snapshot: complete`, cursor for `partial`. It is complete when every
  line was read as a row.
- `raw.responses`: what is known of the file: format, encoding, sheet, bytes, columns, and its
  rows = usable + quarantined (`FileFacts`).
- `raw.rejected`: lines that are no rows, and cells that could not be read (`field` is the column);
  the rows of such cells land all the same, without that field. `request` names file and line.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ingestion.files.mapping import Mapping
from ingestion.files.stage import Staged, stage
from ingestion.files.table import FileUnreadable
from ingestion.landing import Landing, Run, Slice, queries
from ingestion.landing.bulk import Landed, land_file_rows
from ingestion.landing.canonical import dumps, hash_of
from ingestion.source import FILES_TABLE, EndpointSpec

logger = logging.getLogger(__name__)

ROWS = EndpointSpec("rows", id_field="record_id")
MAPPINGS = EndpointSpec("mappings", id_field="name")
MAPPINGS_TABLE = "files__mappings"


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What became of a file. rows = usable + quarantined, whatever else.

    state: `landed`, `known` (these bytes stand already, nothing was added) or `unreadable` (then
    `reason` says why). `new`: versions that were added.
    """

    file: str
    sha256: str
    bytes: int
    mapping: str
    state: str
    rows: int = 0
    usable: int = 0
    quarantined: int = 0
    new: int = 0
    reason: str | None = None
    run_id: str | None = None
    how: dict[str, Any] = field(default_factory=dict)


def sha256_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def land_file(
    landing: Landing,
    file: Path,
    mapping: Mapping,
    say: Callable[[str], None],
    *,
    is_correction: bool = False,
) -> FileFacts:
    """Land a file. When this returns, everything is on disk and the file may be moved.

    `is_correction`: the mapping is not one to keep, only a way to read this file.
    """
    if any(run.source == mapping.source for run in landing.runs):
        # Another file of this mapping came before: its rows have to be known.
        landing.settle()
    sha256 = sha256_of(file)
    facts = FileFacts(file.name, sha256, file.stat().st_size, mapping.name, "known")
    if _stands(landing, mapping, sha256):
        say(f"{file.name} ({mapping.source}): these bytes have landed before, nothing to add")
        return facts
    run = landing.run(mapping.source, [ROWS], table=FILES_TABLE, reads_known=False)
    if not is_correction:
        _land_mapping(landing, run, mapping)
    slice_ = Slice(
        "rows",
        mapping.name,
        f"{file.name} {sha256[:12]}",
        mode="full" if mapping.snapshot == "complete" else "cursor",
        request={
            "file": file.name,
            "sha256": sha256,
            "bytes": facts.bytes,
            "mapping": _hash(mapping),
        },
    )
    if not run.plan([slice_]):
        # The run was killed after these very bytes had landed: only the file is still to be moved.
        run.finish()
        say(f"{file.name} ({mapping.source}): landed before")
        return _standing_facts(landing, facts)
    work = landing.settings.state / "files" / run.run_id
    try:
        return _land(landing, run, slice_, file, mapping, facts, work, say)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _land(
    landing: Landing,
    run: Run,
    slice_: Slice,
    file: Path,
    mapping: Mapping,
    facts: FileFacts,
    work: Path,
    say: Callable[[str], None],
) -> FileFacts:
    def progress(rows: int, share: float) -> None:
        say(f"{file.name}: {rows:,} rows, {share:.0%}")

    request: dict[str, Any] = {"file": file.name, "sha256": facts.sha256}
    with run.open(slice_) as writer:
        try:
            staged = stage(file, mapping, work, progress, run.record_limit)
        except FileUnreadable as error:
            reason = str(error)
            writer.reject(file.name, reason, request)
            facts = _with(facts, state="unreadable", reason=reason, run_id=run.run_id)
            writer.response(_told(facts), request)
            writer.end(complete=False, reason=f"{file.name}: {reason}")
            run.finish()
            say(f"{file.name} ({mapping.source}) cannot be read: {reason}")
            return facts
        if "sheet" in staged.facts:
            request["sheet"] = staged.facts["sheet"]
        landed, files = land_file_rows(
            landing,
            run,
            slice_,
            staged=staged.rows_file,
            problems=staged.problems_file,
            request=request,
            work=work,
        )
        facts = _with(
            facts,
            state="landed",
            rows=landed.rows + staged.bad_lines,
            usable=landed.rows + staged.bad_lines - landed.quarantined,
            quarantined=landed.quarantined,
            new=landed.new_versions,
            reason=_incomplete(file, staged, run),
            run_id=run.run_id,
            how={**staged.facts, "columns": list(staged.columns)},
        )
        _count(run, landed, files)
        run.attach(files)
        writer.records = landed.rows
        writer.response(_told(facts), request)
        writer.end(complete=facts.reason is None, reason=facts.reason)
    run.finish()
    say(
        f"{file.name} ({mapping.source}): {facts.rows:,} rows, {facts.usable:,} usable, "
        f"{facts.quarantined:,} quarantined, {facts.new:,} new"
    )
    return facts


def _incomplete(file: Path, staged: Staged, run: Run) -> str | None:
    if staged.is_cut:
        return f"row_limit: {run.record_limit} rows (WAGEHOUSE_ENV=dev)"
    if staged.bad_lines:
        return f"bad_lines: {staged.bad_lines} lines of {file.name} are no rows"
    return None


def _count(run: Run, landed: Landed, files: dict[str, tuple[Path, int]]) -> None:
    counts, table = run.counts, run.counts.table(FILES_TABLE)
    rejected = files.get("rejected", (None, 0))[1]
    counts.records += landed.rows
    counts.new_versions += landed.new_versions
    counts.duplicates += landed.repeated
    counts.quarantined += rejected
    table.rows_landed += files.get(FILES_TABLE, (None, 0))[1]
    table.new_versions += landed.new_versions
    table.quarantined += rejected


def _told(facts: FileFacts) -> dict[str, Any]:
    """The facts as they are landed: the run stands in a column of its own."""
    told = asdict(facts)
    del told["run_id"]
    return told


def _with(facts: FileFacts, **changed: Any) -> FileFacts:
    return FileFacts(**{**asdict(facts), **changed})


def _hash(mapping: Mapping) -> str:
    return hash_of(dumps(mapping.model_dump(mode="json")))


def _stands(landing: Landing, mapping: Mapping, sha256: str) -> bool:
    """Whether these bytes, read by this mapping, are what stands: the newest complete snapshot, or
    any file of a mapping that only adds."""
    with landing.store.connect() as connection:
        if "slices" not in queries.tables(connection):
            return False
        rows = connection.execute(
            """
            select request ->> 'sha256', request ->> 'mapping'
            from raw.slices
            where
                source = $source
                and endpoint = 'rows'
                and ended_at is not null
                and (is_complete or reason like 'bad_lines:%')
                and (mode = 'full' or not $is_whole)
            order by run_no desc, seq desc
            """,
            {"source": mapping.source, "is_whole": mapping.snapshot == "complete"},
        ).fetchall()
    this = (sha256, _hash(mapping))
    return this in (rows[:1] if mapping.snapshot == "complete" else rows)


def _standing_facts(landing: Landing, facts: FileFacts) -> FileFacts:
    """The facts of a file whose slice ended before; unreadable stays unreadable."""
    import orjson

    with landing.store.connect() as connection:
        row = connection.execute(
            """
            select body, run_id from raw.responses
            where source = $source and endpoint = 'rows' and request ->> 'sha256' = $sha256
            order by fetched_at desc, row_id desc
            limit 1
            """,
            {"source": f"file_{facts.mapping}", "sha256": facts.sha256},
        ).fetchone()
    return FileFacts(**orjson.loads(row[0]), run_id=row[1]) if row else facts


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
