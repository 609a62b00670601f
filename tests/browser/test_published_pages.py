"""The published pages in a real browser: text stays text, nothing overflows, links lead where they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from synthetic import HOSTILE, SyntheticSite

from perfsite.pages.publish import publish_site

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

SITE = SyntheticSite(150, 40)
BENCHMARK = "benchmarks/benchmark-0000/"
HOSTILE_BENCHMARK = "benchmarks/benchmark-0003/"
COMMIT = SITE.refs[SITE.change_index(0)].url
PAGES = (
    "",
    "benchmarks/",
    BENCHMARK,
    HOSTILE_BENCHMARK,
    "commits/",
    COMMIT,
    SITE.refs[-2].url,
    "data/",
    "methods/",
    "quality/",
    "environments/",
    "summary/",
    "releases/",
    next(SITE.releases()).url,
    "compare/",
    "incidents/",
    SITE.incident_index["incidents"][0]["url"],
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, serve: Callable[..., str]) -> str:
    folder: Path = tmp_path_factory.mktemp("published")
    publish_site(SITE, project=folder / "none", output=folder / "site", site_url="https://example.org/project/")
    return serve(folder / "site", prefix="/project/")


def _ready(page: Page, url: str) -> Page:
    page.goto(url, wait_until="networkidle")
    if "/benchmarks/b" in url:
        page.wait_for_selector("[data-ps-state=ready]")
    return page


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [1280, 390])
def test_hostile_text_is_text_and_nothing_overflows(
    site: str, page_factory: Callable[..., Page], path: str, width: int
) -> None:
    page = _ready(page_factory(width=width), site + path)
    assert page.evaluate("window.pwned") is None
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.locator("h1").count() == 1
    assert page.locator(".ps-page img:not(.ps-badge), .ps-page script:not([src])").count() == 0


def test_a_hostile_name_can_be_read_in_full(site: str, page: Page) -> None:
    _ready(page, site + HOSTILE_BENCHMARK)
    assert page.locator("h1").text_content() == HOSTILE


def test_every_link_of_a_page_leads_somewhere(site: str, page: Page) -> None:
    targets: set[str] = set()
    for path in PAGES:
        _ready(page, site + path)
        found = page.eval_on_selector_all(".ps-page a, .md-tabs a", "links => links.map(link => link.href)")
        targets |= {target.split("#")[0].split("?")[0] for target in found if target.startswith(site)}
    sample = sorted(targets)[:: max(1, len(targets) // 60)]
    assert [target for target in sample if page.request.get(target).status != 200] == []


POINT = """() => {
  const chart = Bokeh.documents.at(-1)
  const view = Bokeh.index.get_one(chart.get_model_by_name("trend"))
  const {data} = chart.get_model_by_name("points")
  const at = data.at.indexOf(20)
  const box = view.canvas_view.el.getBoundingClientRect()
  return {x: box.x + view.frame.x_scale.compute(data.x[at]), y: box.y + view.frame.y_scale.compute(data.y[at])}
}"""


def test_the_chart_shows_a_commit_when_pointed_at_and_opens_it(site: str, page: Page) -> None:
    _ready(page, site + HOSTILE_BENCHMARK)
    point = page.evaluate(POINT)
    page.mouse.move(point["x"] - 3, point["y"])
    page.mouse.move(point["x"], point["y"])
    page.locator(".ps-tip").wait_for()
    assert "noise" in (page.locator(".ps-tip").text_content() or "")
    page.mouse.click(point["x"], point["y"])
    page.wait_for_url(f"**/{SITE.refs[20].url}")


def test_the_chart_follows_the_choice_and_the_theme(site: str, page: Page) -> None:
    _ready(page, site + BENCHMARK)
    page.select_option(".ps-chart select", "macos-arm")
    assert "environment=macos-arm" in page.url
    colour = "Bokeh.documents.at(-1).get_model_by_name('x-axis').major_label_text_color"
    light = page.evaluate(colour)
    page.evaluate("document.body.setAttribute('data-md-color-scheme', 'slate')")
    page.wait_for_function(f"{colour} !== '{light}'")


def test_the_series_of_the_overview_are_filtered_sorted_and_shared(site: str, page: Page) -> None:
    _ready(page, site)
    page.fill("[data-ps-filter] input", "parse_77")
    page.wait_for_function("document.querySelectorAll('.ps-table--series tbody tr').length === 1")
    assert "find=parse_77" in page.url
    page.fill("[data-ps-filter] input", "")
    page.check("[data-ps-filter] [value=improvement]")
    page.wait_for_function("document.querySelector('.ps-filter__count').value === '27 of 150 series'")
    page.locator(".ps-sort", has_text="Delta").click()
    assert page.locator("th[data-sort=delta]").get_attribute("aria-sort") == "ascending"
    shared = page.url
    _ready(page, "about:blank")
    _ready(page, shared)
    page.wait_for_function("document.querySelector('.ps-filter__count').value === '27 of 150 series'")


def test_a_shared_text_filter_does_not_open_the_search_of_the_theme(site: str, page: Page) -> None:
    _ready(page, f"{site}?find=parse_77")
    page.wait_for_function("document.querySelectorAll('.ps-table--series tbody tr').length === 1")
    assert page.input_value("[data-ps-filter] input") == "parse_77"
    assert not page.is_checked("#__search")


def test_all_series_come_while_scrolling(site: str, page: Page) -> None:
    _ready(page, site)
    assert page.locator(".ps-table--series tbody tr").count() == 100
    page.locator("[data-ps-rest]").scroll_into_view_if_needed()
    page.wait_for_function("document.querySelectorAll('.ps-table--series tbody tr').length === 150")


def test_a_commit_shows_all_its_measurements_on_demand(site: str, page: Page) -> None:
    _ready(page, site + COMMIT)
    page.get_by_role("button", name="Show all 150 measurements").click()
    page.get_by_role("heading", name="All 150 measurements").wait_for()
    assert page.locator(".ps-table--rows").last.locator("tbody tr").count() >= 60


def test_a_short_sha_leads_to_its_commit(site: str, page_factory: Callable[..., Page]) -> None:
    page = page_factory(expected="404")
    page.goto(f"{site}commits/{SITE.refs[5].short}/")
    page.wait_for_url(f"**/{SITE.refs[5].url}")


def test_a_commit_that_is_not_published_is_told_so(site: str, page_factory: Callable[..., Page]) -> None:
    page = page_factory(expected="404")
    page.goto(f"{site}commits/{'ab' * 20}/")
    page.get_by_role("heading", name="This commit is not published yet").wait_for()


def test_an_address_of_before_leads_to_the_incident_of_today(site: str, page_factory: Callable[..., Page]) -> None:
    page = page_factory(expected="404")
    page.goto(f"{site}incidents/{SITE.refs[1].sha[:10]}/")
    page.wait_for_url(f"{site}{SITE.incident_index['incidents'][0]['url']}")
    page = page_factory(expected="404")
    page.goto(f"{site}incidents/{SITE.refs[-1].sha[:10]}/")
    page.get_by_text("This incident is not there any more").wait_for()


@pytest.mark.parametrize("words", ["time_parse_77", SITE.refs[7].short])
def test_the_search_box_finds_benchmarks_and_commits(site: str, page: Page, words: str) -> None:
    _ready(page, site)
    page.locator("[data-md-component=search-query]").click()
    page.keyboard.type(words)
    page.locator(".md-search-result__item a").first.wait_for()
    href = page.locator(".md-search-result__item a").first.get_attribute("href") or ""
    assert ("benchmark-0077" in href) or (SITE.refs[7].sha in href)
    assert page.evaluate("window.pwned") is None


def test_hostile_search_results_are_text(site: str, page: Page) -> None:
    _ready(page, site)
    page.locator("[data-md-component=search-query]").click()
    page.keyboard.type("onerror")
    page.locator(".md-search-result__item a").first.wait_for()
    assert page.locator(".md-search-result img, .md-search-result script").count() == 0
    assert page.evaluate("window.pwned") is None


@pytest.mark.parametrize("path", PAGES)
def test_without_javascript_every_number_is_still_there(
    site: str, page_factory: Callable[..., Page], path: str
) -> None:
    # A browser that runs no script refuses to fetch one ahead.
    page = page_factory(javascript=False, expected=r"\.js: csp")
    page.goto(site + path)
    assert page.locator("h1").is_visible()
    assert page.locator("form:visible.ps-filter").count() == 0


CONTRAST = """() => {
  const numbers = text => text.match(/[\\d.]+/g).map(Number)
  const linear = v => v <= 10 ? v / 255 / 12.92 : ((v / 255 + .055) / 1.055) ** 2.4
  const light = ([r, g, b]) => [r, g, b].map(linear).reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0)
  const ground = node => {
    for (let at = node; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor)
      if (colour.length < 4 || colour[3] > .5) return colour
    }
    return [255, 255, 255]
  }
  const bad = []
  for (const node of document.querySelectorAll(".ps-page *")) {
    if (![...node.childNodes].some(child => child.nodeType === 3 && child.data.trim())) continue
    if (!node.checkVisibility()) continue
    const [a, b] = [light(numbers(getComputedStyle(node).color)), light(ground(node))].sort((x, y) => y - x)
    const ratio = (a + .05) / (b + .05)
    if (ratio < 4.5) bad.push(`${node.className} ${node.textContent.slice(0, 30)} ${ratio.toFixed(2)}`)
  }
  return [...new Set(bad)]
}"""


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_its_ground_in_both_schemes(
    site: str, page_factory: Callable[..., Page], dark: bool
) -> None:
    page = page_factory(dark=dark)
    for path in PAGES:
        _ready(page, site + path)
        assert page.locator("body").get_attribute("data-md-color-scheme") == ("slate" if dark else "default")
        assert page.evaluate(CONTRAST) == []


def test_everything_that_can_be_used_has_a_name(site: str, page: Page) -> None:
    for path in PAGES:
        _ready(page, site + path)
        nameless = page.eval_on_selector_all(
            ".ps-page :is(a, button, select, input, [tabindex='0'])",
            """found => found.filter(node => node.checkVisibility()).filter(node =>
                !(node.textContent.trim() || node.ariaLabel || node.labels?.length)).map(node => node.outerHTML)""",
        )
        assert nameless == []
