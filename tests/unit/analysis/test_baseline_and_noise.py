from __future__ import annotations

import itertools

import numpy as np
import pytest

from perfsite.analysis.baseline import Terms, Usable, baselines_of_points, relative_delta, stand_by_segment
from perfsite.analysis.labels import confounded_segments
from perfsite.analysis.noise import find_strays, interval_factor, measure_noise, noise_floors
from perfsite.analysis.stepsize import severity_of
from perfsite.model.findings import Severity
from perfsite.model.policy import Severities


def noise_of(values: np.ndarray, edges: list[int] | None = None):
    bounds = np.array(edges or [0, len(values)])
    levels = np.concatenate([np.full(b - a, np.median(values[a:b])) for a, b in itertools.pairwise(bounds)])
    return measure_noise(values, levels, bounds), bounds


def test_the_noise_is_the_relative_deviation_of_a_single_run():
    values = np.random.default_rng(1).normal(50, 1.5, 3000)
    assert noise_of(values)[0].single == pytest.approx(0.03, rel=0.05)


def test_outliers_and_level_changes_do_not_make_noise():
    rng = np.random.default_rng(2)
    values = np.concatenate([rng.normal(50, 1, 200), rng.normal(80, 1.6, 200)])
    values[[20, 90, 310]] *= 4
    assert noise_of(values, [0, 200, 400])[0].single == pytest.approx(0.02, rel=0.15)


def test_a_second_mode_is_noise_and_its_runs_are_no_outliers():
    rng = np.random.default_rng(3)
    values = rng.normal(50, 0.5, 300) + 10 * (rng.random(300) < 0.25)
    noise, edges = noise_of(values)
    limits = noise_floors(noise, np.full(300, 30), np.full(300, np.nan), 0.001)
    assert noise.single > 0.05
    assert find_strays(noise, limits, edges)[0].sum() == 0


def test_normal_noise_has_next_to_no_outliers_whatever_its_unit():
    values = np.random.default_rng(4).normal(50, 1, 2000) * 1e-7
    noise, edges = noise_of(values)
    limits = noise_floors(noise, np.full(2000, 30), np.full(2000, np.nan), 0.001)
    assert find_strays(noise, limits, edges)[0].mean() <= 0.003


def test_a_prediction_interval_covers_as_often_as_it_says():
    rng = np.random.default_rng(5)
    inside = 0
    for _ in range(400):
        values = rng.normal(50, 1, 31)
        noise, _ = noise_of(values[:30])
        floor = noise_floors(noise, np.full(30, 30), np.full(30, np.nan), 0.05)[0]
        inside += abs(values[30] - values[:30].mean()) <= floor
    assert 0.91 <= inside / 400 <= 0.98


def test_a_larger_error_within_the_run_widens_its_floor():
    noise, _ = noise_of(np.random.default_rng(6).normal(50, 0.5, 100))
    errors = np.full(100, np.nan)
    errors[7] = 5.0
    floors = noise_floors(noise, np.full(100, 30), errors, 0.001)
    assert floors[7] > 5 * floors[8]


def test_the_interval_of_few_degrees_is_wider_than_that_of_many():
    assert interval_factor(0.05, 5) == pytest.approx(2.5706, abs=1e-4)
    assert interval_factor(0.05, 10**6) == pytest.approx(1.96, abs=1e-3)


def test_means_before_a_point_use_the_newest_usable_points_of_the_segment():
    values = np.array([1.0, 2.0, 3.0, 100.0, 5.0, 6.0])
    usable = Usable(values, values < 50, 2)
    means, counts = usable.before(np.arange(6), np.zeros(6, dtype=np.int64))
    assert counts.tolist() == [0, 1, 2, 2, 2, 2]
    assert np.isnan(means[0])
    assert means[1:].tolist() == [1.0, 1.5, 2.5, 2.5, 4.0]
    assert usable.level(4, 6) == (5.5, 2)


def test_baselines_of_a_prefix_do_not_depend_on_what_comes_later():
    values = np.random.default_rng(7).normal(10, 1, 50)
    terms = Terms(1, np.array([0.02]))
    long, short = (
        baselines_of_points(stand_by_segment(np.array([0, n]), np.array([10.0]), usable, terms), usable)[0]
        for n, usable in ((50, Usable(values, np.ones(50, bool), 30)), (30, Usable(values[:30], np.ones(30, bool), 30)))
    )
    assert long[1:30].tolist() == short[1:].tolist()


def test_an_acceptance_moves_the_baseline_from_its_next_point_on():
    values = np.array([10.0] * 5 + [12.0] * 5)
    usable = Usable(values, np.ones(10, bool), 30)
    edges, levels = np.array([0, 5, 10]), np.array([10.0, 12.0])
    stands = stand_by_segment(edges, levels, usable, Terms(1, np.full(2, 0.02), (), [7]))
    assert stands[1].held_until == 8
    assert baselines_of_points(stands, usable)[0].tolist()[5:] == [10.0, 10.0, 10.0, 12.0, 12.0]


def test_there_is_no_ratio_to_a_baseline_that_is_not_positive():
    assert np.isnan([relative_delta(1, 0), relative_delta(1, -1), relative_delta(-1, 1)]).all()
    assert relative_delta(11, 10) == pytest.approx(0.1)


def test_severities_are_reached_at_their_size_in_both_directions():
    sizes = Severities()
    found = [severity_of(delta, sizes) for delta in (0.019, -0.02, 0.05, -0.5, float("nan"))]
    assert found == [Severity.NONE, Severity.MINOR, Severity.MAJOR, Severity.CRITICAL, Severity.NONE]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([0] * 20, {}),
        ([-1] * 10 + [1] * 10, {}),
        ([0] * 10 + [1] * 10, {1: 16}),
        ([0] * 11 + [1] * 9, {1: 17}),
        ([0] * 10 + [1] * 3 + [-1] * 7, {1: 20}),
        ([0] * 5 + [1] * 5 + [1] * 10, {}),
        ([0] * 8 + [1, 0] + [1] * 10, {}),
        ([0] * 10 + [1] * 9 + [0], {}),
    ],
    ids=["one machine", "nothing known", "together", "one point late", "too few", "far", "before", "after"],
)
def test_a_change_is_confounded_only_where_no_machine_saw_both_levels(labels, expected):
    assert confounded_segments(np.array(labels), np.array([0, 10, 20]), 6) == expected
