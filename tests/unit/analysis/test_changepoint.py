from __future__ import annotations

import itertools

import numpy as np
import pytest

from perfsite.analysis.changepoint import detect, find_changes
from perfsite.analysis.detection.contrasts import Contrasts, rank_test
from perfsite.analysis.detection.elimination import critical_z
from perfsite.analysis.detection.modes import find_modes
from perfsite.analysis.detection.noisemodel import NoiseModel, describe, description_length
from perfsite.analysis.detection.partition import SCALES, Scan, best_partition
from perfsite.analysis.detection.quantiles import are_peaks, median, quantile, running_median
from perfsite.analysis.detection.signal import of_clean, prepare, replace_outliers
from perfsite.analysis.detection.transients import drop_transients
from perfsite.analysis.detection.variogram import autoregressive_model, evident_jumps


def steps(levels: list[tuple[int, float]], *, noise: float = 0.02, seed: int = 0) -> np.ndarray:
    level = np.concatenate([np.full(n, value) for n, value in levels])
    return level * np.exp(np.random.default_rng(seed).normal(0, noise, len(level)))


def test_steps_are_found_at_their_place():
    assert detect(steps([(60, 10), (50, 11.5), (70, 10.5)])) == [60, 110]


def test_a_series_without_a_change_has_none():
    assert detect(steps([(400, 10)])) == []


@pytest.mark.parametrize("n", range(9))
def test_too_few_points_hold_no_two_levels(n):
    assert all(4 <= place <= n - 4 for place in detect(np.arange(1.0, n + 1)))


def test_all_equal_values_have_no_change():
    assert detect([7.0] * 100) == []


def test_every_lasting_change_of_a_counter_is_found_however_small_beside_the_others():
    assert detect([1000] * 20 + [1010] * 20 + [2000] * 20 + [2001] * 20) == [20, 40, 60]


def test_other_units_give_the_same_change_points():
    values = steps([(80, 3), (80, 3.3)])
    assert detect(values * 1e-9) == detect(values * 12345.6) == detect(values)


def test_a_mirrored_series_has_mirrored_change_points():
    values = steps([(60, 10), (50, 12)])
    assert [len(values) - place for place in detect(values[::-1])] == detect(values)


def test_a_higher_sensitivity_setting_asks_for_more_evidence():
    values = steps([(40, 10), (40, 10.3)])
    few, many = detect(values, sensitivity=2.5), detect(values, sensitivity=0.8)
    assert few == []
    assert len(many) == 1


def test_scores_grow_with_the_size_of_the_change():
    small = find_changes(steps([(60, 10), (60, 10.5)])).scores
    large = find_changes(steps([(60, 10), (60, 13)])).scores
    assert len(small) == len(large) == 1
    assert critical_z(120) <= small[0] < large[0]


def test_single_spikes_are_outliers_and_no_changes():
    values = steps([(120, 10)])
    values[[30, 70]] *= 3
    changes = find_changes(values)
    assert changes.indices == ()
    assert {30, 70} <= set(np.flatnonzero(changes.outliers).tolist())


def test_an_excursion_that_returns_is_a_transient():
    values = steps([(60, 10), (6, 14), (60, 10)])
    assert detect(values) == []


def test_zeros_and_negative_values_are_compared_by_difference():
    rng = np.random.default_rng(1)
    assert detect(np.concatenate([rng.normal(-5, 0.2, 40), rng.normal(0, 0.2, 40)])) == [40]


def test_the_same_values_give_the_same_answer_twice():
    values = steps([(300, 10), (300, 10.4), (300, 10)], seed=3)
    assert find_changes(values).scores == find_changes(values).scores


def test_quantiles_agree_with_numpy():
    values = np.random.default_rng(2).normal(size=101)
    assert median(values) == np.median(values)
    assert median(values[:100]) == pytest.approx(np.median(values[:100]))
    assert quantile(values, 0.9) == np.quantile(values, 0.9)
    for reach in (1, 2, 5, 40):
        assert are_peaks(values, reach).tolist() == [
            value == max(values[max(i - reach, 0) : i + reach + 1]) for i, value in enumerate(values)
        ]


def test_a_running_median_uses_what_there_is_at_the_ends():
    values = np.array([1.0, 9.0, 2.0, 3.0, 4.0, 5.0, 50.0, 6.0, 7.0, 8.0])
    for i, middle in enumerate(running_median(values, 3)):
        assert middle == np.median(values[max(0, i - 3) : i + 4])


def test_frequent_excursions_are_not_outliers():
    values = np.random.default_rng(4).normal(0, 0.01, 200)
    values[::5] += 0.2
    assert replace_outliers(values)[1].sum() == 0


def test_the_noise_of_a_signal_does_not_feel_its_steps():
    calm = prepare(steps([(200, 10)])).white
    stepped = prepare(steps([(50, 10), (50, 20), (50, 5), (50, 10)])).white
    assert stepped == pytest.approx(calm, rel=0.25)


def test_the_variance_of_a_mean_with_memory_is_that_of_simulation():
    model, rng = NoiseModel(0.5, 1.0, 0.7), np.random.default_rng(5)
    state = np.zeros(4000)
    path = []
    for _ in range(60):
        state = 0.7 * state + rng.normal(size=4000) * np.sqrt(1 - 0.49)
        path.append(state + rng.normal(size=4000) * np.sqrt(0.5))
    window = np.array(path[-12:])
    assert window.mean(axis=0).var() == pytest.approx(model.variance_of_mean(12), rel=0.1)
    left, right = window[:6].mean(axis=0), window[6:].mean(axis=0)
    assert np.cov(left, right)[0, 1] == pytest.approx(model.covariance_of_neighbours(6, 6), rel=0.2)


