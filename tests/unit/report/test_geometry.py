"""Places on static drawings."""

from __future__ import annotations

import pytest

from perfsite.report.geometry import Mark, Scale, curve_path, histogram, log_ticks, outline, round_ticks, spaced


def test_a_scale_puts_its_ends_at_the_ends() -> None:
    assert [Scale(1, 3)(value) for value in (1, 2, 3)] == [2, 50, 98]
    logarithmic = Scale(1, 100, 90, 10, is_log=True)
    assert [logarithmic(value) for value in (1, 10, 100)] == [90, 50, 10]
    assert Scale(1, 3).clipped(7) == 98


def test_the_bins_of_a_histogram_hold_every_value_on_the_scale_and_no_other() -> None:
    assert histogram([0.0, 0.1, 0.5, 1.0, 1.1, -0.1], Scale(0, 1), 4) == [2, 0, 1, 1]


def test_the_fullest_bar_reaches_the_top() -> None:
    assert outline([0, 1, 2], Scale(0, 1, 0, 99)) == "M332.0 100v-50.0h326.0v50.0zM662.0 100v-100.0h326.0v100.0z"
    assert outline([0, 0], Scale(0, 1)) == ""


def test_what_grows_as_a_power_is_a_straight_line_on_logarithmic_axes() -> None:
    path = curve_path(lambda n: n * n, Scale(1, 100, 0, 100, is_log=True), Scale(1, 1e4, 100, 0, is_log=True), steps=2)
    assert path == "M0.0 1000.0L500.0 500.0L1000.0 0.0"


def test_marks_too_near_make_room_and_the_last_stays() -> None:
    marks = [Mark(at=at, text=str(at)) for at in (0.0, 5.0, 10.0, 18.0)]
    assert [mark.at for mark in spaced(marks, 10)] == [0.0, 18.0]
    assert spaced([], 10) == ()


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.0), (5.0, 5.0), (float("nan"), 1.0)])
def test_a_stretch_of_no_length_has_one_tick(low: float, high: float) -> None:
    assert len(round_ticks(low, high)) == 1


def test_ticks_of_many_decades_are_few() -> None:
    assert len(log_ticks(1e-9, 1e9)) <= 5
