"""perfsite's own: the history of another project or place, as a folder of shards or a single file of runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from perfsite.errors import HistoryError, InputError
from perfsite.history.codec import decode
from perfsite.history.columns import Memo
from perfsite.history.events import events_of
from perfsite.history.shards import EVENTS, MAX_LINE_BYTES
from perfsite.history.store import DirectoryStore, runs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from perfsite.history.shards import StoredLine
    from perfsite.model.event import Event
    from perfsite.model.problem import Problem
    from perfsite.model.run import Run

NAME: Final = "perfsite"
TITLE: Final = "perfsite's own history: a history folder, or one file of run lines"
_HINT: Final = "Give a folder with <environment>/<YYYY-MM>.jsonl in it, or one such file."


def read(
    path: Path,
    *,
    progress: Callable[[int, int], None] | None = None,
    problems: list[str] | None = None,
) -> Iterator[Run]:
    """Yield the runs of a history in the order of its shards; they keep their ids, so that none comes in twice.

    Raises
    ------
    InputError
        There is no such folder or file, or no run in it can be read (the latter while the runs are drawn).
    """
    noted = [] if problems is None else problems
    if path.is_dir():
        return _counted(_of_folder(path, progress, noted), path, noted)
    if not path.is_file():
        raise InputError("there is no such folder or file", where=str(path), hint=_HINT)
    return _counted(_of_file(path, progress, noted), path, noted)


def events(path: Path, problems: list[str]) -> tuple[Event, ...]:
    """Return what people decided in the history of a folder; a file of runs tells nothing of it."""
    if not path.is_dir():
        return ()
    found: list[Problem] = []
    # The runs were told already: only what concerns the decisions is a problem here.
    told = events_of((line for line in DirectoryStore(path).lines([]) if line.shard == EVENTS), found)
    problems.extend(f"{one.where}: {one.problem} (left out)" for one in found)
    return told


def _counted(runs: Iterator[Run], path: Path, problems: list[str]) -> Iterator[Run]:
    count = 0
    for run in runs:
        count += 1
        yield run
    if count == 0:
        first = f": {problems[0]}" if problems else ""
        raise InputError(f"holds no run that can be read{first}", where=str(path), hint=_HINT)


def _of_folder(path: Path, progress: Callable[[int, int], None] | None, problems: list[str]) -> Iterator[Run]:
    found: list[Problem] = []
    shards = sum(1 for _ in path.rglob("*.jsonl")) if progress is not None else 0
    yield from runs_of(_watched(DirectoryStore(path).lines(found), shards, progress), found)
    problems.extend(f"{one.where}: {one.problem} (left out)" for one in found)


def _watched(
    lines: Iterator[StoredLine], total: int, progress: Callable[[int, int], None] | None
) -> Iterator[StoredLine]:
    done, shard = 0, None
    for line in lines:
        if line.shard != shard:
            shard, done = line.shard, done + 1
            if progress is not None:
                progress(min(done, total), total)
        yield line


def _of_file(path: Path, progress: Callable[[int, int], None] | None, problems: list[str]) -> Iterator[Run]:
    memo, size, done = Memo(), path.stat().st_size, 0
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(MAX_LINE_BYTES + 1):
                number += 1
                done += len(line)
                if progress is not None:
                    progress(done, size)
                if not line.strip():
                    continue
                try:
                    yield decode(line, where=f"{path.name}:{number}", memo=memo)
                except HistoryError as error:
                    problems.append(f"{error} (left out)")
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror or error}", where=str(path), hint="May you read it?"
        ) from None
