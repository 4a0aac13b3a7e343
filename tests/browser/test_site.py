"""The site as a reader meets it: quiet, by itself, and with the figures of its release."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestration.serve import SiteServer
from tests.browser.conftest import PAGES, Site, Visit

Open = Callable[..., Visit]
Opened = dict[str, Visit]
#: A page must not need more than this before it shows its first figure.
FIRST_FIGURE_BYTES = 300_000
_STYLESHEET = re.compile(r'<link href="([^"]+)" rel="stylesheet"')


def same(value: str, expected: float | int | None) -> bool:
    """Whether a figure in a page is the release's number, to the last digit a double keeps."""
    return value == "" if expected is None else float(value) == pytest.approx(expected, rel=1e-12)


def until_equal(
    figures: Callable[[], dict[str, str]], expected: dict[str, Any], timeout_s: float = 15
) -> None:
    """Wait until the page shows exactly these figures; a choice takes a moment to arrive."""
    deadline = time.monotonic() + timeout_s
    shown = figures()
    while shown.keys() != expected.keys() or not all(
        same(value, expected[code]) for code, value in shown.items()
    ):
        assert time.monotonic() < deadline, (shown, expected)
        time.sleep(0.1)
        shown = figures()


@pytest.mark.parametrize("path", PAGES)
def test_page_is_quiet_and_asks_nobody_else(opened: Opened, path: str) -> None:
    seen = opened[path]
    assert seen.errors == []
    assert seen.foreign == []
    assert seen.violations() == []
    assert seen.page.locator("html").get_attribute("data-theme") == "light"


def test_pages_follow_the_reader_into_the_dark(visit: Open) -> None:
    seen = visit("pay/", color_scheme="dark")
    assert seen.page.locator("html").get_attribute("data-theme") == "dark"
    seen.page.get_by_role("button", name="Switch between light and dark").click()
    seen.page.wait_for_function("document.documentElement.dataset.theme === 'light'")
    assert seen.errors == []


@pytest.mark.parametrize("path", PAGES)
def test_policy_allows_nothing_from_outside(opened: Opened, path: str) -> None:
    tag = opened[path].page.locator("meta[http-equiv='content-security-policy']")
    policy = tag.get_attribute("content")
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert "'unsafe-inline'" not in rules["script-src"]
    assert "'unsafe-eval'" not in rules["script-src"]
    assert "http" not in policy
    assert "*" not in policy


def test_foreign_code_does_not_run(visit: Open) -> None:
    seen = visit("method/")
    seen.page.evaluate(
        "const s = document.createElement('script'); s.textContent = 'window.ran = true';"
        "document.body.append(s);"
        "const i = document.createElement('img'); i.setAttribute('onerror', 'window.ran = true');"
        "i.src = '/no-such-image.png'; document.body.append(i)"
    )
    seen.page.wait_for_timeout(300)
    assert seen.page.evaluate("window.ran") is None
    assert seen.violations() != []


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_what_the_data_is(opened: Opened, site: Site, path: str) -> None:
    page = opened[path].page
    banners = page.locator("[data-banner]")
    assert ("demo" in [b.get_attribute("data-banner") for b in banners.all()]) == bool(
        site.manifest["is_demo"]
    )
    used = site.rows(
        "select name, attribution, may_publish_aggregates from {dim_source} where is_used"
    )
    restricted = [name for name, _, may_publish in used if not may_publish]
    private = page.locator("[data-banner='private']")
    if restricted and site.manifest["audience"] == "private":
        text = private.inner_text()
        assert all(name in text for name in restricted)
    else:
        assert private.count() == 0
    footer = page.locator("footer").inner_text()
    assert all((attribution or name) in footer for name, attribution, _ in used)
    assert str(site.manifest["id"]) in footer


