"""The shape of a benchmark's values, put together: what each of its views says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfsite.report.benchmark_shape_views import Shape
from perfsite.report.distribution import distribution_views
from perfsite.report.scaling import scaling_views
from perfsite.report.season_view import season_views

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.report.context import Context


def shape_of(context: Context, numbers: Sequence[int]) -> Shape:
    """Return how the values of a benchmark's series lie; `numbers` are its series, the worst first."""
    distributions, distributions_rest = distribution_views(context, numbers)
    scaling, scaling_rest = scaling_views(context, numbers)
    return Shape(
        distributions=distributions,
        distributions_rest=distributions_rest,
        scaling=scaling,
        scaling_rest=scaling_rest,
        seasons=season_views(context, numbers),
    )
