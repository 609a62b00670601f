"""Two samples, one of each side: how far apart they lie, and how often chance alone would part them so."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.analysis.memory import MOST_MEMORY, shrunken_variance, variance_of_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

FEWEST: Final = 2
"""Samples on either side below which nothing can be said of their spread."""
FEWEST_WITH_MEMORY: Final = 8
"""Samples on either side below which nothing can be said of how alike neighbours are."""
_OF_MEDIAN: Final = math.sqrt(math.pi / 2)
"""Standard error of the median of normal noise, in those of its mean."""
_SMALLEST_MEDIAN: Final = 1e-100
"""As a fraction of the largest value: below it a median is 0 for all that the others tell, and squares overflow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoSamples:
    """What two samples tell: the effect size, how often chance does as much, and how well the log ratio is known.

    `effect` is Cliff's delta in [-1, 1], above 0 where the second sample is larger; `error` the standard error of the
    logarithm of the ratio of their centres (NaN where one is not positive), of so many `degrees` of freedom.
    """

    effect: float
    p_value: float
    error: float
    degrees: int


def compare_samples(base: Sequence[float], head: Sequence[float], *, medians: bool = False) -> TwoSamples | None:
    """Return what two samples tell; None where either is too small.

    Parameters
    ----------
    base, head
        Finite values of one unit, as they were taken; sorted ones do not show how alike neighbours are.
    medians
        Whether their centres are medians, and not means.

    Notes
    -----
    The effect is Cliff's delta [1]_: how much more often a value of the second sample exceeds one of the first than
    falls short of it. Its p-value is that of the Mann-Whitney test, which asks the same question and no distribution
    [2]_. The standard error of the ratio follows from those of the means by the delta method, or from those of the
    medians by order statistics [4]_; its degrees of freedom after Welch [3]_. Samples that resemble their neighbours
    tell less than their number says, which widens it. All of it speaks of these two runs: what runs differ by among
    themselves is not in it.

    References
    ----------
    .. [1] N. Cliff, Psychological Bulletin 114(3), 1993, 494-509.
    .. [2] H. B. Mann, D. R. Whitney, Ann. Math. Statist. 18(1), 1947, 50-60.
    .. [3] B. L. Welch, Biometrika 34, 1947, 28-35.
    .. [4] R. M. Price, D. G. Bonett, J. Statist. Comput. Simul. 68(3), 2001, 295-305.

    Examples
    --------
    >>> told = compare_samples([1.0, 1.1, 1.2, 1.3], [2.0, 2.1, 2.2, 2.3])
    >>> told.effect, round(told.p_value, 3)
    (1.0, 0.029)
    """
    if min(len(base), len(head)) < FEWEST:
        return None
    from scipy.stats import mannwhitneyu

    one, other = np.asarray(base, np.float64), np.asarray(head, np.float64)
    pairs, is_flat = len(one) * len(other), one.min() == one.max() == other.min() == other.max()
    rank = None if is_flat else mannwhitneyu(other, one, alternative="two-sided")
    shapes = [sample / (float(np.abs(sample).max()) or 1.0) for sample in (one, other)]
    memory = _memory(shapes)
    variance_of = _of_median if medians else _of_mean
    variances = [variance_of(shape) * _inflation(len(shape), memory) for shape in shapes]
    total = sum(variances)
    error = math.sqrt(total) if math.isfinite(total) else math.nan
    degrees = _degrees(variances, len(one), len(other)) * (1 - memory**2) / (1 + memory**2)
    return TwoSamples(
        # From the ranks, since a table of all pairs of two long samples does not fit into memory.
        effect=0.0 if rank is None else (2 * float(rank.statistic) - pairs) / pairs,
        p_value=1.0 if rank is None else float(rank.pvalue),
        error=error,
        degrees=max(int(degrees), 1),
    )


def _of_mean(sample: FloatArray) -> float:
    """Return the variance of a sample's mean relative to it; NaN where there is no ratio."""
    mean = float(sample.mean())
    if not mean > 0:
        return math.nan
    return float(np.var(sample / mean, ddof=1)) / len(sample)


def _of_median(sample: FloatArray) -> float:
    """Return the variance of a sample's median relative to it; NaN where there is no ratio.

    Two values about as far from the median as its error, whose distance says how long that is. Where many values are
    equal it may be none; then it is what normal noise would have.
    """
    n, middle = len(sample), float(np.median(sample))
    if not middle > max(_SMALLEST_MEDIAN * float(sample.max()), 0.0):
        return math.nan
    at = max(round((n + 1) / 2 - math.sqrt(n)), 1)
    ordered = np.sort(sample) / middle
    apart = float(ordered[n - at] - ordered[at - 1]) / (2 * NormalDist().inv_cdf(1 - _beyond(n, at)))
    return apart**2 or float(np.var(ordered, ddof=1)) * _OF_MEDIAN**2 / n


def _beyond(n: int, at: int) -> float:
    """Return how often fewer than `at` of n values lie below the median."""
    ways = total = 1
    for i in range(1, at):
        ways = ways * (n - i + 1) // i
        total += ways
    return total / (1 << n)


def _memory(samples: Sequence[FloatArray]) -> float:
    """Return the correlation of neighbours, in [0, MOST_MEMORY], as both samples show it; 0 where they do not.

    Around its own mean a sample shows too little of it (Marriott & Pope 1954).
    """
    if min(map(len, samples)) < FEWEST_WITH_MEMORY:
        return 0.0
    shown = []
    for sample in samples:
        steps = np.diff(sample)
        apart = sample - sample.mean()
        power = float(apart @ apart)
        if power == 0 or steps.min() >= 0 or steps.max() <= 0:
            continue
        n = len(sample)
        shown.append(min((float(apart[1:] @ apart[:-1]) / power * n + 1) / (n - 3), 1.0))
    return min(max(math.fsum(shown) / len(shown), 0.0), MOST_MEMORY) if shown else 0.0


def _inflation(n: int, memory: float) -> float:
    """Return by what the variance of a centre must be multiplied where neighbours are alike."""
    return float(variance_of_mean(np.array([n]), memory)[0]) * n * shrunken_variance(n, memory) if memory else 1.0


def _degrees(variances: Sequence[float], n: int, m: int) -> int:
    """Return Welch's degrees of freedom, rounded down; where neither sample varies, those of the smaller one."""
    total = sum(variances)
    below = variances[0] ** 2 / (n - 1) + variances[1] ** 2 / (m - 1)
    return max(int(total**2 / below), 1) if below > 0 else max(min(n, m) - 1, 1)
