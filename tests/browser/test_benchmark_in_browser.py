"""Pages of benchmarks beside their chart, and the list of them, in a real browser."""

from __future__ import annotations

import csv
import io
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
"""Has every section: growth, season, several series."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, serve: Callable[..., str]) -> str:
    folder: Path = tmp_path_factory.mktemp("benchmarks")
    publish_site(SITE, project=folder / "none", output=folder / "site", site_url="https://example.org/project/")
    return serve(folder / "site", prefix="/project/")


def test_every_point_comes_as_csv_with_formulas_guarded(site: str, page: Page) -> None:
    page.goto(site + "benchmarks/benchmark-0003/")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    assert download.value.suggested_filename == "benchmark-0003.csv"
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text())))
    assert len(rows) == SITE.commits_count
    assert rows[-1]["commit"] == SITE.refs[-1].sha
    assert rows[-1]["metric"] == "time"
    assert float(rows[-1]["value"]) == SITE.values[3, -1]
    assert {row["outlier"] for row in rows} == {"", "yes"}


def test_what_a_spreadsheet_would_run_is_text_in_the_csv(site: str, page: Page) -> None:
    page.route("**/benchmark-0000/data.json", lambda route: route.fulfill(json={
        "version": 1, "benchmark": "a", "series": [{
            "environment": "=1+1", "metric": 'a "b", c', "unit": "s", "parameters": "@x", "commits": [0], "values": [1],
            "baselines": [None], "floors": [None], "verdicts": [1], "levels": [1], "outliers": [],
        }]}))  # fmt: skip
    page.goto(site + BENCHMARK)
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    (row,) = csv.DictReader(io.StringIO(download.value.path().read_text()))
    assert (row["environment"], row["parameters"], row["metric"]) == ("'=1+1", "'@x", 'a "b", c')
    assert (row["verdict"], row["baseline"]) == ("unsure", "")


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_folded_overflows_when_it_is_unfolded(site: str, page_factory: Callable[..., Page], width: int) -> None:
    page = page_factory(width=width)
    page.goto(site + BENCHMARK)
    page.evaluate("document.querySelectorAll('.ps-page details').forEach(one => { one.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.locator(".ps-drawing").count() >= 4
    assert page.locator(".ps-drawing__text").first.is_visible()


def test_the_contents_lead_to_every_section(site: str, page: Page) -> None:
    page.goto(site + BENCHMARK)
    targets = page.eval_on_selector_all(".ps-contents a", "links => links.map(link => link.getAttribute('href'))")
    assert "#scaling" in targets
    assert "#season" in targets
    assert [target for target in targets if page.locator(target).count() != 1] == []


def test_the_list_is_filtered_ordered_and_shared(site: str, page: Page) -> None:
    page.goto(site + "benchmarks/")
    shown = page.locator(".ps-benchmarks > li:visible")
    page.select_option("[name=verdict]", "improvement")
    expected = sum(SITE.row(s).verdict == "improvement" and not SITE.row(s).retired for s in range(SITE.series))
    page.wait_for_function(f"document.querySelector('output').value.startsWith('{expected} of 150')")
    assert shown.count() == expected
    page.select_option("[name=sort]", "name")
    page.wait_for_url("**/benchmarks/?verdict=improvement&sort=name")
    names = shown.locator("a").all_text_contents()
    assert names == sorted(names, key=str.lower)
    page.goto("about:blank")
    page.goto(f"{site}benchmarks/?find=parse_77")
    page.wait_for_function("document.querySelector('output').value === '1 of 150 benchmarks'")
    assert shown.count() == 1
    page.fill("[name=find]", "")
    page.wait_for_function("document.querySelector('output').value === ''")
    assert page.locator(".ps-group[open]").count() == 0
    assert HOSTILE in (page.locator(".ps-group__name").last.text_content() or "")


def test_the_group_of_a_benchmark_is_a_link_to_its_list(site: str, page: Page) -> None:
    page.goto(site + BENCHMARK)
    page.locator(".ps-hero__eyebrow a").last.click()
    page.wait_for_function("document.querySelector('output').value.endsWith('of 150 benchmarks')")
    assert page.input_value("[name=group]") == HOSTILE
    assert page.locator(".ps-group:visible").count() == 1
    assert page.locator(".ps-benchmarks > li:visible").count() == 75
