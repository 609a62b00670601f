"""Seasons as heat maps: by how much a series lies off its level on each day of the week at each time of the day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.analysis.flat import lay_flat
from perfsite.analysis.season import MOST_POINTS
from perfsite.report import wording
from perfsite.report.labels import series_label
from perfsite.report.reasons import WEEKDAYS, season_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.report.context import Context

MOST_MAPS: Final = 3
"""Series of a benchmark whose season is drawn, the worst first."""
HOURS: Final = 3
"""Hours that stand in one column."""
FEWEST: Final = 2
"""Points that a cell needs before its median is told."""
STEPS: Final = 3
"""Colours on either side of the level."""
LEAST_STEP: Final = 0.002
"""Medians nearer to the level than this share have no colour, however little the others swing."""
DAYS: Final = tuple(name[:3] for name in WEEKDAYS)
_DAY_S: Final = 86_400.0
_MONDAY: Final = 4 * _DAY_S
"""The first Monday since 1970, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonCell:
    """A median deviation from the level: `text` in percent, `step` from -3 to 3, `points` how many tell it.

    `text` is empty where too few points do.
    """

    text: str
    step: int
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonRow:
    """One day of the week, or all of them: its name and a cell for each column."""

    name: str
    cells: tuple[SeasonCell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonView:
    """The heat map of one series: `columns` are times of the day in UTC (`00`, `03`, …) and `all day`."""

    label: str
    sentences: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[SeasonRow, ...]
    points: int


def season_views(context: Context, numbers: Sequence[int]) -> tuple[SeasonView, ...]:
    """Return the heat maps of the series of a benchmark that follow the clock, in the order given."""
    found = [
        number
        for number in numbers
        if (in_depth := context.judged.in_depth.get(number)) is not None and in_depth.slow.seasons
    ]
    return tuple(_view(context, number, with_label=len(numbers) > 1) for number in found[:MOST_MAPS])


def _view(context: Context, number: int, *, with_label: bool) -> SeasonView:
    series, judgement = context.timeline.series[number], context.judged.judgements[number]
    flat = lay_flat(series, judgement).newest(MOST_POINTS)
    times = series.times[flat.indices]
    known = ~np.isnan(times)
    columns, rows = heat_map(times[known], flat.deviations[known])
    return SeasonView(
        label=series_label(context, number) if with_label else "",
        sentences=tuple(
            f"{text[0].upper()}{text[1:]}." for text in map(season_text, context.judged.in_depth[number].slow.seasons)
        ),
        columns=columns,
        rows=rows,
        points=int(np.count_nonzero(known)),
    )


def heat_map(
    times: NDArray[np.float64], deviations: NDArray[np.float64]
) -> tuple[tuple[str, ...], tuple[SeasonRow, ...]]:
    """Return the columns and the rows of a heat map; times of the day and days without a point have none.

    Parameters
    ----------
    times
        Seconds since 1970, shape (n,), no NaN.
    deviations
        How far each value is off its level, fractions, shape (n,).
    """
    since = np.mod(times - _MONDAY, 7 * _DAY_S)
    days = (since // _DAY_S).astype(np.int64)
    blocks = (np.mod(since, _DAY_S) // (HOURS * 3600)).astype(np.int64)
    shown_days, shown_blocks = (np.unique(one).tolist() for one in (days, blocks))
    groups = [
        [deviations[_mask(days, day) & _mask(blocks, block)] for block in (*shown_blocks, None)]
        for day in (*shown_days, None)
    ]
    # The corner is every point: it is off its level by nothing, and would only stand in the way.
    groups[-1][-1] = deviations[:0]
    medians = [[float(np.median(one)) if len(one) >= FEWEST else None for one in row] for row in groups]
    most = max((abs(median) for row in medians for median in row if median is not None), default=0.0)
    names = [*(DAYS[day] for day in shown_days), "all days"]
    rows = tuple(
        SeasonRow(
            name=name,
            cells=tuple(
                SeasonCell(
                    text="" if median is None else _percent_text(median),
                    step=0 if median is None else _step(median, most),
                    points=len(values),
                )
                for median, values in zip(row, told, strict=True)
            ),
        )
        for name, row, told in zip(names, medians, groups, strict=True)
    )
    return (*(f"{block * HOURS:02}" for block in shown_blocks), "all day"), rows


def _mask(of: NDArray[np.int64], wanted: int | None) -> NDArray[np.bool_]:
    return np.ones(len(of), bool) if wanted is None else of == wanted


def _percent_text(deviation: float) -> str:
    """Return a deviation in percent without its sign `%`, short enough for a cell."""
    return wording.delta_text(deviation).removesuffix(" %")


def _step(median: float, most: float) -> int:
    """Return which colour a median has: its share of the largest, in steps; 0 next to the level."""
    if abs(median) < LEAST_STEP:
        return 0
    step = round(abs(median) / most * STEPS)
    return step if median > 0 else -step
