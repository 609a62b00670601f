"""The pages of benchmarks: every series of one benchmark, its change points, and what its chart draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import expm1, isnan
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.incidents.find import OLD_DAYS
from perfsite.model.findings import SEVERITIES, VERDICTS, ChangePoint, Rule, Stage, Verdict
from perfsite.model.incident import DECIDED
from perfsite.model.units import format_pair
from perfsite.report import evidence, wording
from perfsite.report.baseline_rows import baseline_rows
from perfsite.report.behind import level_behind
from perfsite.report.benchmark_shape import shape_of
from perfsite.report.benchmark_shape_views import Beside
from perfsite.report.benchmark_words import benchmark_sentence, benchmark_state, next_step
from perfsite.report.causes import change_causes, newest_causes
from perfsite.report.chart import Charts
from perfsite.report.differences import NOT_COMPARED
from perfsite.report.grouping import benchmark_groups
from perfsite.report.hints import benchmark_hints, change_hint
from perfsite.report.quality import noise_views
from perfsite.report.slug import benchmark_url, slug
from perfsite.report.spans import newest_time
from perfsite.report.stages import withdrawals
from perfsite.report.table import as_counts
from perfsite.report.views import STANDINGS, BenchmarkView, ChangeRow, Counts, SeriesRow

if TYPE_CHECKING:
    from perfsite.model.findings import Judgement
    from perfsite.report.context import Context
    from perfsite.report.incident_views import IncidentLine

MOST_WITHDRAWN: Final = 20
MOST_CHANGES: Final = 200
"""Change points listed on a benchmark's page, newest first."""

MOST_NOISE: Final = 12
"""Series whose noise is told on a benchmark's page, those with most to say first."""


def series_rows(context: Context) -> list[SeriesRow]:
    """Return every series as it stands now, by number; a series without points has no row."""
    return [row for row in (_row(context, i) for i in range(len(context.timeline.series))) if row is not None]


def _row(context: Context, number: int) -> SeriesRow | None:
    series = context.timeline.series[number]
    if not len(series):
        return None
    judgement = context.judged.judgements[number]
    verdict = int(judgement.verdicts[-1])
    since = int(judgement.since[-1])
    incident = context.incidents.by_change.get((number, since)) if since >= 0 else None
    is_old = since >= 0 and is_long_standing(context, int(series.commits[since]), incident)
    delta = float(judgement.deltas[-1])
    values = series.values[-60:].tolist()
    last_change = judgement.change_points[-1].index if judgement.change_points else -1
    retired = context.is_retired(series)
    baseline, current = format_pair(float(judgement.baselines[-1]), float(series.values[-1]), series.unit)
    row = SeriesRow(
        benchmark=series.key.benchmark,
        url=context.urls[number],
        parameters=context.parameters[number],
        metric=series.key.metric,
        environment=series.key.environment,
        current=current,
        baseline=baseline,
        delta=wording.delta_text(delta),
        noise=wording.noise_text(float(judgement.floors[-1])),
        verdict=str(VERDICTS[verdict]),
        severity=wording.severity_text(SEVERITIES[int(judgement.severities[-1])], VERDICTS[verdict]),
        rule=Rule(int(judgement.rules[-1])).name.lower(),
        doubts=_doubts(context, number),
        since=context.refs[int(series.commits[since])] if since >= 0 else None,
        last=context.refs[int(series.commits[-1])],
        points=len(series),
        spark=wording.spark_text(values),
        mark=max(-1, last_change - (len(series) - len(values))),
        direction=str(series.direction),
        rank=0,
        retired=retired,
        pinned=context.pin_text(number),
        missing=context.missing_text(number),
        causes=newest_causes(context, number),
        level=_level(judgement, VERDICTS[verdict]),
        trend=_trend(context, number),
        is_old=is_old,
        incident=incident.url if incident else "",
        decision=incident.state if incident and incident.state in DECIDED else "",
        groups=context.groups_of.get(number, ()),
    )
    return replace(row, rank=_rank(row.standing, delta))


def _doubts(context: Context, number: int) -> tuple[str, ...]:
    """Return the doubts about a series' newest point, in words."""
    judgement = context.judged.judgements[number]
    return context.doubts(
        number,
        len(judgement.doubts) - 1,
        int(judgement.doubts[-1]),
        unsure=VERDICTS[int(judgement.verdicts[-1])] is Verdict.UNSURE,
        detectable=float(judgement.detectable[-1]),
    )


def is_long_standing(context: Context, began: int, incident: IncidentLine | None) -> bool:
    """Whether a regression that began at a commit, a position, is old and nobody has decided on it."""
    if incident is not None:
        return incident.is_old
    now = newest_time(context.timeline.commits, context.trend_commits)
    time = context.timeline.commits[began].time
    return now is not None and time is not None and (now - time).days > OLD_DAYS


def _trend(context: Context, number: int) -> str:
    """Return how the level of a series moved in 30 days, in words; empty where that cannot be told."""
    found, series = context.month, context.timeline.series[number]
    if found.old.at[number] < 0:
        return "new" if len(series) and series.values[-1] > 0 else ""
    if found.verdicts[number] == NOT_COMPARED:
        return ""
    if found.is_moved(number):
        return wording.delta_text(expm1(float(found.logs[number])))
    return "unsure" if VERDICTS[int(found.verdicts[number])] is Verdict.UNSURE else "steady"


def _level(judgement: Judgement, verdict: Verdict) -> str:
    """Return the level behind a finding whose newest point would not show it alone; empty for any other."""
    delta = level_behind(judgement, verdict)
    return "" if delta is None else wording.level_text(delta)


