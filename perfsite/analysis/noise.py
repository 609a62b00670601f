"""Noise of a series: how much a single run strays from its level, which runs are outliers, what delta can be told."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.detection.quantiles import NORMAL_MEDIAN, median, quantile
from perfsite.analysis.memory import measure_memory, variance_of_mean
from perfsite.analysis.student import interval_factor
from perfsite.analysis.tails import Tail, measure_tail

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]

SMALLEST_NOISE = 1e-9
"""Noise of a series whose runs are all equal: above rounding, below any change of an integer counter."""
CLIP_DEVIATIONS = 4.0
"""Deviations beyond so many robust standard deviations count as so many: outliers do not make noise."""
COMMON_SHARE, COMMON_REACH = 0.9, 1.3
"""What more than one run in ten does is noise, a second mode for instance, and neither clipped nor an outlier."""
ON_TRIAL_DEVIATIONS = 2.5
"""The newest runs beyond so many deviations may be on trial: they do not testify to the noise they are judged by."""
MOST_ON_TRIAL = 6
"""So many newest runs at most are on trial; more make a level of their own, or none."""
PRIOR_RUNS = 12
"""Weight, in runs, of the whole series' noise against that of one segment."""


@dataclass(frozen=True, slots=True)
class Noise:
    """What is known of the noise of a series of n points; deviations are fractions of `scales`, shape (n,).

    `scales` is the level of each point where all levels are positive, one size for all otherwise (base unit): noise of
    benchmarks is relative. `single` is the standard deviation of a single run, `local` that of each point's segment.
    `degrees` of freedom stand behind them. Deviations up to `common` are too frequent to be outliers. The newest
    `on_trial` points told nothing of all this, the `told` others did, around the levels of so many `segments`. `memory`
    is the correlation of neighbouring runs, `tail` how far the rarest lie off.
    """

    scales: FloatArray
    deviations: FloatArray
    single: float
    local: FloatArray
    degrees: int
    common: float
    on_trial: int
    segments: int = 1
    memory: float = 0.0
    tail: Tail = field(default_factory=Tail)

    @property
    def told(self) -> int:
        """Return how many points told the noise."""
        return len(self.deviations) - self.on_trial

    def of_levels(self, edges: IntArray) -> FloatArray:
        """Return two standard errors of each segment's level as a fraction: levels closer than this are one."""
        lengths = np.diff(edges)
        return 2 * self.local[edges[:-1]] / np.sqrt(lengths)


