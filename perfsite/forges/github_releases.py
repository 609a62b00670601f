"""Releases that exist: reading one and changing its text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfsite.forges.api import Api, part
from perfsite.forges.forge import Release
from perfsite.forges.refusals import RefusedError

if TYPE_CHECKING:
    from perfsite.forges.fields import Record


def release(api: Api, tag: str) -> Release | None:
    """Return the release of a tag."""
    return _found(api, f"releases/tags/{part(tag)}")


def latest_release(api: Api) -> Release | None:
    """Return the newest release that is neither a draft nor a prerelease."""
    return _found(api, "releases/latest")


def update_release(api: Api, release_id: int, body: str) -> Release:
    """Replace a release's text."""
    return _read(api.send("PATCH", f"releases/{release_id}", {"body": body}, needs="contents: write"))


def _found(api: Api, path: str) -> Release | None:
    try:
        return _read(api.get(path, needs="contents: read"))
    except RefusedError as refused:
        if refused.status == 404 and api.is_visible():
            return None
        raise


def _read(release: Record) -> Release:
    return Release(
        id=release.number("id"),
        tag=release.text("tag_name"),
        name=release.text_or_none("name") or "",
        body=release.text_or_none("body") or "",
        is_draft=release.flag("draft"),
        is_prerelease=release.flag("prerelease"),
        url=release.web("html_url"),
    )
