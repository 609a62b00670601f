"""A finding is suspected, then confirmed or withdrawn, and what was confirmed never goes quietly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from perfsite.analysis.changepoint import find_changes
from perfsite.analysis.judge import judge
from perfsite.analysis.lifecycle import settle
from perfsite.model.findings import VERDICTS, Doubt, Stage, Verdict, stage_of
from perfsite.model.policy import Policy, Threshold

POLICY = Policy(threshold=Threshold(fail=0.1))
LEVEL = "10 10.1 9.9 10 10.1 9.9 10 10.1 9.9 10 " * 2


def stage(judgement, point):
    return stage_of(VERDICTS[judgement.verdicts[point]], int(judgement.doubts[point]))


def test_the_first_run_off_its_level_is_suspected(series):
    assert stage(judge(series(f"{LEVEL} 13"), POLICY), -1) is Stage.SUSPECTED


@pytest.mark.parametrize("more", ["13.1", "13.1 12.9", "13.1 12.9 13 13 13"])
def test_it_is_confirmed_by_the_next_run_that_shows_it_and_stays_so(series, more):
    assert stage(judge(series(f"{LEVEL} 13 {more}"), POLICY), 20) is Stage.CONFIRMED


@pytest.mark.parametrize("more", ["10", "10 10.1", "10 10.1 9.9 10 10 10.1 9.9"])
def test_it_is_withdrawn_by_the_next_run_that_is_back_and_the_commit_says_so_for_ever(series, more):
    judgement = judge(series(f"{LEVEL} 13 {more}"), POLICY)
    assert VERDICTS[judgement.verdicts[20]] is Verdict.NO_CHANGE
    assert stage(judgement, 20) is Stage.WITHDRAWN


def test_a_run_off_its_level_that_matters_to_nobody_was_no_suspicion(series):
    judgement = judge(series("1000000*20 1005000 1000000*8"), POLICY)
    assert judgement.outliers[20]
    assert stage(judgement, 20) is Stage.NONE


def test_a_better_run_is_suspected_and_confirmed_like_a_worse_one(series):
    assert stage(judge(series(f"{LEVEL} 8"), POLICY), -1) is Stage.SUSPECTED
    assert stage(judge(series(f"{LEVEL} 8 8.1"), POLICY), 20) is Stage.CONFIRMED


def test_a_change_point_is_confirmed_once_the_analysis_without_the_newest_run_has_it(series):
    values = [*np.random.default_rng(1).normal(10, 0.05, 30), *np.random.default_rng(2).normal(12, 0.05, 12)]
    changes = judge(series(values), POLICY).change_points
    assert [(change.index, change.confirmed) for change in changes] == [(30, True)]


def test_a_finding_that_the_whole_history_shows_only_now_is_suspected_however_far_back(series):
    before, now = judge(series(LEVEL), POLICY), judge(series(f"{LEVEL} 10"), POLICY)
    now.verdicts[4:9] = VERDICTS.index(Verdict.REGRESSION)
    now.since[4:9] = 4
    settled = settle(now, before, lambda: before)
    assert {stage(settled, point) for point in range(4, 9)} <= {Stage.SUSPECTED, Stage.NONE}
    assert stage(settled, 8) is Stage.SUSPECTED


@pytest.mark.parametrize("was_confirmed", [True, False])
def test_a_finding_that_the_newest_run_takes_back_is_told_with_its_place(series, was_confirmed):
    worse = f"{LEVEL} {'13 13.1 12.9 ' * 4}"
    before = judge(series(worse), POLICY)
    now = judge(series(f"{LEVEL} {'10 10.1 9.9 ' * 4} 10"), POLICY)
    earlier = judge(series(worse), POLICY) if was_confirmed else judge(series(f"{LEVEL} {'10 ' * 11}"), POLICY)
    told = settle(now, before, lambda: earlier).withdrawn
    assert [(one.start, one.end, one.confirmed) for one in told] == [(20, 32, was_confirmed)]
    assert (told[0].verdict, told[0].instead) == (Verdict.REGRESSION, Verdict.NO_CHANGE)


def test_a_change_that_moves_by_five_points_is_the_same_and_by_six_is_told(series):
    before = judge(series("10 10.1 9.9 10 " * 6 + "13 13.1 12.9 13 " * 5), POLICY)
    for moved, told in ((5, 0), (12, 1)):
        now = judge(series("10 10.1 9.9 10 " * 6 + "13 13.1 12.9 13 " * 5 + "13"), POLICY)
        now.verdicts[24 : 24 + moved] = VERDICTS.index(Verdict.NO_CHANGE)
        assert len(settle(now, before, lambda: before).withdrawn) == told


def test_where_nobody_watches_one_analysis_is_enough(series):
    judgement = judge(series(f"{LEVEL} 13 13.1"), POLICY, watched=False)
    assert judgement.withdrawn == ()
    assert VERDICTS[judgement.verdicts[-1]] is Verdict.REGRESSION


@pytest.mark.parametrize("values", ["", "10", "10 20", "10 20 10", "0*3", "-5*9", "nan"])
def test_every_short_series_has_a_stage_at_every_point(series, values):
    if values == "nan":
        values = "1 2 4 8 16 32 64 128 256"
    judgement = judge(series(values), POLICY)
    assert all(stage(judgement, point) in Stage for point in range(len(judgement.verdicts)))


def test_the_shortcut_says_what_the_whole_of_both_analyses_does(series):
    """Where nothing near the end is new, the analysis without the newest run is spared but for its changes."""
    rng = np.random.default_rng(9)
    for _ in range(25):
        values = rng.normal(10, 0.2, 150)
        values[int(rng.integers(10, 140)) :] *= 1 + rng.choice([-1, 1]) * rng.uniform(0.05, 0.2)
        one = series(values)
        whole = settle(
            judge(one, POLICY, watched=False),
            judge(one.part(slice(0, 149)), POLICY, watched=False),
            lambda one=one: judge(one.part(slice(0, 148)), POLICY, watched=False),
        )
        told = judge(one, POLICY)
        assert told.withdrawn == whole.withdrawn
        assert (told.doubts & Doubt.UNCONFIRMED).tolist() == (whole.doubts & Doubt.UNCONFIRMED).tolist()


def test_the_run_that_tells_an_old_change_from_the_machine_makes_it_suspected_not_confirmed(series):
    """All of the newest level came from another machine, until the newest run: the old one is slower there, too."""
    values = np.random.default_rng(3).normal(10, 0.05, 140)
    values[110:] *= 1.2
    machines = np.array([0] * 110 + [1] * 29 + [0], dtype=np.int32)
    one = replace(series(values), labels=machines)
    before, now = judge(one.part(slice(0, 139)), POLICY), judge(one, POLICY)
    assert stage(before, 112) is Stage.NONE
    assert stage(now, 112) is Stage.SUSPECTED


@pytest.mark.parametrize("step", [1.0, 1.2])
def test_detection_never_looks_at_the_same_points_twice(series, monkeypatch, step):
    from perfsite.analysis import seen as door

    looked = []

    def watched(values, **rest):
        looked.append(len(values))
        return find_changes(values, **rest)

    monkeypatch.setattr(door, "find_changes", watched)
    values = np.random.default_rng(4).normal(10, 0.2, 150)
    values[140:] *= step
    for end in range(120, 151):
        looked.clear()
        judge(series(values[:end]), POLICY)
        assert len(looked) == len(set(looked)) <= 3, end
