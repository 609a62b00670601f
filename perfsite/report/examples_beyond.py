"""Worked examples beyond one comparison: machines, drift, quality, incidents, budgets."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from perfsite.analysis.quality import COST_OF_BLIND, COST_OF_GAP, COST_OF_RETURN, COST_OF_SUSPICION
from perfsite.incidents.rank import HALF_LIFE_DAYS
from perfsite.model.findings import Verdict
from perfsite.model.units import format_value
from perfsite.report import wording
from perfsite.report.budgets import limit_text, share_text
from perfsite.report.environments import environment_url
from perfsite.report.example_views import ExampleView, Step
from perfsite.report.means import averaged
from perfsite.report.slug import benchmark_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.model.budget import Attainment, BudgetFinding
    from perfsite.model.incident import Incident
    from perfsite.model.quality import Quality
    from perfsite.report.context import Context
    from perfsite.report.means import GroupMean
    from perfsite.report.release_views import ReleaseRef

MOST_RELEASES: Final = 5
"""Newest releases among which an example is looked for."""
MOST_RATIOS: Final = 6
"""Most ratios that a reader multiplies."""


def machine(context: Context) -> ExampleView | None:
    """Return the newest run at which most benchmarks of an environment moved alike."""
    if not context.judged.shifts:
        return None
    shift = max(context.judged.shifts, key=lambda one: (one.commit, one.environment))
    ref = context.refs[shift.commit]
    return ExampleView(
        subject=wording.short_name(shift.environment),
        url=environment_url(shift.environment),
        where=f"at {ref.short} ({ref.date})",
        steps=(
            Step(name="Could have shown it", value=wording.plural(shift.among, "benchmark")),
            Step(
                name="Moved alike",
                value=wording.plural(shift.moved, "benchmark"),
                how=f"{shift.moved} of {shift.among} = {shift.moved / shift.among:.0%}, at least 67 %".replace(
                    "%", " %"
                ),
            ),
            Step(
                name="Common shift",
                value=wording.delta_text(shift.delta),
                how="no longer laid at the code’s door, as far as each went with it",
            ),
        ),
    )


def drift(context: Context) -> ExampleView | None:
    """Return the surest drift."""
    found = [
        (one.slow.drift.chance, number) for number, one in sorted(context.judged.in_depth.items()) if one.slow.drift
    ]
    if not found:
        return None
    number = min(found)[1]
    told = context.judged.in_depth[number].slow.drift
    assert told is not None
    return ExampleView(
        subject=context.series_text(number),
        url=context.urls[number],
        where=f"over the newest {told.points} points",
        steps=(
            Step(
                name="Drift",
                value=wording.delta_text(told.delta),
                how=f"median slope of all pairs, over {wording.plural(told.commits, 'measured commit')}",
            ),
            Step(name="Interval", value=wording.interval_text(told.lower, told.upper) or wording.NONE, how="95 %"),
            Step(name="Chance", value=f"{told.chance:.2g}", how="how often noise alone would pass both tests"),
        ),
        verdict=str(told.verdict),
    )


def quality(context: Context) -> ExampleView | None:
    """Return what the dearest series costs, summand by summand."""
    told = [(one.quality.cost, -number) for number, one in context.judged.in_depth.items() if one.quality is not None]
    dearest = max(told, default=(0.0, 0))
    if dearest[0] <= 0:
        return None
    number = -dearest[1]
    found = context.judged.in_depth[number].quality
    assert found is not None
    parts = cost_parts(found)
    sums = " + ".join(f"{part:.1f}" for _, part, _ in parts)
    return ExampleView(
        subject=context.series_text(number),
        url=context.urls[number],
        where=f"over its newest {found.points} runs",
        steps=(
            *(Step(name=name, value=f"{part:.1f}", how=how) for name, part, how in parts),
            Step(name="Cost of a hundred runs", value=f"{found.cost:.0f}", how=f"{sums} = {found.cost:.1f}"),
        ),
    )


def cost_parts(found: Quality) -> list[tuple[str, float, str]]:
    """Return what a series costs per hundred runs: (what, how much, how it is worked out); nothing that is free."""
    parts = []
    shares = (
        ("Runs that could not tell", COST_OF_BLIND, found.blind, found.points),
        ("Outliers", COST_OF_SUSPICION, found.suspicions, found.points),
        ("Runs without it", COST_OF_GAP, found.failed + found.missing, found.runs),
    )
    for name, weight, count, of in shares:
        if count and of:
            parts.append((name, weight * 100 * count / of, f"{count} of {of} runs × 100 × {weight:g}"))
    if found.flapping is not None:
        returns = found.flapping.returns
        parts.append(("Levels that came back", COST_OF_RETURN * returns, f"{returns} × {COST_OF_RETURN:g}"))
    return parts


def incident(context: Context) -> ExampleView | None:
    """Return how the rank of the first incident is made."""
    ranked = [one for one in context.judged.incidents if one.rank > 0 and math.isfinite(one.rank)]
    if not ranked:
        return None
    first = max(ranked, key=lambda one: (one.is_open, one.confirmed, one.rank))
    line = context.incidents.lines[first.id]
    size, spread, recency = rank_factors(context, first)
    return ExampleView(
        subject=line.sentence,
        url=line.url,
        where=f"since {line.commit.short} ({line.commit.date})",
        steps=(
            Step(
                name="Size",
                value=f"{size:.3f}",
                how=f"log₂ of {1 + first.size:.3f}, the factor that is surely reached; at most 1",
            ),
            Step(name="Spread", value=f"{spread:.3f}", how="log₂ of one more than its benchmarks, and of where else"),
            Step(name="Recency", value=f"{recency:.3f}", how=_age_text(recency)),
            Step(name="Confidence", value=f"{first.confidence:.3f}", how="that one of its members at least is real"),
            Step(
                name="Rank",
                value=f"{first.rank:.1f}",
                how=f"100 × {size:.3f} × {spread:.3f} × {recency:.3f} × {first.confidence:.3f}",
            ),
        ),
    )


def rank_factors(context: Context, one: Incident) -> tuple[float, float, float]:
    """Return size, spread and recency of an incident, whose product with 100 and its confidence is its rank."""
    counting = one.standing or [m for m in one.members if m.verdict is Verdict.REGRESSION] or one.members
    keys = [context.timeline.series[member.series].key for member in counting]
    spread = (
        math.log2(1 + len({(key.benchmark, key.parameters) for key in keys}))
        + math.log2(len({key.environment for key in keys}))
        + math.log2(len({key.metric for key in keys}))
    )
    size = min(math.log2(1 + one.size), 1.0)
    whole = 100 * size * spread * one.confidence
    return size, spread, one.rank / whole if whole else 0.0


def _age_text(recency: float) -> str:
    if recency >= 0.9995:
        return "no time has passed since"
    days = round(timedelta(days=-math.log2(recency) * HALF_LIFE_DAYS) / timedelta(days=1))
    if recency < 0.1005:
        return "long ago: never less than a tenth"
    return f"halved every {HALF_LIFE_DAYS:g} days, {wording.plural(days, 'day')} ago"


def release(context: Context) -> ExampleView | None:
    """Return how the geometric mean of a group of a few series is made, at the newest release that has such a one."""
    releases = context.releases
    for i in reversed(range(len(releases.releases))[-MOST_RELEASES:]):
        old = releases.previous[i]
        if old is None:
            continue
        found = releases.compare(old, i)
        used = set(averaged(found).tolist())
        for group in context.means.of_groups(found):
            numbers = [
                number
                for number in context.groups[group.name]
                if number in used and context.levels.families[number] == group.family
            ]
            if 2 <= len(numbers) <= MOST_RATIOS:
                return _release(group, found.logs[numbers].tolist(), (releases.ref(old), releases.ref(i)))
    return None


def _release(group: GroupMean, logs: Sequence[float], refs: tuple[ReleaseRef, ReleaseRef]) -> ExampleView:
    old, new = refs
    metric, _, _, environment = group.family
    ratios = [f"{math.exp(one):.4f}" for one in logs]
    steps = [
        Step(name="Ratios", value=", ".join(ratios), how=f"level at {new.tag} ÷ level at {old.tag}, series by series"),
        Step(
            name="Geometric mean",
            value=wording.delta_text(group.mean.delta),
            how=f"({' × '.join(ratios)}) to the power of 1/{len(logs)} = {1 + group.mean.delta:.4f}",
        ),
    ]
    if interval := wording.interval_text(group.mean.lower, group.mean.upper):
        steps.append(Step(name="Interval", value=interval, how="what further benchmarks like these would show (95 %)"))
    return ExampleView(
        subject=f"{wording.short_name(group.name)} · {metric} · {environment}",
        url=new.url,
        where=f"{new.tag} against {old.tag}",
        steps=tuple(steps),
    )


def _own(found: BudgetFinding) -> Attainment | None:
    """Return the attainment of a budget's own window; None without a point in it."""
    days = found.budget.limit.window_days
    return next((one for one in found.attainments if one.days == days and one.points), None)


