"""The history of a series' baseline: when it moved, to what, and why."""

from __future__ import annotations

import numpy as np
import pytest

from perfsite.analysis.judge import judge
from perfsite.model.findings import VERDICTS, Doubt, Origin, Rule, Verdict
from perfsite.model.policy import Policy, Threshold
from perfsite.model.run import Direction

POLICY = Policy(threshold=Threshold(fail=0.10))
WAVE = np.array([0.0, 0.1, -0.1, 0.05, -0.05] * 4)


def level(centre: float) -> list[float]:
    return (centre + WAVE).tolist()


def told(judgement) -> list[tuple[int, float, Origin]]:
    return [(version.index, round(version.value, 1), version.origin) for version in judgement.versions]


def test_a_level_that_stays_has_one_version(series):
    judgement = judge(series(level(10)), POLICY)
    assert told(judgement) == [(0, 10.0, Origin.FIRST)]
    version = judgement.versions[0]
    assert (version.points, version.first, version.last) == (20, 0, 19)


def test_a_better_level_is_a_new_version_and_a_worse_one_is_none_until_accepted(series):
    better = series(level(10) + level(7))
    assert told(judge(better, POLICY)) == [(0, 10.0, Origin.FIRST), (20, 7.0, Origin.IMPROVED)]
    worse = series(level(10) + level(13))
    assert told(judge(worse, POLICY)) == [(0, 10.0, Origin.FIRST)]
    accepted = judge(worse, POLICY, accepted=[25])
    assert told(accepted) == [(0, 10.0, Origin.FIRST), (25, 13.0, Origin.ACCEPTED)]


def test_an_acceptance_shortly_before_the_level_that_hindsight_finds_still_counts(series):
    worse = series(level(10) + level(13))
    judgement = judge(worse, POLICY, accepted=[18])
    assert told(judgement)[-1] == (20, 13.0, Origin.ACCEPTED)
    assert judge(worse, POLICY, accepted=[12]).since[-1] == 20


def test_where_neither_direction_is_better_the_baseline_follows(series):
    judgement = judge(series(level(10) + level(13), direction=Direction.NEITHER), POLICY)
    assert told(judgement) == [(0, 10.0, Origin.FIRST), (20, 13.0, Origin.FOLLOWED)]


def test_a_level_of_a_new_machine_is_a_version_of_its_own(series):
    moved = series(level(10) + level(13), labels=[0] * 20 + [1] * 20)
    assert told(judge(moved, POLICY)) == [(0, 10.0, Origin.FIRST), (20, 13.0, Origin.MACHINE)]


def test_a_machine_that_comes_back_brings_the_baseline_it_left(series):
    there_and_back = series(level(10) + level(13) + level(10), labels=[0] * 20 + [1] * 20 + [0] * 20)
    judgement = judge(there_and_back, POLICY)
    assert told(judgement) == [(0, 10.0, Origin.FIRST)]
    assert judgement.baselines[[25, 45]] == pytest.approx([13, 10], rel=0.01)


def test_a_pin_hides_the_versions_of_the_series_own_baseline_and_does_not_end_them(series):
    better = series(level(10) + level(7))
    assert told(judge(better, POLICY, pinned=9.0)) == told(judge(better, POLICY))


def test_points_that_may_not_become_a_baseline_are_in_no_version(series):
    assert judge(series(level(10), eligible=[False] * 20), POLICY).versions == ()
    some = judge(series(level(10), eligible=[False] * 5 + [True] * 10 + [False] * 5), POLICY).versions[0]
    assert (some.points, some.first, some.last) == (10, 5, 14)


@pytest.mark.parametrize("values", ["", "10", "10 11", "10 10 10", "0 0 0 0", "-1 -2 -3", "0*30 | 5*30"])
def test_degenerate_series_have_versions_that_lie_within_them(series, values):
    one = series(values)
    versions = judge(one, POLICY).versions
    assert len(versions) == 0 if not len(one) else versions[0].origin is Origin.FIRST
    assert all(0 <= version.first <= version.last < len(one) for version in versions)


def test_of_many_points_the_newest_make_the_newest_version(series):
    version = judge(series([10.0, 10.1, 9.9] * 40), POLICY).versions[0]
    assert (version.points, version.first, version.last) == (30, 90, 119)


def test_an_accepted_regression_fails_no_rule_and_its_level_is_held_against_later_points(series):
    worse = series(level(10) + level(13))
    open_, accepted = judge(worse, POLICY), judge(worse, POLICY, accepted=[20])
    assert (open_.rules[20], accepted.rules[20]) == (Rule.FAIL, Rule.PASS)
    assert VERDICTS[accepted.verdicts[20]] is Verdict.REGRESSION
    assert accepted.doubts[20] & Doubt.ACCEPTED
    assert set(accepted.verdicts[21:]) == {VERDICTS.index(Verdict.NO_CHANGE)}
    assert not accepted.doubts[21:].any()


@pytest.mark.parametrize("newest", [1, 2, 3])
def test_after_an_acceptance_points_are_unsure_until_the_new_level_is_known(series, newest):
    worse = series(level(10) + level(13)[:newest])
    judgement = judge(worse, POLICY, accepted=[20])
    assert VERDICTS[judgement.verdicts[20]] is Verdict.REGRESSION
    assert {VERDICTS[code] for code in judgement.verdicts[21:]} <= {Verdict.UNSURE}
    assert set(judgement.rules.tolist()) == {Rule.PASS}
    assert (judgement.doubts[20:] & Doubt.ACCEPTED).all()


def test_what_was_accepted_excuses_no_later_regression(series):
    twice = judge(series(level(10) + level(13) + level(17)), POLICY, accepted=[20])
    assert (twice.rules[40], twice.since[-1]) == (Rule.FAIL, 40)
