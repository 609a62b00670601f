"""Growth over a parameter, planted and read back."""

from __future__ import annotations

from collections.abc import Callable
from math import log2
from typing import TYPE_CHECKING

import pytest

from perfsite.model.run import Columns, Direction, Environment, Measurement, Metric, Run, Source

if TYPE_CHECKING:
    from perfsite.report.scaling import ScalingView

TIME = Metric(name="time", unit="s", direction=Direction.LOWER)
RATE = Metric(name="rate", unit="1/s", direction=Direction.HIGHER)


@pytest.fixture
def views_of(make_run: Callable, make_report: Callable) -> Callable[..., tuple[ScalingView, ...]]:
    def make(cost: Callable[[int, int], float], sizes=(10, 100, 1000, 10_000), metric=TIME, name="n", runs=30):
        made = []
        for i in range(runs):
            wobble = 1 + (i * 7 % 5 - 2) / 1000
            base: Run = make_run(i, {"a": 1.0})
            rows = [
                Measurement(benchmark="sort", metric=metric, value=cost(i, n) * wobble, parameters={name: str(n)})
                for n in sizes
            ]
            made.append(
                Run(
                    id=base.id,
                    time=base.time,
                    commit=base.commit,
                    environment=Environment(name="ci"),
                    source=Source(format="test"),
                    measurements=Columns.of(rows),
                )
            )
        (page,) = make_report(made).benchmarks()
        return page.shape.scaling

    return make


def test_what_grows_as_n_log_n_and_did_as_n_says_so(views_of: Callable) -> None:
    (view,) = views_of(lambda i, n: 1e-9 * n if i < 15 else 1e-9 * n * log2(n + 1))
    assert view.sentence.startswith("time grows about as n log n with n; it was n at ")
    assert view.then.startswith("at 00000000 (2026-01-01)")
    assert [point.size for point in view.points] == ["10", "100", "1000", "10000"]
    assert (view.points[0].then, view.points[0].now) == ("10 ns", "34.6 ns")
    assert view.points[-1].delta == "+1\u202f230 %"
    assert view.now_path
    assert view.then_path


def test_what_never_changed_has_one_curve(views_of: Callable) -> None:
    (view,) = views_of(lambda _, n: 2e-9 * n * n)
    assert view.sentence == "time grows about as n² with n."
    assert "exponent 2.00" in view.because
    assert (view.then, view.then_path) == ("", "")


def test_the_same_class_at_another_level_is_said_to_be_the_same(views_of: Callable) -> None:
    (view,) = views_of(lambda i, n: (1e-9 if i < 15 else 2e-9) * n)
    assert view.sentence.startswith("time grows about as n with n, as it did at ")


def test_classes_that_look_alike_are_not_told_apart(views_of: Callable) -> None:
    (view,) = views_of(lambda _, n: 1e-9 * n, sizes=(1000, 2000, 4000, 8000))
    assert view.sentence == "time grows as n or n log n with n, which these sizes do not tell apart."


def test_a_rate_is_told_by_its_reciprocal(views_of: Callable) -> None:
    (view,) = views_of(lambda _, n: 1e9 / n, metric=RATE)
    assert view.sentence == "1 / rate grows about as n with n."
    assert view.points[0].y < view.points[-1].y


def test_what_stays_does_not_grow(views_of: Callable) -> None:
    (view,) = views_of(lambda *_: 1e-3)
    assert view.sentence == "time does not grow with n."


@pytest.mark.parametrize("sizes", [(10, 100, 1000), (10, 20, 30, 40)])
def test_too_few_sizes_or_too_short_a_span_say_nothing(views_of: Callable, sizes: tuple[int, ...]) -> None:
    assert views_of(lambda _, n: 1e-9 * n, sizes=sizes) == ()


def test_a_seed_is_no_size(views_of: Callable) -> None:
    assert views_of(lambda _, n: 1e-9 * n, name="seed") == ()


def test_what_fits_no_class_is_shown_without_a_curve(views_of: Callable) -> None:
    (view,) = views_of(lambda _, n: {10: 1.0, 100: 90.0, 1000: 2.0, 10_000: 300.0, 100_000: 1.0}[n], sizes=(
        10, 100, 1000, 10_000, 100_000
    ))  # fmt: skip
    assert view.sentence == "time grows in no common way with n."
    assert (view.now_path, len(view.points)) == ("", 5)
