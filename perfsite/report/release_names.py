"""Names of releases: which is a pre-release, which belong to one product, and which came before which."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_PRE: Final = re.compile(
    r"\d[-_.+]?(?:a|b|c|rc|alpha|beta|dev|pre|preview|m|snapshot|canary|next|nightly|eap|ea)[-_.]?\d*(?:[.+-]\w+)*\Z",
    re.IGNORECASE,
)
_VERSION: Final = re.compile(r"(?:v|r|rel|release)?[-_]?\d[\w.+-]*\Z", re.IGNORECASE)


def is_prerelease(tag: str) -> bool:
    """Whether a tag names a version that comes before the one it is named after.

    Examples
    --------
    >>> [is_prerelease(tag) for tag in ("v1.4.0", "v1.4.0-rc1", "2.0b3", "parser@1.0.0-alpha.2", "jdk-21+35")]
    [False, True, True, True, False]
    """
    return bool(_PRE.search(tag))


def product(tag: str) -> str:
    """Return what a tag is a release of: what stands before the version; empty where nothing does.

    Examples
    --------
    >>> product("v1.4"), product("1.5"), product("release-2.0"), product("@scope/parser@2.0"), product("writer-v1.0")
    ('', '', '', '@scope/parser', 'writer')
    """
    name = re.sub(r"(?i)^(?:v|r|rel|release)[-_]?(?=\d)", "", tag)
    found = re.search(r"(?:^|[@/_-])" + _VERSION.pattern, name, re.IGNORECASE)
    return name[: found.start()] if found else name


def previous_releases(releases: Sequence[tuple[int, str]]) -> list[int | None]:
    """Return for each release the one it is compared with, by position in the list; None: there is none.

    That is the last one of the same product with an earlier measured commit; for what is no pre-release itself, the
    last one that is none either. A product's first release is compared with the last one of any.

    Parameters
    ----------
    releases
        As (position of the newest measured commit it holds, tag), oldest first.

    Examples
    --------
    >>> previous_releases([(1, "v1.0"), (3, "v1.1-rc1"), (4, "v1.1"), (4, "v1.1.0"), (9, "v1.2-rc1")])
    [None, 0, 0, 0, 3]
    """
    names = [product(tag) for _, tag in releases]
    finals = [not is_prerelease(tag) for _, tag in releases]
    earlier: dict[str, list[int]] = {}
    found: list[int | None] = []
    for i, (position, _) in enumerate(releases):
        mine = earlier.setdefault(names[i], [])
        finals_first = [[j for j in mine if finals[j]]] if finals[i] else []
        candidates = (j for group in (*finals_first, mine, range(i)) for j in reversed(group))
        found.append(next((j for j in candidates if releases[j][0] < position), None))
        mine.append(i)
    return found
