"""The executive summary: what got better and worse, what it costs, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from perfsite.report import wording
from perfsite.report.actions import MOST_ACTIONS, actions_of
from perfsite.report.costs import cost_rows
from perfsite.report.differences import FINDINGS
from perfsite.report.months import month_chart, months_of
from perfsite.report.movers import MOST_MOVERS, by_commit
from perfsite.report.quality import LEAST_COST
from perfsite.report.release_words import headline_text
from perfsite.report.spans import span_of_days
from perfsite.report.summary_rows import MOST_GROUPS, group_rows, mover_row
from perfsite.report.summary_views import PeriodView, SummaryView

if TYPE_CHECKING:
    from perfsite.report.context import Context
    from perfsite.report.differences import Difference
    from perfsite.report.spans import Span
    from perfsite.report.summary_views import MoverRow
    from perfsite.report.views import OverviewView

MOST_INCIDENTS: Final = 5


def summary_view(context: Context, overview: OverviewView, span: Span | None = None) -> SummaryView:
    """Return the summary of a site; `span` is what it tells the changes of, the last thirty days where it is None."""
    chosen = span or span_of_days(context)
    found = context.since(chosen.start)
    worse, better = (found.numbers_of(verdict) for verdict in FINDINGS)
    groups = group_rows(context, found)
    actions = actions_of(context)
    months = months_of(context)
    open_lines = context.incidents.open_lines()
    return SummaryView(
        title=context.judged.title,
        sentence=overview.sentence,
        state=overview.state,
        period=(period := _period(context, chosen, found)),
        basis=_basis(period),
        changed=_changed(context, found),
        release=_release(context, chosen),
        incidents=tuple(open_lines[:MOST_INCIDENTS]),
        open_incidents=len(open_lines),
        worse=_movers(context, found, worse),
        worse_count=len(worse),
        better=_movers(context, found, better),
        better_count=len(better),
        suspected=sum(number in found.suspected for number in (*worse, *better)),
        groups=groups[:MOST_GROUPS],
        groups_rest=max(len(groups) - MOST_GROUPS, 0),
        costs=cost_rows(context, found),
        actions=actions[:MOST_ACTIONS],
        actions_rest=max(len(actions) - MOST_ACTIONS, 0),
        idle=_idle(overview),
        months=months,
        chart=month_chart(months),
        quality=tuple(_quality(context, overview)),
    )


def _movers(context: Context, found: Difference, numbers: list[int]) -> tuple[MoverRow, ...]:
    grouped = by_commit(found, numbers)[:MOST_MOVERS]
    return tuple(mover_row(context, found, mine[0], others=len(mine) - 1) for mine in grouped)


def _period(context: Context, span: Span, found: Difference) -> PeriodView:
    inside = [position for position in context.trend_commits if position > span.start]
    trend, compared = context.trend_commits, len(found.compared)
    living = [one for one in context.timeline.series if len(one) and not context.is_retired(one)]
    new = sum(int(one.commits[0]) > span.start for one in living)
    return PeriodView(
        title=span.title,
        start=context.refs[span.start] if span.start >= 0 else None,
        end=context.refs[trend[-1]] if trend else None,
        commits=len(inside),
        runs=sum(len(context.runs_at.get(position, ())) for position in inside),
        compared=compared,
        new=new,
        apart=max(len(living) - new - compared, 0),
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


def _changed(context: Context, found: Difference) -> str:
    """Return what the period did to the series, in one sentence."""
    compared = len(found.compared)
    if not compared:
        return "Nothing can be compared: no series was measured both before and since."
    moved = [(found.numbers_of(verdict), word) for verdict, word in zip(FINDINGS, ("worse", "better"), strict=True)]
    among = f"{wording.plural(compared, 'series', 'series')} that compare"
    parts = [f"{wording.count_text(len(numbers))} got {word}" for numbers, word in moved if numbers]
    text = f"Of {among}, {' and '.join(parts) if parts else 'none changed its level for sure'}"
    if suspected := sum(number in found.suspected for numbers, _ in moved for number in numbers):
        text += f" ({wording.count_text(suspected)} of them as only the newest runs show)"
    mean = headline_text(context.means.headline(found))
    return f"{text}. On the whole: {mean}." if mean else f"{text}."


def _release(context: Context, span: Span) -> str:
    """Return what changed since the newest release that has something after it; empty where the span is just that."""
    newest = context.trend_commits[-1] if context.trend_commits else -1
    released = [(position, name) for position, name in context.timeline.releases if position < newest]
    if not released or released[-1][0] == span.start:
        return ""
    position, name = released[-1]
    found = context.since(position)
    if not len(found.compared):
        return ""
    ref = context.refs[position]
    when = f" ({ref.date})" if ref.date else ""
    told = _changed(context, found)
    return f"Since {wording.short_name(name, 60)}{when}: {told[:1].lower()}{told[1:]}"


def _idle(overview: OverviewView) -> str:
    """Return why there is nothing to do."""
    counts = overview.counts
    if not counts.total:
        return overview.step.text if overview.step else ""
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
