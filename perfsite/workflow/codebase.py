"""The repository of the code that is measured: its commits in order, its address, what a clone knows of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from perfsite.errors import HistoryError
from perfsite.model.run import stand_in

if TYPE_CHECKING:
    from perfsite.history.checkout import CommitInfo
    from perfsite.history.commits import Tag
    from perfsite.model.run import Commit
    from perfsite.workflow.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Codebase:
    """A repository: a directory in it, and the remote that runs are pushed to (None: it has none)."""

    root: Path
    remote: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A commit on trial, and the commit of the repository that it was measured as.

    `start` is the commit itself, or the merge that a CI job tested for a pull request, or what uncommitted changes
    were made upon; in the last two cases `commit` follows it. `base` is what it is compared with, where somebody said
    so: a commit of the repository.
    """

    commit: Commit
    start: str
    base: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The first-parent line of the default branch, oldest first, and which measured commits the repository has.

    `certain` is False where this clone does not show which commits a contender follows. `bases` are the places on the
    line of what measured commits beside it grew from, by sha, as far as that is known.
    """

    commits: Sequence[Commit] = ()
    known: frozenset[str] = frozenset()
    branch: str = "the default branch"
    notes: tuple[str, ...] = ()
    certain: bool = True
    bases: Mapping[str, int] = field(default_factory=dict)


def find(project: Project) -> Codebase | None:
    """Return the repository that the project lies in; None where it lies in none."""
    if top(project) is None:
        return None
    from perfsite.history.remotes import remotes

    wanted = project.settings.remote
    return Codebase(root=project.root, remote=wanted if wanted in remotes(project.root) else None)


def top(project: Project) -> Path | None:
    """Return the folder of the repository that the project lies in; None where it lies in none."""
    return next((folder for folder in (project.root, *project.root.parents) if (folder / ".git").exists()), None)


def watched(project: Project) -> tuple[Path, ...]:
    """Return the files of the repository that change when the history's branch or the code's moves.

    Those that git has for a branch of its own (`refs/heads/main`), for all packed ones, and for what is checked out.
    """
    folder = _git_folder(project)
    if folder is None:
        return ()
    settings = project.settings
    branches = {settings.history_branch, settings.branch or "main", "main", "master"}
    refs = [folder / "refs" / "heads" / name for name in sorted(branches)]
    refs += [folder / "refs" / "remotes" / settings.remote / name for name in sorted(branches)]
    return (*refs, folder / "HEAD", folder / "packed-refs", folder / "reftable" / "tables.list")


def _git_folder(project: Project) -> Path | None:
    """Return where the project's repository keeps its branches: a linked work tree has those of the main one."""
    folder = top(project)
    if folder is None or (folder / ".git").is_dir():
        return None if folder is None else folder / ".git"
    place = folder / ".git"
    linked = place.parent / place.read_text(encoding="utf-8", errors="replace").removeprefix("gitdir:").strip()
    common = linked / "commondir"
    return (linked / common.read_text(encoding="utf-8").strip()).resolve() if common.is_file() else linked


def checked_out(project: Project, environ: Mapping[str, str]) -> CommitInfo | None:
    """Return what is checked out, as the CI job explains it; None outside of a repository."""
    if find(project) is None:
        return None
    from perfsite.history.checkout import capture

    return capture(project.root, environ, besides=project.history.name)


def web_address(project: Project, environ: Mapping[str, str]) -> str | None:
    """Return the web address of the code; None where neither the owner nor a remote tells."""
    if project.settings.repository_url:
        return project.settings.repository_url.rstrip("/").removesuffix(".git")
    if find(project) is None:
        return None
    from perfsite.history.remotes import web_address as of_remote

    return of_remote(project.root, environ)


def default_branch(project: Project) -> str | None:
    """Return the name of the default branch, as far as the repository tells; None outside of one."""
    repository = find(project)
    if repository is None:
        return None
    from perfsite.history import commits

    return commits.default_branch(repository.root)


def resolve(project: Project, name: str) -> Commit | None:
    """Return the commit that a name stands for in the project's repository; None where it knows none."""
    if find(project) is None:
        return None
    from perfsite.history import commits

    sha = commits.resolve(project.root, name)
    return None if sha is None else commits.commits(project.root, [sha])[0]


