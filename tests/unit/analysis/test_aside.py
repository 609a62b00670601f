"""Points aside of the trend are compared with the baseline of their place."""

from dataclasses import replace

import numpy as np
import pytest

from perfsite.analysis.aside import judge_aside
from perfsite.analysis.judge import judge
from perfsite.model.findings import SEVERITIES, VERDICTS, Doubt, Rule, Severity, Verdict
from perfsite.model.policy import Policy, Threshold
from perfsite.model.run import Direction
from perfsite.model.series import Series, SeriesKey

POLICY = Policy(threshold=Threshold(warn=0.05, fail=0.20))


def points(values, commits, direction=Direction.LOWER):
    n = len(values)
    return Series(
        key=SeriesKey(benchmark="b", metric="time", environment="ci"),
        unit="s",
        direction=direction,
        commits=np.array(commits, np.int32),
        values=np.array(values, float),
        standard_errors=np.full(n, np.nan),
        counts=np.zeros(n, np.int32),
        labels=np.full(n, -1, np.int32),
        eligible=np.ones(n, np.bool_),
    )


@pytest.fixture
def trend():
    rng = np.random.default_rng(3)
    before, after = rng.normal(1.0, 0.01, 30), rng.normal(2.0, 0.02, 30)
    return points(np.concatenate([before, after]), range(0, 120, 2), Direction.NEITHER)


def verdicts(judgement):
    return [VERDICTS[code] for code in judgement.verdicts]


def test_a_pull_request_is_compared_with_the_level_at_its_place(trend):
    judgement = judge_aside(trend, judge(trend, POLICY), points([1.0, 2.0, 1.3, 2.7], [31, 91, 33, 119]), POLICY)
    assert judgement.baselines == pytest.approx([1.0, 2.0, 1.0, 2.0], rel=0.02)
    assert verdicts(judgement) == [Verdict.NO_CHANGE, Verdict.NO_CHANGE, Verdict.REGRESSION, Verdict.REGRESSION]
    assert judgement.rules.tolist() == [Rule.PASS, Rule.PASS, Rule.FAIL, Rule.FAIL]
    assert SEVERITIES[judgement.severities[2]] is Severity.CRITICAL
    assert judgement.doubts[2] & Doubt.UNCONFIRMED


def test_direction_turns_the_verdict(trend):
    aside = points([1.3, 0.7], [31, 33], Direction.HIGHER)
    assert verdicts(judge_aside(trend, judge(trend, POLICY), aside, POLICY)) == [
        Verdict.IMPROVEMENT,
        Verdict.REGRESSION,
    ]
    neither = replace(aside, direction=Direction.NEITHER)
    assert verdicts(judge_aside(trend, judge(trend, POLICY), neither, POLICY)) == [Verdict.NO_CHANGE] * 2


def test_without_a_trend_everything_is_unsure():
    empty = points([], [])
    judgement = judge_aside(empty, judge(empty, POLICY), points([1.0], [3]), POLICY)
    assert verdicts(judgement) == [Verdict.UNSURE]
    assert judgement.doubts[0] & Doubt.FIRST_POINT


def test_zero_baselines_have_no_relative_change():
    zero = points([0.0] * 20, range(20))
    judgement = judge_aside(zero, judge(zero, POLICY), points([1.0], [30]), POLICY)
    assert verdicts(judgement) == [Verdict.UNSURE]
    assert np.isnan(judgement.deltas[0])


def trend_of(*levels, labels=None):
    rng = np.random.default_rng(5)
    values = np.concatenate([rng.normal(level, 0.01 * level, 20) for level in levels])
    trend = points(values, range(0, 2 * len(values), 2))
    return trend if labels is None else replace(trend, labels=np.repeat(labels, 20).astype(np.int32))


def on_machine(label, *values):
    aside = points(list(values), [1001 + 2 * i for i in range(len(values))])
    return replace(aside, labels=np.full(len(values), label, np.int32))


def test_a_delta_that_equals_a_threshold_reaches_it_as_on_the_trend():
    steady = points([5.0] * 12, range(12))
    judgement = judge_aside(steady, judge(steady, POLICY), points([6.0], [20]), POLICY)
    assert judgement.rules.tolist() == [Rule.FAIL]


def test_a_floor_above_the_failing_threshold_is_unsure_as_on_the_trend():
    noisy = points(np.random.default_rng(4).normal(1.0, 0.15, 20), range(20))
    judgement = judge_aside(noisy, judge(noisy, POLICY), points([1.01], [30]), POLICY)
    assert judgement.floors[0] > 0.20
    assert verdicts(judgement) == [Verdict.UNSURE]


def test_a_pull_request_on_a_regressed_trend_is_not_blamed_unless_it_is_worse_still():
    trend = trend_of(1.0, 1.5)
    judgement = judge_aside(trend, judge(trend, POLICY), points([1.5, 1.3, 1.9, 1.0], [1001, 1003, 1005, 1007]), POLICY)
    assert verdicts(judgement) == [Verdict.REGRESSION] * 3 + [Verdict.NO_CHANGE]
    assert judgement.standing.tolist() == [True, True, False, False]
    assert judgement.baselines == pytest.approx([1.0] * 4, rel=0.02)


def test_a_pull_request_on_a_machine_that_the_trend_never_saw_is_unsure_where_it_differs():
    trend = trend_of(1.0, labels=[0])
    judgement = judge_aside(trend, judge(trend, POLICY), on_machine(1, 1.5, 0.5, 1.0), POLICY)
    assert verdicts(judgement) == [Verdict.UNSURE, Verdict.UNSURE, Verdict.NO_CHANGE]
    assert [bool(doubts & Doubt.NEW_LABEL) for doubts in judgement.doubts] == [True, True, False]
    assert judgement.rules.tolist() == [Rule.PASS] * 3


def test_a_new_machine_at_the_level_of_a_regressed_trend_changed_nothing():
    trend = trend_of(1.0, 1.5, labels=[0, 0])
    judgement = judge_aside(trend, judge(trend, POLICY), on_machine(1, 1.5, 1.9), POLICY)
    assert verdicts(judgement) == [Verdict.REGRESSION, Verdict.UNSURE]
    assert judgement.standing.tolist() == [True, False]


def test_a_pull_request_on_an_earlier_machine_is_compared_with_that_machines_level():
    trend = trend_of(1.0, 1.5, labels=[0, 1])
    judgement = judge_aside(trend, judge(trend, POLICY), on_machine(0, 1.0, 1.5), POLICY)
    assert verdicts(judgement) == [Verdict.NO_CHANGE, Verdict.REGRESSION]
    assert judgement.baselines == pytest.approx([1.0, 1.0], rel=0.02)
    assert not judgement.standing.any()
    newest = judge_aside(trend, judge(trend, POLICY), on_machine(1, 1.5), POLICY)
    assert verdicts(newest) == [Verdict.NO_CHANGE]


def test_the_trend_itself_says_which_regressions_began_earlier():
    trend = trend_of(1.0, 1.5)
    assert np.flatnonzero(judge(trend, POLICY).standing).tolist() == list(range(21, 40))


def test_a_point_before_the_trend_has_no_baseline():
    trend = points([1.0] * 20, range(10, 30))
    assert verdicts(judge_aside(trend, judge(trend, POLICY), points([3.0], [2]), POLICY)) == [Verdict.UNSURE]
