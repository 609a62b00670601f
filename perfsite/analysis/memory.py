"""Memory of noise: runs in succession resemble one another, and a short series shows less of its noise than there is.

All of it for noise whose correlation fades as memory^lag (AR(1)), the least that has memory at all.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

USUAL_MEMORY: Final = 0.25
"""Correlation of neighbouring runs where nothing is known: so it is in the real histories the tests are fed with."""
PRIOR_RUNS: Final = 24
"""Weight, in runs, of the usual memory against the one a series shows."""
MOST_MEMORY: Final = 0.9


def measure_memory(deviations: FloatArray, edges: IntArray, told: int) -> float:
    """Return the correlation of neighbouring deviations, in [0, MOST_MEMORY], drawn towards the usual one.

    Parameters
    ----------
    deviations
        Distances from the levels, shape (n,); clipped ones, so that single runs do not decide.
    edges
        Bounds of the segments, rising from 0 to n.
    told
        How many of the points, oldest first, testify.

    Notes
    -----
    The lag-one autocorrelation, pairs across a change left out. Around an estimated mean it comes out too low by
    (1 + 3 rho) / L in a segment of L points [1]_, which is undone.

    References
    ----------
    .. [1] F. H. C. Marriott, J. A. Pope, Biometrika 41, 1954, 390-402.
    """
    x = deviations[:told]
    power = float(x @ x)
    if told < 3 or power <= 0:
        return USUAL_MEMORY if told < 3 else 0.0
    products = x[1:] * x[:-1]
    cuts = edges[1:-1] - 1
    shared = float(products.sum() - products[cuts[cuts < len(products)]].sum())
    length = told / (len(edges) - 1)
    pairs = max(told - len(edges) + 1, 1)
    seen = shared / power * told / pairs
    unbiased = min(max((seen * length + 1) / max(length - 3, 1), -1.0), 1.0)
    drawn = (told * unbiased + PRIOR_RUNS * USUAL_MEMORY) / (told + PRIOR_RUNS)
    return min(max(drawn, 0.0), MOST_MEMORY)


def variance_of_mean(points: IntArray, memory: float) -> FloatArray:
    """Return the variance of the mean of so many consecutive runs, in units of that of one; any shape, points >= 1.

    Examples
    --------
    >>> variance_of_mean(np.array([1, 4]), 0.0).tolist()
    [1.0, 0.25]
    """
    n = np.maximum(points, 1).astype(np.float64)
    forgotten = 2 * memory * (1 - memory**n) / (n * (1 - memory) ** 2)
    variance: FloatArray = ((1 + memory) / (1 - memory) - forgotten) / n
    return variance


def shrunken_variance(length: float, memory: float) -> float:
    """Return by what the variance around the mean of `length` runs must be multiplied to be that of all noise."""
    seen = 1 - float(variance_of_mean(np.array([max(int(length), 2)]), memory)[0])
    return max((1 - 1 / max(length, 2)) / max(seen, 0.05), 1.0)


def effective_degrees(told: int, memory: float, segments: int) -> int:
    """Return the degrees of freedom of a variance from so many runs around so many levels (Bayley & Hammersley 1946).

    Examples
    --------
    >>> effective_degrees(31, 0.0, 1), effective_degrees(31, 0.6, 1)
    (30, 14)
    """
    return max(math.ceil(told * (1 - memory**2) / (1 + memory**2)) - segments, 1)
