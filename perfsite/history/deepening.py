"""Commits that a clone lacks, for a moment: the graph of the default branch and of what grew from it.

CI checkouts are shallow, have one branch, and of a pull request from a fork nothing at all. `git fetch --deepen` in the
user's clone would mend that, and change what the user's other tools see there: its edge, its refs, its size. So the
graph is fetched into a temporary repository, commits without their trees (`tree:0`), back to the oldest measured one.
"""

from __future__ import annotations

import logging
import re
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from perfsite.history.plumbing import Git, GitError
from perfsite.history.target import remote_graph
from perfsite.model.run import SHA

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_log = logging.getLogger(__name__)
FETCH_S: Final = 120.0
SINGLY_S: Final = 20.0
"""How long commits are asked for one by one: those of branches that were rebased meanwhile are nowhere to be had."""
MOST_WANTED: Final = 20
"""Commits beside the default branch that are asked for."""
_BEFORE: Final = timedelta(days=1)
_FIRST: Final = datetime(1970, 1, 3, tzinfo=UTC)
_OPTIONS: Final = ("fetch", "-q", "--no-tags", "--no-auto-gc", "--no-write-fetch-head", "--filter=tree:0")
_DEFAULT: Final = re.compile(r"ref: refs/heads/(\S+)\tHEAD")


@contextmanager
def deepened(
    repository: Path, remote: str, wanted: Sequence[str], *, branch: str | None, since: datetime | None
) -> Iterator[Path | None]:
    """Open a repository that has the commits of the remote's default branch and some others; None where none can be.

    The user's clone is neither read from nor written to, so that it stays as shallow as it is; commits that were never
    pushed are not in it. What the remote does not give by its sha is left out.

    Parameters
    ----------
    wanted
        Shas of the others, at most so many are asked for.
    branch
        The default branch where the owner names it; None: the remote tells.
    since
        Older commits are not asked for; None: all are.

    Raises
    ------
    HistoryError
        There is no such remote.
    """
    with remote_graph(Git(repository), remote=remote) as git:
        try:
            name = branch or _default(git, remote)
            if name is None:
                yield None
                return
            tip = f"refs/remotes/origin/{name}"
            _fetch(git, remote, f"+refs/heads/{name}:{tip}", since=since)
            git.run("symbolic-ref", "refs/remotes/origin/HEAD", tip)
        except GitError as error:
            _log.info("the graph of %s cannot be fetched: %s", remote, error.problem)
            yield None
            return
        asked = [sha for sha in dict.fromkeys(wanted) if SHA.match(sha)][:MOST_WANTED]
        _fetch_all(git, remote, asked, since)
        yield Path(git.text("rev-parse", "--absolute-git-dir"))


def _default(git: Git, remote: str) -> str | None:
    """Return the default branch of a remote as it tells it."""
    found = _DEFAULT.search(git.text("ls-remote", "--symref", remote, "HEAD", timeout_s=FETCH_S))
    return found[1] if found else None


def _fetch_all(git: Git, remote: str, shas: Sequence[str], since: datetime | None) -> None:
    """Fetch commits by their sha: all at once, and one by one where the remote lacks any of them."""
    if not shas:
        return
    specs = {sha: f"{sha}:refs/wanted/{sha}" for sha in shas}
    try:
        _fetch(git, remote, *specs.values(), since=since)
    except GitError:
        deadline = time.monotonic() + SINGLY_S
        for sha, spec in specs.items() if len(shas) > 1 else ():
            if time.monotonic() > deadline:
                break
            try:
                _fetch(git, remote, spec, since=since)
            except GitError as error:
                _log.info("%s is not to be had from %s: %s", sha[:8], remote, error.problem)


def _fetch(git: Git, remote: str, *specs: str, since: datetime | None) -> None:
    """Fetch commits back to a time; all of them where none is younger, which the server takes for an error."""
    # A run may claim any time; git knows none before 1970.
    shallow = [] if since is None or since <= _FIRST else [f"--shallow-since={(since - _BEFORE).isoformat()}"]
    try:
        git.run(*_OPTIONS, *shallow, remote, *specs, timeout_s=FETCH_S)
    except GitError as error:
        if not shallow or "no commits selected" not in error.said:
            raise
        git.run(*_OPTIONS, remote, *specs, timeout_s=FETCH_S)
