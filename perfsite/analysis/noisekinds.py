"""What noise is made of: two modes, levels that flap, memory, long tails, coarse values."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.chance import two_sided_normal
from perfsite.analysis.detection.quantiles import NORMAL_MEDIAN, median, quantile
from perfsite.analysis.dip import SUSPICIOUS_SPLIT, best_split, bound_of_dip, chance_of_dip, dip_of, telling_dips
from perfsite.analysis.flat import strata_bounds
from perfsite.model.quality import Flapping, Modes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from perfsite.analysis.flat import Flat
    from perfsite.model.findings import ChangePoint

    FloatArray = NDArray[np.float64]

MODES_CHANCE = 0.001
"""p of two modes at most: of a thousand series with one mode, one may seem to have two."""
FEWEST_FOR_MODES = 30
FEWEST_RETURNS = 3
RETURN_SHARE = 0.4
"""A level that is nearer to the one before last than this share of the step between is that one again."""
NORMAL_TAIL = 1.959963984540054 / NORMAL_MEDIAN
"""The deviation that 95 % of normal noise stays within, over the one that half of it does."""
LONG_TAIL = 1.7
"""Tails so many times as long as normal ones are long: Student's t with three degrees of freedom has 1.4."""
FEWEST_FOR_TAIL = 40
COARSE_SHARE = 0.25
"""Fewer different values than this share of the points come from a timer or a counter, not from noise."""


def find_modes(flat: Flat, *, least: float) -> Modes | None:
    """Return the two modes of the deviations where there are two, at least so far apart.

    Notes
    -----
    The dip test (Hartigan & Hartigan 1985): it rejects only what no distribution with a single mode explains, however
    skewed or flat. It is asked only where the best split in two (Engelman & Hartigan 1969) beats that of normal noise.
    Values of a coarse timer have gaps of their own and no modes.
    """
    n = len(flat)
    if n < FEWEST_FOR_MODES:
        return None
    ordered = np.sort(flat.deviations)
    below, evidence = best_split(ordered)
    gap = median(ordered[below:]) - median(ordered[:below])
    if evidence < SUSPICIOUS_SPLIT or gap < least or count_distinct(ordered) < COARSE_SHARE * n:
        return None
    chance = chance_of_dip(bound_of_dip(ordered), n)
    if chance <= MODES_CHANCE:
        chance = chance_of_dip(dip_of(ordered, *telling_dips(n, MODES_CHANCE)), n)
    if chance > MODES_CHANCE:
        return None
    is_high = flat.deviations >= ordered[below]
    return Modes(
        gap=gap,
        share=min(below, n - below) / n,
        switches=int(np.count_nonzero(is_high[1:] != is_high[:-1])),
        points=n,
        chance=chance,
    )


def count_distinct(ordered: FloatArray) -> int:
    """Return how many different values sorted ones have, those within a billionth of each other being one."""
    if not len(ordered):
        return 0
    return 1 + int(np.count_nonzero(ordered[1:] - ordered[:-1] > 1e-9))


def find_flapping(changes: Sequence[ChangePoint]) -> Flapping | None:
    """Return the two levels that a series goes back and forth between; None where its levels do not come back.

    A change returns where its new level lies nearer to the level before last than `RETURN_SHARE` of the step between.
    Three returns at least, and half of all changes after the first: one revert is no flapping.
    """
    returned = [
        later
        for earlier, later in pairwise(changes)
        if abs(later.after - earlier.before) < RETURN_SHARE * abs(earlier.after - earlier.before)
    ]
    if len(returned) < FEWEST_RETURNS or 2 * len(returned) < len(changes) - 1:
        return None
    lows = np.array([min(change.before, change.after) for change in returned])
    highs = np.array([max(change.before, change.after) for change in returned])
    return Flapping(returns=len(returned), changes=len(changes), low=median(lows), high=median(highs))


def measure_memory(flat: Flat) -> tuple[float, float]:
    """Return (lag-1 autocorrelation, p) of the deviations, pairs across a step left out; (0, 1) of too few.

    Notes
    -----
    Its standard error is 1 / sqrt(n) (Bartlett 1946); each level that was estimated and taken away lowers it by
    1 / n, which is given back (Kendall 1954). Deviations beyond six times the median one count as that much, so that
    one far run does not decide. One-sided: noise that alternates is not memory.
    """
    n = len(flat)
    together = flat.strata[1:] == flat.strata[:-1]
    pairs = int(np.count_nonzero(together))
    if pairs < 10:
        return 0.0, 1.0
    size = np.abs(flat.deviations)
    reach = 6 * median(size) or float(size.max())
    x = np.clip(flat.deviations, -reach, reach)
    power = float(x @ x)
    if power <= 0:
        return 0.0, 1.0
    groups = len(strata_bounds(flat.strata)) - 1
    memory = float((x[1:] * x[:-1])[together].sum()) / power * n / pairs + groups / n
    z = memory * math.sqrt(pairs)
    return min(max(memory, -1.0), 1.0), two_sided_normal(z) / 2 if z > 0 else 1.0


def measure_tail(deviations: FloatArray) -> tuple[float, float, bool]:
    """Return (deviation that half of the points stay within, that 95 % do, whether that is a long tail).

    Parameters
    ----------
    deviations
        Outliers included, shape (n,), any n.

    Notes
    -----
    A ratio of quantiles (Crow & Siddiqui 1967; Kim & White 2004 on why moments will not do). Its logarithm has a
    standard error of about 1.9 / sqrt(n) under normal noise, three of which are allowed for chance.
    """
    n = len(deviations)
    if n == 0:
        return 0.0, 0.0, False
    size = np.abs(deviations)
    half, most = median(size), quantile(size, 0.95)
    if n < FEWEST_FOR_TAIL or half <= 0:
        return half, most, False
    limit = NORMAL_TAIL * max(LONG_TAIL, math.exp(3 * 1.9 / math.sqrt(n)))
    return half, most, most > limit * half
