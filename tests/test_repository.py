"""What must hold of the repository itself: locks, settings, sizes, the folders of the map."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

CODE = {"ingestion", "orchestration", "dbt_project", "reports"}


def tracked(repo: Path) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=repo, capture_output=True, text=True, check=True
    ).stdout
    return [repo / name for name in listed.split("\0") if name and (repo / name).is_file()]


@pytest.mark.parametrize("lock", ["requirements.lock", "reports/package-lock.json"])
def test_locks_name_no_registry(repo: Path, lock: str) -> None:
    text = (repo / lock).read_text()
    assert not re.search(r"https?://[^\s\"]*(/simple\b|/packages/|registry)", text)
    assert '"resolved"' not in text
    assert "--index-url" not in text


def test_python_lock_has_hashes(repo: Path) -> None:
    text = (repo / "requirements.lock").read_text()
    pins = re.findall(r"^[a-z0-9][\w.\[\]-]*==", text, flags=re.MULTILINE)
    assert len(pins) > 100
    assert text.count("--hash=sha256:") >= len(pins)


def test_env_example_names_every_setting_once(repo: Path) -> None:
    named = re.findall(
        r"^([A-Z][A-Z0-9_]+)=", (repo / ".env.example").read_text(), flags=re.MULTILINE
    )
    assert len(named) == len(set(named))
    read: set[str] = set()
    for path in tracked(repo):
        ours = path.relative_to(repo).parts[0] in CODE
        if ours and path.suffix in {".py", ".sql", ".yml", ".js", ".svelte"}:
            read |= set(re.findall(r"\bWAGEHOUSE_[A-Z]+\b", path.read_text()))
    internal = {"WAGEHOUSE_RUN", "WAGEHOUSE_REPORT"}
    missing = {name for name in read if name not in named and name not in internal}
    assert not missing, f"read by the code and not in .env.example: {sorted(missing)}"


def test_top_level_is_the_map(repo: Path) -> None:
    folders = {path.relative_to(repo).parts[0] for path in tracked(repo) if path.parent != repo}
    assert folders <= {
        ".ci",
        ".github",
        "data",
        "dbt_project",
        "ingestion",
        "orchestration",
        "reports",
        "tests",
    }


def test_no_large_file_is_tracked(repo: Path) -> None:
    large = [p for p in tracked(repo) if p.stat().st_size > 1_000_000 and "lock" not in p.name]
    assert not large
