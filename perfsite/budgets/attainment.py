"""Attainment: how many points kept to a limit, what of the allowed misses is left, and how fast they are used up."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.model.budget import Attainment, BudgetFinding, BudgetState

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.model.budget import Budget, Limit
    from perfsite.model.series import Series

    BoolArray = NDArray[np.bool_]

BURN_DAYS: Final = 7
WINDOWS: Final = (7, 30, 90)
"""Days over which attainment is told beside the budget's own window."""
LITTLE_LEFT: Final = 0.25
"""With less than this share of the allowed misses left a budget is at risk."""
DAY_S: Final = 86_400.0
_Z: Final = 1.959963984540054


def keeps(values: NDArray[np.float64], limit: Limit) -> BoolArray:
    """Return which values, shape (n,), keep to a limit; a value that equals a bound does."""
    kept = np.ones(len(values), np.bool_)
    if limit.lowest is not None:
        kept &= values >= limit.lowest
    if limit.highest is not None:
        kept &= values <= limit.highest
    return kept


def attain(series: Series, budget: Budget, now: float) -> BudgetFinding:
    """Return how a series stands towards a budget.

    Every point counts but those measured with uncommitted changes: an outlier was slow for whoever waited for it.

    Parameters
    ----------
    series
        Any n >= 0. Points whose time is not known are all taken for recent where no time is known at all, a day each;
        else they are left out.
    now
        Seconds since 1970: the windows end here.

    Notes
    -----
    The interval is Wilson's [1]_, which keeps within 0 and 1 and is honest for few points. Remaining budget and burn
    rate are those of service level objectives [2]_, counted in points instead of requests.

    References
    ----------
    .. [1] E. B. Wilson, J. Amer. Statist. Assoc. 22(158), 1927, 209-212.
    .. [2] B. Beyer et al., The Site Reliability Workbook, 2018, chapters 2 and 5.
    """
    limit = budget.limit
    counted = series.part(series.eligible)
    kept, age = keeps(counted.values, limit), _ages(counted, now)
    windows = sorted({*WINDOWS, limit.window_days})
    attainments = tuple(attainment(kept[age <= days], days) for days in windows)
    own = attainments[windows.index(limit.window_days)]
    remaining = _remaining(own, limit.target)
    current = float(counted.values[-1]) if len(counted) else None
    return BudgetFinding(
        budget=budget,
        key=series.key,
        unit=series.unit,
        current=current,
        headroom=None if current is None else headroom(current, limit),
        attainments=attainments,
        remaining=remaining,
        burn=_burn(attainment(kept[age <= BURN_DAYS], BURN_DAYS), limit.target),
        state=_state(own, remaining, is_beyond=len(kept) > 0 and not kept[-1]),
    )


def attainment(kept: BoolArray, days: int) -> Attainment:
    """Return the attainment of points of which some kept to the limit."""
    points, within = len(kept), int(kept.sum())
    lower, upper = wilson(within, points)
    return Attainment(days=days, points=points, within=within, lower=lower, upper=upper)


def wilson(within: int, points: int) -> tuple[float, float]:
    """Return the 95 % interval of a share of which `within` of `points` were seen; NaN without points.

    Examples
    --------
    >>> [round(bound, 3) for bound in wilson(19, 20)]
    [0.764, 0.991]
    """
    if not points:
        return math.nan, math.nan
    share, z2 = within / points, _Z * _Z
    middle = (share + z2 / (2 * points)) / (1 + z2 / points)
    reach = _Z * math.sqrt(share * (1 - share) / points + z2 / (4 * points * points)) / (1 + z2 / points)
    # At the ends the bounds are 0 and 1 exactly; rounding must not say otherwise.
    return (0.0 if within == 0 else middle - reach), (1.0 if within == points else middle + reach)


def headroom(value: float, limit: Limit) -> float | None:
    """Return how far a value is within the nearest bound, as a fraction of it; negative beyond, None for a bound of 0.

    Examples
    --------
    >>> from perfsite.model.budget import Limit
    >>> headroom(4.0, Limit(highest=5.0)), headroom(6.0, Limit(highest=5.0))
    (0.2, -0.2)
    """
    rooms = []
    if limit.highest:
        rooms.append((limit.highest - value) / abs(limit.highest))
    if limit.lowest:
        rooms.append((value - limit.lowest) / abs(limit.lowest))
    return min(rooms, default=None)


def _ages(series: Series, now: float) -> NDArray[np.float64]:
    """Return how many days ago each point was measured, shape (n,); infinite where it is not known."""
    n = len(series)
    if not np.isfinite(series.times).any():
        return np.arange(n - 1, -1, -1, dtype=np.float64)
    return np.where(np.isfinite(series.times), (now - series.times) / DAY_S, np.inf)


def _remaining(own: Attainment, target: float) -> float | None:
    if not own.points:
        return None
    missed, allowed = own.points - own.within, (1 - target) * own.points
    if allowed <= 0:
        return 1.0 if missed == 0 else -math.inf
    return 1 - missed / allowed


def _burn(recent: Attainment, target: float) -> float | None:
    if not recent.points or target >= 1:
        return None
    return (1 - recent.within / recent.points) / (1 - target)


def _state(own: Attainment, remaining: float | None, *, is_beyond: bool) -> BudgetState:
    if remaining is None:
        return BudgetState.UNKNOWN
    if remaining < -1e-9:
        return BudgetState.MISSED
    missed = own.within < own.points
    return BudgetState.AT_RISK if is_beyond or (missed and remaining < LITTLE_LEFT) else BudgetState.MET
