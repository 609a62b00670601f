"""Two commits of the trend compared: their levels, and what the whole history says of what lies between them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from perfsite.model.findings import VERDICTS, Verdict
from perfsite.report.comparison import CHANCE, ComparisonRow, MeanRow, known, ordered
from perfsite.report.differences import SMALLEST, SURE

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfsite.model.series import SeriesKey
    from perfsite.report.context import Context
    from perfsite.report.differences import Difference

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
    """
    is_back = head < base
    found = context.differences.between(min(base, head), max(base, head))
    series = context.timeline.series
    rows = [
        _row(context, found, number, is_back=is_back, least=least)
        for number in found.compared.tolist()
        if selects(series[number].key)
    ]
    gained, lost = (found.removed, found.added) if is_back else (found.added, found.removed)
    names = {one.key.environment for one in series if selects(one.key)}
    return {
        "rows": ordered(rows),
        "added": tuple(series[number].key for number in gained if selects(series[number].key)),
        "removed": tuple(series[number].key for number in lost if selects(series[number].key)),
        "left_out": tuple((name, why) for name, why in sorted(found.left_out.items()) if name in names),
        "means": () if is_back else _means(context, found, names),
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
    if verdict in _OTHER and least is not None and abs(math.expm1(log)) < least:
        verdict = Verdict.NO_CHANGE
    if verdict not in _OTHER and abs(log) >= SMALLEST and not doubts:
        doubts.append(CHANCE)
    return ComparisonRow(
        key=series.key,
        unit=series.unit,
        direction=str(series.direction),
        before=_exp(before),
        after=_exp(after),
        delta=known(_exp(log) - 1),
        lower=known(_exp(log - half) - 1),
        upper=known(_exp(log + half) - 1),
        noise=known(_exp(half) - 1),
        effect=None,
        verdict=verdict,
        doubts=tuple(doubts),
        url=context.urls[number],
    )


def _exp(log: float) -> float:
    return math.exp(min(log, 700.0))


def _means(context: Context, found: Difference, names: set[str]) -> tuple[MeanRow, ...]:
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
        if one.family[3] in names
    )
