"""A page of the preview follows what is built, where one was reading, and says what cannot be built."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import synthetic_runs

from perfsite.history.store import DirectoryStore
from perfsite.workflow.project import open_project
from perfsite.workflow.serve import serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.slow


@contextmanager
def _previewed(root: Path) -> Iterator[str]:
    stop, ready, said = threading.Event(), threading.Event(), []

    def say(text: str) -> None:
        said.append(text)
        if text.startswith("serving"):
            ready.set()

    project = open_project(root)
    arguments = {"address": ("127.0.0.1", 0), "watch": True, "reopen": lambda: open_project(root), "say": say}
    thread = threading.Thread(target=serve, args=(project,), kwargs={**arguments, "stop": stop})
    thread.start()
    try:
        assert ready.wait(60), said
        yield f"http://127.0.0.1:{said[-1].split('127.0.0.1:')[1].split('/')[0]}/"
    finally:
        stop.set()
        thread.join(60)


def test_a_new_run_appears_by_itself_and_the_place_is_kept(page: Page, tmp_path: Path) -> None:
    runs = list(synthetic_runs.runs(commits=31, series=40))
    store = DirectoryStore(tmp_path / "history")
    store.append(runs[:30])
    with _previewed(tmp_path) as url:
        page.goto(f"{url}commits/")
        page.evaluate("scrollTo(0, 200)")
        assert page.locator(".ps-commits__line").count() == 30
        store.append(runs[30:])
        page.wait_for_function("document.querySelectorAll('.ps-commits__line').length === 31")
        page.wait_for_function("scrollY === 200")
        config = tmp_path / "site_config" / "perfsite.toml"
        config.parent.mkdir()
        config.write_text("alpha = 7\n", encoding="utf-8")
        banner = page.locator("[role=alert]")
        banner.wait_for()
        assert "alpha: expected a number between 0 and 1" in banner.inner_text()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        config.write_text("alpha = 0.001\n", encoding="utf-8")
        banner.wait_for(state="detached")
        page.goto("about:blank")
