from __future__ import annotations

import numpy as np
import pytest

from perfsite.analysis.labels import Newest, compare_machines, own_means, place_newest


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([0] * 20, {}),
        ([-1] * 10 + [1] * 10, {}),
        ([0] * 10 + [1] * 10, {1: 16}),
        ([0] * 11 + [1] * 9, {1: 17}),
        ([0] * 10 + [1] * 3 + [-1] * 7, {1: 20}),
        ([0] * 5 + [1] * 5 + [1] * 10, {}),
        ([0] * 8 + [1, 0] + [1] * 10, {}),
        ([0] * 10 + [1] * 9 + [0], {}),
    ],
    ids=["one machine", "nothing known", "together", "one point late", "too few", "far", "before", "after"],
)
def test_a_change_is_confounded_only_where_no_machine_saw_both_levels(labels, expected):
    told = compare_machines(np.array(labels), np.array([0, 10, 20]), np.ones(20, np.bool_), 6)
    assert told.confounded == expected
    assert not told.returning


def test_a_machine_that_comes_back_is_compared_with_the_level_it_left():
    labels = np.repeat([0, 1, 0], 10)
    told = compare_machines(labels, np.array([0, 10, 20, 30]), np.ones(30, np.bool_), 6)
    assert told.confounded == {1: 16}
    assert told.returning == {2: 0}


def test_a_point_off_its_level_does_not_tell_that_its_machine_was_on_it():
    labels, steady = np.array([0] * 10 + [1] * 9 + [0]), np.ones(20, np.bool_)
    steady[19] = False
    assert compare_machines(labels, np.array([0, 10, 20]), steady, 6).confounded == {1: 16}


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([0] * 20, Newest(18)),
        ([0] * 18 + [1, 1], Newest(18, is_new_machine=True)),
        ([0] * 18 + [1, 0], Newest(18)),
        ([0] * 18 + [1, 2], Newest(18, is_new_machine=True)),
        ([0] * 17 + [1, 1, 1], Newest(18, is_new_machine=True)),
        ([0] * 12 + [1] * 8, Newest(18)),
        ([1] * 10 + [0] * 8 + [1, 1], Newest(18, home=0)),
        ([-1] * 18 + [1, 1], Newest(18)),
        ([0] * 18 + [-1, -1], Newest(18)),
    ],
    ids=["one machine", "new", "old one too", "two new", "hardly seen", "seen", "back", "nothing known", "unknown"],
)
def test_newest_points_are_the_codes_where_their_machine_was_on_the_level_before(labels, expected):
    assert place_newest(np.array(labels), np.array([0, 10, 20]), np.arange(20) < 18, 18, 6) == expected


def test_the_first_points_are_compared_with_those_of_their_own_machine():
    mixed, means = own_means(np.array([1.0, 3.0, 5.0, 7.0]), np.array([0, 0, 1, 0]))
    assert mixed.tolist() == [False, False, True, True]
    assert means[3] == 2.0
    assert np.isnan(means[2])
