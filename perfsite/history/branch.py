"""The history that is a git branch: append to it without a checkout, read it without one.

An append builds on the branch as it is on the remote this moment, with plumbing only, and moves the branch only if
nobody else did; otherwise it looks again and rebuilds, until a deadline. The user's work tree, index, HEAD and
configuration are never touched.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from perfsite.errors import HistoryError
from perfsite.history.events import Choice, addition, stored_events
from perfsite.history.events import encoded as encoded_events
from perfsite.history.plumbing import Git, GitError
from perfsite.history.shards import (
    EVENTS,
    MAX_LINE_BYTES,
    Appended,
    Line,
    Plan,
    StoredLine,
    encoded,
    known_ids,
    last_number,
    misplaced,
    order_key,
    shard_name,
)
from perfsite.history.store import runs_of
from perfsite.history.target import MovedError, Target, is_hiccup, local_target, remote_target
from perfsite.model.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perfsite.model.event import Event
    from perfsite.model.run import Run

_log = logging.getLogger(__name__)
DEFAULT_BRANCH: Final = "perf-history"
_COMMITTER: Final = "perfsite <perfsite@localhost>"
_MAX_HICCUPS: Final = 3
_ATTRIBUTES: Final = b"*.jsonl merge=union\n"


def _chance() -> float:
    return secrets.randbelow(1 << 20) / (1 << 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long an append tries again after somebody else was first, with the clock it looks at.

    `jitter` returns a number in [0, 1) that must differ between the processes that compete.
    """

    deadline_s: float = 120.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = _chance


@dataclass(frozen=True, slots=True)
class _Entry:
    """One file of the branch: what it is (`100644`), and the name and size of its content."""

    mode: str
    name: str


