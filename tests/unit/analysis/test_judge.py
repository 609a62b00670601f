from __future__ import annotations

import numpy as np
import pytest

from perfsite.analysis.judge import judge
from perfsite.model.findings import SEVERITIES, VERDICTS, Doubt, Judgement, Rule, Severity, Verdict
from perfsite.model.policy import Policy, Threshold
from perfsite.model.run import Direction

POLICY = Policy(threshold=Threshold(warn=0.05, fail=0.10))
GOOD = "10 10.1 9.9 10 10.1 9.9 10 10.1 9.9 10"
WORSE = "12 12.1 11.9 12 12.1 11.9 12 12.1"


def verdict(judgement: Judgement, index: int) -> Verdict:
    return VERDICTS[judgement.verdicts[index]]


def doubts(judgement: Judgement, index: int) -> set[Doubt]:
    return {doubt for doubt in Doubt if doubt & int(judgement.doubts[index])}


def test_a_series_without_points_has_no_findings(series):
    judgement = judge(series([]), POLICY)
    assert judgement.change_points == ()
    assert len(judgement.verdicts) == len(judgement.since) == 0
    assert judgement.noise is None


def test_the_first_point_is_unsure_because_it_becomes_the_baseline(series):
    judgement = judge(series("10"), POLICY)
    assert verdict(judgement, 0) is Verdict.UNSURE
    assert doubts(judgement, 0) == {Doubt.FIRST_POINT}
    assert np.isnan(judgement.baselines[0])


def test_with_few_points_the_owners_threshold_decides_alone_and_says_so(series):
    judgement = judge(series("10 10.2 11.5"), POLICY)
    assert verdict(judgement, 1) is Verdict.UNSURE
    assert verdict(judgement, 2) is Verdict.REGRESSION
    assert judgement.rules[2] == Rule.FAIL
    assert doubts(judgement, 2) == {Doubt.NOISE_UNKNOWN}
    assert judgement.noise is None


def test_few_points_without_a_threshold_are_never_called_unchanged(series):
    judgement = judge(series("10 10 10 20"), Policy())
    assert {verdict(judgement, i) for i in range(4)} == {Verdict.UNSURE}


def test_a_delta_that_equals_the_threshold_reaches_it(series):
    assert judge(series("5 6"), Policy(threshold=Threshold(fail=0.2))).rules[1] == Rule.FAIL


def test_every_point_of_a_worse_level_is_a_regression_that_began_at_the_change(series):
    judgement = judge(series(f"{GOOD} | {WORSE}"), POLICY)
    assert [point.index for point in judgement.change_points] == [10]
    assert {verdict(judgement, i) for i in range(10, 18)} == {Verdict.REGRESSION}
    assert judgement.since.tolist() == [-1] * 10 + [10] * 8
    assert {SEVERITIES[code] for code in judgement.severities[10:]} == {Severity.CRITICAL}
    assert judgement.baselines[10:] == pytest.approx(10.0)
    assert judgement.rules[10:].tolist() == [Rule.FAIL] * 8


def test_an_unaccepted_regression_keeps_its_baseline_until_it_is_fixed(series):
    judgement = judge(series(f"{GOOD} | {WORSE} {WORSE} | {GOOD}"), POLICY)
    assert judgement.baselines[10:27] == pytest.approx(10.0)
    assert verdict(judgement, 25) is Verdict.REGRESSION
    assert verdict(judgement, 26) is Verdict.NO_CHANGE
    assert judgement.change_points[1].verdict is Verdict.IMPROVEMENT


def test_an_accepted_regression_moves_the_baseline_after_the_acceptance(series):
    judgement = judge(series(f"{GOOD} | {WORSE}"), POLICY, accepted=[13])
    assert verdict(judgement, 13) is Verdict.REGRESSION
    assert verdict(judgement, 14) is Verdict.NO_CHANGE
    assert judgement.baselines[14] == pytest.approx(12.0)