def budget(context: Context) -> ExampleView | None:
    """Return how a budget is counted: the first with a target, else the first that was measured."""
    measured = [one for one in context.judged.budgeted.budgets if _own(one) is not None]
    if not measured:
        return None
    found = next((one for one in measured if one.budget.limit.target < 1), measured[0])
    limit, own = found.budget.limit, _own(found)
    assert own is not None
    misses, allowed = own.points - own.within, own.points * (1 - limit.target)
    steps = [
        Step(
            name="Limit",
            value=limit_text(limit, found.unit),
            how=f"newest value {format_value(found.current, found.unit)}",
        ),
        Step(
            name="Kept",
            value=share_text(own.share),
            how=f"{own.within} of {wording.plural(own.points, 'point')} in {own.days} days",
        ),
    ]
    if limit.target < 1:
        steps.append(
            Step(
                name="Allowed misses",
                value=f"{allowed:.1f}",
                how=f"{own.points} × (100 % − {limit.target * 100:g} %); there were {misses}",
            )
        )
    if found.burn is not None:
        steps.append(Step(name="Burn", value=f"{found.burn:.1f}×", how="share missed in seven days ÷ share allowed"))
    steps.append(Step(name="State", value=str(found.state).replace("-", " ")))
    name = wording.short_name(found.budget.name)
    return ExampleView(
        subject=f"{name}: {wording.short_name(found.key.benchmark)} · {found.key.metric} · {found.key.environment}",
        url=benchmark_url(found.key.benchmark),
        where="",
        steps=tuple(steps),
    )
