"""Noise with memory, read from a variogram that level changes do not disturb."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.detection.noisemodel import NoiseModel
from perfsite.analysis.detection.quantiles import sliding_maximum

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
_HALF_NORMAL_MEDIAN, _HALF_NORMAL_70 = 0.6745, 1.0364


def autoregressive_model(signal: Signal) -> NoiseModel | None:
    """Return the white + AR(1) model that fits the variogram best, None where there is no memory to model."""
    lags, gamma = robust_variogram(signal)
    weights = 1 / lags
    best: tuple[float, NoiseModel] | None = None
    for rho in PERSISTENCES:
        fitted = _fit(lags, gamma, weights, rho)
        if fitted is not None and (best is None or fitted[0] < best[0]):
            best = fitted
    return best[1] if best else None


def _fit(lags: FloatArray, gamma: FloatArray, weights: FloatArray, rho: float) -> tuple[float, NoiseModel] | None:
    """Fit gamma(k) = 2 white + 2 state (1 - rho^k) by weighted least squares, variances >= 0."""
    shape = 2 * (1 - rho**lags)
    w_white, w_cross, w_state = 4 * weights.sum(), 2 * (weights * shape).sum(), (weights * shape * shape).sum()
    y_white, y_state = 2 * (weights * gamma).sum(), (weights * shape * gamma).sum()
    determinant = w_white * w_state - w_cross * w_cross
    if determinant <= 1e-12 * w_white * w_state:
        return None
    white = (y_white * w_state - y_state * w_cross) / determinant
    state = (y_state * w_white - y_white * w_cross) / determinant
    if state <= 0:
        return None
    if white < 0:
        white, state = 0.0, y_state / w_state
    misfit = float((weights * (2 * white + state * shape - gamma) ** 2).sum())
    return misfit, NoiseModel(float(white), float(state), rho)


def robust_variogram(signal: Signal) -> tuple[FloatArray, FloatArray]:
    """Return (lags, mean squared difference of points so far apart), told by quantiles of the differences.

    The quantiles ignore the few pairs that a level change parts (Cressie & Hawkins 1980 for robust variograms); pairs
    on the two sides of an evident jump are left out altogether.
    """
    x = signal.values
    n = len(x)
    lags = np.arange(1, max(2, min(LONGEST_LAG, n // 10)) + 1)
    jumps = evident_jumps(signal)
    piece = None
    if 0 < len(jumps) <= 2 + n / 60:
        piece = np.zeros(n, dtype=np.int64)
        piece[jumps] = 1
        piece = np.cumsum(piece)
    quantiles = np.array([_squared_quantiles(x, int(lag), piece) for lag in lags])
    at_1 = np.maximum(quantiles[0], 1e-300)
    gamma = 2 * signal.white * (quantiles / at_1).mean(axis=1)
    return lags.astype(np.float64), gamma if quantiles[0, 0] > 1e-300 else np.full(len(lags), 2 * signal.white)


def _squared_quantiles(x: FloatArray, lag: int, piece: IntArray | None) -> tuple[float, float]:
    """Return two robust estimates of the squared difference at a lag: from its median and its 70 % quantile."""
    differences = np.abs(x[lag:] - x[:-lag])
    if piece is not None:
        within = differences[piece[lag:] == piece[:-lag]]
        if len(within) >= max(8, 0.3 * len(differences)):
            differences = within
    m = len(differences)
    middle, upper = m // 2, min(m - 1, int(0.7 * m))
    parted = np.partition(differences, (middle, upper))
    return float(parted[middle] / _HALF_NORMAL_MEDIAN) ** 2, float(parted[upper] / _HALF_NORMAL_70) ** 2


def evident_jumps(signal: Signal) -> IntArray:
    """Return where the means of 4 points before and after differ by more than 5.5 standard errors, at the peak."""
    n = len(signal)
    w = _WINDOW
    if n < 2 * w + 1:
        return np.zeros(0, dtype=np.int64)
    sums = signal.sums
    z = np.abs(sums[2 * w :] - 2 * sums[w : n - w + 1] + sums[: n - 2 * w + 1]) / (math.sqrt(2 * w * signal.white))
    high = z >= _SHARP
    if not high.any():
        return np.zeros(0, dtype=np.int64)
    peaks = sliding_maximum(np.pad(z, w, constant_values=-1.0), 2 * w + 1)
    return np.flatnonzero(high & (z >= peaks)) + w