def test_innovations_of_the_true_model_are_white():
    rng = np.random.default_rng(6)
    state = [0.0]
    for shock in rng.normal(size=5000):
        state.append(0.8 * state[-1] + 0.6 * shock)
    observed = np.array(state[1:]) + rng.normal(size=5000) * 0.5
    e = NoiseModel(0.25, 1.0, 0.8).innovations(observed)[100:]
    assert abs(np.corrcoef(e[1:], e[:-1])[0, 1]) < 0.05
    assert NoiseModel(1.0).innovations(observed) is observed


def test_memory_makes_the_autoregressive_telling_shorter():
    rng = np.random.default_rng(7)
    values = [0.0]
    for shock in rng.normal(size=800):
        values.append(0.8 * values[-1] + 0.01 * shock)
    signal = prepare(np.exp(np.array(values)))
    model = autoregressive_model(signal)
    assert model is not None
    assert description_length(signal.values, model, 0) < description_length(signal.values, NoiseModel(signal.white), 0)


def test_the_students_scale_resists_outliers():
    squares = np.random.default_rng(8).normal(size=500) ** 2
    spoiled = squares.copy()
    spoiled[:10] = 1e6
    assert describe(spoiled)[1] < 2 * describe(squares)[1]


def test_the_partition_is_the_best_of_all_partitions_of_few_candidates():
    values = steps([(12, 10), (10, 11), (14, 10)], noise=0.03, seed=9)
    signal = of_clean(np.log(values), np.zeros(36, dtype=np.bool_))
    model = NoiseModel(signal.white)
    candidates = [6, 12, 17, 22, 28]
    price = 3.4 * np.log(36) * signal.white

    def cost(chosen: list[int]) -> float:
        edges = [0, *chosen, 36]
        parts = [signal.values[a:b] for a, b in itertools.pairwise(edges)]
        return sum(float(((p - p.mean()) ** 2).sum()) for p in parts) + price * len(chosen)

    subsets = [[c for k, c in enumerate(candidates) if number >> k & 1] for number in range(32)]
    assert best_partition(signal, model, candidates) == min(subsets, key=cost)


def test_a_place_is_refined_to_the_true_change():
    signal = prepare(steps([(40, 10), (40, 12)]))
    contrasts = Contrasts(signal)
    assert contrasts.place_best(0, 36, 80) == 40
    assert contrasts.place_best(0, 44, 80) == 40
    assert contrasts.place_best(38, 41, 43) == 41
    assert evident_jumps(signal).tolist() == [40]
    assert 40 in Scan(signal).candidates(NoiseModel(signal.white))


@pytest.mark.parametrize("n", [8, 13, 47, 400])
def test_candidates_are_the_peaks_of_some_scale_and_places_near_the_ends(n: int) -> None:
    signal = prepare(steps([(n // 2, 10), (n - n // 2, 10.4)]))
    expected = {*range(4, 12, 2), *range(n - 4, n - 12, -2)} & {*range(4, n - 3)}
    for w in (w for w in SCALES if 2 * w <= n):
        reach = max(1, w // 3)
        z = [
            abs(signal.mean(i, i + w) - signal.mean(i - w, i)) / (2 * signal.white / w) ** 0.5
            for i in range(w, n - w + 1)
        ]
        expected |= {i + w for i, one in enumerate(z) if one >= 3 and one == max(z[max(i - reach, 0) : i + reach + 1])}
    assert set(Scan(signal).candidates(NoiseModel(signal.white))) == {place for place in expected if place <= n - 4}


def test_the_rank_test_knows_the_most_it_can_reach():
    z, highest = rank_test(np.arange(10.0), np.arange(10.0) + 100)
    assert z == pytest.approx(highest)
    assert rank_test(np.ones(10), np.ones(10))[0] == 0


def test_a_level_of_few_points_must_lie_clear_of_the_other():
    values = np.concatenate([np.zeros(20), [1.0, 1.0, 0.0, 1.0, 0.0, 1.0]])
    contrasts = Contrasts(of_clean(values, np.zeros(len(values), dtype=np.bool_)))
    assert not contrasts.stands_clear(0, 20, 26)
    assert contrasts.stands_clear(0, 13, 26)
    assert contrasts.stands_clear(0, 20, 22)


def test_levels_visited_back_and_forth_are_modes():
    values = np.log(steps([(12, 10), (12, 13)] * 6, noise=0.01))
    signal = of_clean(values, np.zeros(len(values), dtype=np.bool_))
    modes = find_modes(signal, list(range(12, 144, 12)))
    assert modes is not None
    assert (values - modes.offsets).std() < 0.03
    assert modes.switches == 11
    assert find_modes(signal, [72]) is None


def test_only_pairs_around_a_transient_are_dropped():
    values = np.log(steps([(30, 10), (5, 14), (30, 10), (30, 12)], noise=0.005))
    assert drop_transients(values, [30, 35, 65], [9.0, 9.0, 9.0]) == ([65], [9.0])
