"""How often detection is wrong and how soon it is right, by kind of noise, with the bounds that hold."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from real_histories import real_histories

from perfsite.analysis.changepoint import confirmed_changes, detect

Noise = Callable[[np.random.Generator, int], NDArray[np.float64]]


def normal(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    return rng.normal(size=n)


def laplace(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    return rng.laplace(0, np.sqrt(0.5), n)


def uniform(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    return rng.uniform(-np.sqrt(3), np.sqrt(3), n)


def weibull(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    return rng.weibull(0.9, n) - 1.05


def three_modes(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    return 0.3 * rng.normal(size=n) + rng.choice([-1.2, 0.2, 1.4], n, p=[0.4, 0.4, 0.2])


def coarse(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    return np.round(rng.normal(size=n) / 1.5) * 1.5


def weekly(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    return 0.8 * rng.normal(size=n) + np.array([0.9, 0, 0, 0, 0, -0.9, -0.9])[np.arange(n) % 7]


def memory(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    return _remembered(rng, n, 0.7) * np.sqrt(1 - 0.49)


def memory_and_noise(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    return 0.7 * _remembered(rng, n, 0.85) * np.sqrt(1 - 0.85**2) + 0.7 * rng.normal(size=n)


def wandering(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    return 0.8 * rng.normal(size=n) + 0.06 * np.cumsum(rng.normal(size=n))


def visits(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    mode = np.cumsum(rng.random(n) < 1 / 8) % 2
    return 0.4 * rng.normal(size=n) + 1.8 * mode


def _remembered(rng: np.random.Generator, n: int, rho: float) -> NDArray[np.float64]:
    state, path = rng.normal() / np.sqrt(1 - rho * rho), np.empty(n)
    for i, shock in enumerate(rng.normal(size=n)):
        path[i] = state = rho * state + shock
    return path


BOUNDS: dict[Noise, float] = {
    normal: 0.02,
    laplace: 0.03,
    uniform: 0.02,
    weibull: 0.03,
    three_modes: 0.03,
    coarse: 0.04,
    weekly: 0.04,
    memory: 0.06,
    memory_and_noise: 0.08,
    wandering: 0.16,
    visits: 0.06,
}
"""Share of series without a change that alert, at most."""


def values_of(kind: Noise, rng: np.random.Generator, n: int, spread: float = 0.02) -> NDArray[np.float64]:
    return 0.01 * np.maximum(1 + spread * kind(rng, n), 0.05)


def alerting_share(kind: Noise, series: int, seed: int) -> float:
    rng = np.random.default_rng(seed)
    return float(np.mean([bool(detect(values_of(kind, rng, int(rng.integers(40, 500))))) for _ in range(series)]))


def found_share(kind: Noise, deviations: float, series: int, seed: int) -> float:
    rng = np.random.default_rng(seed)
    found = 0
    for _ in range(series):
        values, at = values_of(kind, rng, 160), int(rng.integers(50, 110))
        values[at:] *= 1 + 0.02 * deviations
        found += any(abs(place - at) <= 3 for place in detect(values))
    return found / series


def test_a_quick_look_at_noise_steps_and_ramps():
    assert alerting_share(normal, 30, 1) <= 0.05
    assert found_share(laplace, 3.0, 20, 2) >= 0.9
    assert ramps_with_a_change(15, 3) <= 0.2


@pytest.mark.slow
@pytest.mark.parametrize("kind", BOUNDS)
def test_series_without_a_change_seldom_alert(kind):
    assert alerting_share(kind, 250, 21) <= BOUNDS[kind]


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind in BOUNDS if kind not in (memory, memory_and_noise, wandering, visits)])
def test_steps_of_three_deviations_are_found(kind):
    assert found_share(kind, 3.0, 100, 22) >= 0.9


@pytest.mark.slow
def test_steps_of_one_and_a_half_deviations_are_mostly_found():
    assert found_share(normal, 1.5, 200, 23) >= 0.6


def ramps_with_a_change(series: int, seed: int) -> float:
    rng = np.random.default_rng(seed)
    alerts = 0
    for _ in range(series):
        n = int(rng.integers(100, 800))
        start, end = int(rng.uniform(0.1, 0.5) * n), int(rng.uniform(0.6, 0.9) * n)
        rise = np.interp(np.arange(n), [0, start, end, n], [0, 0, 1, 1]) * rng.uniform(3, 12)
        alerts += bool(detect(1 + 0.02 * (rise + rng.normal(size=n))))
    return alerts / series


@pytest.mark.slow
def test_a_ramp_is_drift_and_no_staircase():
    assert ramps_with_a_change(150, 24) <= 0.10


@pytest.mark.slow
@pytest.mark.parametrize(("deviations", "delay"), [(3.0, 7), (1.5, 18)])
def test_a_confirmed_step_is_seen_after_few_runs(deviations, delay):
    rng = np.random.default_rng(25)
    waited = []
    for kind in (normal, laplace, weibull, coarse) * 3:
        for before in (50, 150):
            values = values_of(kind, rng, before + 40)
            values[before:] *= 1 + 0.02 * deviations
            waited.append(next((k for k in range(4, 41) if is_confirmed(values[: before + k], before)), 41))
    assert np.median(waited) <= delay


def is_confirmed(values: NDArray[np.float64], at: int) -> bool:
    changes = detect(values)
    return any(abs(place - at) <= 5 and sure for place, sure in zip(changes, confirmed_changes(values), strict=True))


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.parametrize(("block", "bound"), [(4, 0.04), (6, 0.05), (8, 0.09)])
def test_shuffled_real_histories_seldom_alert(block, bound):
    histories = real_histories()
    if not histories:
        pytest.skip("PERFSITE_REAL_DATA names no real histories")
    rng = np.random.default_rng(26)
    alerts = 0
    for values in histories:
        blocks = rng.permutation(len(values) // block)
        alerts += bool(detect(np.concatenate([values[block * b : block * (b + 1)] for b in blocks])))
    assert alerts / len(histories) <= bound
