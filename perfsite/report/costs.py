"""What changes and noise cost, in words that need no benchmark to be known: added up, averaged, used up."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from perfsite.model.budget import BudgetState
from perfsite.model.findings import Verdict
from perfsite.model.units import format_value
from perfsite.report import wording
from perfsite.report.quality import LEAST_COST
from perfsite.report.spans import REACH, combined, geometric_mean, worse
from perfsite.report.summary_views import CostRow, Estimate
from perfsite.report.table import REGRESSION

if TYPE_CHECKING:
    from perfsite.model.budget import BudgetFinding
    from perfsite.report.context import Context
    from perfsite.report.spans import Move, Moves

MOST_COSTS: Final = 6
SUMMED: Final = ("s", "B")
"""Units of which a whole suite is the sum: each benchmark run once takes so long, and so much memory."""
DURATIONS: Final = frozenset({"time", "real_time", "cpu_time", "wall_time", "duration"})
"""Metrics of which one can say that a benchmark takes so long."""
Kind = tuple[str, str, str]


def cost_rows(context: Context, moves: Moves) -> tuple[CostRow, ...]:
    """Return what the moves cost, what open regressions cost, then budgets and data quality."""
    grouped: dict[Kind, list[Move]] = {}
    for number, move in moves.moves.items():
        series = context.timeline.series[number]
        if worse(context, number):
            grouped.setdefault((series.key.metric, series.unit, series.key.environment), []).append(move)
    rows = [
        row
        for kind, members in sorted(grouped.items())
        if (row := (_sum if _is_summed(context, kind, members) else _mean)(context, kind, members)) is not None
    ]
    rows.sort(key=lambda row: (row.state == Verdict.NO_CHANGE, -abs(row.change.value) if row.change else 0.0))
    return (*rows[:MOST_COSTS], *_standing(context), *_budgets(context), *_quality(context))


def _is_summed(context: Context, kind: Kind, members: Sequence[Move]) -> bool:
    """Whether a suite is the sum of its series: times and sizes that are better low, and none below zero."""
    return kind[1] in SUMMED and all(worse(context, move.number) > 0 and move.then >= 0 <= move.now for move in members)


def _sum(_context: Context, kind: Kind, members: Sequence[Move]) -> CostRow | None:
    metric, unit, environment = kind
    then, now = math.fsum(move.then for move in members), math.fsum(move.now for move in members)
    if then <= 0:
        return None
    told = [move for move in members if math.isfinite(move.ratio)]
    _, error = combined(told, [move.then / then for move in told])
    value = now / then - 1
    change = Estimate(value=value, lower=value - REACH * error, upper=value + REACH * error)
    size = format_value(abs(now - then), unit)
    subject = "One run of everything takes" if metric in DURATIONS else "Added up over everything it is"
    if change.is_beyond_noise:
        sentence = f"{subject} {size} {'more' if value > 0 else 'less'} ({change.text})."
    else:
        sentence = f"{subject} as much as before, as far as the noise tells."
    both = f"{format_value(then, unit)} → {format_value(now, unit)}"
    return CostRow(
        kind="sum",
        what=_subject(metric, environment),
        sentence=sentence,
        note=_note(f"{both}, {wording.plural(len(members), 'series', 'series')} added up", change),
        state=_state(change),
        url="",
        unit=unit,
        then=then,
        now=now,
        change=change,
    )


def _subject(metric: str, environment: str) -> str:
    return f"{wording.short_name(metric, 40)} in {wording.short_name(environment, 60)}"


def _note(what: str, change: Estimate) -> str:
    if not change.is_beyond_noise and change.interval:
        return f"{what}; {change.text} cannot be told from chance ({change.interval})"
    return f"{what}; {change.interval} with 99 % confidence" if change.interval else f"{what}; its noise is not known"


def _state(change: Estimate) -> str:
    if not change.is_beyond_noise:
        return str(Verdict.NO_CHANGE)
    return str(Verdict.REGRESSION if change.value > 0 else Verdict.IMPROVEMENT)


def _mean(context: Context, kind: Kind, members: Sequence[Move]) -> CostRow | None:
    metric, unit, environment = kind
    change = geometric_mean(context, members)
    if change is None:
        return None
    if change.is_beyond_noise:
        size = wording.delta_text(abs(change.value)).lstrip("+±")
        sentence = f"It is {size} {'worse' if change.value > 0 else 'better'} on average."
    else:
        sentence = "It is as good as before, as far as the noise tells."
    note = _note(f"geometric mean of {wording.plural(len(members), 'series', 'series')}, + is worse", change)
    return CostRow(
        kind="rate",
        what=_subject(metric, environment),
        sentence=sentence,
        note=note,
        state=_state(change),
        url="",
        unit=unit,
        change=change,
    )


def _standing(context: Context) -> Iterator[CostRow]:
    """Yield what the regressions that stand cost against their baselines, where that can be added up."""
    found: dict[Kind, list[tuple[float, float]]] = {}
    for number, series in enumerate(context.timeline.series):
        if not len(series) or series.unit not in SUMMED or worse(context, number) < 1 or context.is_retired(series):
            continue
        judgement = context.judged.judgements[number]
        level, baseline = float(judgement.levels[-1]), float(judgement.baselines[-1])
        if judgement.verdicts[-1] == REGRESSION and math.isfinite(level) and level > baseline > 0:
            kind = (series.key.metric, series.unit, series.key.environment)
            found.setdefault(kind, []).append((baseline, level))
    sized = sorted(found.items(), key=lambda one: (one[0][1] != "s", -sum(b - a for a, b in one[1]), one[0]))
    for (metric, unit, environment), pairs in sized[:2]:
        then, now = (math.fsum(side) for side in zip(*pairs, strict=True))
        yield CostRow(
            kind="standing",
            what=_subject(metric, environment),
            sentence=f"What stands regressed costs {format_value(now - then, unit)} each time everything runs once.",
            note=f"{wording.plural(len(pairs), 'series', 'series')}: {format_value(then, unit)} at their baselines, "
            f"{format_value(now, unit)} at their levels now",
            state=str(Verdict.REGRESSION),
            url="incidents/",
            unit=unit,
            then=then,
            now=now,
        )


def budgets_of(context: Context) -> list[BudgetFinding]:
    """Return every budget, of series and of services' figures."""
    budgeted = context.judged.budgeted
    return [*budgeted.budgets, *(one.budget for one in budgeted.indicators if one.budget is not None)]


