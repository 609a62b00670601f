"""The history in a directory: append runs and events without losing any, read them back whatever became of the files.

Appending adds bytes at the end of a shard and never rewrites what is there, so that no failure of an append can cost
a run stored before it: writing a new file and renaming it over the shard would stake all runs of the month on every
append. A failing append (disk full, Ctrl-C) cuts its shards back to where they ended. A killed one can leave half of
its last line, which the next append closes with a line end and reading reports.
"""

from __future__ import annotations

import logging
import os
import stat
from contextlib import closing, contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from perfsite.errors import HistoryError
from perfsite.history.codec import decode
from perfsite.history.columns import Memo
from perfsite.history.events import Choice, addition, stored_events
from perfsite.history.events import encoded as encoded_events
from perfsite.history.lock import locked
from perfsite.history.shards import (
    EVENTS,
    MAX_LINE_BYTES,
    PULL,
    Appended,
    Plan,
    StoredLine,
    encoded,
    known_ids,
    last_number,
    line_id,
    misplaced,
    order_key,
    shard_name,
)
from perfsite.model.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perfsite.history.kept import KeptRuns
    from perfsite.history.newest import NewestLines
    from perfsite.model.event import Event
    from perfsite.model.run import Run

_log = logging.getLogger(__name__)
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class Store(Protocol):
    """A place where runs are kept."""

    def append(self, runs: Iterable[Run], *, everywhere: bool = False) -> Appended:
        """Store the runs that are not there yet, all or none; `everywhere` looks for them in every shard."""
        ...

    def lines(self, problems: list[Problem]) -> Iterator[StoredLine]:
        """Yield every line, of runs and events, file by file in one fixed order; the unreadable goes to `problems`."""
        ...

    def read(self, problems: list[Problem]) -> Iterator[Run]:
        """Yield every run once; a bad line costs that line and is added to `problems`."""
        ...


def read_all(
    stores: Iterable[Store],
    problems: list[Problem],
    *,
    samples: bool = True,
    events: list[StoredLine] | None = None,
    newest: NewestLines | None = None,
    kept: KeptRuns | None = None,
) -> Iterator[Run]:
    """Yield every run of several stores once, in their order; what cannot be read is added to `problems`.

    The lines of events are passed over, or kept in `events` (see `perfsite.history.events.events_of`), so that one
    reading, which may ask a remote, gives both; `newest` sees the line of every run, and `kept` has the runs of
    the reading before.
    """
    lines = chain.from_iterable(store.lines(problems) for store in stores)
    return runs_of(lines, problems, samples=samples, events=events, newest=newest, kept=kept)


def runs_of(
    lines: Iterable[StoredLine],
    problems: list[Problem],
    *,
    samples: bool = True,
    events: list[StoredLine] | None = None,
    newest: NewestLines | None = None,
    kept: KeptRuns | None = None,
) -> Iterator[Run]:
    """Yield the runs of stored lines, each id once, the first; a bad line is added to `problems`.

    Copies of a line, as in a directory and on a branch, are left out silently; another content under the same id is
    a problem, since nobody could say otherwise where it went.

    The runs share names and columns (see `Memo`), which must not be changed. Without `samples`, those are left out
    where the spread is known otherwise.
    """
    seen = dict[str, tuple[int, str, bool]]()
    decoded = partial(decode, memo=Memo()) if kept is None else kept.decode
    if kept is not None:
        kept.begin()
    for line in lines:
        if line.shard == EVENTS:
            if events is not None:
                events.append(line)
            continue
        content = hash(line.content.rstrip())
        if content == seen.get(line_id(line.content) or "", (None, "", False))[0]:
            continue
        try:
            run = decoded(line.content, where=line.where, samples=samples)
        except HistoryError as error:
            problems.append(Problem(where=line.where, problem=error.problem, hint=error.hint))
            continue
        if run.pull_request is None and line.shard.startswith(f"{PULL}/"):
            problem = "lies among the runs of pull requests and names none; it is left out"
            hint = "delete this line; a run of the trend is recorded where the trend's runs are"
            problems.append(Problem(where=line.where, problem=problem, hint=hint))
            continue
        identity = str(run.id)
        is_aside = run.pull_request is not None
        # Nor does a pull request's run, under whatever id, stand in the way of one of the trend.
        if identity not in seen or (seen[identity][2] and not is_aside):
            seen[identity] = content, f"{line.shard}:{line.number}", is_aside
            if newest is not None:
                newest.see(run, line)
            yield run
            continue
        # No origin: it may be a folder of this machine, and a problem is published.
        problem = f"has the id of the earlier {seen[identity][1]} and other content; that one counts"
        hint = "delete one of the two lines; a run that was changed by hand needs an id of its own"
        problems.append(Problem(where=line.where, problem=problem, hint=hint))


