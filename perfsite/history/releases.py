"""Releases: which tags name a version, and the newest measured commit that each of them holds."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfsite.history.commits import Tag
    from perfsite.history.order import Order
    from perfsite.model.run import Commit

# "v1.2", "1.2.3-rc1", "parser-v2.0.0", "@scope/parser@1.4", "release_3", "go1.22", "jdk-21+35"; not "latest".
_VERSION: Final = re.compile(
    r"(?:@?[A-Za-z][\w./-]*?[@/_-])?(?:v|V|r|rel|release[-_]?|go|jdk-?)?\d{1,4}(?:[._]\d+)*(?:[-+.]?[A-Za-z][\w.+-]*|\+\d+)?"
)
_SERIAL: Final = re.compile(r"(?:^|[-_/.])(?:nightly|build|ci|daily|snapshot|weekly)(?:$|[-_/.\d])", re.IGNORECASE)


def is_version(name: str) -> bool:
    """Whether a tag names a version rather than a build, a day or a purpose.

    Examples
    --------
    >>> [is_version(name) for name in ("v1.2.0", "parser@2.0", "1.0-rc1", "latest", "nightly-2026-01-02", "build-4711")]
    [True, True, True, False, False, False]
    """
    return len(name) <= 100 and not _SERIAL.search(name) and bool(_VERSION.fullmatch(name))


def place_releases(tags: Iterable[Tag], line: Sequence[Commit], order: Order) -> tuple[tuple[int, str], ...]:
    """Return the releases on a branch as (position, name), oldest first.

    Parameters
    ----------
    tags
        All tags of the repository, in any order.
    line
        First-parent line of the branch, oldest first; tags elsewhere (maintenance branches) are left out, since the
        trend does not go through them.
    order
        The measured commits in their order.

    Returns
    -------
    tuple
        The position is that of the newest measured commit that the release holds; a release before the first measured
        commit is left out. Of several names of one commit all are kept, by name.
    """
    return tuple((position, tag.name) for position, _, tag in _placed(tags, line, order))


def unmeasured_releases(tags: Iterable[Tag], line: Sequence[Commit], order: Order) -> dict[str, tuple[str, int]]:
    """Return the releases whose own commit was not measured, as `place_releases` places them.

    Returns
    -------
    dict
        By name: the sha that the tag names, and how many commits of the line it comes after the one that stands for it.
    """
    found = _placed(tags, line, order)
    return {
        tag.name: (tag.sha, place - order.places[position])
        for position, place, tag in found
        if place > order.places[position]
    }


def _placed(tags: Iterable[Tag], line: Sequence[Commit], order: Order) -> list[tuple[int, int, Tag]]:
    """Return the releases with the position that stands for each and their place on the line, oldest first."""
    places = {commit.sha: place for place, commit in enumerate(line)}
    held = list(accumulate(order.places, max))
    found = []
    for tag in tags:
        place = places.get(tag.sha)
        if place is None or not is_version(tag.name):
            continue
        position = bisect_right(held, place) - 1
        if position >= 0 and held[position] >= 0:
            found.append((position, place, tag))
    return sorted(found, key=lambda one: (one[0], one[1], one[2].name))
