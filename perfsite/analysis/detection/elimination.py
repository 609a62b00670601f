"""Which change points stand a test: the weakest goes first, its neighbours are weighed again (backward elimination)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.detection.partition import SHORTEST_LEVEL, best_partition, place_best
from perfsite.analysis.detection.quantiles import median

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.analysis.detection.noisemodel import NoiseModel
    from perfsite.analysis.detection.partition import Scan
    from perfsite.analysis.detection.signal import Signal

    FloatArray = NDArray[np.float64]

CRITICAL_BASE, CRITICAL_GROWTH = 3.9, 0.24
"""Of `critical_z`, calibrated so that about 3 % of change-free series of fourteen kinds of noise alert."""
REACHES = (4, 10, 24, 60, 10**9)
"""How many points on either side weigh a change: a level may drift far away, the change is here."""
LOCAL_REACH = 24
"""Points on either side that tell the local variance."""
PRIOR_POINTS = 4
"""Weight, in points, of the whole series' variance against the local one."""
RANK_REACH = 60
RANK_Z = 2.6
"""What the rank test must reach on RANK_REACH points on either side; less where so few points cannot reach it."""
CLEAR_REACH = 30
CONSISTENT_POINTS = 12
"""A level of fewer points must lie clear of the other one: no more than one point in six beyond the middle."""


def critical_z(n: int) -> float:
    """Return what a change among n points must reach, in standard errors.

    The maximum of n tests grows like sqrt(2 log n) (Yao & Davis 1986). The two constants are calibrated on noise of
    fourteen kinds; the growth is slower than theory's because short series know their own noise worse.
    """
    return CRITICAL_BASE + CRITICAL_GROWTH * math.sqrt(2 * math.log(max(n, 10)))


def find_under(signal: Signal, scan: Scan, model: NoiseModel, critical: float) -> tuple[list[int], list[float]]:
    """Return the change points of a signal under one noise model, and each one's z."""
    trial = _Trial(signal, model, critical, best_partition(signal, model, scan.candidates(model)))
    trial.drop_the_weak()
    return trial.changes, trial.scores


class _Trial:
    """Change points under test. Sums are plain lists: a handful of numbers a time is quicker without numpy."""

    def __init__(self, signal: Signal, model: NoiseModel, critical: float, changes: list[int]) -> None:
        self.signal = signal
        self.model = model
        self.critical = critical
        self.changes = changes
        self.scores: list[float] = []
        if not changes:
            return
        self._reaches = REACHES if model.is_white else (2, *REACHES)
        self._sums: list[float] = signal.sums.tolist()
        self._roughness: list[float] = signal.roughness.tolist()
        self._variances: dict[int, float] = {}
        for i in range(len(changes)):
            self._place(i)
        self.scores = [self._weigh(i) for i in range(len(changes))]

    def drop_the_weak(self) -> None:
        """Drop the weakest change until all stand; its neighbours are placed and weighed anew each time."""
        while self.changes:
            weakest = min(range(len(self.changes)), key=self.scores.__getitem__)
            if self.scores[weakest] >= self.critical:
                return
            del self.changes[weakest], self.scores[weakest]
            for i in range(max(weakest - 1, 0), min(weakest + 1, len(self.changes))):
                self._place(i)
            for i in range(max(weakest - 2, 0), min(weakest + 2, len(self.changes))):
                self.scores[i] = self._weigh(i)

    def _neighbours(self, i: int) -> tuple[int, int]:
        left = self.changes[i - 1] if i else 0
        return left, self.changes[i + 1] if i + 1 < len(self.changes) else len(self.signal)

    def _place(self, i: int) -> None:
        left, right = self._neighbours(i)
        self.changes[i] = place_best(self.signal, left, self.changes[i], right)

    def _weigh(self, i: int) -> float:
        """Return the z of change i, below the critical one where ranks or single points contradict the means."""
        left, right = self._neighbours(i)
        place = self.changes[i]
        if place - left < SHORTEST_LEVEL or right - place < SHORTEST_LEVEL:
            return 0.0
        z = self._largest_z(i, left, right)
        if z < self.critical:
            return z
        x = self.signal.values
        rank_z, highest = rank_test(x[max(left, place - RANK_REACH) : place], x[place : min(right, place + RANK_REACH)])
        if rank_z < min(RANK_Z, 0.9 * highest):
            return 0.6 * self.critical * rank_z / RANK_Z
        if not _stands_clear(x[max(left, place - CLEAR_REACH) : place], x[place : min(right, place + CLEAR_REACH)]):
            return 0.7 * self.critical
        return z

    def _largest_z(self, i: int, left: int, right: int) -> float:
        """Return the largest standardised difference of the means before and after change i, over all reaches."""
        place = self.changes[i]
        sums = self._sums
        at_place = sums[place]
        before, after = self._inflation(i)
        z2 = 0.0
        for reach in self._reaches:
            a, b = min(place - left, reach), min(right - place, reach)
            difference = (sums[place + b] - at_place) / b - (at_place - sums[place - a]) / a
            variance = self._variance(a) * before + self._variance(b) * after
            if not self.model.is_white:
                variance -= 2 * self.model.covariance_of_neighbours(a, b) * math.sqrt(before * after)
            z2 = max(z2, difference * difference / max(variance, 1e-300))
            if a == place - left and b == right - place:
                break
        return math.sqrt(z2)

    def _variance(self, points: int) -> float:
        known = self._variances.get(points)
        if known is None:
            known = self._variances[points] = self.model.variance_of_mean(points)
        return known

    def _inflation(self, i: int) -> tuple[float, float]:
        """Return by how much the variance before and after change i exceeds that of the whole series; 1 or more."""
        place = self.changes[i]
        return (
            self._inflation_within(max(0, place - LOCAL_REACH), place, i),
            self._inflation_within(place, min(len(self.signal), place + LOCAL_REACH), i),
        )

    def _inflation_within(self, start: int, end: int, i: int) -> float:
        """Return the variance of points start..end - 1 over that of the series, steps at other changes left out."""
        roughness = self._roughness
        steps = end - start - 1
        rough = roughness[end - 1] - roughness[start]
        for jump in self.changes[max(i - 2, 0) : i + 3]:
            if start < jump < end:
                rough -= roughness[jump] - roughness[jump - 1]
                steps -= 1
        white = self.signal.white
        return max(1.0, (rough / 2 + PRIOR_POINTS * white) / (steps + PRIOR_POINTS) / white)


def rank_test(before: FloatArray, after: FloatArray) -> tuple[float, float]:
    """Return (z, largest z these sizes can reach) of the rank sum test of Mann & Whitney 1947, ties counted half."""
    a, b = len(before), len(after)
    ordered = np.sort(before)
    wins = (int(ordered.searchsorted(after, "left").sum()) + int(ordered.searchsorted(after, "right").sum())) / 2
    z = abs(wins - a * b / 2) / math.sqrt(a * b * (a + b + 1) / 12)
    return z, math.sqrt(3 * a * b / (a + b + 1))


def _stands_clear(before: FloatArray, after: FloatArray) -> bool:
    """Return whether a level of few points lies on its own side of the middle."""
    if len(before) >= CONSISTENT_POINTS and len(after) >= CONSISTENT_POINTS:
        return True
    low, high = median(before), median(after)
    middle, sign = (low + high) / 2, 1.0 if high > low else -1.0
    for points, side in ((before, sign), (after, -sign)):
        strays = int(np.count_nonzero((points - middle) * side >= 0))
        if len(points) < CONSISTENT_POINTS and strays > len(points) // 6:
            return False
    return True
