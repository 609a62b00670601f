"""Where a branch lives while runs are appended to it: on a remote, or in the user's repository itself.

Both offer the same two steps to `perfsite.history.branch`: say where the branch is now, and move it if it is still
there. All work happens in a temporary bare repository: a shallow, `blob:none` fetch in the user's clone would make
that clone shallow and write promisor settings into its configuration.
"""

from __future__ import annotations

import re
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from perfsite.errors import HistoryError
from perfsite.history.plumbing import Git, GitError

if TYPE_CHECKING:
    from collections.abc import Iterator

_AGAIN: Final = re.compile(
    r"\((?:fetch first|non-fast-forward|stale info|incorrect old value provided|failed to update ref|needs force)\)"
    r"|cannot lock ref|failed to lock|reference already exists|but expected|File exists|unable to migrate objects"
)
_HICCUP: Final = re.compile(
    r"hung up|early EOF|RPC failed|HTTP 5\d\d|The requested URL returned error: 5\d\d|timed out|no answer within"
    r"|Connection (?:reset|refused|closed)|Could not resolve host"
)
_CARRIED: Final = re.compile(r"(?:https?|credential|url|ssh|protocol|safe)\..+|core\.(?:sshcommand|askpass|gitproxy)\Z")
_OF_REMOTE: Final = ("url", "pushurl", "proxy", "proxyauthmethod", "uploadpack", "receivepack", "serveroption", "vcs")


# A few kilobytes that live for a second: threads, housekeeping and waiting for the disk only cost.
_BRIEF: Final = (("pack.threads", "1"), ("gc.auto", "0"), ("maintenance.auto", "false"), ("core.fsync", "none"))


class MovedError(Exception):
    """The branch did not move, since somebody else was first; to be tried again."""


def is_hiccup(error: GitError) -> bool:
    """Whether git failed for a reason that may pass by itself: the network, a server that is busy."""
    return _HICCUP.search(error.said) is not None


class Target(Protocol):
    """A branch that can be appended to."""

    git: Git

    def tip(self, timeout_s: float) -> str | None:
        """Return the commit or ref the branch is at now, its trees at hand in `git`; None where there is no branch."""
        ...

    def move(self, new: str, old: str | None, timeout_s: float) -> None:
        """Move the branch from `old` to `new`, or raise MovedError where it is not at `old` any more."""
        ...


class Remote:
    """The branch on a remote, seen from a temporary repository.

    Parameters
    ----------
    git
        Git in the temporary repository, with the remote configured.
    remote, branch
        Their names.
    whole
        Whether all contents are wanted; otherwise only trees are fetched, and contents as they are asked for.
    """

    def __init__(self, git: Git, *, remote: str, branch: str, whole: bool = False) -> None:
        self.git = git
        self._remote = remote
        self._branch = branch
        self._filter = [] if whole else ["--filter=blob:none"]

    def tip(self, timeout_s: float) -> str | None:
        """Fetch the branch as it is now."""
        spec = f"+refs/heads/{self._branch}:refs/heads/tip"
        fetch = ("fetch", "-q", "--no-tags", "--depth=1", "--no-auto-gc", *self._filter, self._remote, spec)
        try:
            self.git.run(*fetch, timeout_s=timeout_s)
        except GitError as error:
            if "couldn't find remote ref" in error.said:
                return None
            raise
        return "refs/heads/tip"

    def move(self, new: str, old: str | None, timeout_s: float) -> None:
        """Push without force: the server takes `new`, a child of `old`, only if nobody moved the branch."""
        del old
        try:
            spec = f"{new}:refs/heads/{self._branch}"
            self.git.run("push", "--porcelain", "--no-signed", self._remote, spec, timeout_s=timeout_s)
        except GitError as error:
            if _AGAIN.search(error.said):
                raise MovedError(error.problem) from error
            raise


