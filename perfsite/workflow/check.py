"""Check: the newest run of the history, or result files, against the baseline."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from perfsite.analysis.judge import judge
from perfsite.errors import HistoryError
from perfsite.history.store import DirectoryStore
from perfsite.report.check import CheckView, check_view
from perfsite.workflow.gather import Gathered, gather
from perfsite.workflow.judging import directed, policy_of
from perfsite.workflow.record import Wish, read_runs

if TYPE_CHECKING:
    from pathlib import Path

    from perfsite.model.run import Run
    from perfsite.model.series import Series
    from perfsite.workflow.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The answer of a check and what should be said beside it."""

    view: CheckView
    warnings: tuple[str, ...]
    notes: tuple[str, ...]


def check(
    project: Project,
    files: Sequence[Path],
    *,
    format_name: str | None = None,
    environment: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> Checked:
    """Judge the contender: what the files say of the checked-out commit, else the newest commit of the history.

    Stored runs of the same commit are judged with the files. Nothing is stored but a first baseline.

    Raises
    ------
    InputError
        A file cannot be read.
    HistoryError
        There is nothing to judge, or no commit to judge it at.
    """
    if not files:
        gathered = gather(project)
        return _newest(project, gathered)
    wish = Wish(format=format_name, environment=environment)
    runs, warnings = read_runs(project, files, wish, dict(os.environ) if environ is None else environ)
    sha = runs[0].commit.sha
    # A pull request's runs stay out of every trend; this one is on trial, so it stands in line for the comparison.
    contenders = [replace(run, id=f"contender-{i}", pull_request=None) for i, run in enumerate(runs)]
    gathered = gather(project, extra=contenders, contender=sha)
    environments = {run.environment.name for run in runs}
    view = _judged(project, gathered, sha, environments)
    notes = list(gathered.notes)
    if not view.judged:
        notes.append(_first_baseline(project, runs))
    return Checked(view=view, warnings=tuple(warnings), notes=tuple(notes))


def _newest(project: Project, gathered: Gathered) -> Checked:
    timeline = gathered.timeline
    on_trend = {run.commit for run in timeline.runs if run.pull_request is None} - timeline.off_trend.keys()
    if not on_trend:
        raise HistoryError(
            "there is no run to judge", where=str(project.history), hint="`perfsite record FILE` adds one"
        )
    sha = timeline.commits[max(on_trend)].sha
    warnings = tuple(f"{one.where}: {one.problem}" for one in gathered.problems[:5])
    return Checked(view=_judged(project, gathered, sha, None), warnings=warnings, notes=gathered.notes)


def _judged(project: Project, gathered: Gathered, sha: str, environments: set[str] | None) -> CheckView:
    """Return the findings of every series that has a point at the commit, that point the last."""
    timeline = gathered.timeline
    at = next(i for i, commit in enumerate(timeline.commits) if commit.sha == sha)
    found = []
    for one in timeline.series:
        if environments is not None and one.key.environment not in environments:
            continue
        series = _until(directed(one, project.settings), at)
        if len(series) and int(series.commits[-1]) == at:
            policy = policy_of(series, project.settings)
            found.append((series, judge(series, policy), policy.threshold.fail))
    return check_view(sha, found)


def _until(series: Series, commit: int) -> Series:
    """Return the points of a series up to a commit, that one included."""
    n = int(series.commits.searchsorted(commit, side="right"))
    arrays = {
        name: getattr(series, name)[:n]
        for name in ("commits", "values", "standard_errors", "counts", "labels", "eligible")
    }
    return replace(series, **arrays)


def _first_baseline(project: Project, runs: Sequence[Run]) -> str:
    if any(run.pull_request is not None for run in runs):
        return "there is no baseline yet, and a pull request's run never becomes one: record a run of the branch first"
    appended = DirectoryStore(project.history).append(runs)
    if not appended.written:
        return "there is no baseline yet; this run is stored already and will be it"
    return (
        f"there was no baseline: this run is now the first, in {project.history}. Where the work tree is thrown away "
        "(CI), it is kept only by `perfsite record --push`"
    )
