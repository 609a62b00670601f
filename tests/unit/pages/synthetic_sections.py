"""What the made-up site shows on the pages that are one view each, beside those in `synthetic`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthetic_data import environments

from perfsite.report.compare_view import CompareView
from perfsite.report.release_views import ReleasesView, ReleaseView
from perfsite.report.summary_views import SummaryView

__all__ = ["compare", "environments", "release_pages", "releases", "summary"]

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synthetic import SyntheticSite


def summary(site: SyntheticSite) -> SummaryView:
    return SummaryView(sentence=f"All is well but {site.hostile}.", state="regression")


def compare(site: SyntheticSite) -> CompareView:
    return CompareView(sentence=f"Any two of {site.commits_count} measured commits.")


def releases(site: SyntheticSite) -> ReleasesView:
    return ReleasesView(sentence=f"The newest is {site.hostile}.", state="regression")


def release_pages(site: SyntheticSite) -> Iterator[ReleaseView]:
    yield ReleaseView(
        tag=site.hostile, url="releases/v1.0-1a2b3c4d/", sentence=f"Slower than {site.hostile}.", state="regression"
    )
