"""Stretches of the history that end with its newest commit: a week, thirty days, since a day or a release."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from perfsite.report import wording

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from perfsite.model.run import Commit
    from perfsite.report.context import Context

WEEK: Final = 7
DAYS: Final = 30
LEAST_COMMITS: Final = 10
"""A summary of days that hold fewer measured commits is widened to so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The commits after position `start` (the last one of "then") up to the newest; `title` begins in lower case.

    `start` is -1 where nothing was measured.
    """

    start: int
    title: str


def newest_time(commits: Sequence[Commit], trend: Sequence[int]) -> datetime | None:
    """Return the newest time among the commits of the trend, positions: what stands for now; None: not known."""
    return max((time for at in trend if (time := commits[at].time) is not None), default=None)


def start_of_days(context: Context, days: int) -> int:
    """Return the last commit of the trend that is `days` older than the newest time; its first one where none is."""
    now = newest_time(context.timeline.commits, context.trend_commits)
    return _before(context, None if now is None else now - timedelta(days=days))


def span_of_days(context: Context, days: int = DAYS, *, least: int = LEAST_COMMITS) -> Span:
    """Return the newest `days` before the newest commit, widened where they hold fewer than `least` commits."""
    trend, title = context.trend_commits, f"the last {wording.plural(days, 'day')}"
    start = start_of_days(context, days)
    if not trend:
        return Span(start=start, title=title)
    held, most = sum(position > start for position in trend), min(least, len(trend) - 1)
    if held < most or newest_time(context.timeline.commits, trend) is None:
        return Span(start=trend[-1 - most], title=f"the newest {wording.plural(most, 'measured commit')}")
    if start == trend[0]:
        title = f"since the first run, {context.refs[start].date or context.refs[start].short}"
    return Span(start=start, title=title)


def span_since(context: Context, time: datetime) -> Span:
    """Return what came since a day."""
    return Span(start=_before(context, time), title=f"since {time.date().isoformat()}")


def span_of_release(position: int, name: str) -> Span:
    """Return what came after a release, which stands at a position."""
    return Span(start=position, title=f"since {wording.short_name(name, 60)}")


def _before(context: Context, time: datetime | None) -> int:
    """Return the newest commit of the trend from before a time; its first one where none is.

    The order is that of the commits: one that bears an older time but came later came since.
    """
    trend, commits = context.trend_commits, context.timeline.commits
    for position in reversed(trend):
        at = commits[position].time
        if at is not None and time is not None and at <= time:
            return position
    return trend[0] if trend else -1
