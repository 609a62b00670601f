"""Commits that this clone does not have, such as a pull request's: asked of the remote, and kept nowhere."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from perfsite.errors import HistoryError
from perfsite.history.commits import commits, read_commits
from perfsite.history.plumbing import Git
from perfsite.history.target import remote_target
from perfsite.model.run import SHA

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfsite.model.run import Commit

_log = logging.getLogger(__name__)


def commits_anywhere(
    path: Path, remote: str | None, shas: Sequence[str], *, timeout_s: float = 60.0
) -> Mapping[str, Commit]:
    """Return those of the commits that the repository or its remote has, by sha, their parents told.

    A remote gives a commit without its files into a temporary repository: the clone is not touched. One that does not
    answer is as one that does not have them.
    """
    wanted = [sha for sha in dict.fromkeys(shas) if SHA.match(sha)]
    found = {sha: commit for sha, commit in zip(wanted, commits(path, wanted), strict=True) if commit is not None}
    absent = [sha for sha in wanted if sha not in found]
    if not absent or remote is None:
        return found
    try:
        with remote_target(Git(path), remote=remote, branch="HEAD") as target:
            # One at a time: a server refuses all for one that it does not have.
            for sha in absent:
                fetch = ("fetch", "-q", "--no-tags", "--depth=1", "--no-auto-gc", "--filter=tree:0", remote, sha)
                try:
                    target.git.run(*fetch, timeout_s=timeout_s)
                except HistoryError as error:
                    _log.info("%s: %s", sha, error.problem)
                    continue
                commit = read_commits(target.git, [sha])[0]
                if commit is not None:
                    found[sha] = commit
    except HistoryError as error:
        _log.info("%s: %s", remote, error.problem)
    return found
