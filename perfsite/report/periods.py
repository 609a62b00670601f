"""What changed lately, for the overview: in the week before the newest commit, and since the last release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfsite.model.findings import Verdict
from perfsite.report import wording
from perfsite.report.movers import MOST_MOVERS, by_commit, mover_rows
from perfsite.report.overview_views import PeriodView
from perfsite.report.slug import release_url
from perfsite.report.spans import DAYS, WEEK, start_of_days

if TYPE_CHECKING:
    from perfsite.report.context import Context
    from perfsite.report.differences import Difference
    from perfsite.report.views import CommitRef


def periods(context: Context) -> tuple[PeriodView, ...]:
    """Return what changed this week and since the last release; none where nothing was measured.

    Where the newest commit is a release, it is compared with the release before it. Without a release, the last 30 days
    stand beside the week, if they hold more.
    """
    trend = context.trend_commits
    if not trend:
        return ()
    week, head = start_of_days(context, WEEK), context.refs[trend[-1]]
    told = [_period(context, "week", "This week", f"the 7 days up to {head.date}" if head.date else "", week)]
    return (*told, *_longer(context, week))


def _longer(context: Context, week: int) -> list[PeriodView]:
    newest, head = context.trend_commits[-1], context.refs[context.trend_commits[-1]]
    released = [i for i, (at, _) in enumerate(context.timeline.releases) if at <= newest]
    if not released:
        month = start_of_days(context, DAYS)
        return [_period(context, "month", "Last 30 days", f"up to {head.date}", month)] if month < week else []
    releases, last = context.timeline.releases, released[-1]
    at, tag = releases[last]
    name, old = wording.short_name(tag, 40), context.releases.previous[last]
    if at < newest:
        return [_period(context, "release", f"Since {name}", _released(context, at), at, tag)]
    if old is None:
        return []
    at, before = releases[old]
    span = f"against {wording.short_name(before, 40)}, {_released(context, at)}"
    return [_period(context, "release", f"In {name}", span, at, tag)]


def _released(context: Context, at: int) -> str:
    date = context.refs[at].date
    return f"released {date}" if date else ""


def _period(context: Context, name: str, title: str, span: str, start: int, tag: str = "") -> PeriodView:
    found = context.since(start)
    worse, better = found.numbers_of(Verdict.REGRESSION), found.numbers_of(Verdict.IMPROVEMENT)
    trend = context.trend_commits
    measured = sum(at > start for at in trend)
    falls, rises = (mover_rows(context, found, by_commit(found, one)[:MOST_MOVERS]) for one in (worse, better))
    return PeriodView(
        name=name,
        title=title,
        span=" · ".join(part for part in (span, wording.plural(measured, "measured commit")) if part),
        sentence=_sentence(found, len(worse), len(better)),
        state="regression" if worse else "improvement" if better else "no-change",
        worse=len(worse),
        better=len(better),
        unsure=len(found.numbers_of(Verdict.UNSURE)),
        back=found.came_back(),
        added=len(found.added),
        gone=len(found.removed),
        falls=falls,
        rises=rises,
        left_out=tuple(sorted(found.left_out.items())),
        base=_base(context, start),
        head=context.refs[trend[-1]],
        release_url=release_url(tag) if tag else "",
    )


def _base(context: Context, start: int) -> CommitRef | None:
    trend = context.trend_commits
    # A release need not have been measured on the trend itself: the commit before it then stands for it.
    known = [one for one in trend if one <= start]
    return context.refs[known[-1]] if known and known[-1] != trend[-1] else None


def _sentence(found: Difference, worse: int, better: int) -> str:
    if worse or better:
        counted = [(worse, "worse"), (better, "better")]
        first, *more = [(count, word) for count, word in counted if count]
        head = f"{wording.plural(first[0], 'series', 'series')} {first[1]}"
        return ", ".join([head, *(f"{wording.count_text(count)} {word}" for count, word in more)])
    if found.left_out and not len(found.compared):
        return "Nothing can be compared"
    if found.came_back():
        return "Back to where it was"
    return "Nothing changed for sure" if found.numbers_of(Verdict.UNSURE) else "Nothing changed"
