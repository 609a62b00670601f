"""How much room the runs of one pull request may take: of the history, and of the lists that every page shares.

Whoever opens a pull request decides how many benchmarks it has and what they are called. Each name that the trend does
not know makes another row of `data/series.json`, which readers of every page download, and of every release.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from perfsite.errors import InputError
from perfsite.history.shards import PULL, encoded
from perfsite.history.store import runs_of

if TYPE_CHECKING:
    from perfsite.history.shards import StoredLine
    from perfsite.history.store import Store
    from perfsite.model.run import Run
    from perfsite.workflow.project import Project

_Name: TypeAlias = tuple[str, ...]
_CHARACTERS: Final = 250
"""What the name of a new series may have on average, with its parameters."""


def pull_lines(store: Store) -> list[StoredLine]:
    """Return the lines of all pull requests' runs."""
    return [line for line in store.lines([]) if line.shard.startswith(f"{PULL}/")]


def measured_in(lines: Sequence[StoredLine], sha: str) -> list[int]:
    """Return the pull requests that have runs of a commit, the first first."""
    runs = runs_of([line for line in lines if sha.encode() in line.content], [], samples=False)
    return sorted({run.pull_request for run in runs if run.commit.sha == sha and run.pull_request is not None})


def has_room(project: Project, store: Store, lines: Sequence[StoredLine], number: int, runs: Sequence[Run]) -> None:
    """Refuse what would make the runs of one pull request larger than the owner allows; `lines` are of `pull_lines`.

    Raises
    ------
    InputError
        Its lines would take too many bytes of the history, or its series that the trend does not have are too many or
        have names that are too long.
    """
    most = project.settings.receive.pull_request_megabytes << 20
    fresh = sum(len(line.content) for line in encoded(runs))
    mark = f'"pull_request":{number},'.encode()
    own = [line for line in lines if mark in line.content]
    stored = sum(len(line.content) for line in own)
    if stored + fresh > most:
        raise InputError(
            f"the runs of pull request #{number} would take {stored + fresh:,} bytes of the history; at most {most:,}",
            where=project.shown(project.history),
            hint="measure less in pull requests, or set [receive] pull_request_megabytes",
        )
    _has_few_new(project, store, number, [*runs_of(own, []), *runs])


def _has_few_new(project: Project, store: Store, number: int, runs: Sequence[Run]) -> None:
    """Refuse too many new series; as many as the trend has are never too many, since a rename of all is no harm."""
    few = project.settings.receive.pull_request_new_series
    names = {name for run in runs for name in _names(run)}
    if len(names) <= few and _size(names) <= few * _CHARACTERS:
        return
    known = {name for run in store.read([]) if run.pull_request is None for name in _names(run)}
    fresh = names - known
    most, size = max(few, len(known)), max(few * _CHARACTERS, _size(known))
    if len(fresh) > most or _size(fresh) > size:
        raise InputError(
            f"pull request #{number} would have {len(fresh):,} series that the trend does not have, with names of "
            f"{_size(fresh):,} characters; at most {most:,}, with {size:,}",
            where=project.shown(project.history),
            hint="nothing was stored; measure less in pull requests, or set [receive] pull_request_new_series",
        )


def _names(run: Run) -> Iterator[_Name]:
    """Yield what tells each series of a run from all others."""
    columns = run.measurements
    for row, benchmark in enumerate(columns.benchmark):
        metric = columns.metrics[columns.metric[row]]
        given = (columns.parameters[row] if columns.parameters else None) or {}
        parameters = (part for pair in sorted(given.items()) for part in pair)
        yield benchmark, metric.name, metric.unit, run.environment.name, *parameters


def _size(names: set[_Name]) -> int:
    return sum(len(part) for name in names for part in name)
