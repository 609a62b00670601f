from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest

from perfsite.analysis.noise import count_on_trial, find_strays, measure_noise, noise_floors
from perfsite.analysis.student import interval_factor


def noise_of(values: np.ndarray, edges: list[int] | None = None):
    bounds = np.array(edges or [0, len(values)])
    levels = np.concatenate([np.full(b - a, np.median(values[a:b])) for a, b in pairwise(bounds)])
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


@pytest.mark.parametrize(
    ("newest", "count"),
    [([15.0], 1), ([15.0, 14.9], 2), ([5.0, 5.1, 5.0], 3), ([15.0, 5.0], 1), ([15.0, 10.0], 0), ([10.05], 0)],
    ids=["one", "two", "better", "both sides", "returned", "within"],
)
def test_the_newest_points_off_one_side_are_on_trial(newest, count):
    assert count_on_trial(np.array([10, 10.1, 9.9, 10, 10.1, 9.9, 10.0, *newest]), 0) == count


def test_points_on_trial_are_at_most_half_of_their_level():
    assert count_on_trial(np.array([10.0, 10, 10, 15, 15, 15]), 0) == 0
    assert count_on_trial(np.array([10.0]), 0) == 0


def test_points_on_trial_do_not_make_the_noise_they_are_judged_by():
    values = np.array([10, 10.1, 9.9, 10, 10.1, 9.9, 15, 15, 15])
    edges, levels = np.array([0, 9]), np.full(9, 10.0)
    told = measure_noise(values, levels, edges, on_trial=3)
    assert told.single == pytest.approx(measure_noise(values[:6], levels[:6], np.array([0, 6])).single)
    floors = noise_floors(told, np.full(9, 6), np.full(9, np.nan), 0.001)
    assert find_strays(told, floors, edges)[1] == 6


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


def test_a_series_too_short_to_know_its_noise_never_waits_for_scipy():
    script = """
import sys
import numpy as np
from perfsite.analysis.judge import judge
from perfsite.model.policy import Policy, Threshold
from perfsite.model.run import Direction
from perfsite.model.series import Series, SeriesKey

for n in (0, 3):
    codes = np.zeros(n, dtype=np.int32)
    series = Series(
        key=SeriesKey(benchmark="bench", metric="time", environment="ci"), unit="s", direction=Direction.LOWER,
        commits=codes, values=np.ones(n), standard_errors=np.full(n, np.nan), counts=codes, labels=codes,
        eligible=np.ones(n, dtype=np.bool_),
    )
    judge(series, Policy(threshold=Threshold(fail=0.1)))
print(any(name.partition(".")[0] == "scipy" for name in sys.modules))
"""
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"
