"""Two modes or one: the dip test, asked where the best split in two is better than one mode's would be."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

LEAST_SHARE = 0.1
"""Share of the points that the smaller mode must have: fewer are outliers."""
SUSPICIOUS_SPLIT = 1.2
"""How much better than that of normal noise the best split must be before the dip is computed."""
THINNING_ROUNDS: Final = 3
_CHANCES: Final = (0.5, 0.1, 0.05, 0.01, 0.001, 0.0002)
_DIPS: Final = {
    20: (0.3279, 0.4330, 0.4693, 0.5364, 0.6146, 0.6697),
    30: (0.3372, 0.4481, 0.4841, 0.5556, 0.6338, 0.6879),
    50: (0.3450, 0.4589, 0.4972, 0.5676, 0.6458, 0.6815),
    100: (0.3532, 0.4699, 0.5085, 0.5906, 0.6865, 0.7284),
    200: (0.3623, 0.4801, 0.5197, 0.6066, 0.7060, 0.7410),
}
"""By n, the root of n times the dip of uniform samples that is exceeded with each of these chances: 10,000 and more
simulated samples each. Uniform noise has the largest dips of all noise with one mode."""


def best_split(ordered: FloatArray) -> tuple[int, float]:
    """Return (how many lie below, evidence) of the split of sorted values that explains most of their variance.

    The evidence is the explained share over that of normal noise split at the same place: 1 for normal noise, 1.18
    for uniform, more for two modes; 0 where fewer than ten values, or all equal.

    Notes
    -----
    Engelman & Hartigan 1969 split by the ratio between to within; a normal density phi split with a share p below
    explains phi(z_p)^2 / (p (1 - p)).
    """
    n = len(ordered)
    margin = max(math.ceil(LEAST_SHARE * n), 2)
    if n < 10:
        return n // 2, 0.0
    centred = ordered - ordered.mean()
    total = float(centred @ centred)
    if total <= 0:
        return n // 2, 0.0
    sums = np.cumsum(centred)[:-1]
    below = np.arange(1, n)
    explained = sums * sums * (1 / below + 1 / (n - below)) / total
    evidence = (explained / _normal_split(n))[margin - 1 : n - margin]
    at = int(evidence.argmax())
    return at + margin, float(evidence[at])


@lru_cache(maxsize=256)
def _normal_split(n: int) -> FloatArray:
    normal = NormalDist()
    shares = [k / n for k in range(1, n)]
    return np.array([normal.pdf(normal.inv_cdf(p)) ** 2 / (p * (1 - p)) for p in shares])


def bound_of_dip(ordered: FloatArray) -> float:
    """Return a number that the dip of n >= 1 sorted values does not exceed, for a tenth of what the dip costs.

    The dip is the distance to the nearest distribution with one mode, so that the distance to any such distribution
    bounds it: a logistic and a Laplace one with the sample's median and quartiles.
    """
    n = len(ordered)
    middle, quartile = float(ordered[n // 2]), float(ordered[(3 * n) // 4] - ordered[n // 4]) / 2
    if quartile <= 0:
        return 0.5
    x = np.clip((ordered - middle) / quartile, -200.0, 200.0)
    logistic = 1 / (1 + np.exp(-math.log(3) * x))
    tail = 0.5 * np.exp(-math.log(2) * np.abs(x))
    laplace = np.where(x < 0, tail, 1 - tail)
    above = np.arange(1, n + 1) / n
    distances = [float(np.maximum(above - one, one - above + 1 / n).max()) for one in (logistic, laplace)]
    return min(*distances, 0.5)


def dip_of(ordered: FloatArray, least: float = 0.0, most: float = 0.5) -> float:
    """Return the dip of sorted values: how far their distribution is from the nearest one with a single mode.

    Parameters
    ----------
    ordered
        Shape (n,), n >= 1, rising; equal values are allowed.
    least, most
        A dip that is known to be below `least` or above `most` need not be known exactly: then any number on that side.

    Notes
    -----
    Hartigan & Hartigan 1985: the largest distance between the empirical distribution and its greatest convex
    minorant before, and least concave majorant after, the interval that the mode must lie in; halved.
    """
    n = len(ordered)
    places, counts = np.unique(ordered, return_counts=True)
    jumps = counts / n
    upper = np.cumsum(jumps)
    dip, low, high = 0.0, 0, len(places) - 1
    while high > low:
        x, above, below = places[low : high + 1], upper[low : high + 1], (upper - jumps)[low : high + 1]
        minorant, minor_touches = _minorant(x, below)
        rest, major_touches = _minorant(x, -above)
        majorant = -rest
        gap = majorant - minorant
        of_minor, of_major = gap[minor_touches], gap[major_touches]
        if float(of_major.max()) > float(of_minor.max()):
            distance = float(of_major.max())
            right = int(major_touches[np.flatnonzero(of_major == distance)[-1]])
            left = int(minor_touches[minor_touches <= right][-1])
        else:
            distance = float(of_minor.max())
            left = int(minor_touches[np.flatnonzero(of_minor == distance)[0]])
            right = int(major_touches[major_touches >= left][0])
        if distance <= dip:
            break
        if distance < 2 * least or dip > 2 * most:
            return max(distance, dip) / 2
        before = float(np.abs(minorant[: left + 1] - above[: left + 1]).max())
        after = float(np.abs(majorant[right:] - below[right:]).max())
        dip = max(dip, before, after)
        if (left, right) == (0, high - low):
            break
        low, high = low + left, low + right
    return dip / 2


def telling_dips(n: int, chance: float) -> tuple[float, float]:
    """Return the dips of n >= 20 values between which their chance must be known: one of `chance`, and the largest."""
    limits = _limits(min(n, max(_DIPS)))
    return limits[_CHANCES.index(chance)] / math.sqrt(n), limits[-1] / math.sqrt(n)


def chance_of_dip(dip: float, n: int) -> float:
    """Return the probability of a dip as large from n values with one mode, at least 0.0002; 1 where n < 20.

    Examples
    --------
    >>> round(chance_of_dip(0.06, 100), 3), round(chance_of_dip(0.2, 100), 4), chance_of_dip(0.2, 8)
    (0.008, 0.0002, 1.0)
    """
    if n < min(_DIPS):
        return 1.0
    limits = _limits(min(n, max(_DIPS)))
    reached = math.sqrt(n) * dip
    if reached < limits[0]:
        return 1.0
    return math.exp(float(np.interp(reached, limits, np.log(_CHANCES))))


@lru_cache(maxsize=256)
def _limits(n: int) -> tuple[float, ...]:
    """Return the root of n times the dip that is exceeded with each of `_CHANCES`, between the sizes simulated."""
    sizes = sorted(_DIPS)
    columns = zip(*(_DIPS[size] for size in sizes), strict=True)
    return tuple(float(np.interp(math.log(n), np.log(sizes), column)) for column in columns)


def _minorant(x: FloatArray, y: FloatArray) -> tuple[FloatArray, NDArray[np.int64]]:
    """Return the greatest convex minorant of points with rising x at each x, and where it touches them."""
    # A point above the chord of its neighbours touches nothing: three rounds leave a fifth to go through one by one.
    left = np.arange(len(x))
    for _ in range(THINNING_ROUNDS):
        if len(left) < 16:
            break
        steps_x, steps_y = np.diff(x[left]), np.diff(y[left])
        bent = steps_y[:-1] * steps_x[1:] < steps_y[1:] * steps_x[:-1]
        left = left[np.concatenate([[True], bent, [True]])]
    xs, ys = x[left].tolist(), y[left].tolist()
    hull: list[int] = []
    for i in range(len(xs)):
        while len(hull) > 1:
            a, b = hull[-2], hull[-1]
            if (ys[b] - ys[a]) * (xs[i] - xs[b]) < (ys[i] - ys[b]) * (xs[b] - xs[a]):
                break
            hull.pop()
        hull.append(i)
    touches = left[hull]
    return np.interp(x, x[touches], y[touches]), touches
