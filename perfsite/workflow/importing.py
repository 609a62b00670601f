"""Import the whole history of another tool."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

from perfsite import importers
from perfsite.errors import ConfigError
from perfsite.history.codec import encode
from perfsite.history.columns import Memo
from perfsite.history.shards import known_ids, line_id
from perfsite.importers import perfsite as own
from perfsite.model.event import BaselinePinned, Event
from perfsite.workflow.keeping import keep
from perfsite.workflow.renames import Renames

if TYPE_CHECKING:
    from pathlib import Path

    from perfsite.history.branch import BranchStore
    from perfsite.history.store import DirectoryStore
    from perfsite.model.run import Run
    from perfsite.workflow.project import Project

_NAMELESS = frozenset({"github-action-benchmark", "otava", "pyperf"})
"""Histories that do not tell environments apart, so that the owner may name one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportWish:
    """What the caller says of an import.

    `environment` is its name where the history tells none, `renames` are `OLD=NEW` each: what benchmarks are called
    today (see `Renames`). With `push` the runs go onto the history branch instead of into the directory.
    """

    environment: str | None = None
    renames: Sequence[str] = ()
    push: bool = False


@dataclass(slots=True, kw_only=True)
class Imported:
    """What an import did; `absent` counts measurements that failed or were skipped, `decisions` events written.

    `place` is where to, in words.
    """

    place: str
    written: int = 0
    known: int = 0
    measurements: int = 0
    absent: int = 0
    decisions: int = 0
    warnings: list[str] = field(default_factory=list)


def import_history(
    project: Project,
    kind: str,
    path: Path,
    wish: ImportWish | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Imported:
    """Bring the history at `path` into the project's; what is there already is not added again.

    Raises
    ------
    ConfigError
        There is no importer of that kind, it takes no environment, or a rename is none.
    InputError
        Nothing at `path` can be read.
    HistoryError
        The directory or the branch cannot be written; then nothing has been stored.
    """
    importer, wish = importers.load(kind), wish or ImportWish()
    environment, renamed = wish.environment, Renames(wish.renames)
    kept = keep(project, push=wish.push)
    store, done = kept.store, Imported(place=kept.place)
    if environment is None:
        runs = importer.read(path, progress=progress, problems=done.warnings)
    elif kind in _NAMELESS:
        read = cast("importers.Nameless", importer).read
        runs = read(path, progress=progress, problems=done.warnings, environment=environment)
    else:
        raise ConfigError(f"{kind} names its environments itself", where="--environment", hint="leave the option out")
    if wish.renames:
        runs = _not_there(runs, store, renamed, place=kept.place)
    with _rare_collections():
        # Onto the branch as `record` does it, without fetching all of a long history: reading drops what comes twice.
        appended = store.append(_counted(renamed.apply(runs), done), everywhere=not wish.push)
    done.written, done.known = appended.written, appended.known
    if kind == "perfsite":
        told = _renamed(own.events(path, done.warnings), renamed)
        done.decisions = store.append_events(told).written
    done.warnings.extend(f"--map: no benchmark is called '{old[:100]}'" for old in renamed.unused())
    return done


def _renamed(events: Iterable[Event], renamed: Renames) -> Iterator[Event]:
    """Yield the decisions with today's names in what is pinned; globs stay as somebody wrote them."""
    for event in events:
        if isinstance(event, BaselinePinned):
            values = tuple(replace(one, benchmark=renamed.name(one.benchmark)) for one in event.values)
            yield event if values == event.values else replace(event, values=values, id=None)
        else:
            yield event


def _not_there(
    runs: Iterator[Run], store: DirectoryStore | BranchStore, renamed: Renames, *, place: str
) -> Iterator[Run]:
    """Yield the runs; refuse one that is stored already under the old names: it would count twice."""
    known = known_ids(line.content for line in store.lines([]))
    memo = Memo()
    for run in runs:
        if known and any(renamed.name(name) != name for name in run.measurements.benchmark):
            identity = line_id(encode(run, memo).encode())
            if identity in known:
                raise ConfigError(
                    f"the run of {run.time.isoformat()} at {run.commit.sha[:12]} is in the history already, under the "
                    "old names; imported again with --map it would count twice",
                    where="--map",
                    hint=f"move {run.environment.name} of {place} away first, or leave --map out",
                )
        yield run


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Let Python look for reference cycles seldom: a history is millions of numbers in lists and makes none.

    Measured on 4,675 asv files: one seventh of the time of the import.
    """
    before = gc.get_threshold()
    gc.set_threshold(200_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _counted(runs: Iterator[Run], done: Imported) -> Iterator[Run]:
    for run in runs:
        values = run.measurements.value
        absent = list(values).count(None)
        done.absent += absent
        done.measurements += len(values) - absent
        yield run
