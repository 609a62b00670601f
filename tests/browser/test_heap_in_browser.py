"""What reading benchmark after benchmark leaves behind: BokehJS 3.9 never lets go of a chart that it made."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import pytest
from synthetic import SyntheticSite

from perfsite.pages.publish import publish_site

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import CDPSession, Page

SITE = SyntheticSite(12, 200)
VISITS = 20
WARM_UP = 4
MOST_KB = 100
"""What a visit may leave: 1.1 MB where every visit makes a chart anew."""

GO = """url => {
  const link = document.createElement("a")
  link.href = url
  document.querySelector(".md-content").append(link)
  link.click()
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, serve: Callable[..., str]) -> str:
    """Publish a site whose owner wants instant navigation, which needs its address."""
    folder: Path = tmp_path_factory.mktemp("visited")
    (folder / "site").mkdir()
    url = serve(folder / "site", prefix="/project/")
    default = files("perfsite.pages").joinpath("shells", "default.yml").read_text("utf-8")
    own = default.replace("    - navigation.tabs", "    - navigation.tabs\n    - navigation.instant")
    (folder / "mkdocs.yml").write_text(f"{own}\nsite_url: {url}\nplugins: [search, perfsite]\n", "utf-8")
    publish_site(SITE, project=folder, output=folder / "site", site_url=url)
    return url


def _visit(page: Page, url: str) -> None:
    page.evaluate(GO, url)
    page.wait_for_url(f"{url}**")
    page.wait_for_selector("[data-ps-state=ready]")


def _used(session: CDPSession) -> float:
    """Return the bytes of the heap that are still in use."""
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(metric["value"] for metric in metrics if metric["name"] == "JSHeapUsedSize")


def test_twenty_visits_of_charts_leave_hardly_anything(site: str, page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    urls = [f"{site}benchmarks/benchmark-{number:04d}/" for number in (0, 5)]
    page.goto(urls[1], wait_until="networkidle")
    page.evaluate("window.isTheSame = true")
    used = []
    for number in range(WARM_UP + VISITS):
        _visit(page, urls[number % 2])
        if number + 1 in (WARM_UP, WARM_UP + VISITS):
            used.append(_used(session))
    assert page.evaluate("window.isTheSame"), "the pages were loaded anew, so that nothing could pile up"
    assert page.evaluate("Bokeh.documents.length") == 1
    left_kb = (used[1] - used[0]) / VISITS / 1024
    print(
        f"heap {used[0] / 2**20:.1f} MB, then {used[1] / 2**20:.1f} MB: {left_kb:.1f} KB a visit over {VISITS} visits"
    )
    assert left_kb < MOST_KB
