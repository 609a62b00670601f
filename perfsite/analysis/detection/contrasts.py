"""What two neighbouring stretches of a signal say of a change between them, whatever the noise is: told once."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.detection.partition import SHORTEST_LEVEL
from perfsite.analysis.detection.quantiles import median_of_list

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.analysis.detection.signal import Signal

    FloatArray = NDArray[np.float64]

RANK_REACH = 60
"""Points on either side that the rank test looks at."""
CLEAR_REACH = 30
CONSISTENT_POINTS = 12
"""A level of fewer points must lie clear of the other one: no more than one point in six beyond the middle."""


class Contrasts:
    """The contrasts of one signal.

    Elimination weighs the same change again and again, and under several models of noise: what does not depend on the
    model is worked out once. Lists, because a handful of numbers a time is quicker without numpy.
    """

    def __init__(self, signal: Signal) -> None:
        self.signal = signal
        self._best_places: dict[tuple[int, int], int] = {}
        self._ranks: dict[tuple[int, int, int], tuple[float, float]] = {}
        self._clear: dict[tuple[int, int, int], bool] = {}

    @cached_property
    def sums(self) -> list[float]:
        """The signal's prefix sums."""
        sums: list[float] = self.signal.sums.tolist()
        return sums

    @cached_property
    def points(self) -> list[float]:
        """The signal's points added up: 0, 1, 2... where none is weighted."""
        points: list[float] = self.signal.points.tolist()
        return points

    @cached_property
    def roughness(self) -> list[float]:
        """The signal's prefix sums of squared steps."""
        roughness: list[float] = self.signal.roughness.tolist()
        return roughness

    @cached_property
    def _values(self) -> list[float]:
        values: list[float] = self.signal.values.tolist()
        return values

    def place_best(self, left: int, place: int, right: int) -> int:
        """Return where between two neighbours one change fits best; `place` where there is no room."""
        if right - left < 2 * SHORTEST_LEVEL:
            return place
        best = self._best_places.get((left, right))
        if best is None:
            best = self._best_places[left, right] = place_best(self.signal, left, right)
        return best

    def ranks(self, left: int, place: int, right: int) -> tuple[float, float]:
        """Return `rank_test` of the points near `place` on either side, no further than its neighbours."""
        start, end = max(left, place - RANK_REACH), min(right, place + RANK_REACH)
        known = self._ranks.get((start, place, end))
        if known is None:
            x, weights = self.signal.values, self.signal.weights
            known = self._ranks[start, place, end] = (
                rank_test(x[start:place], x[place:end])
                if weights is None
                else weighted_rank_test((x[start:place], x[place:end]), (weights[start:place], weights[place:end]))
            )
        return known

    def stands_clear(self, left: int, place: int, right: int) -> bool:
        """Return whether a level of few points lies on its own side of the middle; one of many need not."""
        if place - left >= CONSISTENT_POINTS and right - place >= CONSISTENT_POINTS:
            return True
        start, end = max(left, place - CLEAR_REACH), min(right, place + CLEAR_REACH)
        known = self._clear.get((start, place, end))
        if known is None:
            known = self._clear[start, place, end] = _stands_clear(self._values[start:place], self._values[place:end])
        return known


def place_best(signal: Signal, left: int, right: int) -> int:
    """Return where between two neighbours, two levels or more apart, one change fits best by least squares."""
    lowest, highest = left + SHORTEST_LEVEL, right - SHORTEST_LEVEL
    m, points = signal.centred, signal.points
    inside, counted = m[lowest : highest + 1], points[lowest : highest + 1]
    before, after = inside - m.item(left), m.item(right) - inside
    before *= before
    before /= counted - points.item(left)
    after *= after
    after /= points.item(right) - counted
    before += after
    return lowest + int(before.argmax())


def rank_test(before: FloatArray, after: FloatArray) -> tuple[float, float]:
    """Return (z, largest z these sizes can reach) of the rank sum test of Mann & Whitney 1947, ties counted half."""
    a, b = len(before), len(after)
    ordered = np.sort(before)
    wins = int(np.add.reduce(ordered.searchsorted(after)) + np.add.reduce(ordered.searchsorted(after, "right"))) / 2
    z = abs(wins - a * b / 2) / math.sqrt(a * b * (a + b + 1) / 12)
    return z, math.sqrt(3 * a * b / (a + b + 1))


def weighted_rank_test(
    samples: tuple[FloatArray, FloatArray], weights: tuple[FloatArray, FloatArray]
) -> tuple[float, float]:
    """Return `rank_test` where each pair counts as the product of its weights; the same where all weigh 1.

    The variance is that of the statistic's projection on single points, with 1 / 12 for each place among the others.
    """
    (before, after), (of_before, of_after) = samples, weights
    order = before.argsort(kind="stable")
    ordered, beaten = before[order], np.concatenate([[0.0], of_before[order].cumsum()])
    below = (beaten[ordered.searchsorted(after)] + beaten[ordered.searchsorted(after, "right")]) / 2
    a, b = float(of_before.sum()), float(of_after.sum())
    a2, b2 = float(of_before @ of_before), float(of_after @ of_after)
    deviation = math.sqrt((a * a * b2 + b * b * a2 + a2 * b2) / 12)
    return abs(float(of_after @ below) - a * b / 2) / deviation, a * b / 2 / deviation


def _stands_clear(before: list[float], after: list[float]) -> bool:
    low, high = median_of_list(before), median_of_list(after)
    middle, sign = (low + high) / 2, 1.0 if high > low else -1.0
    for points, side in ((before, sign), (after, -sign)):
        if len(points) < CONSISTENT_POINTS:
            strays = sum((point - middle) * side >= 0 for point in points)
            if strays > len(points) // 6:
                return False
    return True
