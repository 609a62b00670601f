"""Drift: a slow change within the levels of a series, which no one commit explains; and which way a series leans."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.chance import two_sided_normal
from perfsite.analysis.detection.quantiles import median
from perfsite.analysis.flat import centred, strata_bounds
from perfsite.analysis.kendall import Slope, concordance, memory_factor, theil_sen, variance_of_s, z_of
from perfsite.analysis.longrun import batch_means, slope_statistic
from perfsite.analysis.student import two_sided
from perfsite.model.findings import Verdict
from perfsite.model.slow import Drift, Trend

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.analysis.flat import Flat
    from perfsite.model.series import Series

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

WINDOWS = (30, 90, 365)
"""Newest points over which drift is looked for: about a month, a quarter and a year of daily runs."""
TREND_POINTS = 90
FEWEST_POINTS = 20
"""Points below which a slope says nothing."""
LARGEST_CHANCE = 0.003
"""p of a drift at most, all windows together, before the correction for many series."""
SCREEN_Z = 2.0
"""|z| of a straight line, memory ignored, below which nothing is looked at more closely."""
SMALLEST_START = 0.1
SHORTEST_STEP = 4
CLEARLY = 1.15
"""How much more a step must explain than a line before it is no drift: noise helps the step, which has a choice."""
CLIP_MEDIANS = 6.0
"""Deviations beyond so many times the median one (four standard deviations) count as that much."""


@dataclass(frozen=True, slots=True)
class _Window:
    """The newest points of a flat series and their clock."""

    flat: Flat
    clock: FloatArray

    @property
    def is_suspect(self) -> bool:
        """Whether a straight line sees a slope, memory ignored, which could only make it less.

        Rank and line agree on all but the wildest tails, which are clipped: this costs n where Mann-Kendall costs n^2.
        """
        size = np.abs(self.flat.deviations)
        reach = CLIP_MEDIANS * median(size) or float(size.max())
        x = centred(np.clip(self.flat.deviations, -reach, reach), self.flat.strata)
        t = centred(self.clock, self.flat.strata)
        power = float(x @ x) * float(t @ t)
        return power > 0 and abs(float(x @ t)) >= SCREEN_Z * math.sqrt(power / len(x))

    def is_step(self) -> bool:
        """Whether one step in one level, found or not, explains clearly more than a line through all of them.

        A line explains three quarters of a step in the middle, a step three quarters of a line.
        """
        x, clock = centred(self.flat.deviations, self.flat.strata), centred(self.clock, self.flat.strata)
        by_line = float(clock @ x) ** 2 / max(float(clock @ clock), 1e-300)
        by_step = 0.0
        for start, end in pairwise(strata_bounds(self.flat.strata).tolist()):
            if end - start >= 2 * SHORTEST_STEP:
                before = np.arange(SHORTEST_STEP, end - start - SHORTEST_STEP + 1)
                sums = np.cumsum(x[start:end])[before - 1]
                by_step = max(by_step, float((sums * sums * (1 / before + 1 / (end - start - before))).max()))
        return by_step > CLEARLY * by_line

    def slope_test(self) -> tuple[float, int]:
        """Return (t, degrees of freedom) of the slope, memory up to that of a random walk allowed for."""
        return slope_statistic(*batch_means(self.flat.deviations, self.clock, self.flat.strata))

    def kendall(self) -> float:
        """Return Mann-Kendall's z of the window, ties and memory included."""
        return z_of(float(concordance(self.flat.deviations, self.flat.strata).sum()), self.variance)

    @property
    def variance(self) -> float:
        """Return the variance of S with memory, that of the points without their straight line (Yue & Wang 2004)."""
        flat = self.flat
        variances = variance_of_s(flat.deviations, flat.strata)
        rest = centred(flat.deviations - self.line * self.clock, flat.strata)
        power, lengths = float(rest @ rest), np.diff(strata_bounds(flat.strata))
        if power <= 0:
            return float(variances.sum())
        together = flat.strata[1:] == flat.strata[:-1]
        raw = float((rest[1:] * rest[:-1])[together].sum()) / power
        # A mean and a slope taken from a few points make their memory look smaller (Kendall 1954).
        memory = raw + (2 + 4 * max(raw, 0.0)) * len(lengths) / len(rest)
        factors = [memory_factor(memory, float(points)) for points in lengths.tolist()]
        return float(variances @ np.array(factors))

    @property
    def line(self) -> float:
        """Return the slope of the straight line common to all strata; 0 where nothing tells."""
        deviations, clock = centred(self.flat.deviations, self.flat.strata), centred(self.clock, self.flat.strata)
        spread = float(clock @ clock)
        return float(clock @ deviations) / spread if spread > 0 else 0.0

    @property
    def span(self) -> float:
        """Return how many measured commits it reaches over."""
        return float(self.clock[-1] - self.clock[0])

    def share_per_slope(self, slope: float) -> float:
        """Return what a slope of 1 comes to over the window, as a fraction of where a line of this slope begins.

        Deviations are fractions of a level that holds a part of the drift; people compare with where it began.
        """
        centre = median(self.flat.deviations) - slope * (median(self.clock) - float(self.clock[0]))
        return self.span / max(1 + centre, SMALLEST_START)


