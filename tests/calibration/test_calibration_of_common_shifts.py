"""How often everything moving together is recognised, and how often a commit is excused that should not be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from perfsite.analysis.judge import judge
from perfsite.analysis.restless import find_courses, mark_course
from perfsite.analysis.together import find_common_shifts, mark_shifts
from perfsite.model.findings import VERDICTS
from perfsite.model.policy import Policy, Threshold
from perfsite.model.run import Direction
from perfsite.model.series import Series, SeriesKey

POLICY = Policy(threshold=Threshold(fail=0.05))
RUNS, AT = 80, 60


def suite(chance, factors, *, noise=0.02, common=0.0, tail=False, at=AT, runs=RUNS):
    """Make an environment of benchmarks: noise of their own and of the run, and a factor each from a run on."""
    n = len(factors)
    own = chance.standard_t(3, (n, runs)) / 3**0.5 if tail else chance.normal(0, 1, (n, runs))
    logs = noise * own + common * chance.normal(0, 1, runs)
    logs[:, at:] += np.log(factors)[:, None]
    unknown = np.full(runs, -1, np.int32)
    return [
        Series(
            key=SeriesKey(benchmark=f"family{i % 4}/bench{i}", metric="time", environment="ci"),
            unit="s",
            direction=Direction.LOWER,
            commits=np.arange(runs, dtype=np.int32),
            values=np.exp(logs[i]),
            standard_errors=np.full(runs, np.nan),
            counts=np.zeros(runs, np.int32),
            labels=unknown,
            eligible=np.ones(runs, np.bool_),
        )
        for i in range(n)
    ]


def share_with_a_shift(times, make):
    """Return the share of simulated environments in which any common shift was found."""
    return sum(bool(find_common_shifts(make(np.random.default_rng(seed)))) for seed in range(times)) / times


NOISES = [
    pytest.param({}, id="normal"),
    pytest.param({"tail": True}, id="heavy tails"),
    pytest.param({"common": 0.01}, id="runs that differ a little"),
    pytest.param({"common": 0.03}, id="runs that differ more than benchmarks"),
]


@pytest.mark.parametrize("noise", NOISES)
def test_noise_is_rarely_taken_for_a_common_shift(noise):
    assert share_with_a_shift(20, lambda chance: suite(chance, np.ones(14), **noise)) <= 0.2


@pytest.mark.slow
@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("benchmarks", [9, 14, 60])
def test_of_environments_without_a_change_at_most_one_in_twenty_has_a_common_shift(noise, benchmarks):
    # Where runs differ more than benchmarks, what all share is truly the machine's, now and then by enough to be seen.
    bound = 0.15 if noise.get("common") == 0.03 else 0.05
    assert share_with_a_shift(200, lambda chance: suite(chance, np.ones(benchmarks), **noise)) <= bound


@pytest.mark.parametrize("share", [0.3, pytest.param(0.5, marks=pytest.mark.slow)])
@pytest.mark.parametrize("at", [AT, RUNS - 1])
def test_a_commit_that_slows_a_part_of_the_benchmarks_is_not_excused(share, at):
    def make(chance):
        factors = np.where(np.arange(20) < 20 * share, 1.1, 1.0)
        return suite(chance, chance.permutation(factors), at=at)

    assert share_with_a_shift(60, make) <= 0.02


@pytest.mark.parametrize(
    "after", [1, pytest.param(3, marks=pytest.mark.slow), pytest.param(20, marks=pytest.mark.slow)]
)
def test_a_runner_that_is_eight_percent_slower_is_recognised_and_nothing_is_red(after):
    recognised, red, of = 0, 0, 0
    times = 15 if after == 1 else 60
    for seed in range(times):
        series = suite(np.random.default_rng(seed), np.full(14, 1.08), noise=0.012, at=RUNS - after)
        shifts = find_common_shifts(series)
        recognised += any(abs(shift.commit - (RUNS - after)) <= 1 and 0.06 < shift.delta < 0.1 for shift in shifts)
        for one in series:
            found = judge(mark_shifts(one, shifts), POLICY)
            red += VERDICTS[found.verdicts[-1]] == "regression"
            of += 1
    assert recognised >= 0.95 * times
    assert red <= 0.02 * of


@pytest.mark.slow
def test_machines_that_slow_benchmarks_unequally_are_recognised():
    """By between 8 and 20 percent, as processors of two generations do."""
    recognised = 0
    for seed in range(60):
        chance = np.random.default_rng(seed)
        shifts = find_common_shifts(suite(chance, 1 + chance.uniform(0.08, 0.2, 30), noise=0.015))
        recognised += any(abs(shift.commit - AT) <= 1 for shift in shifts)
    assert recognised >= 54


@pytest.mark.slow
@pytest.mark.parametrize("at", [AT, RUNS - 1])
def test_what_is_worse_after_the_common_shift_is_taken_out_stays_red(at):
    red = 0
    for seed in range(40):
        factors = np.full(14, 1.08)
        factors[3] = 1.08 * 1.2
        series = suite(np.random.default_rng(seed), factors, noise=0.012, at=at)
        found = judge(mark_shifts(series[3], find_common_shifts(series)), POLICY)
        red += VERDICTS[found.verdicts[-1]] == "regression"
    assert red >= 38


@pytest.mark.slow
def test_no_excuse_makes_a_point_red_that_was_not():
    """In histories of a runner that comes and goes, with regressions of the code between."""
    for seed in range(20):
        chance = np.random.default_rng(seed)
        series = suite(chance, 1 + chance.uniform(-0.05, 0.1, 20), noise=0.015, runs=120)
        machine = np.where(np.cumsum(chance.random(120) < 0.08) % 2, 1.15, 1.0)
        series = [replace(one, values=one.values * machine) for one in series]
        shifts = find_common_shifts(series)
        for one in series:
            without, excused = judge(one, POLICY), judge(mark_shifts(one, shifts), POLICY)
            assert not ((excused.verdicts == 0) & (without.verdicts != 0)).any()


def restless(chance, slower):
    """Make an environment whose runs get one of three machines, and benchmarks of which some are slower from AT on."""
    machines = np.array([1.0, 1.15, 1.35])[chance.choice(3, 120)]
    factors = np.where(np.arange(20) < slower, 1.3, 1.0)
    series = suite(chance, chance.permutation(factors), noise=0.015, runs=120)
    return [replace(one, values=one.values * machines ** chance.uniform(0.8, 1.2)) for one in series]


def has_a_regression(judgement):
    return any(change.verdict == "regression" for change in judgement.change_points)


@pytest.mark.slow
def test_on_runners_that_differ_from_run_to_run_hardly_a_regression_is_lost():
    lost, seen, red_before, red_after = 0, 0, 0, 0
    for seed in range(20):
        chance = np.random.default_rng(seed)
        for slower in (0, 6):
            series = restless(chance, slower)
            courses = find_courses(series)
            assert courses
            for one in series:
                before, after = judge(one, POLICY), judge(mark_course(one, courses), POLICY)
                was, now = has_a_regression(before), has_a_regression(after)
                if one.values[AT:].mean() / one.values[:AT].mean() > 1.2:
                    seen, lost = seen + was, lost + (was and not now)
                elif not slower:
                    red_before, red_after = red_before + was, red_after + now
    assert lost <= 0.1 * seen
    assert red_after <= red_before
