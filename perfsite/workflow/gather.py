"""Gather the whole history of a project: directory and branch, in the order of the code's commits."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from perfsite.errors import HistoryError
from perfsite.history.events import events_of
from perfsite.history.newest import NewestLines
from perfsite.history.order import arrange
from perfsite.history.query import Fold
from perfsite.history.releases import place_releases, unmeasured_releases
from perfsite.history.store import DirectoryStore, Store, read_all
from perfsite.model.decisions import Decisions
from perfsite.workflow import codebase
from perfsite.workflow.ignored import code_versions

if TYPE_CHECKING:
    from perfsite.history.kept import KeptRuns
    from perfsite.history.shards import StoredLine
    from perfsite.history.timeline import Timeline
    from perfsite.model.event import Event
    from perfsite.model.problem import Problem
    from perfsite.model.run import Commit, Run
    from perfsite.workflow.project import Project


_MOST_WARNINGS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """A project's timeline, what of its history could not be read, and where the code is at home.

    `certain` is False where the clone does not show what a contender must be compared with. `events` are what people
    decided, in the order they are stored. `newest` has the newest runs with their samples. `line` is the first-parent
    line of the default branch, oldest first, measured or not; empty where no repository tells.
    """

    timeline: Timeline
    events: tuple[Event, ...]
    problems: tuple[Problem, ...]
    repository_url: str | None
    notes: tuple[str, ...]
    certain: bool
    newest: NewestLines
    line: Sequence[Commit] = ()
    bases: Mapping[str, Commit] = field(default_factory=dict)
    """The commits of the line that measured commits beside it grew from, by sha, as far as they are known."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what of the history could not be read, in words: a decision that is passed over changes verdicts."""
        told = [f"{one.where}: {one.problem}" for one in self.problems[:_MOST_WARNINGS]]
        left = len(self.problems) - len(told)
        return (
            *told,
            *([f"{left} more places of the history cannot be read; `perfsite build` lists all"] if left else []),
        )


def stores(project: Project, repository: codebase.Codebase | None, *, fetch: bool) -> list[Store]:
    """Return where the project's runs are kept: the directory, and the branch where there is a repository.

    `fetch` asks the remote for the branch as it is now; a remote that does not answer is a problem, not an error.
    """
    found: list[Store] = [DirectoryStore(project.history)]
    if repository is not None:
        from perfsite.history.branch import BranchStore

        found.append(
            BranchStore(repository.root, project.settings.history_branch, remote=repository.remote, fresh=fetch)
        )
    return found


def _in_project(project: Project, problem: Problem) -> Problem:
    """Return a problem whose place is told from the project's folder: the site says nothing of this machine."""
    return replace(problem, where=problem.where.replace(f"{project.root.as_posix()}/", ""))


def _unmatched(events: Sequence[Event], timeline: Timeline) -> list[str]:
    """Say what is decided in vain: a name that was meant otherwise, or is another today, must not pass for a gate."""
    if not timeline.runs:
        return []
    decisions = Decisions(events, timeline.commits)
    said = [
        f"accepted at {event.commit[:8]} for {str(event.series)[:200]}, but no series of the history is meant by that"
        for event in decisions.in_vain(one.key for one in timeline.series)
    ]
    left = decisions.pins.unmatched((one.key, one.unit) for one in timeline.series)
    if not left:
        return said[:5]
    names = [f"{benchmark[:60]} {metric[:40]} ({unit[:20]})" for benchmark, metric, unit in left[:5]]
    more = f" and {len(left) - 5} more" if len(left) > 5 else ""
    return [*said[:5], f"pinned, but no series has that benchmark, metric and unit: {', '.join(names)}{more}"]


def _deepened(project: Project, fold: Fold, line: codebase.Line, contender: codebase.Contender | None) -> codebase.Line:
    """Return the line as the remote shows it, where this clone does not show where measured commits left it."""
    on_line = {commit.sha for commit in line.commits}
    proposed = [sha for sha in fold.proposed if sha not in line.bases and sha not in on_line]
    if contender is not None:
        proposed = [] if line.certain else [contender.base or contender.start, *proposed]
    if line.certain and not proposed:
        return line
    wanted = [tested for sha in proposed if (commit := fold.commits.get(sha)) and (tested := commit.tested)]
    with codebase.deepened(project, fold.commits, [*proposed, *wanted]) as graph:
        if graph is None:
            return line
        try:
            found = codebase.line(project, fold.commits, contender=contender, graph=graph)
        except HistoryError:
            # What the remote gave is not what git can walk; the doubt is told as before.
            return line
    return _joined(line, found)


def _joined(line: codebase.Line, found: codebase.Line) -> codebase.Line:
    """Return the better of two lines with what the other one knows: the remote's, or this clone's where that is ahead.

    A clone has branches that were never pushed, the remote what a shallow clone left out.
    """
    if not found.certain:
        return line
    is_whole = not line.commits or any(commit.sha == line.commits[-1].sha for commit in found.commits)
    best, other = (found, line) if is_whole or not line.certain else (line, found)
    places = {commit.sha: place for place, commit in enumerate(best.commits)}
    grown = {sha: other.commits[place].sha for sha, place in other.bases.items() if sha not in best.bases}
    more = {sha: places[base] for sha, base in grown.items() if base in places and sha not in places}
    return replace(best, known=line.known | found.known, bases={**best.bases, **more})


def gather(
    project: Project,
    *,
    extra: Iterable[Run] = (),
    contender: codebase.Contender | None = None,
    fetch: bool = True,
    deepen: bool = False,
    kept: KeptRuns | None = None,
) -> Gathered:
    """Read every run once, in the order of the git graph as far as a repository knows it.

    Parameters
    ----------
    extra
        Runs that are judged with the stored ones and are not stored.
    contender
        The commit on trial, if any: the trend ends with it, or with nothing it has to do with where it is beside it.
    fetch
        Whether to ask the remote for runs that this clone has not seen.
    deepen
        Whether to ask the remote where commits left the default branch, if this clone does not show it.
    kept
        The runs of the reading before, for one that reads again and again.

    Raises
    ------
    HistoryError
        The directory or the branch cannot be read at all; single bad lines are problems instead.
    """
    repository = codebase.find(project)
    problems: list[Problem] = []
    fold = Fold()
    decisions: list[StoredLine] = []
    newest = NewestLines()
    places = stores(project, repository, fetch=fetch)
    for run in read_all(places, problems, samples=False, events=decisions, newest=newest, kept=kept):
        fold.add(run)
    events = events_of(decisions, problems)
    for run in extra:
        fold.add(run)
    line = codebase.line(project, fold.commits, contender=contender)
    if deepen:
        line = _deepened(project, fold, line, contender)
    order = arrange(fold.commits, line.commits, line.known, line.branch, line.bases)
    versions, untold = code_versions(project, line, order, contender)
    tags = codebase.tags(repository, line)
    timeline = replace(
        fold.timeline(order),
        releases=place_releases(tags, line.commits, order),
        unmeasured=unmeasured_releases(tags, line.commits, order),
        versions=versions,
    )
    return Gathered(
        timeline=timeline,
        events=events,
        problems=tuple(_in_project(project, one) for one in problems),
        repository_url=codebase.web_address(project, os.environ),
        notes=(*line.notes, *untold, *_unmatched(events, timeline)),
        certain=line.certain,
        newest=newest,
        line=line.commits,
        bases={sha: line.commits[place] for sha, place in line.bases.items()},
    )
