"""How the newest points of a series lie against the level before: in numbers, in words, and as a drawing.

What is drawn is a histogram of the newest points of the current level, one of the level before below it, and the
samples of the newest run above both, all over one axis.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.model.findings import VERDICTS
from perfsite.model.units import format_value
from perfsite.report import wording
from perfsite.report.geometry import Mark, Scale, histogram, outline, round_ticks, spaced, ticks_path
from perfsite.report.labels import series_label

if TYPE_CHECKING:
    from perfsite.model.findings import Judgement
    from perfsite.model.run import Measurement
    from perfsite.model.series import Series
    from perfsite.report.context import Context

MOST_POINTS: Final = 60
"""Newest points of a level that are drawn."""
FEWEST_POINTS: Final = 4
"""Points, or samples, below which there is nothing to be seen of a distribution."""
MOST_DRAWN: Final = 6
"""Series of a benchmark whose distribution is drawn, the worst first."""
BINS: Final = 48
LEAST_APART: Final = 13.0
"""Percent between ticks: room for `1.25 ms` on a phone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributionRow:
    """Some values in five numbers, as texts: how many, median, middle half, outermost, spread.

    `spread` is half the middle half as a fraction of the median; `kind` is `now`, `before` or `samples`.
    """

    kind: str
    what: str
    count: str
    median: str
    middle: str
    outermost: str
    spread: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Where everything stands: `now`, `before`, `samples` are SVG paths on a grid of 1000 by 100, the rest percent.

    `newest` is the newest point; `baseline` and `band` (left edge, width) are None where they are not known.
    """

    now: str
    before: str
    samples: str
    newest: float
    baseline: float | None
    band: tuple[float, float] | None
    ticks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributionView:
    """The distribution of one series' newest points; `label` names it where a benchmark has several series."""

    label: str
    state: str
    sentences: tuple[str, ...]
    rows: tuple[DistributionRow, ...]
    drawing: Drawing


