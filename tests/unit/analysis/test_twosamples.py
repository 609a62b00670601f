"""Two samples: effect size, chance, and what cannot be said."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfsite.analysis.twosamples import compare_samples

SAMPLES = st.lists(st.floats(0.1, 100.0), min_size=2, max_size=12)


@given(SAMPLES, SAMPLES)
def test_swapping_the_samples_turns_the_effect_and_nothing_else(base, head):
    told, turned = compare_samples(base, head), compare_samples(head, base)
    assert told.effect == pytest.approx(-turned.effect)
    assert told.p_value == pytest.approx(turned.p_value)
    assert told.error == pytest.approx(turned.error)


@given(SAMPLES, SAMPLES)
def test_the_unit_does_not_matter(base, head):
    told = compare_samples(base, head)
    scaled = compare_samples([4.0 * one for one in base], [4.0 * one for one in head])
    assert (scaled.effect, scaled.p_value) == (told.effect, told.p_value)
    assert scaled.error == pytest.approx(told.error)


def test_equal_samples_are_no_finding():
    told = compare_samples([1.0] * 5, [1.0] * 5)
    assert (told.effect, told.p_value, told.error) == (0.0, 1.0, 0.0)


def test_a_sample_of_one_tells_nothing_and_zeros_have_no_ratio():
    assert compare_samples([1.0], [1.0, 2.0]) is None
    assert math.isnan(compare_samples([0.0, 0.0], [1.0, 2.0]).error)


def test_on_pure_noise_the_p_value_keeps_its_promise():
    rng = np.random.default_rng(4)
    found = [compare_samples(rng.normal(1, 0.1, 12), rng.normal(1, 0.1, 12)).p_value <= 0.05 for _ in range(400)]
    assert np.mean(found) <= 0.08
