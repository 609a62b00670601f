"""Check: the newest run of the history, or result files, against the baseline."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from perfsite.errors import ConfigError, HistoryError
from perfsite.history.shards import encoded
from perfsite.report.check import CheckView, check_view
from perfsite.report.check_missing import missing_notes
from perfsite.workflow import codebase
from perfsite.workflow.contender import judge_contender
from perfsite.workflow.gather import Gathered, gather
from perfsite.workflow.keeping import keep
from perfsite.workflow.record import Wish, read_runs
from perfsite.workflow.revisions import find_measured

if TYPE_CHECKING:
    from pathlib import Path

    from perfsite.analysis.batches import Answer
    from perfsite.history.timeline import Timeline
    from perfsite.model.run import Commit, Run
    from perfsite.model.series import SeriesKey
    from perfsite.workflow.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckWish:
    """What the caller says of a check; None: found out, or as the settings say.

    `commit` is the measured commit on trial, files or not: of the default branch, or the head of a pull request. It is
    compared with the history up to `base`, else up to its merge base. `preset` stands for the thresholds of every
    series. With `push` a first baseline goes onto the history branch instead of into the directory.
    """

    format: str | None = None
    environment: str | None = None
    commit: str | None = None
    base: str | None = None
    preset: str | None = None
    push: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The answer of a check and what should be said beside it.

    `base` is the commit whose history the contender was compared with: where it left the default branch, or on that
    branch the measured commit before it; None: not known. `gathered` is the history it was judged in, the contender's
    runs with it.
    """

    view: CheckView
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    gathered: Gathered
    base: Commit | None = None
    is_stored: bool = False
    """Whether the contender is a commit of the trend, its runs in the history."""
    source: str | None = None
    """The name of the file that was judged, of several the first."""
    answers: Mapping[tuple[SeriesKey, str], Answer] | None = None
    """What was found of series of `gathered`, where that is the history as it is stored; None: it is another."""

    def document(self) -> dict[str, Any]:
        """Return the answer for programs."""
        return {**self.view.document(), "base": None if self.base is None else self.base.sha}


def check(project: Project, files: Sequence[Path], wish: CheckWish, environ: Mapping[str, str]) -> Checked:
    """Judge the contender: what the files say of the checked-out commit, else the newest commit of the history.

    Stored runs of the same commit are judged with the files. Nothing is stored but a first baseline.

    Raises
    ------
    ConfigError
        No measured commit is called as `wish.commit` says, or no commit as `wish.base` does.
    InputError
        A file cannot be read.
    HistoryError
        There is nothing to judge, or no commit to judge it at.
    """
    if wish.preset is not None:
        project = replace(project, settings=project.settings.with_preset(wish.preset))
    if not files:
        return _stored(project, wish.commit, wish.base)
    reading = Wish(format=wish.format, environment=wish.environment, commit=wish.commit)
    runs, warnings = read_runs(project, files, reading, environ)
    # A file may hold a history: its newest run is on trial, the others are what it is compared with.
    newest = max(runs, key=lambda run: run.time).commit
    contender = _held_against(project, _on_trial(project, newest), wish.base)
    gathered, view, notes = _of_files(project, runs, newest, contender)
    if wish.base is None and not view.judged and _is_measured_again(runs, newest, gathered.timeline):
        contender = replace(contender, commit=_behind(newest, "measured again"))
        gathered, view, notes = _of_files(project, runs, newest, contender)
        notes.append("no earlier commit is measured: compared with the runs that are stored of this very one")
    if not gathered.certain and view.pins:
        notes.append("a pinned baseline needs no history: against it, rules fail all the same")
    if not view.judged:
        notes.extend(_first_baseline(project, runs, gathered, push=wish.push))
    of = _base(gathered, contender.commit.sha)
    return Checked(
        view=view,
        warnings=(*warnings, *gathered.warnings),
        notes=tuple(notes),
        base=of,
        gathered=gathered,
        source=files[0].name[:200] or None,
    )


def _of_files(
    project: Project, runs: Sequence[Run], newest: Commit, contender: codebase.Contender
) -> tuple[Gathered, CheckView, list[str]]:
    """Return the history with the runs of files, what is said of the newest of them, and what to mind."""
    # A pull request's runs stay out of every trend; where this one grew from tells what it is compared with.
    tried = [
        replace(run, id=f"contender-{i}", commit=contender.commit, pull_request=None)
        if run.commit.sha == newest.sha
        else replace(run, id=f"earlier-{i}")
        for i, run in enumerate(runs)
    ]
    gathered = gather(project, extra=tried, contender=contender, deepen=True)
    environments = {run.environment.name for run in runs}
    trial = judge_contender(project, gathered, contender.commit.sha, environments)
    view = check_view(newest.sha, trial.judged, certain=gathered.certain, missing=trial.missing)
    return gathered, view, [*gathered.notes, *trial.notes, *missing_notes(view.missing)]


def _is_measured_again(runs: Sequence[Run], newest: Commit, timeline: Timeline) -> bool:
    """Return whether the trend has runs of the commit on trial, from the same environments, and not these very ones."""
    at = next((i for i, commit in enumerate(timeline.commits) if commit.sha == newest.sha), None)
    names = {run.environment.name for run in runs}
    same = [run for run in timeline.runs if run.commit == at and run.environment in names and run.pull_request is None]
    stored = {run.id for run in same if not run.id.startswith("contender-")}
    return bool(stored) and stored.isdisjoint(line.id for line in encoded(runs))


