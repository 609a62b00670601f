"""What judging says of series whose machines take turns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from perfsite.analysis.aside import judge_aside
from perfsite.analysis.judge import judge
from perfsite.model.findings import VERDICTS, Verdict
from perfsite.model.policy import Policy, Threshold

POLICY = Policy(threshold=Threshold(warn=None, fail=0.2))
LABELS = np.arange(120) // 5 % 2


def by_turns(series, *, step_at: int | None = None, seed: int = 0):
    """Return a series on two machines, the second 10 % above the first, with 1 % noise and a step of 8 % or none."""
    noise = np.random.default_rng(seed).normal(0, 0.01, len(LABELS))
    level = np.where(np.arange(len(LABELS)) >= (len(LABELS) if step_at is None else step_at), 0.08, 0.0)
    return series(list(10 * np.exp(0.1 * LABELS + level + noise)), labels=LABELS.tolist())


def test_each_point_is_held_against_the_level_of_its_own_machine(series):
    judgement = judge(by_turns(series), POLICY)
    assert judgement.change_points == ()
    assert judgement.machine_factors is not None
    for of_points in (judgement.levels, judgement.baselines[10:]):
        of_labels = [of_points[LABELS[-len(of_points) :] == label].mean() for label in (0, 1)]
        assert of_labels == pytest.approx([10, 10 * np.exp(0.1)], rel=0.01)
    assert np.abs(judgement.deltas[10:]).max() < 0.05
    assert judgement.floors[-1] < 0.05
    assert (judgement.verdicts[10:] == VERDICTS.index(Verdict.NO_CHANGE)).all()


def test_a_regression_among_machines_that_take_turns_is_one_on_both(series):
    judgement = judge(by_turns(series, step_at=62), POLICY)
    (change,) = judgement.change_points
    assert change.index == 62
    assert change.verdict is Verdict.REGRESSION
    assert change.delta == pytest.approx(0.083, abs=0.01)
    assert (judgement.verdicts[62:] == VERDICTS.index(Verdict.REGRESSION)).all()
    assert judgement.deltas[62:].mean() == pytest.approx(0.083, abs=0.01)


def test_a_pinned_baseline_is_the_same_number_for_all_machines(series):
    judgement = judge(by_turns(series), POLICY, pinned=10.0)
    assert (judgement.baselines == 10.0).all()
    assert judgement.machine_factors is None


def test_a_pull_request_is_held_against_the_level_of_its_machine(series):
    trend = by_turns(series)
    judgement = judge(trend, POLICY)
    points = series([10.0, 11.05, 11.05], labels=[0, 1, 0])
    aside = replace(points, commits=np.full(3, 100, dtype=np.int32))
    judged = judge_aside(trend, judgement, aside, POLICY)
    assert judged.baselines == pytest.approx([10, 11.05, 10], rel=0.01)
    assert [VERDICTS[int(code)] for code in judged.verdicts] == [
        Verdict.NO_CHANGE,
        Verdict.NO_CHANGE,
        Verdict.REGRESSION,
    ]
