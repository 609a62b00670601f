"""Jumps in a wandering level: random walk plus white noise, jumps pursued in the filter's innovations one by one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.detection.noisemodel import NoiseModel, describe, description_length, price_of_parameters
from perfsite.analysis.detection.partition import SHORTEST_LEVEL
from perfsite.analysis.detection.quantiles import are_peaks, median
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

MOST_JUMPS = 120
"""A walk of more jumps is not told: they are fitted together, at the cost of the cube of their number."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One way to tell a series: its change points, their evidence, the noise, and the length of the telling in nats.

    `rest` is what the levels are told of where that is not the signal itself, but what its modes leave.
    """

    changes: list[int]
    scores: list[float]
    model: NoiseModel
    length: float
    rest: Signal | None = None


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
        self._energies = np.zeros(self.reach + 2)
        """The squares of the response added up, as many as the index says."""
        np.cumsum(self.response * self.response, out=self._energies[1:])
        self.norms = np.sqrt(self._energies[np.minimum(n - np.arange(n), self.reach + 1)])

    def innovations(self, x: FloatArray) -> FloatArray:
        start = median(x[: min(len(x), 10)])
        e = np.convolve(x - start, self._whitening)[: len(x)]
        e[0] = 0.0
        return e

    def gram(self, changes: list[int]) -> FloatArray:
        """Return the inner products of what jumps at these places leave: geometric sums, shape (k, k)."""
        places = np.array(changes)
        apart = np.abs(places[:, None] - places)
        later = np.maximum(places[:, None], places)
        shared = np.maximum(np.minimum(len(self.norms) - later, self.reach + 1 - apart), 0)
        products: FloatArray = self.response[np.minimum(apart, self.reach)] * self._energies[shared]
        return products

    def projections(self, innovations: FloatArray, changes: list[int]) -> FloatArray:
        """Return the inner products of innovations with what jumps of size 1 at these places leave, shape (k,)."""
        seen = (innovations[place : place + self.reach + 1] for place in changes)
        return np.array([float(self.response[: len(window)] @ window) for window in seen])

    def rest(self, innovations: FloatArray, changes: list[int], sizes: FloatArray) -> FloatArray:
        """Return the innovations without what jumps of these sizes leave."""
        rest = innovations.copy()
        self.take_away(rest, changes, sizes.tolist())
        return rest

    def take_away(self, innovations: FloatArray, changes: list[int], sizes: list[float]) -> None:
        """Subtract what jumps of these sizes leave, in place."""
        for place, size in zip(changes, sizes, strict=True):
            affected = innovations[place : place + self.reach + 1]
            affected -= size * self.response[: len(affected)]

    def matched(self, innovations: FloatArray) -> FloatArray:
        """Return how strongly a jump at each point is seen in the innovations, in the innovations' unit."""
        matched: FloatArray = np.correlate(innovations, self.response, "full")[self.reach :]
        return matched / self.norms


@lru_cache(maxsize=64)
def _filter(ratio: float, n: int) -> _Filter:
    # The series of a project tend to be equally long.
    return _Filter(ratio, n)


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
        if telling.length == math.inf:
            return best or telling
        if best is None or telling.length < best.length:
            best = telling
        elif telling.length > best.length + HOPELESS * math.log(len(signal)):
            break
    assert best is not None
    return best


def _pursue(signal: Signal, ratio: float, critical: float, known: list[int]) -> Explanation:
    x = signal.values
    n = len(x)
    kalman = _filter(ratio, n)
    untouched = kalman.innovations(x)
    fit = _fit_together(untouched, kalman, known)
    changes, rest, variance = list(known), fit.rest.copy(), fit.variance
    for _ in range(MOST_ROUNDS):
        found = _strongest_jumps(x, kalman, rest, changes, critical * math.sqrt(variance))
        if not found:
            break
        if len(changes) + len(found) > MOST_JUMPS:
            return Explanation([], [], NoiseModel(variance, variance * ratio, 1.0), math.inf)
        places = [place for place, _ in found]
        changes += places
        kalman.take_away(rest, places, [size for _, size in found])
        variance = _clipped_variance(rest)
    if len(changes) > len(known):
        fit = _fit_together(untouched, kalman, sorted(changes))
    fit, scores = _drop_the_weak(untouched, kalman, fit, critical)
    length, scale2 = describe(fit.rest[1:] * fit.rest[1:])
    model = NoiseModel(scale2, scale2 * ratio, 1.0)
    if signal.weights is None:
        length = length * n / (n - 1) + price_of_parameters(n, len(fit.changes), has_state=True)
    else:
        jumps = np.zeros(n)
        jumps[fit.changes] = fit.sizes
        length = description_length(x - jumps.cumsum(), model, len(fit.changes), signal.weights)
    return Explanation(fit.changes, scores, model, length)