class Local:
    """The branch in the user's repository, where there is no remote.

    Parameters
    ----------
    git
        Git in a temporary repository that shares the user's objects.
    user
        Git in the user's repository.
    branch
        Its name.
    """

    def __init__(self, git: Git, user: Git, *, branch: str) -> None:
        self.git = git
        self._user = user
        self._ref = f"refs/heads/{branch}"

    def tip(self, timeout_s: float) -> str | None:
        """Look the branch up."""
        found = self._user.text("for-each-ref", "--format=%(objectname)", self._ref, timeout_s=timeout_s)
        return found or None

    def move(self, new: str, old: str | None, timeout_s: float) -> None:
        """Compare and swap."""
        message = "perfsite: append runs"
        try:
            self._user.run("update-ref", "-m", message, self._ref, new, old or "0" * len(new), timeout_s=timeout_s)
        except GitError as error:
            if _AGAIN.search(error.said):
                raise MovedError(error.problem) from error
            raise


@contextmanager
def remote_graph(user: Git, *, remote: str) -> Iterator[Git]:
    """Open a temporary repository that reaches the user's remote, to fetch commits that the user's clone lacks.

    Raises
    ------
    HistoryError
        There is no such remote.
    """
    with _reaching(user, remote) as git:
        yield git


@contextmanager
def remote_target(user: Git, *, remote: str, branch: str, whole: bool = False) -> Iterator[Remote]:
    """Open a temporary repository that reaches the user's remote with the user's credentials.

    Raises
    ------
    HistoryError
        There is no such remote.
    """
    with _reaching(user, remote) as git:
        yield Remote(git, remote=remote, branch=branch, whole=whole)


@contextmanager
def _reaching(user: Git, remote: str) -> Iterator[Git]:
    """Open a temporary repository with the user's remote and the user's credentials."""
    config = [*_carried(user, remote), *_BRIEF]
    if not any(key == f"remote.{remote}.url" for key, _ in config):
        hint = f"git remote add {remote} URL, or name another remote; `git remote -v` lists them"
        raise HistoryError(f"there is no remote called {remote!r}", where=str(user.directory), hint=hint)
    with _bare(user) as (git_dir, top):
        yield Git(top, git_dir=git_dir, config=config, alone=True)


@contextmanager
def local_target(user: Git, *, branch: str) -> Iterator[Local]:
    """Open a temporary repository that writes objects into the user's, and nothing else.

    Raises
    ------
    HistoryError
        The branch is checked out somewhere: moving it would make that work tree look changed.
    """
    if f"branch refs/heads/{branch}\n" in user.text("worktree", "list", "--porcelain") + "\n":
        hint = "switch that work tree to another branch; nobody needs to check out the history"
        raise HistoryError(f"the branch {branch!r} is checked out", where=str(user.directory), hint=hint)
    objects = user.directory / user.text("rev-parse", "--git-path", "objects")
    with _bare(user) as (git_dir, _):
        git = Git(git_dir, git_dir=git_dir, settings={"GIT_OBJECT_DIRECTORY": str(objects.resolve())}, alone=True)
        yield Local(git, user, branch=branch)


@contextmanager
def _bare(user: Git) -> Iterator[tuple[Path, Path]]:
    """Make a bare repository like the user's; with it comes the directory that relative URLs start from."""
    asked = ("rev-parse", "--show-object-format", "--absolute-git-dir", "--is-inside-work-tree", "--show-cdup")
    object_format, own, inside, up = f"{user.text(*asked)}\n".split("\n")[:4]
    top = user.directory / up if inside == "true" else Path(own)
    with tempfile.TemporaryDirectory(prefix="perfsite-", ignore_cleanup_errors=True) as folder:
        init = ("init", "-q", "--bare", "--template=", f"--object-format={object_format}", folder)
        Git(Path(folder), alone=True).run(*init)
        yield Path(folder), top


def _carried(user: Git, remote: str) -> list[tuple[str, str]]:
    """Return what of the user's whole configuration the way to the remote needs, in git's order.

    All of it and not only the local part: then the temporary repository can do without the system's and the user's
    files, and a header that a CI checkout stored (`http.<url>.extraheader`, possibly in an included file) is neither
    lost nor sent twice.
    """
    carried = []
    for entry in user.run("config", "--list", "--includes", "-z").decode(errors="surrogateescape").split("\0"):
        key, is_set, value = entry.partition("\n")
        of_remote = key.startswith(f"remote.{remote}.") and key.rpartition(".")[2] in _OF_REMOTE
        if of_remote or _CARRIED.match(key):
            carried.append((key, value if is_set else "true"))
    return carried
