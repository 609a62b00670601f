"""Parameters of a benchmark as numbers: which one is varied, and over which sizes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from perfsite.model.parameters import as_number

if TYPE_CHECKING:
    from perfsite.hints.evidence import Evidence, Track
    from perfsite.model.series import SeriesKey


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
