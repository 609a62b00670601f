"""A series made ready for detection: log scale, isolated outliers replaced, sums that make every segment O(1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.detection.quantiles import median, quantile, running_median, windows
from perfsite.analysis.detection.season import without_season

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

OUTLIER_RUN = 3
"""Longest run of points off their level that is still an outlier: a running median of 7 points does not see it."""
OUTLIER_DEVIATIONS = 3.5
"""How many standard deviations from the running median make an outlier."""
SPREAD_PER_MEDIAN = 1.705
"""Standard deviation per median |x - running median of 7|: for normal noise, where the centre's own noise counts."""
COMMON_SHARE = 0.9
"""Excursions more frequent than one in ten are noise (a second mode, heavy tails), not outliers."""
LOCAL_BLOCK = 24
"""Points over which the scale may differ from the whole: a noisy stretch is not a row of outliers."""
VARIANCE_FLOOR = 1e-14
"""Smallest variance of a point on the log scale: a change of 1e-7 is rounding. Keeps all-equal series finite."""


@dataclass(frozen=True, slots=True)
class Signal:
    """A series of n points as detection sees it; arrays of prefix sums have shape (n + 1,).

    `values` are on the log scale (or divided by their typical size where some are not positive), centred, outliers
    replaced. `sums` adds them up, `centred` and `squares` add up the deviations from their mean and their squares,
    `roughness` the clipped squared successive differences. `white` is half the mean squared successive difference:
    the variance of a point if noise is white. `outliers` marks the points that were replaced.

    Where `weights` are known (shape (n,), mean 1), a point counts as so many: sums are of weighted values, `points`
    adds up the weights (0, 1, 2... where none are known), and differences are as of points of weight 1.
    """

    values: FloatArray
    sums: FloatArray
    centred: FloatArray
    squares: FloatArray
    roughness: FloatArray
    white: float
    outliers: NDArray[np.bool_]
    points: FloatArray
    weights: FloatArray | None = None

    def __len__(self) -> int:
        return len(self.values)

    def mean(self, start: int, end: int) -> float:
        """Return the mean of points start..end - 1."""
        return float(self.sums[end] - self.sums[start]) / float(self.points[end] - self.points[start])

    def levels(self, edges: NDArray[np.int64]) -> FloatArray:
        """Return the mean of each segment; `edges` are their bounds, rising from 0 to n."""
        rises, points = self.sums[edges], self.points[edges]
        means: FloatArray = (rises[1:] - rises[:-1]) / (points[1:] - points[:-1])
        return means

    def window_steps(self, width: int) -> FloatArray:
        """Return the mean of `width` points after minus that before each place that has both, shape (n - 2 width + 1,).

        Of weighted points a step is scaled to the noise that points of weight 1 have.
        """
        sums = self.sums
        middle, end = slice(width, len(sums) - width), len(sums) - 2 * width
        if self.weights is None:
            return (sums[2 * width :] - 2 * sums[middle] + sums[:end]) / width
        before, after = self.points[middle] - self.points[:end], self.points[2 * width :] - self.points[middle]
        steps = (sums[2 * width :] - sums[middle]) / after - (sums[middle] - sums[:end]) / before
        steps *= np.sqrt(2 / width / (1 / before + 1 / after))
        return steps

    def differences(self, lag: int) -> FloatArray:
        """Return the distance of each point from the one `lag` before, of the noise that points of weight 1 have."""
        return _differences(self.values, self.weights, lag)

    def level_per_point(self, change_points: list[int]) -> FloatArray:
        """Return the mean of the segment that each point belongs to, shape (n,)."""
        edges = np.array([0, *change_points, len(self.values)])
        return np.repeat(self.levels(edges), edges[1:] - edges[:-1])


