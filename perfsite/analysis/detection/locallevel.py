"""Jumps in a wandering level: random walk plus white noise, jumps pursued in the filter's innovations one by one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.detection.noisemodel import NoiseModel, describe, price_of_parameters
from perfsite.analysis.detection.partition import SHORTEST_LEVEL
from perfsite.analysis.detection.quantiles import median
from perfsite.analysis.detection.signal import VARIANCE_FLOOR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.analysis.detection.signal import Signal

    FloatArray = NDArray[np.float64]

SHOCK_RATIOS = (0.08, 0.025, 0.005, 0.001)
"""Variance of the walk's step per variance of the white noise, as tried: from loose to stiff."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One way to tell a series: its change points, their evidence, the noise, and the length of the telling in nats."""

    changes: list[int]
    scores: list[float]
    model: NoiseModel
    length: float


class _Filter:
    """The steady-state Kalman filter of the local level model (Harvey 1989, ch. 4.3; Muth 1960)."""

    def __init__(self, ratio: float, n: int) -> None:
        forecast = (math.sqrt(ratio * ratio + 4 * ratio) + ratio) / 2
        self.gain = forecast / (forecast + 1)
        self.reach = int(min(n - 1, max(4, math.ceil(4 / self.gain))))
        self.response: FloatArray = np.power(1 - self.gain, np.arange(self.reach + 1)).astype(np.float64)
        """What a jump of size 1 leaves in the innovations, from its point on."""
        self._whitening = np.empty(self.reach + 1)
        self._whitening[0] = 1.0
        self._whitening[1:] = -self.gain * self.response[:-1]
        self._padded = np.zeros(n + self.reach)
        norms = np.sqrt(np.cumsum(self.response * self.response))
        self.norms = norms[np.minimum(n - 1 - np.arange(n), self.reach)]

    def innovations(self, x: FloatArray) -> FloatArray:
        start = median(x[: min(len(x), 10)])
        e = np.convolve(x - start, self._whitening)[: len(x)]
        e[0] = 0.0
        return e

    def design(self, changes: list[int], n: int) -> FloatArray:
        """Return what jumps of size 1 leave in n innovations, a column each."""
        columns = np.zeros((n, len(changes)))
        for column, place in enumerate(changes):
            affected = min(n - place, self.reach + 1)
            columns[place : place + affected, column] = self.response[:affected]
        return columns

    def matched(self, innovations: FloatArray) -> FloatArray:
        """Return how strongly a jump at each point is seen in the innovations, in the innovations' unit."""
        self._padded[: len(innovations)] = innovations
        matched: FloatArray = np.correlate(self._padded, self.response, "valid")
        return matched / self.norms


def explain_as_walk(signal: Signal, critical: float) -> Explanation:
    """Return the shortest telling of a series as jumps in a random walk plus white noise.

    A jump is a disturbance of the level that the filter did not foresee (Harvey & Koopman 1992, auxiliary residuals);
    the strongest is taken first (matching pursuit), then all are fitted together and the weak ones dropped.
    """
    tellings: list[Explanation] = []
    for ratio in SHOCK_RATIOS:
        # What stood out of a loose walk stands out of a stiffer one too: the pursuit goes on from there.
        tellings.append(_pursue(signal, ratio, critical, tellings[-1].changes if tellings else []))
    return min(tellings, key=lambda telling: telling.length)


def _pursue(signal: Signal, ratio: float, critical: float, known: list[int]) -> Explanation:
    x = signal.values
    n = len(x)
    kalman = _Filter(ratio, n)
    untouched = kalman.innovations(x)
    innovations = untouched.copy()
    changes = list(known)
    if changes:
        design = kalman.design(changes, n)
        innovations -= design @ np.linalg.solve(design.T @ design, design.T @ untouched)
    for _ in range(3 + n // 30):
        found = _strongest_jump(x, kalman, innovations, changes, critical)
        if found is None:
            break
        place, size = found
        changes.append(place)
        affected = min(n - place, kalman.reach + 1)
        innovations[place : place + affected] -= size * kalman.response[:affected]
    changes, scores, rest = _fit_together(untouched, kalman, sorted(changes), critical)
    length, scale2 = describe(rest[1:] * rest[1:])
    length = length * n / (n - 1) + price_of_parameters(n, len(changes), has_state=True)
    return Explanation(changes, scores, NoiseModel(scale2, scale2 * ratio, 1.0), length)


def _strongest_jump(
    x: FloatArray, kalman: _Filter, innovations: FloatArray, changes: list[int], critical: float
) -> tuple[int, float] | None:
    """Return (place, size) of the strongest jump that the medians on its two sides confirm, None: there is none."""
    n = len(x)
    near = SHORTEST_LEVEL
    scale = math.sqrt(_clipped_variance(innovations))
    z = kalman.matched(innovations) / scale
    strength = np.abs(z)
    strength[:near] = 0
    strength[n - near + 1 :] = 0
    for place in changes:
        strength[max(0, place - near + 1) : place + near] = 0
    for _ in range(4):
        place = int(strength.argmax())
        if strength[place] < critical:
            return None
        size = float(z[place]) * scale / float(kalman.norms[place])
        seen = median(x[place : place + near + 1]) - median(x[max(0, place - near - 1) : place])
        if seen * size > 0 and abs(seen) >= 0.4 * abs(size):
            return place, size
        strength[max(0, place - 1) : place + 2] = 0
    return None


def _fit_together(
    untouched: FloatArray, kalman: _Filter, changes: list[int], critical: float
) -> tuple[list[int], list[float], FloatArray]:
    """Fit all jumps at once by least squares, dropping the weakest until all stand."""
    while changes:
        design = kalman.design(changes, len(untouched))
        inverse = np.linalg.inv(design.T @ design)
        sizes = inverse @ (design.T @ untouched)
        rest = untouched - design @ sizes
        errors = np.sqrt(np.maximum(inverse.diagonal(), 1e-300) * _clipped_variance(rest))
        scores = np.abs(sizes) / errors
        weakest = int(scores.argmin())
        if scores[weakest] >= critical:
            return changes, scores.tolist(), rest
        changes = changes[:weakest] + changes[weakest + 1 :]
    return [], [], untouched


def _clipped_variance(innovations: FloatArray) -> float:
    """Return the mean square with squares beyond twelve typical ones clipped: jumps not yet found do not count."""
    squares = innovations * innovations
    typical = median(squares) * 2.2
    clipped = np.minimum(squares, 12 * typical) if typical > 0 else squares
    return max(float(clipped.sum()) / len(squares), VARIANCE_FLOOR)