def count_on_trial(values: FloatArray, start: int) -> int:
    """Return how many of the newest points are off the level before them, all on one side; 0 where none.

    What a point is judged by must not be made of it: in a short series two or three slow runs would raise the level
    and the noise until they pass for both. So level and noise are those of the points before them, for each count.

    Parameters
    ----------
    values
        Finite, shape (n,).
    start
        Where the newest level begins; more than half of its points are never on trial.
    """
    recent = values[start:]
    for count in range(min(MOST_ON_TRIAL, (len(recent) - 1) // 2), 0, -1):
        before, newest = recent[:-count], recent[-count:]
        off = newest - median(before)
        if off.min() <= 0 <= off.max():
            continue
        size = np.abs(before - median(before)) * (len(before) / max(len(before) - 1, 1)) ** 0.5
        if float(np.abs(off).min()) > ON_TRIAL_DEVIATIONS * robust_deviation(size):
            return count
    return 0


@dataclass(frozen=True, slots=True)
class Around:
    """The noise around the levels of a series: `middles` has one level per segment, the newest `on_trial` left out."""

    noise: Noise | None
    middles: FloatArray
    on_trial: int


def noise_around(values: FloatArray, edges: IntArray, few: int) -> Around:
    """Return the noise around the medians of the segments.

    Parameters
    ----------
    values
        At most 1 in size, shape (n,), n >= 1.
    edges
        Bounds of the segments, rising from 0 to n.
    few
        Points that do not tell the noise: then it is None, and none are on trial.
    """
    n = len(values)
    on_trial = count_on_trial(values, int(edges[-2])) if n > few else 0
    # The level before the points on trial is the one they are off.
    middles = np.array([median(values[a : min(b, n - on_trial)]) for a, b in pairwise(edges)])
    noise = measure_noise(values, middles.repeat(np.diff(edges)), edges, on_trial) if n > few else None
    return Around(noise, middles, on_trial)


def power_of_two_near(values: FloatArray) -> float:
    """Return a power of two such that the values divided by it are at most 1 in size; 1 where all are zero."""
    exponent = math.frexp(float(np.abs(values).max()))[1]
    return math.ldexp(1.0, min(max(exponent, -1000), 1000))


def measure_noise(values: FloatArray, levels: FloatArray, edges: IntArray, on_trial: int = 0) -> Noise:
    """Return the noise of a series around its levels.

    Parameters
    ----------
    values, levels
        Finite, shape (n,), n >= 2.
    edges
        Bounds of the segments, rising from 0 to n.
    on_trial
        How many of the newest points tell nothing of the noise, from `count_on_trial`; fewer than the newest segment.

    Notes
    -----
    The second moment around the levels, with deviations clipped at four robust standard deviations (Huber 1981):
    nearly as efficient as the standard deviation on normal noise, bounded by outliers, and insensitive to change
    points because the levels follow them.
    """
    n, segments = len(values), len(edges) - 1
    if levels.min() > 0:
        scales = levels
    else:
        scales = np.full(n, float(np.abs(levels).max()) or float(np.abs(values).max()) or 1.0)
    deviations = (values - levels) / scales
    told = n - on_trial
    size = np.abs(deviations[:told])
    degrees = max(told - segments, 1)
    robust = robust_deviation(size) * (told / degrees) ** 0.5
    common = COMMON_REACH * quantile(size, COMMON_SHARE)
    clipped = np.zeros(n)
    clipped[:told] = np.minimum(size, max(CLIP_DEVIATIONS * robust, common)) ** 2
    variance = max(float(clipped.sum()) / degrees, SMALLEST_NOISE**2)
    lengths = edges[1:] - edges[:-1]
    telling = lengths.copy()
    telling[-1] -= on_trial
    inside = np.add.reduceat(clipped, edges[:-1])
    local = np.sqrt((PRIOR_RUNS * variance + inside) / (PRIOR_RUNS + np.maximum(telling - 1, 0)))
    local = local.repeat(lengths)
    memory = measure_memory(np.copysign(np.sqrt(clipped), deviations), edges, told)
    # The newest points may be a regression that has just begun, and not the tail of the noise it is judged by.
    old = max(n - MOST_ON_TRIAL, 0)
    tail = measure_tail(deviations[:old] / local[:old])
    return Noise(scales, deviations, variance**0.5, local, degrees, common, on_trial, segments, memory, tail)


def robust_deviation(size: FloatArray) -> float:
    """Return the standard deviation that the median of absolute deviations stands for."""
    # More than half of the runs may be equal (counters, coarse timers): then the upper tail tells the noise.
    return median(size) / NORMAL_MEDIAN or quantile(size, 0.9) / 1.645


def noise_floors(noise: Noise, counts: IntArray, run_errors: FloatArray, alpha: float) -> FloatArray:
    """Return the smallest difference of a single run that is told from chance, shape (n,), in the values' unit.

    Half the prediction interval of one more run given the mean of `counts` earlier ones (Hahn & Meeker 1991, ch. 4).
    Where the run's own standard error (NaN: not known) is larger than the noise between runs, it counts instead.
    """
    between = noise.local * noise.scales
    run = np.fmax(between, run_errors)
    floors: FloatArray = interval_factor(alpha, noise.degrees) * np.sqrt(run**2 + between**2 / np.maximum(counts, 1))
    return floors


def lasting_floors(noise: Noise, counts: IntArray, edges: IntArray, alpha: float) -> FloatArray:
    """Return the smallest lasting difference that the runs from each point to the end of its level could show.

    Like `noise_floors` with the mean of those runs instead of one: what hindsight can tell. Points on trial do not
    confirm one another.
    """
    told = len(counts) - noise.on_trial
    left = np.minimum(edges[1:], told).repeat(edges[1:] - edges[:-1]) - np.arange(len(counts))
    left[told:] = 1
    mean_of_left, mean_of_earlier = variance_of_mean(left, noise.memory), variance_of_mean(counts, noise.memory)
    error = noise.local * noise.scales * np.sqrt(mean_of_left + mean_of_earlier)
    floors: FloatArray = interval_factor(alpha, noise.degrees) * error
    return floors


def find_strays(noise: Noise, limits: FloatArray, edges: IntArray) -> tuple[BoolArray, int]:
    """Return (outliers, start): points off their level by more than `limits`, and where the newest ones begin.

    `limits` has shape (n,) and the values' unit, as from `noise_floors`.

    The points from `start` to the end are off their level on one side with none after them that returned: they are
    not outliers, they wait for more runs; n where there are none. `outliers` is shape (n,), False from `start` on.
    """
    off = np.abs(noise.deviations) > np.maximum(limits / noise.scales, noise.common)
    n = len(off)
    start = n
    while start > edges[-2] and off[start - 1] and noise.deviations[start - 1] * noise.deviations[-1] > 0:
        start -= 1
    outliers = off.copy()
    outliers[start:] = False
    return outliers, start