@dataclass(slots=True)
class BranchStore:
    """The history on a branch of a repository.

    Parameters
    ----------
    repository
        A directory in the repository.
    branch
        The branch, made without a parent by the first append.
    remote
        The remote that runs are pushed to; None to keep the branch in this repository.
    fresh
        Whether reading asks the remote. Otherwise it does so only where the repository knows no such branch, as in
        the shallow clones of CI.
    patience
        How long to try again.
    """

    repository: Path
    branch: str = DEFAULT_BRANCH
    remote: str | None = "origin"
    fresh: bool = False
    patience: Patience = field(default_factory=Patience)

    def append(self, runs: Iterable[Run], *, everywhere: bool = False) -> Appended:
        """Store the runs that are not on the branch yet, all or none, in one commit.

        Parameters
        ----------
        runs
            Taken and encoded before anything else happens.
        everywhere
            Whether an equal run in any shard counts as known (this fetches all shards); otherwise only the shard that
            is written is looked at, and reading drops the rest.

        Raises
        ------
        HistoryError
            A run that cannot be stored; git's or the server's definite refusal, at once; others who were first until
            the deadline. Nothing has been stored then.
        """
        lines = encoded(runs)
        if not lines:
            return Appended(0, 0)
        return self._append(partial(_runs_added, lines, everywhere=everywhere), whole=everywhere)

    def append_events(self, events: Iterable[Event]) -> Appended:
        """Store the decisions that are not on the branch yet, all or none, in one commit.

        Raises
        ------
        HistoryError
            As of `append`.
        """
        lines = encoded_events(events)
        if not lines:
            return Appended(0, 0)
        return self._append(partial(_events_added, lines), whole=False)

    def append_chosen(self, choose: Choice) -> tuple[Event, ...]:
        """Store the events that are chosen after looking at those on the branch, and return them.

        Nobody else can store anything between the look and the append: where somebody did, `choose` is asked again.
        An append of ours may have arrived although nothing came back, so that it must know its own events again.

        Raises
        ------
        HistoryError
            As of `append`.
        """
        chosen: tuple[Event, ...] = ()

        def build(files: _Files) -> _Added:
            nonlocal chosen
            chosen = tuple(choose(stored_events(files.events())))
            return _events_added(encoded_events(chosen), files)

        self._append(build, whole=False)
        return chosen

    def _append(self, build: _Build, *, whole: bool) -> Appended:
        """Append what `build` adds to the branch as it is; `whole`: it looks at the contents of all shards."""
        user = self._user()
        if self.remote is None:
            with local_target(user, branch=self.branch) as local:
                return self._append_to(local, build)
        with remote_target(user, remote=self.remote, branch=self.branch, whole=whole) as remote:
            return self._append_to(remote, build)

    def _append_to(self, target: Target, build: _Build) -> Appended:
        patience = self.patience
        end = patience.clock() + patience.deadline_s
        tries = hiccups = 0
        while True:
            began = patience.clock()
            tries += 1
            try:
                return self._try(target, build, end - began)
            except MovedError as moved:
                problem = str(moved)
                # Full jitter over what a try takes here and now, doubling: as many pushers, as much room between them.
                wait_s = patience.jitter() * (patience.clock() - began) * min(2**tries, 4)
            except GitError as error:
                # The runs may have arrived all the same: the next fetch shows them, and they are dropped as known.
                hiccups += 1
                if hiccups > _MAX_HICCUPS or not is_hiccup(error):
                    raise
                problem = error.problem
                wait_s = 2**hiccups * (0.5 + patience.jitter() / 2)
            _log.info("%s: try %d: %s", self.branch, tries, problem)
            if patience.clock() + wait_s >= end:
                tried = f"{self.branch} could not be moved in {tries} tries within {patience.deadline_s:.0f} s"
                hint = "nothing was stored; run the same command again, it stores every run once"
                raise HistoryError(f"{tried}; the last time: {problem}", where=self.branch, hint=hint)
            patience.sleep(wait_s)

    def _try(self, target: Target, build: _Build, timeout_s: float) -> Appended:
        """Build on the branch as it is now, and move it."""
        tip = target.tip(timeout_s)
        added = build(_Files(target.git, _entries(target.git, tip)))
        if added.appended.written:
            contents = dict(added.contents)
            if tip is None:
                contents[".gitattributes"] = _ATTRIBUTES
            target.move(_commit(target.git, tip, contents, added.message), tip, timeout_s)
        return added.appended

    def read(self, problems: list[Problem]) -> Iterator[Run]:
        """Yield every run once, in the order of `lines`; a bad line costs that line and is added to `problems`."""
        return runs_of(self.lines(problems), problems)

    def lines(self, problems: list[Problem]) -> Iterator[StoredLine]:
        """Yield every line of the branch that is not blank; a branch that does not exist is an empty history.

        The local branch and the remote's as last fetched are both read where neither holds the other. A remote that
        cannot be reached is added to `problems`.

        Raises
        ------
        HistoryError
            Not a repository, or one that git cannot read.
        """
        user = self._user()
        tips = self._tips(user)
        if self.remote is not None and (self.fresh or not tips):
            try:
                with remote_target(user, remote=self.remote, branch=self.branch, whole=True) as target:
                    tip = target.tip(self.patience.deadline_s)
                    yield from self._lines(target.git, [] if tip is None else [tip], problems)
            except HistoryError as error:
                where = f"{self.remote}/{self.branch}"
                problems.append(Problem(where=where, problem=f"cannot be read: {error.problem}", hint=error.hint))
        yield from self._lines(user, tips, problems)

    def _user(self) -> Git:
        user = Git(Path(self.repository))
        ref = f"refs/heads/{self.branch}"
        if not user.text("rev-parse", "--git-dir") or not user.succeeds("check-ref-format", ref):
            hint = "a branch is letters, digits, '-', '.' and '/', as git check-ref-format says"
            raise HistoryError(f"{self.branch!r} cannot be a branch", where=str(self.repository), hint=hint)
        return user

    def _tips(self, user: Git) -> list[str]:
        """Return the commits to read in the user's repository: one, or two where neither contains the other."""
        refs = [f"refs/heads/{self.branch}", *([f"refs/remotes/{self.remote}/{self.branch}"] if self.remote else [])]
        found = user.text("for-each-ref", "--format=%(objectname)", *refs).split()
        tips = list(dict.fromkeys(found))
        if len(tips) == 2:
            for newer, older in (tips, tips[::-1]):
                if user.succeeds("merge-base", "--is-ancestor", older, newer):
                    return [newer]
        return tips

    def _lines(self, git: Git, tips: list[str], problems: list[Problem]) -> Iterator[StoredLine]:
        origin = f"{self.branch}:"
        for tip in tips:
            entries = _entries(git, tip)
            shards = sorted(_shards(entries, origin, problems), key=order_key)
            contents = git.blobs(entries[shard].name for shard in shards)
            for shard, content in zip(shards, contents, strict=True):
                for number, line in enumerate(content.split(b"\n"), start=1):
                    if len(line) > MAX_LINE_BYTES:
                        problem = f"a line of more than {MAX_LINE_BYTES:,} bytes is no record"
                        problems.append(Problem(where=f"{origin}{shard}:{number}", problem=problem))
                    elif line.strip():
                        yield StoredLine(shard, number, line, origin)


