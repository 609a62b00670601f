"""Two samples, one of each side: how far apart they lie, and how often chance alone would part them so."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

FEWEST = 2
"""Samples on either side below which nothing can be said of their spread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoSamples:
    """What two samples tell: the effect size, how often chance does as much, and how well the log ratio is known.

    `effect` is Cliff's delta in [-1, 1], above 0 where the second sample is larger; `error` the standard error of the
    logarithm of the ratio of their means (NaN where one is not positive), of so many `degrees` of freedom.
    """

    effect: float
    p_value: float
    error: float
    degrees: int


def compare_samples(base: Sequence[float], head: Sequence[float]) -> TwoSamples | None:
    """Return what two samples tell; None where either is too small.

    Parameters
    ----------
    base, head
        Finite values of one unit, in any order.

    Notes
    -----
    The effect is Cliff's delta [1]_: how much more often a value of the second sample exceeds one of the first than
    falls short of it. Its p-value is that of the Mann-Whitney test, which asks the same question and no distribution
    [2]_. The standard error of the ratio follows from those of the means by the delta method, its degrees of freedom
    after Welch [3]_. All of it speaks of these two runs: what runs differ by among themselves is not in it.

    References
    ----------
    .. [1] N. Cliff, Psychological Bulletin 114(3), 1993, 494-509.
    .. [2] H. B. Mann, D. R. Whitney, Ann. Math. Statist. 18(1), 1947, 50-60.
    .. [3] B. L. Welch, Biometrika 34, 1947, 28-35.

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
    difference = np.sign(other[:, None] - one[None, :])
    p_value = 1.0 if not difference.any() else float(mannwhitneyu(other, one, alternative="two-sided").pvalue)
    variances = [_of_mean(one), _of_mean(other)]
    total = sum(variances)
    error = math.sqrt(total) if math.isfinite(total) else math.nan
    return TwoSamples(
        effect=float(difference.mean()), p_value=p_value, error=error, degrees=_degrees(variances, len(one), len(other))
    )


def _of_mean(sample: np.ndarray) -> float:
    """Return the variance of a sample's mean relative to it; NaN where there is no ratio."""
    scale = float(np.abs(sample).max())
    mean = float(sample.mean()) if math.isfinite(scale) else math.nan
    if not mean > 0:
        return math.nan
    return float(np.var(sample / mean, ddof=1)) / len(sample)


def _degrees(variances: Sequence[float], n: int, m: int) -> int:
    """Return Welch's degrees of freedom, rounded down; where neither sample varies, those of the smaller one."""
    total = sum(variances)
    below = variances[0] ** 2 / (n - 1) + variances[1] ** 2 / (m - 1)
    return max(int(total**2 / below), 1) if below > 0 else max(min(n, m) - 1, 1)
