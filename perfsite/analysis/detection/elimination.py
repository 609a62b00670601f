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

REACHES = (4, 10, 24, 60, 10**9)
"""How many points on either side weigh a change: a level may drift far away, the change is here."""
LOCAL_REACH = 24
"""Points on either side that tell the local variance."""
PRIOR_POINTS = 4
"""Weight, in points, of the whole series' variance against the local one."""
RANK_REACH = 60
RANK_Z = 2.8
"""What the rank test must reach on RANK_REACH points on either side; less where so few points cannot reach it."""
CONSISTENT_POINTS = 12
"""A level of fewer points must lie clear of the other one: no more than one point in six beyond the middle."""


def critical_z(n: int) -> float:
    """Return what a change among n points must reach, in standard errors.

    The maximum of n tests grows like sqrt(2 log n) (Yao & Davis 1986); the two constants are calibrated on noise of
    fourteen kinds, heavier in its tails than the normal.
    """
    return 3.3 + 0.46 * math.sqrt(2 * math.log(max(n, 10)))


def find_under(signal: Signal, scan: Scan, model: NoiseModel, critical: float) -> tuple[list[int], list[float]]:
    """Return the change points of a signal under one noise model, and each one's z."""
    changes = best_partition(signal, model, scan.candidates(model))
    for i in range(len(changes)):
        changes[i] = _place(signal, changes, i)
    scores = [_weigh(signal, model, changes, i, critical) for i in range(len(changes))]
    while changes:
        weakest = min(range(len(changes)), key=scores.__getitem__)
        if scores[weakest] >= critical:
            break
        del changes[weakest], scores[weakest]
        for i in range(max(weakest - 1, 0), min(weakest + 1, len(changes))):
            changes[i] = _place(signal, changes, i)
        for i in range(max(weakest - 2, 0), min(weakest + 2, len(changes))):
            scores[i] = _weigh(signal, model, changes, i, critical)
    return changes, scores


def _neighbours(signal: Signal, changes: list[int], i: int) -> tuple[int, int]:
    return (changes[i - 1] if i else 0), (changes[i + 1] if i + 1 < len(changes) else len(signal))


def _place(signal: Signal, changes: list[int], i: int) -> int:
    left, right = _neighbours(signal, changes, i)
    return place_best(signal, left, changes[i], right)


def _weigh(signal: Signal, model: NoiseModel, changes: list[int], i: int, critical: float) -> float:
    """Return the z of change i, below `critical` where ranks or single points contradict the means."""
    left, right = _neighbours(signal, changes, i)
    place = changes[i]
    if place - left < SHORTEST_LEVEL or right - place < SHORTEST_LEVEL:
        return 0.0
    inflation = _local_inflation(signal, changes, i)
    z = 0.0
    for reach in REACHES if model.is_white else (2, *REACHES):
        a, b = min(place - left, reach), min(right - place, reach)
        difference = signal.mean(place, place + b) - signal.mean(place - a, place)
        variance = (
            model.variance_of_mean(a) * inflation[0]
            + model.variance_of_mean(b) * inflation[1]
            - 2 * model.covariance_of_neighbours(a, b) * math.sqrt(inflation[0] * inflation[1])
        )
        z = max(z, abs(difference) / math.sqrt(max(variance, 1e-300)))
        if a == place - left and b == right - place:
            break
    if z < critical:
        return z
    rank_z, highest = rank_test(
        signal.values[max(left, place - RANK_REACH) : place], signal.values[place : min(right, place + RANK_REACH)]
    )
    if rank_z < min(RANK_Z, 0.9 * highest):
        return 0.6 * critical * rank_z / RANK_Z
    if not _stands_clear(signal.values[max(left, place - 30) : place], signal.values[place : min(right, place + 30)]):
        return 0.7 * critical
    return z


def _local_inflation(signal: Signal, changes: list[int], i: int) -> tuple[float, float]:
    """Return by how much the variance before and after change i exceeds that of the whole series; 1 or more."""
    place, n = changes[i], len(signal)
    jumps = [changes[k] for k in (i - 2, i - 1, i + 1, i + 2) if 0 <= k < len(changes)]
    result = []
    for start, end in ((max(0, place - LOCAL_REACH), place), (place, min(n, place + LOCAL_REACH))):
        steps = end - start - 1
        rough = float(signal.roughness[end - 1] - signal.roughness[start])
        for jump in jumps:
            if start < jump < end:
                rough -= float(signal.roughness[jump] - signal.roughness[jump - 1])
                steps -= 1
        local = (rough / 2 + PRIOR_POINTS * signal.white) / (steps + PRIOR_POINTS)
        result.append(max(1.0, local / signal.white))
    return result[0], result[1]


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