def test_an_improvement_is_told_once_and_moves_the_baseline(series):
    judgement = judge(series(f"{WORSE} | {GOOD}"), POLICY)
    assert verdict(judgement, 8) is Verdict.IMPROVEMENT
    assert {verdict(judgement, i) for i in range(9, 18)} == {Verdict.NO_CHANGE}
    assert judgement.baselines[17] == pytest.approx(10.0, rel=0.01)


def test_a_second_worsening_is_new_at_its_own_commit_and_a_partial_recovery_goes_back(series):
    low, middle, high = "10 10.1 9.9 10 " * 3, "11 11.1 10.9 11 " * 3, "13 13.1 12.9 13 " * 3
    judgement = judge(series(low + middle + high + middle), POLICY)
    assert [point.index for point in judgement.change_points] == [12, 24, 36]
    assert judgement.since[[12, 23, 24, 35, 36, 47]].tolist() == [12, 12, 24, 24, 12, 12]


def test_an_improvement_above_an_earlier_regression_is_not_where_the_rest_of_it_began(series):
    levels = [f"{level} {level + 0.1} {level - 0.1} {level} " * 3 for level in (10, 11, 14, 12.5, 13.5)]
    judgement = judge(series("".join(levels)), POLICY)
    assert [point.index for point in judgement.change_points] == [12, 24, 36, 48]
    assert judgement.since[[12, 24, 36, 47, 48]].tolist() == [12, 24, 24, 24, 48]


@pytest.mark.parametrize(
    ("newest", "since"),
    [("12", 24), ("15", 36), ("15 15.2", 36), ("11", 24)],
    ids=["level", "worse", "twice", "better"],
)
def test_only_a_newest_point_worse_than_the_standing_regression_is_new(series, newest, since):
    low, high = "10 10.1 9.9 10 " * 6, "12 12.1 11.9 12 " * 3
    judgement = judge(series(low + high + newest), POLICY)
    assert verdict(judgement, -1) is Verdict.REGRESSION
    assert set(judgement.since[36:].tolist()) == {since}


def test_where_higher_is_better_only_a_newest_point_below_the_standing_regression_is_new(series):
    low, high = "10 10.1 9.9 10 " * 3, "12 12.1 11.9 12 " * 6
    told = [judge(series(f"{high} {low} {newest}", direction=Direction.HIGHER), POLICY) for newest in (8, 10, 11)]
    assert [int(judgement.since[-1]) for judgement in told] == [36, 24, 24]


def test_where_higher_is_better_a_lower_level_is_the_regression(series):
    judgement = judge(series(f"{WORSE} | {GOOD}", direction=Direction.HIGHER), POLICY)
    assert {verdict(judgement, i) for i in range(8, 18)} == {Verdict.REGRESSION}


def test_without_a_direction_a_change_is_reported_but_never_judged(series):
    judgement = judge(series(f"{GOOD} | {WORSE}", direction=Direction.NEITHER), POLICY)
    assert [point.verdict for point in judgement.change_points] == [Verdict.NO_CHANGE]
    assert {verdict(judgement, i) for i in range(18)} == {Verdict.UNSURE, Verdict.NO_CHANGE}
    assert judgement.rules.tolist() == [Rule.PASS] * 18


def test_a_point_whose_followers_returned_is_an_outlier_and_not_counted(series):
    judgement = judge(series(f"{GOOD} 20 {GOOD}"), POLICY)
    assert np.flatnonzero(judgement.outliers).tolist() == [10]
    assert verdict(judgement, 10) is Verdict.NO_CHANGE
    assert doubts(judgement, 10) == {Doubt.OUTLIER, Doubt.WITHDRAWN}
    assert judgement.baselines[11] == pytest.approx(10.0, rel=1e-3)


