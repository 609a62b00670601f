"""The repository of the code that is measured: its commits in order, its address, what a clone knows of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from perfsite.errors import HistoryError

if TYPE_CHECKING:
    from perfsite.history.checkout import CommitInfo
    from perfsite.model.run import Commit
    from perfsite.workflow.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Codebase:
    """A repository: a directory in it, and the remote that runs are pushed to (None: it has none)."""

    root: Path
    remote: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The first-parent line of the default branch, oldest first, and which measured commits the repository has."""

    commits: Sequence[Commit] = ()
    known: frozenset[str] = frozenset()
    branch: str = "the default branch"
    notes: tuple[str, ...] = ()


def find(project: Project) -> Codebase | None:
    """Return the repository that the project lies in; None where it lies in none."""
    if not any((folder / ".git").exists() for folder in (project.root, *project.root.parents)):
        return None
    from perfsite.history.remotes import remotes

    wanted = project.settings.remote
    return Codebase(root=project.root, remote=wanted if wanted in remotes(project.root) else None)


def checked_out(project: Project, environ: Mapping[str, str]) -> CommitInfo | None:
    """Return what is checked out, as the CI job explains it; None outside of a repository."""
    if find(project) is None:
        return None
    from perfsite.history.checkout import capture

    return capture(project.root, environ)


def web_address(project: Project, environ: Mapping[str, str]) -> str | None:
    """Return the web address of the code; None where neither the owner nor a remote tells."""
    if project.settings.repository_url:
        return project.settings.repository_url.rstrip("/").removesuffix(".git")
    if find(project) is None:
        return None
    from perfsite.history.remotes import web_address as of_remote

    return of_remote(project.root, environ)


def resolve(project: Project, name: str) -> Commit | None:
    """Return the commit that a name stands for in the project's repository; None where it knows none."""
    if find(project) is None:
        return None
    from perfsite.history import commits

    sha = commits.resolve(project.root, name)
    return None if sha is None else commits.commits(project.root, [sha])[0]


def no_commit(project: Project) -> HistoryError:
    """Return the error for a run that belongs to no commit."""
    return HistoryError(
        "not a git repository, so there is no commit to record for",
        where=str(project.root),
        hint="call perfsite in the repository that was measured (-C DIR), or name the commit with --commit SHA",
    )


def line(project: Project, recorded: Mapping[str, Commit], *, contender: str | None = None) -> Line:
    """Return the commits that the trend follows.

    The default branch is the owner's, else what the repository says; where no recorded commit is on it, what is
    checked out takes its place, so that a first run on any branch is seen.

    Parameters
    ----------
    recorded
        Every measured commit by sha.
    contender
        The commit on trial: the line ends with it, after the merge base with the default branch.
    """
    repository = find(project)
    if repository is None:
        return Line()
    from perfsite.history import commits

    known = commits.existing(repository.root, recorded)
    if not known:
        return Line(notes=_shallow_note(repository, "none of the measured commits is in this clone"))
    branch, found = _followed(project, repository, recorded)
    if contender is not None and contender in known:
        return _up_to(repository, Line(commits=found, known=known, branch=branch), recorded[contender])
    if not found:
        missing = f"the branch {branch} is not in this clone, so commits are ordered by time"
        return Line(branch=branch, notes=(missing,))
    return Line(commits=found, known=known, branch=branch, notes=_unknown_note(repository, contender))


def _followed(project: Project, repository: Codebase, recorded: Mapping[str, Commit]) -> tuple[str, list[Commit]]:
    """Return the default branch and its line: the first candidate that holds a recorded commit."""
    from perfsite.history import commits

    owners = project.settings.branch
    names: Iterable[str | None] = (owners,) if owners else (commits.default_branch(repository.root), "HEAD")
    first: tuple[str, list[Commit]] | None = None
    for name in names:
        if name is None or commits.resolve(repository.root, name) is None:
            continue
        found = commits.order(repository.root, name)
        if any(commit.sha in recorded for commit in found):
            return ("the checked-out commit" if name == "HEAD" else name), found
        first = first or (name, found)
    return first or (owners or "the default branch", [])


def _up_to(repository: Codebase, whole: Line, contender: Commit) -> Line:
    """Return the line cut after the contender, or after its merge base with the contender put behind it."""
    from perfsite.history import commits

    places = {commit.sha: i for i, commit in enumerate(whole.commits)}
    place = places.get(contender.sha)
    if place is not None:
        return Line(commits=whole.commits[: place + 1], known=whole.known, branch=whole.branch)
    try:
        tip = whole.commits[-1].sha if whole.commits else ""
        base = commits.merge_base(repository.root, tip, contender.sha) if tip else None
    except HistoryError as error:
        return _by_time(
            whole, contender, f"{error.problem}; compared with all that is older. Exact after: {error.hint}"
        )
    if base is None:
        why = f"no merge base with {whole.branch} is in this clone; compared with all runs that are older"
        return _by_time(whole, contender, why)
    end = places.get(base)
    if end is None:
        # The merge base came in by a merge: the newest commit of the line that is older than it stands for it.
        known = commits.commits(repository.root, [base])[0]
        return _by_time(whole, contender, "", before=known)
    return Line(commits=[*whole.commits[: end + 1], contender], known=whole.known, branch=whole.branch)


def _by_time(whole: Line, contender: Commit, why: str, *, before: Commit | None = None) -> Line:
    until = (before or contender).time
    times = [commit.time for commit in whole.commits]
    end = len(times) if until is None else bisect_right(times, until, key=lambda time: time or until)
    return Line(
        commits=[*whole.commits[:end], contender],
        known=whole.known,
        branch=whole.branch,
        notes=(why,) if why else (),
    )


def _unknown_note(repository: Codebase, contender: str | None) -> tuple[str, ...]:
    if contender is None:
        return ()
    from perfsite.history import commits

    fetch = "--unshallow origin" if commits.is_shallow(repository.root) else f"origin {contender}"
    return (f"{contender[:8]} is not in this clone; compared with all that is older. Exact after: git fetch {fetch}",)


def _shallow_note(repository: Codebase, what: str) -> tuple[str, ...]:
    from perfsite.history import commits

    return (f"{what}; commits are ordered by time",) if commits.is_shallow(repository.root) else ()