class _Files:
    """The files of the branch, as the plan of an append asks for them."""

    def __init__(self, git: Git, entries: dict[str, _Entry]) -> None:
        self._git = git
        self._entries = entries
        self._contents: dict[str, bytes] = {}
        self._names: dict[str, list[str]] = {}
        for path in entries:
            folder, _, name = path.rpartition("/")
            self._names.setdefault(folder, []).append(name)

    def tail(self, stem: str) -> tuple[int, bytes]:
        """Return number and content of the newest shard of a month."""
        folder, _, month = stem.rpartition("/")
        number = last_number(self._names.get(folder, []), month)
        blocking = {folder, folder.partition("/")[0]} & self._entries.keys()
        shard = shard_name(stem, number)
        if blocking or (number and not self._entries[shard].mode.startswith("100")):
            where = blocking.pop() if blocking else shard
            raise HistoryError("not what the history keeps there", where=where, hint="remove it from the branch")
        if number:
            self._contents[shard] = self._git.run("cat-file", "blob", self._entries[shard].name)
        return number, self.old(shard)

    def old(self, shard: str) -> bytes:
        """Return the content a shard has now; nothing for one that is new."""
        return self._contents.get(shard, b"")

    def events(self) -> bytes:
        """Return the content of the file of events; nothing where there is none."""
        entry = self._entries.get(EVENTS)
        if entry is None:
            return b""
        if not entry.mode.startswith("100"):
            raise HistoryError("not what the history keeps there", where=EVENTS, hint="remove it from the branch")
        return self._git.run("cat-file", "blob", entry.name)

    def ids(self) -> frozenset[str]:
        """Return the ids of the runs of all shards."""
        names = [entry.name for path, entry in self._entries.items() if _is_shard(path, entry)]
        contents = self._git.blobs(names)
        return known_ids(line for content in contents for line in content.split(b"\n"))


@dataclass(frozen=True, slots=True)
class _Added:
    """What an append does: whole contents of the shards that it changes, and the message of its commit."""

    contents: dict[str, bytes]
    appended: Appended
    message: str


_Build = Callable[[_Files], _Added]
"""Works out what an append adds to the files of the branch; asked again whenever somebody else was first."""


def _runs_added(lines: list[Line], files: _Files, *, everywhere: bool) -> _Added:
    plan = Plan(files.tail, files.ids() if everywhere else frozenset())
    appended = plan.add_all(lines)
    contents = {shard: files.old(shard) + b"".join(added) for shard, added in plan.additions.items()}
    folders = sorted({shard.rpartition("/")[0] for shard in plan.additions})
    message = f"record {appended.written} run{'s' * (appended.written > 1)}: {', '.join(folders)[:200]}\n"
    return _Added(contents, appended, message)


def _events_added(lines: Mapping[str, bytes], files: _Files) -> _Added:
    stored = files.events()
    content, appended = addition(lines, stored)
    message = f"decide: {appended.written} event{'s' * (appended.written > 1)}\n"
    return _Added({EVENTS: stored + content}, appended, message)


def _entries(git: Git, tip: str | None) -> dict[str, _Entry]:
    """Return all files of a commit by path."""
    entries: dict[str, _Entry] = {}
    if tip is not None:
        for row in git.run("ls-tree", "-r", "-z", "--full-tree", tip).decode(errors="replace").split("\0")[:-1]:
            about, _, path = row.partition("\t")
            mode, _, name = about.split()
            entries[path] = _Entry(mode, name)
    return entries


def _is_shard(path: str, entry: _Entry) -> bool:
    return path.endswith(".jsonl") and entry.mode.startswith("100") and misplaced(path) is None


def _shards(entries: dict[str, _Entry], origin: str, problems: list[Problem]) -> Iterator[str]:
    """Yield the paths that are shards; others that look like one are added to `problems`."""
    for path, entry in entries.items():
        if _is_shard(path, entry):
            yield path
        elif path.endswith(".jsonl"):
            problem = misplaced(path) or "a link, not a file"
            hint = "move its lines to where they belong, or remove it"
            problems.append(Problem(where=f"{origin}{path}", problem=problem, hint=hint))


def _commit(git: Git, parent: str | None, contents: dict[str, bytes], message: str) -> str:
    """Write files onto a commit and return the new commit; no ref that anybody sees is touched."""
    parts = []
    for mark, content in enumerate(contents.values(), start=2):
        parts += [b"blob\nmark :%d\ndata %d\n" % (mark, len(content)), content, b"\n"]
    text = message.encode()
    head = f"commit refs/heads/new\nmark :1\ncommitter {_COMMITTER} now\ndata {len(text)}\n"
    parts += [head.encode(), text, f"from {parent}^0\n".encode() if parent else b""]
    for mark, path in enumerate(contents, start=2):
        parts.append(f"M 100644 :{mark} {path}\n".encode())
    parts.append(b"\nget-mark :1\ndone\n")
    written = git.run(
        "fast-import", "--quiet", "--force", "--done", "--date-format=now", stdin=b"".join(parts), timeout_s=300
    )
    commit = written.decode().strip()
    if not commit:
        raise GitError("git fast-import made no commit", where=str(git.directory), hint="is the disk full?")
    return commit