def _budgets(context: Context) -> Iterator[CostRow]:
    found = budgets_of(context)
    counts: Mapping[BudgetState, int] = {state: sum(one.state is state for one in found) for state in BudgetState}
    missed, risk = counts[BudgetState.MISSED], counts[BudgetState.AT_RISK]
    if not missed and not risk:
        return
    total = wording.plural(len(found) - counts[BudgetState.UNKNOWN], "budget")
    parts = [f"{wording.count_text(missed)} missed"] if missed else []
    parts += [f"{wording.count_text(risk)} at risk"] if risk else []
    burn = max((one.burn for one in found if one.burn is not None), default=0.0)
    yield CostRow(
        kind="budget",
        what="Budgets",
        sentence=f"{' and '.join(parts)}, of {total}.",
        note=f"the fastest uses up its allowed misses {burn:.1f} times as fast as allowed" if burn > 1 else "",
        state=str(Verdict.REGRESSION if missed else Verdict.UNSURE),
        url="budgets/",
    )


def _quality(context: Context) -> Iterator[CostRow]:
    told = [one.quality for one in context.judged.in_depth.values() if one.quality is not None]
    dear = [quality for quality in told if quality.cost >= LEAST_COST]
    if not dear:
        return
    blind = sum(quality.least is not None and (quality.floor or 0) >= quality.least for quality in dear)
    hides = f"; {wording.count_text(blind)} of them hide what the owners want to know" if blind else ""
    yield CostRow(
        kind="quality",
        what="Data quality",
        sentence=f"{wording.count_text(len(dear))} of {wording.plural(len(told), 'series', 'series')} measure too "
        f"badly to be relied on{hides}.",
        note=f"quality cost {wording.count_text(round(math.fsum(quality.cost for quality in dear)))} per hundred runs: "
        "a blind run counts one, a false suspicion five, a level that came back ten",
        state=str(Verdict.UNSURE),
        url="quality/",
    )
