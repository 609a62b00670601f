"""The picture of an incident: its worst series around the change, as coordinates of a small drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.model.units import format_pair
from perfsite.report.incident_views import IncidentChart

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from perfsite.model.incident import Member
    from perfsite.report.context import Context

BEFORE: Final = 40
"""Points before the change that are drawn, at most."""
AFTER: Final = 80
WIDTH: Final = 640
HEIGHT: Final = 120
PAD: Final = 8


def incident_chart(context: Context, member: Member) -> IncidentChart | None:
    """Return the drawing of a member, None where it has a single point; its levels reach to the next changes.

    What strays far is drawn at the edge: the scale is that of nineteen points in twenty, and of both levels.
    """
    series = context.timeline.series[member.series]
    start, end = max(member.index - BEFORE, 0), min(member.index + AFTER, len(series))
    values = series.values[start:end]
    if len(values) < 2:
        return None
    low, high = np.quantile(values, (0.025, 0.975)).tolist()
    low, high = min(low, member.before, member.after), max(high, member.before, member.after)
    span = high - low
    step = (WIDTH - 2 * PAD) / (len(values) - 1)

    def across(point: float) -> float:
        return round(PAD + (point - start) * step, 1)

    def down(value: float) -> float:
        share = (value - low) / span if span > 0 and np.isfinite(span) else 0.5
        return round(HEIGHT - PAD - min(max(share, 0.0), 1.0) * (HEIGHT - 2 * PAD), 1)

    changes = [change.index for change in context.judged.judgements[member.series].change_points]
    began = max([start, *(at for at in changes if at < member.index)])
    # What was mended soon is no change point of its own.
    mended = [] if member.over is None else [int(series.commits.searchsorted(member.over))]
    over = min([end, *(at for at in [*changes, *mended] if at > member.index)]) - 1
    # A change lies between two points: nobody measured there.
    mark = across(max(member.index - 0.5, start))
    before, after = format_pair(member.before, member.after, series.unit)
    return IncidentChart(
        width=WIDTH,
        height=HEIGHT,
        line=_line(values, across, down, start),
        mark=mark,
        before=(across(began), mark, down(member.before)),
        after=(mark, across(over), down(member.after)),
        before_text=before,
        after_text=after,
        first=context.refs[int(series.commits[start])],
        last=context.refs[int(series.commits[end - 1])],
        points=len(values),
        name=context.series_text(member.series),
    )


def _line(
    values: NDArray[np.float64], across: Callable[[float], float], down: Callable[[float], float], start: int
) -> str:
    """Return the points as the path of an SVG."""
    return "M" + "L".join(f"{across(start + i):g} {down(value):g}" for i, value in enumerate(values.tolist()))
