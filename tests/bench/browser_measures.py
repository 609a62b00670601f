"""Measure the published pages in a real Chromium: what they weigh, how soon they can be read, what they keep.

Run by `tests/bench/run`, which records what it writes: `python browser_measures.py OUT.json`. The network is that of a
phone, 10 Mbit/s and 40 ms, emulated by the browser; the site is made up, seeded, and served on the loopback interface
as GitHub Pages would.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "browser"), str(TESTS / "unit" / "pages")]

import loopback_pages  # noqa: E402  # modules that tests share
from found_chromium import ARGUMENTS, find_chromium  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from synthetic import SyntheticSite  # noqa: E402

from perfsite.pages.publish import publish_site  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

SITE = SyntheticSite(1000, 200)
BENCHMARK = "benchmarks/benchmark-0005/"
OTHER = "benchmarks/benchmark-0010/"
REPEATS = 5
VISITS = 20
NETWORK = {"offline": False, "latency": 40, "downloadThroughput": 10e6 / 8, "uploadThroughput": 10e6 / 8}
FILTER = ".ps-page--overview form.ps-filter:not([hidden])"
CHART = "[data-ps-part=chart][data-ps-state=ready]"
# When what is waited for is there, and the longest task until then: read by the page itself, not over a wire.
OBSERVE = """selector => {
  window.longest = 0
  new PerformanceObserver(list => {
    for (const task of list.getEntries()) window.longest = Math.max(window.longest, task.duration)
  }).observe({type: 'longtask', buffered: true})
  const look = () => {
    if (window.readyAt === undefined && document.querySelector(selector)) window.readyAt = performance.now()
  }
  new MutationObserver(look).observe(document, {subtree: true, childList: true, attributes: true})
}"""
FOLLOW = """url => {
  const link = document.createElement('a')
  link.href = url
  document.body.append(link)
  link.click()
  link.remove()
}"""
ARRIVED = """path => location.href.endsWith(path) &&
  document.querySelector('[data-ps-part=chart]')?.dataset.psState === 'ready'"""
# Rows may leave the page again once they are out of sight, so every drawing is counted when it is made.
COUNT_DRAWN = """() => {
  window.drawn = document.querySelectorAll('.ps-spark svg').length
  new MutationObserver(changes => {
    for (const change of changes) for (const node of change.addedNodes) window.drawn += node.nodeName === 'svg'
  }).observe(document.body, {subtree: true, childList: true})
}"""
MKDOCS = """site_name: Made up
site_url: {url}
docs_dir: docs
theme:
  name: material
  font: false
  features: [navigation.instant, navigation.tabs]
"""


@dataclass
class Figures:
    """What was measured, by name: unit and values."""

    taken: dict[str, tuple[str, list[float]]] = field(default_factory=dict)

    def add(self, name: str, unit: str, value: float) -> None:
        """Keep one value; times in s, weights in B."""
        self.taken.setdefault(name, (unit, []))[1].append(value)

    def entries(self) -> Iterator[dict[str, Any]]:
        """Yield them as entries of github-action-benchmark's custom format."""
        for name, (unit, values) in self.taken.items():
            spread = f"± {statistics.stdev(values):.6g}" if len(values) > 1 else ""
            told = f"median of {len(values)}"
            yield {"name": name, "unit": unit, "value": statistics.median(values), "range": spread, "extra": told}


