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
