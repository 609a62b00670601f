"""What one more run may be: its own spread, the tail and the memory of the noise, and what could be told."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t as student

from perfsite.analysis.judge import judge
from perfsite.analysis.memory import effective_degrees, measure_memory, shrunken_variance, variance_of_mean
from perfsite.analysis.noise import noise_around
from perfsite.analysis.prediction import WithinRuns, predict
from perfsite.analysis.student import interval_factor, two_sided
from perfsite.analysis.suspicion import doubtful_levels
from perfsite.analysis.tails import Tail, measure_tail
from perfsite.model.findings import VERDICTS, Verdict
from perfsite.model.policy import Policy, Threshold

POLICY = Policy(threshold=Threshold(fail=0.1))
NOTHING = WithinRuns(np.full(40, np.nan), np.zeros(40, dtype=np.int32))


def history(seed=1, n=40, spread=0.02):
    return np.random.default_rng(seed).normal(1.0, spread, n) / 2


def noise_of(values):
    return noise_around(values, np.array([0, len(values)]), 6).noise


def within(errors, counts):
    return WithinRuns(np.asarray(errors, dtype=np.float64), np.asarray(counts, dtype=np.int32))


def newest_error(errors, counts):
    noise = noise_of(history())
    return predict(noise, np.full(40, 30), within(errors, counts)).errors[-1]


@pytest.mark.parametrize("degrees", [1, 2, 12, 13, 40, 1000])
def test_the_p_value_of_students_t_is_that_of_scipy(degrees):
    for z in (0.0, 0.5, 2.0, 4.0, 7.0):
        expected = 2 * student.sf(z, degrees)
        assert two_sided(z, degrees) == pytest.approx(expected, rel=1e-4, abs=1e-13)
    assert two_sided(math.inf, degrees) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("degrees", [3, 12, 13, 200])
def test_the_p_value_undoes_the_interval(degrees):
    assert two_sided(interval_factor(0.001, degrees), degrees) == pytest.approx(0.001, rel=1e-3)


def test_a_run_of_many_samples_is_predicted_sharper_and_one_of_few_wider_than_an_average_one():
    errors, counts = np.full(40, 0.0095), np.full(40, 5)
    average = newest_error(errors, counts)
    errors[-1], counts[-1] = 0.0095 / 4, 80
    assert newest_error(errors, counts) < 0.75 * average
    errors[-1], counts[-1] = 0.0095 * 4, 5
    assert newest_error(errors, counts) > 1.5 * average


def test_a_run_that_tells_nothing_of_its_samples_is_an_average_one():
    known = np.full(40, 0.005)
    known[-1] = np.nan
    assert newest_error(known, np.full(40, 5)) == newest_error(np.full(40, np.nan), np.zeros(40))


def test_two_samples_that_agree_by_chance_do_not_make_a_run_exact():
    errors, counts = np.full(40, 0.0095), np.full(40, 2)
    errors[-1] = 0.0
    assert newest_error(errors, counts) > 0.5 * newest_error(np.full(40, 0.0095), counts)


def test_a_tail_of_normal_noise_reaches_as_far_as_a_normal_one_and_a_heavy_one_further():
    rng = np.random.default_rng(2)
    normal, heavy = measure_tail(rng.normal(size=5000)), measure_tail(rng.standard_t(3, 5000) / 3**0.5)
    assert normal.reach(0.001) == pytest.approx(3.29, rel=0.06)
    assert heavy.reach(0.001) > 1.3 * normal.reach(0.001)
    assert heavy.p_value(heavy.reach(0.001)) == pytest.approx(0.001)


def test_the_tail_of_nothing_is_normal_and_tells_nothing_near_the_middle():
    tail = measure_tail(np.zeros(0))
    assert (tail.reach(0.5), tail.p_value(1.0)) == (0.0, 0.0)
    assert tail == Tail()


def test_memory_is_found_where_there_is_much_of_it_and_drawn_to_the_usual_where_little_is_known():
    rng = np.random.default_rng(3)
    state, values = 0.0, []
    for shock in rng.normal(size=600):
        state = 0.7 * state + shock
        values.append(state)
    edges = np.array([0, 600])
    assert measure_memory(np.array(values), edges, 600) == pytest.approx(0.7, abs=0.08)
    assert measure_memory(rng.normal(size=600), edges, 600) < 0.1
    assert 0.1 < measure_memory(rng.normal(size=8), np.array([0, 8]), 8) < 0.5
    assert measure_memory(np.zeros(30), np.array([0, 30]), 30) == 0.0
    assert 0 < measure_memory(np.ones(2), np.array([0, 2]), 2) < 0.9


def test_the_mean_of_runs_with_memory_varies_as_simulated():
    rng = np.random.default_rng(4)
    shocks = rng.normal(size=(4000, 60)) * (1 - 0.5**2) ** 0.5
    state, columns = rng.normal(size=4000), []
    for column in shocks.T:
        state = 0.5 * state + column
        columns.append(state)
    means = np.array(columns)[:10].mean(axis=0)
    assert variance_of_mean(np.array([10]), 0.5)[0] == pytest.approx(means.var(), rel=0.1)
    assert shrunken_variance(10, 0.5) > shrunken_variance(10, 0.0) == 1.0
    assert effective_degrees(10, 0.5, 1) < effective_degrees(10, 0.0, 1)


def test_a_step_that_memory_may_explain_is_doubtful_in_a_short_series_only(series):
    class Found:
        indices, scores = (10,), (5.5,)

        class model:  # noqa: N801 - stands for an attribute
            is_white = True

    short = noise_around(np.append(history(5, 10), history(6, 8) * 1.05), np.array([0, 10, 18]), 6).noise
    assert doubtful_levels(Found, np.array([0, 10, 18]), short, 1.0) == {1}
    assert doubtful_levels(Found, np.array([0, 10, 18]), None, 1.0) == frozenset()


def test_the_minimum_detectable_effect_is_beyond_the_floor_and_shrinks_with_the_noise(series):
    quiet, loud = (judge(series(history(7, 60, spread)), POLICY) for spread in (0.01, 0.04))
    assert quiet.floors[-1] < quiet.detectable[-1] < loud.detectable[-1]
    assert np.isnan(quiet.detectable[:6]).all(), "no noise is known there"


def test_the_minimum_detectable_effect_of_a_constant_series_is_the_smallest_severity(series):
    judgement = judge(series("1000000*20"), POLICY)
    assert judgement.detectable[-1] == pytest.approx(0.02, rel=1e-3)


@pytest.mark.parametrize("newest", [1.0, 1.2])
def test_p_values_are_those_of_suspected_findings(series, newest):
    judgement = judge(series(np.append(history(8, 40) * 2, newest)), POLICY)
    found = VERDICTS[judgement.verdicts[-1]] is Verdict.REGRESSION
    assert found == (newest > 1.1)
    assert np.isnan(judgement.p_values[:-1]).all()
    assert (judgement.p_values[-1] < POLICY.alpha) == found


def test_a_standard_error_beyond_all_measure_overflows_nothing(series):
    values = 10 ** np.random.default_rng(7).uniform(-300, 300, 17)
    judged = replace(series(values), standard_errors=np.resize([np.nan, 1.0, np.inf, 1e-9], 17))
    with np.errstate(over="raise", invalid="raise"):
        for end in range(1, 18):
            assert len(judge(judged.part(slice(0, end)), POLICY).verdicts) == end
