"""Is a slope more than noise with memory would wander by itself: a test that holds up to random walks."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.flat import centred, strata_bounds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

BATCHES = 18
"""Batches that a window is cut into: enough to see memory, few enough that each averages what has none."""
FEWEST_BATCHES = 8
CLOSE_TO_WALK = 2.5
"""Memory within so many standard errors (1 / sqrt(n) each) of 1 counts as 1. Perron & Yabu take one; white noise on
top of a walk hides its memory, which three kinds of simulated walks showed to need more."""


def batch_means(
    values: FloatArray, times: FloatArray, strata: IntArray, batches: int = BATCHES
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Return (values, times, strata) of the means of equal batches of consecutive points, none across two strata.

    What a stratum has too few of for another batch is left out at its beginning: the newest points tell more.
    """
    size = max(len(values) // batches, 1)
    if size == 1:
        return values, times, strata
    bounds = strata_bounds(strata)
    starts = np.concatenate(
        [np.arange(end - (end - start) // size * size, end, size) for start, end in pairwise(bounds.tolist())]
    )
    if not len(starts):
        return values[:0], times[:0], strata[:0]
    offsets = starts[:, None] + np.arange(size)[None, :]
    return values[offsets].mean(axis=1), times[offsets].mean(axis=1), strata[starts]


def slope_statistic(values: FloatArray, times: FloatArray, strata: IntArray) -> tuple[float, int]:
    """Return (t, degrees of freedom) of a common slope within strata; (0, 1) where too few points tell.

    Notes
    -----
    The memory is that of the residuals around the slope, with the bias that a trend's estimate gives it taken back
    (Kendall 1954; Marriott & Pope 1954); near 1 it is taken for 1, so that the same t serves stationary noise and
    random walks (Perron & Yabu 2009). Values and times are then differenced by it, and the slope fitted again
    (Cochrane & Orcutt 1949). Batches first (`batch_means`), since white noise on top hides a walk from
    neighbouring points (Bunzel & Vogelsang 2005 on why robust trend tests pay with power).
    """
    x, t = centred(values, strata), centred(times, strata)
    n, groups = len(x), int(strata[-1] != strata[0]) if len(strata) else 0
    if n < FEWEST_BATCHES:
        return 0.0, 1
    together = strata[1:] == strata[:-1]
    groups = n - int(np.count_nonzero(together))
    spread = float(t @ t)
    if n - groups < 4 or spread <= 0:
        return 0.0, 1
    rest = x - float(t @ x) / spread * t
    memory = _memory(rest, together, groups)
    later, earlier = slice(1, None), slice(None, -1)
    dx = (x[later] - memory * x[earlier])[together]
    dt = (t[later] - memory * t[earlier])[together]
    if memory < 1:
        numbers = strata[1:][together]
        dx, dt = centred(dx, numbers), centred(dt, numbers)
    degrees = len(dx) - 1 - (groups if memory < 1 else 0)
    scale = float(dt @ dt)
    if degrees < 3 or scale <= 0:
        return 0.0, 1
    slope = float(dt @ dx) / scale
    left = dx - slope * dt
    error = math.sqrt(float(left @ left) / degrees / scale)
    if error <= 0:
        return (math.copysign(math.inf, slope) if slope else 0.0), degrees
    return slope / error, degrees


def _memory(rest: FloatArray, together: NDArray[np.bool_], groups: int) -> float:
    """Return the lag-1 autocorrelation without its bias, at least 0, and 1 where it cannot be told from 1."""
    n = len(rest)
    power = float(rest @ rest)
    if power <= 0:
        return 0.0
    raw = float((rest[1:] * rest[:-1])[together].sum()) / power * n / max(int(np.count_nonzero(together)), 1)
    length = n / groups
    told = raw + (2 + 4 * max(raw, 0.0)) / length
    if told >= 1 - CLOSE_TO_WALK / math.sqrt(n):
        return 1.0
    return max(told, 0.0)
