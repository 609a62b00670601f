"""Whole series on machines that alternate, come back, are unknown, or appear in the middle of a regression."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from perfsite.analysis.aside import judge_aside
from perfsite.analysis.judge import judge
from perfsite.model.findings import VERDICTS, Doubt
from perfsite.model.policy import Policy, Threshold

POLICY = Policy(threshold=Threshold(fail=0.05))


@pytest.fixture
def judged(series):
    """Judge stretches of (label, level, points), with noise of half a percent."""

    def make(*stretches, seed=1):
        chance = np.random.default_rng(seed)
        values = np.concatenate([level * np.exp(chance.normal(0, 0.005, n)) for _, level, n in stretches])
        labels = np.concatenate([np.full(n, label) for label, _, n in stretches])
        one = series(values, labels=labels)
        return judge(one, POLICY), one

    return make


def words(judgement):
    return [str(VERDICTS[code]) for code in judgement.verdicts]


def has(judgement, doubt):
    return np.flatnonzero(judgement.doubts & int(doubt)).tolist()


@pytest.mark.parametrize("after", [1, 2, 3, 5, 8, 20])
def test_a_new_machine_is_never_red_however_many_points_it_has(judged, after):
    found, _ = judged((0, 1.0, 20), (1, 1.2, after))
    assert "regression" not in words(found)
    assert has(found, Doubt.NEW_LABEL)[0] == 20


@pytest.mark.parametrize("after", [1, 2, 3, 5, 8, 20])
@pytest.mark.parametrize("unknown", [1, 3])
def test_runs_that_tell_no_machine_between_two_do_not_hide_that_it_changed(judged, after, unknown):
    found, _ = judged((0, 1.0, 20), (-1, 1.0, unknown), (1, 1.2, after))
    assert "regression" not in words(found)
    assert has(found, Doubt.NEW_LABEL)[0] == 20 + unknown


@pytest.mark.parametrize("after", [1, 5, 20])
def test_a_history_that_begins_to_tell_its_machine_is_judged_as_before(judged, after):
    assert words(judged((-1, 1.0, 20), (0, 1.2, after))[0])[-1] == "regression"
    assert words(judged((0, 1.0, 20), (-1, 1.2, after))[0])[-1] == "regression"


@pytest.mark.parametrize("after", [4, 8, 20])
def test_a_machine_that_comes_back_is_held_against_its_own_level(judged, after):
    assert "regression" not in words(judged((0, 1.0, 20), (1, 0.8, 20), (0, 1.0, after))[0])
    worse, _ = judged((0, 1.0, 20), (1, 0.8, 20), (0, 1.2, after))
    assert words(worse)[-1] == "regression"
    assert worse.baselines[-1] == pytest.approx(1.0, rel=0.01)


def test_a_regression_goes_on_on_a_machine_of_the_same_speed(judged):
    found, _ = judged((0, 1.0, 20), (0, 1.2, 10), (1, 1.2, 10))
    assert words(found)[20:] == ["regression"] * 20
    assert set(found.since[20:].tolist()) == {20}


def test_a_machine_of_another_speed_in_the_middle_of_a_regression_is_not_comparable(judged):
    found, _ = judged((0, 1.0, 20), (0, 1.2, 10), (1, 1.5, 20))
    assert words(found)[20:30] == ["regression"] * 10
    assert words(found)[30:36] == ["unsure"] * 6
    assert "regression" not in words(found)[36:]
    back, _ = judged((0, 1.0, 20), (0, 1.2, 10), (1, 1.5, 20), (0, 1.2, 10))
    assert words(back)[-10:] == ["regression"] * 10
    assert set(back.since[-10:].tolist()) == {20}


def test_a_regression_on_a_machine_that_has_its_own_level_is_red(judged):
    found, _ = judged((0, 1.0, 20), (1, 1.2, 20), (1, 1.44, 10))
    assert words(found)[40:] == ["regression"] * 10


def test_machines_that_alternate_hide_no_regression_that_both_see(series):
    chance = np.random.default_rng(4)
    labels = np.arange(60) % 2
    values = np.exp(chance.normal(0, 0.005, 60)) * np.where(labels, 1.03, 1.0) * np.where(np.arange(60) >= 40, 1.3, 1)
    found = judge(series(values, labels=labels), POLICY)
    assert words(found)[40:] == ["regression"] * 20
    assert not has(found, Doubt.NEW_LABEL)


def test_machines_that_alternate_are_no_regressions_of_one_another(series):
    chance = np.random.default_rng(4)
    labels = chance.integers(0, 2, 80)
    values = np.exp(chance.normal(0, 0.005, 80)) * np.where(labels, 1.15, 1.0)
    assert "regression" not in words(judge(series(values, labels=labels), POLICY))


@pytest.mark.parametrize(
    ("label", "value", "verdict"),
    [(0, 1.3, "regression"), (1, 1.3, "unsure"), (-1, 1.3, "regression"), (1, 1.0, "no-change"), (1, 0.7, "unsure")],
)
def test_a_pull_request_on_another_machine_is_not_comparable(judged, series, label, value, verdict):
    found, trend = judged((0, 1.0, 20))
    beside = replace(series([value], labels=[label]), commits=np.array([19], np.int32))
    aside = judge_aside(trend, found, beside, POLICY)
    assert words(aside) == [verdict]
    assert bool(has(aside, Doubt.NEW_LABEL)) == (verdict == "unsure")


def test_a_pull_request_on_a_machine_that_was_here_before_is_held_against_its_level(judged, series):
    found, trend = judged((1, 1.3, 20), (0, 1.0, 20))
    beside = replace(series([1.3, 1.6], labels=[1, 1]), commits=np.array([38, 39], np.int32))
    assert words(judge_aside(trend, found, beside, POLICY)) == ["no-change", "regression"]
