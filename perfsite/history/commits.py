"""What git knows of commits: the one that is being measured, the order of a branch, tags, merge bases."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from perfsite.errors import HistoryError
from perfsite.history.plumbing import Git, GitError
from perfsite.model.run import SHA, Commit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_MAX_SUBJECT: Final = 1000
_FIELDS: Final = "%H%x00%ct%x00%an%x00%P%x00%s"
# A partial clone must not ask its remote for every commit that only the history knows.
_OFFLINE: Final = {"GIT_NO_LAZY_FETCH": "1"}
_HUGE_BYTES: Final = 4 << 20
"""What no settings and no benchmarks have; whoever opens a pull request decides how large its files are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A tag, and the commit that it names in the end; `time` is the tag's own where it has one."""

    name: str
    sha: str
    time: datetime | None


@dataclass(frozen=True, slots=True)
class Head:
    """What is checked out: the commit, and whether tracked files differ from it (None where there is no work tree)."""

    commit: Commit
    branch: str | None
    remote_url: str | None


def head(path: Path, *, besides: str | None = None) -> Head:
    """Return what is checked out at a path; nothing is written, not even a refreshed index.

    `dirty` looks at tracked files only: result files that a benchmark has just written say nothing about the code.
    Nor does what lies `besides` it, a folder below the path: recording one run must not make the next one dirty.

    Raises
    ------
    HistoryError
        Not a repository, one without commits, or one that git refuses to read.
    """
    git = Git(path, settings=_OFFLINE)
    commit = commits(path, ["HEAD"])[0]
    if commit is None:
        raise HistoryError("the repository has no commit yet", where=str(path), hint="commit first, then record")
    dirty = None
    if git.text("rev-parse", "--is-inside-work-tree") == "true":
        where = ("--", ":/", f":(exclude,literal){besides}") if besides else ()
        dirty = bool(git.run("status", "--porcelain", "-z", "--untracked-files=no", *where, timeout_s=300))
    try:
        branch: str | None = git.text("symbolic-ref", "--quiet", "--short", "HEAD")
    except GitError:
        branch = None
    urls = [git.text("remote", "get-url", name) for name in git.text("remote").split("\n")[:1] if name]
    if git.succeeds("remote", "get-url", "origin"):
        urls = [git.text("remote", "get-url", "origin")]
    return Head(
        Commit(
            sha=commit.sha,
            time=commit.time,
            subject=commit.subject,
            author=commit.author,
            parents=commit.parents,
            dirty=dirty,
        ),
        branch,
        urls[0] if urls else None,
    )


def commits(path: Path, names: Iterable[str]) -> list[Commit | None]:
    """Return commits by name, read from the objects themselves; None for one that is not at hand.

    The object names its parents even at the edge of a shallow clone, where `git log` shows none.
    """
    return read_commits(Git(path, settings=_OFFLINE), names)


def read_commits(git: Git, names: Iterable[str]) -> list[Commit | None]:
    """Return commits by name as `commits` does, from the repository of a git that is at hand."""
    asked = [name if re.fullmatch(r"[\w./-]+", name) else "" for name in names]
    output = git.run("cat-file", "--batch", stdin="".join(f"{name}^{{commit}}\n" for name in asked).encode())
    found: list[Commit | None] = []
    at = 0
    for _ in asked:
        end = output.index(b"\n", at)
        header = output[at:end].split()
        at = end + 1
        if len(header) != 3 or header[1] != b"commit":
            found.append(None)
            continue
        size = int(header[2])
        found.append(_parse(header[0].decode(), output[at : at + size]))
        at += size + 1
    return found


def _parse(sha: str, content: bytes) -> Commit:
    """Return a commit from the bytes of its object."""
    top, _, message = content.partition(b"\n\n")
    headers: dict[bytes, list[bytes]] = {}
    for line in top.split(b"\n"):
        key, _, value = line.partition(b" ")
        headers.setdefault(key, []).append(value)
    encoding = headers.get(b"encoding", [b"utf-8"])[0].decode("ascii", "replace")
    author = headers.get(b"author", [b""])[0].rpartition(b" <")[0]
    stamp = headers.get(b"committer", [b""])[0].rpartition(b"> ")[2].partition(b" ")[0]
    paragraph = message.lstrip(b"\n").partition(b"\n\n")[0].replace(b"\n", b" ")
    return Commit(
        sha=sha,
        time=_time(stamp.decode("ascii", "replace")),
        subject=_text(paragraph, encoding)[:_MAX_SUBJECT],
        author=_text(author, encoding)[:_MAX_SUBJECT],
        parents=tuple(parent.decode("ascii") for parent in headers.get(b"parent", [])),
    )


def _text(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding, "replace").strip()
    except (LookupError, UnicodeError):
        return content.decode("utf-8", "replace").strip()


