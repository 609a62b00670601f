"""The contender of a check: its points judged against what is before them, and what it should have and does not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.analysis.across import weigh_together
from perfsite.analysis.batches import Case, analyse
from perfsite.analysis.excuses_aside import excuse_aside
from perfsite.analysis.judge import judge
from perfsite.analysis.mended import find_mended
from perfsite.analysis.verdicts import UNSURE
from perfsite.model.decisions import Decisions
from perfsite.model.findings import Doubt
from perfsite.model.machine import machine_text
from perfsite.model.policy import Threshold
from perfsite.report.check import Tried
from perfsite.report.check_missing import MissingRow
from perfsite.report.levels import SIGNS
from perfsite.report.machines import machine_change, machine_change_aside
from perfsite.report.missing import missing_series
from perfsite.report.wording import together_text
from perfsite.workflow.budgeting import budgets_beyond, figures_beyond, idle_budgets
from perfsite.workflow.causes import with_causes
from perfsite.workflow.judging import case_of, directed, policy_of, watched_series

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from perfsite.analysis.batches import Answer
    from perfsite.history.timeline import Timeline
    from perfsite.model.causes import CommonShift
    from perfsite.model.findings import Judgement
    from perfsite.model.policy import Policy
    from perfsite.model.series import Series, SeriesKey
    from perfsite.workflow.gather import Gathered
    from perfsite.workflow.project import Project


_MACHINE: Final = Doubt.NEW_LABEL | Doubt.TOGETHER | Doubt.SAME_CODE


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What is said of a contender: its series, those it lacks, and what explains a change of many of them."""

    judged: list[Tried]
    missing: list[MissingRow]
    notes: list[str]
    answers: Mapping[tuple[SeriesKey, str], Answer] = field(default_factory=dict)
    """What was found of whole series, for who asks more of the same history; empty beside the trend."""


@dataclass(frozen=True, slots=True)
class _Bench:
    """What is judged: the series of the environments in question by number, marked with what excuses their changes.

    `beside` holds the contender's point of each series where it has left the trend; `at` is its commit.
    """

    project: Project
    timeline: Timeline
    at: int
    series: Mapping[int, Series]
    beside: Mapping[int, Series]
    decisions: Decisions

    def case(self, number: int, *, watched: bool = True) -> Case:
        """Return everything that the analysis of a series needs."""
        one = self.series[number]
        decided = self.decisions.of(one)
        policy = policy_of(one, self.project.settings)
        case = case_of(one, policy, decided, self.timeline.calibrations.get(number))
        return replace(case, aside=self.beside.get(number), watched=watched)

    def tried(self, number: int, point: Series, judgement: Judgement, machine: str) -> Tried:
        """Return the findings of the contender's point of a series."""
        one = self.series[number]
        policy, pin = policy_of(one, self.project.settings), self.decisions.of(one).pin
        label = int(point.labels[-1])
        return Tried(
            series=point,
            judgement=judgement,
            threshold=policy.threshold.fail,
            threshold_absolute=policy.threshold.fail_absolute,
            pinned=None if pin is None else pin.event,
            beyond=budgets_beyond(point, self.project.settings),
            machine=machine,
            limits=policy.threshold,
            measured_on=machine_text(self.timeline.labels[label]) if label >= 0 else "",
        )


def judge_contender(project: Project, gathered: Gathered, sha: str, environments: Collection[str] | None) -> Trial:
    """Return the findings of every series that has a point at the commit.

    A commit of the trend is judged as a point of it, hindsight included; one that left it is held against the baseline
    where it left it. Both are what the commit's page shows.

    Parameters
    ----------
    environments
        Those that were measured, the contender being the last of the trend; None: all that have a run at the commit.
    """
    timeline = gathered.timeline
    at = next(i for i, commit in enumerate(timeline.commits) if commit.sha == sha)
    measured = {run.environment for run in timeline.runs if run.commit == at}
    wanted = measured if environments is None else measured & set(environments)
    whole = [directed(one, project.settings) for one in timeline.series]
    if environments is not None and at not in timeline.off_trend:
        whole = [_until(one, at) for one in whole]
    numbers = [i for i, one in enumerate(whole) if one.key.environment in wanted]
    marked, shifts = with_causes([whole[i] for i in numbers], timeline.versions)
    is_aside = not any(at in one.commits for one in marked)
    beside = {i: point for i in numbers if (point := _point(timeline.aside.get(i), at)) is not None}
    bench = _Bench(
        project,
        timeline,
        at,
        dict(zip(numbers, marked, strict=True)),
        {i: directed(one, project.settings) for i, one in beside.items()} if is_aside else {},
        Decisions(gathered.events, timeline.commits),
    )
    answers: dict[tuple[SeriesKey, str], Answer] = {}
    watched = watched_series(whole)
    found = _aside(bench) if is_aside else _on_trend(bench, watched, answers, is_stored=environments is None)
    rates = [policy_of(one.series, project.settings).false_discovery_rate for one in found]
    weighed = weigh_together([one.series for one in found], [one.judgement for one in found], rates)
    found = [replace(one, judgement=judgement) for one, judgement in zip(found, weighed, strict=True)]
    points = bench.beside
    upto = [_followed_by(_until(bench.series[i], at), points.get(i)) for i in numbers]
    found.extend(_services_beyond(project, upto, at))
    stops = {name: _stops(timeline, name, at) for name in wanted}
    absent = {place: timeline.absent.get(number, ()) for place, number in enumerate(numbers)}
    gone = missing_series(upto, absent, stops)
    missing = [MissingRow.of(upto[one.number].key, one, timeline.commits[one.last]) for one in gone]
    told = [] if is_aside else _together(found, [shift for shift in shifts if shift.commit <= at])
    notes = [*told, *idle_budgets(timeline.series, project.settings)]
    return Trial(judged=found, missing=missing, notes=notes, answers=answers)


