"""How a site stood at the end of each month: standing regressions, and how much worse its levels have become."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.report import wording
from perfsite.report.summary_views import MonthChart, MonthRow
from perfsite.report.table import REGRESSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from perfsite.report.context import Context

MONTHS: Final = 12
WIDTH: Final = 480
HEIGHT: Final = 150
LINE: Final = (8, 66)
"""Between which heights the line of change is drawn; the bars stand below it."""
BARS: Final = 50


def months_of(context: Context) -> tuple[MonthRow, ...]:
    """Return the newest months that have a measured commit, oldest first; at most twelve."""
    ends = _ends(context)
    if not ends:
        return ()
    names = list(ends)[-MONTHS:]
    edges = np.array([ends[name][0] for name in names], np.int64)
    earlier = [position for position, _ in ends.values() if position < edges[0]]
    begins = np.concatenate([[max(earlier, default=-1)], edges[:-1]])
    measured, standing = np.zeros(len(names), np.int64), np.zeros(len(names), np.int64)
    sums, links = np.zeros(len(names)), np.zeros(len(names), np.int64)
    for number, series in enumerate(context.timeline.series):
        if not len(series):
            continue
        judgement = context.judged.judgements[number]
        at = series.commits.searchsorted(edges, side="right") - 1
        here = (at >= 0) & (series.commits[-1] > begins)
        measured += here
        standing += here & (judgement.verdicts[at] == REGRESSION)
        way = float(context.levels.signs[number])
        if way and here.any():
            rises = _rises(judgement.levels, judgement.machine_factors, series.labels, at)
            told = here[1:] & here[:-1] & np.isfinite(rises)
            sums[1:] += np.where(told, way * rises, 0.0)
            links[1:] += told
    return _rows(names, [ends[name][1] for name in names], (measured, standing), (sums, links))


def _ends(context: Context) -> dict[str, tuple[int, int]]:
    """Return, by month, the position of its last measured commit and how many it has, oldest first.

    A commit that is older than one before it counts in the latter's month: a rebase does not turn the time back.
    """
    ends: dict[str, tuple[int, int]] = {}
    month = ""
    for position in context.trend_commits:
        time = context.timeline.commits[position].time
        if time is not None:
            month = max(month, time.isoformat()[:7])
        if month:
            ends[month] = (position, ends.get(month, (0, 0))[1] + 1)
    return ends


def _rises(
    levels: NDArray[np.float64],
    factors: NDArray[np.float64] | None,
    labels: NDArray[np.int32],
    at: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return the log ratio of the levels at neighbouring month ends; NaN where they do not compare."""
    found = levels[at] if factors is None else levels[at] / factors[at]
    with np.errstate(divide="ignore", invalid="ignore"):
        rises = np.log(found[1:] / found[:-1])
    return rises if factors is not None else np.where(labels[at[1:]] == labels[at[:-1]], rises, math.nan)


def _rows(
    names: Sequence[str],
    commits: Sequence[int],
    counts: tuple[NDArray[np.int64], NDArray[np.int64]],
    chained: tuple[NDArray[np.float64], NDArray[np.int64]],
) -> tuple[MonthRow, ...]:
    measured, standing = counts
    sums, links = chained
    rows = []
    log_change = 0.0
    for i, name in enumerate(names):
        if i:
            log_change += float(sums[i]) / int(links[i]) if links[i] else math.nan
        rows.append(
            MonthRow(
                month=name,
                commits=commits[i],
                series=int(measured[i]),
                standing=int(standing[i]),
                change=math.expm1(min(log_change, 700.0)) if math.isfinite(log_change) else None,
            )
        )
    return tuple(rows)


def month_chart(rows: Sequence[MonthRow]) -> MonthChart | None:
    """Return the drawing of the months; None where there are fewer than two."""
    if len(rows) < 2:
        return None
    step = WIDTH / len(rows)
    top = max(*(row.standing for row in rows), 1)
    changes = [row.change or 0.0 for row in rows]
    high, low = max(*changes, 0.01), min(*changes, -0.01)

    def height(change: float) -> float:
        return round(LINE[0] + (LINE[1] - LINE[0]) * (high - change) / (high - low), 1)

    bars = []
    for i, row in enumerate(rows):
        tall = round(BARS * row.standing / top, 1)
        left, wide = round(i * step + step * 0.2, 1), round(step * 0.6, 1)
        bars.append((left, round(HEIGHT - tall, 1), wide, tall, row.month, row.standing))
    dots = [(round(i * step + step / 2, 1), height(row.change)) for i, row in enumerate(rows) if row.change is not None]
    first, last = rows[0], rows[-1]
    text = (
        f"{wording.plural(first.standing, 'standing regression')} at the end of {first.month}, "
        f"{wording.count_text(last.standing)} at the end of {last.month}"
    )
    if last.change is not None:
        text += f"; levels are {wording.delta_text(last.change)} against {first.month} (+ is worse)"
    return MonthChart(
        width=WIDTH,
        height=HEIGHT,
        bars=tuple(bars),
        line=" ".join(f"{x:g},{y:g}" for x, y in dots) if len(dots) > 1 else "",
        dots=tuple(dots),
        zero=height(0.0),
        high=wording.delta_text(high),
        low=wording.delta_text(low),
        text=f"{text}.",
    )
