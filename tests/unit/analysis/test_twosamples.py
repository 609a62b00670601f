"""Two samples: effect size, chance, and what cannot be said."""

import math
import tracemalloc

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


@pytest.mark.parametrize("least", [5e-324, 1e-310, 1e-200])
def test_a_median_that_is_next_to_nothing_has_no_ratio(least):
    told = compare_samples([least, least, 1.0], [1.0, 2.0, 3.0], medians=True)
    assert math.isnan(told.error)
    assert told.effect == pytest.approx(8 / 9)


def test_long_samples_take_no_table_of_all_pairs():
    rng = np.random.default_rng(4)
    base, head = rng.normal(1, 0.01, 20_000), rng.normal(1.01, 0.01, 20_000)
    tracemalloc.start()
    told = compare_samples(base, head, medians=True)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50 << 20
    assert told.effect == pytest.approx(0.52, abs=0.01)


@given(SAMPLES, SAMPLES)
def test_the_effect_is_how_much_more_often_the_head_is_larger(base, head):
    signs = [(other > one) - (other < one) for other in head for one in base]
    assert compare_samples(base, head).effect == pytest.approx(sum(signs) / len(signs))


def test_the_error_is_that_of_the_means_by_the_delta_method():
    base, head = np.array([1.0, 1.1, 0.9, 1.0]), np.array([2.0, 2.2, 1.8, 2.1, 1.9])
    parts = [np.var(one, ddof=1) / len(one) / one.mean() ** 2 for one in (base, head)]
    assert compare_samples(base, head).error == pytest.approx(math.sqrt(sum(parts)))


def test_the_error_of_medians_is_larger_than_that_of_means_on_normal_noise():
    rng = np.random.default_rng(1)
    pairs = [(rng.normal(1, 0.02, 60), rng.normal(1, 0.02, 60)) for _ in range(60)]
    ratios = [compare_samples(*pair, medians=True).error / compare_samples(*pair).error for pair in pairs]
    assert np.mean(ratios) == pytest.approx(math.sqrt(math.pi / 2), rel=0.1)


def test_a_median_among_equal_values_keeps_the_noise_of_the_others():
    sample = [1.0] * 9 + [1.3]
    assert compare_samples(sample, sample, medians=True).error > 0


def test_samples_that_resemble_their_neighbours_tell_less_and_sorted_ones_do_not_show_it():
    wave = 1 + 0.05 * np.sin(np.arange(40) / 4)
    mixed = np.random.default_rng(2).permutation(wave)
    assert compare_samples(wave, wave).error > 1.5 * compare_samples(mixed, mixed).error
    assert compare_samples(np.sort(wave), np.sort(wave)[::-1]).error == pytest.approx(
        math.sqrt(2 * np.var(wave, ddof=1) / len(wave)) / wave.mean()
    )


def test_the_largest_and_smallest_numbers_that_there_are_do_no_harm():
    told = compare_samples([1e308, 1.1e308, 1.2e308] * 3, [5e-324, 1e-323, 1e-322] * 3, medians=True)
    assert told.effect == -1.0
    assert math.isfinite(told.error)


def test_on_pure_noise_the_p_value_keeps_its_promise():
    rng = np.random.default_rng(4)
    found = [compare_samples(rng.normal(1, 0.1, 12), rng.normal(1, 0.1, 12)).p_value <= 0.05 for _ in range(400)]
    assert np.mean(found) <= 0.08
