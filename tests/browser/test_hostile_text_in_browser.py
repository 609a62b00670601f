"""Texts that try to be something else, from a real repository through the real commands into a real browser."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import hostile_project
import pytest
from hostile_project import PWN, TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page, Route

pytestmark = pytest.mark.slow
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-src 'none'; object-src 'none'"
)
LISTENERS = """
  window.told = []
  addEventListener("securitypolicyviolation", event => window.told.push(
    `policy: ${event.violatedDirective} ${event.blockedURI}`))
"""
INTRUDERS = """() => [...document.querySelectorAll(
  "img[src=x], iframe, object, embed, base, svg[onload], [onerror], [onfocus], [onmouseover], " +
  ".ps-page script:not([src])"
)].map(found => found.outerHTML.slice(0, 200)).concat(
  [...document.querySelectorAll("a[href], area[href], form[action]")]
    .filter(found => !["http:", "https:"].includes(new URL(found.href ?? found.action).protocol))
    .filter(found => !(found.href?.startsWith(`blob:${location.origin}/`) && found.download))
    .map(found => found.outerHTML.slice(0, 200)))"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile_project.make(tmp_path_factory.mktemp("hostile") / "project") / "site"


@pytest.fixture(scope="module")
def site(folder: Path, serve: Callable[..., str]) -> str:
    return serve(folder, prefix="/project/")


@pytest.fixture
def page(page_factory: Callable[..., Page]) -> Iterator[Page]:
    """Open a page under a strict policy that nothing may offend, in which nothing foreign may run or ask."""
    opened = page_factory(expected="404")
    dialogs: list[str] = []
    opened.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    opened.on("popup", lambda popup: dialogs.append(f"popup {popup.url}"))
    opened.on("download", lambda download: dialogs.append(f"download {download.url}"))
    opened.add_init_script(LISTENERS)
    opened.route("**/*", _under_policy)
    yield opened
    assert dialogs == []


def _under_policy(route: Route) -> None:
    if route.request.resource_type != "document":
        route.fallback()
        return
    answer = route.fetch()
    route.fulfill(response=answer, headers={**answer.headers, "content-security-policy": POLICY})


def check(page: Page) -> None:
    """Insist that nothing ran, nothing was let in, and the page offended no rule."""
    assert page.evaluate("window.pwned") is None
    assert page.evaluate("window.told") == []
    assert page.evaluate(INTRUDERS) == []


def visit(page: Page, url: str) -> None:
    page.goto(url, wait_until="load")
    # A function to wait for would be evaluated from text, which the policy forbids.
    if page.locator(".ps-page[data-ps-root]").count():
        page.locator("[data-ps-ready]").wait_for(state="attached")
    check(page)