class Visitor:
    """Visits pages in profiles of their own."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser = browser
        self.url = url

    @contextmanager
    def profile(self, *, throttled: bool = True) -> Iterator[tuple[Page, CDPSession]]:
        """Give a page of a new profile, whose cache is empty, and the wire to its browser."""
        context = self.browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        wire = context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.send("Performance.enable")
        if throttled:
            wire.send("Network.emulateNetworkConditions", NETWORK)
        try:
            yield page, wire
        finally:
            context.close()

    def visit(self, page: Page, wire: CDPSession, path: str, selector: str) -> dict[str, float]:
        """Open a page and return bytes, seconds until `selector` is there, and the longest task in seconds."""
        received: list[float] = []

        def on_finished(event: dict[str, Any]) -> None:
            received.append(event["encodedDataLength"])

        wire.on("Network.loadingFinished", on_finished)
        page.add_init_script(f"({OBSERVE})({json.dumps(selector)})")
        page.goto(self.url + path, wait_until="load")
        page.wait_for_function("window.readyAt !== undefined")
        page.wait_for_load_state("networkidle")
        wire.remove_listener("Network.loadingFinished", on_finished)
        found: dict[str, float] = page.evaluate("({ready: window.readyAt / 1000, longest: window.longest / 1000})")
        return {**found, "bytes": sum(received)}


def measure_pages(visitor: Visitor, figures: Figures) -> None:
    """Measure overview, benchmark and commit page, cold; then the benchmark page with a warm cache."""
    pages = {
        "overview of 1,000 series": ("", FILTER),
        "benchmark page": (BENCHMARK, CHART),
        "commit page": (SITE.refs[SITE.change_index(0)].url, ".ps-page"),
    }
    for _ in range(REPEATS):
        for name, (path, selector) in pages.items():
            with visitor.profile() as (page, wire):
                found = visitor.visit(page, wire, path, selector)
            figures.add(f"{name}, cold: transferred", "B", found["bytes"])
            figures.add(f"{name}, cold: ready", "s", found["ready"])
            figures.add(f"{name}, cold: longest task", "s", found["longest"])
        with visitor.profile() as (page, wire):
            visitor.visit(page, wire, OTHER, CHART)
            found = visitor.visit(page, wire, BENCHMARK, CHART)
        figures.add("benchmark page, warm: transferred", "B", found["bytes"])
        figures.add("benchmark page, warm: ready", "s", found["ready"])


def _task_s(wire: CDPSession) -> float:
    metrics = {one["name"]: one["value"] for one in wire.send("Performance.getMetrics")["metrics"]}
    return float(metrics["TaskDuration"])


def measure_overview(visitor: Visitor, figures: Figures) -> None:
    """Measure the main thread's time to filter 1,000 series by a keystroke, and to draw all their sparklines."""
    for _ in range(REPEATS):
        with visitor.profile(throttled=False) as (page, wire):
            visitor.visit(page, wire, "", FILTER)
            field_ = page.locator("[data-ps-filter] input[name=find], .ps-filter input[name=find]").first
            field_.fill("suite")
            page.wait_for_function("new URLSearchParams(location.search).get('find') === 'suite'")
            page.wait_for_load_state("networkidle")
            before = _task_s(wire)
            for text in ("suite_1", "suite_12", "suite_1", "suite_"):
                field_.fill(text)
                page.wait_for_function(f"new URLSearchParams(location.search).get('find') === {json.dumps(text)}")
            figures.add("overview, a keystroke in the filter: main thread", "s", (_task_s(wire) - before) / 4)
            field_.fill("")
            before = _task_s(wire)
            _scroll_through(page)
            figures.add("overview, 1,000 sparklines drawn: main thread", "s", _task_s(wire) - before)


def _scroll_through(page: Page) -> None:
    """Scroll down a screen at a time, as a reader would, to the end of the list."""
    page.evaluate(COUNT_DRAWN)
    for _ in range(600):
        page.evaluate("scrollBy(0, innerHeight * 0.8)")
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        if page.evaluate("scrollY + innerHeight >= document.documentElement.scrollHeight - 2"):
            break
    if page.evaluate("window.drawn") < 0.95 * SITE.series:
        raise SystemExit(f"error: {page.evaluate('window.drawn')} of {SITE.series} sparklines were drawn")


