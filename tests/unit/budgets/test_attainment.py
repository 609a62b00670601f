"""Limits on values: who keeps them, how much is left, how fast it goes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfsite.budgets.attainment import DAY_S, attain, headroom, keeps, wilson
from perfsite.model.budget import Budget, BudgetState, Limit
from perfsite.model.run import Direction
from perfsite.model.series import Series, SeriesKey

NOW = 1_700_000_000.0


def series(values, *, days_ago=None, dirty=()):
    n = len(values)
    times = np.full(n, np.nan) if days_ago is None else NOW - DAY_S * np.array(days_ago, float)
    eligible = np.ones(n, np.bool_)
    eligible[list(dirty)] = False
    return Series(
        key=SeriesKey(benchmark="/login", metric="p95", environment="load"),
        unit="s",
        direction=Direction.LOWER,
        commits=np.arange(n, dtype=np.int32),
        values=np.array(values, float),
        standard_errors=np.full(n, np.nan),
        counts=np.zeros(n, np.int32),
        labels=np.full(n, -1, np.int32),
        eligible=eligible,
        times=times,
    )


def budget(**limit):
    return Budget(name="login", limit=Limit(**limit))


def test_a_value_that_equals_a_bound_keeps_it():
    assert keeps(np.array([1.0, 2.0, 2.1]), Limit(highest=2.0)).tolist() == [True, True, False]
    assert keeps(np.array([0.9, 1.0, 2.1]), Limit(lowest=1.0, highest=2.0)).tolist() == [False, True, False]


def test_of_400_points_four_may_miss_a_target_of_99_percent():
    values = np.full(400, 0.2)
    values[[10, 200, 300]] = 0.3
    found = attain(series(values, days_ago=np.linspace(29, 0, 400)), budget(highest=0.25, target=0.99), NOW)
    own = found.attainments[1]
    assert (own.days, own.points, own.within) == (30, 400, 397)
    assert found.remaining == pytest.approx(0.25)
    assert found.state is BudgetState.MET
    values[[20, 30]] = 0.3
    found = attain(series(values, days_ago=np.linspace(29, 0, 400)), budget(highest=0.25, target=0.99), NOW)
    assert (found.state, found.remaining) == (BudgetState.MISSED, pytest.approx(-0.25))


def test_only_the_window_counts_and_burn_is_of_its_last_seven_days():
    found = attain(
        series([9, 9, 1, 1, 9, 1], days_ago=[400, 100, 20, 10, 3, 1]),
        budget(highest=5, target=0.5, window_days=30),
        NOW,
    )
    assert [(one.days, one.within, one.points) for one in found.attainments] == [(7, 1, 2), (30, 3, 4), (90, 3, 4)]
    assert found.burn == pytest.approx(1.0)
    assert found.remaining == pytest.approx(0.5)
    assert found.state is BudgetState.MET


def test_a_window_of_the_owner_is_told_beside_the_usual_ones():
    found = attain(series([1.0], days_ago=[0]), budget(highest=5, window_days=14), NOW)
    assert [one.days for one in found.attainments] == [7, 14, 30, 90]


def test_one_miss_is_too_many_where_every_point_must_keep_the_limit():
    found = attain(series([1, 9, 1], days_ago=[3, 2, 1]), budget(highest=5), NOW)
    assert (found.state, found.remaining, found.burn) == (BudgetState.MISSED, -math.inf, None)


def test_a_newest_value_beyond_the_limit_is_at_risk_while_misses_are_left():
    found = attain(series([1] * 19 + [9], days_ago=range(19, -1, -1)), budget(highest=5, target=0.8), NOW)
    assert (found.state, found.headroom) == (BudgetState.AT_RISK, pytest.approx(-0.8))


def test_little_left_is_at_risk():
    found = attain(series([9, 9] + [1] * 8, days_ago=range(9, -1, -1)), budget(highest=5, target=0.8), NOW)
    assert found.state is BudgetState.AT_RISK


def test_uncommitted_changes_do_not_count():
    found = attain(series([1, 9, 1], days_ago=[3, 2, 1], dirty=[1]), budget(highest=5), NOW)
    assert found.state is BudgetState.MET
    assert found.attainments[0].points == 2


def test_without_points_in_the_window_nothing_is_known():
    for one in (series([]), series([1.0], days_ago=[500]), series([1.0], days_ago=[0], dirty=[0])):
        found = attain(one, budget(highest=5, target=0.9), NOW)
        assert (found.state, found.remaining, found.burn) == (BudgetState.UNKNOWN, None, None)
        assert found.attainments[0].share is None


def test_where_no_time_is_known_a_point_is_a_day():
    found = attain(series([9] * 70 + [1] * 30), budget(highest=5), NOW)
    assert [one.within for one in found.attainments] == [7 + 1, 30, 30]
    assert found.attainments[1].points == 31


def test_headroom_is_that_to_the_nearest_bound_and_none_to_zero():
    assert headroom(0.9, Limit(lowest=0.5, highest=1.0)) == pytest.approx(0.1)
    assert headroom(-4.0, Limit(lowest=-5.0)) == pytest.approx(0.2)
    assert headroom(1.0, Limit(highest=0.0)) is None


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_of_a_share_holds_it_and_stays_a_share(pair):
    within, points = pair
    lower, upper = wilson(within, points)
    assert 0 <= lower <= within / points <= upper <= 1


def test_the_interval_of_a_share_holds_the_true_one_as_often_as_it_says():
    rng = np.random.default_rng(3)
    for share in (0.5, 0.9, 0.99):
        bounds = [wilson(int(rng.binomial(60, share)), 60) for _ in range(2000)]
        assert np.mean([lower <= share <= upper for lower, upper in bounds]) >= 0.93
