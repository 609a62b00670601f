"""Two commits of the trend compared: their levels, and what the whole history says of what lies between them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from perfsite.model.findings import VERDICTS, Verdict
from perfsite.report.comparison import CHANCE, NEITHER, NO_RATIO, ComparisonRow, MeanRow, known, ordered
from perfsite.report.differences import NOT_COMPARED, SMALLEST, SURE, SURE_OF_DRIFT
from perfsite.report.levels import SIGNS

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfsite.model.series import SeriesKey
    from perfsite.report.context import Context
    from perfsite.report.differences import Difference

WANDERS: Final = "no change point lies between, and levels wander by as much"
_OTHER: Final = {Verdict.REGRESSION: Verdict.IMPROVEMENT, Verdict.IMPROVEMENT: Verdict.REGRESSION}


def compare_commits(
    context: Context, base: int, head: int, *, selects: Callable[[SeriesKey], bool], least: float | None
) -> dict[str, Any]:
    """Return rows, means, and what is added, removed and left out, of two positions of the trend, in either order.

    Parameters
    ----------
    selects
        Which series are asked for.
    least
        The smallest |delta| that counts as a change, a fraction; None: what severities say.

    Notes
    -----
    The verdicts are those of releases: levels are compared, not single runs, and a difference counts where the history
    has a change point between the two, or where it exceeds five standard errors (`perfsite.report.differences`).
    Means are of the series asked for. A series that is zero or less on a side has a row, and no ratio.
    """
    is_back = head < base
    found = context.differences.between(min(base, head), max(base, head))
    series = context.timeline.series
    rows = [
        _row(context, found, number, is_back=is_back, least=least)
        for number in found.compared.tolist()
        if selects(series[number].key)
    ]
    rows += [
        _without_ratio(context, found, number, is_back=is_back)
        for number in found.no_ratio
        if selects(series[number].key) and series[number].key.environment not in found.left_out
    ]
    gained, lost = (found.removed, found.added) if is_back else (found.added, found.removed)
    names = {one.key.environment for one in series if selects(one.key)}
    return {
        "rows": ordered(rows),
        "added": tuple(series[number].key for number in gained if selects(series[number].key)),
        "removed": tuple(series[number].key for number in lost if selects(series[number].key)),
        "left_out": tuple((name, why) for name, why in sorted(found.left_out.items()) if name in names),
        "means": _means(context, _asked(found, [selects(one.key) for one in series], is_back=is_back)),
    }


def _row(context: Context, found: Difference, number: int, *, is_back: bool, least: float | None) -> ComparisonRow:
    series, way = context.timeline.series[number], -1 if is_back else 1
    log, half = way * float(found.logs[number]), SURE * float(found.errors[number])
    before, after = (float(side.logs[number]) for side in (found.old, found.new))
    if is_back:
        before, after = after, before
    verdict = VERDICTS[int(found.verdicts[number])]
    verdict = _OTHER.get(verdict, verdict) if is_back else verdict
    doubts = [found.doubts[number]] if number in found.doubts else []
    if number in found.suspected and verdict in _OTHER:
        doubts.append("suspected: only the newest runs show it")
    sign = SIGNS[str(series.direction)]
    floor = half if number in found.changes else SURE_OF_DRIFT / SURE * half
    is_told = verdict in _OTHER or abs(log) > floor
    if abs(log) >= SMALLEST and not doubts and not (is_told and sign):
        doubts.append(NEITHER if is_told else CHANCE if abs(log) <= half else WANDERS)
    if least is not None:
        verdict = _by_size(verdict, log, least, sign=sign if is_told else 0)
    return ComparisonRow(
        key=series.key,
        unit=series.unit,
        direction=str(series.direction),
        before=_exp(before),
        after=_exp(after),
        delta=known(_exp(log) - 1),
        lower=known(_exp(log - half) - 1),
        upper=known(_exp(log + half) - 1),
        noise=known(_exp(floor) - 1),
        effect=None,
        verdict=verdict,
        doubts=tuple(doubts),
        url=context.urls[number],
    )


def _by_size(verdict: Verdict, log: float, least: float, *, sign: int) -> Verdict:
    """Return the verdict where another difference than usual is the smallest that counts.

    `sign` is 1 where more is worse, -1 where it is better, 0 where neither is or where the difference is not told.
    """
    if abs(math.expm1(log)) < least:
        return Verdict.NO_CHANGE if verdict in _OTHER else verdict
    if verdict is not Verdict.NO_CHANGE or abs(log) >= SMALLEST or not sign:
        return verdict
    return Verdict.REGRESSION if log * sign > 0 else Verdict.IMPROVEMENT


def _without_ratio(context: Context, found: Difference, number: int, *, is_back: bool) -> ComparisonRow:
    """Return the row of a series that is zero or less on a side: its newest points there."""
    series, start = context.timeline.series[number], int(found.flat.starts[number])
    before, after = (float(series.values[int(side.at[number]) - start]) for side in (found.old, found.new))
    return ComparisonRow(
        key=series.key,
        unit=series.unit,
        direction=str(series.direction),
        before=after if is_back else before,
        after=before if is_back else after,
        delta=None,
        lower=None,
        upper=None,
        noise=None,
        effect=None,
        verdict=Verdict.UNSURE,
        doubts=(NO_RATIO,),
        url=context.urls[number],
    )


def _asked(found: Difference, asked: list[bool], *, is_back: bool) -> Difference:
    """Return a difference of the series asked for only, turned round where the later position is the base."""
    verdicts = np.where(asked, found.verdicts, NOT_COMPARED).astype(np.int8)
    if not is_back:
        return replace(found, verdicts=verdicts)
    turned = verdicts.copy()
    for verdict, other in _OTHER.items():
        turned[verdicts == VERDICTS.index(verdict)] = VERDICTS.index(other)
    return replace(found, verdicts=turned, logs=-found.logs)


def _exp(log: float) -> float:
    return math.exp(min(log, 700.0))


def _means(context: Context, found: Difference) -> tuple[MeanRow, ...]:
    return tuple(
        MeanRow(
            group=one.name,
            metric=one.family[0],
            unit=one.family[1],
            environment=one.family[3],
            mean=one.mean,
            state=one.state,
        )
        for one in context.means.of_groups(found)
    )
