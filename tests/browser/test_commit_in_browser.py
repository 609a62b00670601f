"""Commits in a real browser: their pages, their list, and the 404 page that stands for those that are not there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from synthetic import SyntheticSite

from perfsite.model.units import format_pair, format_value
from perfsite.pages.publish import publish_site
from perfsite.report.wording import delta_text, noise_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

SITE = SyntheticSite(40, 340)
COMMIT = SITE.refs[SITE.change_index(0)].url
TAG, TAG_URL = SITE.hostile, next(SITE.releases()).url


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("published")
    publish_site(SITE, project=made / "none", output=made / "site", site_url="https://example.org/project/")
    return made / "site"


@pytest.fixture(scope="module")
def site(folder: Path, serve: Callable[..., str]) -> str:
    return serve(folder, prefix="/project/")


def test_all_measurements_are_filtered_and_sorted_and_the_choice_is_shared(site: str, page: Page) -> None:
    page.goto(site + COMMIT)
    page.get_by_role("button", name="Show all 40 measurements").click()
    page.get_by_role("heading", name="All 40 measurements").wait_for()
    page.fill(".ps-filter [name=find]", "parse_1")
    page.wait_for_function("document.querySelector('.ps-filter output').value.startsWith('11 of 40')")
    page.locator(".ps-sort", has_text="Noise").click()
    page.wait_for_url("**sort=noise**")
    shared = page.url
    page.goto("about:blank")
    page.goto(shared)
    page.wait_for_function("document.querySelector('.ps-filter output').value.startsWith('11 of 40')")
    assert page.locator("th[aria-sort]").inner_text().startswith("Noise")


def test_scripts_print_figures_as_python_does(site: str, page: Page) -> None:
    page.goto(site + COMMIT)
    units = ("s", "B", "B/s", "1/s", "1", "USD")
    values = [
        (factor * 10.0**power, unit) for unit in units for power in range(-11, 15) for factor in (1, 1.2346, -3.5)
    ]
    deltas = [sign * factor * 10.0**power for sign in (1, -1) for power in range(-7, 6) for factor in (1, 1.236, 9.94)]
    told = page.evaluate(
        """([values, deltas]) => {
          const {format, percent} = window.perfsite.tools
          const noise = deltas.map(delta => `±${percent(Math.abs(delta), false)}`)
          return [values.map(([value, unit]) => format(value, unit)), deltas.map(delta => percent(delta, true)), noise]
        }""",
        [[*values, (0.0, "s")], [*deltas, 0.0]],
    )
    pairs = [[one, other, unit] for one, unit in values for other in (one, 1.3 * one, one / 3, 8.0) if unit != "B/s"]
    beside = page.evaluate("pairs => pairs.map(pair => window.perfsite.tools.formatPair(...pair))", pairs)
    assert [tuple(texts) for texts in beside] == [format_pair(*pair) for pair in pairs]
    assert told[0] == [format_value(value, unit) for value, unit in (*values, (0.0, "s"))]
    assert told[1] == [delta_text(delta) for delta in (*deltas, 0.0)]
    assert told[2] == [noise_text(abs(delta)) for delta in (*deltas, 0.0)]


def test_a_row_leads_to_its_series(site: str, page: Page) -> None:
    page.goto(site + COMMIT)
    href = page.locator(".ps-changed tbody a").first.get_attribute("href") or ""
    assert href.startswith("../../benchmarks/benchmark-")


def test_the_short_drawer_of_a_phone_leads_everywhere(site: str, page_factory: Callable[..., Page]) -> None:
    page = page_factory(width=390)
    page.goto(site + COMMIT)
    page.locator("label.md-header__button[for=__drawer]").click()
    page.locator(".md-sidebar--primary a", has_text="Incidents").click()
    page.wait_for_url(f"{site}incidents/")


def test_older_commits_come_while_scrolling_and_releases_part_them(site: str, page: Page) -> None:
    page.goto(f"{site}commits/")
    assert page.locator(".ps-commits__line").count() == 300
    assert page.locator(".ps-commits__release a").text_content() == TAG
    page.locator("[data-ps-rest]").scroll_into_view_if_needed()
    page.wait_for_function("document.querySelectorAll('.ps-commits__line').length === 340")


def test_the_list_of_commits_is_filtered_from_its_address(site: str, page: Page) -> None:
    page.goto(f"{site}commits/?kind=pull")
    page.wait_for_function("document.querySelectorAll('.ps-commits__line').length === 1")
    assert page.locator(".ps-commits__who").inner_text().endswith("#17")
    page.select_option("[name=kind]", "")
    page.fill("[name=find]", SITE.refs[3].short)
    page.wait_for_url(f"**/commits/?find={SITE.refs[3].short}")
    page.wait_for_function("document.querySelector('.ps-filter output').value === '1 of 340 commits'")
    page.locator(f".ps-commits__line a[href='../{SITE.refs[3].url}']").wait_for()


def test_a_short_sha_of_several_commits_lists_them(site: str, page_factory: Callable[..., Page]) -> None:
    page = page_factory(expected="404")
    index = json.dumps(
        {"version": 1, "sha": ["abcd" + "0" * 36, "abcd" + "1" * 36], "subject": ["<b>x", None], "time": []}
    )
    page.route("**/data/commits.json", lambda route: route.fulfill(body=index, content_type="application/json"))
    page.goto(f"{site}commits/ABCD")
    page.get_by_role("heading", name="2 commits begin with abcd").wait_for()
    assert page.locator("[data-ps-found] li").first.inner_text().endswith("<b>x")


def test_a_page_that_comes_later_is_opened_by_itself(
    site: str, folder: Path, page_factory: Callable[..., Page]
) -> None:
    page = page_factory(expected="404")
    page.clock.install()
    page.goto(f"{site}commits/{'ab' * 20}/")
    page.get_by_role("heading", name="This commit is not published yet").wait_for()
    host = page.locator("[data-ps-found] a")
    assert host.get_attribute("href") == f"https://example.org/o/r/commit/{'ab' * 20}"
    page.get_by_text("Looking again every 30 seconds").wait_for()
    place = folder / "commits" / ("ab" * 20)
    place.mkdir()
    (place / "index.html").write_text("<!doctype html><link rel=icon href='data:,'><h1>here now</h1>", encoding="utf-8")
    page.clock.run_for(31_000)
    page.get_by_role("heading", name="here now").wait_for()


@pytest.mark.parametrize(
    ("path", "target"),
    [
        (f"commit/{SITE.refs[5].sha}", SITE.refs[5].url),
        (f"commits/{SITE.refs[5].sha.upper()}/", SITE.refs[5].url),
        (f"benchmarks/{SITE.name(8)}/", "benchmarks/benchmark-0008/"),
    ],
)
def test_an_address_in_other_words_leads_there(
    site: str, page_factory: Callable[..., Page], path: str, target: str
) -> None:
    page = page_factory(expected="404")
    page.goto(site + path)
    page.wait_for_url(site + target)


def test_a_benchmark_of_before_offers_those_that_are_nearest(site: str, page_factory: Callable[..., Page]) -> None:
    page = page_factory(expected="404")
    page.goto(f"{site}benchmarks/tokenizer-suite_1-time_parse-0123456789abcdef/")
    page.get_by_role("heading", name="No such benchmark").wait_for()
    page.locator("[data-ps-found] a").first.wait_for()


def test_a_path_that_looks_like_a_host_is_asked_nothing(
    tmp_path: Path, serve: Callable[..., str], page_factory: Callable[..., Page]
) -> None:
    small = SyntheticSite(2, 6)
    publish_site(small, project=tmp_path / "none", output=tmp_path / "site", site_url="https://example.org/")
    page = page_factory(expected="404")
    page.goto(f"{serve(tmp_path / 'site', prefix='/')}/example.org/commits/{small.refs[0].short}/")
    page.get_by_text("cannot be loaded").wait_for()


def test_without_javascript_the_404_page_says_where_to_look(site: str, page_factory: Callable[..., Page]) -> None:
    page = page_factory(expected="404", javascript=False)
    page.goto(f"{site}commits/{'cd' * 20}/")
    assert "come back when it is through" in page.locator("[data-ps-answer]").inner_text()
    assert page.locator(".ps-page a").count() >= 5
