"""Whether nine in ten changes of confidence 0.9 are true, and ranges and intervals hold what they promise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from perfsite.analysis.changepoint import find_changes
from perfsite.analysis.evidence import weigh_changes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

WITHIN = 3
KINDS = ("normal", "heavy tails", "spikes", "memory", "weak memory", "two modes", "drift")


@dataclass(frozen=True)
class Found:
    """One change that was found: whether it is true, what is said of it, and whether range and interval hold."""

    is_true: bool
    confidence: float
    in_range: bool | None
    in_interval: bool | None


def strays(kind: str, rng: np.random.Generator, n: int) -> FloatArray:
    normal: FloatArray = rng.normal(size=n)
    if kind == "heavy tails":
        return rng.standard_t(3, n) / np.sqrt(3)
    if kind == "spikes":
        return normal + (rng.random(n) < 0.03) * rng.exponential(10, n)
    if kind == "two modes":
        return 0.4 * normal + 1.8 * (rng.random(n) < 0.35)
    if kind == "drift":
        return 0.9 * normal + np.cumsum(rng.normal(size=n)) * 0.05
    rho = {"memory": 0.6, "weak memory": 0.3}.get(kind, 0.0)
    state = normal.copy()
    for i in range(1, n):
        state[i] = rho * state[i - 1] + np.sqrt(1 - rho * rho) * normal[i]
    return state


def found_in(kind: str, seed: int) -> list[Found]:
    """Return what is found in one series; half of the series have changes of 0.3 to 6 standard deviations."""
    rng = np.random.default_rng([31, KINDS.index(kind), seed])
    n = int(np.exp(rng.uniform(np.log(40), np.log(800))))
    count = int(rng.integers(1, 2 + n // 150)) if seed % 2 else 0
    places = sorted(rng.choice(np.arange(10, n - 10, 15), min(count, (n - 20) // 15), replace=False).tolist())
    sizes = np.exp(rng.uniform(np.log(0.3), np.log(6), len(places))) * rng.choice([-1, 1], len(places))
    level = np.zeros(n)
    for place, size in zip(places, sizes.tolist(), strict=True):
        level[place:] += size
    changes = find_changes(10 * np.exp(0.02 * (level + strays(kind, rng, n))))
    edges = [0, *changes.indices, n]
    found = []
    for number, (index, told) in enumerate(zip(changes.indices, weigh_changes(changes), strict=True), start=1):
        near = [place for place in places if abs(place - index) <= 20]
        true = min(near, key=lambda place: abs(place - index), default=None)
        left, right = edges[number - 1], edges[number + 1]
        alone = [place for place in places if left + WITHIN < place < right - WITHIN] == [true]
        held = None
        if true is not None and abs(true - index) <= WITHIN and alone and changes.signal is not None:
            mean = changes.signal.mean
            seen = mean(index, right) - mean(left, index)
            held = abs(seen - 0.02 * sizes[places.index(true)]) <= told.reach * abs(seen)
        in_range = told.first <= true <= told.last if true is not None else None
        found.append(Found(true is not None and abs(true - index) <= WITHIN, told.confidence, in_range, held))
    return found


@lru_cache(maxsize=1)
def all_found() -> tuple[Found, ...]:
    return tuple(one for kind in KINDS for seed in range(240) for one in found_in(kind, seed))


@pytest.mark.slow
def test_as_many_changes_are_true_as_their_confidence_says():
    found = sorted(all_found(), key=lambda one: one.confidence)
    for low, high in pairwise((0.0, 0.5, 0.7, 0.85, 0.95, 1.0)):
        some = [one for one in found if low <= one.confidence <= high]
        assert len(some) >= 30
        promised = np.mean([one.confidence for one in some])
        assert np.mean([one.is_true for one in some]) == pytest.approx(promised, abs=0.12)


@pytest.mark.slow
def test_nineteen_in_twenty_ranges_hold_the_true_point():
    assert np.mean([one.in_range for one in all_found() if one.in_range is not None]) >= 0.93


@pytest.mark.slow
def test_the_interval_of_the_size_holds_the_true_one_about_nine_times_in_ten():
    assert np.mean([one.in_interval for one in all_found() if one.in_interval is not None]) >= 0.88


def test_a_confident_change_is_true():
    sure = [one for seed in range(1, 60, 2) for one in found_in("normal", seed) if one.confidence > 0.9]
    assert len(sure) >= 8
    assert np.mean([one.is_true for one in sure]) >= 0.9
