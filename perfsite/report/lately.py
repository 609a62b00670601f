"""What changed lately: in the week before the newest commit, and since the last release."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.model.findings import VERDICTS, Doubt, Stage, Verdict
from perfsite.model.units import format_value
from perfsite.report import wording
from perfsite.report.benchmarks import change_row, newest_row
from perfsite.report.overview_views import PeriodView
from perfsite.report.slug import release_url
from perfsite.report.windows import MONTH, WEEK, start_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from perfsite.model.findings import ChangePoint
    from perfsite.report.context import Context
    from perfsite.report.views import ChangeRow, CommitRef

MOST_MOVERS: Final = 5
"""Commits that a period names, for each way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What is left of all changes of one series in a period.

    `changes` are its change points there, oldest first; empty where only the newest point shows it. `delta` is a
    fraction with its 95 % interval `lower`..`upper` (NaN: not known), `commit` the position of the commit of the
    largest of them.
    """

    number: int
    commit: int
    changes: tuple[ChangePoint, ...]
    delta: float
    lower: float
    upper: float
    verdict: Verdict

    @property
    def size(self) -> float:
        """Return how large the move surely is: the nearer end of its interval as the size of its log."""
        ends = [abs(_log(self.lower)), abs(_log(self.upper))]
        sure = 0.0 if not (math.isfinite(self.lower) and self.lower * self.upper > 0) else min(ends)
        return sure if math.isfinite(sure) else 0.0


def periods(context: Context) -> tuple[PeriodView, ...]:
    """Return what changed this week and since the last release; none where nothing was measured.

    Where the newest commit is a release, it is compared with the release before it. Without a release, the last 30 days
    stand beside the week, if they hold more.
    """
    trend = context.trend_commits
    if not trend:
        return ()
    week = start_of(context.timeline.commits, trend, WEEK)
    head = context.refs[trend[-1]]
    told = [_period(context, "week", "This week", f"the 7 days up to {head.date}" if head.date else "", week)]
    released = [(at, tag) for at, tag in context.timeline.releases if at <= trend[-1]]
    if not released:
        month = start_of(context.timeline.commits, trend, MONTH)
        if month < week:
            told.append(_period(context, "month", "Last 30 days", f"up to {head.date}", month))
        return tuple(told)
    newest, tag = released[-1]
    name = wording.short_name(tag, 40)
    if newest < trend[-1]:
        told.append(_period(context, "release", f"Since {name}", _released(context, newest), newest, tag))
    elif len(released) > 1:
        older, before = released[-2]
        span = f"against {wording.short_name(before, 40)}, {_released(context, older)}"
        told.append(_period(context, "release", f"In {name}", span, older, tag))
    return tuple(told)


def _released(context: Context, at: int) -> str:
    date = context.refs[at].date
    return f"released {date}" if date else ""


def moves_since(context: Context, start: int) -> list[Move]:
    """Return what is left of the changes of every living series after a commit, a position, by number."""
    found = []
    for number, series in enumerate(context.timeline.series):
        if len(series) and int(series.commits[-1]) > start and not context.is_retired(series):
            move = _move(context, number, start)
            if move is not None:
                found.append(move)
    return found


def _move(context: Context, number: int, start: int) -> Move | None:
    series, judgement = context.timeline.series[number], context.judged.judgements[number]
    changes: list[ChangePoint] = []
    for change in reversed(judgement.change_points):
        if int(series.commits[change.index]) <= start:
            break
        if change.verdict is not Verdict.NO_CHANGE:
            changes.append(change)
    if changes:
        return _net(number, tuple(reversed(changes)), series.commits)
    verdict = VERDICTS[int(judgement.verdicts[-1])]
    if verdict not in (Verdict.REGRESSION, Verdict.IMPROVEMENT):
        return None
    since = int(judgement.since[-1])
    if since < 0:
        # Since when it is better nobody notes: it is from where all points up to the newest are called so.
        others = np.flatnonzero(judgement.verdicts != judgement.verdicts[-1])
        since = int(others[-1]) + 1 if len(others) else 0
    commit = int(series.commits[since])
    if commit <= start:
        return None
    delta, nan = float(judgement.deltas[-1]), math.nan
    return Move(number=number, commit=commit, changes=(), delta=delta, lower=nan, upper=nan, verdict=verdict)


def _net(number: int, changes: tuple[ChangePoint, ...], commits: NDArray[np.int32]) -> Move:
    """Return the sum of changes: from the level before the first to that after the last.

    The halves of the intervals add up in quadrature, on the log scale; the levels between stand in two of them, so that
    this is wide rather than narrow.
    """
    first, last = changes[0], changes[-1]
    if len(changes) == 1:
        delta, lower, upper, verdict = first.delta, first.lower, first.upper, first.verdict
    else:
        delta = last.after / first.before - 1 if first.before > 0 and last.after > 0 else math.nan
        halves = [(_log(one.upper) - _log(one.lower)) / 2 for one in changes]
        half = math.sqrt(sum(one * one for one in halves))
        lower, upper = (math.exp(min(_log(delta) + way * half, 700)) - 1 for way in (-1, 1))
        verdict = _net_verdict(changes, delta, lower * upper > 0)
    largest = max(changes, key=lambda one: (one.delta * delta > 0, abs(_log(one.delta))))
    return Move(
        number=number,
        commit=int(commits[largest.index]),
        changes=changes,
        delta=delta,
        lower=lower,
        upper=upper,
        verdict=verdict,
    )


def _net_verdict(changes: Sequence[ChangePoint], delta: float, is_sure: bool) -> Verdict:
    if not math.isfinite(delta):
        return Verdict.UNSURE
    if not is_sure:
        return Verdict.NO_CHANGE
    same_way = {one.verdict for one in changes if one.delta * delta > 0}
    return next((one for one in VERDICTS if one in same_way), Verdict.UNSURE)


def _log(delta: float) -> float:
    return math.log1p(delta) if delta > -1 else math.nan


def _period(context: Context, name: str, title: str, span: str, start: int, tag: str = "") -> PeriodView:
    moves = moves_since(context, start)
    counts = {verdict: sum(move.verdict is verdict for move in moves) for verdict in Verdict}
    trend = context.trend_commits
    measured = sum(at > start for at in trend)
    living = [one for one in context.timeline.series if len(one) and not context.is_retired(one)]
    worse, better = counts[Verdict.REGRESSION], counts[Verdict.IMPROVEMENT]
    return PeriodView(
        name=name,
        title=title,
        span=" · ".join(part for part in (span, wording.plural(measured, "measured commit")) if part),
        sentence=_sentence(counts),
        state="regression" if worse else "improvement" if better else "no-change",
        worse=worse,
        better=better,
        unsure=counts[Verdict.UNSURE],
        back=counts[Verdict.NO_CHANGE],
        added=sum(int(one.commits[0]) > start for one in living) if start >= 0 else 0,
        gone=sum(one.since > start for one in context.went_missing.values()),
        falls=_movers(context, moves, Verdict.REGRESSION),
        rises=_movers(context, moves, Verdict.IMPROVEMENT),
        base=_base(context, start),
        head=context.refs[trend[-1]],
        release_url=release_url(tag) if tag else "",
    )


def _base(context: Context, start: int) -> CommitRef | None:
    trend = context.trend_commits
    at = start if start >= 0 else trend[0]
    # A release need not have been measured on the trend itself: the commit before it then stands for it.
    known = [one for one in trend if one <= at]
    return context.refs[known[-1]] if known and known[-1] != trend[-1] else None


def _sentence(counts: dict[Verdict, int]) -> str:
    words = ((Verdict.REGRESSION, "worse"), (Verdict.IMPROVEMENT, "better"), (Verdict.UNSURE, "unsure"))
    parts = [f"{wording.count_text(counts[verdict])} {word}" for verdict, word in words if counts[verdict]]
    if parts:
        return ", ".join(parts)
    return "Back to where it was" if counts[Verdict.NO_CHANGE] else "Nothing changed"


def _movers(context: Context, moves: Sequence[Move], verdict: Verdict) -> tuple[ChangeRow, ...]:
    """Return the largest moves of a verdict, one for each commit, with how many more stand behind it."""
    by_commit: dict[int, list[Move]] = {}
    for move in moves:
        if move.verdict is verdict:
            by_commit.setdefault(move.commit, []).append(move)
    ranked = [(max(group, key=lambda one: (one.size, -one.number)), len(group) - 1) for group in by_commit.values()]
    ranked.sort(key=lambda pair: (-pair[0].size, -pair[0].commit))
    return tuple(_row(context, move, others) for move, others in ranked[:MOST_MOVERS])


def _row(context: Context, move: Move, others: int) -> ChangeRow:
    series = context.timeline.series[move.number]
    if not move.changes:
        doubts = int(context.judged.judgements[move.number].doubts[-1])
        stage = str(Stage.SUSPECTED) if doubts & Doubt.UNCONFIRMED else ""
        stage = "too few runs to be sure" if doubts & Doubt.NOISE_UNKNOWN else stage
        return replace(newest_row(context, move.number, move.commit), others=others, stage=stage)
    largest = next(one for one in move.changes if int(series.commits[one.index]) == move.commit)
    row = replace(change_row(context, move.number, largest), others=others)
    if len(move.changes) == 1:
        return row
    return replace(
        row,
        before=format_value(move.changes[0].before, series.unit),
        after=format_value(move.changes[-1].after, series.unit),
        delta=wording.delta_text(move.delta),
        interval=wording.interval_text(move.lower, move.upper),
    )
