"""Warm-up: are the first samples of a run slower than the rest of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.detection.quantiles import NORMAL_MEDIAN, median

if TYPE_CHECKING:
    from collections.abc import Sequence

FEWEST_SAMPLES = 8
DEVIATIONS = 6.0
LEAST = 0.05
MOST_FIRST = 0.2
"""Share of the samples that may be warm-up: more is what the benchmark does."""


def find_warm_up(samples: Sequence[float]) -> float | None:
    """Return how much slower the first samples are than the typical one, a fraction; None where they are not.

    Parameters
    ----------
    samples
        Times in the order they were taken. Sorted ones, as a history keeps of more than a hundred, have no warm-up
        that could be seen, whichever way they were sorted.

    Notes
    -----
    A first sample beyond six robust standard deviations and five percent (Kalibera & Jones 2013 on why the first
    iterations must be looked at and not left out by habit). One run tells of one start only: it is a hint, not a test.

    Examples
    --------
    >>> round(find_warm_up([2.0, 1.02, 1.0, 1.01, 0.99, 1.0, 1.03, 1.0, 0.98]), 2), find_warm_up([1.0] * 20)
    (1.0, None)
    """
    x = np.asarray(samples, dtype=np.float64)
    n = len(x)
    if n < FEWEST_SAMPLES or not np.isfinite(x).all() or x.min() <= 0:
        return None
    steps = np.diff(x)
    if (steps >= 0).all() or (steps <= 0).all():
        return None
    middle = median(x)
    spread = median(np.abs(x - middle)) / NORMAL_MEDIAN
    limit = middle + max(DEVIATIONS * spread, LEAST * middle)
    is_slow = x > limit
    first = int(np.argmin(is_slow))
    if first == 0 or first > max(MOST_FIRST * n, 1) or np.count_nonzero(is_slow[first:]) > 0.05 * n:
        return None
    return float(x[0] / middle - 1)
