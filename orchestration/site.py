"""The static site: Evidence builds the pages of `reports/` from the Parquet files of one release.

A build works in a folder of its own under `<data>/state/site/`; nothing goes into the checkout.
The finished site moves to `<data>/sites/<release id>/`, then the symlink `<data>/site` is swapped
by renaming a new one: readers keep the old site until the new one is whole. Three sites are kept.
A build takes a minute or more and about 3 GB of memory, so it is skipped when neither the pages nor
the release changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import psutil

from orchestration.errors import ExpectedError
from orchestration.paths import REPORTS
from orchestration.release import MANIFEST, swap_link

log = logging.getLogger(__name__)

KEPT = 3
BUILD_FILE = "build.json"
STATUS_FILE = "status.json"
#: What of `reports/` makes the site; packages are named by their lock.
_INPUTS = (
    "components",
    "pages",
    "patches",
    "sources",
    "static",
    "evidence.config.yaml",
    "evidence.settings.json",
    "package-lock.json",
    "package.json",
    "svelte.config.js",
    "tailwind.config.cjs",
)
_EVIDENCE = Path("node_modules/@evidence-dev/evidence/cli.js")
_PUBLISHED_FILE = re.compile(r"published/(\w+\.parquet)")
_BASE_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*")
#: Evidence prints these and carries on, with exit code 0.
_FAILURES = ("Error in Query!", "✖ Error", "[!] Unable to load source manifest")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_NOISE = re.compile(
    r"^\s*$|^\s*at |ExperimentalWarning|DeprecationWarning|contains only null values"
    r"|Custom svelte\.config\.js applied|Enabling strict mode"
)
_TAIL_LINES = 8


class SiteBuildError(ExpectedError):
    """The site could not be built; the old one stays. The text says which step failed and why."""


@dataclass(frozen=True)
class SiteResult:
    """The site that stands after a build, and whether this call built it."""

    release_id: str
    path: Path
    is_new: bool
    seconds: float


def build_site(
    release_dir: Path,
    site_dir: Path,
    log_file: Path,
    timeout_s: float = 1200,
    *,
    base_path: str = "",
    progress: Callable[[str], None] | None = None,
) -> SiteResult:
    """Build the site of a release unless the one that stands was built from the same.

    `release_dir` is a release (a link to one is resolved once); `site_dir` the symlink that readers
    use, `<data>/site`; `log_file` gets everything that Node prints (appended). `timeout_s` bounds
    the whole build, in seconds. `base_path` is the path under which a server shows the site, such
    as `/jobs`; empty for the root.

    Raises SiteBuildError when a step fails or takes too long; the site that stands is left alone.
    """
    started = time.monotonic()
    tell = progress or (lambda _: None)
    if not _BASE_PATH.fullmatch(base_path):
        raise SiteBuildError(f"{base_path!r} is no path for a site: write it like /jobs.")
    release_dir = release_dir.resolve()
    manifest = _read_manifest(release_dir)
    release_id = str(manifest["id"])
    build_hash = _build_hash(manifest, base_path)
    standing = _read_build(site_dir.resolve())
    if standing is not None and standing.get("hash") == build_hash:
        log.info("Site of release %s is up to date", release_id)
        path = site_dir.resolve()
        return SiteResult(release_id, path, is_new=False, seconds=time.monotonic() - started)
    if not (REPORTS / _EVIDENCE).is_file():
        raise SiteBuildError(
            f"The site needs its Node packages in {REPORTS / 'node_modules'}: make setup gets them."
        )

    state = site_dir.parent / "state" / "site"
    sites = site_dir.parent / "sites"
    for folder in (state, sites, log_file.parent):
        folder.mkdir(parents=True, exist_ok=True)
    _clean(state)
    work = Path(tempfile.mkdtemp(prefix="build-", dir=state))
    try:
        tell("preparing data")
        _prepare(work, release_dir, manifest, base_path)
        runner = _Runner(work, log_file, deadline=started + timeout_s, release_id=release_id)
        runner.run("sources", "--strict", data_dir=f".evidence/template/static/data/{release_id}")
        tell("building pages")
        runner.run("build:strict", data_dir=f"./static/data/{release_id}")
        built = work / "build"
        _finish(built, work, site_dir.resolve() if standing else None)
        made = {"release": release_id, "hash": build_hash, "base_path": base_path}
        (built / BUILD_FILE).write_text(json.dumps(made) + "\n")
        target = sites / release_id
        if target.exists():
            # The same release with other pages; the second name is taken only where a build was
            # killed before it could swap the link.
            target = sites / f"{release_id}-{build_hash[:8]}"
            _remove(target)
        built.rename(target)
        swap_link(site_dir, os.path.relpath(target, site_dir.parent))
    finally:
        _remove(work)
    _retire(sites, target)
    seconds = time.monotonic() - started
    log.info("Built the site of release %s in %.0f s", release_id, seconds)
    return SiteResult(release_id, target, is_new=True, seconds=seconds)


class _Runner:
    """Runs Evidence's commands in the work folder, within one time limit."""

    def __init__(self, work: Path, log_file: Path, *, deadline: float, release_id: str) -> None:
        self._work = work
        self._log_file = log_file
        self._deadline = deadline
        self._release_id = release_id

    def run(self, *arguments: str, data_dir: str) -> None:
        """Run one command; SiteBuildError when it or a query in it fails or it takes too long."""
        name = f"evidence {' '.join(arguments)}"
        with self._log_file.open("ab") as output:
            output.write(f"\n$ {name}\n".encode())
            output.flush()
            start = output.tell()
            try:
                process = subprocess.Popen(
                    ["node", str(_EVIDENCE), *arguments],
                    cwd=self._work,
                    env=self._environment(data_dir),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except FileNotFoundError:
                raise SiteBuildError(
                    "The site needs Node.js 20 or newer, and there is no `node` on the PATH."
                ) from None
            try:
                code = process.wait(timeout=max(self._deadline - time.monotonic(), 0.001))
            except subprocess.TimeoutExpired:
                raise SiteBuildError(
                    f"The site was not built: {name} took too long and was stopped."
                    f" Log: {self._log_file}"
                ) from None
            finally:
                _kill_group(process)
        printed = self._printed_since(start)
        failure = next((line for line in printed if any(mark in line for mark in _FAILURES)), None)
        if code != 0 or failure is not None:
            why = _reason(printed, failure)
            raise SiteBuildError(f"The site was not built: {name}: {why} Log: {self._log_file}")

    def _environment(self, data_dir: str) -> dict[str, str]:
        own = ("EVIDENCE_", "VITE_", "npm_", "NODE_")
        return {name: value for name, value in os.environ.items() if not name.startswith(own)} | {
            "DO_NOT_TRACK": "1",
            "EVIDENCE_DATA_DIR": data_dir,
            "EVIDENCE_DATA_URL_PREFIX": f"static/data/{self._release_id}",
            "NODE_ENV": "production",
            "NO_COLOR": "1",
            "VITE_RELEASE_ID": self._release_id,
            "npm_config_cache": str(self._work / ".npm"),
            "npm_config_offline": "true",
            "npm_config_update_notifier": "false",
        }

    def _printed_since(self, start: int) -> list[str]:
        with self._log_file.open("rb") as output:
            output.seek(start)
            text = output.read().decode(errors="replace")
        return [_ANSI.sub("", line).rstrip() for line in re.split(r"[\r\n]+", text)]


def _reason(printed: list[str], failure: str | None) -> str:
    """The lines that say most about a failure, in one line."""
    # A page is rendered twice and says everything twice.
    lines = list(dict.fromkeys(line.strip() for line in printed if not _NOISE.search(line)))
    if failure is not None:
        start = lines.index(failure.strip())
        lines = lines[start : start + 2]
    else:
        lines = lines[-_TAIL_LINES:]
    return " / ".join(lines)[:1000] or "it ended without saying why."


def _read_manifest(release_dir: Path) -> Mapping[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((release_dir / MANIFEST).read_text())
    except FileNotFoundError:
        raise SiteBuildError(
            f"There is no release at {release_dir}: make run publishes one."
        ) from None
    return manifest


def _build_hash(manifest: Mapping[str, Any], base_path: str) -> str:
    """Hash of all that makes the site: pages, locked packages, release, audience, base path."""
    digest = hashlib.sha256()
    for part in (manifest["content_hash"], manifest.get("audience"), base_path):
        digest.update(f"{part}\0".encode())
    for name in _INPUTS:
        entry = REPORTS / name
        files = sorted(entry.rglob("*")) if entry.is_dir() else [entry]
        for file in (file for file in files if file.is_file()):
            digest.update(f"{file.relative_to(REPORTS).as_posix()}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    digest.update(hashlib.sha256(Path(__file__).read_bytes()).digest())
    return digest.hexdigest()


def _read_build(site: Path) -> dict[str, str] | None:
    """What a site's build file says: release, hash, base_path; None where there is no site."""
    try:
        build: dict[str, str] = json.loads((site / BUILD_FILE).read_text())
    except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError):
        return None
    return build


def _prepare(work: Path, release_dir: Path, manifest: Mapping[str, Any], base_path: str) -> None:
    """Lay out an Evidence project in the work folder: pages, packages, the release's data."""
    for name in _INPUTS:
        source = REPORTS / name
        if source.is_dir():
            shutil.copytree(source, work / name)
        elif source.is_file():
            shutil.copyfile(source, work / name)
    (work / "node_modules").symlink_to(REPORTS / "node_modules")
    if base_path:
        with (work / "evidence.config.yaml").open("a") as config:
            config.write(f"\ndeployment:\n  basePath: {base_path}\n")

    published = work / "published"
    published.mkdir()
    queries = "\n".join(file.read_text() for file in (REPORTS / "sources").rglob("*.sql"))
    for name in sorted(set(_PUBLISHED_FILE.findall(queries)) | {"dim_source.parquet"}):
        try:
            shutil.copyfile(release_dir / name, published / name)
        except FileNotFoundError:
            raise SiteBuildError(
                f"The site was not built: release {release_dir.name} has no {name}."
            ) from None
    described = describe_release(published / "dim_source.parquet", manifest)
    (work / "components" / "release.json").write_text(json.dumps(described, indent=2))


def describe_release(dim_source: Path, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What every page says of the release: id, as_of, is_demo, audience and the sources in use.

    A source has name, attribution, attribution_url (https or null) and may_publish_aggregates.
    """
    connection = duckdb.connect()
    try:
        rows = connection.execute(
            "select name, coalesce(attribution, name), attribution_url,"
            " coalesce(may_publish_aggregates, false), coalesce(is_demo, false)"
            " from read_parquet($file) where is_used order by name, source",
            {"file": str(dim_source)},
        ).fetchall()
    finally:
        connection.close()
    return {
        "id": manifest["id"],
        "as_of": manifest.get("as_of"),
        "is_demo": bool(manifest.get("is_demo")) or any(is_demo for *_, is_demo in rows),
        "audience": manifest.get("audience"),
        "sources": [
            {
                "name": name,
                "attribution": attribution,
                "attribution_url": url if url and url.startswith("https://") else None,
                "may_publish_aggregates": may_publish,
            }
            for name, attribution, url, may_publish, _ in rows
        ],
    }


def _finish(built: Path, work: Path, old_site: Path | None) -> None:
    """Check that every page was built and add what does not come from Evidence."""
    pages = [page.relative_to(work / "pages") for page in (work / "pages").rglob("*.md")]
    for page in pages:
        folder = page.parent if page.stem == "index" else page.with_suffix("")
        if "[" not in str(page) and not (built / folder / "index.html").is_file():
            raise SiteBuildError(f"The site was not built: the page {page} is missing from it.")
    # Evidence's own tools for authors: no part of the reports.
    for name in ("explore", "settings"):
        _remove(built / name)
    old_status = old_site / STATUS_FILE if old_site else None
    if old_status is not None and old_status.is_file():
        shutil.copyfile(old_status, built / STATUS_FILE)
    else:
        (built / STATUS_FILE).write_text("{}\n")


def _clean(state: Path) -> None:
    """Take away work folders of builds that were killed, and end what still runs in them."""
    leftovers = [folder for folder in state.glob("build-*") if folder.is_dir()]
    if not leftovers:
        return
    for process in psutil.process_iter():
        try:
            cwd = Path(process.cwd())
            if any(cwd.is_relative_to(folder.resolve()) for folder in leftovers):
                log.warning(
                    "Ending process %d, left over from a build that was killed", process.pid
                )
                process.kill()
                process.wait(timeout=10)
        except (psutil.Error, OSError):
            continue
    for folder in leftovers:
        log.warning("Removing %s, left over from a build that was killed", folder)
        _remove(folder)


def _retire(sites: Path, standing: Path) -> None:
    """Keep the site that stands and those built last before it, KEPT in all."""
    others = [path for path in sites.iterdir() if path.is_dir() and path != standing]
    others.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in others[KEPT - 1 :]:
        _remove(path)


def _remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """End a command with everything it started (npx, vite, esbuild)."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