def _on_trend(
    bench: _Bench, watched: Sequence[bool], answers: dict[tuple[SeriesKey, str], Answer], *, is_stored: bool
) -> list[Tried]:
    """Return the findings of a commit of the trend; `answers` takes what is found of whole series."""
    found = []
    for number, series in bench.series.items():
        index = int(series.commits.searchsorted(bench.at))
        if index == len(series) or int(series.commits[index]) != bench.at:
            continue
        answer = answers[series.key, series.unit] = analyse(bench.case(number, watched=watched[number]))
        judgement = answer.judgement
        tried = bench.tried(
            number,
            series.part(slice(index, index + 1)),
            judgement.at(index),
            machine_change(series, index, bench.timeline.labels),
        )
        is_last = is_stored and index == len(series) - 1
        policy = policy_of(series, bench.project.settings)
        mended = _mended(judgement, index - 1, tried)
        found.append(replace(tried, told_now=is_last and _is_told_now(series, judgement, policy), mended=mended))
    return found


def _aside(bench: _Bench) -> list[Tried]:
    """Return the findings of a commit beside the trend."""
    judgements, trends = {}, {}
    for number in bench.beside:
        answer = analyse(bench.case(number))
        assert answer.aside is not None
        judgements[number] = answer.aside
        trends[number] = answer.judgement
    trend = [bench.series.get(i, one) for i, one in enumerate(bench.timeline.series)]
    excused = excuse_aside(trend, bench.beside, judgements, bench.timeline.versions)
    labels = bench.timeline.labels
    found = []
    for number, point in bench.beside.items():
        machine = machine_change_aside(bench.series[number], point, 0, labels)
        tried = bench.tried(number, point, excused[number], machine)
        place = int(bench.series[number].commits.searchsorted(bench.at)) - 1
        found.append(replace(tried, mended=_mended(trends[number], place, tried)))
    return found


def _mended(trend: Judgement, place: int, tried: Tried) -> float | None:
    """Return by how much the contender is back from the level of the trend at a point, where that had regressed."""
    series = tried.series
    return find_mended(trend, place, tried.judgement, float(series.values[-1]), sign=SIGNS[str(series.direction)])


def _followed_by(series: Series, point: Series | None) -> Series:
    """Return the commits and values of a series with a later point behind them."""
    if point is None:
        return series
    which = np.append(np.arange(len(series)), np.full(len(point), 0)) if len(series) else np.zeros(len(point), np.int64)
    base = series if len(series) else point
    return replace(
        base.part(which),
        commits=np.append(series.commits, point.commits),
        values=np.append(series.values, point.values),
    )


def _point(series: Series | None, at: int) -> Series | None:
    """Return the point of a series at a commit; None where it has none."""
    if series is None:
        return None
    found = series.part(series.commits == at)
    return found if len(found) else None


def _services_beyond(project: Project, series: Sequence[Series], at: int) -> list[Tried]:
    """Return the figures of services that are beyond their limit; its members were weighed for a change already."""
    return [
        Tried(
            series=one,
            judgement=judge(one, replace(policy_of(one, project.settings), threshold=Threshold())),
            threshold=None,
            beyond=(budget,),
        )
        for one, budget in figures_beyond(series, project.settings, at)
    ]


def _is_told_now(series: Series, findings: Judgement, policy: Policy) -> bool:
    """Return whether a regression began earlier, but was unsure until this run told machine from code."""
    if not findings.standing[-1] or len(series) < 2:
        return False
    before = judge(series.part(slice(len(series) - 1)), policy)
    return int(before.verdicts[-1]) == UNSURE and bool(int(before.doubts[-1]) & _MACHINE)


def _until(series: Series, commit: int) -> Series:
    """Return the points of a series up to a commit, that one included."""
    return series.part(slice(int(series.commits.searchsorted(commit, side="right"))))


def _stops(timeline: Timeline, environment: str, at: int) -> NDArray[np.int32]:
    """Return the commits of the trend at which an environment has a run, up to the contender's, which counts."""
    found = {
        run.commit
        for run in timeline.runs
        if run.environment == environment and run.commit <= at and (run.commit == at or timeline.is_on_trend(run))
    }
    return np.array(sorted(found), np.int32)


def _together(found: Sequence[Tried], shifts: Sequence[CommonShift]) -> list[str]:
    """Return the newest common shift of each environment that excuses one of the contender's series."""
    excused = {one.series.key.environment for one in found if int(one.judgement.doubts[-1]) & int(Doubt.TOGETHER)}
    newest = {shift.environment: shift for shift in shifts if shift.environment in excused}
    return [together_text(shift) for _, shift in sorted(newest.items())]
