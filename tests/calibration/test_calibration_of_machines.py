"""Change points among machines that take turns: what is found, and what is not, with labels and with useless ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from perfsite.analysis.changepoint import find_changes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]

NOISE = 0.02
WITHIN = 3
"""A change point found within so many points of the true one is right."""


@dataclass(frozen=True)
class Planted:
    values: NDArray[np.float64]
    labels: IntArray
    places: list[int]


def machines_by_turns(rng: np.random.Generator, n: int, stay: tuple[int, int]) -> IntArray:
    """Return labels of two or three machines; each stays for a random number of points, and all come back."""
    count = int(rng.integers(2, 4))
    labels: list[int] = []
    machine = 0
    while len(labels) < n:
        labels += [machine] * int(rng.integers(stay[0], stay[1] + 1))
        machine = (machine + int(rng.integers(1, count))) % count
    return np.array(labels[:n])


def plant(seed: int, *, changed: bool, stay: tuple[int, int], n: int = 400) -> Planted:
    """Return a series on machines 3 to 6 standard deviations apart, with two changes of 3 % to 20 % or none."""
    rng = np.random.default_rng([21, seed])
    labels = machines_by_turns(rng, n, stay)
    offsets = np.array([0.0, 1.0, rng.uniform(0, 1)]) * rng.uniform(3, 6) * NOISE
    places = sorted(rng.choice(np.arange(20, n - 20, 20), 2, replace=False).tolist()) if changed else []
    level = np.zeros(n)
    for place in places:
        level[place:] += rng.choice([-1, 1]) * rng.uniform(0.03, 0.2)
    return Planted(100 * np.exp(level + offsets[labels] + rng.normal(0, NOISE, n)), labels, places)


def f1(stay: tuple[int, int], series: int) -> float:
    right = found = true = 0
    for number in range(series):
        planted = plant(number, changed=True, stay=stay)
        places = find_changes(planted.values, labels=planted.labels).indices
        right += sum(any(abs(place - at) <= WITHIN for place in places) for at in planted.places)
        found, true = found + len(places), true + len(planted.places)
    return 2 * right / (found + true)


def alerting(stay: tuple[int, int], series: int) -> float:
    free = [plant(number, changed=False, stay=stay) for number in range(series)]
    return float(np.mean([bool(find_changes(one.values, labels=one.labels).indices) for one in free]))


def useless(how: str, planted: Planted, rng: np.random.Generator) -> IntArray:
    n = len(planted.values)
    labels = {
        "three at random": rng.integers(0, 3, n),
        "fifty at random": rng.integers(0, 50, n),
        "one per point": np.arange(n),
        "another from the middle on": (np.arange(n) >= n // 2).astype(np.int64),
        "not known": np.full(n, -1),
    }
    return labels[how]


def test_machines_that_take_turns_are_told_from_the_code():
    assert f1((1, 20), 20) >= 0.9


@pytest.mark.slow
@pytest.mark.parametrize("stay", [(1, 1), (1, 20), (20, 60)])
def test_changes_are_found_and_at_most_two_in_a_hundred_series_alert_among_machines_that_take_turns(stay):
    assert f1(stay, 150) >= 0.96
    assert alerting(stay, 200) <= 0.02


@pytest.mark.slow
@pytest.mark.parametrize(
    "how", ["three at random", "fifty at random", "one per point", "another from the middle on", "not known"]
)
def test_useless_labels_neither_hide_changes_nor_make_any(how):
    right = alerts = 0
    for number in range(100):
        rng = np.random.default_rng([22, number])
        noise = rng.normal(0, NOISE, 300)
        planted = Planted(100 * np.exp(noise + 0.06 * (np.arange(300) >= 150)), np.zeros(300, dtype=np.int64), [150])
        labels = useless(how, planted, rng)
        right += any(abs(place - 150) <= WITHIN for place in find_changes(planted.values, labels=labels).indices)
        alerts += bool(find_changes(100 * np.exp(noise), labels=labels).indices)
    assert right >= 98
    assert alerts <= 3
