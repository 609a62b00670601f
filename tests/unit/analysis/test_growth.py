"""How a value grows with a size: classes, what looks alike, and the curve that was fitted."""

from __future__ import annotations

import numpy as np
import pytest

from perfsite.analysis.growth import CLASSES, growth_of

SIZES = np.array([10.0, 100.0, 1000.0, 10_000.0])


def test_a_value_that_doubles_with_every_step_is_told_from_a_cube() -> None:
    n = np.array([2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 16.0, 18.0])
    assert growth_of(n, 1e-6 * 2**n).name == "2ⁿ"
    assert growth_of(n, 1e-6 * n**3).name == "n³"


def test_sizes_too_far_apart_say_nothing_of_doubling() -> None:
    growth = growth_of(SIZES, np.array([1.0, 1.0, 1.0, 2.0]))
    assert growth is None or growth.weights[CLASSES.index("2ⁿ")] == 0


def test_classes_that_look_alike_are_all_named() -> None:
    n = np.array([1000.0, 2000.0, 4000.0, 8000.0])
    growth = growth_of(n, 3e-9 * n)
    assert [CLASSES[index] for index in growth.candidates] == ["n", "n log n"]
    assert growth_of(SIZES, 3e-9 * SIZES).candidates == (CLASSES.index("n"),)


@pytest.mark.parametrize("shape", [lambda n: n, lambda n: n * np.log2(n + 1), np.square])
def test_the_curve_runs_through_what_it_was_fitted_to(shape) -> None:
    values = 5e-6 + 2e-9 * shape(SIZES)
    growth = growth_of(SIZES, values)
    assert growth.curve(SIZES) == pytest.approx(values, rel=1e-6)
    assert growth.fixed + growth.rising == pytest.approx(values[-1], rel=1e-6)
