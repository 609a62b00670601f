"""How far one series moved at a commit, change point or not: the mean before, the mean after, and how sure."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from perfsite.model.findings import ChangePoint, Judgement
    from perfsite.model.series import Series

REACH: Final = 12
"""Points on either side that a shift is read from."""
TOLERANCE: Final = 2
"""Points by which change points of one cause may differ: noise moves them."""
_SURE: Final = 3.3
"""Standard errors beyond which a shift is no chance: 1 in 1,000, two-sided."""
_LEAST_FLAT: Final = 0.02
"""A shift below the least severity is flat whatever the finding's size."""


_MOST_FLAT: Final = 0.10


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Mean before and after (base unit), delta = after / before - 1 (NaN: no ratio) and its standard error.

    `error` is NaN where too few points tell. `change` is the series' own change point there, if it has one.
    """

    before: float
    after: float
    delta: float
    error: float
    change: ChangePoint | None

    def is_up(self, least: float = _LEAST_FLAT) -> bool:
        """Whether it rose by `least` (a fraction) or more, and not by chance."""
        return self.delta >= least and self._is_sure()

    def is_down(self, least: float = _LEAST_FLAT) -> bool:
        """Whether it fell by `least` or more, and not by chance."""
        return self.delta <= -least and self._is_sure()

    def is_flat(self, beside: float) -> bool:
        """Whether it stayed: its 95 % interval lies within a quarter of the delta `beside` it.

        At least 2 %, below which nothing counts, and at most 10 %, which nobody calls flat. Too much noise to tell is
        not flat.
        """
        return abs(self.delta) + 2 * self.error <= min(max(_LEAST_FLAT, abs(beside) / 4), _MOST_FLAT)

    def _is_sure(self) -> bool:
        return self.change is not None or abs(self.delta) > _SURE * self.error


def shift_at(series: Series, judgement: Judgement, previous: int, commit: int) -> Shift | None:
    """Return how a series moved between two commits; None where it has too few points on a side.

    Parameters
    ----------
    series, judgement
        A series and its findings.
    previous, commit
        Positions of the last commit before and the first commit after the finding, previous < commit.

    Notes
    -----
    Welch's standard error of the difference of means of at most twelve points on either side, outliers left out,
    bounded by the series' other change points. A side of one point borrows the series' noise. Where the series has a
    change point of its own within two points, the sides are those of that change point.
    """
    at = int(series.commits.searchsorted(commit))
    if at >= len(series) or at == 0:
        return None
    changes = judgement.change_points
    near = [change for change in changes if abs(change.index - at) <= TOLERANCE]
    own = min(near, key=lambda change: abs(change.index - at), default=None)
    cut = at if own is None else own.index
    before_end = cut if own is not None else min(cut, int(series.commits.searchsorted(previous, "right")))
    edges = [0, *(change.index for change in changes if change is not own), len(series)]
    low = max(edges[bisect_right(edges, cut - 1) - 1], before_end - REACH)
    high = min(edges[bisect_right(edges, cut)] if cut < len(series) else cut, cut + REACH)
    before, after = _side(series, judgement, low, before_end), _side(series, judgement, cut, high)
    if before is None or after is None:
        return None
    error = _error(before, after, judgement.noise)
    is_ratio = before[0] > 0 and after[0] >= 0
    return Shift(
        before=before[0],
        after=after[0],
        delta=after[0] / before[0] - 1 if is_ratio else math.nan,
        error=error / before[0] if is_ratio else math.nan,
        change=own,
    )


def _side(series: Series, judgement: Judgement, low: int, high: int) -> tuple[float, float, int] | None:
    """Return (mean, variance of a single point, how many points); variance is NaN of one point."""
    # Lists, because a dozen of numbers are quicker without numpy.
    points = zip(series.values[low:high].tolist(), judgement.outliers[low:high].tolist(), strict=True)
    kept = [value for value, is_outlier in points if not is_outlier]
    n = len(kept)
    if n == 0:
        return None
    mean = sum(kept) / n
    return mean, sum((value - mean) ** 2 for value in kept) / (n - 1) if n > 1 else math.nan, n


def _error(before: tuple[float, float, int], after: tuple[float, float, int], noise: float | None) -> float:
    """Return the standard error of the difference of two means (base unit); NaN where nothing tells it."""
    variance = 0.0
    for mean, single, n in (before, after):
        # So few points say nothing of their spread: the whole series' noise does.
        borrowed = math.nan if noise is None else (noise * mean) ** 2
        variance += (borrowed if n < 3 else single) / n
    return math.sqrt(variance)
