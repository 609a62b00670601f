"""The trend chart in a real browser: every switch, the keyboard, the address, and honest thinning of long series."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from synthetic import HOSTILE, SyntheticSite

from perfsite.pages.publish import publish_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from perfsite.report.views import BenchmarkView

MANY = 10_000
CHANGED, STRAYED = 7_321, (1_003, 5_557, 9_001)
SHORT, LONG = "benchmarks/benchmark-0000/", "benchmarks/benchmark-0005/"


class LongSite(SyntheticSite):
    """A made-up site whose sixth benchmark has ten thousand points."""

    def benchmarks(self) -> Iterator[BenchmarkView]:
        for view in super().benchmarks():
            yield replace(view, chart=json.dumps(long_chart())) if view.slug in LONG else view


def long_chart() -> dict[str, Any]:
    values = np.random.default_rng(5).normal(1.0, 0.01, MANY)
    values[CHANGED:] *= 1.1
    values[list(STRAYED)] *= 3
    values[[2_222, 3_333]] = 0.9, 1.09
    change = {"index": CHANGED, "delta": 0.1, "lower": 0.09, "upper": 0.11, "verdict": "regression"}
    series = {
        "parameters": "",
        "metric": "time",
        "unit": "s",
        "direction": "lower",
        "environment": "ci",
        "label": "time · ci",
        "commits": list(range(MANY)),
        "values": values.tolist(),
        "baselines": [1.0] * MANY,
        "floors": [0.03] * MANY,
        "verdicts": [3] * MANY,
        "levels": [1.0] * CHANGED + [1.1] * (MANY - CHANGED),
        "outliers": list(STRAYED),
        "changes": [{**change, "severity": "major", "confirmed": True}],
    }
    return {"version": 1, "benchmark": "long", "releases": [], "minutes": [1440] * MANY, "series": [series]}


SITE = LongSite(24, 90)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, serve: Callable[..., str]) -> str:
    folder: Path = tmp_path_factory.mktemp("charts")
    publish_site(SITE, project=folder / "none", output=folder / "site")
    return serve(folder / "site", prefix="/project/")


def _open(page: Page, url: str) -> Page:
    page.goto(url)
    page.wait_for_selector("[data-ps-state=ready]")
    return page


def _model(page: Page, name: str, what: str) -> Any:
    return page.evaluate(f"Bokeh.documents.at(-1).get_model_by_name('{name}').{what}")


def _switch(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_the_switches_change_the_axes_and_go_into_the_address(site: str, page: Page) -> None:
    _open(page, site + SHORT)
    low, high = _model(page, "trend-y", "start"), _model(page, "trend-y", "end")
    _switch(page, "Log")
    page.wait_for_function("location.hash.includes('y=log')")
    assert _model(page, "trend-y", "start") == pytest.approx(math.log10(low), abs=0.02)
    _switch(page, "From zero")
    page.wait_for_function("location.hash.includes('y=zero')")
    assert _model(page, "trend-y", "start") == 0
    assert _model(page, "trend-y", "end") >= high * 0.95
    assert page.get_by_role("button", name="Log", exact=True).get_attribute("aria-pressed") == "false"
    _switch(page, "By date")
    page.wait_for_function("location.hash.includes('x=date')")
    assert _model(page, "x", "start") > 1e7
    _switch(page, "Reset")
    page.wait_for_function("!location.hash")
    assert _model(page, "trend-y", "start") == pytest.approx(low)
    assert _model(page, "x", "start") < 0


def test_several_series_are_drawn_together_and_as_a_hundred(site: str, page: Page) -> None:
    _open(page, site + SHORT)
    _switch(page, "More series")
    page.get_by_role("checkbox", name="time in macos-arm").check()
    page.wait_for_function("document.querySelectorAll('.ps-chart__one').length === 2")
    assert len(_model(page, "others", "data.xs")) == 1
    assert set(_model(page, "other_points", "data.marker")) == {"square"}
    page.select_option("[data-ps-norm]", "first")
    page.wait_for_function("location.hash.includes('norm=first')")
    assert 60 < _model(page, "trend-y", "start") < 100 < _model(page, "trend-y", "end") < 160
    page.get_by_role("button", name="Remove time in macos-arm").click()
    page.wait_for_function("document.querySelector('.ps-chart__drawn').hidden")


def test_another_benchmark_is_compared_with_and_the_view_can_be_shared(site: str, page: Page) -> None:
    _open(page, site + SHORT)
    _switch(page, "Compare")
    page.get_by_label("Compare with another benchmark").fill("parse_12")
    page.locator(".ps-chart__pick", has_text="time_parse_12").first.click()
    page.wait_for_function("document.querySelectorAll('.ps-chart__one').length === 2")
    page.get_by_role("button", name="release", exact=True).click()
    page.wait_for_function("location.hash.includes('hide=')")
    _switch(page, "Share")
    shared = page.locator("[name=link]").input_value()
    assert shared == page.url
    frame = page.locator("[name=frame]").input_value()
    assert frame.startswith(f'<iframe src="{site}embed/?benchmark=benchmark-0000#')
    page.goto("about:blank")
    _open(page, shared)
    assert page.locator(".ps-chart__one").count() == 2
    assert page.locator("[data-ps-layer][aria-pressed=false]").count() == 1


def test_a_hostile_address_is_harmless(site: str, page: Page) -> None:
    names = json.dumps(["//example.org/", HOSTILE, "time", ""])
    _open(page, f"{site}{SHORT}#with={names}&also=[1]&also={{&from=x..y&environment={HOSTILE}&hide=constructor")
    assert page.evaluate("window.pwned") is None
    assert page.locator(".ps-chart__one").count() == 0


def test_the_keyboard_goes_from_point_to_point_and_opens_a_commit(site: str, page: Page) -> None:
    _open(page, site + SHORT)
    page.locator(".ps-chart__plot").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.locator(".ps-tip", has_text=SITE.refs[11].sha[:7]).wait_for()
    page.keyboard.press("PageDown")
    assert "Change point" in (page.locator(".ps-tip").text_content() or "")
    page.keyboard.press("+")
    page.wait_for_function("location.hash.includes('from=')")
    page.keyboard.press("0")
    page.wait_for_function("!location.hash.includes('from=')")
    page.keyboard.press("Home")
    page.locator(".ps-tip", has_text=SITE.refs[0].sha[:7]).wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{SITE.refs[0].url}")


def test_the_strip_chooses_what_the_chart_shows(site: str, page: Page) -> None:
    _open(page, site + SHORT)
    box = page.locator(".ps-chart__overview").bounding_box()
    frame = page.evaluate("Bokeh.index.get_one(Bokeh.documents.at(-1).get_model_by_name('strip')).frame.bbox.left")
    assert box is not None
    start, middle = box["x"] + frame + 1, box["y"] + box["height"] / 2
    before = _model(page, "x", "start")
    page.mouse.move(start, middle)
    page.mouse.down()
    page.mouse.move(start + box["width"] * 0.2, middle, steps=5)
    page.mouse.move(start + box["width"] * 0.4, middle, steps=5)
    page.mouse.up()
    settled = "() => { const was = window.was; window.was = location.hash; return window.was && window.was === was }"
    page.wait_for_function(settled, polling=700)
    assert _model(page, "x", "start") > before + 20
    shared = page.url
    assert "from=" in shared
    start = _model(page, "x", "start")
    page.goto("about:blank")
    _open(page, shared)
    assert _model(page, "x", "start") == pytest.approx(start, abs=1)


def test_a_long_series_is_thinned_without_losing_what_matters(site: str, page: Page) -> None:
    _open(page, site + LONG)
    drawn, out = set(_model(page, "points", "data.at")), set(_model(page, "outliers", "data.at"))
    assert len(drawn) < MANY / 2
    values = np.array(long_chart()["series"][0]["values"])
    values[list(STRAYED)] = 1
    assert {int(values.argmin()), int(values.argmax()), 2_222, 3_333} <= drawn
    assert {CHANGED - 1, CHANGED, 0, *range(MANY - 30, MANY)} <= drawn
    assert out == set(STRAYED)
    assert "10\u202f000 points drawn" in (page.locator(".ps-chart__note").text_content() or "")
    page.evaluate("Bokeh.documents.at(-1).get_model_by_name('x').setv({start: 3000, end: 3500})")
    page.wait_for_function("document.querySelector('.ps-chart__note').hidden")
    assert set(range(3000, 3500)) <= set(_model(page, "points", "data.at"))


def test_an_embedded_chart_stands_alone_in_the_colours_asked_for(site: str, page: Page) -> None:
    _open(page, f"{site}embed/?benchmark=benchmark-0003&scheme=dark&environment=macos-arm")
    assert page.locator("body").get_attribute("data-md-color-scheme") == "slate"
    assert page.locator("h1").text_content() == HOSTILE
    assert page.evaluate("window.pwned") is None
    assert page.locator(".md-header").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.goto(f"{site}embed/?benchmark=../../x")
    page.get_by_text("This address names no benchmark").wait_for()


def test_a_chart_whose_data_do_not_come_says_so(site: str, page_factory: Callable[..., Page]) -> None:
    page = page_factory(expected="data.json")
    page.route("**/data.json", lambda route: route.abort())
    page.goto(site + SHORT)
    page.get_by_text("The chart cannot be drawn here").wait_for()
