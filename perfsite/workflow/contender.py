"""The contender of a check: its points judged against what is before them, and what it should have and does not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.analysis.across import weigh_together
from perfsite.analysis.batches import analyse
from perfsite.analysis.judge import judge
from perfsite.analysis.verdicts import UNSURE
from perfsite.model.decisions import Decisions
from perfsite.model.findings import Doubt
from perfsite.model.policy import Threshold
from perfsite.report.check import MissingRow, Tried
from perfsite.report.machines import machine_change
from perfsite.report.missing import missing_series
from perfsite.report.wording import together_text
from perfsite.workflow.budgeting import budgets_beyond, figures_beyond, idle_budgets
from perfsite.workflow.causes import with_causes
from perfsite.workflow.judging import case_of, directed, policy_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from perfsite.history.timeline import Timeline
    from perfsite.model.causes import CommonShift
    from perfsite.model.findings import Judgement
    from perfsite.model.policy import Policy
    from perfsite.model.series import Series
    from perfsite.workflow.gather import Gathered
    from perfsite.workflow.project import Project


_MACHINE: Final = Doubt.NEW_LABEL | Doubt.TOGETHER | Doubt.SAME_CODE


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What is said of a contender: its series, those it lacks, and what explains a change of many of them."""

    judged: list[Tried]
    missing: list[MissingRow]
    notes: list[str]


def judge_contender(project: Project, gathered: Gathered, sha: str, environments: Collection[str] | None) -> Trial:
    """Return the findings of every series that has a point at the commit, that point the last.

    `environments` are those that were measured; None: all that have a run at the commit.
    """
    timeline = gathered.timeline
    decisions = Decisions(gathered.events, timeline.commits)
    at = next(i for i, commit in enumerate(timeline.commits) if commit.sha == sha)
    measured = {run.environment for run in timeline.runs if run.commit == at}
    wanted = measured if environments is None else measured & set(environments)
    upto = [_until(directed(one, project.settings), at) for one in timeline.series if one.key.environment in wanted]
    numbers = [i for i, one in enumerate(timeline.series) if one.key.environment in wanted]
    marked, shifts = with_causes(upto, timeline.versions)
    found: list[Tried] = []
    rates = []
    for number, series in zip(numbers, marked, strict=True):
        if not len(series) or int(series.commits[-1]) != at:
            continue
        policy, decided = policy_of(series, project.settings), decisions.of(series)
        findings = analyse(case_of(series, policy, decided, timeline.calibrations.get(number))).judgement
        found.append(
            Tried(
                series=series,
                judgement=findings,
                threshold=policy.threshold.fail,
                threshold_absolute=policy.threshold.fail_absolute,
                pinned=None if decided.pin is None else decided.pin.event,
                beyond=budgets_beyond(series, project.settings),
                machine=machine_change(series, len(series) - 1, timeline.labels),
                told_now=environments is None and _is_told_now(series, findings, policy),
            )
        )
        rates.append(policy.false_discovery_rate)
    weighed = weigh_together([one.series for one in found], [one.judgement for one in found], rates)
    found = [replace(one, judgement=judgement) for one, judgement in zip(found, weighed, strict=True)]
    found.extend(_services_beyond(project, marked, at))
    stops = {name: _stops(timeline, name, at) for name in wanted}
    absent = {place: timeline.absent.get(number, ()) for place, number in enumerate(numbers)}
    gone = missing_series(upto, absent, stops)
    missing = [MissingRow.of(upto[one.number].key, one, timeline.commits[one.last]) for one in gone]
    notes = [*_together(found, shifts), *idle_budgets(timeline.series, project.settings)]
    return Trial(judged=found, missing=missing, notes=notes)


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
        if run.environment == environment
        and run.commit <= at
        and (run.commit == at or (run.pull_request is None and run.commit not in timeline.off_trend))
    }
    return np.array(sorted(found), np.int32)


def _together(found: Sequence[Tried], shifts: Sequence[CommonShift]) -> list[str]:
    """Return the newest common shift of each environment that excuses one of the contender's series."""
    excused = {one.series.key.environment for one in found if int(one.judgement.doubts[-1]) & int(Doubt.TOGETHER)}
    newest = {shift.environment: shift for shift in shifts if shift.environment in excused}
    return [together_text(shift) for _, shift in sorted(newest.items())]
