"""Probabilities that tests need, in closed form, and what many tests at once make of them.

`scipy.stats` gives the same numbers (the tests hold these against it), but importing it costs a tenth of a build.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_NORMAL = NormalDist()


def two_sided_normal(z: float) -> float:
    """Return the probability that a standard normal variable is as far from zero as `z`; NaN: 1.

    Examples
    --------
    >>> round(two_sided_normal(1.96), 3), two_sided_normal(math.nan)
    (0.05, 1.0)
    """
    return 1.0 if math.isnan(z) else math.erfc(abs(z) / math.sqrt(2))


def upper_f(statistic: float, numerator: int, denominator: float) -> float:
    """Return the probability that Fisher's F is at least `statistic`; NaN: 1.

    Parameters
    ----------
    numerator
        Degrees of freedom, even and >= 2: only then is the sum finite.
    denominator
        Degrees of freedom, > 0.

    Notes
    -----
    Abramowitz & Stegun 1964, 26.6.4.

    Examples
    --------
    >>> round(upper_f(3.0, 2, 30), 4), upper_f(math.inf, 4, 9)
    (0.0649, 0.0)
    """
    if numerator < 2 or numerator % 2 or denominator <= 0:
        raise ValueError(f"degrees of freedom must be even, and above 0: {numerator}, {denominator}")
    if math.isnan(statistic) or statistic <= 0:
        return 1.0
    if math.isinf(statistic):
        return 0.0
    share = denominator / (denominator + numerator * statistic)
    term = total = 1.0
    for k in range(1, numerator // 2):
        term *= (denominator / 2 + k - 1) / k * (1 - share)
        total += term
    return min(1.0, math.pow(share, denominator / 2) * total)


def upper_binomial(successes: int, trials: int, chance: float) -> float:
    """Return the probability of at least so many successes in so many trials of one chance in (0, 1).

    Examples
    --------
    >>> round(upper_binomial(2, 3, 0.5), 3), upper_binomial(0, 0, 0.5)
    (0.5, 1.0)
    """
    if successes <= 0:
        return 1.0
    odds = math.log(chance) - math.log1p(-chance)
    log_term = math.lgamma(trials + 1) + trials * math.log1p(-chance)
    terms = (
        log_term - math.lgamma(k + 1) - math.lgamma(trials - k + 1) + k * odds for k in range(successes, trials + 1)
    )
    return min(1.0, math.fsum(math.exp(term) for term in terms))


def normal_scores(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the normal quantile of each value's rank (van der Waerden 1952): tails of any weight become normal.

    Ties share the mean of their ranks.
    """
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    twice_ranks = 2 * np.cumsum(counts) - counts + 1
    scores: NDArray[np.float64] = _quantiles(len(values))[twice_ranks][place]
    return scores


@lru_cache(maxsize=256)
def _quantiles(n: int) -> NDArray[np.float64]:
    """Return the normal quantile of every half rank k / 2 of n values, by k; nothing stands at k below 2."""
    table = np.array([_NORMAL.inv_cdf(max(k, 2) / 2 / (n + 1)) for k in range(2 * n + 1)])
    table.flags.writeable = False
    return table


def discoveries(chances: Sequence[float], share: float) -> tuple[bool, ...]:
    """Return which of many findings stand when at most `share` of those that stand may be false on average.

    Parameters
    ----------
    chances
        p of each test, in [0, 1]; those of tests that cannot stand in any case may be 1.
    share
        In (0, 1).

    Notes
    -----
    Benjamini & Hochberg 1995, which holds for the positively dependent series of one machine too (Benjamini &
    Yekutieli 2001).

    Examples
    --------
    >>> discoveries([0.001, 0.04, 0.03, 0.9], 0.05), discoveries([], 0.05)
    ((True, False, False, False), ())
    """
    m = len(chances)
    ordered = sorted(chances)
    limit = max((p for rank, p in enumerate(ordered, start=1) if p <= share * rank / m), default=-1.0)
    return tuple(p <= limit for p in chances)
