"""Noise of the last 30 days: it follows a machine that changes, and is the series' own where little is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from perfsite.analysis.adaptive import PRIOR_RUNS, adapted_deviations, recent_starts
from perfsite.analysis.student import interval_factor

DAY = 86_400.0


def daily(n: int, start: float = 0.0) -> np.ndarray:
    return start + DAY * np.arange(n)


def test_the_recent_past_is_thirty_days_and_ends_before_the_point():
    assert recent_starts(daily(50))[[0, 10, 30, 31, 49]].tolist() == [0, 0, 0, 1, 19]


def test_a_point_after_a_long_rest_has_no_recent_past():
    times = np.concatenate([daily(10), daily(3, start=100 * DAY)])
    assert recent_starts(times)[[9, 10, 12]].tolist() == [0, 10, 10]


def test_without_times_the_last_thirty_points_are_recent():
    assert recent_starts(np.full(50, math.nan))[[0, 30, 49]].tolist() == [0, 0, 19]
    times = daily(50)
    times[3] = math.nan
    assert recent_starts(times)[49] == 19


def test_a_backfilled_point_counts_as_run_with_the_one_before_it():
    times = daily(40)
    times[20] = -1000 * DAY
    starts = recent_starts(times)
    assert starts[39] == 9
    assert (starts <= np.arange(40)).all()
    assert (np.diff(starts) >= 0).all()


def test_noise_follows_a_machine_that_becomes_noisier_and_calms_down_again():
    rng = np.random.default_rng(5)
    true = np.concatenate([np.full(100, 0.01), np.full(60, 0.04), np.full(60, 0.01)])
    squares = (rng.normal(size=220) * true) ** 2
    prior = np.full(220, math.sqrt(squares.mean()))
    found, weight = adapted_deviations(squares, prior, daily(220))
    assert found[159] == pytest.approx(0.035, rel=0.25)
    assert found[99] < prior[0] < found[159]
    assert found[219] < prior[0]
    assert weight == PRIOR_RUNS + 30


def test_where_nothing_is_recent_the_noise_is_the_series_own():
    times = DAY * 40 * np.arange(20)
    found, weight = adapted_deviations(np.full(20, 9.0), np.ones(20), times)
    assert found.tolist() == [1.0] * 20
    assert weight == PRIOR_RUNS


def test_points_on_trial_do_not_testify():
    squares = np.full(40, 1.0)
    squares[37:] = math.nan
    found, _ = adapted_deviations(squares, np.ones(40), daily(40))
    assert np.isfinite(found).all()
    assert found[39] == pytest.approx(1.0)


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_series_of_any_length_have_an_answer(n):
    found, weight = adapted_deviations(np.zeros(n), np.full(n, 0.5), daily(n))
    assert found.shape == (n,)
    assert (found <= 0.5).all()
    assert weight == PRIOR_RUNS + max(n - 1, 0)


def test_a_scale_of_any_size_comes_out_again():
    squares = np.random.default_rng(1).chisquare(1, 100)
    one, _ = adapted_deviations(squares, np.ones(100), daily(100))
    tiny, _ = adapted_deviations(squares * 1e-18, np.full(100, 1e-9), daily(100))
    assert tiny == pytest.approx(one * 1e-9)


def test_on_noise_that_stays_the_limits_it_sets_are_passed_as_seldom_as_they_say():
    rng = np.random.default_rng(11)
    alpha, n, passed = 0.01, 90, 0
    for _ in range(400):
        values = rng.normal(size=n)
        found, weight = adapted_deviations(values**2, np.full(n, values[:60].std()), daily(n))
        passed += int((np.abs(values[60:]) > interval_factor(alpha, weight) * found[60:]).sum())
    assert passed / (400 * 30) <= 1.3 * alpha


def test_on_noise_that_grew_it_halves_the_false_alarms_of_the_whole_series_noise_at_least():
    rng = np.random.default_rng(13)
    alpha, fixed, adapted = 0.01, 0, 0
    for _ in range(200):
        true = np.concatenate([np.full(200, 1.0), np.full(60, 3.0)])
        values = rng.normal(size=260) * true
        prior = np.full(260, math.sqrt((values**2).mean()))
        found, weight = adapted_deviations(values**2, prior, daily(260))
        newest = slice(230, 260)
        fixed += int((np.abs(values[newest]) > interval_factor(alpha, 259) * prior[newest]).sum())
        adapted += int((np.abs(values[newest]) > interval_factor(alpha, weight) * found[newest]).sum())
    assert adapted <= fixed / 2
