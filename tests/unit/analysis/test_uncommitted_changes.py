"""Points measured with uncommitted changes: marked, judged, and never a baseline."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from perfsite.analysis.aside import judge_aside
from perfsite.analysis.judge import judge
from perfsite.model.findings import VERDICTS, Doubt
from perfsite.model.policy import Policy, Threshold

POLICY = Policy(threshold=Threshold(fail=0.05))


def words(judgement):
    return [str(VERDICTS[code]) for code in judgement.verdicts]


@pytest.fixture
def judged(series):
    def make(*stretches):
        chance = np.random.default_rng(2)
        values = np.concatenate([level * np.exp(chance.normal(0, 0.005, n)) for _, level, n in stretches])
        eligible = np.concatenate([np.full(n, clean) for clean, _, n in stretches])
        one = series(values, eligible=eligible)
        return judge(one, POLICY), one

    return make


def test_they_are_marked_and_judged_like_any_other(judged):
    found, _ = judged((True, 1.0, 20), (False, 1.3, 1))
    assert words(found)[20] == "regression"
    assert found.doubts[20] & Doubt.DIRTY
    assert not (found.doubts[:20] & int(Doubt.DIRTY)).any()


@pytest.mark.parametrize("dirty", [1, 3, 20])
def test_no_baseline_is_made_of_them(judged, dirty):
    found, _ = judged((True, 1.0, 20), (False, 0.5, dirty), (True, 1.0, 20))
    assert found.baselines[20 + dirty :] == pytest.approx(np.ones(20), rel=0.02)
    assert "regression" not in words(found)[20 + dirty :]


@pytest.mark.parametrize("dirty", [1, 2, 5, 10])
def test_at_the_beginning_the_first_clean_point_is_the_first_baseline(judged, dirty):
    found, _ = judged((False, 0.5, dirty), (True, 1.0, 10))
    assert np.isnan(found.baselines[: dirty + 1]).all()
    assert words(found)[: dirty + 1] == ["unsure"] * (dirty + 1)
    assert found.doubts[dirty] == Doubt.FIRST_POINT
    assert found.baselines[dirty + 1 :] == pytest.approx(np.ones(9), rel=0.02)
    assert "regression" not in words(found)


def test_a_history_of_nothing_else_has_no_baseline(judged):
    found, _ = judged((False, 1.0, 30))
    assert np.isnan(found.baselines).all()
    assert set(words(found)) == {"unsure"}


def test_against_a_pinned_baseline_they_are_marked_too(series):
    found = judge(series("10*10 13", eligible=[True] * 10 + [False]), POLICY, pinned=10.0)
    assert words(found)[10] == "regression"
    assert found.doubts[10] & Doubt.DIRTY


def test_in_a_pull_request_they_are_marked_too(judged, series):
    found, trend = judged((True, 1.0, 20), (False, 0.5, 1))
    beside = replace(series([1.3], eligible=[False]), commits=np.array([20], np.int32))
    aside = judge_aside(trend, found, beside, POLICY)
    assert words(aside) == ["regression"]
    assert aside.doubts[0] & Doubt.DIRTY
    assert aside.baselines[0] == pytest.approx(1.0, rel=0.02)
