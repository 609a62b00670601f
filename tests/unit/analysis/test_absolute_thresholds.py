"""Thresholds in the metric's own unit: what has a baseline of zero can regress all the same."""

from __future__ import annotations

import numpy as np
import pytest

from perfsite.analysis.aside import judge_aside
from perfsite.analysis.judge import judge
from perfsite.model.findings import VERDICTS, Doubt, Rule, Verdict
from perfsite.model.policy import Policy, Threshold
from perfsite.model.run import Direction

POINTS = Policy(threshold=Threshold(warn_absolute=0.01, fail_absolute=0.02))


def told(judgement, point=-1):
    return VERDICTS[judgement.verdicts[point]], Rule(int(judgement.rules[point]))


@pytest.mark.parametrize(
    ("newest", "verdict", "rule"),
    [
        (0.0, Verdict.NO_CHANGE, Rule.PASS),
        (0.005, Verdict.NO_CHANGE, Rule.PASS),
        (0.01, Verdict.REGRESSION, Rule.WARN),
        (0.02, Verdict.REGRESSION, Rule.FAIL),
        (0.5, Verdict.REGRESSION, Rule.FAIL),
    ],
)
@pytest.mark.parametrize("scale", [1.0, 3.0, 1e-3])
def test_an_error_rate_that_was_zero_regresses_by_points(series, newest, verdict, rule, scale):
    policy = Policy(threshold=Threshold(warn_absolute=0.01 * scale, fail_absolute=0.02 * scale))
    judgement = judge(series([0.0] * 20 + [newest * scale]), policy)
    assert told(judgement) == (verdict, rule)
    assert judgement.doubts[-1] & Doubt.NO_RATIO
    assert np.isnan(judgement.deltas[-1])


def test_a_level_that_left_zero_stays_a_regression_and_is_not_absorbed(series):
    judgement = judge(series("0*20 | 0.05*12"), POINTS)
    assert {told(judgement, point) for point in range(20, 32)} == {(Verdict.REGRESSION, Rule.FAIL)}
    assert judgement.since[20:].tolist() == [20] * 12


def test_a_level_that_left_zero_by_less_than_matters_is_no_change(series):
    assert told(judge(series("0*20 | 0.004*12"), POINTS)) == (Verdict.NO_CHANGE, Rule.PASS)


def test_the_first_points_are_judged_by_the_difference_alone(series):
    assert told(judge(series("0 0 0.03"), POINTS)) == (Verdict.REGRESSION, Rule.FAIL)
    assert told(judge(series("0 0 0.001"), POINTS))[0] is Verdict.UNSURE


def test_a_pinned_baseline_of_zero_is_held(series):
    judgement = judge(series("0.03*12"), POINTS, pinned=0.0)
    assert told(judgement) == (Verdict.REGRESSION, Rule.FAIL)
    assert told(judge(series("0.001*12"), POINTS, pinned=0.0)) == (Verdict.NO_CHANGE, Rule.PASS)


def test_where_higher_is_better_a_fall_to_zero_regresses(series):
    policy = Policy(threshold=Threshold(fail_absolute=0.5))
    judgement = judge(series("-1*20 -2", direction=Direction.HIGHER), policy)
    assert told(judgement) == (Verdict.REGRESSION, Rule.FAIL)


def test_with_a_ratio_either_kind_of_threshold_fails(series):
    policy = Policy(threshold=Threshold(fail=0.5, fail_absolute=1.0))
    assert told(judge(series("10 10.1 9.9 10 " * 5 + "11.5"), policy))[1] is Rule.FAIL
    assert told(judge(series("1 1.01 0.99 1 " * 5 + "1.6"), policy))[1] is Rule.FAIL
    assert told(judge(series("1 1.01 0.99 1 " * 5 + "1.3"), policy))[1] is Rule.PASS


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, (Verdict.NO_CHANGE, Rule.PASS)),
        (0.004, (Verdict.NO_CHANGE, Rule.PASS)),
        (0.03, (Verdict.REGRESSION, Rule.FAIL)),
    ],
)
def test_a_pull_request_is_held_to_the_same_difference(series, value, expected):
    trend, aside = series("0*20"), series([value])
    aside.commits[:] = 100
    assert told(judge_aside(trend, judge(trend, POINTS), aside, POINTS)) == expected


def test_without_an_absolute_threshold_nobody_knows_what_matters(series):
    assert told(judge(series([0.0] * 20 + [0.5]), Policy(threshold=Threshold(fail=0.1))))[0] is Verdict.UNSURE
