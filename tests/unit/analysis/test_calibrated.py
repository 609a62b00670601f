"""Short series that calibration runs tell the noise of."""

from __future__ import annotations

import math

import numpy as np
import pytest

from perfsite.analysis.batches import Case, analyse
from perfsite.analysis.calibrated import calibrated_floors
from perfsite.model.calibration import Calibration
from perfsite.model.findings import VERDICTS, Doubt, Rule, Verdict
from perfsite.model.policy import Policy, Threshold
from perfsite.model.run import Direction

POLICY = Policy(threshold=Threshold(fail=0.10))
QUIET = Calibration(deviation=0.002, degrees=9, within=None, runs=10)


def judged(one, calibrated=QUIET, **more):
    return analyse(Case(series=one, policy=POLICY, calibrated=calibrated, **more)).judgement


def last(judgement) -> Verdict:
    return VERDICTS[judgement.verdicts[-1]]


def test_a_young_series_is_judged_by_the_noise_that_calibration_told(series):
    young = series("10 10.01 10.5")
    assert last(judged(young, None)) is Verdict.UNSURE
    found = judged(young)
    assert last(found) is Verdict.REGRESSION
    assert found.rules[-1] == Rule.PASS
    assert found.noise == QUIET.deviation
    assert not found.doubts[-1] & Doubt.NOISE_UNKNOWN
    assert found.doubts[-1] & Doubt.UNCONFIRMED
    assert 0.005 < found.floors[-1] < 0.03


def test_a_change_that_also_passes_the_threshold_fails_its_rule(series):
    assert judged(series("10 10 11.5")).rules[-1] == Rule.FAIL
    assert last(judged(series("10 10 8.5"))) is Verdict.IMPROVEMENT
    assert last(judged(series("10 10 8.5", direction=Direction.HIGHER))) is Verdict.REGRESSION
    assert last(judged(series("10 10 10.05"))) is Verdict.NO_CHANGE


def test_noise_that_hides_what_the_owner_wants_to_know_makes_unsure(series):
    loud = Calibration(deviation=0.05, degrees=4, within=None, runs=5)
    assert last(judged(series("10 10 11.5"), loud)) is Verdict.UNSURE


def test_a_series_that_knows_its_own_noise_is_left_alone(series):
    known = series([10 + 0.1 * (i % 3) for i in range(12)])
    np.testing.assert_array_equal(judged(known).verdicts, judged(known, None).verdicts)
    assert judged(known).noise == judged(known, None).noise


@pytest.mark.parametrize("values", ["", "10", "0 0 0", "-1 -2", "10 0"])
def test_degenerate_series_have_an_answer(series, values):
    found = judged(series(values))
    assert len(found.verdicts) == len(series(values))
    assert last(found) is not Verdict.REGRESSION if len(found.verdicts) else True


def test_a_machine_that_is_new_stays_unsure(series):
    found = judged(series("10 10 10 15", labels=[0, 0, 0, 1]))
    assert last(found) is Verdict.UNSURE
    assert found.doubts[-1] & Doubt.NEW_LABEL


def test_a_metric_without_direction_never_regresses(series):
    assert last(judged(series("10 10 15", direction=Direction.NEITHER))) is Verdict.NO_CHANGE


def test_on_pure_noise_the_limits_are_passed_as_seldom_as_alpha_says():
    rng = np.random.default_rng(17)
    alpha, runs, trials = 0.01, 5, 20_000
    told = 1 + 0.02 * rng.normal(size=(trials, runs))
    deviations = told.std(axis=1, ddof=1)
    baseline, newest = (1 + 0.02 * rng.normal(size=(trials, 3))).mean(axis=1), 1 + 0.02 * rng.normal(size=trials)
    unit = Calibration(deviation=1.0, degrees=runs - 1, within=None, runs=runs)
    reach = float(calibrated_floors(unit, np.array([3]), alpha)[0])
    alarms = np.abs(newest / baseline - 1) > reach * deviations
    assert alarms.mean() == pytest.approx(alpha, abs=4 * math.sqrt(alpha / trials))
