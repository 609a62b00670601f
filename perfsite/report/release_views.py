"""What a reader will see of releases, as data; every text may be hostile and is escaped where it is placed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseView:
    """The page of a release: `url` is `releases/<name>/`, where the name is made of the tag and is unique."""

    tag: str
    url: str
    sentence: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasesView:
    """The list of releases."""

    sentence: str
    state: str
