"""Releases as a reader sees them: each against the one before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from perfsite.report.release_views import ReleasesView, ReleaseView
from perfsite.report.slug import slug

if TYPE_CHECKING:
    from perfsite.report.context import Context


def release_url(tag: str) -> str:
    """Return the URL of a release's page from the root of the site."""
    return f"releases/{slug(tag)}/"


def releases_view(context: Context) -> ReleasesView:
    """Return the list of releases."""
    return ReleasesView(sentence=f"{len(context.timeline.releases)} releases.", state="no-change")


def release_views(context: Context) -> Iterator[ReleaseView]:
    """Yield the page of every release, newest first."""
    for commit, tag in reversed(context.timeline.releases):
        ref = context.refs[commit]
        yield ReleaseView(tag=tag, url=release_url(tag), sentence=f"{ref.short} of {ref.date}.", state="no-change")