def _strongest_jumps(
    x: FloatArray, kalman: _Filter, innovations: FloatArray, changes: list[int], least: float
) -> list[tuple[int, float]]:
    """Return (place, size) of jumps that reach `least`, in the innovations' unit.

    Each is the strongest within the filter's reach and confirmed by the medians.
    """
    n = len(x)
    near = SHORTEST_LEVEL
    matched = kalman.matched(innovations)
    strength = np.abs(matched)
    strength[:near] = 0
    strength[n - near + 1 :] = 0
    for place in changes:
        strength[max(0, place - near + 1) : place + near] = 0
    for _ in range(4):
        peaks = _separate_peaks(strength, least, kalman.reach)
        confirmed = []
        for place in peaks:
            size = matched.item(place) / kalman.norms.item(place)
            seen = median(x[place : place + near + 1]) - median(x[max(0, place - near - 1) : place])
            if seen * size > 0 and abs(seen) >= 0.4 * abs(size):
                confirmed.append((place, size))
            else:
                strength[max(0, place - 1) : place + 2] = 0
        if confirmed or not peaks:
            return confirmed
    return []


def _separate_peaks(strength: FloatArray, least: float, reach: int) -> list[int]:
    """Return the places that reach `least` and are the strongest within `reach` on either side."""
    strongest = int(strength.argmax())
    if strength[strongest] < least:
        return []
    if len(strength) <= 2 * reach:
        return [strongest]
    peaks: list[int] = np.flatnonzero((strength >= least) & are_peaks(strength, reach)).tolist()
    return peaks


@dataclass(frozen=True, slots=True)
class _Fit:
    """All jumps fitted at once by least squares: sizes, shape (k,), and the inverse of their Gram matrix.

    `rest` is what they leave of the innovations, `variance` its clipped variance.
    """

    changes: list[int]
    sizes: FloatArray
    inverse: FloatArray
    rest: FloatArray
    variance: float


def _fit_together(untouched: FloatArray, kalman: _Filter, changes: list[int]) -> _Fit:
    if not changes:
        return _Fit([], np.zeros(0), np.zeros((0, 0)), untouched, _clipped_variance(untouched))
    inverse = np.asarray(np.linalg.inv(kalman.gram(changes)), dtype=np.float64)
    sizes = inverse @ kalman.projections(untouched, changes)
    rest = kalman.rest(untouched, changes, sizes)
    return _Fit(changes, sizes, inverse, rest, _clipped_variance(rest))


def _drop_the_weak(untouched: FloatArray, kalman: _Filter, fit: _Fit, critical: float) -> tuple[_Fit, list[float]]:
    """Return the fit, and each jump's score, that is left when the weakest is dropped until all stand."""
    while fit.changes:
        errors = np.sqrt(np.maximum(fit.inverse.diagonal(), 1e-300) * fit.variance)
        scores = np.abs(fit.sizes) / errors
        weakest = int(scores.argmin())
        if scores[weakest] >= critical:
            return fit, scores.tolist()
        # The inverse without one row and column follows from the whole one (block inversion), and so do the sizes.
        keep = np.arange(len(scores)) != weakest
        column = fit.inverse[keep, weakest]
        share = column / fit.inverse[weakest, weakest]
        inverse = fit.inverse[keep][:, keep] - column[:, None] * share
        sizes = fit.sizes[keep] - share * fit.sizes[weakest]
        changes = fit.changes[:weakest] + fit.changes[weakest + 1 :]
        rest = kalman.rest(untouched, changes, sizes)
        fit = _Fit(changes, sizes, inverse, rest, _clipped_variance(rest))
    return fit, []


def _clipped_variance(innovations: FloatArray) -> float:
    """Return the mean square with squares beyond twelve typical ones clipped: jumps not yet found do not count."""
    squares = innovations * innovations
    typical = median(squares) * 2.2
    clipped = np.minimum(squares, 12 * typical) if typical > 0 else squares
    return max(float(clipped.sum()) / len(squares), VARIANCE_FLOOR)
