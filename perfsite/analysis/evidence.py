"""What speaks for each change point: its size and place with their doubt, and how sure it is that there is one."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.analysis.detection.elimination import critical_z
from perfsite.analysis.detection.noisemodel import TAIL
from perfsite.analysis.detection.quantiles import quantile
from perfsite.analysis.detection.signal import VARIANCE_FLOOR
from perfsite.analysis.student import interval_factor
from perfsite.model.findings import ChangeEvidence, NoiseKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.analysis.changepoint import Changes
    from perfsite.analysis.detection.noisemodel import NoiseModel
    from perfsite.analysis.detection.signal import Signal

    FloatArray = NDArray[np.float64]

REACH: Final = 60
"""Points on either side of a change that tell its place: further away the level may be another."""
CREDIBLE: Final = 0.95
"""Probability of the range of points that a change lies in, and of the interval of its size."""
NEAR: Final = 3
"""A change within so many points of the true one is found at its place."""
PRIOR_POINTS: Final = 12
"""Weight, in points, of the whole series' variance against that of the levels around a change."""
BATCH: Final = 8
"""Points of a batch whose mean tells memory that detection did not."""
FEWEST_BATCHES: Final = 6
LONG_RUN: Final = 16
"""Points over which noise with memory adds up."""
REAL_BASE, REAL_GROWTH = 0.6, 2.8
"""Log odds that a change which just stands is one, and how they grow with the log of the evidence; calibrated."""


def weigh_changes(changes: Changes) -> tuple[ChangeEvidence, ...]:
    """Return the evidence for each change point of a series.

    Notes
    -----
    The confidence is a product: that there is a change at all, which grows with its z as calibrated on noise of
    fourteen kinds, and that it lies within NEAR points of where it was found.
    """
    signal, model = changes.signal, changes.model
    if signal is None or model is None or not changes.indices:
        return ()
    edges = [0, *changes.indices, len(signal)]
    widen = interval_factor(1 - CREDIBLE, max(len(signal) - len(edges) + 1, 1))
    residuals = signal.values - signal.level_per_point(list(changes.indices))
    squares = _clipped_squares(residuals, signal)
    widen *= math.sqrt(_memory(residuals, squares))
    critical = critical_z(len(signal))
    weighed = []
    for number, score in enumerate(changes.scores, start=1):
        around = (edges[number - 1], edges[number], edges[number + 1])
        spread = _spread_around(squares, around)
        first, last, in_place = _place(signal, model, around, spread)
        real = _probability_of_real(score / critical)
        weighed.append(
            ChangeEvidence(
                real=real,
                confidence=real * in_place,
                first=first,
                last=last,
                reach=widen * _error_of_size(signal, model, around, spread),
                points_before=around[1] - around[0],
                points_after=around[2] - around[1],
                agreement=_agreement(signal.values, around),
                weighted=signal.weights is not None,
                machines_told=changes.offsets is not None,
                noise=kind_of(model),
            )
        )
    return tuple(weighed)


def kind_of(model: NoiseModel) -> NoiseKind:
    """Return what kind of noise a model is of."""
    if model.is_white:
        return NoiseKind.INDEPENDENT
    return NoiseKind.WANDERING if model.persistence >= 1 else NoiseKind.MEMORY


def _probability_of_real(strength: float) -> float:
    """Return how probable it is that a change of so many critical z is one at all (logistic, as calibrated)."""
    odds: float = math.exp(REAL_BASE) * min(strength, 1e9) ** REAL_GROWTH
    return odds / (1 + odds)


def _clipped_squares(residuals: FloatArray, signal: Signal) -> FloatArray:
    """Return squared residuals as of points of weight 1, the largest tenth clipped: changes not found are no noise."""
    squares = residuals * residuals if signal.weights is None else residuals * residuals * signal.weights
    return np.minimum(squares, max(2 * quantile(squares, 0.9), VARIANCE_FLOOR))


