"""Noise that follows its time: what the last 30 days say of it, against what the whole series does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.analysis.noise import Noise

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

RECENT_S: Final = 30 * 86_400.0
"""Seconds before a point in which the noise is that of its time."""
RECENT_POINTS: Final = 30
"""So many points instead where it is not known when they were run."""
PRIOR_RUNS: Final = 12
"""Weight, in runs, of the whole series' noise against that of the last 30 days."""


CLIP_DEVIATIONS: Final = 4.0
"""Deviations beyond so many standard deviations count as so many: outliers do not make noise."""


def follow_time(noise: Noise, times: FloatArray) -> Noise:
    """Return the noise that a single run at each point is judged by: that of its last 30 days, where they tell.

    What is known of levels stays with the noise as it was; `times` are those of the points, shape (n,), in seconds.
    The degrees of freedom are those of the newest point's estimate (Satterthwaite 1946), never more than before.
    """
    size = np.abs(noise.deviations)
    squares = np.minimum(size, max(CLIP_DEVIATIONS * noise.single, noise.common)) ** 2
    told = len(squares) - noise.on_trial
    squares[told:] = np.nan
    local, weight = adapted_deviations(squares, noise.local, times)
    degrees = int(weight**2 / (PRIOR_RUNS**2 / noise.degrees + weight - PRIOR_RUNS))
    return replace(noise, local=local, degrees=max(min(noise.degrees, degrees), 1))


def recent_starts(times: FloatArray) -> IntArray:
    """Return where the recent past of each point begins, shape (n,): it ends before the point itself.

    Parameters
    ----------
    times
        Seconds, shape (n,), in the order of commits; where one is NaN, points are counted instead. A point that was
        run later than one after it (a backfill) counts as run with it.
    """
    n = len(times)
    if n == 0 or bool(np.isnan(times).any()):
        return np.maximum(np.arange(n) - RECENT_POINTS, 0)
    latest = np.maximum.accumulate(times)
    starts: IntArray = np.searchsorted(latest, latest - RECENT_S)
    return np.minimum(starts, np.arange(n))


def adapted_deviations(squares: FloatArray, prior: FloatArray, times: FloatArray) -> tuple[FloatArray, int]:
    """Return (deviations, weight): the noise of a single run at each point, and how many runs told the newest one.

    Parameters
    ----------
    squares
        Squared deviations from the levels, shape (n,), clipped so that outliers do not make noise; NaN for points
        that may not testify: the newest ones that are on trial.
    prior
        The noise that the whole series shows at each point (a standard deviation, shape (n,)).
    times
        When the points were run, in seconds, shape (n,); NaN where not known.

    Returns
    -------
    tuple
        Standard deviations of shape (n,) in the unit of `prior`, and the weight of what stands behind the newest, in
        runs: the prior's and that of each recent point.

    Notes
    -----
    An empirical Bayes estimate of a variance: the mean of the recent squares, and of the prior's as if it had been
    seen `PRIOR_RUNS` times (the scaled inverse chi-squared prior [1]_, section 2.6). With no recent point it is the
    prior, with many their own mean: a machine that becomes noisier raises the threshold within weeks, and lowers it
    again when it calms down. A point's own deviation is no part of what it is judged by.

    References
    ----------
    .. [1] A. Gelman et al., Bayesian Data Analysis, 3rd ed., 2013.

    Examples
    --------
    >>> adapted_deviations(np.full(60, 4.0), np.ones(60), np.full(60, np.nan))[0].round(2)[[0, 1, 59]].tolist()
    [1.0, 1.11, 1.77]
    """
    n = len(squares)
    testifies = ~np.isnan(squares)
    sums, counts = np.zeros(n + 1), np.zeros(n + 1)
    np.cumsum(np.where(testifies, squares, 0.0), out=sums[1:])
    np.cumsum(testifies, out=counts[1:])
    starts, ends = recent_starts(times), np.arange(n)
    recent = counts[ends] - counts[starts]
    # Differences of sums may fall below zero by rounding.
    seen = np.maximum(sums[ends] - sums[starts], 0.0)
    variances = (PRIOR_RUNS * prior**2 + seen) / (PRIOR_RUNS + recent)
    return np.sqrt(variances), PRIOR_RUNS + (int(recent[-1]) if n else 0)
