"""A pinned baseline: what all points of a series are held against, and nothing moves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfsite.analysis.aside import judge_aside
from perfsite.analysis.judge import judge
from perfsite.model.findings import VERDICTS, Doubt, Judgement, Rule, Verdict
from perfsite.model.policy import Policy, Threshold
from perfsite.model.run import Direction

POLICY = Policy(threshold=Threshold(warn=0.05, fail=0.10))
GOOD = "10 10.1 9.9 10 10.1 9.9 10 10.1 9.9 10"
WORSE = "12 12.1 11.9 12 12.1 11.9 12 12.1 12 12"


def verdicts(judgement: Judgement) -> list[Verdict]:
    return [VERDICTS[code] for code in judgement.verdicts]


def doubts(judgement: Judgement, index: int) -> set[Doubt]:
    return {doubt for doubt in Doubt if doubt & int(judgement.doubts[index])}


def test_the_first_point_of_all_is_judged_by_the_threshold_alone(series):
    worse = judge(series("12"), POLICY, pinned=10.0)
    assert verdicts(worse) == [Verdict.REGRESSION]
    assert worse.rules.tolist() == [Rule.FAIL]
    assert worse.since.tolist() == [0]
    assert not worse.standing.any()
    assert worse.baselines.tolist() == [10.0]
    assert doubts(worse, 0) == {Doubt.NOISE_UNKNOWN}
    better = judge(series("8"), POLICY, pinned=10.0)
    assert verdicts(better) == [Verdict.IMPROVEMENT]
    near = judge(series("10.3"), POLICY, pinned=10.0)
    assert verdicts(near) == [Verdict.UNSURE]
    assert near.rules.tolist() == [Rule.PASS]


def test_what_few_points_show_below_the_threshold_is_never_a_finding(series):
    judgement = judge(series("10.3 10.4 10.3 10.4"), POLICY, pinned=10.0)
    assert set(verdicts(judgement)) == {Verdict.UNSURE}
    assert set(verdicts(judge(series("9.7 9.6 9.7 9.6"), POLICY, pinned=10.0))) == {Verdict.UNSURE}


def test_a_level_at_the_pin_has_not_changed(series):
    level = series(f"{GOOD} {GOOD}")
    judgement = judge(level, POLICY, pinned=10.0)
    assert set(verdicts(judgement)[6:]) == {Verdict.NO_CHANGE}
    assert judgement.baselines.tolist() == [10.0] * 20
    assert judgement.deltas == pytest.approx(level.values / 10 - 1)
    assert np.isfinite(judgement.floors[6:]).all()


def test_a_regression_against_a_pin_lasts_until_the_level_is_back(series):
    judgement = judge(series(f"{GOOD} | {WORSE} {WORSE} {WORSE} | {GOOD}"), POLICY, pinned=10.0)
    assert set(verdicts(judgement)[10:40]) == {Verdict.REGRESSION}
    assert set(judgement.since[10:40].tolist()) == {10}
    assert judgement.standing[11:40].all()
    assert set(verdicts(judgement)[40:]) == {Verdict.NO_CHANGE}
    assert judgement.rules[10:40].tolist() == [Rule.FAIL] * 30


def test_a_series_that_was_never_as_good_as_the_pin_regressed_at_its_first_point(series):
    judgement = judge(series(f"{WORSE} {WORSE}"), POLICY, pinned=10.0)
    assert set(verdicts(judgement)) == {Verdict.REGRESSION}
    assert set(judgement.since.tolist()) == {0}
    assert judgement.change_points == ()


def test_another_pin_ends_the_regression(series):
    assert set(verdicts(judge(series(f"{WORSE} {WORSE}"), POLICY, pinned=12.0))[6:]) == {Verdict.NO_CHANGE}


def test_a_better_level_does_not_become_the_baseline(series):
    judgement = judge(series(f"{GOOD} | 8*15 | {GOOD}"), POLICY, pinned=10.0)
    assert judgement.baselines == pytest.approx(10.0)
    assert set(verdicts(judgement)[10:25]) == {Verdict.IMPROVEMENT}
    assert set(verdicts(judgement)[25:]) == {Verdict.NO_CHANGE}


def test_a_point_that_is_worse_than_the_pin_is_no_improvement(series):
    judgement = judge(series("8 12 8 12 8 7 8 8 7 8 8 7 8 8 7 8 8 7 8 8 10.02"), POLICY, pinned=10.0)
    improved = judgement.verdicts == VERDICTS.index(Verdict.IMPROVEMENT)
    assert improved.any()
    assert not (improved & (judgement.deltas >= 0)).any()


def test_newest_points_off_the_level_are_held_against_the_pin(series):
    judgement = judge(series(f"{GOOD} 13"), POLICY, pinned=10.0)
    assert verdicts(judgement)[-1] is Verdict.REGRESSION
    assert Doubt.UNCONFIRMED in doubts(judgement, 10)
    back = judge(series(f"{WORSE} {WORSE} 10"), POLICY, pinned=10.0)
    assert verdicts(back)[-1] is Verdict.NO_CHANGE


def test_higher_is_better_turns_the_pin_around(series):
    judgement = judge(series(GOOD, direction=Direction.HIGHER), POLICY, pinned=13.0)
    assert set(verdicts(judgement)) == {Verdict.REGRESSION}
    judgement = judge(series(GOOD, direction=Direction.NEITHER), POLICY, pinned=13.0)
    assert Verdict.REGRESSION not in verdicts(judgement)


def test_a_pin_of_zero_has_no_ratio_and_says_so(series):
    judgement = judge(series("0.01 0.01 0.01 0 0 0.01 0.01 0 0"), POLICY, pinned=0.0)
    assert Verdict.REGRESSION not in verdicts(judgement)
    assert np.isnan(judgement.deltas).all()
    assert Doubt.NO_RATIO in doubts(judgement, 8)


def test_a_machine_that_is_new_to_the_series_is_unsure_before_it_is_red(series):
    judgement = judge(series(f"{GOOD} | {WORSE}", labels=[0] * 10 + [1] * 10), POLICY, pinned=10.0)
    assert verdicts(judgement)[10] is Verdict.UNSURE
    assert Doubt.NEW_LABEL in doubts(judgement, 10)
    assert verdicts(judgement)[-1] is Verdict.REGRESSION


def test_a_dirty_point_is_held_against_the_pin_too(series):
    judgement = judge(series("12", eligible=[False]), POLICY, pinned=10.0)
    assert verdicts(judgement) == [Verdict.REGRESSION]
    assert Doubt.DIRTY in doubts(judgement, 0)


def test_points_aside_are_held_against_the_pin_where_there_is_no_trend_too(series):
    nothing = series([])
    judgement = judge_aside(nothing, judge(nothing, POLICY, pinned=10.0), series("12 10"), POLICY, pinned=10.0)
    assert verdicts(judgement) == [Verdict.REGRESSION, Verdict.UNSURE]
    assert judgement.baselines.tolist() == [10.0, 10.0]
    assert Doubt.FIRST_POINT not in doubts(judgement, 0)


def test_noise_alone_is_seldom_called_a_regression_against_a_pin_at_its_level(series):
    generator = np.random.default_rng(20261122)
    wrong = 0
    for values in generator.normal(100, 3, (200, 40)):
        judgement = judge(series(values), POLICY, pinned=100.0)
        wrong += Verdict.REGRESSION in verdicts(judgement)[6:]
    assert wrong <= 6


@given(
    st.lists(st.floats(-1e308, 1e308), min_size=1, max_size=30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(Direction),
)
def test_any_numbers_can_be_held_against_any_pin(series, values, pinned, direction):
    judgement = judge(series(values, direction=direction), POLICY, pinned=pinned)
    assert len(judgement.verdicts) == len(values)
    assert not np.isnan(judgement.baselines).any()


@given(st.lists(st.floats(0.5, 2), min_size=1, max_size=30), st.integers(-20, 20))
def test_the_scale_of_the_unit_changes_nothing(series, values, power):
    factor = 2.0**power
    one = judge(series(values), POLICY, pinned=1.0)
    other = judge(series([value * factor for value in values]), POLICY, pinned=factor)
    assert one.verdicts.tolist() == other.verdicts.tolist()
    assert other.baselines.tolist() == [factor] * len(values)
    assert math.isclose(float(one.deltas[-1]), float(other.deltas[-1]), abs_tol=1e-15)
