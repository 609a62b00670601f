"""Put the performance section into a release at the host of the code: once, and nothing else of its text is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from perfsite.errors import ConfigError, DeliveryError
from perfsite.forges.forge import Posted
from perfsite.outputs.notes import MOST_CHARACTERS, with_section
from perfsite.report.release_notes import TITLE, release_notes

if TYPE_CHECKING:
    from perfsite.forges.forge import Release
    from perfsite.workflow.notes import Noted


class ReleaseHost(Protocol):
    """What keeps releases with texts."""

    def release(self, tag: str) -> Release | None:
        """Return the release of a tag; None: there is none."""
        ...

    def update_release(self, release_id: int, body: str) -> Release:
        """Give a release another text."""
        ...


def post_notes(noted: Noted, host: ReleaseHost, *, title: str = TITLE, level: int = 2) -> Posted:
    """Put the section into the release of its tag, in place of an earlier one; where there is no room, its sentence.

    Raises
    ------
    ConfigError
        What is told of is no tag, or links would lead nowhere.
    DeliveryError
        The host has no such release, refuses, or there is no room in the text of the release.
    """
    if noted.tag is None:
        raise ConfigError(f"{noted.view.tag!r} is no tag, so no release can hold its notes", hint="name a tag as TO")
    if noted.facts.site_url is None:
        raise ConfigError(
            "the site's address is not known, so that links in a release would lead nowhere",
            hint="set `site_url` in site_config/perfsite.toml, or give --site-url",
        )
    release = host.release(noted.tag)
    if release is None:
        raise DeliveryError(
            f"there is no published release of the tag {noted.tag!r}",
            hint="publish it first; of a draft, only its author can see the text",
        )
    short = release_notes(noted.facts.shortened(), title=title, level=level)
    for section in (noted.section, short):
        body = with_section(release.body, section)
        if body == release.body:
            return Posted(url=release.url, outcome="unchanged")
        if body is not None:
            return Posted(url=host.update_release(release.id, body).url, outcome="updated")
    raise DeliveryError(
        f"there is no room in the text of the release: it has {len(release.body):,} of {MOST_CHARACTERS:,} characters",
        where=f"release {noted.tag}",
        hint="shorten it",
    )
