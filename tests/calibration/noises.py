"""Noise of many kinds, mean about 0 and deviation about 1, and series made of it: what calibration tests share."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from perfsite.model.run import Direction
from perfsite.model.series import Series, SeriesKey

if TYPE_CHECKING:
    from numpy.typing import NDArray


def normal(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    return rng.normal(size=n)


def heavy_tails(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    return rng.standard_t(3, n) / np.sqrt(3)


def skewed(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    return (rng.gamma(2.0, 1.0, n) - 2) / np.sqrt(2)


def spikes(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    return rng.normal(size=n) + (rng.random(n) < 0.03) * rng.exponential(10, n)


def two_modes(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    return rng.normal(size=n) * 0.4 + 1.8 * (rng.random(n) < 0.35)


def recursive(rng: np.random.Generator, n: int, persistence: float) -> NDArray[np.float64]:
    """Return noise of the first order: each point remembers so much of the one before."""
    shocks, state = rng.normal(size=n) * np.sqrt(1 - persistence**2), np.empty(n)
    level = rng.normal()
    for i, shock in enumerate(shocks):
        level = persistence * level + shock
        state[i] = level
    return state


def memory(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    return recursive(rng, n, 0.6)


def make_series(values: NDArray[np.float64], direction: Direction = Direction.LOWER, **more: Any) -> Series:
    n = len(values)
    made = Series(
        key=SeriesKey(benchmark="bench", metric="time", environment="ci"),
        unit="s",
        direction=direction,
        commits=np.arange(n, dtype=np.int32),
        values=values,
        standard_errors=np.full(n, np.nan),
        counts=np.zeros(n, dtype=np.int32),
        labels=np.full(n, -1, dtype=np.int32),
        eligible=np.ones(n, dtype=np.bool_),
    )
    return replace(made, **more)
