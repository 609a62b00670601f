"""A series made ready for detection: log scale, isolated outliers replaced, sums that make every segment O(1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.detection.quantiles import median, quantile, running_median, windows

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
    """

    values: FloatArray
    sums: FloatArray
    centred: FloatArray
    squares: FloatArray
    roughness: FloatArray
    white: float
    outliers: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.values)

    def mean(self, start: int, end: int) -> float:
        """Return the mean of points start..end - 1."""
        return float(self.sums[end] - self.sums[start]) / (end - start)

    def level_per_point(self, change_points: list[int]) -> FloatArray:
        """Return the mean of the segment that each point belongs to, shape (n,)."""
        edges = np.array([0, *change_points, len(self.values)])
        lengths = edges[1:] - edges[:-1]
        rises = self.sums[edges]
        return np.repeat((rises[1:] - rises[:-1]) / lengths, lengths)


def prepare(values: FloatArray) -> Signal:
    """Return the signal of a series of n >= 2 finite values."""
    x = to_log_scale(values)
    cleaned, outliers = replace_outliers(x)
    return of_clean(cleaned, outliers)


def of_clean(x: FloatArray, outliers: NDArray[np.bool_]) -> Signal:
    """Return the signal of values that are on the log scale and clean already."""
    deviations = x - x.mean()
    steps = np.abs(x[1:] - x[:-1])
    # A level change makes one step of n - 1 large; clipping at the upper tail takes its weight, 1.06 gives back
    # what clipping takes from normal noise (von Neumann 1941, winsorised). Where nine in ten steps are nothing at all
    # (counters), what isolated points did is cleaned away by now and every step left is a change of level.
    clip = 1.35 * quantile(steps, COMMON_SHARE)
    variogram_at_1 = max(float((np.minimum(steps, clip) ** 2).mean()) * 1.06, 2 * VARIANCE_FLOOR)
    return Signal(
        values=x,
        sums=_prefix(x),
        centred=_prefix(deviations),
        squares=_prefix(deviations * deviations),
        roughness=_prefix(np.minimum(steps, 3 * clip) ** 2),
        white=variogram_at_1 / 2,
        outliers=outliers,
    )


def to_log_scale(values: FloatArray) -> FloatArray:
    """Return values on the scale where a relative change is a shift, centred on the median."""
    if values.min() > 0:
        x = np.log(values)
    else:
        # Counters and differences may be zero or negative: a shift is a shift, in units of the typical size.
        size = np.abs(values)
        largest = float(size.max()) or 1.0
        x = values / largest / max(median(size) / largest, 1e-12) if median(size) > 0 else values / largest
    return x - median(x)


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


def _prefix(values: FloatArray) -> FloatArray:
    sums = np.empty(len(values) + 1)
    sums[0] = 0.0
    values.cumsum(out=sums[1:])
    return sums
