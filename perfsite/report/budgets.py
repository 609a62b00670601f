"""Budgets and the figures of services as views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from perfsite.model.budget import BudgetState, Limit
from perfsite.model.units import format_value
from perfsite.report import wording
from perfsite.report.slug import benchmark_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.model.budget import Attainment, BudgetFinding, IndicatorFinding
    from perfsite.report.context import Context
    from perfsite.report.views import CommitRef

STATE_WORDS: Final = {
    BudgetState.MISSED: "missed",
    BudgetState.AT_RISK: "at risk",
    BudgetState.MET: "met",
    BudgetState.UNKNOWN: "not measured",
}
_VERDICTS: Final = {
    BudgetState.MISSED: "regression",
    BudgetState.AT_RISK: "unsure",
    BudgetState.MET: "improvement",
    BudgetState.UNKNOWN: "no-change",
}
_URGENCY: Final = tuple(STATE_WORDS)
MOST_ROWS: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareBar:
    """What share of a window's points kept to a limit: `days` and `text` in words, `percent` 0..100 for the bar.

    `is_own` marks the budget's own window, over which the target holds.
    """

    days: str
    text: str
    percent: float
    is_own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetRow:
    """One series towards one budget, worded; `state` is a verdict's name, for its colour.

    `bars` are the windows that have a point, shortest first; `target_percent` is where their target stands, 0..100;
    `is_burning` tells that misses come faster than allowed.
    """

    name: str
    benchmark: str
    url: str
    parameters: str
    metric: str
    environment: str
    limit: str
    current: str
    headroom: str
    attainment: str
    attainment_of: str
    bars: tuple[ShareBar, ...]
    target_percent: float
    remaining: str
    burn: str
    is_burning: bool
    state: str
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """One figure of a service in one environment; `budget` is None where it has no limit."""

    name: str
    environment: str
    current: str
    delta: str
    noise: str
    verdict: str
    members: str
    commit: CommitRef | None
    budget: BudgetRow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceView:
    """A service: its figures, and the budgets that name it."""

    name: str
    figures: tuple[FigureRow, ...]
    rows: tuple[BudgetRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetsView:
    """The page of budgets: worst first; `counts` are (word, verdict name, how many) of all budgets."""

    sentence: str
    counts: tuple[tuple[str, str, int], ...]
    services: tuple[ServiceView, ...]
    rows: tuple[BudgetRow, ...]
    rest: int
    unmeasured: int
    """Series that a budget selects and its window has no point of: listed nowhere."""


def budgets_view(context: Context) -> BudgetsView:
    """Return the page of budgets; without any it says how to set one."""
    budgeted = context.judged.budgeted
    rows = sorted(budgeted.budgets, key=_urgency)
    everything = [*rows, *(one.budget for one in budgeted.indicators if one.budget is not None)]
    counts = {state: sum(one.state is state for one in everything) for state in STATE_WORDS}
    names = sorted({one.budget.service for one in rows} | {one.indicator.service for one in budgeted.indicators})
    plain = [one for one in rows if not one.budget.service and one.state is not BudgetState.UNKNOWN]
    return BudgetsView(
        sentence=_sentence(counts),
        counts=tuple((STATE_WORDS[state], _VERDICTS[state], count) for state, count in counts.items() if count),
        services=tuple(_service(context, name, rows) for name in names if name),
        rows=tuple(_row(one) for one in plain[:MOST_ROWS]),
        rest=max(0, len(plain) - MOST_ROWS),
        unmeasured=sum(one.state is BudgetState.UNKNOWN for one in rows),
    )


def _service(context: Context, name: str, rows: Sequence[BudgetFinding]) -> ServiceView:
    figures = [one for one in context.judged.budgeted.indicators if one.indicator.service == name]
    return ServiceView(
        name=wording.short_name(name),
        figures=tuple(_figure(context, one) for one in figures),
        rows=tuple(_row(one) for one in rows if one.budget.service == name and one.state is not BudgetState.UNKNOWN),
    )


def _figure(context: Context, finding: IndicatorFinding) -> FigureRow:
    return FigureRow(
        name=wording.short_name(finding.indicator.name),
        environment=finding.environment,
        current=format_value(finding.current, finding.unit),
        delta=wording.delta_text(finding.delta),
        noise=wording.noise_text(finding.noise_floor),
        verdict=str(finding.verdict),
        members=f"{finding.indicator.combine} of {finding.members}" if finding.members > 1 else "",
        commit=context.refs[finding.commit] if finding.commit >= 0 else None,
        budget=None if finding.budget is None else _row(finding.budget),
    )


def _row(finding: BudgetFinding) -> BudgetRow:
    limit = finding.budget.limit
    own = next(one for one in finding.attainments if one.days == limit.window_days)
    return BudgetRow(
        name=wording.short_name(finding.budget.name),
        benchmark=finding.key.benchmark,
        url=benchmark_url(finding.key.benchmark),
        parameters=finding.key.parameter_text,
        metric=finding.key.metric,
        environment=finding.key.environment,
        limit=limit_text(limit, finding.unit),
        current=format_value(finding.current, finding.unit),
        headroom=_headroom_text(finding.headroom),
        attainment=share_text(own.share),
        attainment_of=_of_text(own, limit),
        bars=tuple(
            ShareBar(
                days=f"{one.days} days",
                text=share_text(one.share),
                percent=round(100 * one.share, 1),
                is_own=one is own,
            )
            for one in finding.attainments
            if one.share is not None
        ),
        target_percent=round(100 * limit.target, 1),
        remaining=_remaining_text(finding.remaining, limit),
        burn="" if finding.burn is None else f"burning {finding.burn:.1f}× as fast as allowed" if finding.burn else "",
        is_burning=finding.burn is not None and finding.burn > 1,
        state=_VERDICTS[finding.state],
        word=STATE_WORDS[finding.state],
    )


def limit_text(limit: Limit, unit: str) -> str:
    """Return a limit in words: `at most 250 ms`, `80 to 120 MB`.

    Examples
    --------
    >>> limit_text(Limit(highest=0.25), "s"), limit_text(Limit(lowest=100.0), "1/s")
    ('at most 250 ms', 'at least 100/s')
    """
    low, high = (None if bound is None else format_value(bound, unit) for bound in (limit.lowest, limit.highest))
    if low and high:
        return f"{low} to {high}"
    return f"at most {high}" if high else f"at least {low}"


def share_text(share: float | None) -> str:
    """Return a share in percent that is 100 only where it is exactly that.

    Examples
    --------
    >>> share_text(1.0), share_text(0.99996), share_text(0.5), share_text(None)
    ('100 %', '99.9 %', '50.0 %', '–')
    """
    if share is None:
        return wording.NONE
    if share == 1:
        return "100 %"
    return f"{min(share * 100, 99.9):.1f} %"


def _of_text(own: Attainment, limit: Limit) -> str:
    if not own.points:
        return f"nothing measured in {own.days} days"
    told = f"{own.within} of {wording.plural(own.points, 'point')} in {own.days} days"
    if own.points < 30:
        told += f"; {share_text(own.lower)} to {share_text(own.upper)} with 95 % confidence"
    return f"target {share_text(limit.target)}; {told}"


def _headroom_text(headroom: float | None) -> str:
    if headroom is None:
        return ""
    size = wording.delta_text(abs(headroom)).lstrip("+±")
    return f"{size} within" if headroom >= 0 else f"{size} beyond"


def _remaining_text(remaining: float | None, limit: Limit) -> str:
    if remaining is None:
        return ""
    if limit.target >= 1:
        return "" if remaining > 0 else "no miss is allowed"
    return f"{share_text(remaining)} of the allowed misses left" if remaining >= 0 else "more misses than allowed"


def _sentence(counts: dict[BudgetState, int]) -> str:
    total = sum(counts.values())
    if not total:
        return "No budget is set."
    missed, risk = counts[BudgetState.MISSED], counts[BudgetState.AT_RISK]
    if missed:
        more = f", {wording.count_text(risk)} at risk" if risk else ""
        return f"{wording.count_text(missed)} of {wording.plural(total, 'budget')} missed{more}."
    if risk:
        return f"{wording.count_text(risk)} of {wording.plural(total, 'budget')} at risk, none missed."
    return f"All {wording.plural(total, 'budget')} met." if total > 1 else "The one budget is met."


def _urgency(finding: BudgetFinding) -> tuple[int, float, str, str, str]:
    key = finding.key
    left = finding.remaining if finding.remaining is not None else 1.0
    return (_URGENCY.index(finding.state), left, key.benchmark, key.metric, f"{key.environment} {key.parameters}")
