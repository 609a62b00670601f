"""The geometric mean of ratios with its interval: by how much benchmarks like these became faster or slower."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.analysis.student import interval_factor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

ALPHA: Final = 0.05
_NORMAL: Final = 1.959964
MOST_TOGETHER: Final = 0.95
SHOWN: Final = 0.0005
"""Deltas closer to zero are shown as 0.0 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GeometricMean:
    """The geometric mean of `count` ratios as a delta (0.03: 3 % more) with its 95 % interval.

    `lower`, `upper` are NaN where nothing tells how far the mean may be off: one ratio of unknown noise, or none.
    """

    delta: float
    lower: float
    upper: float
    count: int

    @property
    def is_told(self) -> bool:
        """Whether the interval is known and leaves out "no difference", not by less than is ever shown."""
        return self.lower >= SHOWN or self.upper <= -SHOWN


def geometric_mean(logs: FloatArray, errors: FloatArray, together: float = 0.0) -> GeometricMean:
    """Return the geometric mean of ratios with its interval.

    Parameters
    ----------
    logs
        Natural logarithms of the ratios new / old, finite, shape (k,), one for each benchmark.
    errors
        Standard error of each from the noise of its runs, shape (k,); NaN: not known.
    together
        Correlation of the noise of two benchmarks of one run, 0..1: a busy machine slows all of a run.

    Notes
    -----
    The geometric mean is the one mean of ratios that does not depend on which of the two is called the base [1]_. The
    interval answers what a further benchmark like these would on average show, so it holds both the spread between
    benchmarks and what their own noise adds. On logarithms its half width is the root of the sum of two squares:

    - what benchmarks do not share: Student's t over s / sqrt(k), where s is the spread of the logarithms, which the
      noise of each is a part of; never less than the noise itself allows (equal ratios of noisy runs are an accident);
    - what they share: the noise that all of a run have in common does not become less by more benchmarks.

    A single ratio has its own noise only. Where the noise of some is not known, it counts as that of the others.

    References
    ----------
    .. [1] P. J. Fleming, J. J. Wallace, How not to lie with statistics: the correct way to summarize benchmark
       results, Commun. ACM 29(3), 1986, 218-221.

    Examples
    --------
    >>> mean = geometric_mean(np.log([1.1, 1.2, 1.3]), np.full(3, np.nan))
    >>> f"{mean.delta:.4f} {mean.lower:.4f} {mean.upper:.4f}"
    '0.1972 -0.0272 0.4734'
    """
    return geometric_means(logs, errors, np.zeros(len(logs), np.int64), np.array([together]))[0]


def geometric_means(
    logs: FloatArray, errors: FloatArray, groups: NDArray[np.int64], together: FloatArray
) -> list[GeometricMean]:
    """Return the geometric means of several groups of ratios at once, as `geometric_mean` has them.

    Parameters
    ----------
    logs, errors
        As there, of all groups, shape (k,).
    groups
        The group of each, 0 to g - 1, shape (k,).
    together
        As there, of each group, shape (g,).
    """
    g = len(together)
    counts = np.bincount(groups, minlength=g)
    is_known = np.isfinite(errors)
    known = np.bincount(groups[is_known], minlength=g)
    with np.errstate(divide="ignore", invalid="ignore"):
        centres = np.bincount(groups, weights=logs, minlength=g) / counts
        spreads = np.sqrt(np.bincount(groups, weights=(logs - centres[groups]) ** 2, minlength=g) / (counts - 1))
        powers = np.bincount(groups[is_known], weights=errors[is_known] ** 2, minlength=g) / known
        typical = np.bincount(groups[is_known], weights=errors[is_known], minlength=g) / known
        factors = np.array([interval_factor(ALPHA, max(k - 1, 1)) for k in counts.tolist()])
        share = np.clip(together, 0.0, MOST_TOGETHER)
        apart = np.fmax(factors * spreads / np.sqrt(counts), _NORMAL * np.sqrt((1 - share) * powers / counts))
        shared = np.where(known > 0, _NORMAL * np.sqrt(share) * typical, 0.0)
        halves = np.where(counts == 1, _NORMAL * np.sqrt(powers), np.hypot(apart, shared))
    return [
        GeometricMean(delta=_delta(centre), lower=_delta(centre - half), upper=_delta(centre + half), count=k)
        for centre, half, k in zip(centres.tolist(), halves.tolist(), counts.tolist(), strict=True)
    ]


def _delta(log: float) -> float:
    """Return a log ratio as a delta; one beyond all numbers as infinite."""
    return math.expm1(log) if not log > 700 else math.inf  # where exp ends


def common_shares(
    scores: FloatArray, families: NDArray[np.int64], commits: NDArray[np.int64], count: int
) -> FloatArray:
    """Return how alike the noise of the series of one run is: the mean correlation of two of them, 0..0.95.

    Parameters
    ----------
    scores
        Distances from the levels in standard deviations of each series, shape (m,), finite, all series together.
    families
        The family of each, 0 to `count` - 1, shape (m,): only series of one family are paired.
    commits
        The run of each, a whole number from 0, shape (m,).
    count
        How many families there are; the answer has shape (count,), 0 where no two series share a run.

    Notes
    -----
    The products of all pairs within a run, summed over the runs, over the number of pairs and the mean square.

    Examples
    --------
    >>> alike, one = np.array([1.0, 1.0, -1.0, -1.0]), np.zeros(4, np.int64)
    >>> common_shares(alike, one, np.array([0, 0, 1, 1]), 1).tolist()
    [0.95]
    >>> common_shares(alike, one, np.array([0, 1, 1, 0]), 1).tolist()
    [0.0]
    """
    clipped = np.clip(scores, -4, 4)
    span = int(commits.max(initial=0)) + 1
    key = families * span + commits
    size = count * span
    counts = np.bincount(key, minlength=size).reshape(count, span)
    sums = np.bincount(key, weights=clipped, minlength=size).reshape(count, span)
    squares = np.bincount(families, weights=clipped * clipped, minlength=count)
    pairs = (counts * (counts - 1.0)).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        shared = ((sums * sums).sum(axis=1) - squares) / pairs / (squares / counts.sum(axis=1))
    shares: FloatArray = np.clip(np.nan_to_num(shared, nan=0.0, posinf=0.0, neginf=0.0), 0.0, MOST_TOGETHER)
    return shares
