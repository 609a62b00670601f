"""A commit whose page was thinned answers at its address, with every value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from synthetic import SyntheticSite

from perfsite.pages.publish import publish_site
from perfsite.report.retention import Form

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

SITE = SyntheticSite(12, 6, forms=(Form.VALUES, Form.PACKED, *[Form.WHOLE] * 4))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, serve: Callable[..., str]) -> str:
    folder: Path = tmp_path_factory.mktemp("published")
    publish_site(SITE, project=folder / "none", output=folder / "site", site_url="https://example.org/project/")
    return serve(folder / "site", prefix="/project/")


@pytest.mark.parametrize("number", [0, 1])
def test_all_values_are_shown_where_they_are_packed(site: str, page_factory: Callable[..., Page], number: int) -> None:
    page = page_factory(expected=r"404" if number == 0 else None)
    ref = SITE.refs[number]
    page.goto(site + ref.url)
    if number == 0:
        page.wait_for_selector("h1:has-text('" + ref.sha[:8] + "')")
        assert "Here is every value" in page.locator("[data-ps-answer]").inner_text()
    page.get_by_role("button", name="Show all").click()
    page.wait_for_selector("h2:has-text('All 12 measurements')")
    assert page.locator(".ps-table tbody tr").count() >= 12


def test_a_short_sha_of_a_thinned_commit_leads_there(site: str, page_factory: Callable[..., Page]) -> None:
    page = page_factory(expected=r"404")
    ref = SITE.refs[0]
    page.goto(f"{site}commits/{ref.sha[:10]}/")
    page.wait_for_url(f"**/{ref.url}")
    page.wait_for_selector("text=Here is every value")


def test_thinned_commits_are_compared_like_others(site: str, page_factory: Callable[..., Page]) -> None:
    page = page_factory(expected=r"404")
    page.goto(f"{site}compare/?base={SITE.refs[0].sha}&head={SITE.refs[5].sha}")
    page.wait_for_selector("text=12 series")
    assert page.locator("[data-ps-answer] h2").first.inner_text()
