"""Many series at once: what counts among all comparisons of a commit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from perfsite.analysis.across import discoveries, weigh_together
from perfsite.analysis.judge import judge
from perfsite.model.findings import VERDICTS, Doubt, Rule, Verdict
from perfsite.model.policy import Policy, Threshold

POLICY = Policy(threshold=Threshold(warn=0.03, fail=0.1))


def test_benjamini_and_hochbergs_own_example_has_four_discoveries():
    p_values = np.array(
        [
            0.0001,
            0.0004,
            0.0019,
            0.0095,
            0.0201,
            0.0278,
            0.0298,
            0.0344,
            0.0459,
            0.324,
            0.4262,
            0.5719,
            0.6528,
            0.759,
            1,
        ]
    )
    assert discoveries(p_values, 15, 0.05).sum() == 4


def test_of_no_comparison_nothing_is_discovered():
    assert discoveries(np.zeros(0), 0, 0.05).tolist() == []


def test_comparisons_that_are_not_given_count_as_failed():
    p_values = np.array([0.0008])
    assert discoveries(p_values, 50, 0.05).all()
    assert not discoveries(p_values, 1000, 0.05).any()


def test_a_larger_p_value_never_counts_where_a_smaller_one_does_not():
    rng = np.random.default_rng(1)
    for _ in range(50):
        p_values = rng.random(20) ** 4
        counted = discoveries(p_values, 40, 0.05)
        assert not counted.any() or p_values[counted].max() <= p_values[~counted].min(initial=1.0)


def many(series, *, newest, others=400):
    rng = np.random.default_rng(2)
    listed = [series(np.append(rng.normal(1, 0.01, 40), 1.0)) for _ in range(others)]
    listed[0] = series(np.append(np.random.default_rng(3).normal(1, 0.01, 40), newest))
    return listed


@pytest.mark.parametrize(("newest", "expected"), [(1.045, Verdict.UNSURE), (1.5, Verdict.REGRESSION)])
def test_a_delta_that_chance_makes_among_so_many_series_is_unsure_and_says_so(series, newest, expected):
    listed = many(series, newest=newest)
    found = [judge(one, POLICY) for one in listed]
    assert VERDICTS[found[0].verdicts[-1]] is Verdict.REGRESSION
    weighed = weigh_together(listed, found, [0.05] * len(listed))[0]
    assert VERDICTS[weighed.verdicts[-1]] is expected
    if expected is Verdict.UNSURE:
        assert weighed.doubts[-1] & Doubt.MANY_TESTS
        assert (weighed.rules[-1], weighed.severities[-1], weighed.since[-1]) == (Rule.PASS, 0, -1)
        assert found[0].verdicts[-1] != weighed.verdicts[-1], "the judgement that was given stays as it is"


def test_alone_the_same_delta_counts(series):
    one = many(series, newest=1.045, others=1)
    weighed = weigh_together(one, [judge(one[0], POLICY)], [0.05])[0]
    assert VERDICTS[weighed.verdicts[-1]] is Verdict.REGRESSION


def test_what_the_next_run_confirmed_is_not_weighed_among_many(series):
    listed = many(series, newest=1.045)
    listed[0] = series(np.append(listed[0].values, 1.046))
    listed[1:] = [series(np.append(one.values, 1.0)) for one in listed[1:]]
    weighed = weigh_together(listed, [judge(one, POLICY) for one in listed], [0.05] * len(listed))[0]
    assert VERDICTS[weighed.verdicts[-1]] is Verdict.REGRESSION


def test_commits_are_weighed_apart(series):
    listed = many(series, newest=1.045)
    listed[1:] = [replace(one, commits=one.commits + 1000) for one in listed[1:]]
    weighed = weigh_together(listed, [judge(one, POLICY) for one in listed], [0.05] * len(listed))[0]
    assert VERDICTS[weighed.verdicts[-1]] is Verdict.REGRESSION


def test_series_without_points_are_weighed_too(series):
    empty = series([])
    assert len(weigh_together([empty], [judge(empty, POLICY)], [0.05])[0].verdicts) == 0
    assert weigh_together([], [], []) == []
