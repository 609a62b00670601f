"""What moved in a span of commits: single causes, and groups of benchmarks whose names begin alike."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from perfsite.model.findings import SEVERITIES, Verdict
from perfsite.report import wording
from perfsite.report.spans import change_of, combined, geometric_mean, worse
from perfsite.report.summary_views import GroupRow, MoverRow, known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfsite.model.findings import ChangePoint
    from perfsite.report.context import Context
    from perfsite.report.spans import Move, Moves

MOST_MOVERS: Final = 5
MOST_GROUPS: Final = 8
KEPT: Final = 0.5
"""Share of a change that must be left now for it to count."""
_ORDER: Final = (Verdict.REGRESSION, Verdict.IMPROVEMENT, Verdict.UNSURE, Verdict.NO_CHANGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Movers:
    """The causes of a span, the largest first, of either kind; `suspected` changes are in neither."""

    worse: tuple[MoverRow, ...]
    better: tuple[MoverRow, ...]
    suspected: int
    numbers: Mapping[int, Verdict]
    """Every series that moved, and which way."""


def movers_of(context: Context, moves: Moves) -> Movers:
    """Return what changed for sure and is not over: for each commit the series that moved the most."""
    causes: dict[tuple[int, Verdict], list[tuple[float, Move, ChangePoint]]] = {}
    numbers: dict[int, Verdict] = {}
    suspected = 0
    for number, move in moves.moves.items():
        inside = [one for one in context.judged.judgements[number].change_points if one.index > move.cut]
        suspected += any(not one.confirmed and one.verdict is not Verdict.NO_CHANGE for one in inside)
        change = _cause(context, move, [one for one in inside if one.confirmed])
        if change is None:
            continue
        numbers[number] = change.verdict
        commit = int(context.timeline.series[number].commits[change.index])
        causes.setdefault((commit, change.verdict), []).append((abs(move.ratio), move, change))
    rows: dict[Verdict, list[tuple[float, MoverRow]]] = {}
    for (commit, verdict), members in causes.items():
        size, move, change = max(members, key=lambda one: (one[0], -one[1].number))
        row = _row(context, commit, move, change, others=len(members) - 1)
        rows.setdefault(verdict, []).append((-size, row))
    told = {
        verdict: tuple(row for _, row in sorted(found, key=lambda pair: (pair[0], pair[1].benchmark)))
        for verdict, found in rows.items()
    }
    return Movers(
        worse=told.get(Verdict.REGRESSION, ()),
        better=told.get(Verdict.IMPROVEMENT, ()),
        suspected=suspected,
        numbers=numbers,
    )


def _cause(context: Context, move: Move, inside: Sequence[ChangePoint]) -> ChangePoint | None:
    """Return the largest change that goes the way the series went; None where the series is mostly back, or may be.

    Whether a change is more than noise its analysis has weighed; the floor of a single run would ask too much of a
    level, above all where the change brought noise of its own.
    """
    way = worse(context, move.number)
    if not way or not math.isfinite(move.ratio):
        return None
    verdict = Verdict.REGRESSION if move.ratio * way > 0 else Verdict.IMPROVEMENT
    same = [one for one in inside if one.verdict is verdict]
    change = max(same, key=_size, default=None)
    if change is None or abs(move.ratio) < KEPT * _size(change):
        return None
    told = change_of(*combined([move], [1.0]))
    return change if told.is_beyond_noise or not told.interval else None


def _size(change: ChangePoint) -> float:
    """Return the size of a change as a log ratio; 0 where it has none."""
    return abs(math.log1p(change.delta)) if -1 < change.delta < math.inf else 0.0


def _row(context: Context, commit: int, move: Move, change: ChangePoint, *, others: int) -> MoverRow:
    number = move.number
    series = context.timeline.series[number]
    line = context.incidents.by_change.get((number, change.index))
    return MoverRow(
        benchmark=series.key.benchmark,
        url=context.urls[number],
        parameters=context.parameters[number],
        metric=series.key.metric,
        environment=series.key.environment,
        unit=series.unit,
        then=move.then,
        now=move.now,
        change=change_of(*combined([move], [1.0])),
        floor=known(float(context.judged.judgements[number].floors[move.cut])),
        verdict=str(change.verdict),
        severity=wording.severity_text(
            change.severity if change.severity in SEVERITIES else SEVERITIES[0], change.verdict
        ),
        commit=context.refs[commit],
        incident=line.url if line else "",
        others=others,
    )


def groups_of(context: Context, moves: Moves, movers: Movers) -> tuple[GroupRow, ...]:
    """Return the site's groups, those that changed first; none where there is no second one to tell from."""
    grouped: dict[str, list[Move]] = {}
    for name, grouping in context.groupings.items():
        members = [moves.moves[number] for number in grouping.numbers if number in moves.moves]
        if directed := [move for move in members if worse(context, move.number)]:
            grouped[name] = directed
    if len(grouped) < 2:
        return ()
    rows = [row for name, members in grouped.items() if (row := _group(context, name, members, movers)) is not None]
    return tuple(sorted(rows, key=lambda row: (_ORDER.index(row.verdict), -abs(row.change.value), row.name)))


def _group(context: Context, name: str, members: Sequence[Move], movers: Movers) -> GroupRow | None:
    change = geometric_mean(context, members)
    if change is None:
        return None
    counted = [movers.numbers.get(move.number) for move in members]
    bad, good = counted.count(Verdict.REGRESSION), counted.count(Verdict.IMPROVEMENT)
    moved = Verdict.REGRESSION if change.value > 0 else Verdict.IMPROVEMENT
    # Of many groups, one leaves zero out by chance: a finding of a series must stand behind the word.
    is_backed = bad if moved is Verdict.REGRESSION else good
    verdict = Verdict.NO_CHANGE if not change.is_beyond_noise else moved if is_backed else Verdict.UNSURE
    return GroupRow(
        name=wording.short_name(name, 60),
        series=len(members),
        worse=bad,
        better=good,
        change=change,
        verdict=str(verdict),
    )
