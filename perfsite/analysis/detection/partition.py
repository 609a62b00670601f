"""Where levels may change, and which changes explain a series best: a scan over scales, then exact partition."""

from __future__ import annotations

import math
from operator import add
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
CANDIDATE_Z = 3.0
"""Standard errors between two windows that make a candidate: generous, the partition decides."""
MOST_CANDIDATES = 150
"""The partition costs the square of their number."""
END_REACH = 12
"""Within so many points of an end no window fits on both sides; every second point there is a candidate."""
PENALTY = 3.8
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
        self._peaks: dict[int, NDArray[np.int64]] = {}

    def candidates(self, model: NoiseModel) -> list[int]:
        """Return places where some scale sees a local peak of CANDIDATE_Z or more, and those near the ends, sorted."""
        best = np.zeros(self.n + 1)
        for w, difference in zip(self.scales, self._differences, strict=True):
            variance = 2 * model.variance_of_mean(w) - 2 * model.covariance_of_neighbours(w, w)
            deviation = math.sqrt(max(variance, 1e-300))
            peaks = self._peaks_of(w, difference)
            heights = difference[peaks] / deviation
            high = heights >= CANDIDATE_Z
            places = peaks[high] + w
            best[places] = np.maximum(best[places], heights[high])
        shortest, reach = SHORTEST_LEVEL, END_REACH
        for ends in (best[shortest:reach:2], best[self.n - shortest : max(self.n - reach, shortest) : -2]):
            np.maximum(ends, CANDIDATE_Z, out=ends)
        best[self.n - shortest + 1 :] = 0.0
        places = np.flatnonzero(best)
        if len(places) > MOST_CANDIDATES:
            places = np.sort(places[np.argsort(-best[places], kind="stable")[:MOST_CANDIDATES]])
        found: list[int] = places.tolist()
        return found

    def _peaks_of(self, w: int, difference: FloatArray) -> NDArray[np.int64]:
        """Return where the differences at one scale are largest within a third of the window."""
        if w not in self._peaks:
            reach = max(1, w // 3)
            padded = np.full(len(difference) + 2 * reach, -1.0)
            padded[reach : reach + len(difference)] = difference
            self._peaks[w] = np.flatnonzero(difference >= sliding_maximum(padded, 2 * reach + 1))
        return self._peaks[w]


def best_partition(signal: Signal, model: NoiseModel, candidates: list[int]) -> list[int]:
    """Return the candidates that minimise squared error plus a price per change, by dynamic programming.

    Optimal partitioning (Jackson et al. 2005) over candidates instead of all points: exact among them, K^2 for K.
    """
    n = len(signal)
    places = np.array([0, *candidates, n])
    long_run = max(model.variance_of_mean(16) * 16, model.variance)
    price = PENALTY * math.log(n) * min(long_run, 8 * max(model.variance, 1e-300))
    lengths = (places[None, :] - places[:, None]).astype(np.float64)
    rise = signal.centred[places]
    rises = rise[None, :] - rise[:, None]
    squares = signal.squares[places]
    # Entry [i, j] is what a level from place i to place j costs; levels too short, or backwards, cost too much.
    too_short = lengths < SHORTEST_LEVEL
    lengths[too_short] = 1.0
    costs = (squares[None, :] - squares[:, None]) - rises * rises / lengths + price
    costs[too_short] = np.inf
    # Lists from here on: a step of the recursion looks at few numbers, and `map` ends with the shorter of two.
    total, previous = [0.0], [0]
    for column in costs.T.tolist()[1:]:
        ways = [*map(add, total, column)]
        cheapest = min(ways)
        total.append(cheapest)
        previous.append(ways.index(cheapest))
    changes = []
    j = previous[-1]
    while j > 0:
        changes.append(candidates[j - 1])
        j = previous[j]
    return changes[::-1]
