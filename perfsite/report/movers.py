"""Who moved between two positions of the trend: the series behind a difference, and the commits that did it."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

from perfsite.model.findings import VERDICTS, Verdict
from perfsite.model.units import format_pair
from perfsite.report import wording
from perfsite.report.release_views import MoverRow

if TYPE_CHECKING:
    from perfsite.report.context import Context
    from perfsite.report.differences import Difference

MOST_MOVERS: Final = 5
"""Commits that the overview and the summary name, for each way."""


def by_benchmark(context: Context, numbers: Iterable[int]) -> list[list[int]]:
    """Return series with those of the same benchmark, in the order of the first of each."""
    return _together(numbers, lambda number: context.timeline.series[number].key.benchmark)


def by_commit(found: Difference, numbers: Iterable[int]) -> list[list[int]]:
    """Return series with those that the same commit moved, in the order of the first of each; what none did, alone."""
    return _together(numbers, lambda number: commits[0] if (commits := found.commits_of(number)) else (number,))


def _together(numbers: Iterable[int], key: Callable[[int], Hashable]) -> list[list[int]]:
    found: dict[Hashable, list[int]] = {}
    for number in numbers:
        found.setdefault(key(number), []).append(number)
    return list(found.values())


def mover_rows(context: Context, found: Difference, grouped: Sequence[Sequence[int]]) -> tuple[MoverRow, ...]:
    """Return the first series of each group, which says how many more there are of it."""
    return tuple(mover_row(context, found, mine[0], others=len(mine) - 1) for mine in grouped)


def mover_row(context: Context, found: Difference, number: int, *, others: int = 0) -> MoverRow:
    """Return one series then and now; `others` moved with it."""
    series = context.timeline.series[number]
    commits, changes = found.commits_of(number), found.changes.get(number, ())
    verdict = VERDICTS[int(found.verdicts[number])]
    is_moved = verdict in (Verdict.REGRESSION, Verdict.IMPROVEMENT)
    doubt = found.doubts.get(number, "")
    if not commits and is_moved:
        doubt = "no single commit: small steps or drift"
    suspected = "suspected" if math.isfinite(found.errors[number]) else "too few runs to be sure"
    first = changes[0].index if changes else -1
    incident = context.incidents.by_change.get((number, first))
    then, now = (math.exp(float(column.logs[number])) for column in (found.old, found.new))
    before, after = format_pair(then, now, series.unit)
    return MoverRow(
        benchmark=series.key.benchmark,
        url=context.urls[number],
        parameters=context.parameters[number],
        metric=series.key.metric,
        environment=series.key.environment,
        before=before,
        after=after,
        delta=wording.delta_text(math.expm1(float(found.logs[number]))),
        interval=wording.interval_text(*found.interval(number)),
        verdict=str(verdict),
        doubt=doubt,
        stage=suspected if number in found.suspected and is_moved else "",
        commit=context.refs[commits[0]] if commits else None,
        more=max(len(commits) - 1, 0),
        others=others,
        incident=incident.url if incident else "",
    )