def _time(stamp: str) -> datetime | None:
    """Return seconds since 1970 as a time; None for what a broken commit may say instead."""
    if not re.fullmatch(r"-?\d{1,15}", stamp):
        return None
    try:
        return datetime.fromtimestamp(int(stamp), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def order(repository: Path, branch: str) -> list[Commit]:
    """Return the commits of a branch by first parent, oldest first.

    Parameters
    ----------
    repository
        A directory in the repository; it may be shallow (see `is_shallow`): then the list starts at its edge.
    branch
        A branch, here or on `origin` (the one that holds the other), or any other name of a commit.

    Raises
    ------
    HistoryError
        There is no such branch.
    """
    git = Git(repository, settings=_OFFLINE)
    tip = resolve(repository, branch)
    if tip is None:
        hint = f"git fetch origin {branch}, or name another branch"
        raise HistoryError(f"there is no branch or commit {branch!r}", where=str(repository), hint=hint)
    edge = _edge(git)
    log = ("log", "--first-parent", "-z", "--encoding=UTF-8", "--no-show-signature", f"--format={_FIELDS}", tip, "--")
    fields = git.run(*log, timeout_s=300).decode(errors="replace").removesuffix("\0").split("\0")
    found = []
    for i in range(0, len(fields) - 4, 5):
        sha, stamp, author, parents, subject = fields[i : i + 5]
        found.append(
            Commit(
                sha=sha,
                time=_time(stamp),
                subject=subject[:_MAX_SUBJECT],
                author=author[:_MAX_SUBJECT],
                parents=None if sha in edge else tuple(parents.split()),
            )
        )
    found.reverse()
    return found


def _edge(git: Git) -> frozenset[str]:
    """Return the commits whose parents a shallow clone does not know."""
    path = git.directory / git.text("rev-parse", "--git-path", "shallow")
    return frozenset(path.read_text("ascii").split()) if path.is_file() else frozenset()


def resolve(repository: Path, name: str) -> str | None:
    """Return the sha that a branch, tag or other name stands for; None where there is none.

    A branch that exists here and on `origin` stands for the one that holds the other, else for the one here.
    """
    git = Git(repository, settings=_OFFLINE)
    found: list[str] = []
    for candidate in (f"refs/heads/{name}", f"refs/remotes/origin/{name}", name):
        if not found or candidate != name:
            try:
                asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{candidate}^{{commit}}")
                found.append(git.text(*asked))
            except GitError:
                continue
    if len(found) == 2 and git.succeeds("merge-base", "--is-ancestor", *found):
        return found[1]
    return found[0] if found else None


def file_at(repository: Path, revision: str, path: str) -> str | None:
    """Return the text of a file at a revision, undecodable bytes replaced; None where there is none, or a huge one.

    `path` is that from `repository`, a folder of a work tree.
    """
    sha = resolve(repository, revision)
    git = Git(repository)
    if sha is None or not git.succeeds("cat-file", "-e", f"{sha}:./{path}"):
        return None
    if int(git.text("cat-file", "-s", f"{sha}:./{path}")) > _HUGE_BYTES:
        return None
    return git.run("cat-file", "blob", f"{sha}:./{path}").decode("utf-8", "replace")


def default_branch(repository: Path) -> str | None:
    """Return the default branch: what `origin/HEAD` says, else `main` or `master`, else what is checked out.

    CI checkouts do not know `origin/HEAD`; None where nothing tells.
    """
    git = Git(repository, settings=_OFFLINE)
    try:
        return git.text("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD").removeprefix("origin/")
    except GitError:
        names = [name for name in ("main", "master") if resolve(repository, name)]
    if names:
        return names[0]
    return git.text("branch", "--show-current") or None


def is_shallow(repository: Path) -> bool:
    """Whether the clone lacks older commits, so that a commit it does not know may still be on the branch."""
    return Git(repository).text("rev-parse", "--is-shallow-repository") == "true"


def existing(repository: Path, shas: Iterable[str]) -> frozenset[str]:
    """Return those of the commits that the repository has; one process for all, nothing is fetched."""
    asked = "".join(f"{sha}\n" for sha in shas if SHA.match(sha))
    rows = Git(repository, settings=_OFFLINE).run("cat-file", "--batch-check", stdin=asked.encode()).splitlines()
    return frozenset(row.split()[0].decode() for row in rows if row.split()[1:2] == [b"commit"])


def exists(repository: Path, sha: str) -> bool:
    """Whether the repository has the commit."""
    return sha in existing(repository, [sha])


def merge_base(repository: Path, one: str, other: str) -> str | None:
    """Return the newest commit that both contain, None where they have none in common.

    Raises
    ------
    HistoryError
        One is unknown here, or the clone is too shallow to tell.
    """
    git = Git(repository, settings=_OFFLINE)
    deepen = "git fetch --unshallow origin (GitHub Actions: actions/checkout with `fetch-depth: 0`)"
    tips = []
    for name in (one, other):
        tip = resolve(repository, name)
        if tip is None:
            hint = deepen if is_shallow(repository) else f"git fetch origin {name}"
            raise HistoryError(f"there is no commit {name!r} here", where=str(repository), hint=hint)
        tips.append(tip)
    try:
        return git.text("merge-base", *tips)
    except GitError as error:
        if error.said:
            raise
    if is_shallow(repository):
        problem = f"this shallow clone does not reach the merge base of {one} and {other}"
        raise HistoryError(problem, where=str(repository), hint=deepen)
    return None


def tags(repository: Path) -> list[Tag]:
    """Return the tags that name commits, oldest first."""
    fields = (
        "%(refname:strip=2)%00%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)%00%(creatordate:unix)"
    )
    found = []
    listed = Git(repository).run("for-each-ref", "--sort=creatordate", f"--format={fields}", "refs/tags")
    for row in listed.decode(errors="replace").split("\n")[:-1]:
        name, kind, sha, inner_kind, inner, stamp = row.split("\0")
        if "commit" in (kind, inner_kind):
            found.append(Tag(name=name, sha=sha if kind == "commit" else inner, time=_time(stamp)))
    return found
