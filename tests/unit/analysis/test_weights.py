from __future__ import annotations

import numpy as np
import pytest

from perfsite.analysis.changepoint import find_changes
from perfsite.analysis.detection.contrasts import rank_test, weighted_rank_test
from perfsite.analysis.detection.noisemodel import NoiseModel, description_length
from perfsite.analysis.detection.signal import of_clean, prepare
from perfsite.analysis.detection.weights import MOST_ERROR, MOST_WEIGHT, weigh


def runs_of_unequal_precision(n: int = 200, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return values near 10 and their true standard errors, which differ from run to run."""
    rng = np.random.default_rng(seed)
    errors = 0.1 * np.exp(rng.normal(0, 1, n))
    return 10 + errors * rng.normal(size=n), errors


def test_points_weigh_more_the_smaller_their_standard_error():
    values, errors = runs_of_unequal_precision()
    weights = weigh(values, errors)
    assert weights is not None
    assert weights.mean() == pytest.approx(1)
    assert (np.diff(weights[np.argsort(errors / values)]) <= 0).all()


def test_standard_errors_that_are_all_wrong_by_one_factor_give_the_same_weights():
    values, errors = runs_of_unequal_precision()
    np.testing.assert_allclose(weigh(values, errors * 3), weigh(values, errors))


def test_other_units_give_the_same_weights():
    values, errors = runs_of_unequal_precision()
    np.testing.assert_allclose(weigh(values * 1e-9, errors * 1e-9), weigh(values, errors))


def test_standard_errors_that_say_nothing_of_the_values_change_nothing():
    values, errors = runs_of_unequal_precision()
    assert weigh(values, np.random.default_rng(1).permutation(errors)) is None


@pytest.mark.parametrize("error", [0.0, 0.1, np.nan, np.inf, -1.0, 1e-320, 1e308])
def test_standard_errors_that_are_all_the_same_or_not_known_change_nothing(error):
    values, _ = runs_of_unequal_precision()
    errors = np.full(len(values), error)
    assert weigh(values, errors) is None
    assert find_changes(values, standard_errors=errors).indices == find_changes(values).indices


def test_standard_errors_of_a_few_points_tell_nothing():
    values, errors = runs_of_unequal_precision()
    errors[10:] = np.nan
    assert weigh(values, errors) is None


def test_a_point_of_unknown_standard_error_has_the_typical_weight():
    values, errors = runs_of_unequal_precision()
    errors[7] = np.nan
    weights = weigh(values, errors)
    assert weights is not None
    assert weights[7] == pytest.approx(np.median(weights), rel=0.05)


@pytest.mark.parametrize("absurd", [0.0, 1e-300, 1e300, np.inf])
def test_absurd_standard_errors_neither_dominate_nor_vanish(absurd):
    values, errors = runs_of_unequal_precision()
    errors[::20] = absurd
    weights = weigh(values, errors)
    assert weights is not None
    typical = np.median(weights)
    assert weights.max() <= MOST_WEIGHT * typical * (1 + 1e-9)
    assert weights.min() >= typical / MOST_ERROR**2


def test_values_that_are_not_positive_have_weights_too():
    values, errors = runs_of_unequal_precision()
    assert weigh(values - 10, errors) is not None


def test_equal_values_with_standard_errors_have_no_change():
    _, errors = runs_of_unequal_precision()
    assert find_changes(np.full(len(errors), 7.0), standard_errors=errors).indices == ()


def test_a_step_that_equal_points_hide_is_seen_in_the_precise_ones():
    values, errors = runs_of_unequal_precision(seed=3)
    values[100:] *= 1.012
    assert find_changes(values).indices == ()
    (place,) = find_changes(values, standard_errors=errors).indices
    assert abs(place - 100) <= 3


def test_weights_of_one_give_the_signal_of_no_weights():
    values, _ = runs_of_unequal_precision()
    plain, weighted = prepare(values), prepare(values, np.ones(len(values)))
    for width in (4, 22):
        np.testing.assert_allclose(weighted.window_steps(width), plain.window_steps(width), atol=1e-12)
    edges = np.array([0, 50, 120, 200])
    np.testing.assert_allclose(weighted.levels(edges), plain.levels(edges))
    assert weighted.white == pytest.approx(plain.white)


def test_the_steps_of_weighted_windows_have_the_spread_of_points_of_weight_one():
    rng = np.random.default_rng(5)
    weights = rng.uniform(0.2, 3, 40_000)
    weights /= weights.mean()
    x = rng.normal(size=len(weights)) / np.sqrt(weights)
    signal = of_clean(x, np.zeros(len(x), dtype=np.bool_), weights)
    assert signal.white == pytest.approx(1, rel=0.03)
    assert signal.window_steps(9).std() == pytest.approx(np.sqrt(2 / 9), rel=0.03)


def test_the_weighted_rank_test_of_equal_weights_is_the_rank_test():
    rng = np.random.default_rng(2)
    before, after = rng.normal(size=11).round(1), rng.normal(0.4, 1, 17).round(1)
    expected = rank_test(before, after)
    assert weighted_rank_test((before, after), (np.ones(11), np.ones(17))) == pytest.approx(expected)


def test_the_weighted_rank_test_is_standard_on_samples_alike():
    rng = np.random.default_rng(4)
    weights = rng.uniform(0.1, 3, (2, 30))
    z = [
        weighted_rank_test((x[0] / np.sqrt(weights[0]), x[1] / np.sqrt(weights[1])), (weights[0], weights[1]))[0]
        for x in rng.normal(size=(2000, 2, 30))
    ]
    assert 0.8 <= np.sqrt(np.mean(np.square(z))) <= 1.1


@pytest.mark.parametrize("model", [NoiseModel(1.0), NoiseModel(0.5, 0.5, 0.7), NoiseModel(0.0, 1.0, 0.6)])
def test_equal_weights_tell_a_series_in_the_length_of_no_weights(model):
    residuals = np.random.default_rng(6).normal(size=300)
    unweighted = description_length(residuals, model, 2)
    assert description_length(residuals, model, 2, np.ones(300)) == pytest.approx(unweighted, abs=0.5)
