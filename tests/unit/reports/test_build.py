"""The build round Evidence: what it swaps, skips, cleans up and says. Evidence itself is a stub."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import psutil
import pytest

from orchestration import site
from orchestration.site import SiteBuildError, build_site

#: Does what the commands leave behind: data for `sources`, pages for `build:strict`.
_STUB = """
import fs from 'node:fs';
const command = process.argv[2];
const mode = fs.existsSync('pages/mode.txt') ? String(fs.readFileSync('pages/mode.txt')) : '';
console.log('stub', ...process.argv.slice(2), process.env.VITE_RELEASE_ID);
if (mode === `fail ${command}`) { console.error('Parser Error: near "selct"'); process.exit(1); }
if (mode === `print ${command}`) console.log('Error in Query!\\n  Catalog Error: no wh.nothing');
if (mode === `hang ${command}`) {
    const { spawn } = await import('node:child_process');
    spawn('sleep', ['300']);
    fs.writeFileSync('started', '');
    await new Promise((resolve) => setTimeout(resolve, 300_000));
}
if (command === 'build:strict') {
    const release = fs.readFileSync('components/release.json', 'utf-8');
    fs.mkdirSync('build/pay', { recursive: true });
    fs.mkdirSync('build/settings', { recursive: true });
    fs.writeFileSync('build/index.html', release);
    if (mode !== 'no pay page') fs.writeFileSync('build/pay/index.html', 'pay');
    fs.writeFileSync('build/config.txt', fs.readFileSync('evidence.config.yaml'));
}
"""

Build = Callable[..., site.SiteResult]


@pytest.fixture
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "reports"
    cli = folder / "node_modules/@evidence-dev/evidence/cli.js"
    for parent in (cli.parent, folder / "pages", folder / "components", folder / "sources" / "wh"):
        parent.mkdir(parents=True)
    cli.write_text(_STUB)
    (cli.parent / "package.json").write_text('{"type": "module"}')
    (folder / "pages" / "index.md").write_text("# Overview")
    (folder / "pages" / "pay.md").write_text("# Pay")
    (folder / "evidence.config.yaml").write_text("plugins: {}\n")
    (folder / "sources" / "wh" / "pay.sql").write_text(
        "from read_parquet('published/mart_pay.parquet')"
    )
    monkeypatch.setattr(site, "REPORTS", folder)
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def build(reports: Path, data: Path) -> Build:
    def run(release_id: str = "r1", timeout_s: float = 60, **options: Any) -> site.SiteResult:
        release = make_release(data, release_id)
        return build_site(release, data / "site", data / "logs/site.log", timeout_s, **options)

    return run


def make_release(data: Path, release_id: str) -> Path:
    release = data / "releases" / release_id
    if not release.exists():
        release.mkdir(parents=True)
        manifest = {"id": release_id, "content_hash": release_id, "audience": "private"}
        (release / "manifest.json").write_text(json.dumps(manifest | {"as_of": "2031-02-03"}))
        duckdb.execute(f"copy (select 1 as n) to '{release}/mart_pay.parquet'")
        duckdb.execute(
            "copy (select 'The Muse' as name, 'the_muse' as source, 'Jobs' as attribution,"
            " 'javascript:alert(1)' as attribution_url, false as may_publish_aggregates,"
            f" true as is_demo, true as is_used) to '{release}/dim_source.parquet'"
        )
    return release


def shown(data: Path) -> str:
    """Name of the folder that readers see."""
    return (data / "site").resolve().name


def test_a_site_is_built_and_swapped_in(build: Build, data: Path) -> None:
    steps: list[str] = []
    result = build(progress=steps.append)
    assert result.is_new
    assert steps == ["preparing data", "building pages"]
    assert (data / "site").is_symlink()
    assert (data / "site").readlink() == Path("sites/r1")
    assert shown(data) == "r1"
    assert json.loads((data / "site" / "status.json").read_text()) == {}
    assert not (data / "site" / "settings").exists()
    assert list((data / "state" / "site").iterdir()) == []
    assert "stub sources --strict r1" in (data / "logs" / "site.log").read_text()


def test_pages_are_told_what_the_release_is(build: Build, data: Path) -> None:
    build()
    assert json.loads((data / "site" / "index.html").read_text()) == {
        "id": "r1",
        "as_of": "2031-02-03",
        "is_demo": True,
        "audience": "private",
        "sources": [
            {
                "name": "The Muse",
                "attribution": "Jobs",
                "attribution_url": None,
                "may_publish_aggregates": False,
            }
        ],
    }


def test_nothing_is_built_twice(build: Build, data: Path, reports: Path) -> None:
    first = build()
    assert not build().is_new
    (reports / "pages" / "pay.md").write_text("# What work pays")
    second = build()
    assert second.is_new
    assert second.path != first.path
    assert second.path.name.startswith("r1-")
    assert not build().is_new


def test_a_path_makes_another_site(build: Build, data: Path) -> None:
    build()
    assert build(base_path="/jobs").is_new
    assert "basePath: /jobs" in (data / "site" / "config.txt").read_text()


@pytest.mark.parametrize("path", ["jobs", "/jobs/", "/a b", "/x\n  y: z"])
def test_a_path_that_is_none_is_refused(build: Build, path: str) -> None:
    with pytest.raises(SiteBuildError, match="is no path for a site"):
        build(base_path=path)


def test_three_sites_are_kept_and_the_status_moves_along(build: Build, data: Path) -> None:
    build("r1")
    (data / "site" / "status.json").write_text('{"last_run_status": "complete"}')
    for number in (2, 3, 4):
        build(f"r{number}")
    assert sorted(path.name for path in (data / "sites").iterdir()) == ["r2", "r3", "r4"]
    assert shown(data) == "r4"
    assert "complete" in (data / "site" / "status.json").read_text()


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("fail sources", 'evidence sources --strict: .*Parser Error: near "selct"'),
        ("print sources", "Error in Query! / Catalog Error: no wh.nothing"),
        ("fail build:strict", 'evidence build:strict: .*Parser Error: near "selct"'),
        ("print build:strict", "evidence build:strict: .*Error in Query! / Catalog Error"),
        ("no pay page", "the page pay.md is missing"),
    ],
)
def test_a_failure_is_named_and_the_old_site_stays(
    build: Build, data: Path, reports: Path, mode: str, said: str
) -> None:
    build("r1")
    (reports / "pages" / "mode.txt").write_text(mode)
    with pytest.raises(SiteBuildError, match=said) as caught:
        build("r2")
    assert "\n" not in str(caught.value)
    assert shown(data) == "r1"
    assert list((data / "state" / "site").iterdir()) == []


def test_a_build_that_takes_too_long_is_ended(build: Build, reports: Path, data: Path) -> None:
    (reports / "pages" / "mode.txt").write_text("hang build:strict")
    with pytest.raises(SiteBuildError, match="took too long"):
        build(timeout_s=3)
    assert running_in(data) == []


def test_a_killed_build_leaves_nothing_in_the_way(
    build: Build, data: Path, reports: Path, repo: Path
) -> None:
    build("r1")
    (reports / "pages" / "mode.txt").write_text("hang build:strict")
    make_release(data, "r2")
    program = (
        "import sys; from pathlib import Path; from orchestration import site;"
        "site.REPORTS = Path(sys.argv[1]); data = Path(sys.argv[2]);"
        "site.build_site(data / 'releases/r2', data / 'site', data / 'site.log', 60)"
    )
    killed = subprocess.Popen([sys.executable, "-c", program, str(reports), str(data)], cwd=repo)
    wait_for(lambda: any((data / "state" / "site").glob("build-*/started")))
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert running_in(data) != []
    assert shown(data) == "r1"
    (reports / "pages" / "mode.txt").unlink()
    assert build("r2").is_new
    assert running_in(data) == []
    assert list((data / "state" / "site").iterdir()) == []
    assert shown(data) == "r2"


def test_what_is_missing_is_said(
    build: Build, data: Path, reports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SiteBuildError, match=r"There is no release at .*: make run publishes one"):
        build_site(data / "releases" / "r9", data / "site", data / "site.log")
    (reports / "sources" / "wh" / "more.sql").write_text("from 'published/mart_more.parquet'")
    with pytest.raises(SiteBuildError, match=r"release r1 has no mart_more\.parquet"):
        build()
    (reports / "sources" / "wh" / "more.sql").unlink()
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SiteBuildError, match="no `node` on the PATH"):
        build()
    (reports / "node_modules/@evidence-dev/evidence/cli.js").unlink()
    with pytest.raises(SiteBuildError, match="make setup gets them"):
        build()


def running_in(data: Path) -> list[int]:
    """Processes whose working directory is in a build's folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(data / "state"):
                found.append(process.pid)
        except (psutil.Error, OSError):
            continue
    return found


def wait_for(condition: Callable[[], bool], timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
