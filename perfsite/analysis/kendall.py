"""Mann-Kendall and Theil-Sen within levels: does a series rise or fall, and by how much, whatever its steps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.flat import strata_bounds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]

NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Slope:
    """A rise per unit of time, its 95 % interval, and how many pairs of points tell it."""

    slope: float
    lower: float
    upper: float
    pairs: int


def concordance(values: FloatArray, strata: IntArray) -> IntArray:
    """Return, for each point, how many later points of its stratum are above it less those below it, shape (n,).

    The sum over the newest points is Kendall's S of that window, so that one pass serves windows of every length.
    Costs n^2: meant for the newest few hundred points.
    """
    later = _later(len(values))
    if len(strata) and strata[0] != strata[-1]:
        later = later & (strata[:, None] == strata[None, :])
    above = values[None, :] > values[:, None]
    risen = np.count_nonzero(above & later, axis=1)
    # x_i above a later x_j is the transposed entry: column sums over earlier points save a second comparison.
    fallen = np.count_nonzero(above & later.T, axis=0)
    scores: IntArray = risen - fallen
    return scores


@lru_cache(maxsize=8)
def _later(n: int) -> BoolArray:
    mask = np.triu(np.ones((n, n), dtype=np.bool_), 1)
    mask.flags.writeable = False
    return mask


def variance_of_s(values: FloatArray, strata: IntArray) -> FloatArray:
    """Return the variance of Kendall's S under chance for each stratum, corrected for ties.

    Notes
    -----
    n (n - 1)(2 n + 5) / 18 less t (t - 1)(2 t + 5) / 18 for each group of t equal values (Kendall 1975); the strata
    add up (Hirsch, Slack & Smith 1982).
    """
    bounds = strata_bounds(strata)
    order = np.lexsort((values, strata))
    ordered, numbers = values[order], strata[order]
    fresh = np.ones(len(values), dtype=np.bool_)
    fresh[1:] = (ordered[1:] != ordered[:-1]) | (numbers[1:] != numbers[:-1])
    starts = np.flatnonzero(fresh)
    ties = np.diff(np.append(starts, len(values)))
    lengths = np.diff(bounds).astype(np.float64)
    lost = np.zeros(len(lengths))
    owners = np.searchsorted(bounds, starts, side="right") - 1
    np.add.at(lost, owners, ties * (ties - 1.0) * (2.0 * ties + 5))
    variances: FloatArray = (lengths * (lengths - 1) * (2 * lengths + 5) - lost) / 18
    return variances


def memory_factor(persistence: float, points: float) -> float:
    """Return by how much memory multiplies the variance of S: what n points are worth fewer independent ones.

    Parameters
    ----------
    persistence
        Lag-1 autocorrelation of the series without its trend, in [0, 1); a negative one counts as 0, since it would
        make a test bolder.
    points
        Length n of the stratum.

    Notes
    -----
    Hamed & Rao 1998 correct by the autocorrelation of the ranks; Yue & Wang 2004 found that it must be that of the
    series without its trend, and gave this closed form for AR(1).

    Examples
    --------
    >>> memory_factor(0.0, 50), round(memory_factor(0.5, 50), 2)
    (1.0, 2.92)
    """
    rho = min(max(persistence, 0.0), 0.98)
    if rho == 0 or points < 2:
        return 1.0
    lagged = math.pow(rho, points + 1) - points * rho**2 + (points - 1) * rho
    return 1 + 2 * lagged / (points * (rho - 1) ** 2)


def z_of(s: float, variance: float) -> float:
    """Return S in standard deviations, corrected for its being a whole number; 0 where all values are equal."""
    return 0.0 if variance <= 0 or s == 0 else (s - math.copysign(1.0, s)) / math.sqrt(variance)


def theil_sen(values: FloatArray, times: FloatArray, strata: IntArray, s_deviation: float) -> Slope:
    """Return the median of the slopes of all pairs of points within a stratum, with its interval.

    Parameters
    ----------
    values, times, strata
        Shape (n,); times rise strictly. NaN slopes where no pair shares a stratum.
    s_deviation
        Standard deviation of Kendall's S, memory and ties included.

    Notes
    -----
    Theil 1950; Sen 1968, whose interval lies between the slopes of rank (N -+ 1.96 sd(S)) / 2. Costs n^2.
    """
    slopes = pairwise_slopes(values, times, strata)
    n = len(slopes)
    if n == 0:
        return Slope(math.nan, math.nan, math.nan, 0)
    slopes.sort()
    reach = NORMAL_95 * s_deviation
    low, high = math.floor((n - reach) / 2) - 1, math.ceil((n + reach) / 2)
    middle = 0.5 * (float(slopes[(n - 1) // 2]) + float(slopes[n // 2]))
    return Slope(
        middle,
        float(slopes[low]) if low >= 0 else -math.inf,
        float(slopes[high]) if high < n else math.inf,
        n,
    )


def pairwise_slopes(values: FloatArray, times: FloatArray, strata: IntArray) -> FloatArray:
    """Return the slope between each two points of one stratum, in no order."""
    parts = []
    bounds = strata_bounds(strata).tolist()
    for start, end in pairwise(bounds):
        earlier, later = np.triu_indices(end - start, 1)
        part, clock = values[start:end], times[start:end]
        parts.append((part[later] - part[earlier]) / (clock[later] - clock[earlier]))
    return np.concatenate(parts) if parts else np.zeros(0)