def _held_against(project: Project, contender: codebase.Contender, base: str | None) -> codebase.Contender:
    """Return the contender with the commit that somebody wants it to be compared with."""
    if base is None:
        return contender
    commit = codebase.resolve(project, base)
    if commit is None:
        raise ConfigError(
            f"'{base[:60]}' is not a commit of this repository",
            where="--base",
            hint="name a branch, a tag or a sha that `git rev-parse` knows here",
        )
    return replace(contender, base=commit.sha)


def _base(gathered: Gathered, sha: str) -> Commit | None:
    """Return what a commit was compared with: what it grew from, or the measured commit of the trend before it."""
    if sha in gathered.bases:
        return gathered.bases[sha]
    timeline = gathered.timeline
    at = next(i for i, commit in enumerate(timeline.commits) if commit.sha == sha)
    before = [i for i in timeline.trend if i < at]
    return timeline.commits[max(before)] if before else None


def _on_trial(project: Project, commit: Commit) -> codebase.Contender:
    """Return how a measured commit stands to the repository's.

    Uncommitted changes are a point of their own behind their commit: averaged with its stored runs, they would hide.
    """
    if commit.dirty:
        return codebase.Contender(commit=_behind(commit, "uncommitted changes"), start=commit.sha)
    if commit.tested is not None:
        merge = codebase.resolve(project, commit.tested)
        time = merge.time if merge is not None and merge.time is not None else commit.time
        return codebase.Contender(commit=replace(commit, time=time), start=commit.tested)
    return codebase.Contender(commit=commit, start=commit.sha)


def _behind(commit: Commit, what: str) -> Commit:
    """Return a point of its own behind a commit, which no repository has."""
    own = hashlib.sha256(f"{commit.sha} and {what}".encode()).hexdigest()[: len(commit.sha)]
    return replace(commit, sha=own, parents=(commit.sha,))


def _stored(project: Project, revision: str | None, base: str | None) -> Checked:
    """Judge a measured commit: the one named, else the newest of the default branch."""
    gathered = gather(project, deepen=revision is not None)
    timeline = gathered.timeline
    if revision is not None:
        at = find_measured(project, timeline, revision)
    elif trend := timeline.trend:
        at = max(trend)
    else:
        raise HistoryError(
            "there is no run to judge", where=str(project.history), hint="`perfsite record FILE` adds one"
        )
    commit = timeline.commits[at]
    is_beside = at not in timeline.trend
    if base is not None or (is_beside and commit.sha not in gathered.bases):
        contender = _held_against(project, codebase.Contender(commit=commit, start=commit.tested or commit.sha), base)
        gathered = gather(project, contender=contender, fetch=False, deepen=True)
    trial = judge_contender(project, gathered, commit.sha, None)
    view = check_view(commit.sha, trial.judged, certain=gathered.certain, missing=trial.missing)
    notes = [*gathered.notes, *trial.notes, *missing_notes(view.missing)]
    if revision is None:
        notes.extend(_elsewhere(project, timeline, commit.sha))
    return Checked(
        view=view,
        warnings=gathered.warnings,
        notes=tuple(notes),
        base=_base(gathered, commit.sha),
        gathered=gathered,
        is_stored=not is_beside,
        answers=trial.answers if base is None and not is_beside else None,
    )


def _elsewhere(project: Project, timeline: Timeline, sha: str) -> list[str]:
    """Say so where what is checked out has runs and is not what is judged."""
    found = codebase.checked_out(project, {})
    here = None if found is None else found.commit.sha
    if here == sha or not any(timeline.commits[i].sha == here for i in timeline.off_trend):
        return []
    return [f"judged is {sha[:8]}, the newest of the default branch; for {str(here)[:8]}, checked out, give its FILES"]


def _first_baseline(project: Project, runs: Sequence[Run], gathered: Gathered, *, push: bool) -> list[str]:
    names = {run.environment.name for run in runs}
    others = sorted({run.environment for run in gathered.timeline.runs} - names)
    notes = []
    if others:
        listed = ", ".join(others[:5])
        notes.append(
            f"the history has no run of {', '.join(sorted(names))}, only of {listed}; --environment names another"
        )
    if any(run.pull_request is not None for run in runs):
        why = "a pull request's run never becomes one: record a run of the branch first"
        return [*notes, f"there is no baseline yet, and {why}"]
    if any(run.commit.dirty for run in runs):
        return [*notes, "there is no baseline yet, and uncommitted changes never become one: commit first"]
    if len({run.commit.sha for run in runs}) > 1:
        return [*notes, "there is no baseline yet: `perfsite record` or `perfsite import` keeps the runs of this file"]
    kept = keep(project, push=push)
    if not kept.store.append(runs).written:
        return [*notes, "there is no baseline yet; this run is stored already and will be it"]
    lost = "; where the work tree is thrown away (CI), it is kept only by `perfsite record --push`"
    return [*notes, f"there was no baseline: this run is now the first, in {kept.place}{'' if push else lost}"]
