"""Where levels may change, and which changes explain a series best: a scan over scales, then exact partition."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.analysis.detection.noisemodel import NoiseModel
    from perfsite.analysis.detection.signal import Signal

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

SHORTEST_LEVEL = 4
"""Fewest points that make a level."""
SCALES = (4, 6, 9, 14, 22, 36, 60, 100, 170, 300, 550, 1000, 2000, 4000, 8000)
"""Window lengths of the scan, points on either side: each about 1.6 times the last, so no change falls between two."""
CANDIDATE_Z = 3.0
"""Standard errors between two windows that make a candidate: generous, the partition decides."""
FEW_CANDIDATES, CANDIDATES_PER_POINT = 150, 0.15
"""At most so many candidates, the strongest: a number, or a share of the points where that is more."""
LOOK_BACK, ROWS = 300, 150
"""Candidates that a level may span, and rows of the table of all levels that are worked out at once."""
END_REACH = 12
"""Within so many points of an end no window fits on both sides; every second point there is a candidate."""
PENALTY = 3.4
"""Cost of a change in the partition, in units of the noise variance times log n."""


class Scan:
    """Differences of the means of two adjacent windows, at every place and scale, reused by every noise model."""

    def __init__(self, signal: Signal) -> None:
        n = len(signal)
        self.n = n
        self.scales = [w for w in SCALES if 2 * w <= n]
        # A row per scale, a column per place; zero where no window fits, as far as a row's peaks are looked for.
        differences = np.zeros((len(self.scales), n + 1))
        for row, w in zip(differences, self.scales, strict=True):
            row[w : n - w + 1] = signal.window_steps(w)
        np.abs(differences, out=differences)
        self._peaks = np.where(differences >= self._largest_around(differences), differences, 0.0)
        """The differences that are largest within a third of the window, zero at all other places."""

    def _largest_around(self, differences: FloatArray) -> FloatArray:
        """Return the largest difference of the same scale within a third of the window, zero where no window fits."""
        # The maxima of 1, 2, 4... columns serve all scales that are as wide, and two of them make any width.
        around = np.zeros_like(differences)
        highest, width, first = differences, 1, 0
        for i, w in enumerate(self.scales):
            reach = max(1, w // 3)
            while 2 * width <= 2 * reach + 1:
                wide = highest[i - first :]
                highest, first = np.maximum(wide[:, :-width], wide[:, width:]), i
                width *= 2
            row, end = highest[i - first], self.n + 1 - 2 * reach
            np.maximum(row[:end], row[len(row) - end :], out=around[i, reach : reach + end])
        return around

    def candidates(self, model: NoiseModel) -> list[int]:
        """Return places where some scale sees a local peak of CANDIDATE_Z or more, and those near the ends, sorted."""
        variances = [2 * model.variance_of_mean(w) - 2 * model.covariance_of_neighbours(w, w) for w in self.scales]
        deviations = np.array([math.sqrt(max(variance, 1e-300)) for variance in variances])
        best: FloatArray = (self._peaks / deviations[:, None]).max(axis=0)
        best[best < CANDIDATE_Z] = 0.0
        shortest, reach = SHORTEST_LEVEL, END_REACH
        for ends in (best[shortest:reach:2], best[self.n - shortest : max(self.n - reach, shortest) : -2]):
            np.maximum(ends, CANDIDATE_Z, out=ends)
        best[self.n - shortest + 1 :] = 0.0
        places = np.flatnonzero(best)
        most = max(FEW_CANDIDATES, int(CANDIDATES_PER_POINT * self.n))
        if len(places) > most:
            places = np.sort(places[np.argsort(-best[places], kind="stable")[:most]])
        found: list[int] = places.tolist()
        return found


def best_partition(signal: Signal, model: NoiseModel, candidates: list[int]) -> list[int]:
    """Return the candidates that minimise squared error plus a price per change, by dynamic programming.

    Optimal partitioning (Jackson et al. 2005) over candidates instead of all points: exact among them, as long as no
    level spans more than `LOOK_BACK`; one that does is cut, and put together again by elimination.
    """
    n = len(signal)
    places = np.array([0, *candidates, n])
    long_run = max(model.variance_of_mean(16) * 16, model.variance)
    price = PENALTY * math.log(n) * min(long_run, 8 * max(model.variance, 1e-300))
    total = np.full(len(places), -np.inf)
    total[0] = 0.0
    previous = [0]
    for first in range(1, len(places), ROWS):
        rows = slice(first, min(first + ROWS, len(places)))
        oldest = max(0, first - LOOK_BACK)
        gains = _gains(signal, places[rows], places[oldest : rows.stop])
        for j, row in enumerate(gains, start=first):
            ways = total[oldest:j] + row[: j - oldest]
            k = int(ways.argmax())
            total[j] = ways[k] - price
            previous.append(oldest + k)
    changes = []
    j = previous[-1]
    while j > 0:
        changes.append(candidates[j - 1])
        j = previous[j]
    return changes[::-1]


def _gains(signal: Signal, ends: IntArray, starts: IntArray) -> FloatArray:
    """Return by how much a level from each start (column) to each end (row) lowers the squared error; -inf if short."""
    rise, points = signal.centred, signal.points
    lengths = points[ends][:, None] - points[starts]
    gains = rise[ends][:, None] - rise[starts]
    gains *= gains
    too_short = ends[:, None] - starts < SHORTEST_LEVEL
    lengths[too_short] = 1.0
    gains /= lengths
    gains[too_short] = -np.inf
    return gains