def distribution_views(context: Context, numbers: Sequence[int]) -> tuple[tuple[DistributionView, ...], int]:
    """Return the distributions of a benchmark's series, in the order given, and how many more there are."""
    views: list[DistributionView] = []
    for place, number in enumerate(numbers):
        if len(views) == MOST_DRAWN:
            return tuple(views), len(numbers) - place
        view = _view(context, number, with_label=len(numbers) > 1)
        if view is not None:
            views.append(view)
    return tuple(views), 0


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a distribution is made of: the points of both levels, oldest first, and the sorted samples."""

    now: list[float]
    before: list[float]
    samples: list[float]
    outliers: list[bool]
    """Which of `now`, then of `before`, are outliers."""


def _view(context: Context, number: int, *, with_label: bool) -> DistributionView | None:
    series, judgement = context.timeline.series[number], context.judged.judgements[number]
    measurement = context.judged.newest.get(number)
    parts = _parts(series, judgement, measurement)
    if max(len(parts.now), len(parts.samples)) < FEWEST_POINTS:
        return None
    rows = [_row("now", "points of this level", parts.now, series.unit)]
    if parts.before:
        rows.append(_row("before", "points of the level before", parts.before, series.unit))
    if parts.samples:
        rows.append(_row("samples", "samples of the newest run", parts.samples, series.unit))
    baseline, floor = float(judgement.baselines[-1]), float(judgement.floors[-1])
    reach = abs(baseline) * floor if isfinite(baseline) and isfinite(floor) else None
    scale = _scale(parts, baseline if isfinite(baseline) else None, reach)
    beyond = sum(not scale.low <= value <= scale.high for value in (*parts.now, *parts.before))
    sentences = _sentences(context, number, parts, measurement)
    if beyond:
        sentences.append(f"{wording.plural(beyond, 'outlier')} beyond the drawing.")
    return DistributionView(
        label=series_label(context, number) if with_label else "",
        state=str(VERDICTS[int(judgement.verdicts[-1])]),
        sentences=tuple(sentences),
        rows=tuple(rows),
        drawing=_drawing(series.unit, parts, scale, baseline, reach),
    )


def _parts(series: Series, judgement: Judgement, measurement: Measurement | None) -> _Parts:
    starts = [change.index for change in judgement.change_points[-2:]]
    start = starts[-1] if starts else 0
    first = max(start, len(series) - MOST_POINTS)
    earlier = max(starts[-2] if len(starts) > 1 else 0, start - MOST_POINTS)
    places = np.r_[first : len(series), earlier:start]
    return _Parts(
        series.values[first:].tolist(),
        series.values[earlier:start].tolist(),
        sorted(measurement.samples) if measurement is not None and measurement.samples else [],
        judgement.outliers[places].tolist(),
    )


def _quantile(values: Sequence[float], share: float) -> float:
    """Return a quantile of sorted values, between the two nearest by their distance."""
    place = share * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


def _row(kind: str, what: str, values: Sequence[float], unit: str) -> DistributionRow:
    ordered = sorted(values)
    low, middle, high = (_quantile(ordered, share) for share in (0.25, 0.5, 0.75))
    spread = (high - low) / 2 / abs(middle) if middle and len(ordered) > 1 else None
    return DistributionRow(
        kind=kind,
        what=what,
        count=wording.count_text(len(values)),
        median=format_value(middle, unit),
        middle=f"{format_value(low, unit)} to {format_value(high, unit)}",
        outermost=f"{format_value(ordered[0], unit)} to {format_value(ordered[-1], unit)}",
        spread=wording.noise_text(spread),
    )


def _sentences(context: Context, number: int, parts: _Parts, measurement: Measurement | None) -> list[str]:
    """Return what the values say, in words: the newest point, the level before, modes, samples."""
    told = [_newest_text(parts.now, context.timeline.series[number].unit)]
    if parts.before:
        told.append(_before_text(parts.now, parts.before))
    in_depth = context.judged.in_depth.get(number)
    if in_depth is not None and in_depth.quality is not None and (modes := in_depth.quality.modes) is not None:
        share = f"{modes.share * 100:.0f} %"
        gap = wording.noise_text(modes.gap).removeprefix("±")
        told.append(f"The points fall into two groups {gap} apart, {share} of them in the smaller one.")
    count = None if measurement is None else measurement.count
    if count is not None and count > len(parts.samples) > 0:
        told.append(f"{len(parts.samples)} of the newest run's {wording.count_text(count)} samples are kept.")
    return told


def _newest_text(now: Sequence[float], unit: str) -> str:
    newest, others = now[-1], sorted(now[:-1])
    said = f"The newest point, {format_value(newest, unit)},"
    if len(others) < FEWEST_POINTS:
        few = wording.plural(len(others), "other point") if others else "no other point"
        return f"{said} has {few} of its level beside it."
    below, above = bisect_left(others, newest), len(others) - bisect_right(others, newest)
    of = f"{len(others)} other points of its level"
    if _quantile(others, 0.25) <= newest <= _quantile(others, 0.75):
        return f"{said} lies within the middle half of the {of}."
    if above < below:
        return f"{said} lies above {f'all {of}' if below == len(others) else f'{below} of the {of}'}."
    return f"{said} lies below {f'all {of}' if above == len(others) else f'{above} of the {of}'}."


def _before_text(now: Sequence[float], before: Sequence[float]) -> str:
    ordered = sorted(before)
    pairs = len(now) * len(before)
    higher = sum(bisect_left(ordered, value) for value in now)
    lower = sum(len(ordered) - bisect_right(ordered, value) for value in now)
    if pairs in (higher, lower):
        return f"Every point of this level lies {'above' if higher else 'below'} every one of the level before."
    share, way = (higher / pairs, "above") if higher >= lower else (lower / pairs, "below")
    return f"A point of this level lies {way} one of the level before in {min(share * 100, 99.9):.3g} % of all pairs."


def _drawing(unit: str, parts: _Parts, scale: Scale, baseline: float, reach: float | None) -> Drawing:
    band = None
    if reach is not None:
        left, right = scale.clipped(baseline - reach), scale.clipped(baseline + reach)
        band = (left, round(right - left, 2))
    return Drawing(
        now=outline(histogram(parts.now, scale, BINS), scale),
        before=outline(histogram(parts.before, scale, BINS), scale),
        samples=ticks_path([scale(value) for value in parts.samples if scale.low <= value <= scale.high]),
        newest=scale.clipped(parts.now[-1]),
        baseline=scale.clipped(baseline) if isfinite(baseline) else None,
        band=band,
        ticks=spaced(
            [Mark(at=scale(tick), text=format_value(tick, unit)) for tick in round_ticks(scale.low, scale.high)],
            LEAST_APART,
        ),
    )


def _scale(parts: _Parts, baseline: float | None, reach: float | None) -> Scale:
    """Return the axis: every point but outliers, the newest, the baseline, and as much of the rest as leaves room."""
    values = [*parts.now, *parts.before]
    shown = [value for value, is_out in zip(values, parts.outliers, strict=True) if not is_out]
    shown.append(parts.now[-1])
    if baseline is not None:
        shown.append(baseline)
    if len(parts.now) < FEWEST_POINTS:
        shown += parts.samples  # They are all there is to be seen.
    low, high = min(shown), max(shown)
    # Noise far wider than what was measured, or one sample far off, would leave a line of everything else.
    room = (high - low) or 0.02 * abs(high) or 1.0
    further = [*parts.samples[:1], *parts.samples[-1:]]
    if baseline is not None and reach is not None:
        lowest = baseline - reach
        further += [max(lowest, 0.0) if low > 0 else lowest, baseline + reach]
    shown += [min(max(value, low - room), high + room) for value in further]
    low, high = min(shown), max(shown)
    margin = (high - low) * 0.03 or room / 2
    return Scale(low - margin, high + margin)