def _memory(residuals: FloatArray, squares: FloatArray) -> float:
    """Return by how much more the means of batches vary than independent points would have it, 1 or more.

    Batch means (Conway 1963): what detection took for independent may have a memory too weak to be told.
    """
    batches = len(residuals) // BATCH
    if batches < FEWEST_BATCHES:
        return 1.0
    limit = math.sqrt(float(squares.max()))
    clipped = np.clip(residuals[: batches * BATCH], -limit, limit).reshape(batches, BATCH)
    means = clipped.mean(axis=1)
    return max(1.0, BATCH * float(means @ means) / batches / max(float(squares.mean()), 1e-300))


def _spread_around(squares: FloatArray, around: tuple[int, int, int]) -> tuple[float, float]:
    """Return the variances of a point before and after a change, each drawn towards that of the whole series."""
    whole = max(float(squares.mean()), VARIANCE_FLOOR)
    left, place, right = around
    before, after = squares[max(left, place - REACH) : place], squares[place : min(right, place + REACH)]
    pooled, counts = PRIOR_POINTS * whole, PRIOR_POINTS - 1
    return (
        (pooled + float(before.sum())) / (counts + len(before)),
        (pooled + float(after.sum())) / (counts + len(after)),
    )


def _place(
    signal: Signal, model: NoiseModel, around: tuple[int, int, int], spread: tuple[float, float]
) -> tuple[int, int, float]:
    """Return (first, last, probability): where the change lies with 95 %, and how probable its place is within NEAR.

    The likelihood of each place given the levels on either side, of a Student-t, with a flat prior (Smith 1975). Noise
    with memory tells less than as many independent points.
    """
    left, place, right = max(around[0], around[1] - REACH), around[1], min(around[2], around[1] + REACH)
    before, after = signal.mean(left, place), signal.mean(place, right)
    x = signal.values[left:right]
    weights = 1.0 if signal.weights is None else signal.weights[left:right]
    likely = [
        -(TAIL + 1) / 2 * np.log1p(weights * (x - level) ** 2 / (TAIL * variance)) - math.log(variance) / 2
        for level, variance in ((before, spread[0]), (after, spread[1]))
    ]
    memory = model.variance_of_mean(LONG_RUN) * LONG_RUN / max(model.variance, 1e-300)
    # Entry k is the log likelihood of a change at point left + 1 + k; one point at least on either side.
    gained = (likely[0] - likely[1])[:-1].cumsum() / min(max(memory, 1.0), 8.0)
    probability = np.exp(gained - gained.max())
    probability /= probability.sum()
    order = np.argsort(-probability, kind="stable")
    inside = order[: int(np.searchsorted(probability[order].cumsum(), CREDIBLE)) + 1]
    found = place - left - 1
    near = probability[max(found - NEAR, 0) : found + NEAR + 1].sum()
    first, last = min(int(inside.min()), found), max(int(inside.max()), found)
    return left + 1 + first, left + 1 + last, float(min(near, 1.0))


def _error_of_size(
    signal: Signal, model: NoiseModel, around: tuple[int, int, int], spread: tuple[float, float]
) -> float:
    """Return the standard error of the difference of the levels on either side, as a share of that difference."""
    left, place, right = around
    variance = sum(
        of_point * model.variance_of_mean(float(signal.points[b] - signal.points[a])) / max(model.variance, 1e-300)
        for (a, b), of_point in zip(pairwise(around), spread, strict=True)
    )
    return math.sqrt(variance) / max(abs(signal.mean(place, right) - signal.mean(left, place)), 1e-12)


def _agreement(values: FloatArray, around: tuple[int, int, int]) -> float:
    """Return the share of pairs of near points, one before and one after, that differ as the levels do.

    The common language effect size of McGraw & Wong 1992; 0.5 is chance, 1 a clean break.
    """
    left, place, right = max(around[0], around[1] - REACH), around[1], min(around[2], around[1] + REACH)
    before, after = np.sort(values[left:place]), values[place:right]
    below = before.searchsorted(after).sum() + before.searchsorted(after, "right").sum()
    share = float(below) / (2 * len(before) * len(after))
    return max(share, 1 - share)