def find_drift(series: Series, flat: Flat, *, least: float, sign: int) -> tuple[Trend | None, Drift | None]:
    """Return which way a series leans, and its drift where there is one that is more than chance and noise.

    Parameters
    ----------
    series, flat
        The judged series and what is left of it (`perfsite.analysis.flat.lay_flat`); any number of points.
    least
        Smallest |delta| over the window that is worth a word, a fraction.
    sign
        1 where lower is better, -1 where higher is, 0 where neither.

    Notes
    -----
    Only pairs of points within one level count, so that a step is no drift: Mann-Kendall over strata (Hirsch, Slack
    & Smith 1982), its variance corrected for ties (Kendall 1975) and memory (Hamed & Rao 1998; Yue & Wang 2004). The
    slope is Theil and Sen's. Noise that wanders passes Mann-Kendall far too often, whatever the correction: a
    second test that holds up to random walks (Perron & Yabu 2009, `perfsite.analysis.longrun`) must agree, and the
    larger p counts. And a step that was too small to be found must not explain the points better. The window with the
    smallest p is reported, its p multiplied by the number of windows.
    """
    newest = flat.newest(WINDOWS[-1])
    if len(newest) < FEWEST_POINTS or not newest.deviations.any():
        return None, None
    clock = series.commits[newest.indices].astype(np.float64)
    lengths = [*(points for points in WINDOWS if points < len(newest)), len(newest)]
    windows = [_Window(newest.newest(points), clock[-points:]) for points in lengths]
    leaning = next((one for one in windows if len(one.flat) >= TREND_POINTS), windows[-1])
    suspects = [(_chance(one) * len(windows), one) for one in windows if one.is_suspect]
    chance, window = min(suspects, key=lambda pair: pair[0], default=(1.0, leaning))
    if chance > LARGEST_CHANCE:
        return _trend(leaning), None
    drift = _drift(window, chance, sign)
    return _trend(leaning), drift if abs(drift.delta) >= least else None


def _chance(window: _Window) -> float:
    """Return the larger p of both tests; that of the cheaper one alone where it is too large already."""
    first = two_sided(*window.slope_test())
    if first > LARGEST_CHANCE:
        return first
    return 1.0 if window.is_step() else max(first, two_sided_normal(window.kendall()))


def _trend(window: _Window) -> Trend:
    """Return the direction of a window, with the one-sided confidence of the test that holds up to random walks."""
    statistic, degrees = window.slope_test()
    beyond = two_sided(statistic, degrees) / 2
    return Trend(
        points=len(window.flat),
        rising=1 - beyond if statistic > 0 else beyond if statistic < 0 else 0.5,
        delta=window.line * window.share_per_slope(window.line),
    )


def _drift(window: _Window, chance: float, sign: int) -> Drift:
    flat = window.flat
    slope = theil_sen(flat.deviations, window.clock, flat.strata, math.sqrt(window.variance))
    share = window.share_per_slope(slope.slope)
    return Drift(
        start=int(flat.indices[0]),
        points=len(flat),
        commits=round(window.span),
        delta=slope.slope * share,
        lower=slope.lower * share,
        upper=slope.upper * share,
        chance=min(chance, 1.0),
        verdict=_verdict(slope, sign),
    )


def _verdict(slope: Slope, sign: int) -> Verdict:
    if sign == 0:
        return Verdict.NO_CHANGE
    return Verdict.REGRESSION if sign * slope.slope > 0 else Verdict.IMPROVEMENT
