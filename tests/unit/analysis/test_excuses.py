from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from perfsite.analysis.excuses import mark_same_code
from perfsite.analysis.judge import judge
from perfsite.model.findings import VERDICTS, Doubt, Verdict
from perfsite.model.policy import Policy, Threshold
from perfsite.model.run import Direction

POLICY = Policy(threshold=Threshold(fail=0.05))


def noisy(*levels, noise=0.01, seed=3):
    """Return values of (level, points) each, with noise."""
    chance = np.random.default_rng(seed)
    return np.concatenate([level * np.exp(chance.normal(0, noise, n)) for level, n in levels])


def words(judgement):
    return [str(VERDICTS[code]) for code in judgement.verdicts]


def has(judgement, doubt):
    return np.flatnonzero(judgement.doubts & int(doubt)).tolist()


def shifted(one, **points):
    shifts = np.zeros(len(one))
    for point, delta in points.items():
        shifts[int(point.removeprefix("at"))] = np.log1p(delta)
    return replace(one, shifts=shifts)


def same_code(one, *points):
    return replace(one, same_code=np.isin(np.arange(len(one)), points))


def test_a_change_that_all_share_is_unsure_and_the_baseline_follows(series):
    one = series(noisy((1, 30), (1.08, 30)))
    assert words(judge(one, POLICY))[30:] == ["regression"] * 30
    found = judge(shifted(one, at30=0.08), POLICY)
    assert words(found)[30] == "unsure"
    assert has(found, Doubt.TOGETHER) == [30]
    assert words(found)[31:] == ["no-change"] * 29
    assert found.change_points[0].verdict is Verdict.UNSURE


def test_what_a_series_changed_beyond_the_common_shift_stays_a_regression(series):
    found = judge(shifted(series(noisy((1, 30), (1.3, 30))), at30=0.08), POLICY)
    assert words(found)[30:] == ["regression"] * 30
    assert not has(found, Doubt.TOGETHER)
    assert found.change_points[0].verdict is Verdict.REGRESSION
    assert found.baselines[40] == pytest.approx(1.08, rel=0.01)


def test_a_change_to_the_other_side_is_the_codes(series):
    found = judge(shifted(series(noisy((1, 30), (0.9, 30))), at30=0.08), POLICY)
    assert words(found)[30] == "improvement"


def test_a_regression_that_was_open_is_not_absorbed_by_the_machine(series):
    found = judge(shifted(series(noisy((1, 30), (1.2, 20), (1.3, 20))), at50=0.08), POLICY)
    assert words(found)[30:] == ["regression"] * 40
    assert set(found.since[30:].tolist()) == {30}


def test_a_regression_that_a_faster_machine_hides_is_not_made_red_by_it_later(series):
    one = series(noisy((1, 30), (0.85, 10), (1, 30)))
    found = judge(shifted(one, at30=-0.15, at40=0.176), POLICY)
    assert "regression" not in words(found)


def test_a_machine_that_is_better_is_no_improvement(series):
    found = judge(shifted(series(noisy((1, 30), (0.9, 30))), at30=-0.1), POLICY)
    assert words(found)[30] == "unsure"
    assert "improvement" not in words(found)


def test_the_newest_points_are_excused_at_first_sight(series):
    one = series(noisy((1, 30), (1.1, 2)))
    assert words(judge(one, POLICY))[30:] == ["regression"] * 2
    found = judge(shifted(one, at30=0.1), POLICY)
    assert words(found)[30:] == ["unsure"] * 2
    assert has(found, Doubt.TOGETHER) == [30, 31]
    assert not found.rules.any()


def test_the_newest_point_that_is_far_worse_than_all_is_a_regression(series):
    assert words(judge(shifted(series(noisy((1, 30), (1.5, 1))), at30=0.1), POLICY))[30] == "regression"


def test_higher_is_better_is_excused_the_same(series):
    one = series(noisy((1, 30), (0.9, 30)), direction=Direction.HIGHER, unit="1/s")
    found = judge(shifted(one, at30=-0.1), POLICY)
    assert "regression" not in words(found)
    assert words(found)[30] == "unsure"


def test_the_same_code_cannot_be_a_regression(series):
    found = judge(same_code(series(noisy((1, 30), (1.3, 30))), 30), POLICY)
    assert words(found)[30] == "unsure"
    assert "regression" not in words(found)
    assert has(found, Doubt.SAME_CODE) == [30]
    assert found.change_points[0].verdict is Verdict.UNSURE


def test_the_same_code_as_the_newest_level_cannot_be_one_either(series):
    one = series(noisy((1, 30), (1.3, 2)))
    assert words(judge(same_code(one, 30, 31), POLICY))[30:] == ["unsure"] * 2
    assert words(judge(same_code(one, 30), POLICY))[30:] == ["unsure", "regression"]
    assert words(judge(same_code(one, 31), POLICY))[30:] == ["regression"] * 2


def test_a_change_that_may_have_been_one_run_later_is_not_excused(series):
    values = noisy((1, 30), (1.05, 30), noise=0.02)
    values[30] = 1.03
    found = judge(same_code(series(values), 30), POLICY)
    changes = [change.index for change in found.change_points]
    assert changes in ([30], [31])
    assert found.change_points[0].verdict is Verdict.REGRESSION


def test_the_same_code_leaves_an_open_regression_open(series):
    found = judge(same_code(series(noisy((1, 30), (1.2, 20), (1.3, 20))), 50), POLICY)
    assert words(found)[30:] == ["regression"] * 40
    assert set(found.since[30:].tolist()) == {30}


def test_early_points_of_the_same_code_are_unsure(series):
    one = series("10 20 20 10")
    assert words(judge(one, Policy(threshold=Threshold(fail=0.5))))[1:3] == ["regression", "unsure"]
    assert words(judge(same_code(one, 1), Policy(threshold=Threshold(fail=0.5))))[1] == "unsure"


def test_early_points_of_the_code_of_a_regression_share_its_cause(series):
    found = judge(same_code(series("10 20 30 10"), 2), Policy(threshold=Threshold(fail=0.5)))
    assert words(found)[1:3] == ["regression"] * 2
    assert found.since[1:3].tolist() == [1, 1]


def test_a_pinned_baseline_stays_where_it_is(series):
    found = judge(shifted(series(noisy((1, 30), (1.1, 30))), at30=0.1), POLICY, pinned=1.0)
    assert words(found)[30:36] == ["unsure"] * 6
    assert words(found)[36:] == ["regression"] * 24


@pytest.mark.parametrize(
    "values", ["", "1", "1 2", "1 2 3", "5*40", "0*20 1*20", "-1*20 1*20", "1*20 0*20", "1*20 -5*20"]
)
def test_every_series_has_an_answer_with_every_excuse(series, values):
    one = series(values)
    n = len(one)
    found = judge(replace(one, same_code=np.arange(n) > 0, shifts=np.full(n, 0.1)), POLICY)
    assert len(found.verdicts) == n
    assert "regression" not in words(found)


def test_equal_artefacts_are_the_same_code(series):
    one = replace(series("1 1 1 1"), artifacts=np.array([4, 4, -1, -1], dtype=np.int32))
    assert mark_same_code(one, np.zeros(0, np.int32)).same_code.tolist() == [False, True, False, False]


def test_commits_of_one_version_are_the_same_code_unless_there_were_uncommitted_changes(series):
    one = series("1 1 1 1 1", eligible=[True, True, False, True, True])
    assert mark_same_code(one, np.array([0, 0, 0, 0, -1], np.int32)).same_code.tolist() == [False, True] + [False] * 3
