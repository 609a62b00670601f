"""Parameters of a benchmark as numbers: which one is varied, and over which sizes."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from perfsite.hints.evidence import Evidence, Track
    from perfsite.model.series import SeriesKey

_NUMBER: Final = re.compile(r"\s*(\d[\d_,']{0,30}(?:\.\d{1,30})?)(?:e\+?(\d{1,2}))?\s*([kKMG]i?)?[bB]?\s*\Z", re.ASCII)
_SCALES: Final = {"k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "ki": 2.0**10, "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30}


def as_number(text: str) -> float | None:
    """Return a parameter's value as a positive number; None for anything else.

    Examples
    --------
    >>> as_number("1_000"), as_number("64k"), as_number("1e6"), as_number("3.8"), as_number("fast")
    (1000.0, 64000.0, 1000000.0, 3.8, None)
    """
    match = _NUMBER.match(text)
    if match is None:
        return None
    value = float(re.sub(r"[_,']", "", match[1])) * 10.0 ** int(match[2] or 0) * _SCALES.get(match[3] or "", 1.0)
    return value if value > 0 and math.isfinite(value) else None


def number_of(key: SeriesKey, name: str) -> float:
    """Return the value of a parameter that is a number; NaN where it is not."""
    value = as_number(dict(key.parameters).get(name, ""))
    return math.nan if value is None else value


def varied(evidence: Evidence) -> tuple[str | None, list[Track]]:
    """Return the parameter whose value alone sets most of the family apart, and those series; (None, []) if none.

    Of several the one with the most numbers; series that differ in another parameter too are not among them.
    """
    own = dict(evidence.track.key.parameters)
    groups: dict[str, list[Track]] = {}
    for track in evidence.family:
        other = dict(track.key.parameters)
        if not len(track.series) or other.keys() != own.keys():
            continue
        differing = [name for name in own if own[name] != other[name]]
        if len(differing) == 1 and as_number(own[differing[0]]) and as_number(other[differing[0]]):
            groups.setdefault(differing[0], []).append(track)
    if not groups:
        return None, []
    name = max(sorted(groups), key=lambda name: len(groups[name]))
    return name, groups[name]
