from __future__ import annotations

import numpy as np
import pytest

from perfsite.analysis.baseline import Terms, Usable, baselines_of_points, relative_delta, stand_by_segment


def test_means_before_a_point_use_the_newest_usable_points_of_the_segment():
    values = np.array([1.0, 2.0, 3.0, 100.0, 5.0, 6.0])
    usable = Usable(values, values < 50, 2)
    means, counts = usable.before(np.arange(6), np.zeros(6, dtype=np.int64))
    assert counts.tolist() == [0, 1, 2, 2, 2, 2]
    assert np.isnan(means[0])
    assert means[1:].tolist() == [1.0, 1.5, 2.5, 2.5, 4.0]
    assert usable.level(4, 6) == (5.5, 2)


def test_baselines_of_a_prefix_do_not_depend_on_what_comes_later():
    values = np.random.default_rng(7).normal(10, 1, 50)
    terms = Terms(1, np.array([0.02]))
    long, short = (
        baselines_of_points(stand_by_segment(np.array([0, n]), np.array([10.0]), usable, terms), usable)[0]
        for n, usable in ((50, Usable(values, np.ones(50, bool), 30)), (30, Usable(values[:30], np.ones(30, bool), 30)))
    )
    assert long[1:30].tolist() == short[1:].tolist()


def test_an_acceptance_moves_the_baseline_from_its_next_point_on():
    values = np.array([10.0] * 5 + [12.0] * 5)
    usable = Usable(values, np.ones(10, bool), 30)
    edges, levels = np.array([0, 5, 10]), np.array([10.0, 12.0])
    stands = stand_by_segment(edges, levels, usable, Terms(1, np.full(2, 0.02), (), [7]))
    assert stands[1].held_until == 8
    assert baselines_of_points(stands, usable)[0].tolist()[5:] == [10.0, 10.0, 10.0, 12.0, 12.0]


def test_there_is_no_ratio_to_a_baseline_that_is_not_positive():
    assert np.isnan([relative_delta(1, 0), relative_delta(1, -1), relative_delta(-1, 1)]).all()
    assert relative_delta(11, 10) == pytest.approx(0.1)


def test_a_better_level_that_was_left_again_soon_moves_no_baseline():
    values = np.array([10.0] * 20 + [7.0] * 5 + [10.0] * 20)
    usable = Usable(values, np.ones(45, bool), 30)
    terms = Terms(1, np.full(3, 0.02))
    visit = stand_by_segment(np.array([0, 20, 25, 45]), np.array([10.0, 7.0, 10.0]), usable, terms)
    assert [(stand.kept, stand.since) for stand in visit[1:]] == [(10.0, -1), (10.0, -1)]

    values[25:35] = 7.0
    lasted = Usable(values, np.ones(45, bool), 30)
    lost = stand_by_segment(np.array([0, 20, 35, 45]), np.array([10.0, 7.0, 10.0]), lasted, terms)
    assert (lost[2].kept, lost[2].since) == (7.0, 35)
