"""A built site, served on loopback, in a headless Chromium that can reach nothing else."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from orchestration.serve import SiteServer, serving
from orchestration.site import build_site

PAGES = ("", "pay/", "data/", "method/")
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
_WATCH = """
window.violations = [];
document.addEventListener('securitypolicyviolation', (event) =>
    window.violations.push(`${event.violatedDirective}: ${event.blockedURI}`));
"""


@dataclass(frozen=True)
class Site:
    """A built site and the release that it was built from."""

    data: Path

    @property
    def path(self) -> Path:
        return self.data / "site"

    @property
    def build(self) -> dict[str, str]:
        build: dict[str, str] = json.loads((self.path / "build.json").read_text())
        return build

    @property
    def release(self) -> Path:
        return self.data / "releases" / self.build["release"]

    @property
    def manifest(self) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads((self.release / "manifest.json").read_text())
        return manifest

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query; `{name}` in it stands for a Parquet file of the release."""
        files = {file.stem: f"read_parquet('{file}')" for file in self.release.glob("*.parquet")}
        connection = duckdb.connect()
        try:
            return connection.execute(query.format_map(files)).fetchall()
        finally:
            connection.close()


@dataclass
class Visit:
    """An open page and what went wrong while it was open."""

    page: Page
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def violations(self) -> list[str]:
        return list(self.page.evaluate("window.violations"))

    def figures(self, name: str, within: str = "") -> dict[str, str]:
        """Exact values of the figures of one name: by code where they have one, else by ''."""
        found = self.page.eval_on_selector_all(
            f"{within} data[data-figure='{name}']",
            "all => all.map((e) => [e.dataset.code ?? '', e.getAttribute('value')])",
        )
        return dict(found)


@pytest.fixture(scope="session")
def published_site(request: pytest.FixtureRequest) -> Site:
    """The site of the run that the tests share, or of the data folder WAGEHOUSE_TEST_SITE."""
    named = os.environ.get("WAGEHOUSE_TEST_SITE")
    return Site(Path(named) if named else request.getfixturevalue("built_site").data)


@pytest.fixture(scope="session")
def empty_site(published_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The site of a warehouse in which nothing has landed, built for a path of a server."""
    data = tmp_path_factory.mktemp("empty")
    release = data / "releases" / "20310203T040506Z-00000000"
    release.mkdir(parents=True)
    connection = duckdb.connect()
    for file in published_site.release.glob("*.parquet"):
        nothing = f"from read_parquet('{file}') limit 0"
        connection.execute(f"copy ({nothing}) to '{release / file.name}' (format parquet)")
    connection.close()
    manifest = published_site.manifest | {"id": release.name, "as_of": None, "is_demo": False}
    (release / "manifest.json").write_text(json.dumps(manifest | {"content_hash": "empty"}))
    build_site(release, data / "site", data / "site.log", base_path="/jobs/market")
    return Site(data)


@pytest.fixture(scope="session", params=["published", "empty"])
def site(request: pytest.FixtureRequest) -> Site:
    """Every test looks at the published site and at an empty one that stands under a path."""
    found: Site = request.getfixturevalue(f"{request.param}_site")
    return found


@pytest.fixture(scope="session")
def server(site: Site) -> Iterator[SiteServer]:
    with serving(site.path, base_path=site.build["base_path"]) as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome")
    executable = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def visit(browser: Browser, server: SiteServer) -> Iterator[Callable[..., Visit]]:
    """Opens a page of the site and waits until it has settled; keyword arguments are Chromium's."""
    contexts = []

    def open_page(path: str, **options: Any) -> Visit:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        visit = Visit(page)
        page.add_init_script(_WATCH)
        page.on(
            "console",
            lambda message: visit.errors.append(message.text) if message.type == "error" else None,
        )
        page.on("pageerror", lambda error: visit.errors.append(str(error)))
        page.on(
            "response",
            lambda answer: (
                visit.errors.append(f"{answer.status} {answer.url}")
                if answer.status >= 400
                else None
            ),
        )
        page.on(
            "request",
            lambda asked: (
                None
                if asked.url.startswith((server.url, "data:", "blob:"))
                else visit.foreign.append(asked.url)
            ),
        )
        page.goto(server.url + path, wait_until="networkidle", timeout=60_000)
        return visit

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def opened(visit: Callable[..., Visit]) -> dict[str, Visit]:
    """Every page, opened once in the light; for tests that only look."""
    return {path: visit(path, color_scheme="light") for path in PAGES}
