"""Jumps in a wandering level: random walk plus white noise, jumps pursued in the filter's innovations one by one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.detection.noisemodel import NoiseModel, describe, price_of_parameters
from perfsite.analysis.detection.partition import SHORTEST_LEVEL
from perfsite.analysis.detection.quantiles import median, sliding_maximum
from perfsite.analysis.detection.signal import VARIANCE_FLOOR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.analysis.detection.signal import Signal

    FloatArray = NDArray[np.float64]

SHOCK_RATIOS = (0.08, 0.025, 0.005, 0.001)
"""Variance of the walk's step per variance of the white noise, as tried: from loose to stiff."""
HOPELESS = 3.0
"""A walk whose telling is longer than the best by so many times log n is too stiff, and so are all stiffer ones."""
MOST_ROUNDS = 40
"""Rounds of the pursuit; each takes every jump that no stronger one is near."""


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

    def gram(self, changes: list[int]) -> FloatArray:
        """Return the inner products of what jumps at these places leave: geometric sums, shape (k, k)."""
        places = np.array(changes)
        apart = np.abs(places[:, None] - places[None, :])
        later = np.maximum(places[:, None], places[None, :])
        shared = np.maximum(np.minimum(len(self.norms) - later, self.reach + 1 - apart), 0)
        keep = 1 - self.gain
        products: FloatArray = keep**apart * (1 - keep ** (2 * shared)) / (1 - keep * keep)
        return products

    def projections(self, innovations: FloatArray, changes: list[int]) -> FloatArray:
        """Return the inner products of innovations with what jumps of size 1 at these places leave, shape (k,)."""
        seen = (innovations[place : place + self.reach + 1] for place in changes)
        return np.array([float(self.response[: len(window)] @ window) for window in seen])

    def take_away(self, innovations: FloatArray, changes: list[int], sizes: list[float]) -> None:
        """Subtract what jumps of these sizes leave, in place."""
        for place, size in zip(changes, sizes, strict=True):
            affected = min(len(innovations) - place, self.reach + 1)
            innovations[place : place + affected] -= size * self.response[:affected]

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
    best: Explanation | None = None
    known: list[int] = []
    for ratio in SHOCK_RATIOS:
        # What stood out of a loose walk stands out of a stiffer one too: the pursuit goes on from there.
        telling = _pursue(signal, ratio, critical, known)
        known = telling.changes
        if best is None or telling.length < best.length:
            best = telling
        elif telling.length > best.length + HOPELESS * math.log(len(signal)):
            break
    assert best is not None
    return best


def _pursue(signal: Signal, ratio: float, critical: float, known: list[int]) -> Explanation:
    x = signal.values
    n = len(x)
    kalman = _Filter(ratio, n)
    untouched = kalman.innovations(x)
    innovations = untouched.copy()
    changes = list(known)
    if changes:
        sizes = np.linalg.solve(kalman.gram(changes), kalman.projections(untouched, changes))
        kalman.take_away(innovations, changes, sizes.tolist())
    for _ in range(MOST_ROUNDS):
        found = _strongest_jumps(x, kalman, innovations, changes, critical)
        if not found:
            break
        places = [place for place, _ in found]
        changes += places
        kalman.take_away(innovations, places, [size for _, size in found])
    changes, scores, rest = _fit_together(untouched, kalman, sorted(changes), critical)
    length, scale2 = describe(rest[1:] * rest[1:])
    length = length * n / (n - 1) + price_of_parameters(n, len(changes), has_state=True)
    return Explanation(changes, scores, NoiseModel(scale2, scale2 * ratio, 1.0), length)


def _strongest_jumps(
    x: FloatArray, kalman: _Filter, innovations: FloatArray, changes: list[int], critical: float
) -> list[tuple[int, float]]:
    """Return (place, size) of jumps, each the strongest within the filter's reach and confirmed by the medians."""
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
        peaks = _separate_peaks(strength, critical, kalman.reach)
        confirmed = []
        for place in peaks:
            size = float(z[place]) * scale / float(kalman.norms[place])
            seen = median(x[place : place + near + 1]) - median(x[max(0, place - near - 1) : place])
            if seen * size > 0 and abs(seen) >= 0.4 * abs(size):
                confirmed.append((place, size))
            else:
                strength[max(0, place - 1) : place + 2] = 0
        if confirmed or not peaks:
            return confirmed
    return []


def _separate_peaks(strength: FloatArray, critical: float, reach: int) -> list[int]:
    """Return the places that reach `critical` and are the strongest within `reach` on either side."""
    if strength.max() < critical:
        return []
    if len(strength) <= 2 * reach:
        return [int(strength.argmax())]
    padded = np.full(len(strength) + 2 * reach, -1.0)
    padded[reach:-reach] = strength
    peaks: list[int] = np.flatnonzero(
        (strength >= critical) & (strength >= sliding_maximum(padded, 2 * reach + 1))
    ).tolist()
    return peaks


def _fit_together(
    untouched: FloatArray, kalman: _Filter, changes: list[int], critical: float
) -> tuple[list[int], list[float], FloatArray]:
    """Fit all jumps at once by least squares, dropping the weakest until all stand."""
    while changes:
        inverse = np.linalg.inv(kalman.gram(changes))
        sizes = inverse @ kalman.projections(untouched, changes)
        rest = untouched.copy()
        kalman.take_away(rest, changes, sizes.tolist())
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