def test_the_newest_points_are_judged_by_themselves_and_the_second_confirms_the_first(series):
    first = judge(series(f"{GOOD} {GOOD} 13"), POLICY)
    assert (verdict(first, 20), doubts(first, 20)) == (Verdict.REGRESSION, {Doubt.UNCONFIRMED})
    assert first.p_values[20] < 0.001
    judgement = judge(series(f"{GOOD} {GOOD} 13 13"), POLICY)
    assert [verdict(judgement, i) for i in (19, 20, 21)] == [Verdict.NO_CHANGE, Verdict.REGRESSION, Verdict.REGRESSION]
    assert doubts(judgement, 20) == doubts(judgement, 21) == set()
    assert np.isnan(judgement.p_values).all(), "later runs tell"
    assert judgement.since[20:].tolist() == [20, 20]
    assert judgement.baselines[21] == pytest.approx(10.0)
    assert not judgement.outliers.any()


def test_a_floor_above_the_failing_threshold_cannot_see_a_failure_and_says_so(series):
    noisy = np.random.default_rng(3).normal(10, 0.4, 30)
    judgement = judge(series(noisy), POLICY)
    assert judgement.floors[-1] > 0.10
    assert verdict(judgement, 29) is Verdict.UNSURE
    assert verdict(judgement, 15) is Verdict.NO_CHANGE, "later runs show that the level did not change here"


def test_a_change_that_comes_with_a_new_machine_is_unsure_until_the_machine_has_a_level(series):
    judgement = judge(series(f"{GOOD} | {WORSE}", labels=[0] * 10 + [1] * 8), POLICY)
    assert {verdict(judgement, i) for i in range(10, 16)} == {Verdict.UNSURE}
    assert Doubt.NEW_LABEL in doubts(judgement, 10)
    assert verdict(judgement, 16) is Verdict.NO_CHANGE
    assert judgement.change_points[0].verdict is Verdict.UNSURE


@pytest.mark.parametrize("points", range(1, 6))
@pytest.mark.parametrize("value", [15.0, 5.0])
def test_a_change_that_comes_with_a_new_machine_is_unsure_from_its_first_point_on(series, points, value):
    judgement = judge(series([10, 10.1, 9.9] * 10 + [value] * points, labels=[0] * 30 + [1] * points), POLICY)
    assert {verdict(judgement, i) for i in range(30, 30 + points)} == {Verdict.UNSURE}
    assert all(Doubt.NEW_LABEL in doubts(judgement, i) for i in range(30, 30 + points))
    assert not judgement.rules.any()


@pytest.mark.parametrize("points", [1, 2])
def test_a_new_machine_among_the_first_points_is_unsure(series, points):
    judgement = judge(series([10, 10, 10] + [15] * points, labels=[0] * 3 + [1] * points), POLICY)
    assert verdict(judgement, -1) is Verdict.UNSURE
    assert Doubt.NEW_LABEL in doubts(judgement, -1)


def test_a_first_point_worse_than_its_own_machines_is_a_regression(series):
    judgement = judge(series("10 10 12 15", labels=[0, 0, 1, 0]), POLICY)
    assert verdict(judgement, 3) is Verdict.REGRESSION


@pytest.mark.parametrize("points", [1, 2, 3, 4, 8])
def test_a_machine_that_comes_back_is_held_against_its_own_level(series, points):
    labels = [0] * 21 + [1] * 21 + [0] * points
    before = [15, 15.1, 14.9] * 7 + [10, 10.1, 9.9] * 7
    same = judge(series(before + [15, 15.1, 14.9, 15, 15, 15.1, 14.9, 15][:points], labels=labels), POLICY)
    assert {verdict(same, i) for i in range(42, 42 + points)} == {Verdict.NO_CHANGE}
    worse = judge(series(before + [18, 18.1, 17.9, 18, 18, 18.1, 17.9, 18][:points], labels=labels), POLICY)
    assert {verdict(worse, i) for i in range(42, 42 + points)} == {Verdict.REGRESSION}
    assert worse.baselines[-1] == pytest.approx(15.0, rel=0.01)
    assert set(worse.since[42:].tolist()) <= {41, 42}, "detection may be off by one"