class DirectoryStore:
    """The history that is a directory of shards.

    Parameters
    ----------
    root
        The directory (`history/`); it is made by the first append.
    lock_timeout_s
        How long an append waits for another process that is writing.
    """

    def __init__(self, root: Path | str, *, lock_timeout_s: float = 60.0) -> None:
        self.root = Path(root)
        self._lock_timeout_s = lock_timeout_s

    def append(self, runs: Iterable[Run], *, everywhere: bool = False) -> Appended:
        """Store the runs that are not there yet, all or none.

        Parameters
        ----------
        runs
            Taken and encoded before anything is locked or written, so that an import that fails leaves no trace.
        everywhere
            Whether an equal run in any shard counts as known; otherwise only the shard that is written is looked at,
            and reading drops the rest. An import of a history says True, so that it can be repeated.

        Raises
        ------
        HistoryError
            A run that cannot be stored, or a file that cannot be written; nothing has been stored then.
        """
        lines = encoded(runs)
        if not lines:
            return Appended(0, 0)
        with self._held():
            known = known_ids(line.content for line in self.lines([])) if everywhere else frozenset[str]()
            plan = Plan(self._tail, known)
            appended = plan.add_all(lines)
            self._write({shard: b"".join(added) for shard, added in plan.additions.items()})
        _log.info("%s: %d runs written, %d known already", self.root, appended.written, appended.known)
        return appended

    def append_events(self, events: Iterable[Event]) -> Appended:
        """Store the decisions that are not there yet, all or none.

        Raises
        ------
        HistoryError
            An event that cannot be stored, or a file that cannot be written; nothing has been stored then.
        """
        lines = encoded_events(events)
        if not lines:
            return Appended(0, 0)
        with self._held():
            content, appended = addition(lines, self._stored_events())
            if content:
                self._write({EVENTS: content})
        _log.info("%s: %d events written, %d known already", self.root, appended.written, appended.known)
        return appended

    def append_chosen(self, choose: Choice) -> tuple[Event, ...]:
        """Store the events that are chosen after looking at those that are there, and return them.

        Nobody else can store anything between the look and the append.
        """
        with self._held():
            stored = self._stored_events()
            chosen = tuple(choose(stored_events(stored)))
            content, _ = addition(encoded_events(chosen), stored)
            if content:
                self._write({EVENTS: content})
        return chosen

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Hold the lock of the directory, which is made where it is missing; what fails meanwhile is one error."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with locked(self.root, timeout_s=self._lock_timeout_s):
                yield
        except OSError as error:
            raise self._unwritable(error) from error

    def _stored_events(self) -> bytes:
        path = self.root / EVENTS
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                raise HistoryError("not a regular file", where=str(path), hint="move it away; events are a plain file")
        except FileNotFoundError:
            return b""
        with os.fdopen(os.open(path, _READ), "rb") as file:
            return file.read()

    def read(self, problems: list[Problem]) -> Iterator[Run]:
        """Yield every run once, in the order of `lines`; a bad line costs that line and is added to `problems`."""
        return runs_of(self.lines(problems), problems)

    def lines(self, problems: list[Problem]) -> Iterator[StoredLine]:
        """Yield every line that is not blank; a directory that does not exist is an empty history.

        Files are streamed. Links are not followed: a history from elsewhere must not read the rest of the disk.

        Raises
        ------
        HistoryError
            The root is a file, or may not be read: then nothing is known, which is not the same as an empty history.
        """
        if not self.root.exists():
            return
        try:
            shards = sorted(self._shards(problems), key=order_key)
        except OSError as error:
            hint = "name the directory that holds the shards, and see that you may read it"
            raise HistoryError(f"cannot be read: {error.strerror}", where=str(self.root), hint=hint) from error
        for shard in shards:
            yield from self._shard_lines(shard, problems)

    def _shards(self, problems: list[Problem], folder: str = "") -> Iterator[str]:
        """Yield the paths of all shards under a folder; what is in the way is added to `problems`."""
        with os.scandir(self.root / folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                path = f"{folder}/{entry.name}" if folder else entry.name
                if entry.name.startswith("."):
                    continue
                is_shard = entry.name.endswith(".jsonl")
                wrong = misplaced(path) if is_shard else None
                if entry.is_symlink():
                    wrong = "a symbolic link; it is not followed, since it could lead out of the history"
                elif entry.is_dir(follow_symlinks=False):
                    if not is_shard:
                        yield from self._folder(path, problems)
                        continue
                    wrong = "a directory where a shard should be"
                elif is_shard and not entry.is_file(follow_symlinks=False):
                    wrong = "not a regular file"
                if wrong:
                    hint = "move its lines to where they belong, or remove it"
                    problems.append(Problem(where=self._where(path), problem=wrong, hint=hint))
                elif is_shard:
                    yield path

    def _folder(self, folder: str, problems: list[Problem]) -> Iterator[str]:
        """Yield the shards of a folder, which alone is lost where it may not be read."""
        try:
            yield from self._shards(problems, folder)
        except OSError as error:
            hint = "see that you may read it; its runs are missing from everything shown"
            problem = f"cannot be read: {error.strerror}"
            problems.append(Problem(where=self._where(folder), problem=problem, hint=hint))

    def _shard_lines(self, shard: str, problems: list[Problem]) -> Iterator[StoredLine]:
        where = self._where(shard)
        try:
            with os.fdopen(os.open(self.root / shard, _READ), "rb") as file:
                number = 0
                while line := file.readline(MAX_LINE_BYTES + 1):
                    number += 1
                    if len(line) > MAX_LINE_BYTES:
                        problem = f"a line of more than {MAX_LINE_BYTES:,} bytes is no record"
                        hint = "delete this line; nothing else of the history is affected by it"
                        problems.append(Problem(where=f"{where}:{number}", problem=problem, hint=hint))
                        while line and not line.endswith(b"\n"):
                            line = file.readline(MAX_LINE_BYTES)
                    elif line.strip():
                        yield StoredLine(shard, number, line.rstrip(b"\n"), f"{self.root.as_posix()}/")
        except OSError as error:
            hint = "see that you may read it; its runs are missing from everything shown"
            problems.append(Problem(where=where, problem=f"cannot be read: {error.strerror}", hint=hint))

    def _where(self, path: str) -> str:
        return (self.root / path).as_posix()

    def _tail(self, stem: str) -> tuple[int, bytes]:
        """Return number and content of the newest shard of a month; refuse one that is not a file of this history."""
        folder, _, month = stem.rpartition("/")
        for part in (PULL, folder) if folder.startswith(f"{PULL}/") else (folder,):
            if (self.root / part).is_symlink():
                problem = "a symbolic link; nothing is written through it, since it could lead out of the history"
                raise HistoryError(problem, where=self._where(part), hint="replace it by a directory")
        if not (self.root / folder).is_dir():
            return 0, b""
        number = last_number(os.listdir(self.root / folder), month)  # noqa: PTH208  # names only; much quicker
        if number == 0:
            return 0, b""
        path = self.root / shard_name(stem, number)
        if not stat.S_ISREG(path.lstat().st_mode):
            raise HistoryError("not a regular file", where=str(path), hint="move it away; shards are plain files")
        with os.fdopen(os.open(path, _READ), "rb") as file:
            return number, file.read()

    def _write(self, additions: dict[str, bytes]) -> None:
        """Write at the ends of the shards; whatever stops it, they are cut back to where they ended before."""
        before: list[tuple[Path, int | None]] = []
        try:
            for shard, content in additions.items():
                path = self.root / shard
                path.parent.mkdir(parents=True, exist_ok=True)
                before.append((path, path.stat().st_size if path.exists() else None))
                with closing(os.fdopen(os.open(path, _APPEND, 0o666), "wb", buffering=0)) as file:
                    view = memoryview(content)
                    while view:
                        view = view[file.write(view) or 0 :]
                    os.fsync(file.fileno())
            for folder in {path.parent for path, size in before if size is None}:
                _sync(folder)
        except BaseException:
            _cut_back(before)
            raise

    def _unwritable(self, error: OSError) -> HistoryError:
        where = str(error.filename or self.root)
        hint = "nothing was stored; see that the disk has room and that you may write there, then record again"
        return HistoryError(f"cannot be written: {error.strerror or error}", where=where, hint=hint)


def _sync(folder: Path) -> None:
    """Make the names of new shards survive a power cut; Windows does so by itself and cannot open folders."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _cut_back(before: list[tuple[Path, int | None]]) -> None:
    for path, size in before:
        try:
            if size is None:
                path.unlink(missing_ok=True)
            else:
                os.truncate(path, size)
        except OSError as error:
            # The first error is on its way to the reader; half a line that stays is reported whenever it is read.
            _log.warning("%s: could not be cut back to %s bytes: %s", path, size, error)
