"""Where levels may change, and which changes explain a series best: a scan over scales, then exact partition."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.detection.quantiles import sliding_maximum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.analysis.detection.noisemodel import NoiseModel
    from perfsite.analysis.detection.signal import Signal

    FloatArray = NDArray[np.float64]

SHORTEST_LEVEL = 4
"""Fewest points that make a level."""
SCALES = (4, 6, 9, 14, 22, 36, 60, 100, 170, 300, 550, 1000, 2000, 4000, 8000)
"""Window lengths of the scan, points on either side: each about 1.6 times the last, so no change falls between two."""
CANDIDATE_Z = 2.4
"""Standard errors between two windows that make a candidate: generous, the partition decides."""
MOST_CANDIDATES = 150
"""The partition costs the square of their number."""
END_REACH = 12
"""Within so many points of an end no window fits on both sides; every point there is a candidate."""
PENALTY = 2.2
"""Cost of a change in the partition, in units of the noise variance times log n."""


class Scan:
    """Differences of the means of two adjacent windows, at every place and scale, reused by every noise model."""

    def __init__(self, signal: Signal) -> None:
        n = len(signal)
        sums = signal.sums
        self.n = n
        self.scales = [w for w in SCALES if 2 * w <= n]
        self._differences = [
            np.abs(sums[2 * w :] - 2 * sums[w : n - w + 1] + sums[: n - 2 * w + 1]) / w for w in self.scales
        ]
        self._peaks: dict[int, NDArray[np.bool_]] = {}

    def candidates(self, model: NoiseModel) -> list[int]:
        """Return places where some scale sees a local peak of CANDIDATE_Z or more, and those near the ends, sorted."""
        best: dict[int, float] = {}
        for w, difference in zip(self.scales, self._differences, strict=True):
            variance = 2 * model.variance_of_mean(w) - 2 * model.covariance_of_neighbours(w, w)
            deviation = math.sqrt(max(variance, 1e-300))
            high = difference >= CANDIDATE_Z * deviation
            if not high.any():
                continue
            for i in np.flatnonzero(high & self._is_peak(w, difference)).tolist():
                z = float(difference[i]) / deviation
                if z > best.get(i + w, 0.0):
                    best[i + w] = z
        for place in (*range(SHORTEST_LEVEL, END_REACH), *range(self.n - END_REACH, self.n - SHORTEST_LEVEL + 1)):
            if SHORTEST_LEVEL <= place <= self.n - SHORTEST_LEVEL:
                best.setdefault(place, CANDIDATE_Z)
        strongest = sorted(best, key=lambda place: (-best[place], place))[:MOST_CANDIDATES]
        return sorted(strongest)

    def _is_peak(self, w: int, difference: FloatArray) -> NDArray[np.bool_]:
        if w not in self._peaks:
            reach = max(1, w // 3)
            padded = np.pad(difference, reach, constant_values=-1.0)
            self._peaks[w] = difference >= sliding_maximum(padded, 2 * reach + 1)
        return self._peaks[w]


def best_partition(signal: Signal, model: NoiseModel, candidates: list[int]) -> list[int]:
    """Return the candidates that minimise squared error plus a price per change, by dynamic programming.

    Optimal partitioning (Jackson et al. 2005) over candidates instead of all points: exact among them, K^2 for K.
    """
    n = len(signal)
    places = np.array([0, *candidates, n])
    long_run = max(model.variance_of_mean(16) * 16, model.variance)
    price = PENALTY * math.log(n) * min(long_run, 8 * max(model.variance, 1e-300))
    squares, centred = signal.squares[places], signal.centred[places]
    lengths_from = places.tolist()
    cost = np.full(len(places), np.inf)
    cost[0] = -price
    cost_less_squares = cost - squares
    previous = np.zeros(len(places), dtype=np.int64)
    first = 0
    last = 1
    for j in range(1, len(places)):
        while last < j and lengths_from[j] - lengths_from[last] >= SHORTEST_LEVEL:
            last += 1
        if lengths_from[j] < SHORTEST_LEVEL:
            continue
        rise = centred[j] - centred[first:last]
        total = cost_less_squares[first:last] - rise * rise / (lengths_from[j] - places[first:last])
        k = int(total.argmin())
        cost[j] = total[k] + squares[j] + price
        cost_less_squares[j] = cost[j] - squares[j]
        previous[j] = first + k
    changes = []
    j = int(previous[-1])
    while j > 0:
        changes.append(lengths_from[j])
        j = int(previous[j])
    return changes[::-1]


def place_best(signal: Signal, left: int, place: int, right: int) -> int:
    """Return where between two neighbours one change fits best by least squares; `place` where there is no room."""
    lowest, highest = left + SHORTEST_LEVEL, right - SHORTEST_LEVEL
    if highest < lowest:
        return place
    m = signal.centred
    t = np.arange(lowest, highest + 1)
    inside = m[lowest : highest + 1]
    before, after = inside - m[left], m[right] - inside
    return lowest + int((before * before / (t - left) + after * after / (right - t)).argmax())
