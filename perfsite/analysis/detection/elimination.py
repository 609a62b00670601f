"""Which change points stand a test: the weakest goes first, its neighbours are weighed again (backward elimination)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from perfsite.analysis.detection.partition import SHORTEST_LEVEL, best_partition

if TYPE_CHECKING:
    from perfsite.analysis.detection.contrasts import Contrasts
    from perfsite.analysis.detection.noisemodel import NoiseModel
    from perfsite.analysis.detection.partition import Scan

CRITICAL_BASE, CRITICAL_GROWTH = 3.6, 0.27
"""Of `critical_z`, calibrated so that about 3 % of change-free series of fourteen kinds of noise alert."""
FEW_POINTS, FEW_POINTS_COST = 20.0, 0.6
"""So few points, and fewer, need so many standard errors more: they know their noise badly. Fades with the square."""
SHORT_LEVEL = 0.4
"""Standard errors by which the shortest level is discounted, fading with the square: so few points are soon alike."""
FIRST_LEVEL, FIRST_LEVEL_MATTERS = 8, 60
"""So many points make a first level in a series of fewer points than the second number, or a third of them all."""
REACHES = (4, 10, 24, 60, 10**9)
"""How many points on either side weigh a change: a level may drift far away, the change is here."""
LOCAL_REACH = 24
"""Points on either side that tell the local variance."""
PRIOR_POINTS = 4
"""Weight, in points, of the whole series' variance against the local one."""
RANK_Z = 2.6
"""What the rank test must reach; less where so few points cannot reach it."""


def critical_z(n: int) -> float:
    """Return what a change among n points must reach, in standard errors.

    The maximum of n tests grows like sqrt(2 log n) (Yao & Davis 1986). The two constants are calibrated on noise of
    fourteen kinds; the growth is slower than theory's because short series know their own noise worse.
    """
    of_chance = CRITICAL_BASE + CRITICAL_GROWTH * math.sqrt(2 * math.log(max(n, 10)))
    return of_chance + FEW_POINTS_COST * min(FEW_POINTS / n, 1.0) ** 2


def find_under(contrasts: Contrasts, scan: Scan, model: NoiseModel, critical: float) -> tuple[list[int], list[float]]:
    """Return the change points of a signal under one noise model, and each one's z."""
    changes = best_partition(contrasts.signal, model, scan.candidates(model))
    if not changes:
        return [], []
    trial = _Trial(contrasts, model, critical, changes)
    trial.drop_the_weak()
    return trial.changes, trial.scores


class _Trial:
    """Change points under test; at least one at first."""

    def __init__(self, contrasts: Contrasts, model: NoiseModel, critical: float, changes: list[int]) -> None:
        self.model = model
        self.critical = critical
        self.changes = changes
        self._contrasts = contrasts
        self._end = len(contrasts.signal)
        self._sums = contrasts.sums
        self._points = contrasts.points
        self._reaches = REACHES if model.is_white else (2, *REACHES)
        self._variances: dict[float, float] = {}
        for i in range(len(changes)):
            self._place(i)
        self.scores = [self._weigh(i) for i in range(len(changes))]

    def drop_the_weak(self) -> None:
        """Drop the weakest change until all stand; its neighbours are placed and weighed anew each time."""
        while self.changes:
            least = min(self.scores)
            if least >= self.critical:
                return
            weakest = self.scores.index(least)
            del self.changes[weakest], self.scores[weakest]
            for i in range(max(weakest - 1, 0), min(weakest + 1, len(self.changes))):
                self._place(i)
            for i in range(max(weakest - 2, 0), min(weakest + 2, len(self.changes))):
                self.scores[i] = self._weigh(i)

    def _neighbours(self, i: int) -> tuple[int, int]:
        left = self.changes[i - 1] if i else 0
        return left, self.changes[i + 1] if i + 1 < len(self.changes) else self._end

    def _place(self, i: int) -> None:
        left, right = self._neighbours(i)
        self.changes[i] = self._contrasts.place_best(left, self.changes[i], right)

    def _weigh(self, i: int) -> float:
        """Return the z of change i, below the critical one where ranks or single points contradict the means."""
        left, right = self._neighbours(i)
        place = self.changes[i]
        if place - left < SHORTEST_LEVEL or right - place < SHORTEST_LEVEL:
            return 0.0
        if left == 0 and place < min(FIRST_LEVEL, self._end // 3) and self._end < FIRST_LEVEL_MATTERS:
            return 0.0
        z = self._largest_z(i, place - left, right - place)
        z -= SHORT_LEVEL * (SHORTEST_LEVEL / min(place - left, right - place)) ** 2
        if z < self.critical:
            return z
        rank_z, highest = self._contrasts.ranks(left, place, right)
        if rank_z < min(RANK_Z, 0.9 * highest):
            return 0.6 * self.critical * rank_z / RANK_Z
        if not self._contrasts.stands_clear(left, place, right):
            return 0.7 * self.critical
        return z

    def _largest_z(self, i: int, most_before: int, most_after: int) -> float:
        """Return the largest standardised difference of the means before and after change i, over all reaches."""
        sums, points, variances = self._sums, self._points, self._variances
        place = self.changes[i]
        at_place, points_at_place = sums[place], points[place]
        before, after = self._inflation(i)
        has_memory, both = not self.model.is_white, 2 * math.sqrt(before * after)
        z2 = 0.0
        for reach in self._reaches:
            first = place - (reach if reach < most_before else most_before)
            last = place + (reach if reach < most_after else most_after)
            a, b = points_at_place - points[first], points[last] - points_at_place
            difference = (sums[last] - at_place) / b - (at_place - sums[first]) / a
            variance_before = variances.get(a) or self._variance(a)
            variance_after = variances.get(b) or self._variance(b)
            variance = variance_before * before + variance_after * after
            if has_memory:
                variance -= self.model.covariance_of_neighbours(a, b) * both
            z2 = max(z2, difference * difference / max(variance, 1e-300))
            if place - first == most_before and last - place == most_after:
                break
        return math.sqrt(z2)

    def _variance(self, points: float) -> float:
        self._variances[points] = variance = self.model.variance_of_mean(points)
        return variance

    def _inflation(self, i: int) -> tuple[float, float]:
        """Return by how much the variance before and after change i exceeds that of the whole series; 1 or more."""
        place = self.changes[i]
        return (
            self._inflation_within(max(0, place - LOCAL_REACH), place, i),
            self._inflation_within(place, min(self._end, place + LOCAL_REACH), i),
        )

    def _inflation_within(self, start: int, end: int, i: int) -> float:
        """Return the variance of points start..end - 1 over that of the series, steps at other changes left out."""
        roughness = self._contrasts.roughness
        steps = end - start - 1
        rough = roughness[end - 1] - roughness[start]
        for jump in self.changes[max(i - 2, 0) : i + 3]:
            if start < jump < end:
                rough -= roughness[jump] - roughness[jump - 1]
                steps -= 1
        white = self._contrasts.signal.white
        return max(1.0, (rough / 2 + PRIOR_POINTS * white) / (steps + PRIOR_POINTS) / white)