@pytest.mark.parametrize("points", [1, 2, 3, 4, 8])
def test_a_trip_to_another_machine_does_not_excuse_a_regression(series, points):
    values = [10, 10.1, 9.9] * 7 + [15, 15.1, 14.9] * 7 + [30, 30.2, 29.8] * 7 + [15, 15.1, 14.9, 15] * 2
    labels = [0] * 42 + [1] * 21 + [0] * 8
    judgement = judge(series(values[: 63 + points], labels=labels[: 63 + points]), POLICY)
    assert {verdict(judgement, i) for i in range(63, 63 + points)} == {Verdict.REGRESSION}
    assert set(judgement.since[63:].tolist()) == {21}


def test_a_machine_seen_on_both_levels_tells_that_it_was_the_code(series):
    judgement = judge(series(f"{GOOD} | {WORSE}", labels=[0] * 10 + [1] * 6 + [0] * 2), POLICY)
    assert {verdict(judgement, i) for i in range(10, 18)} == {Verdict.REGRESSION}


def test_zero_and_negative_baselines_have_no_ratio_and_no_warning(series):
    judgement = judge(series("0*10 | 5*10"), POLICY)
    assert np.isnan(judgement.deltas[:11]).all()
    assert Doubt.NO_RATIO in doubts(judgement, 10)
    assert verdict(judgement, 10) is Verdict.UNSURE
    assert verdict(judgement, 9) is Verdict.NO_CHANGE


def test_any_real_change_of_an_integer_counter_is_a_change(series):
    judgement = judge(series("1000000*12 | 1030000*12"), POLICY)
    assert verdict(judgement, 12) is Verdict.REGRESSION
    assert 0 < judgement.floors[20] < 1e-6


def test_a_dirty_point_is_marked_and_never_becomes_a_baseline(series):
    judgement = judge(series("10 20 10 10", eligible=[True, False, True, True]), POLICY)
    assert Doubt.DIRTY in doubts(judgement, 1)
    assert judgement.baselines[2] == 10.0


def test_judging_in_other_units_changes_levels_but_no_verdict(series):
    values = np.concatenate(
        [np.random.default_rng(1).normal(10, 0.2, 60), np.random.default_rng(2).normal(11, 0.2, 60)]
    )
    one, other = judge(series(values), POLICY), judge(series(values * 1e9), POLICY)
    assert one.verdicts.tolist() == other.verdicts.tolist()
    assert one.baselines[1:] * 1e9 == pytest.approx(other.baselines[1:])
    assert one.floors[6:] == pytest.approx(other.floors[6:])


def test_turning_the_direction_round_swaps_regressions_and_improvements_at_the_change(series):
    values = f"{GOOD} | {WORSE}"
    low, high = judge(series(values), POLICY), judge(series(values, direction=Direction.HIGHER), POLICY)
    assert verdict(low, 10) is Verdict.REGRESSION
    assert verdict(high, 10) is Verdict.IMPROVEMENT
    assert low.deltas[10] == high.deltas[10]


@pytest.mark.parametrize("n", [1, 2, 3, 6, 7, 8, 9, 25, 30_000])
def test_every_length_has_a_defined_answer(series, n):
    judgement = judge(series(np.random.default_rng(n).normal(10, 0.1, n)), POLICY)
    assert len(judgement.verdicts) == n
    assert np.isfinite(judgement.levels).all()


@pytest.mark.parametrize(
    "values", [[1e308] * 20, [5e-324] * 20, [1e-300, 1e300] * 10, [-3.0] * 12, [0.0] * 12, [1, -1] * 10]
)
def test_extreme_values_give_an_answer_without_a_warning(series, values):
    judgement = judge(series(values), POLICY)
    assert len(judgement.verdicts) == len(values)
