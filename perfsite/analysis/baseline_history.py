"""The history of baselines: which value later points were held against from where on, and why it moved."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from perfsite.model.findings import BaselineVersion, Origin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perfsite.analysis.baseline import Stand, Terms, Usable


def baseline_versions(stands: Iterable[Stand], usable: Usable, terms: Terms, minor: float) -> list[BaselineVersion]:
    """Return the versions of a series' own baseline, oldest first; empty where no point was usable.

    A version is a level that became what later points are held against. Points that only refine the mean of the same
    level make none, and neither does a regression that nobody accepted, nor a visit of a better level that did not
    last: those move nothing.

    Parameters
    ----------
    stands
        As from `stand_by_segment`, of the series' own baseline (nothing pinned).
    usable
        The points that make baselines.
    terms
        What the stands were made under.
    minor
        The smallest |delta| that is more than noise; a level that is better by less only followed.

    Returns
    -------
    list of BaselineVersion
        In the values' unit. The value of the newest is what the next point is held against; that of an earlier one
        is what it had come to when it was left.
    """
    versions: list[BaselineVersion] = []
    left = (math.nan, 0)
    for number, stand in enumerate(stands):
        came_back = number in terms.returning and (stand.kept, stand.kept_count) != left and stand.kept_count > 0
        moved = (stand.left, stand.left_count) != (stand.kept, stand.kept_count) and stand.left_count > 0
        if moved:
            origin = _origin(number, stand, terms, minor) if versions else Origin.FIRST
            start = stand.held_until - 1 if origin is Origin.ACCEPTED else stand.start
            versions.append(_version(start, stand, usable, origin))
        elif came_back:
            versions.append(
                BaselineVersion(
                    index=stand.start,
                    value=stand.kept,
                    points=stand.kept_count,
                    first=-1,
                    last=-1,
                    origin=Origin.MACHINE,
                )
            )
        left = stand.left, stand.left_count
    return versions


def _origin(number: int, stand: Stand, terms: Terms, minor: float) -> Origin:
    if number in terms.doubtful:
        return Origin.DOUBTFUL
    if number in terms.confounded or number in terms.returning:
        return Origin.MACHINE
    if stand.since >= 0:
        return Origin.ACCEPTED
    better = terms.sign != 0 and terms.sign * stand.delta <= -minor
    return Origin.IMPROVED if better else Origin.FOLLOWED


def _version(index: int, stand: Stand, usable: Usable, origin: Origin) -> BaselineVersion:
    first, last = usable.span(stand.start, stand.end)
    return BaselineVersion(
        index=index, value=stand.left, points=stand.left_count, first=first, last=last, origin=origin
    )
