"""Where commits left the line of the default branch: the commit of the line that each of them grew from."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from perfsite.history.commits import commits
from perfsite.history.plumbing import Git, GitError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from perfsite.model.run import Commit

_OFFLINE: Final = {"GIT_NO_LAZY_FETCH": "1"}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MOST_STEPS: Final = 200


def fork_points(repository: Path, shas: Collection[str], line: Sequence[Commit]) -> dict[str, int]:
    """Return, by sha, the place on the line of the newest commit of it that each commit holds.

    Of one that the line merged meanwhile it is where its branch began, not where it ended: `git merge-base` would say
    the commit itself, whose level the line has only since the merge. Where branches merged one another, so that there
    are several merge bases, it is the newest of the line. Those are left out that grew from no commit of the line, or
    from one that this clone does not reach.

    Parameters
    ----------
    repository
        A directory in the repository; it may be shallow.
    shas
        Commits that the repository has.
    line
        First-parent line of the default branch, oldest first.

    Raises
    ------
    HistoryError
        Git does not answer.
    """
    places = {commit.sha: place for place, commit in enumerate(line)}
    found = {sha: places[sha] for sha in shas if sha in places}
    asked = sorted(set(shas) - found.keys())
    if not asked or not line:
        return found
    parents = _ancestry(repository, asked, line)
    reached = dict(places)
    for sha, before in parents.items():
        reached.setdefault(sha, max((reached.get(parent, -1) for parent in before), default=-1))
    return found | {sha: reached[sha] for sha in asked if reached.get(sha, -1) >= 0}


def _ancestry(repository: Path, shas: Sequence[str], line: Sequence[Commit]) -> Mapping[str, Sequence[str]]:
    """Return the parents of commits and of their ancestors, ancestors first, down to where the line surely has all.

    Nothing that is older than the oldest commit asked for is new to the line before it: git need not go further.
    """
    oldest = min(commit.time or _EPOCH for commit in commits(repository, shas) if commit is not None)
    times = list(accumulate((commit.time or _EPOCH for commit in line), max))
    end = sum(time < oldest for time in times)
    stop = [f"^{line[end - 1].sha}"] if end else []
    listing = ("rev-list", "--parents", "--topo-order", "--reverse", "--stdin")
    git = Git(repository, settings=_OFFLINE)
    try:
        rows = git.run(*listing, stdin="\n".join([*shas, *stop, ""]).encode(), timeout_s=300).decode().splitlines()
    except GitError:
        # A commit whose parents are not all here, and no shallow clone's: rev-list gives up on it.
        return _step_by_step(repository, shas, {commit.sha for commit in line})
    parents = {sha: before for sha, *before in (row.split() for row in rows)}
    # At the edge of a shallow clone git tells no parents; the commits themselves do.
    edge = [sha for sha, before in parents.items() if not before]
    parents.update({one.sha: list(one.parents or ()) for one in commits(repository, edge) if one is not None})
    return parents


def _step_by_step(repository: Path, shas: Sequence[str], line: Collection[str]) -> Mapping[str, Sequence[str]]:
    """Return the parents of commits and of their ancestors beside the line, ancestors first, as far as they are here.

    A step asks git once, so that a branch is followed for so many commits only.
    """
    layers: list[dict[str, Sequence[str]]] = []
    seen, wanted = set(line), set(shas)
    while wanted and len(layers) < MOST_STEPS:
        seen |= wanted
        layers.append({one.sha: one.parents or () for one in commits(repository, sorted(wanted)) if one is not None})
        wanted = {parent for before in layers[-1].values() for parent in before} - seen
    return {sha: before for layer in reversed(layers) for sha, before in layer.items()}
