"""axe-core on every kind of page: it finds nothing in what perfsite made, and nothing around it but Material's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from synthetic import SyntheticSite

from perfsite.pages import engine
from perfsite.pages.publish import own_assets, publish_site
from perfsite.pages.writer import SiteFolder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

SITE = SyntheticSite(60, 40)
PAGES = {
    "overview": "",
    "summary": "summary/",
    "benchmarks": "benchmarks/",
    "benchmark": "benchmarks/benchmark-0000/",
    "commits": "commits/",
    "commit": SITE.refs[SITE.change_index(0)].url,
    "releases": "releases/",
    "release": next(SITE.releases()).url,
    "compare": "compare/",
    "incidents": "incidents/",
    "incident": SITE.incident_index["incidents"][0]["url"],
    "budgets": "budgets/",
    "quality": "quality/",
    "environments": "environments/",
    "data": "data/",
    "methods": "methods/",
    "missing": "404.html",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, serve: Callable[..., str]) -> str:
    folder: Path = tmp_path_factory.mktemp("accessible")
    publish_site(SITE, project=folder / "none", output=folder / "site", site_url="http://127.0.0.1/project/")
    return serve(folder / "site")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory, serve: Callable[..., str]) -> str:
    """Serve what Material makes of the same configuration, with one line of the owner's on it and nothing of ours."""
    folder: Path = tmp_path_factory.mktemp("bare")
    (folder / "site_config/docs/own").mkdir(parents=True)
    (folder / "site_config/docs/own/index.md").write_text("# A page\n\nA line.\n\n## A part\n\nA line.\n", "utf-8")
    engine.build_shells(folder, folder / "site", title="Bare", epoch=1_700_000_000)
    with SiteFolder(folder / "site", adopt=True) as made:
        for name, content in own_assets().items():
            made.put(f"assets/perfsite/{name}", content)
        made.finish()
    return serve(folder / "site")


def _violations(page: Page) -> set[tuple[str, str]]:
    """Return what axe-core finds, as (rule, selector of the node)."""
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return {(rule["id"], " ".join(map(str, node["target"]))) for rule in found for node in rule["nodes"]}


def _open(page: Page, url: str) -> Page:
    page.goto(url, wait_until="networkidle")
    if page.locator("[data-ps-part=chart]").count():
        page.wait_for_selector("[data-ps-part=chart][data-ps-state=ready]")
    return page


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)], ids=["wide and light", "phone and dark"])
def test_axe_finds_nothing_but_what_material_itself_has(
    site: str, bare: str, page_factory: Callable[..., Page], width: int, dark: bool
) -> None:
    page = page_factory(width=width, dark=dark)
    theirs = {rule for rule, _ in _violations(_open(page, f"{bare}own/"))}
    ours: dict[str, set[tuple[str, str]]] = {}
    for name, path in PAGES.items():
        found = _violations(_open(page, site + path))
        if mine := {(rule, target) for rule, target in found if rule not in theirs or _is_ours(page, target)}:
            ours[name] = mine
    assert ours == {}


def _is_ours(page: Page, target: str) -> bool:
    return page.locator(target).locator("xpath=ancestor-or-self::*[contains(@class, 'ps-page')]").count() > 0


_REACHABLE = """() => {
  const shown = e => e.checkVisibility({visibilityProperty: true}) && e.getClientRects().length > 0
  const kinds = 'a[href], button, input, select, textarea, summary, [tabindex="0"]'
  const within = [...document.querySelectorAll(`.ps-page :is(${kinds})`)]
  // Of buttons that exclude each other the chosen one is a stop; arrows lead to the others.
  const isStop = e => e.type !== 'radio' || e.checked
  return within.filter(e => shown(e) && !e.disabled && e.tabIndex >= 0 && isStop(e)).length
}"""
_FOCUSED = """() => {
  const e = document.activeElement
  if (!e.closest('.ps-page')) return null
  window.reached ??= new Set()
  window.reached.add(e)
  const style = getComputedStyle(e)
  const marked = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0
  return {seen: marked || style.boxShadow !== 'none', what: e.outerHTML.slice(0, 120), count: window.reached.size}
}"""


@pytest.mark.parametrize("name", ["overview", "benchmark", "commit", "compare", "incidents"])
def test_the_keyboard_reaches_everything_and_shows_where_it_is(site: str, page: Page, name: str) -> None:
    _open(page, site + PAGES[name])
    wanted = page.evaluate(_REACHABLE)
    page.locator(".ps-page").evaluate("e => { e.tabIndex = -1; e.focus() }")
    reached, unmarked = 0, set()
    for _ in range(wanted + 10):
        page.keyboard.press("Tab")
        focused = page.evaluate(_FOCUSED)
        if focused is None:
            break
        reached = focused["count"]
        if not focused["seen"]:
            unmarked.add(focused["what"])
    assert (reached, unmarked) == (wanted, set())


def test_nothing_moves_for_who_asks_for_less_motion(site: str, page: Page) -> None:
    moving = """() => [...document.querySelectorAll('.ps-page *')].filter(e => {
      const style = getComputedStyle(e)
      const lasts = text => text.split(',').some(part => parseFloat(part) > 0.05)
      return lasts(style.transitionDuration) || (style.animationName !== 'none' && lasts(style.animationDuration))
    }).map(e => e.outerHTML.slice(0, 100))"""
    for name in ("overview", "benchmark", "commit"):
        assert _open(page, site + PAGES[name]).evaluate(moving) == []
