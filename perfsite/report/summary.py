"""The executive summary: what got better and worse, what it costs, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from perfsite.model.findings import Verdict
from perfsite.report import wording
from perfsite.report.actions import MOST_ACTIONS, actions_of
from perfsite.report.costs import cost_rows
from perfsite.report.months import month_chart, months_of
from perfsite.report.movers import MOST_GROUPS, MOST_MOVERS, groups_of, movers_of
from perfsite.report.quality import LEAST_COST
from perfsite.report.spans import geometric_mean, moves_of, span_of_days, span_of_release
from perfsite.report.summary_views import PeriodView, SummaryView

if TYPE_CHECKING:
    from perfsite.report.context import Context
    from perfsite.report.movers import Movers
    from perfsite.report.spans import Moves, Span
    from perfsite.report.views import OverviewView

MOST_INCIDENTS: Final = 5


def summary_view(context: Context, overview: OverviewView, span: Span | None = None) -> SummaryView:
    """Return the summary of a site; `span` is what it tells the changes of, the last thirty days where it is None."""
    chosen = span or span_of_days(context)
    moves = moves_of(context, chosen)
    movers = movers_of(context, moves)
    groups = groups_of(context, moves, movers)
    actions = actions_of(context)
    months = months_of(context)
    open_lines = context.incidents.open_lines()
    return SummaryView(
        title=context.judged.title,
        sentence=overview.sentence,
        state=overview.state,
        period=(period := _period(context, chosen, moves)),
        basis=_basis(period),
        changed=_changed(context, moves, movers),
        release=_release(context, chosen),
        incidents=tuple(open_lines[:MOST_INCIDENTS]),
        open_incidents=len(open_lines),
        worse=movers.worse[:MOST_MOVERS],
        worse_count=len(movers.worse),
        better=movers.better[:MOST_MOVERS],
        better_count=len(movers.better),
        suspected=movers.suspected,
        groups=groups[:MOST_GROUPS],
        groups_rest=max(len(groups) - MOST_GROUPS, 0),
        costs=cost_rows(context, moves),
        actions=actions[:MOST_ACTIONS],
        actions_rest=max(len(actions) - MOST_ACTIONS, 0),
        idle=_idle(overview),
        months=months,
        chart=month_chart(months),
        quality=tuple(_quality(context, overview)),
    )


def _period(context: Context, span: Span, moves: Moves) -> PeriodView:
    inside = [position for position in context.trend_commits if position > span.start]
    trend = context.trend_commits
    return PeriodView(
        title=span.title,
        start=context.refs[span.start] if span.start >= 0 else None,
        end=context.refs[trend[-1]] if trend else None,
        commits=len(inside),
        runs=sum(len(context.runs_at.get(position, ())) for position in inside),
        compared=len(moves.moves),
        new=moves.new,
        apart=moves.apart,
    )


def _basis(period: PeriodView) -> str:
    text = f"{wording.plural(period.commits, 'measured commit')}, {wording.plural(period.runs, 'run')}"
    if period.start is not None and period.end is not None:
        text += f", {period.start.short} ({period.start.date}) to {period.end.short} ({period.end.date})"
    left = [f"{wording.plural(period.new, 'series', 'series')} {'is' if period.new == 1 else 'are'} new"] * bool(
        period.new
    )
    if period.apart:
        left.append(f"{wording.count_text(period.apart)} cannot be compared: another machine, or not measured since")
    return f"{text}{''.join(f'; {one}' for one in left)}."


def _changed(context: Context, moves: Moves, movers: Movers) -> str:
    """Return what the period did to the series, in one sentence."""
    if not moves.moves:
        return "Nothing can be compared: no series was measured both before and since."
    bad = sum(verdict is Verdict.REGRESSION for verdict in movers.numbers.values())
    good = len(movers.numbers) - bad
    among = f"{wording.plural(len(moves.moves), 'series', 'series')} that compare"
    if not movers.numbers:
        text = f"Of {among}, none changed its level for sure"
    else:
        parts = [f"{wording.count_text(bad)} got worse"] if bad else []
        parts += [f"{wording.count_text(good)} got better"] if good else []
        text = f"Of {among}, {' and '.join(parts)}"
    if movers.suspected:
        text += f"; {wording.count_text(movers.suspected)} more may have, as only the newest runs show"
    mean = geometric_mean(context, list(moves.moves.values()))
    if mean is None or not mean.interval:
        return f"{text}."
    if not mean.is_beyond_noise:
        return f"{text}. On average nothing moved beyond the noise ({mean.interval})."
    size = wording.delta_text(abs(mean.value)).lstrip("+±")
    return (
        f"{text}. On average they are {size} {'worse' if mean.value > 0 else 'better'} ({mean.interval}, + is worse)."
    )


def _release(context: Context, span: Span) -> str:
    """Return what changed since the newest release that has something after it; empty where the span is just that."""
    newest = context.trend_commits[-1] if context.trend_commits else -1
    found = [(position, name) for position, name in context.timeline.releases if position < newest]
    if not found or found[-1][0] == span.start:
        return ""
    position, name = found[-1]
    moves = moves_of(context, span_of_release(position, name))
    if not moves.moves:
        return ""
    ref = context.refs[position]
    when = f" ({ref.date})" if ref.date else ""
    told = _changed(context, moves, movers_of(context, moves))
    return f"Since {wording.short_name(name, 60)}{when}: {told[:1].lower()}{told[1:]}"


def _idle(overview: OverviewView) -> str:
    """Return why there is nothing to do."""
    counts = overview.counts
    if not counts.total:
        return "Record a first run: `perfsite record FILE`."
    if counts.regression or counts.standing:
        return "Nothing yet: what the newest runs show, the next ones confirm or withdraw."
    return "Nothing needs anybody now."


def _quality(context: Context, overview: OverviewView) -> list[str]:
    """Return how far the data bears what is said above."""
    told = [one.quality for one in context.judged.in_depth.values() if one.quality is not None]
    runs, commits = wording.plural(overview.runs, "run"), wording.plural(overview.commits, "commit")
    lines = [f"{runs} of {commits}, {wording.plural(overview.measurements, 'measurement')}."]
    if told:
        good = sum(quality.cost < LEAST_COST for quality in told)
        lines.append(
            f"{wording.count_text(good)} of {wording.plural(len(told), 'series', 'series')} measure well enough."
        )
    if overview.missing_count:
        gone = wording.plural(overview.missing_count, "series", "series")
        lines.append(f"{gone} {'is' if overview.missing_count == 1 else 'are'} not measured any more.")
    if overview.problems:
        lines.append(
            f"{wording.plural(overview.problems, 'place')} of the history could not be read; the rest is unaffected."
        )
    return lines