def commits_anywhere(project: Project, shas: Sequence[str]) -> Mapping[str, Commit]:
    """Return those of the commits that the project's repository or its remote has, by sha."""
    repository = find(project)
    if repository is None:
        return {}
    from perfsite.history import elsewhere

    return elsewhere.commits_anywhere(repository.root, repository.remote, shas)


def is_shallow(project: Project) -> bool:
    """Whether the project's clone lacks older commits; False where there is no repository."""
    if find(project) is None:
        return False
    from perfsite.history import commits

    return commits.is_shallow(project.root)


def merge_base(project: Project, one: str, other: str) -> str | None:
    """Return the newest commit that two commits of the repository have in common; None: none.

    Raises
    ------
    HistoryError
        The clone is too shallow to tell.
    """
    from perfsite.history import commits

    return commits.merge_base(project.root, one, other)


def file_at(project: Project, revision: str, path: str) -> str | None:
    """Return the text of a file at a revision of the project's repository; None where there is none.

    `path` is that from the project's folder.
    """
    if find(project) is None:
        return None
    from perfsite.history import commits

    return commits.file_at(project.root, revision, path)


def changed_files(project: Project, ranges: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Return the paths that differ between the commits of each range (older, newer); those not known are left out."""
    if not ranges or find(project) is None:
        return {}
    from perfsite.history.changed import changed_files as of_repository

    found = of_repository(project.root, ranges)
    return {pair: tuple(file.path for file in files) for pair, files in found.items()}


def no_commit(project: Project) -> HistoryError:
    """Return the error for a run that belongs to no commit."""
    return HistoryError(
        "not a git repository, so there is no commit to record for",
        where=str(project.root),
        hint="call perfsite in the repository that was measured (-C DIR), or name the commit with --commit SHA",
    )


@contextmanager
def deepened(project: Project, recorded: Mapping[str, Commit], wanted: Sequence[str]) -> Iterator[Path | None]:
    """Open a repository with the graph that this clone lacks, fetched from the remote; None where none can be had."""
    repository = find(project)
    if repository is None or repository.remote is None:
        yield None
        return
    from perfsite.history.deepening import deepened as fetched

    since = min((commit.time for commit in recorded.values() if commit.time is not None), default=None)
    branch = project.settings.branch
    with fetched(repository.root, repository.remote, wanted, branch=branch, since=since) as graph:
        yield graph


def line(
    project: Project,
    recorded: Mapping[str, Commit],
    *,
    contender: Contender | None = None,
    graph: Path | None = None,
) -> Line:
    """Return the commits that the trend follows.

    The default branch is the owner's, else what the repository says; where no recorded commit is on it, what is
    checked out takes its place, so that a first run on any branch is seen.

    Parameters
    ----------
    recorded
        Every measured commit by sha.
    contender
        The commit on trial: the line ends with it where it is of the line, else it has a base on the line.
    graph
        The repository that is asked; None: the project's.
    """
    repository = find(project)
    if repository is None:
        return Line()
    if graph is not None:
        repository = replace(repository, root=graph)
    from perfsite.history import commits

    shallow = commits.is_shallow(repository.root)
    wanted = [contender.start] if contender else []
    merges = [commit.tested for commit in recorded.values() if commit.tested]
    known = commits.existing(repository.root, [*recorded, *merges, *wanted])
    if contender is not None and contender.start not in known:
        return _apart(contender, known, shallow=shallow)
    if not known:
        note = "none of the measured commits is in this clone; commits are ordered by time"
        return Line(notes=(note,) if shallow else ())
    whole = _followed(project, repository, recorded, shallow=shallow)
    whole = replace(whole, known=known, bases=_bases(repository, whole, recorded, known))
    if contender is not None:
        return _up_to(repository, whole, contender)
    if not whole.commits:
        missing = f"the branch {whole.branch} is not in this clone, so commits are ordered by time"
        return Line(branch=whole.branch, notes=(missing,))
    return replace(whole, certain=True)


def _bases(repository: Codebase, whole: Line, recorded: Mapping[str, Commit], known: frozenset[str]) -> dict[str, int]:
    """Return where the measured commits beside the line left it: a pull request's, where its tested merge did."""
    from perfsite.history.forks import fork_points

    on_line = {commit.sha for commit in whole.commits}
    starts = {}
    for sha, commit in recorded.items():
        start = commit.tested if commit.tested in known else sha
        if sha not in on_line and start in known:
            starts[sha] = start
    found = fork_points(repository.root, set(starts.values()), whole.commits)
    return {sha: found[start] for sha, start in starts.items() if start in found}


def tags(repository: Codebase | None, line: Line) -> Sequence[Tag]:
    """Return the tags of the repository; none where no line of commits is known that they could lie on."""
    if repository is None or not line.commits:
        return ()
    from perfsite.history import commits

    return commits.tags(repository.root)


def _apart(contender: Contender, known: frozenset[str], *, shallow: bool) -> Line:
    """Return the line of a contender that grew from no commit of this clone: it comes after all that is older."""
    label = contender.commit.subject
    if label is not None and contender.start == stand_in(label).sha:
        # No repository has the commit of a label: its place is told by time alone.
        return Line(commits=[contender.commit], known=known, certain=not known)
    fetch = "--unshallow origin" if shallow else f"origin {contender.start}"
    why = f"{contender.start[:8]} is not in this clone: compared with all that is older, and no rule fails"
    note = f"{why}. Exact after: git fetch {fetch}"
    return Line(commits=[contender.commit], known=known, notes=(note,), certain=False)


def _followed(project: Project, repository: Codebase, recorded: Mapping[str, Commit], *, shallow: bool) -> Line:
    """Return the default branch: the first candidate that holds a recorded commit.

    In a shallow clone of one branch, that branch may or may not be the default one: then the line is not certain.
    """
    from perfsite.history import commits

    owners = project.settings.branch
    told = owners or commits.default_branch(repository.root)
    names = [told] if owners else [told, "HEAD"]
    first: Line | None = None
    for name in names:
        if name is None or commits.resolve(repository.root, name) is None:
            continue
        found = commits.order(repository.root, name)
        guessed = name == "HEAD" or (not owners and name not in {"main", "master"} and not _is_told(repository))
        made = Line(
            commits=found,
            known=commits.existing(repository.root, recorded),
            branch="the checked-out commit" if name == "HEAD" else name,
            certain=not (shallow and guessed),
        )
        if any(commit.sha in recorded for commit in found):
            return made
        first = first or made
    return first or Line(branch=owners or "the default branch", certain=False)


def _is_told(repository: Codebase) -> bool:
    """Whether the clone knows its remote's default branch, which CI checkouts do not."""
    from perfsite.history import commits

    return commits.resolve(repository.root, "refs/remotes/origin/HEAD") is not None


def _up_to(repository: Codebase, whole: Line, contender: Contender) -> Line:
    """Return the line with the contender on it, the last, or with the place that it is compared with."""
    from perfsite.history.forks import fork_points

    # A tested merge holds its target's newest commit, so that all that is older than the merge is below it.
    merged = contender.commit.tested == contender.start
    place = next((i for i, commit in enumerate(whole.commits) if commit.sha == contender.start), None)
    if place is not None and contender.base is None:
        own = [] if contender.commit.sha == contender.start else [contender.commit]
        cut = replace(whole, commits=[*whole.commits[: place + 1], *own], certain=whole.certain or merged)
        return cut if cut.certain else _doubted(cut, f"whether {whole.branch} is the default branch")
    if not whole.commits:
        return _by_time(_doubted(whole, f"where it left {whole.branch}"), contender)
    start = contender.base or contender.start
    base = fork_points(repository.root, [start], whole.commits).get(start)
    if base is None:
        return _by_time(whole if merged else _doubted(whole, f"where it left {whole.branch}"), contender)
    return replace(whole, bases={**whole.bases, contender.commit.sha: base}, certain=True)


def _doubted(whole: Line, what: str) -> Line:
    note = f"this clone does not show {what}: compared with all runs that are older, and no rule fails. "
    fetch = "git fetch --unshallow origin and the default branch (actions/checkout: fetch-depth: 0) make it exact"
    return replace(whole, notes=(*whole.notes, note + fetch), certain=False)


def _by_time(whole: Line, contender: Contender) -> Line:
    """Return the line with the contender behind all that is older: nothing tells which commits it holds."""
    until = contender.commit.time
    older = [commit for commit in whole.commits if until is None or commit.time is None or commit.time <= until]
    bases = {sha: place for sha, place in whole.bases.items() if place < len(older)}
    return replace(whole, commits=[*older, contender.commit], bases=bases)


def user_name(project: Project) -> str:
    """Return the name that git commits under here; empty where it knows none."""
    if find(project) is None:
        return ""
    from perfsite.history.checkout import user_name as configured

    return configured(project.root)