def test_nothing_runs_on_any_page(folder: Path, site: str, page: Page) -> None:
    paths = sorted(file.relative_to(folder).parent.as_posix() for file in folder.rglob("index.html"))
    commits = [path for path in paths if path.startswith("commits/")]
    others = [path for path in paths if not path.startswith(("assets", "commits/", "benchmarks/"))]
    seen = [*others, *commits[:: max(1, len(commits) // 6)]]
    assert len(seen) > 15
    for path in seen:
        visit(page, f"{site}{'' if path == '.' else path + '/'}")
        assert "49" not in page.title()


def test_every_name_can_be_read_as_it_was_written(folder: Path, site: str, page: Page) -> None:
    index = json.loads((folder / "data/series.json").read_text(encoding="utf-8"))["series"]
    urls = {one["benchmark"]: one["url"] for one in index}
    assert set(TEXTS.values()) <= set(urls)
    assert len(set(urls.values())) == len(urls)
    for name, text in TEXTS.items():
        visit(page, site + urls[text])
        if name not in ("control", "long"):
            assert page.locator("h1").first.text_content() == text


def test_tooltips_tables_and_choices_of_a_chart_show_text(folder: Path, site: str, page: Page) -> None:
    index = json.loads((folder / "data/series.json").read_text(encoding="utf-8"))["series"]
    for name in ("script", "prototype"):
        url = next(one["url"] for one in index if one["benchmark"] == TEXTS[name])
        page.goto(site + url)
        page.wait_for_selector("[data-ps-state=ready]")
        box = page.locator(".ps-chart__plot").first.bounding_box()
        assert box is not None
        for share in (0.3, 0.5, 0.7, 0.9):
            page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)
        check(page)
    visit(page, f"{site}benchmarks/parameters/#environment={quote(TEXTS['attribute'])}&metric={quote(TEXTS['script'])}")
    page.wait_for_selector("[data-ps-state=ready]")
    check(page)


@pytest.mark.parametrize("words", ["pwned", "onerror", "__proto__"])
def test_search_results_show_text(site: str, page: Page, words: str) -> None:
    page.goto(site)
    page.locator("[data-md-component=search-query]").click()
    page.keyboard.type(words)
    page.locator(".md-search-result__meta", has_not_text="Initializing").wait_for()
    check(page)
    assert page.locator(".md-search-result :is(img, script, iframe, svg[onload])").count() == 0


@pytest.mark.parametrize("path", ["", "commits/", "compare/", "benchmarks/", "incidents/", "releases/", "COMMIT"])
def test_an_address_full_of_tricks_shows_text(folder: Path, site: str, page: Page, path: str) -> None:
    if path == "COMMIT":
        index = json.loads((folder / "data/commits.json").read_text(encoding="utf-8"))
        path = f"commits/{index['sha'][hostile_project.CHANGE]}/"
    keys = ("find", "verdict", "environment", "metric", "group", "sort", "kind", "base", "head", "all", "show", "since")
    for text in (hostile_project.ALL, TEXTS["javascript"], TEXTS["prototype"]):
        trick = quote(text, safe="")
        page.goto("about:blank")
        page.goto(f"{site}{path}?{'&'.join(f'{key}={trick}' for key in keys)}#{trick}")
        page.wait_for_load_state("networkidle")
        check(page)


def test_a_missing_page_shows_text(site: str, page: Page) -> None:
    for kind in ("commits", "benchmarks", "releases", "incidents", "x"):
        for text in (hostile_project.ALL, *(TEXTS[name] for name in ("host", "dots", "javascript", "fragment"))):
            # The page may send the reader on to the one that is meant, once it has looked for it.
            page.goto(f"{site}{kind}/{quote(text, safe='')}/", wait_until="networkidle")
            check(page)
            assert page.url.startswith(site)


def test_every_measurement_of_a_commit_shows_text(folder: Path, site: str, page: Page) -> None:
    index = json.loads((folder / "data/commits.json").read_text(encoding="utf-8"))
    page.goto(f"{site}commits/{index['sha'][hostile_project.CHANGE]}/?all=yes")
    page.get_by_role("heading", name=re.compile("All .* measurements")).wait_for()
    page.fill(".ps-filter [name=find]", "pwned")
    page.locator(".ps-filter output", has_text=" of ").wait_for()
    check(page)


def test_two_commits_are_compared_as_text(folder: Path, site: str, page: Page) -> None:
    sha = json.loads((folder / "data/commits.json").read_text(encoding="utf-8"))["sha"]
    visit(page, f"{site}compare/?base={sha[3]}&head={sha[-1]}")


def test_pictures_and_feeds_are_well_formed_and_run_nothing(folder: Path, site: str, page: Page) -> None:
    pictures = [file.relative_to(folder).as_posix() for file in sorted((folder / "badges").rglob("*.svg"))]
    for path in pictures:
        page.goto(site + path)
        assert page.evaluate("window.pwned") is None
        assert page.evaluate("document.documentElement.localName") == "svg"
    page.goto(site)
    for path in [*pictures, "data/incidents.atom", "sitemap.xml"]:
        broken = """async url => new DOMParser().parseFromString(await (await fetch(url)).text(), "text/xml")
            .querySelector("parsererror, script")?.textContent ?? null"""
        assert page.evaluate(broken, site + path) is None, path


def test_tables_run_no_formula_and_no_page_holds_a_zero_byte(folder: Path) -> None:
    tables = list(folder.rglob("*.csv"))
    assert tables
    for file in tables:
        for line in csv.reader(io.StringIO(file.read_text(encoding="utf-8"), newline="")):
            assert not [cell for cell in line if cell[:1] in ("=", "+", "@", "\t", "\r") and not _is_number(cell)]
    for file in folder.rglob("*.html"):
        if "assets" not in file.parts:
            assert b"\0" not in file.read_bytes(), file


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_no_text_leads_to_a_file_outside_of_the_site(folder: Path) -> None:
    assert not (folder.parent / "etc").exists()
    names: list[str] = [name for file in folder.rglob("*") for name in file.relative_to(folder).parts]
    assert max(len(name.encode()) for name in names) <= 255
    folded: dict[str, str] = {}
    for file in folder.rglob("*"):
        path = file.relative_to(folder).as_posix()
        assert folded.setdefault(path.casefold(), path) == path


def test_pwned_is_noticed(page: Page, site: str) -> None:
    """The proof of the proofs: what the listeners wait for, they see."""
    page.goto(site)
    page.evaluate(f"{PWN}; document.body.insertAdjacentHTML('beforeend', '<a href=\"javascript:1\">x</a>')")
    found: Any = page.evaluate(INTRUDERS)
    assert page.evaluate("window.pwned") == 1
    assert len(found) == 1
