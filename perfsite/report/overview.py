"""The front page: how the site stands in one sentence, what to do, and what changed lately."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from perfsite.model.findings import Verdict
from perfsite.model.incident import IncidentState
from perfsite.report import incident_words, wording
from perfsite.report.benchmarks import change_row, series_counts
from perfsite.report.budgets import budgets_view
from perfsite.report.environments import environment_views
from perfsite.report.groups import group_views
from perfsite.report.overview_views import NextStep
from perfsite.report.periods import periods
from perfsite.report.views import STANDINGS, ChangeRow, Counts, OverviewView, SeriesRow

if TYPE_CHECKING:
    from perfsite.model.findings import ChangePoint
    from perfsite.report.context import Context
    from perfsite.report.incident_views import IncidentLine

MOST_RECENT: Final = 12
"""Commits with changes that the overview lists."""
MOST_MISSING: Final = 20
"""Series that went missing that the overview names."""
MOST_INCIDENTS: Final = 8
"""Open incidents that the overview lists."""
MATTERS: Final = 0.05
"""The change of which the overview says how many series can tell it: a fraction."""


def overview_view(context: Context, by_number: Mapping[int, SeriesRow]) -> OverviewView:
    """Return the front page; `by_number` are the rows of all series that have a point."""
    timeline = context.timeline
    rows = tuple(sorted(by_number.values(), key=lambda row: (row.rank, row.benchmark, row.environment)))
    standings = {one: sum(row.standing == one for row in rows) for one in STANDINGS}
    counts = series_counts(rows, [row.standing in ("standing", "long-standing") for row in rows])
    trend = context.trend_commits
    old = standings["long-standing"]
    incidents = context.incidents.open_lines()
    return OverviewView(
        sentence=_nothing(context, by_number)[0]
        if not counts.total
        else wording.health_sentence(counts, _newest_regression(context, by_number), old=old),
        state=wording.health_state(counts, old=old),
        step=_next_step(context, counts, standings, by_number),
        standings=standings,
        counts=counts,
        series=len(rows),
        benchmarks=len({row.benchmark for row in rows}),
        commits=len(timeline.commits),
        runs=len(timeline.runs),
        measurements=timeline.measurements,
        last=context.refs[trend[-1]] if trend else None,
        changes=_recent(context, list(by_number)),
        rows=rows,
        environments=environment_views(context),
        metrics=tuple(sorted({row.metric for row in rows})),
        problems=len(context.judged.problems),
        missing=tuple(row for row in rows if row.missing)[:MOST_MISSING],
        missing_count=len(context.went_missing),
        incidents=tuple(incidents[:MOST_INCIDENTS]),
        open_incidents=len(incidents),
        old_incidents=sum(line.is_open and line.is_old for line in context.incidents.lines.values()),
        periods=periods(context),
        groups=group_views(context, by_number),
        quality=_quality(context, by_number),
        budgets=budgets_view(context).sentence if context.judged.budgeted.budgets else "",
    )


def _next_step(
    context: Context, counts: Counts, standings: Mapping[str, int], by_number: Mapping[int, SeriesRow]
) -> NextStep:
    """Return what a reader should do next, one thing."""
    if not counts.total:
        return NextStep(text=_nothing(context, by_number)[1])
    if standings["new"] or standings["standing"]:
        return _begin(context.incidents.open_lines())
    if standings["long-standing"]:
        return NextStep(
            text="Accept their level as the new normal, or mend them:",
            link="show them",
            url="?verdict=long-standing#series",
        )
    if 2 * counts.unsure > counts.total:
        doubts = [
            int(context.judged.judgements[number].doubts[-1])
            for number, row in by_number.items()
            if not row.retired and row.verdict == Verdict.UNSURE
        ]
        text = f"Most series cannot be judged: {wording.unsure_why(doubts)}."
        return NextStep(text=text, link="What would help", url="quality/")
    return NextStep(text="Nothing to do.")


def _nothing(context: Context, by_number: Mapping[int, SeriesRow]) -> tuple[str, str]:
    """Return why no series is judged, and what to do about it."""
    runs = len(context.timeline.runs)
    if by_number:
        return "Every series is retired: nothing is measured any more.", "Record a run: perfsite record FILE."
    if context.trend_commits:
        return "No run has measured anything: all failed or were skipped.", "See why the benchmarks fail."
    if runs:
        have = "The one run is" if runs == 1 else f"All {wording.count_text(runs)} runs are"
        text = f"Nothing is measured on the default branch yet: {have.lower()} of other branches or of no known commit."
        return text, "Record a run of the default branch."
    return "Nothing is measured yet.", "Record a first run: perfsite record FILE."


def _begin(lines: Sequence[IncidentLine]) -> NextStep:
    """Return what to do about regressions that are not old: `lines` are the open incidents, the highest rank first."""
    fresh = [line for line in lines if line.state != IncidentState.ACKNOWLEDGED]
    if fresh:
        return NextStep(text="Start here:", link=fresh[0].sentence, url=fresh[0].url)
    if lines:
        return NextStep(text="All of it is acknowledged; nobody has anything new to decide.")
    return NextStep(text="Wait for the next runs: they confirm what only the newest shows, or it goes away.")


def _quality(context: Context, by_number: Mapping[int, SeriesRow]) -> str:
    """Return how many living series would show a change that matters in a single run."""
    known = [
        detectable
        for number, row in by_number.items()
        if not row.retired and math.isfinite(detectable := float(context.judged.judgements[number].detectable[-1]))
    ]
    if not known:
        return ""
    able = sum(one <= MATTERS for one in known)
    who = wording.plural(len(known), "series", "series")
    return f"{wording.count_text(able)} of {who} would show a change of 5 % in a single run"


def _newest_regression(context: Context, by_number: Mapping[int, SeriesRow]) -> str:
    """Return the regression of a living series that began last, in words: its size is that of its change."""
    bad = [(number, row) for number, row in by_number.items() if row.standing in ("new", "standing")]
    if not bad:
        return ""
    number, row = max(bad, key=lambda pair: ((pair[1].since or pair[1].last).date, -pair[1].rank))
    since = row.since or row.last
    name = incident_words.name_of(row.benchmark, "")
    series = context.timeline.series[number]
    for change in context.judged.judgements[number].change_points:
        if context.refs[int(series.commits[change.index])].sha == since.sha and change.verdict is Verdict.REGRESSION:
            return f"{name} {wording.delta_text(change.delta)} at {since.short}"
    return f"{name} {row.delta} against its baseline"


def _recent(context: Context, numbers: Sequence[int]) -> tuple[ChangeRow, ...]:
    """Return the newest commits that changed something: the largest change of each, and how many stand behind."""
    by_commit: dict[int, list[tuple[int, ChangePoint]]] = {}
    for number in numbers:
        commits = context.timeline.series[number].commits
        for change in context.judged.judgements[number].change_points:
            # What is too small to matter is on its benchmark's page.
            if change.verdict is not Verdict.NO_CHANGE:
                by_commit.setdefault(int(commits[change.index]), []).append((number, change))
    out = []
    for commit in sorted(by_commit, reverse=True)[:MOST_RECENT]:
        number, change = max(by_commit[commit], key=lambda pair: _weight(pair[1]))
        out.append(replace(change_row(context, number, change), others=len(by_commit[commit]) - 1))
    return tuple(out)


def _weight(change: ChangePoint) -> float:
    """Return what sorts the changes of one commit: a regression is named before an improvement of any size."""
    return (1e6 if change.verdict is Verdict.REGRESSION else 0.0) + min(abs(change.delta), 1e5)
