"""Groups of series as views: how they stand, what moved, and one line for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.model.run import Direction
from perfsite.report import incident_words, wording
from perfsite.report.benchmarks import series_counts
from perfsite.report.overview_views import GroupView
from perfsite.report.release_words import mean_interval, mean_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from perfsite.model.series import Series
    from perfsite.report.context import Context
    from perfsite.report.grouping import Grouping
    from perfsite.report.views import SeriesRow

SPARK_COMMITS: Final = 60
"""Newest commits of a group that its sparkline covers."""
SPARK_SERIES: Final = 400
"""Series that the sparkline of a group is the median of; of more, every so many."""


def group_views(context: Context, rows: Mapping[int, SeriesRow]) -> tuple[GroupView, ...]:
    """Return the groups with a living series, what needs attention first; `rows` are those of all series by number."""
    views = []
    for name, grouping in context.groupings.items():
        living = [number for number in grouping.numbers if number in rows and not rows[number].retired]
        if living:
            views.append(_view(context, (name, grouping), [(number, rows[number]) for number in living]))
    return tuple(sorted(views, key=_urgency))


def _urgency(view: GroupView) -> tuple[bool, bool, float, str]:
    fresh = view.counts.regression + view.counts.standing - view.long_standing
    return (view.kind not in ("group", "service"), not fresh, -fresh / max(view.series, 1), view.name)


def _view(context: Context, named: tuple[str, Grouping], numbered: Sequence[tuple[int, SeriesRow]]) -> GroupView:
    name, grouping = named
    numbers, rows = [number for number, _ in numbered], [row for _, row in numbered]
    counts = series_counts(rows, [row.standing in ("standing", "long-standing") for row in rows])
    old = sum(row.standing == "long-standing" for row in rows)
    moved = context.means.of_whole_groups(context.month).get(name)
    worst = min(rows, key=lambda row: (row.rank, row.benchmark, row.environment))
    fresh = counts.regression + counts.standing - old
    if fresh:
        state = "regression"
    else:
        state = "improvement" if counts.improvement else "unsure" if counts.unsure == counts.total else "no-change"
    return GroupView(
        name=name,
        kind=grouping.kind,
        series=len(rows),
        counts=counts,
        long_standing=old,
        state=state,
        worst=worst if worst.standing in ("new", "standing") else None,
        worst_name=incident_words.name_of(worst.benchmark, ""),
        spark=wording.spark_text(_median([context.timeline.series[number] for number in numbers])),
        change=mean_text(moved.mean.delta) if moved else "",
        interval=mean_interval(moved.mean) if moved else "",
        change_state=moved.state if moved else "no-change",
    )


def _median(series: Sequence[Series]) -> list[float]:
    """Return, by commit, the median of series as multiples of their first level there; at most the newest commits.

    Where the series' directions differ, those for which higher is better are turned over, so that up is worse.
    """
    some = series[:: -(-len(series) // SPARK_SERIES)]
    commits = np.unique(np.concatenate([one.commits[-SPARK_COMMITS:] for one in some]))[-SPARK_COMMITS:]
    turned = len({one.direction for one in some}) > 1
    relative = [line for one in some if (line := _relative(one, commits, turned=turned)) is not None]
    if not relative:
        return []
    stacked = np.stack(relative)
    known = np.isfinite(stacked).any(axis=0)
    return [float(one) for one in np.nanmedian(stacked[:, known], axis=0)]


def _relative(series: Series, commits: NDArray[np.int32], *, turned: bool) -> NDArray[np.float64] | None:
    """Return a series' value at each commit, that of its last point up to there, by its first ones; None: no ratio."""
    at = series.commits.searchsorted(commits, side="right") - 1
    values = np.where(at >= 0, series.values[np.maximum(at, 0)], np.nan)
    first = series.values[max(int(at[0]), 0) :][:5]
    level = float(np.median(first))
    if not level > 0 or not (values[at >= 0] > 0).all():
        return None
    relative: NDArray[np.float64] = values / level
    return 1 / relative if turned and series.direction is Direction.HIGHER else relative
