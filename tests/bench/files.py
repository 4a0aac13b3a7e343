"""Dropped files: from the drop to tested pay statements, beside DuckDB's own reading of a CSV.

Each is timed in a process of its own on an empty data folder. What the tools cost without rows (a
file of one row, in the same way) is shown beside, and taken off where a bar speaks of work.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingestion.settings import REPO
from tests.bench.figures import Figure
from tests.support.tables import PAY_COLUMNS, PAY_MAPPING, pay_rows, write_workbook

MANY, ROWS, SHEET_ROWS = 1_000_000, 250_000, 28_000
#: Times DuckDB's `create table as from read_csv`; MB; seconds; seconds of work.
LANDING_BAR, MEMORY_BAR, SHEET_BAR, WORK_BAR = 6.0, 1_000.0, 5.0, 6.0
#: Each is timed so often, and the best counts: others use the machine, too.
TIMES = 2

_READ = """
import duckdb, sys, time
connection = duckdb.connect(sys.argv[1])
started = time.perf_counter()
connection.execute("create table t as from read_csv('" + sys.argv[2] + "')")
connection.execute("checkpoint")
print('{"wall": %f}' % (time.perf_counter() - started))
"""
_LAND = """
import json, resource, sys, time
from pathlib import Path
from ingestion import Settings, collect
from ingestion.landing import Landing
from ingestion.search import Ask
settings = Settings.load()
import dlt, python_calamine
with Landing(settings):
    pass
started = time.perf_counter()
result = collect("files", settings, ask=Ask(file=sys.argv[1], mapping=sys.argv[2]))
wall = time.perf_counter() - started
assert result.status == "complete", result
print(json.dumps({"wall": wall, "rows": result.counts.new_versions,
    "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


@dataclass(frozen=True, slots=True)
class Timed:
    wall: float
    peak: float = 0.0


def measure() -> list[Figure]:
    """Landing against `read_csv`, memory, a sheet, and the whole way to the marts."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mapping = folder / "pay.mapping.yml"
        mapping.write_text(PAY_MAPPING)
        many = _csv(folder / "many.csv", MANY)
        read = _best(
            _python(folder, n, _READ, folder / f"read_{n}.duckdb", many) for n in range(TIMES)
        )
        landed = _best(_python(folder, n, _LAND, many, mapping) for n in range(TIMES))
        many.unlink()
        book = folder / "pay.xlsx"
        write_workbook(book, [PAY_COLUMNS, *pay_rows(SHEET_ROWS)])
        sheet = _best(_python(folder, n, _LAND, book, mapping) for n in range(TIMES))
        one, file = _csv(folder / "one.csv", 1), _csv(folder / "pay.csv", ROWS)
        start = _best(_load(folder / f"one_{n}", one, mapping) for n in range(TIMES))
        whole = _best(_load(folder / f"whole_{n}", file, mapping) for n in range(TIMES))
    return [
        Figure(
            f"landing {MANY:,} rows of CSV",
            landed.wall,
            "s",
            bar=LANDING_BAR,
            limit=read.wall,
            limit_is="read_csv into a table",
        ),
        Figure("its peak memory", landed.peak, "MB", bar=MEMORY_BAR),
        Figure(f"landing a sheet of {SHEET_ROWS:,} rows", sheet.wall, "s", bar=SHEET_BAR),
        Figure(
            f"{ROWS:,} rows from drop to tested pay statements, work",
            whole.wall - start.wall,
            "s",
            bar=WORK_BAR,
        ),
        Figure("start-up of the tools (a file of one row)", start.wall, "s"),
        Figure("whole wall time from drop to printed figures", whole.wall, "s"),
    ]


def _best(tries: Iterable[Timed]) -> Timed:
    found = list(tries)
    return Timed(min(one.wall for one in found), max(one.peak for one in found))


def _csv(path: Path, rows: int) -> Path:
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(PAY_COLUMNS)
        writer.writerows(pay_rows(rows))
    # Long written, as it seems: a file that has just changed is waited for.
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def _environment(data: Path) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("WAGEHOUSE_", "SOURCES__", "DBT_"))
    }
    return {**kept, "WAGEHOUSE_DATA": str(data), "PYTHONPATH": str(REPO)}


def _run(args: list[str], data: Path) -> str:
    done = subprocess.run(
        args, cwd=REPO, env=_environment(data), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{args[1:4]}: {done.stdout[-500:]}{done.stderr[-1_000:]}")
    return done.stdout


def _python(folder: Path, number: int, code: str, *args: Path) -> Timed:
    data = Path(tempfile.mkdtemp(dir=folder, prefix=f"data_{number}_"))
    said = _run([sys.executable, "-c", code, *map(str, args)], data)
    found: dict[str, Any] = json.loads(said.strip().splitlines()[-1])
    return Timed(found["wall"], found.get("peak", 0.0))


def _load(data: Path, file: Path, mapping: Path) -> Timed:
    """`make load` as a user has it, reference data landed and the models parsed before."""
    data.mkdir()
    _run([sys.executable, "-c", _READY], data)
    started = time.perf_counter()
    args = ["-m", "orchestration", "load", "--file", str(file), "--mapping", str(mapping)]
    _run([sys.executable, *args], data)
    return Timed(time.perf_counter() - started)


_READY = """
from ingestion import Settings, land_reference
from orchestration.models import ensure_manifest
land_reference(Settings.load())
ensure_manifest()
"""
