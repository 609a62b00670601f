"""Models of noise: white, AR(1) and random walk, what they say of the mean of a window, and how well they describe."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.detection.quantiles import median
from perfsite.analysis.detection.signal import VARIANCE_FLOOR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

TAIL = 5.0
"""Degrees of freedom of the Student-t that measures description length: benchmark noise has heavy tails."""
COST_OF_CHANGE = 1.5
"""Nats that a change costs beside its place and level; calibrated between walks told as stairs and stairs as walks."""
FILTER_REACH = 80
"""Points of the past that an innovations filter looks at."""


@dataclass(frozen=True, slots=True)
class NoiseModel:
    """White noise plus a state with memory: x_t = white_t + s_t, s_t = persistence * s_(t-1) + shock_t.

    `white` is the variance of the white part; `state` the variance of s (of its shocks where persistence is 1: a
    random walk has none of its own).
    """

    white: float
    state: float = 0.0
    persistence: float = 0.0

    @property
    def is_white(self) -> bool:
        """Whether points are independent."""
        return self.state <= 0

    @property
    def variance(self) -> float:
        """Variance of one point around its level."""
        return self.white + (self.state if self.persistence < 1 else 0.0)

    def variance_of_mean(self, points: float) -> float:
        """Return the variance of the mean of so many consecutive points."""
        variance = self.white / points
        if self.state <= 0:
            return variance
        rho = self.persistence
        if rho >= 1:
            return variance + self.state * points / 3
        forgotten: float = 2 * rho * (1 - rho**points) / (points * (1 - rho) ** 2)
        return variance + self.state / points * ((1 + rho) / (1 - rho) - forgotten)

    def covariance_of_neighbours(self, left: float, right: float) -> float:
        """Return the covariance of the means of two adjacent windows of so many points."""
        rho = self.persistence
        if self.state <= 0 or not 0 < rho < 1:
            return 0.0
        covariance: float = self.state / (left * right) * rho * (1 - rho**left) * (1 - rho**right) / (1 - rho) ** 2
        return covariance

    def innovations(self, residuals: FloatArray) -> FloatArray:
        """Return what each residual adds to the forecast from those before: the steady-state Kalman filter."""
        if self.state <= 0:
            return residuals
        rho = self.persistence
        gain = self._steady_gain()
        reach = min(len(residuals) - 1, FILTER_REACH)
        response = np.empty(reach + 1)
        response[0] = 1.0
        response[1:] = -rho * gain * (rho * (1 - gain)) ** np.arange(reach)
        return np.convolve(residuals, response)[: len(residuals)]

    def innovations_of_weighted(self, residuals: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return (innovations, their variances) where the white variance of a point is that of the model / its weight.

        The Kalman filter step by step (Harvey 1989, ch. 3.2): with unequal weights there is no steady state.
        """
        if self.state <= 0:
            return residuals, self.white / weights
        rho, state = self.persistence, 0.0
        shock, uncertainty = (self.state, 1e6 * self.white) if rho >= 1 else (self.state * (1 - rho * rho), self.state)
        rho2 = rho * rho
        innovations, variances = [], []
        for residual, white in zip(residuals.tolist(), (self.white / weights).tolist(), strict=True):
            variance = uncertainty + white
            innovation = residual - state
            innovations.append(innovation)
            variances.append(variance)
            gain = uncertainty / variance
            state = rho * (state + gain * innovation)
            uncertainty = rho2 * uncertainty * (1 - gain) + shock
        return np.array(innovations), np.array(variances)

    def _steady_gain(self) -> float:
        """Solve the scalar Riccati equation p = rho^2 p w / (p + w) + q for the filter's gain p / (p + w)."""
        rho2 = self.persistence**2
        shock = self.state * (1 - rho2) if self.persistence < 1 else self.state
        if self.white <= 0:
            return 1.0
        half = (shock - self.white * (1 - rho2)) / 2
        forecast = half + math.sqrt(half * half + shock * self.white)
        return forecast / (forecast + self.white)


def describe(squared_innovations: FloatArray) -> tuple[float, float]:
    """Return (description length in nats, scale^2) of innovations under a Student-t with its scale fitted.

    Lange, Little & Taylor 1989: five steps of the fixed-point iteration suffice for a comparison.
    """
    e2 = squared_innovations
    n = len(e2)
    scale2 = max(median(e2) * 2.0, 1e-3 * float(np.add.reduce(e2)) / n, VARIANCE_FLOOR)
    shares = np.empty(n)
    for _ in range(4):
        np.add(e2, TAIL * scale2, out=shares)
        np.divide(e2, shares, out=shares)
        scale2 = max((TAIL + 1) * scale2 * float(np.add.reduce(shares)) / n, VARIANCE_FLOOR)
    np.divide(e2, TAIL * scale2, out=shares)
    tails = float(np.add.reduce(np.log1p(shares, out=shares)))
    return 0.5 * n * math.log(scale2) + 0.5 * (TAIL + 1) * tails, scale2


def description_length(
    residuals: FloatArray, model: NoiseModel, changes: int, weights: FloatArray | None = None
) -> float:
    """Return the length in nats of a series told as levels, changes between them, and noise (Rissanen 1978)."""
    n = len(residuals)
    if weights is None:
        innovations = model.innovations(residuals)[1:]
        length = describe(innovations * innovations)[0]
    else:
        innovations, variances = model.innovations_of_weighted(residuals, weights)
        expected = variances[1:] / variances[1:].mean()
        length = describe(innovations[1:] ** 2 / expected)[0] + 0.5 * float(np.log(expected).sum())
    return length * n / (n - 1) + price_of_parameters(n, changes, has_state=not model.is_white)


def price_of_parameters(n: int, changes: int, *, has_state: bool) -> float:
    """Return the description length in nats of the change points and of the state's own parameter."""
    return price_of_changes(n, changes) + (0.5 * math.log(n) if has_state else 0.0)


def price_of_changes(n: int, changes: int) -> float:
    """Return the description length in nats of so many change points among n points.

    Each has a place, one among n of which the order is of no interest, and a level told as precisely as its points
    allow: log(n / k) and half the log of a level's length (the modified criterion of Zhang & Siegmund 2007, for levels
    of equal lengths), and the price of being a change at all.
    """
    if changes == 0:
        return 0.0
    return changes * (math.log(n / changes) + 0.5 * math.log(n / (changes + 1)) + COST_OF_CHANGE)