@pytest.mark.parametrize("path", PAGES)
def test_page_can_be_read_without_mouse_or_eyes(opened: Opened, site: Site, path: str) -> None:
    page = opened[path].page
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.title()
    assert page.locator("h1").count() == 1
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the page"
    reached = set()
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.getAttribute('href')"))
    assert {f"{site.build['base_path']}/{path}" for path in PAGES} <= reached
    assert page.locator("nav a[aria-current='page']").count() == 1
    unnamed = page.eval_on_selector_all(
        "img:not([alt]), [role=img]:not([aria-label]),"
        " button:not([aria-label]), a, select, main table:not([aria-hidden])",
        """all => all.filter((e) => e.checkVisibility() && !(
            e.textContent.trim() || e.alt || e.getAttribute('aria-label') || e.labels?.length
        )).map((e) => e.outerHTML.slice(0, 200))""",
    )
    assert unnamed == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [390, 1280])
def test_page_fits_the_screen(opened: Opened, path: str, width: int) -> None:
    page = opened[path].page
    page.set_viewport_size({"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("path", ["", "pay/", "data/"])
def test_first_figure_comes_early(site: Site, path: str) -> None:
    """The figures stand in the HTML; only it and its style sheets come before them."""
    html = (site.path / path / "index.html").read_text()
    assert "<data" in html or "nothing here yet" in html
    base = site.build["base_path"]
    sheets = [site.path / href.removeprefix(base).lstrip("/") for href in _STYLESHEET.findall(html)]
    assert sheets
    size = len(html.encode()) + sum(sheet.stat().st_size for sheet in sheets)
    assert size <= FIRST_FIGURE_BYTES


def test_overview_shows_the_figures_of_the_release(opened: Opened, site: Site) -> None:
    seen = opened[""]
    names = ["n_jobs_open", "share_jobs_with_pay", "n_employers", "n_sources"]
    rows = site.rows(f"select {', '.join(names)} from {{mart_overview}} where n_postings > 0")
    if not rows:
        assert seen.page.get_by_text("There is nothing here yet").count() == 1
    for row in rows:
        for name, expected in zip(names, row, strict=True):
            assert same(seen.figures(name)[""], expected), name
    cell = site.rows(
        "select country_code, origin, annual_median, annual_p25, annual_p75 from {mart_pay}"
        " where dimension = 'all' and not is_suppressed"
        " order by n_jobs desc, country_code || '-' || origin limit 1"
    )
    for country, origin, median, p25, p75 in cell:
        assert same(seen.figures("glance_median")[""], median)
        assert same(seen.figures("glance_p25")[""], p25)
        assert same(seen.figures("glance_p75")[""], p75)
        expected = site.rows(
            "select dimension_code, annual_median from {mart_pay} where dimension = 'occupation'"
            f" and not is_suppressed and country_code = '{country}' and origin = '{origin}'"
            " order by annual_median desc, dimension_code limit 15"
        )
        shown = seen.figures("median", ".pay-range")
        assert list(shown) == [code for code, _ in expected]
        assert all(same(shown[code], amount) for code, amount in expected)
    demand = dict(
        site.rows("select country_code || occupation_code, n_jobs_open from {mart_demand}")
    )
    country = site.rows(
        "select country_code from {mart_demand} group by 1"
        " order by sum(n_jobs_open) desc, 1 limit 1"
    )
    for (code,) in country:
        shown = seen.figures("demand")
        assert shown
        assert all(same(value, demand[code + key]) for key, value in shown.items())


def test_pay_page_shows_each_country_and_origin_by_itself(visit: Open, site: Site) -> None:
    seen = visit("pay/")
    scopes = site.rows("select country_code, origin from {mart_pay} where dimension = 'all'")
    if not scopes:
        assert seen.page.get_by_text("There is nothing here yet").count() == 1
        return
    choice = seen.page.get_by_label("Show")
    options = choice.locator("option").evaluate_all("all => all.map((e) => e.value)")
    assert sorted(options) == sorted(f"{country}-{origin}" for country, origin in scopes)
    for scope in sorted({*options[:3], options[-1]}, key=options.index):
        choice.select_option(scope)
        country, origin = scope.split("-", 1)
        where = f"from {{mart_pay}} where country_code = '{country}' and origin = '{origin}'"
        (whole,) = site.rows(
            f"select annual_median, n_jobs, is_suppressed {where} and dimension = 'all'"
        )
        if whole[2]:
            seen.page.get_by_text("Too few jobs in this country").wait_for()
            assert seen.figures("median") == {}
            continue
        groups = site.rows(
            "select dimension_code, annual_median, n_jobs, is_suppressed"
            f" {where} and dimension in ('occupation', 'seniority')"
        ) + site.rows(
            "select dimension_code, annual_median, n_jobs, is_suppressed"
            f" {where} and dimension = 'region' and not is_suppressed"
            " order by n_jobs desc, dimension_code limit 15"
        )
        medians = {code: amount for code, amount, _, suppressed in groups if not suppressed}
        jobs = {code: n_jobs for code, _, n_jobs, _ in groups}
        until_equal(lambda: seen.figures("median", "dl"), {"": whole[0]})
        until_equal(lambda: seen.figures("n_jobs", "dl"), {"": whole[1]})
        until_equal(lambda: seen.figures("median", ".pay-range"), medians)
        until_equal(lambda: seen.figures("jobs", ".pay-range"), jobs)
    assert seen.errors == []
    assert seen.foreign == []
    assert seen.violations() == []


def test_data_page_counts_what_the_release_counts(opened: Opened, site: Site) -> None:
    seen = opened["data/"]
    names = ["n_postings", "n_pay_statements", "n_quarantined"]
    rows = site.rows(f"select {', '.join(names)} from {{mart_overview}}")
    for name, expected in zip(names, rows[0] if rows else [0] * len(names), strict=True):
        assert same(seen.figures(name)[""], expected), name
    (failed,) = site.rows("select count(*) from {test_result} where status <> 'pass'")
    assert same(seen.figures("failed_tests")[""], failed[0])
    layers = dict(site.rows("select layer, sum(n_rows)::bigint from {mart_layer_count} group by 1"))
    shown = seen.figures("layer")
    assert set(shown) == set(layers)
    assert all(same(value, layers[layer]) for layer, value in shown.items())
    quarantined = seen.page.locator("data[data-figure='quarantine'][data-column='n']")
    values = quarantined.evaluate_all("all => all.map((e) => Number(e.value))")
    expected_counts = site.rows("select n from {mart_quarantine}")
    assert sorted(values) == sorted(n for (n,) in expected_counts)
    records = seen.page.locator("data[data-figure='source'][data-column='n_records']")
    shown_records = records.evaluate_all("all => all.map((e) => [e.dataset.code, Number(e.value)])")
    expected_records = site.rows(
        "select source.source, coalesce(state.n_records, 0) from {dim_source} as source"
        " left join {mart_source_state} as state using (source)"
    )
    assert sorted(map(tuple, shown_records)) == sorted(expected_records)


def test_data_files_are_those_the_pages_ask_for_and_carry_the_release(
    site: Site, repo: Path
) -> None:
    queries = {file.stem for file in (repo / "reports" / "sources").rglob("*.sql")}
    files = list(site.path.rglob("*.parquet"))
    assert {file.stem for file in files} == queries
    folder = site.path / "data" / site.release.name
    assert all(file.is_relative_to(folder) for file in files)
    assert {path.name for path in (site.path / "data").iterdir() if path.is_dir()} == {
        site.release.name
    }


def test_last_run_is_read_when_the_page_is_looked_at(
    visit: Open, server: SiteServer, site: Site
) -> None:
    status = site.path / "status.json"
    before = status.read_bytes()
    try:
        status.write_text(
            '{"last_run_at": "2031-02-03T04:05:06+00:00", "last_run_status": "partial",'
            ' "reason": "one source failed", "sources": [], "quotas": []}'
        )
        text = visit("data/").page.locator(".last-run").inner_text()
    finally:
        status.write_bytes(before)
    assert "3 Feb 2031, 04:05 UTC" in text
    assert "partial" in text
    assert "one source failed" in text
