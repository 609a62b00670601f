"""Whether the runs of a series began to scatter more around a middle that stayed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.analysis.detection.quantiles import NORMAL_MEDIAN, median

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.model.findings import Judgement
    from perfsite.model.series import Series

    FloatArray = NDArray[np.float64]

REACH: Final = 300
"""Points, newest first, that are looked at."""
LEAST_POINTS: Final = 12
"""Points that each side must have."""
WIDER: Final = 2.0
LEAST_SCATTER: Final = 0.01
SURE_Z: Final = 5.0
"""Standard errors that are asked for: hundreds of places are tried."""


@dataclass(frozen=True, slots=True)
class Scatter:
    """From which point on the runs scatter more: standard deviations before and after as fractions of the level.

    `middle` is the median since then (base unit), `z` how clearly it differs, in standard errors.
    """

    start: int
    middle: float
    before: float
    after: float
    z: float


def scatter_of(series: Series, judgement: Judgement) -> Scatter | None:
    """Return since when a series scatters at least twice as much around the same middle; None where it does not.

    Notes
    -----
    The deviations from their level, in absolute value, are cut in two at every place and the halves compared by the t
    of their roots, which are nearly normal: Brown and Forsythe's test [1]_ with the place unknown. What neighbouring
    runs have in common widens the error (the autocorrelation at lag one).

    References
    ----------
    .. [1] M. B. Brown, A. B. Forsythe, J. Am. Stat. Assoc. 69(346), 1974, 364-367.
    """
    first = max(len(series) - REACH, 0)
    values, levels = series.values[first:], judgement.levels[first:]
    if len(values) < 3 * LEAST_POINTS or not bool((levels > 0).all()):
        return None
    off = np.abs(values / levels - 1)
    cut, z = _split(np.sqrt(off))
    if z < SURE_Z:
        return None
    before, after = median(off[:cut]) / NORMAL_MEDIAN, median(off[cut:]) / NORMAL_MEDIAN
    if before <= 0 or after < max(WIDER * before, LEAST_SCATTER):
        return None
    middle = median(values[cut:])
    moved = abs(middle / median(values[:cut]) - 1)
    return Scatter(first + cut, middle, before, after, z) if moved <= max(0.02, before) else None


def _split(sizes: FloatArray) -> tuple[int, float]:
    """Return where the mean of the numbers rises most clearly, and by how many standard errors."""
    m = len(sizes)
    cuts = np.arange(LEAST_POINTS, m - LEAST_POINTS + 1)
    sums, squares = np.cumsum(sizes), np.cumsum(sizes**2)
    first, second = sums[cuts - 1] / cuts, (sums[-1] - sums[cuts - 1]) / (m - cuts)
    within = squares[-1] - cuts * first**2 - (m - cuts) * second**2
    variance = np.maximum(within, 1e-30) / (m - 2)
    z = (second - first) / np.sqrt(variance * (1 / cuts + 1 / (m - cuts)))
    best = int(z.argmax())
    cut = int(cuts[best])
    rest = sizes - np.where(np.arange(m) < cut, first[best], second[best])
    shared = float((rest[1:] * rest[:-1]).sum() / max(float((rest**2).sum()), 1e-30))
    shared = min(max(shared, 0.0), 0.9)
    return cut, float(z[best]) * ((1 - shared) / (1 + shared)) ** 0.5