def _rank(standing: str, delta: float) -> int:
    """Return a number that sorts worst first: by urgency, then by size; long-standing and retired series last."""
    size = 0 if isnan(delta) else min(int(abs(delta) * 10_000), 999_999)
    return STANDINGS.index(standing) * 1_000_000 + (999_999 - size)


def series_counts(rows: Sequence[SeriesRow], standing: Sequence[bool]) -> Counts:
    """Return how the living series stand; `standing` tells which regressions are not of the newest commit."""
    counts = np.zeros(len(VERDICTS) + 2, np.int64)
    for row, begun in zip(rows, standing, strict=True):
        if not row.retired:
            counts[len(VERDICTS) if begun else VERDICTS.index(Verdict(row.verdict))] += 1
            counts[-1] += row.rule == "fail"
    return as_counts(counts)


def is_standing(row: SeriesRow) -> bool:
    """Whether a series' regression began before its newest commit."""
    return row.since is not None and row.since.sha != row.last.sha


def change_rows(context: Context, number: int) -> list[tuple[int, ChangeRow]]:
    """Return a series' change points, oldest first, each with its commit's position."""
    series = context.timeline.series[number]
    changes = context.judged.judgements[number].change_points
    return [(int(series.commits[change.index]), change_row(context, number, change)) for change in changes]


def change_row(context: Context, number: int, change: ChangePoint) -> ChangeRow:
    """Return a change point of a series."""
    series = context.timeline.series[number]
    commit, previous = int(series.commits[change.index]), int(series.commits[change.index - 1])
    before, after = format_pair(change.before, change.after, series.unit)
    return ChangeRow(
        benchmark=series.key.benchmark,
        url=context.urls[number],
        parameters=context.parameters[number],
        metric=series.key.metric,
        environment=series.key.environment,
        before=before,
        after=after,
        delta=wording.delta_text(change.delta),
        interval=wording.interval_text(change.lower, change.upper),
        verdict=str(change.verdict),
        severity=wording.severity_text(change.severity, change.verdict),
        commit=context.refs[commit],
        previous=context.refs[previous],
        stage="" if change.confirmed else str(Stage.SUSPECTED),
        skipped=context.skipped(previous, commit),
        compare_url=context.compare_url(previous, commit),
        causes=change_causes(context, number, change.index),
        sure=evidence.sure_text(change),
        evidence=evidence.sentences(change, lambda point: context.refs[int(series.commits[point])]),
        incident=line.url if (line := context.incidents.by_change.get((number, change.index))) else "",
        hint=change_hint(context, commit, series.key),
    )


def benchmark_views(context: Context, rows: Mapping[int, SeriesRow]) -> Iterator[BenchmarkView]:
    """Yield the page of every benchmark that has a point, by name; `rows` are the series' rows by number."""
    charts = Charts(context)
    grouped: dict[str, list[int]] = {}
    for number in rows:
        grouped.setdefault(context.timeline.series[number].key.benchmark, []).append(number)
    groups = benchmark_groups(context, grouped)
    links = [(name, benchmark_url(name)) for name in sorted(grouped)]
    for (name, _), before, after in zip(links, [None, *links], [*links[1:], None], strict=False):
        numbered = [(number, rows[number]) for number in grouped[name]]
        beside = Beside(before=before, after=after, group=groups[name])
        yield _view(context, charts, name, numbered, beside)


def _view(
    context: Context, charts: Charts, name: str, numbered: Sequence[tuple[int, SeriesRow]], beside: Beside
) -> BenchmarkView:
    numbered = sorted(numbered, key=lambda pair: pair[1].rank)
    numbers = [number for number, _ in numbered]
    rows = tuple(row for _, row in numbered)
    changes = _changes(context, numbers)
    commits = [context.timeline.series[number].commits for number in numbers]
    counts = series_counts(rows, [is_standing(row) for row in rows])
    noise = noise_views(context, numbers)
    hints = benchmark_hints(context, name)
    versions, version_count = baseline_rows(context, numbers)
    return BenchmarkView(
        baselines=versions,
        baseline_count=version_count,
        name=name,
        slug=slug(name),
        url=numbered[0][1].url,
        sentence=benchmark_sentence(rows, counts),
        state=benchmark_state(counts),
        rows=rows,
        changes=changes,
        first=context.refs[min(int(at[0]) for at in commits)],
        last=context.refs[max(int(at[-1]) for at in commits)],
        points=sum(row.points for row in rows),
        chart=charts.of(name, numbers),
        noise=noise[:MOST_NOISE],
        noise_rest=max(len(noise) - MOST_NOISE, 0),
        hints=hints,
        withdrawn=withdrawals(context, numbers)[:MOST_WITHDRAWN],
        next_step=next_step(rows, changes, hints, noise),
        shape=shape_of(context, numbers),
        beside=beside,
    )


def _changes(context: Context, numbers: Sequence[int]) -> tuple[ChangeRow, ...]:
    """Return the newest change points of some series, the newest first."""
    changes = [change for number in numbers for change in change_rows(context, number)]
    changes.sort(key=lambda pair: -pair[0])
    told: set[tuple[int, str]] = set()
    rows = []
    for commit, row in changes[:MOST_CHANGES]:
        # One hint may speak of every series that changed there: it is told beside the first.
        rows.append(replace(row, hint="") if (commit, row.hint) in told else row)
        told.add((commit, row.hint))
    return tuple(rows)