def measure_long_series(visitor: Visitor, figures: Figures, folder: Path) -> None:
    """Measure charts of 10,000 and 100,000 points: until they can be read, and a zoom by the wheel."""
    for points in (10_000, 100_000):
        _lengthen(folder, points)
        for _ in range(3):
            with visitor.profile(throttled=False) as (page, wire):
                found = visitor.visit(page, wire, BENCHMARK, CHART)
                figures.add(f"chart of {points:,} points: ready", "s", found["ready"])
                page.locator(".ps-chart__plot").hover()
                page.keyboard.down("Control")
                before = _task_s(wire)
                for _ in range(5):
                    page.mouse.wheel(0, -200)
                    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
                page.keyboard.up("Control")
                figures.add(
                    f"chart of {points:,} points, a step of zoom: main thread", "s", (_task_s(wire) - before) / 5
                )


def _lengthen(folder: Path, points: int) -> None:
    """Make the first series of the measured benchmark that long: what it has, again and again."""
    path = folder / BENCHMARK / "data.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    for series in document["series"]:
        for name, values in series.items():
            if isinstance(values, list) and len(values) == len(series["values"]) and name != "changes":
                series[name] = (values * (points // len(values) + 1))[:points]
        series["commits"] = list(range(points))
    path.write_text(json.dumps(document), encoding="utf-8")
    path = folder / "data" / "commits.json"
    index = json.loads(path.read_text(encoding="utf-8"))
    for name, values in index.items():
        if isinstance(values, list):
            index[name] = (values * (points // len(values) + 1))[:points]
    path.write_text(json.dumps(index), encoding="utf-8")


def measure_heap(visitor: Visitor, figures: Figures) -> None:
    """Measure what a chart leaves in memory under instant navigation, over so many visits."""
    with visitor.profile(throttled=False) as (page, wire):
        page.goto(f"{visitor.url}{BENCHMARK}", wait_until="networkidle")
        urls = [BENCHMARK, OTHER]

        def turn(visit: int) -> None:
            page.evaluate(FOLLOW, f"{visitor.url}{urls[visit % 2]}")
            page.wait_for_function(ARRIVED, arg=urls[visit % 2])

        for visit in range(1, 5):
            turn(visit)
        before = _heap(wire)
        for visit in range(5, 5 + VISITS):
            turn(visit)
        figures.add(
            # A heap that shrank kept nothing; a size below 0 is none, and the whole run would be refused.
            "chart, 20 visits under instant navigation: heap kept per visit",
            "B",
            max((_heap(wire) - before) / VISITS, 0.0),
        )


def _heap(wire: CDPSession) -> float:
    for _ in range(3):
        wire.send("HeapProfiler.collectGarbage")
    return float(wire.send("Runtime.getHeapUsage")["usedSize"])


@contextmanager
def published(mkdocs: str | None = None) -> Iterator[tuple[str, Path]]:
    """Publish the made-up site and serve it; gives URL and folder."""
    with tempfile.TemporaryDirectory(prefix="perfsite-browser-") as name:
        project, folder = Path(name) / "project", Path(name) / "site"
        (project / "docs").mkdir(parents=True)
        folder.mkdir()
        with loopback_pages.serving(folder) as url:
            if mkdocs:
                (project / "mkdocs.yml").write_text(mkdocs.format(url=url), encoding="utf-8")
            publish_site(SITE, project=project, output=folder, site_url=url)
            yield url, folder


def main(out: Path) -> None:
    """Measure everything and write it."""
    command = find_chromium()
    if command is None:
        raise SystemExit(
            "error: no Chromium here\nhint: install one (Debian: chromium) or name it in PERFSITE_CHROMIUM"
        )
    figures = Figures()
    acts: tuple[Callable[[Visitor, Figures], None], ...] = (measure_pages, measure_overview)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=command, args=ARGUMENTS)
        with published() as (url, folder):
            for act in acts:
                act(Visitor(browser, url), figures)
            measure_long_series(Visitor(browser, url), figures, folder)
        with published(MKDOCS) as (url, _):
            measure_heap(Visitor(browser, url), figures)
        browser.close()
    entries = list(figures.entries())
    for entry in entries:
        print(f"{entry['name']:<72} {entry['value']:>14.6g} {entry['unit']}  {entry['range']}", flush=True)
    out.write_text(json.dumps(entries, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
