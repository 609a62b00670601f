"""Rehearsals: what would have been caught in a series, told without chance."""

from __future__ import annotations

import numpy as np
import pytest

from perfsite.analysis.judge import judge
from perfsite.analysis.rehearsal import SIZES, rehearse
from perfsite.model.policy import Policy, Threshold
from perfsite.model.run import Direction

POLICY = Policy(threshold=Threshold(fail=0.10))


def noisy(noise: float, n: int = 80, centre: float = 10.0, seed: int = 3) -> list[float]:
    return (centre * np.exp(np.random.default_rng(seed).normal(0, noise, n))).tolist()


def rehearsed(series, values, *, places: int = 4, **more):
    one = series(values, **more)
    return rehearse(one, POLICY, judge(one, POLICY), most_places=places)


def test_in_a_quiet_series_three_percent_are_caught_at_once_and_one_percent_never_counts(series):
    found = rehearsed(series, noisy(0.003))
    assert found.first_sight[SIZES.index(0.03)] == 1.0
    assert found.first_sight[SIZES.index(0.01)] == 0.0
    assert found.catches(SIZES.index(0.05), at_first_sight=True)
    assert (found.alarms, found.replays, found.places) == (0, 8, 4)


def test_in_a_noisy_series_a_change_shows_only_when_it_lasts(series):
    found = rehearsed(series, noisy(0.03))
    size = SIZES.index(0.10)
    assert found.first_sight[size] < found.lasting[size]


def test_larger_changes_are_caught_wherever_smaller_ones_are(series):
    found = rehearsed(series, noisy(0.02))
    assert list(found.first_sight) == sorted(found.first_sight)
    assert list(found.lasting) == sorted(found.lasting)


def test_the_same_series_gives_the_same_answer_in_any_unit_and_either_direction(series):
    values = noisy(0.02)
    one = rehearsed(series, values)
    assert rehearsed(series, [value * 1e-9 for value in values]) == one
    throughput = rehearsed(series, values, direction=Direction.HIGHER)
    assert throughput.lasting[-1] == 1.0


def test_a_standing_regression_is_not_counted_as_caught(series):
    found = rehearsed(series, noisy(0.004) + noisy(0.004, centre=13.0, seed=4))
    assert found.alarms == 0
    assert found.lasting[SIZES.index(0.01)] == 0.0
    assert found.lasting[SIZES.index(0.05)] == 1.0


@pytest.mark.parametrize("values", ["", "10", "10*3", "10*11", "0*40", "-5*40", "10*39 0"])
def test_what_cannot_be_rehearsed_is_said_so(series, values):
    assert rehearsed(series, values) is None


def test_without_a_direction_nothing_is_rehearsed(series):
    assert rehearsed(series, noisy(0.01), direction=Direction.NEITHER) is None


@pytest.mark.parametrize("places", [1, 2, 1000])
def test_as_many_places_as_asked_for_are_tried_as_far_as_there_are_some(series, places):
    found = rehearsed(series, noisy(0.01, n=20), places=places)
    assert found.places == min(places, 9)


def test_a_counter_that_never_moves_catches_all_that_counts(series):
    found = rehearsed(series, [1000.0] * 40, unit="1")
    assert found.first_sight[1:] == (1.0,) * 4
