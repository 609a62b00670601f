"""Environments, methods and data in a real browser: anchors lead somewhere, badge and feed load, fields unfold."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from synthetic import SyntheticSite

from perfsite.pages.publish import publish_site
from perfsite.report.slug import slug

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

SITE = SyntheticSite(12, 12)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, serve: Callable[..., str]) -> str:
    folder: Path = tmp_path_factory.mktemp("data")
    publish_site(SITE, project=folder / "none", output=folder / "site", site_url="https://example.org/project/")
    return serve(folder / "site", prefix="/project/")


def test_the_address_of_a_retired_environment_unfolds_it(site: str, page: Page) -> None:
    page.goto(f"{site}environments/#{slug(SITE.hostile)}")
    page.locator(".ps-environment__retired .ps-environment__name").wait_for(state="visible")


def test_a_commit_leads_to_its_environment(site: str, page: Page) -> None:
    page.goto(site + SITE.refs[3].url)
    page.locator(".ps-run summary").first.click()
    page.locator(".ps-run[open] a", has_text="over time").first.click()
    page.wait_for_url(f"**/environments/#{slug(SITE.environments[0])}")
    assert page.locator(f"#{slug(SITE.environments[0])}").is_visible()


def test_the_data_page_shows_badge_feed_and_fields(site: str, page: Page) -> None:
    page.goto(f"{site}data/", wait_until="networkidle")
    assert page.locator(".ps-badge").evaluate("picture => picture.naturalWidth") > 100
    feed = page.locator("head link[type='application/atom+xml']").evaluate("link => link.href")
    answer = page.request.get(feed)
    assert ET.fromstring(answer.body()).tag.endswith("feed")
    field = page.locator("#document-benchmark .ps-fields dt", has_text="series[].floors")
    assert not field.is_visible()
    page.locator("#document-benchmark summary").click()
    field.wait_for(state="visible")


def test_examples_on_methods_lead_to_what_they_are_of(site: str, page: Page) -> None:
    page.goto(f"{site}methods/")
    page.locator("#example-comparison a").click()
    page.wait_for_url(f"**/benchmarks/{SITE.slug(0)}/")
