"""Releases as a reader sees them: each against the one before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from perfsite.report.release_views import ReleasesView, ReleaseView
from perfsite.report.slug import slug

if TYPE_CHECKING:
    from perfsite.report.context import Context


def releases_view(context: Context) -> ReleasesView:
    """Return the list of releases."""
    return ReleasesView(sentence=f"{len(context.timeline.releases)} releases.", state="no-change")


def release_views(context: Context) -> Iterator[ReleaseView]:
    """Yield the page of every release, newest first."""
    for commit, tag in reversed(context.timeline.releases):
        url, ref = f"releases/{slug(tag)}/", context.refs[commit]
        yield ReleaseView(tag=tag, url=url, sentence=f"{ref.short} of {ref.date}.", state="no-change")
