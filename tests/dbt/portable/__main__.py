"""What the guard finds in a project: `python -m tests.dbt.portable dbt_project [report.json]`."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

from tests.dbt.portable.compiling import Compiler
from tests.dbt.portable.guard import Finding, Guard, engine_names


def report(folder: Path) -> dict[str, Any]:
    """{"compiled": [name, …], "incremental": [name, …], "findings": [{…}, …]} of a project."""
    compiler = Compiler(folder)
    # dbt shows what it compiles.
    with contextlib.redirect_stdout(io.StringIO()):
        compiled = compiler.compile()
    guard = Guard(folder / "macros", compiler.not_null)
    found: dict[Finding, str] = {}
    for one in compiled:
        for finding in guard.findings(one.resolved):
            found.setdefault(finding, f"{one.kind} {one.name}")
    for part in ("models", "macros/rules", "macros/tests", "tests"):
        for path in sorted((folder / part).rglob("*.sql")):
            for finding in engine_names(str(path.relative_to(folder)), path.read_text()):
                found.setdefault(finding, path.stem)
    return {
        "compiled": sorted({one.name for one in compiled if not one.is_incremental}),
        "incremental": sorted({one.name for one in compiled if one.is_incremental}),
        "findings": [
            {
                "file": finding.origin.line.file,
                "line": finding.origin.line.number,
                "callers": [str(line) for line in finding.origin.callers],
                "construct": finding.construct,
                "text": f"{finding} (in {node})",
            }
            for finding, node in found.items()
        ],
    }


def main(arguments: list[str]) -> int:
    """Print the findings, or write the whole report to a file; 1 when there are findings."""
    found = report(Path(arguments[0]).resolve())
    if len(arguments) > 1:
        Path(arguments[1]).write_text(json.dumps(found))
    else:
        sys.stdout.write("\n".join(finding["text"] for finding in found["findings"]) + "\n")
    return 1 if found["findings"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
