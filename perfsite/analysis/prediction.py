"""What one more run of a series may be: its prediction interval, how surprising a run is, and what could be told."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.analysis.memory import effective_degrees, shrunken_variance, variance_of_mean
from perfsite.analysis.student import interval_factor, two_sided

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.analysis.noise import Noise
    from perfsite.analysis.tails import Tail

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

POWER: Final = 0.8
"""How often the minimum detectable effect is seen."""
PRIOR_SAMPLES: Final = 4
"""Weight, in samples, of the average spread within runs against that of one run: two samples may agree by chance."""
MOST_ERROR: Final = 1e100
"""Bound of a standard error relative to its level, whose square is still a number: it says nothing either way."""
ASSUMED_SAMPLES: Final = 5
"""Samples that stand behind a standard error where their number is not known."""


@dataclass(frozen=True, slots=True)
class WithinRuns:
    """What the runs' own samples tell: the standard error of each centre and how many samples it comes from.

    Shapes (n,); errors in the values' unit, NaN where not known; counts 0 where not known.
    """

    errors: FloatArray
    counts: NDArray[np.int32]

    def average(self, scales: FloatArray) -> AverageRun | None:
        """Return what the average run's samples tell, relative to `scales`, shape (n,); None where no run has any."""
        known = ~np.isnan(self.errors)
        if not known.any():
            return None
        samples = self._samples()[known]
        variances = self._relative(scales)[known] ** 2
        spread = float((variances * samples * (samples - 1)).sum() / (samples - 1).sum())
        return AverageRun(spread, spread / float(np.median(samples)))

    def variances(self, scales: FloatArray, average: AverageRun) -> FloatArray:
        """Return the variance of each centre from within its run, relative to `scales`; NaN where not known.

        Each is drawn towards that of an average run, since a few samples know their spread badly.
        """
        samples = self._samples()
        spreads = self._relative(scales) ** 2 * samples
        drawn = ((samples - 1) * spreads + PRIOR_SAMPLES * average.spread) / (samples - 1 + PRIOR_SAMPLES)
        variances: FloatArray = drawn / samples
        return variances

    def _relative(self, scales: FloatArray) -> FloatArray:
        with np.errstate(over="ignore"):
            relative: FloatArray = np.minimum(self.errors / scales, MOST_ERROR)
        return relative

    def _samples(self) -> FloatArray:
        return np.where(self.counts >= 2, self.counts, ASSUMED_SAMPLES).astype(np.float64)


@dataclass(frozen=True, slots=True)
class AverageRun:
    """The variance of single samples within a run, and of the centre of an average run, both relative."""

    spread: float
    centre: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """How far one more run may lie from its baseline: standard errors of the difference, shape (n,), values' unit."""

    errors: FloatArray
    degrees: int
    tail: Tail

    def reach(self, alpha: float, runs: int = 1) -> float:
        """Return how many standard errors chance reaches: Student's t, or the noise's own tail where that is longer.

        The tail is that of so many `runs` in succession: that all of them stray is far rarer than that one does.
        """
        return max(interval_factor(alpha, self.degrees), self.tail.reach(alpha ** (1 / runs)))

    def widths(self, alpha: float, *, with_tail: bool = True) -> FloatArray:
        """Return half the prediction interval of each run at significance level `alpha`, shape (n,)."""
        widths: FloatArray = (self.reach(alpha) if with_tail else interval_factor(alpha, self.degrees)) * self.errors
        return widths

    def p_value(self, point: int, difference: float, runs: int = 1) -> float:
        """Return how often pure noise differs as much from the baseline, either way, in so many runs in succession."""
        error = float(self.errors[point])
        z = abs(difference) / error if error > 0 else math.inf if difference else 0.0
        return max(two_sided(z, self.degrees), self.tail.p_value(z) ** runs)

    def detectable(self, widths: FloatArray) -> FloatArray:
        """Return the smallest differences that exceed `widths` with POWER, shape (n,)."""
        # A one-sided quantile of 80 % is the two-sided one of 40 %: the other side is out of reach.
        extra = interval_factor(2 * (1 - POWER), self.degrees)
        return widths + extra * self.errors


def predict(
    noise: Noise,
    baseline_counts: IntArray,
    history: WithinRuns,
    *,
    runs: WithinRuns | None = None,
    places: IntArray | None = None,
) -> Prediction:
    """Return the prediction of each run given the mean of `baseline_counts` earlier ones.

    Parameters
    ----------
    noise, history
        Of a series of n points.
    baseline_counts
        How many points make each run's baseline, shape (m,).
    runs, places
        The runs to predict, and the points of the series whose place they take, shape (m,); left out, the points of
        the series themselves.

    Notes
    -----
    The variance of one more run is that between runs plus its own within-run variance, and the baseline's own is added
    (Hahn & Meeker 1991, ch. 4; the random-effects model of Kalibera & Jones 2013). The history knows the sum of both
    for an average run; the average within-run variance is taken out of it as far as the history's own doubt allows,
    so that a run of many samples is judged sharper than an average one, one of a wide spread more carefully. Where
    nothing is known of a run's samples the sum stands. Runs in succession resemble one another; see `memory`.
    """
    at: slice | IntArray = slice(None) if places is None else places
    scales = noise.scales[at]
    total = noise.local[at] ** 2 * shrunken_variance(noise.told / noise.segments, noise.memory)
    degrees = min(effective_degrees(noise.told, noise.memory, noise.segments), noise.degrees)
    run = total
    average = history.average(noise.scales)
    if average is not None:
        own = (runs or history).variances(scales, average)
        between = np.maximum(total - average.centre, min(1.0, math.sqrt(2 / degrees)) * total)
        run = np.where(np.isnan(own), total, between + own)
    errors = scales * np.sqrt(run + total * variance_of_mean(baseline_counts, noise.memory))
    return Prediction(errors, degrees, noise.tail)
