"""A real Chromium that notices what goes wrong on a page, and a loopback server that acts like GitHub Pages."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import loopback_pages
import pytest
from found_chromium import ARGUMENTS, find_chromium
from playwright.sync_api import sync_playwright
from watched_pages import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder as a browser test."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium(under_ci: bool) -> str:
    """Return the command of a Chromium found on this machine."""
    if command := find_chromium():
        return command
    named = os.environ.get("PERFSITE_CHROMIUM")
    sought = f"PERFSITE_CHROMIUM={named} does not run" if named else "no Chromium or Chrome was found on this machine"
    if under_ci:
        pytest.fail(f"{sought}, and under CI=true browser tests may not be skipped", pytrace=False)
    pytest.skip(f"{sought}; install one (Debian: chromium) or name one in PERFSITE_CHROMIUM")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Start one Chromium for all tests of this process."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS, timeout=60_000)
        yield running
        running.close()


@pytest.fixture
def page_factory(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages, each in a profile of its own; anything that goes wrong on one fails the test when it ends.

    `expected` is a regular expression of the problems that the test itself brings about. `page.context` gives the
    profile for a second page with a warm cache.
    """
    watches: list[Watch] = []
    with ExitStack() as stack:

        def open_page(
            *,
            dark: bool = False,
            width: int = 1280,
            height: int = 900,
            javascript: bool = True,
            expected: str | None = None,
        ) -> Page:
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if dark else "light",
                reduced_motion="reduce",
                java_script_enabled=javascript,
                has_touch=width < 600,
                locale="en-GB",
                timezone_id="UTC",
            )
            stack.callback(context.close)
            context.set_default_timeout(20_000)
            watches.append(Watch(context, expected))
            return context.new_page()

        yield open_page
    problems = list(dict.fromkeys(problem for watch in watches for problem in watch.problems))
    if problems:
        pytest.fail("the browser noticed:\n" + "\n".join(problems), pytrace=False)


@pytest.fixture
def page(page_factory: Callable[..., Page]) -> Page:
    """Open one light page as wide as a laptop's."""
    return page_factory()


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[..., str]]:
    """Serve folders until the tests end: `serve(folder)` gives the URL, which ends in `/project/`."""
    with ExitStack() as stack:

        def start(folder: Path, *, prefix: str = "/project/") -> str:
            return stack.enter_context(loopback_pages.serving(folder, prefix=prefix))

        yield start
