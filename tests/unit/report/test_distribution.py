"""How the newest points of a series lie against the level before, by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pytest

from perfsite.model.run import Direction, Measurement, Metric

if TYPE_CHECKING:
    from perfsite.report.build import Report
    from perfsite.report.distribution import DistributionView

TIME = Metric(name="time", unit="s", direction=Direction.LOWER)


@pytest.fixture
def view_of(make_run: Callable, make_report: Callable) -> Callable[..., DistributionView | None]:
    def make(values: Sequence[float], samples: Sequence[float] = (), **more: int) -> DistributionView | None:
        newest = {}
        if samples:
            newest[0] = Measurement(benchmark="a", metric=TIME, value=values[-1], samples=samples, **more)
        site: Report = make_report([make_run(i, {"a": value}) for i, value in enumerate(values)], newest=newest)
        (page,) = site.benchmarks()
        return page.shape.distributions[0] if page.shape.distributions else None

    return make


def stepped(at: int, values: int) -> list[float]:
    """Return values of 1 s and then of 2 s, each one of three hundredths apart."""
    return [(1.0 if i < at else 2.0) * (1 + (i % 3 - 1) / 100) for i in range(values)]


def test_points_after_a_step_are_held_against_those_before_it(view_of: Callable) -> None:
    view = view_of(stepped(20, 32))
    now, before = view.rows
    assert (now.count, now.median, now.middle, now.outermost) == ("12", "2 s", "1.98 s to 2.02 s", "1.98 s to 2.02 s")
    assert (before.count, before.median, before.spread) == ("20", "1 s", "±1.0 %")
    assert "Every point of this level lies above every one of the level before." in view.sentences
    assert view.state == "regression"


def test_the_newest_point_is_placed_among_the_others(view_of: Callable) -> None:
    values = [1.0, 1.01, 1.02, 1.03, 1.04] * 4
    assert view_of([*values, 1.02]).sentences[0] == (
        "The newest point, 1.02 s, lies within the middle half of the 20 other points of its level."
    )
    assert "lies above 16 of the 20" in view_of([*values, 1.035]).sentences[0]
    assert "lies below all 20 other points" in view_of([*values, 0.99]).sentences[0]


def test_levels_that_overlap_say_by_how_much(view_of: Callable) -> None:
    values = [1.0, 1.2] * 15 + [1.2, 1.4] * 15
    view = view_of(values)
    assert len(view.rows) > 1
    assert any("of all pairs" in sentence for sentence in view.sentences)


def test_samples_of_the_newest_run_are_a_row_and_strokes(view_of: Callable) -> None:
    view = view_of([1.0, 1.01, 0.99, 1.0, 1.02], [0.98, 1.0, 1.02, 1.04], count=5000)
    row = view.rows[-1]
    assert (row.kind, row.count, row.median) == ("samples", "4", "1.01 s")
    assert view.drawing.samples.count("M") == 4
    assert "4 of the newest run's 5\u202f000 samples are kept." in view.sentences


def test_three_points_are_no_distribution(view_of: Callable) -> None:
    assert view_of([1.0, 1.1, 0.9]) is None


def test_where_one_point_is_all_its_samples_are_drawn_in_full(view_of: Callable) -> None:
    view = view_of([32.0], [29.0, 31.0, 32.0, 33.0, 38.0])
    assert view.drawing.samples.count("M") == 5
    assert view.rows[0].spread == "–"


def test_a_series_that_never_moves_is_one_bar(view_of: Callable) -> None:
    view = view_of([1.0] * 12)
    assert view.drawing.now.count("M") == 1
    assert 0 < view.drawing.newest < 100


def test_an_outlier_does_not_squeeze_the_drawing(view_of: Callable) -> None:
    values = [1.0, 1.01, 0.99] * 10
    values[12] = 40.0
    view = view_of(values)
    assert view.rows[0].outermost == "990 ms to 40 s"
    assert view.sentences[-1] == "1 outlier beyond the drawing."
    assert view.drawing.now.count("M") >= 3
