"""Seasons: values that follow the hour of the day or the day of the week, where the times of the runs tell."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.chance import normal_scores, upper_f
from perfsite.analysis.detection.quantiles import quantile
from perfsite.analysis.flat import centred
from perfsite.model.slow import Period, Season

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from perfsite.analysis.flat import Flat

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]
    BoolArray = NDArray[np.bool_]

MOST_POINTS = 300
"""Newest points that a season is looked for in."""
FEWEST_POINTS = 40
FEWEST_IN_BIN = 4
"""Points that an hour or a day needs before it counts as covered."""
LARGEST_CHANCE = 0.003
"""p of a season at most, before the correction for many series."""
LEAST_SHARE = 0.1
"""Share of the noise's variance that a season must explain: less is of no use to anybody."""
CLIP_SHARE = 0.975
RIDGE = 1e-9
_DAY = 86_400.0
_MONDAY = 4 * _DAY
"""1970 began on a Thursday."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A period and how it is looked at: its length (s), the bins it is cut into, and how many of these say enough.

    `cycles` are the fewest repetitions between the oldest and the newest point.
    """

    length: float
    bins: int
    fewest_bins: int
    cycles: int
    units: float


CLOCKS: Mapping[Period, Clock] = {
    Period.DAY: Clock(_DAY, 8, 4, 14, 24.0),
    Period.WEEK: Clock(7 * _DAY, 7, 5, 6, 7.0),
}


def find_seasons(times: FloatArray, flat: Flat, *, least: float) -> tuple[Season, ...]:
    """Return the seasons of a flat series: those more than chance, and large enough to matter.

    Parameters
    ----------
    times
        Seconds since 1970 of every point of the series, NaN where not known.
    flat
        What is left of the series when levels and outliers are taken away.
    least
        Smallest swing from trough to peak that is worth a word, a fraction.

    Notes
    -----
    Harmonic regression (Bloomfield 2000, ch. 5) of the normal scores of the deviations, which tails of any weight
    cannot upset (van der Waerden 1952; Conover & Iman 1981), tested by F. Neighbouring runs resemble each other and
    have similar hours: values and harmonics are differenced by the lag-1 autocorrelation first (Cochrane & Orcutt
    1949). A period that its runs do not cover (nightly runs have one hour) has no season that could be seen.
    """
    newest = flat.newest(MOST_POINTS)
    when = times[newest.indices]
    known = ~np.isnan(when)
    if np.count_nonzero(known) < FEWEST_POINTS or not newest.deviations.any():
        return ()
    when, deviations, strata = when[known], newest.deviations[known], newest.strata[known]
    scores: FloatArray | None = None
    found = []
    for period, clock in CLOCKS.items():
        covered = _covered(when, clock)
        if covered is None:
            continue
        if scores is None:
            scores = centred(normal_scores(deviations), strata)
        season = _season(period, (when, deviations, scores, strata), covered)
        if season is not None and season.swing >= least:
            found.append(season)
    return tuple(found)


def _covered(when: FloatArray, clock: Clock) -> BoolArray | None:
    """Return which bins of a period have points enough, None where too few do."""
    if float(when.max() - when.min()) < clock.cycles * clock.length:
        return None
    counts = np.bincount(_bins(when, clock), minlength=clock.bins)
    covered = counts >= FEWEST_IN_BIN
    enough = np.count_nonzero(covered) >= clock.fewest_bins and counts[covered].sum() >= 0.9 * len(when)
    return covered if enough else None


def _phases(when: FloatArray, clock: Clock) -> FloatArray:
    """Return where in the period each time lies, in [0, 1); a day begins at midnight UTC, a week on Monday."""
    phases: FloatArray = np.mod(when - _MONDAY, clock.length) / clock.length
    return phases


def _bins(when: FloatArray, clock: Clock) -> IntArray:
    return np.minimum((_phases(when, clock) * clock.bins).astype(np.int64), clock.bins - 1)


def _harmonics(phases: FloatArray, count: int) -> FloatArray:
    """Return cosines and sines of the first harmonics of a period, shape (n, 2 * count)."""
    angles = 2 * math.pi * phases[:, None] * np.arange(1, count + 1)[None, :]
    return np.hstack([np.cos(angles), np.sin(angles)])


def _season(
    period: Period, points: tuple[FloatArray, FloatArray, FloatArray, IntArray], covered: BoolArray
) -> Season | None:
    when, deviations, scores, strata = points
    clock = CLOCKS[period]
    # As many harmonics as the covered bins can tell apart: five working days give two, seven days three.
    harmonics = min((int(np.count_nonzero(covered)) - 1) // 2, 3 if period is Period.WEEK else 2)
    phases = _phases(when, clock) if period is Period.DAY else np.floor(_phases(when, clock) * 7) / 7
    design = _harmonics(phases, harmonics)
    design -= design.mean(axis=0)
    chance, share = _test(scores, design, strata)
    if chance > LARGEST_CHANCE:
        return None
    reach = quantile(np.abs(deviations), CLIP_SHARE)
    clipped = centred(np.clip(deviations, -reach, reach), strata)
    fitted = _fitted(design, clipped)
    inside = covered[_bins(when, clock)]
    high, low = (int(np.flatnonzero(inside)[at(fitted[inside])]) for at in (np.argmax, np.argmin))
    return Season(
        period=period,
        swing=float(fitted[high] - fitted[low]),
        peak=float(phases[high]) * clock.units,
        trough=float(phases[low]) * clock.units,
        share=share,
        points=len(when),
        chance=chance,
    )


def _fitted(design: FloatArray, y: FloatArray) -> FloatArray:
    """Return the fitted values of least squares, a trace of ridge keeping columns apart that say the same."""
    gram = design.T @ design
    gram.flat[:: len(gram) + 1] += RIDGE * len(y)
    fitted: FloatArray = design @ np.linalg.solve(gram, design.T @ y)
    return fitted


def _fit(design: FloatArray, y: FloatArray) -> tuple[FloatArray, int]:
    """Return (fitted values, rank) of least squares by the normal equations: a handful of well-scaled columns."""
    coefficients, _, rank, _ = np.linalg.lstsq(design.T @ design, design.T @ y, rcond=None)
    return design @ coefficients, int(rank)


def _test(scores: FloatArray, design: FloatArray, strata: IntArray) -> tuple[float, float]:
    """Return (p, share of variance explained) of a design with centred columns; (1, 0) where it tells too little."""
    total = float(scores @ scores)
    if total <= 0:
        return 1.0, 0.0
    plain = scores - _fitted(design, scores)
    power = float(plain @ plain)
    share = 1 - power / total
    if share < LEAST_SHARE:
        return 1.0, share
    together = strata[1:] == strata[:-1]
    memory = float((plain[1:] * plain[:-1])[together].sum()) / power if power > 0 else 0.0
    memory = min(max(memory + 1 / len(scores), 0.0), 0.98)
    y = (scores[1:] - memory * scores[:-1])[together]
    x = (design[1:] - memory * design[:-1])[together]
    y, x = y - y.mean(), x - x.mean(axis=0)
    columns, groups = x.shape[1], len(scores) - len(y)
    degrees = len(y) - 1 - columns - groups
    fitted, rank = _fit(x, y)
    if rank < columns or degrees < FEWEST_POINTS // 2:
        return 1.0, share
    left = float((y - fitted) @ (y - fitted))
    explained = max(float(y @ y) - left, 0.0)
    return upper_f(math.inf if left <= 0 else explained / columns / (left / degrees), columns, degrees), share
