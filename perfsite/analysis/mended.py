"""Mended: a point that is back from a level that had regressed, which a comparison with the baseline does not show."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from perfsite.analysis.verdicts import IMPROVEMENT, NO_CHANGE, REGRESSION

if TYPE_CHECKING:
    from perfsite.model.findings import Judgement


def find_mended(trend: Judgement, place: int, found: Judgement, value: float, *, sign: int) -> float | None:
    """Return value / regressed level - 1 where a point is back from a regression; None where it is not.

    The baseline stays where it was while a regression stands, so that its mend is no change to it.

    Parameters
    ----------
    trend
        The findings of the trend.
    place
        The point of it that the point on trial grew from; below 0: none.
    found
        The findings of the point on trial, one point; `value` is its own.
    sign
        1 where lower is better, -1 where higher is, 0 where neither is.
    """
    if place < 0 or int(trend.verdicts[place]) != REGRESSION or int(found.verdicts[-1]) not in (NO_CHANGE, IMPROVEMENT):
        return None
    level, floor = float(trend.levels[place]), float(found.floors[-1])
    if not (level > 0 and isfinite(floor)):
        return None
    delta = value / level - 1
    return delta if -sign * delta > floor else None
