"""Stretches of the history that end with its newest commit: a week, a month, since a release; what moved in them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.model.run import Direction

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from perfsite.model.findings import Judgement
    from perfsite.model.run import Commit
    from perfsite.model.series import Series

WEEK: Final = timedelta(days=7)
MONTH: Final = timedelta(days=30)


def newest_time(commits: Sequence[Commit], trend: Sequence[int]) -> datetime | None:
    """Return the newest time among the commits of the trend, positions: what stands for now; None: not known."""
    return max((time for at in trend if (time := commits[at].time) is not None), default=None)


def start_of(commits: Sequence[Commit], trend: Sequence[int], length: timedelta) -> int:
    """Return the position of the last commit of the trend before a window that ends with the newest one.

    -1 where the history is younger than the window, or no times are known. The order is that of the commits: one that
    bears an older time but came later belongs to the window.
    """
    now = newest_time(commits, trend)
    if now is None:
        return -1
    for at in reversed(trend):
        time = commits[at].time
        if time is not None and time <= now - length:
            return at
    return -1


def level_change(series: Series, judgement: Judgement, start: int) -> float:
    """Return by which fraction a series' level moved since a commit (a position); NaN: it has no point up to there.

    It is 0 exactly where the level is the same: noise does not move a level. Levels on machines that take turns are
    compared as on one machine.
    """
    then = int(series.commits.searchsorted(start, side="right")) - 1
    if start < 0 or then < 0:
        return float("nan")
    levels = judgement.levels
    before, now = float(levels[then]), float(levels[-1])
    factors = judgement.machine_factors
    if factors is not None:
        before, now = before / float(factors[then]), now / float(factors[-1])
    if before == now:
        return 0.0
    change = now / before - 1 if before > 0 and now > 0 else float("nan")
    # What is told of another machine is divided out again, which leaves rounding errors.
    return 0.0 if abs(change) < 1e-9 else change


def costs(series: Sequence[Series], changes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return changes (fractions, one a series) as logs of cost: above 0 is worse; NaN where neither way is.

    Parameters
    ----------
    series
        Of the same length n.
    changes
        Shape (n,); NaN: not known.
    """
    signs = {Direction.LOWER: 1.0, Direction.HIGHER: -1.0, Direction.NEITHER: np.nan}
    told: NDArray[np.float64] = np.log1p(changes) * np.array([signs[one.direction] for one in series], np.float64)
    return told