def prepare(values: FloatArray, weights: FloatArray | None = None, offsets: FloatArray | None = None) -> Signal:
    """Return the signal of a series of n >= 2 finite values.

    Both of shape (n,): `weights` have mean 1; `offsets`, on the log scale, are taken away.
    """
    x = to_log_scale(values)
    if offsets is not None:
        x -= offsets
    cleaned, outliers = replace_outliers(x)
    calm = without_season(cleaned)
    if calm is not cleaned:
        cleaned, outliers = replace_outliers(x - (cleaned - calm))
    return of_clean(cleaned, outliers, weights)


def of_clean(x: FloatArray, outliers: NDArray[np.bool_], weights: FloatArray | None = None) -> Signal:
    """Return the signal of values that are on the log scale and clean already."""
    mean = x.mean() if weights is None else (weights * x).sum() / weights.sum()
    deviations = x - mean
    steps = _differences(x, weights, 1)
    # A level change makes one step of n - 1 large; clipping at the upper tail takes its weight, 1.06 gives back
    # what clipping takes from normal noise (von Neumann 1941, winsorised). Where nine in ten steps are nothing at all
    # (counters), what isolated points did is cleaned away by now and every step left is a change of level.
    clip = 1.35 * quantile(steps, COMMON_SHARE)
    variogram_at_1 = max(float((np.minimum(steps, clip) ** 2).mean()) * 1.06, 2 * VARIANCE_FLOOR)
    return Signal(
        values=x,
        sums=_prefix(x, weights),
        centred=_prefix(deviations, weights),
        squares=_prefix(deviations * deviations, weights),
        roughness=_prefix(np.minimum(steps, 3 * clip) ** 2),
        white=variogram_at_1 / 2,
        outliers=outliers,
        points=np.arange(len(x) + 1.0) if weights is None else _prefix(weights),
        weights=weights,
    )


def _differences(x: FloatArray, weights: FloatArray | None, lag: int) -> FloatArray:
    distances = np.abs(x[lag:] - x[:-lag])
    if weights is not None:
        distances *= np.sqrt(2 / (1 / weights[lag:] + 1 / weights[:-lag]))
    return distances


def to_log_scale(values: FloatArray) -> FloatArray:
    """Return values on the scale where a relative change is a shift, centred on the median."""
    if values.min() > 0:
        x = np.log(values)
    else:
        # Counters and differences may be zero or negative: a shift is a shift, in units of the typical size.
        largest = float(np.abs(values).max()) or 1.0
        x = values / largest / typical_size(values / largest)
    return x - median(x)


def typical_size(values: FloatArray) -> float:
    """Return the median |value|; the largest where that is 0, and 1 where all are 0. Never below 1e-12 of the largest.

    `values` has shape (n,), n >= 1, finite.
    """
    size = np.abs(values)
    largest, typical = float(size.max()) or 1.0, median(size)
    return max(typical, 1e-12 * largest) if typical > 0 else largest


def replace_outliers(x: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return x with isolated excursions replaced by the local median, and which points they were.

    The limit is the largest of three: a robust multiple of the typical deviation, the deviation that one point in ten
    exceeds, and the same multiple of the deviation typical nearby (Hampel 1974, with a local scale).
    """
    n = len(x)
    centre = running_median(x, OUTLIER_RUN)
    deviations = np.abs(x - centre)
    per_median = OUTLIER_DEVIATIONS * SPREAD_PER_MEDIAN
    limit = max(per_median * median(deviations), 1.3 * quantile(deviations, COMMON_SHARE))
    outliers = deviations > limit
    if n >= 2 * LOCAL_BLOCK and outliers.any():
        step = LOCAL_BLOCK // 2
        blocks = windows(deviations, LOCAL_BLOCK, step).copy()
        blocks.partition(step, axis=1)
        middles = np.arange(len(blocks)) * step + step
        suspects = np.flatnonzero(outliers)
        outliers[suspects] = deviations[suspects] > np.interp(suspects, middles, per_median * blocks[:, step])
    return np.where(outliers, centre, x), outliers


def _prefix(values: FloatArray, weights: FloatArray | None = None) -> FloatArray:
    sums = np.empty(len(values) + 1)
    sums[0] = 0.0
    (values if weights is None else values * weights).cumsum(out=sums[1:])
    return sums
