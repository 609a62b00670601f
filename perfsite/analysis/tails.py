"""Tails of noise: how far the rarest runs of a series lie off their level, beyond what a normal distribution says."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

BEGINS: Final = 1.6448536269514722
"""Where the tail begins, in standard deviations: a tenth of normal noise lies beyond, on either side."""
NORMAL_SHARE, NORMAL_EXCESS = 0.1, 0.418
"""Share of normal noise beyond, and by how much it exceeds on average."""
NORMAL_REACH: Final = (3.2905267314919255 - BEGINS) / math.log(100)
"""The scale at which an exponential tail has a normal distribution's 0.1 % quantile."""
PRIOR_RUNS: Final = 20
"""Weight, in runs, of the normal tail against the one a series shows."""


@dataclass(frozen=True, slots=True)
class Tail:
    """Beyond BEGINS standard deviations lies `share` of the runs, falling off as exp(-excess / scale)."""

    share: float = NORMAL_SHARE
    scale: float = NORMAL_REACH

    def reach(self, alpha: float) -> float:
        """Return how many standard deviations a share `alpha` of runs exceeds; 0 where the tail does not tell."""
        return BEGINS + self.scale * math.log(self.share / alpha) if alpha < self.share else 0.0

    def p_value(self, z: float) -> float:
        """Return how often a run is `z` standard deviations off or more; 0 where the tail does not tell."""
        return self.share * math.exp(-(z - BEGINS) / self.scale) if z > BEGINS else 0.0


def measure_tail(deviations: FloatArray) -> Tail:
    """Return the tail of deviations in units of their standard deviation, shape (n,), any n.

    Notes
    -----
    Peaks over a threshold with an exponential excess [1]_, the generalised Pareto distribution of shape 0: right for
    skewed timings, somewhat short for the heaviest tails. Share and mean excess are drawn towards those of normal
    noise, whose tail falls off faster than its mean excess says; the difference is taken off.

    References
    ----------
    .. [1] A. C. Davison, R. L. Smith, J. R. Statist. Soc. B 52(3), 1990, 393-442.
    """
    size = np.abs(deviations)
    excess = size[size > BEGINS] - BEGINS
    prior = PRIOR_RUNS * NORMAL_SHARE
    share = (prior + len(excess)) / (PRIOR_RUNS + len(size))
    mean = (prior * NORMAL_EXCESS + float(excess.sum())) / (prior + len(excess))
    return Tail(min(share, 1.0), max(mean - (NORMAL_EXCESS - NORMAL_REACH), NORMAL_REACH))
