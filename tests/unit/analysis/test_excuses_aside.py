from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from perfsite.analysis.aside import judge_aside
from perfsite.analysis.excuses_aside import excuse_aside
from perfsite.analysis.judge import judge
from perfsite.model.findings import VERDICTS, Doubt
from perfsite.model.policy import Policy, Threshold
from perfsite.model.series import SeriesKey

POLICY = Policy(threshold=Threshold(fail=0.05))


@pytest.fixture
def pull_request(series):
    """Judge a pull request after 30 runs: what its run multiplies each benchmark with; artefacts of both."""

    def judged(factors, *, artifacts=(-1, -1), unit="s"):
        chance = np.random.default_rng(5)
        trend, aside, found = [], {}, {}
        for i, factor in enumerate(factors):
            key = SeriesKey(benchmark=f"family{i % 3}/b{i}", metric="time", environment="ci")
            one = series(np.exp(chance.normal(0, 0.01, 30)), unit=unit)
            trend.append(replace(one, key=key, artifacts=np.full(30, artifacts[0], np.int32)))
            beside = series([factor], unit=unit)
            aside[i] = replace(
                beside, key=key, commits=np.array([29], np.int32), artifacts=np.array([artifacts[1]], np.int32)
            )
            found[i] = judge_aside(trend[i], judge(trend[i], POLICY), aside[i], POLICY)
        excused = excuse_aside(trend, aside, found)
        return [str(VERDICTS[one.verdicts[0]]) for one in excused.values()], excused

    return judged


def test_a_pull_request_on_a_slower_machine_is_unsure(pull_request):
    words, found = pull_request([1.1] * 12)
    assert words == ["unsure"] * 12
    assert all(one.doubts[0] & Doubt.TOGETHER and not one.rules[0] and not one.severities[0] for one in found.values())


def test_what_is_far_worse_than_all_others_fails_all_the_same(pull_request):
    words, found = pull_request([1.1] * 12 + [1.5])
    assert words == ["unsure"] * 12 + ["regression"]
    assert found[12].rules[0] == 2


def test_a_pull_request_that_slows_a_third_is_not_excused(pull_request):
    assert pull_request([1.1] * 4 + [1.0] * 8)[0][:4] == ["regression"] * 4


def test_the_artefact_of_the_trend_cannot_be_a_regression(pull_request):
    words, found = pull_request([1.3, 1.0], artifacts=(7, 7))
    assert words == ["unsure", "no-change"]
    assert found[0].doubts[0] & Doubt.SAME_CODE
    assert pull_request([1.3], artifacts=(7, 8))[0] == ["regression"]
    assert pull_request([1.3])[0] == ["regression"]


def test_sizes_are_the_codes(pull_request):
    assert pull_request([1.1] * 12, unit="B")[0] == ["regression"] * 12


def test_nothing_aside_has_an_answer(series):
    assert excuse_aside([series("1 1")], {}, {}) == {}
