"""Figures of a service: several series as one, commit by commit."""

from __future__ import annotations

import numpy as np
import pytest

from perfsite.budgets.indicators import figures
from perfsite.errors import ConfigError
from perfsite.model.budget import Combine, Indicator
from perfsite.model.run import Direction
from perfsite.model.series import Series, SeriesKey


def one(name, values, *, commits=None, unit="s", direction=Direction.LOWER, environment="load", **more):
    n = len(values)
    return Series(
        key=SeriesKey(benchmark=name, metric="p95", environment=environment),
        unit=unit,
        direction=direction,
        commits=np.arange(n, dtype=np.int32) if commits is None else np.array(commits, np.int32),
        values=np.array(values, float),
        standard_errors=np.array(more.pop("errors", [np.nan] * n), float),
        counts=np.full(n, 5, np.int32),
        labels=np.array(more.pop("labels", [0] * n), np.int32),
        eligible=np.array(more.pop("eligible", [True] * n), np.bool_),
    )


def figure(combine, *series, benchmark="/*"):
    [(made, members)] = figures(Indicator(name="slowest", service="shop", benchmark=benchmark, combine=combine), series)
    assert members == len(series)
    return made


def test_the_worst_is_the_slowest_time_and_the_lowest_throughput():
    a, b = [1.0, 2.0], [3.0, 1.0]
    assert figure(Combine.WORST, one("/a", a), one("/b", b)).values.tolist() == [3.0, 2.0]
    pair = [one(name, v, unit="1/s", direction=Direction.HIGHER) for name, v in (("/a", a), ("/b", b))]
    assert figure(Combine.WORST, *pair).values.tolist() == [1.0, 1.0]


@pytest.mark.parametrize(("combine", "value"), [(Combine.MEAN, 2.5), (Combine.SUM, 5.0), (Combine.GEOMETRIC_MEAN, 2.0)])
def test_series_are_put_together_as_asked(combine, value):
    assert figure(combine, one("/a", [1.0]), one("/b", [4.0])).values.tolist() == [pytest.approx(value)]


def test_errors_of_independent_parts_add_up_in_squares():
    a, b = one("/a", [10.0], errors=[0.3]), one("/b", [20.0], errors=[0.4])
    assert figure(Combine.SUM, a, b).standard_errors[0] == pytest.approx(0.5)
    assert figure(Combine.MEAN, a, b).standard_errors[0] == pytest.approx(0.25)
    assert figure(Combine.WORST, a, b).standard_errors[0] == pytest.approx(0.4)
    relative = np.hypot(0.03, 0.02) / 2
    assert figure(Combine.GEOMETRIC_MEAN, a, b).standard_errors[0] == pytest.approx(relative * np.sqrt(200))


def test_only_commits_that_measured_all_make_a_point():
    made = figure(Combine.SUM, one("/a", [1, 1, 1], commits=[0, 2, 3]), one("/b", [1, 1, 1], commits=[0, 1, 3]))
    assert made.commits.tolist() == [0, 3]


def test_a_series_that_the_newest_ten_commits_do_not_have_is_left_out():
    old, new = one("/old", [1] * 5), one("/new", [2] * 15)
    [(made, members)] = figures(Indicator(name="x", service="shop", benchmark="/*"), [old, new])
    assert (members, made.values.tolist()) == (1, [2.0] * 15)
    paused = one("/paused", [1] * 5)
    [(made, members)] = figures(Indicator(name="x", service="shop", benchmark="/*"), [paused, one("/new", [2] * 14)])
    assert (members, made.commits.tolist()) == (2, [0, 1, 2, 3, 4])


def test_each_environment_has_a_figure_of_its_own():
    made = figures(
        Indicator(name="x", service="shop"), [one("/a", [1.0], environment="b"), one("/a", [2.0], environment="a")]
    )
    assert [(one.key.environment, members) for one, members in made] == [("a", 1), ("b", 1)]


def test_a_point_of_several_machines_is_of_none_and_a_dirty_part_makes_it_dirty():
    made = figure(
        Combine.SUM, one("/a", [1, 1], labels=[0, 1], eligible=[True, False]), one("/b", [1, 1], labels=[0, 0])
    )
    assert made.labels.tolist() == [0, -1]
    assert made.eligible.tolist() == [True, False]


def test_different_units_are_refused_with_what_to_do():
    with pytest.raises(ConfigError, match="different units or directions: B"):
        figures(Indicator(name="x", service="shop"), [one("/a", [1.0]), one("/b", [1.0], unit="B")])


def test_zeros_and_huge_values_have_an_answer():
    assert figure(Combine.GEOMETRIC_MEAN, one("/a", [0.0]), one("/b", [4.0])).values.tolist() == [0.0]
    assert figure(Combine.MEAN, one("/a", [1.7e308]), one("/b", [1.7e308])).values.tolist() == [1.7e308]
    assert len(figure(Combine.SUM, one("/a", [1.7e308]), one("/b", [1.7e308]))) == 0


def test_nothing_selected_makes_no_figure():
    assert figures(Indicator(name="x", service="shop", benchmark="/z"), [one("/a", [1.0]), one("/z", [])]) == []
