"""Noise with memory, read from a variogram that level changes do not disturb."""

from __future__ import annotations

import math
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.detection.noisemodel import NoiseModel
from perfsite.analysis.detection.quantiles import NORMAL_MEDIAN, are_peaks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.analysis.detection.signal import Signal

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

PERSISTENCES = (0.4, 0.6, 0.8, 0.9)
"""The memories an AR(1) state is tried with."""
LONGEST_LAG = 6
"""Memory shows within a few points; further apart it is told from level changes no longer."""
_WINDOW, _SHARP = 4, 5.5
_HALF_NORMAL_70 = 1.0364


def autoregressive_model(signal: Signal) -> NoiseModel | None:
    """Return the white + AR(1) model that fits the variogram best, None where there is no memory to model."""
    gamma = robust_variogram(signal)
    fits = [fit for rho in PERSISTENCES if (fit := _fit(gamma, rho)) is not None]
    return min(fits, key=itemgetter(0))[1] if fits else None


def _fit(gamma: list[float], rho: float) -> tuple[float, NoiseModel] | None:
    """Fit gamma(k) = 2 white + 2 state (1 - rho^k) by least squares with weights 1 / k, variances >= 0.

    Returns (misfit, model). Six lags at most: quicker without numpy.
    """
    told = [(1 / lag, 2 * (1 - rho**lag), value) for lag, value in enumerate(gamma, start=1)]
    w_white = 4 * sum(weight for weight, _, _ in told)
    w_cross = 2 * sum(weight * shape for weight, shape, _ in told)
    w_state = sum(weight * shape * shape for weight, shape, _ in told)
    y_white = 2 * sum(weight * value for weight, _, value in told)
    y_state = sum(weight * shape * value for weight, shape, value in told)
    determinant = w_white * w_state - w_cross * w_cross
    if determinant <= 1e-12 * w_white * w_state:
        return None
    white = (y_white * w_state - y_state * w_cross) / determinant
    state = (y_state * w_white - y_white * w_cross) / determinant
    if state <= 0:
        return None
    if white < 0:
        white, state = 0.0, y_state / w_state
    misfit = sum(weight * (2 * white + state * shape - value) ** 2 for weight, shape, value in told)
    return misfit, NoiseModel(white, state, rho)


def robust_variogram(signal: Signal) -> list[float]:
    """Return the mean squared difference of points 1, 2... apart, told by quantiles of the differences.

    The quantiles ignore the few pairs that a level change parts (Cressie & Hawkins 1980 for robust variograms); pairs
    on the two sides of an evident jump are left out altogether.
    """
    x = signal.values
    n = len(x)
    jumps = evident_jumps(signal)
    piece = None
    if 0 < len(jumps) <= 2 + n / 60:
        piece = np.zeros(n, dtype=np.int64)
        piece[jumps] = 1
        piece = piece.cumsum()
    quantiles = [_squared_quantiles(signal, lag, piece) for lag in range(1, max(2, min(LONGEST_LAG, n // 10)) + 1)]
    middle_at_1, upper_at_1 = (max(square, 1e-300) for square in quantiles[0])
    if middle_at_1 <= 1e-300:
        return [2 * signal.white] * len(quantiles)
    return [signal.white * (middle / middle_at_1 + upper / upper_at_1) for middle, upper in quantiles]


def _squared_quantiles(signal: Signal, lag: int, piece: IntArray | None) -> tuple[float, float]:
    """Return two robust estimates of the squared difference at a lag: from its median and its 70 % quantile."""
    differences = signal.differences(lag)
    if piece is not None:
        within = differences[piece[lag:] == piece[:-lag]]
        if len(within) >= max(8, 0.3 * len(differences)):
            differences = within
    m = len(differences)
    middle, upper = m // 2, min(m - 1, int(0.7 * m))
    differences.partition((middle, upper))
    return (differences.item(middle) / NORMAL_MEDIAN) ** 2, (differences.item(upper) / _HALF_NORMAL_70) ** 2


def evident_jumps(signal: Signal) -> IntArray:
    """Return where the means of 4 points before and after differ by more than 5.5 standard errors, at the peak."""
    n = len(signal)
    w = _WINDOW
    if n < 2 * w + 1:
        return np.zeros(0, dtype=np.int64)
    z = w * np.abs(signal.window_steps(w)) / math.sqrt(2 * w * signal.white)
    high = z >= _SHARP
    if not high.any():
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(high & are_peaks(z, w)) + w
