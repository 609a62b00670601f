"""What changes and noise cost, in words that need no benchmark to be known: added up, averaged, used up."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.analysis.geometric import geometric_mean
from perfsite.model.budget import BudgetState
from perfsite.model.findings import Verdict
from perfsite.model.run import Direction
from perfsite.model.units import format_pair, format_value
from perfsite.report import wording
from perfsite.report.differences import SURE
from perfsite.report.levels import SIGNS
from perfsite.report.means import averaged
from perfsite.report.quality import LEAST_COST
from perfsite.report.release_words import mean_state, mean_text
from perfsite.report.summary_views import CostRow, Estimate
from perfsite.report.table import REGRESSION

if TYPE_CHECKING:
    from perfsite.model.budget import BudgetFinding
    from perfsite.report.context import Context
    from perfsite.report.differences import Difference
    from perfsite.report.means import Family

MOST_COSTS: Final = 6
SUMMED: Final = ("s", "B")
"""Units of which a whole suite is the sum: each benchmark run once takes so long, and so much memory."""
DURATIONS: Final = frozenset({"time", "real_time", "cpu_time", "wall_time", "duration"})
"""Metrics of which one can say that a benchmark takes so long."""
Kind = tuple[str, str, str]


def cost_rows(context: Context, found: Difference) -> tuple[CostRow, ...]:
    """Return what the difference costs, what open regressions cost, then budgets and data quality."""
    grouped: dict[Family, list[int]] = {}
    for number in averaged(found).tolist():
        if context.levels.signs[number]:
            grouped.setdefault(context.levels.families[number], []).append(number)
    rows = [
        (_sum if family[1] in SUMMED and family[2] == Direction.LOWER else _mean)(context, found, family, numbers)
        for family, numbers in sorted(grouped.items())
    ]
    rows.sort(key=lambda row: (row.state == Verdict.NO_CHANGE, -abs(row.change.value) if row.change else 0.0))
    return (*rows[:MOST_COSTS], *_standing(context), *_budgets(context), *_quality(context))


def _sum(context: Context, found: Difference, family: Family, numbers: Sequence[int]) -> CostRow:
    """Return what one run of everything takes more or less.

    Errors have a part of their own and one that all benchmarks of a run share, as those of geometric means.
    """
    metric, unit, _, environment = family
    thens, nows = np.exp(found.old.logs[numbers]), np.exp(found.new.logs[numbers])
    then, now = math.fsum(thens), math.fsum(nows)
    parts, share = thens / then * found.errors[numbers], context.levels.together[family]
    error = math.sqrt((1 - share) * float((parts**2).sum()) + share * float(parts.sum()) ** 2)
    value = now / then - 1
    change = Estimate(value=value, lower=value - SURE * error, upper=value + SURE * error)
    size = format_value(abs(now - then), unit)
    subject = "One run of everything takes" if metric in DURATIONS else "Added up over everything it is"
    if change.is_beyond_noise:
        sentence = f"{subject} {size} {'more' if value > 0 else 'less'} ({change.text})."
    else:
        sentence = f"{subject} as much as before, as far as the noise tells."
    both = " → ".join(format_pair(then, now, unit))
    return CostRow(
        kind="sum",
        what=_subject(metric, environment),
        sentence=sentence,
        note=_note(f"{both}, {wording.plural(len(numbers), 'series', 'series')} added up", change),
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
    return f"{what}; {change.interval} with 95 % confidence" if change.interval else f"{what}; its noise is not known"


def _state(change: Estimate) -> str:
    if not change.is_beyond_noise:
        return str(Verdict.NO_CHANGE)
    return str(Verdict.REGRESSION if change.value > 0 else Verdict.IMPROVEMENT)


def _mean(context: Context, found: Difference, family: Family, numbers: Sequence[int]) -> CostRow:
    metric, unit, direction, environment = family
    mean = geometric_mean(found.logs[numbers], found.errors[numbers], context.levels.together[family])
    state = mean_state(mean, SIGNS[direction])
    change = Estimate(value=mean.delta, lower=mean.lower, upper=mean.upper)
    if state in (Verdict.REGRESSION, Verdict.IMPROVEMENT):
        size = mean_text(abs(mean.delta)).lstrip("+±")
        sentence = f"It is {size} {'worse' if state == Verdict.REGRESSION else 'better'} on average."
    else:
        sentence = "It is as good as before, as far as the noise tells."
    return CostRow(
        kind="rate",
        what=_subject(metric, environment),
        sentence=sentence,
        note=_note(f"geometric mean of {wording.plural(len(numbers), 'series', 'series')}", change),
        state=state,
        url="",
        unit=unit,
        change=change,
    )


def _standing(context: Context) -> Iterator[CostRow]:
    """Yield what the regressions that stand cost against their baselines, where that can be added up."""
    found: dict[Kind, list[tuple[float, float]]] = {}
    for number, series in enumerate(context.timeline.series):
        if (
            not len(series)
            or series.unit not in SUMMED
            or context.levels.signs[number] < 1
            or context.is_retired(series)
        ):
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
