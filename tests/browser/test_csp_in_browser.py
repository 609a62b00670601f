"""The strict Content-Security-Policy that perfsite publishes: every kind of page works under it, charts drawn."""

from __future__ import annotations

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from synthetic import SyntheticSite
from test_published_pages import PAGES

from perfsite.pages.publish import publish_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

SITE = SyntheticSite(150, 40)
GUARDED = SyntheticSite(40, 40, is_guarded=True)
URL = "https://example.org/project/"
INSTANT = """
site_name: parser
theme:
  name: material
  font: false
  features: [navigation.instant]
plugins: [search, perfsite]
"""
LISTEN = """
window.broken = []
addEventListener("securitypolicyviolation", event =>
  window.broken.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`))
"""


class _UnderPolicy(SimpleHTTPRequestHandler):
    """Serves a site with the header that the site itself names."""

    def end_headers(self) -> None:
        policy = (Path(self.directory) / "data" / "csp.txt").read_text(encoding="utf-8").strip()
        self.send_header("Content-Security-Policy", policy)
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def guarded_by_header(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Publish a site as always and serve it from its root, with the policy as a header."""
    folder = tmp_path_factory.mktemp("header")
    publish_site(SITE, project=folder / "none", output=folder / "site")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_UnderPolicy, directory=str(folder / "site")))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def _opened(page: Page, url: str) -> Page:
    page.add_init_script(LISTEN)
    page.goto(url, wait_until="networkidle")
    if "/benchmarks/b" in url:
        page.wait_for_selector("[data-ps-state=ready]")
    return page


def _until(page: Page, condition: str) -> None:
    """Wait as the browser's own console would: Playwright's way evaluates text, which the policy forbids."""
    for _ in range(200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"never came true: {condition}")


@pytest.mark.parametrize("path", PAGES)
def test_no_page_asks_for_more_than_the_header_allows(guarded_by_header: str, page: Page, path: str) -> None:
    _opened(page, guarded_by_header + path)
    page.locator("[data-md-component=search-query]").click()
    page.keyboard.type("tokenizer")
    page.locator(".md-search-result__item a").first.wait_for()
    assert page.evaluate("window.broken") == []


DRAWN = """() => {
  const view = Bokeh.index.get_one(Bokeh.documents.at(-1).get_model_by_name("trend"))
  const box = view.canvas_view.el.getBoundingClientRect()
  return {width: Math.round(box.width), height: Math.round(box.height)}
}"""


def test_a_chart_has_its_size_under_the_policy(guarded_by_header: str, page: Page) -> None:
    _opened(page, f"{guarded_by_header}benchmarks/benchmark-0000/")
    drawn = page.evaluate(DRAWN)
    assert drawn["width"] > 700
    assert drawn["height"] > 250


def test_a_page_that_carries_the_policy_runs_its_own_scripts_and_no_other(
    tmp_path: Path, serve: Callable[..., str], page_factory: Callable[..., Page]
) -> None:
    publish_site(GUARDED, project=tmp_path / "none", output=tmp_path / "site", site_url=URL)
    page = page_factory(expected="Content Security Policy|Content-Security-Policy")
    _opened(page, f"{serve(tmp_path / 'site')}benchmarks/benchmark-0000/")
    assert page.evaluate("window.broken") == []
    page.locator("label[for^=__palette]:visible").click()
    _until(page, "localStorage.length > 0")
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.pwned = 1'}))")
    _until(page, "window.broken.length === 1")
    assert page.evaluate("window.pwned") is None


def test_instant_navigation_stays_under_the_policy_from_page_to_page(
    tmp_path: Path, serve: Callable[..., str], page: Page
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "guide.md").write_text(
        '# Guide\n\n<p style="color: red">red</p>\n<script>window.mine = 1</script>\n',
        encoding="utf-8",
    )
    url = serve(tmp_path / "site")
    (tmp_path / "mkdocs.yml").write_text(f"site_url: {url}{INSTANT}", encoding="utf-8")
    publish_site(GUARDED, project=tmp_path, output=tmp_path / "site")
    _opened(page, url)
    page.get_by_role("link", name="Guide").first.click()
    _until(page, "window.mine === 1")
    assert page.evaluate("getComputedStyle(document.querySelector('article p')).color") == "rgb(255, 0, 0)"
    page.goto(f"{url}benchmarks/", wait_until="networkidle")
    page.locator(".ps-page a[href*='benchmark-0000']").first.click()
    page.wait_for_selector("[data-ps-state=ready]")
    assert page.evaluate("window.broken") == []
