"""The site where no host of pages serves it: opened from a folder, and without JavaScript, asking nothing of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from synthetic import SyntheticSite

from perfsite.pages.publish import publish_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

SITE = SyntheticSite(40, 12)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Publish a site that knows no address and return that of its folder."""
    made: Path = tmp_path_factory.mktemp("folder")
    publish_site(SITE, project=made / "none", output=made / "site")
    return (made / "site").as_uri() + "/"


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages of a folder; anything that is asked of a network fails the test."""
    asked: list[str] = []
    contexts = []

    def open_page(*, javascript: bool = True) -> Page:
        context = browser.new_context(java_script_enabled=javascript)
        context.set_default_timeout(20_000)
        contexts.append(context)
        context.on("request", lambda request: asked.append(request.url))
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


@pytest.mark.parametrize("javascript", [True, False])
def test_from_a_folder_pages_show_their_tables(folder: str, opened: Callable[..., Page], javascript: bool) -> None:
    page = opened(javascript=javascript)
    for path, text in (("", "All series"), ("summary/", "What to do"), ("benchmarks/benchmark-0000/", "Change points")):
        page.goto(f"{folder}{path}index.html")
        assert page.locator("h2", has_text=text).count() == 1
        assert page.locator(".ps-page tbody tr").count() > 0


def test_from_a_folder_links_lead_to_pages_and_a_chart_says_that_it_cannot_be_drawn(
    folder: str, opened: Callable[..., Page]
) -> None:
    page = opened()
    page.goto(f"{folder}index.html")
    page.locator(".md-tabs a", has_text="Benchmarks").click()
    page.wait_for_url("**/benchmarks/index.html")
    page.locator(".ps-page a[href*='benchmark-0000/']").first.click()
    page.wait_for_url("**/benchmarks/benchmark-0000/index.html*")
    page.get_by_text("The chart cannot be drawn here").wait_for()
