"""How much each point counts: by the spread within its run, as far as the series bears out that it tells something."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.analysis.detection.noisemodel import describe
from perfsite.analysis.detection.quantiles import median
from perfsite.analysis.detection.signal import to_log_scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

FEWEST_KNOWN: Final = 16
"""Points of known standard error below which nothing tells whether they mean anything."""
BETWEEN_SHARES: Final = (3.0, 1.0, 0.3, 0.1, 0.03)
"""Variance between runs as tried, in units of the typical variance within a run, as long as a smaller fits better."""
PRICE: Final = 1.0
"""How much shorter, in units of log n, the telling of the series must become before points count differently."""
MOST_ERROR: Final = 10.0
"""Bound of a standard error in units of the typical one: a point of a larger one weighs next to nothing already."""
MOST_WEIGHT: Final = 6.0
"""Bound of a weight in units of the typical one: no single point makes a level."""


def weigh(values: FloatArray, standard_errors: FloatArray) -> FloatArray | None:
    """Return the weight of each point, shape (n,), mean 1; None where all count the same.

    Parameters
    ----------
    values
        Finite, shape (n,), n >= 2.
    standard_errors
        Of the same unit and shape, from within the runs; NaN, infinite or negative: not known, the typical one then.

    Notes
    -----
    The variance of a point is modelled as that between runs plus k times its own squared standard error, and a point
    weighs the inverse (DerSimonian & Laird 1986, random effects). Both parts are told from the successive differences
    of the values, which a change of level hardly disturbs, by the likelihood of a Student-t: the one scale of the
    differences is fitted, so standard errors that are all wrong by one factor do no harm, and the part between runs
    also shrinks those of few samples towards the typical one (Smyth 2004). Standard errors that do not tell how far
    the values stray, because they are all alike or have nothing to do with it, change nothing.
    """
    known = np.isfinite(standard_errors) & (standard_errors >= 0)
    if np.count_nonzero(known) < FEWEST_KNOWN:
        return None
    with np.errstate(over="ignore"):
        relative = standard_errors / values if values.min() > 0 else standard_errors
        typical = median(relative[known])
        if not 0 < typical < math.inf:
            return None
        within = np.where(known, np.minimum(relative / typical, MOST_ERROR), 1.0) ** 2
    differences = to_log_scale(values)
    differences = differences[1:] - differences[:-1]
    variances = np.ones(len(values))
    of_equals = shortest = _length(differences, variances)
    for between in BETWEEN_SHARES:
        length = _length(differences, between + within)
        if length >= shortest:
            break
        variances, shortest = between + within, length
    if shortest > of_equals - PRICE * math.log(len(values)):
        return None
    weights = 1 / variances
    weights = np.minimum(weights, MOST_WEIGHT * median(weights))
    of_mean_1: FloatArray = weights / weights.mean()
    return of_mean_1


def _length(differences: FloatArray, variances: FloatArray) -> float:
    """Return the description length in nats of successive differences, given the points' variances up to one scale."""
    expected = variances[1:] + variances[:-1]
    return describe(differences * differences / expected)[0] + 0.5 * float(np.log(expected).sum())
