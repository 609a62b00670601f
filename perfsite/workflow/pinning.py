"""Pin a baseline: the values of a file, or of a place in the history, are what series are held against from now on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from perfsite.errors import ConfigError, InputError
from perfsite.history.events import events_of
from perfsite.history.shards import EVENTS
from perfsite.history.store import DirectoryStore
from perfsite.importers import perf_baseline
from perfsite.model.event import BaselinePinned, PinnedValue
from perfsite.model.run import is_environment_name
from perfsite.model.units import format_value
from perfsite.report.wording import plural, short_name
from perfsite.workflow.deciding import Chosen, Decided, Wish, author_of, choose, few, store, time_of_decision
from perfsite.workflow.gather import gather
from perfsite.workflow.renames import Renames
from perfsite.workflow.revisions import find_commit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from perfsite.model.series import SeriesKey
    from perfsite.workflow.project import Project

MOST_LISTED: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """What pinning a baseline did; `written` is False where the very same decision was stored already."""

    event: BaselinePinned
    written: bool
    warnings: tuple[str, ...]

    def sentences(self, where: str) -> list[str]:
        """Return what was done, in words; `where` is the file it is stored in."""
        event = self.event
        scope = f"in {event.environment}" if event.environment else "in every environment"
        if not self.written:
            return [f"this baseline is stored already in {where}; nothing was added"]
        lines = [f"{plural(len(event.values), 'value')} pinned as baseline {scope}, written to {where}:"]
        shown = event.values[:MOST_LISTED]
        width = max(len(_name(value)) for value in shown)
        lines.extend(f"  {_name(value):{width}}  {format_value(value.value, value.unit)}" for value in shown)
        if len(event.values) > MOST_LISTED:
            lines.append(f"  and {len(event.values) - MOST_LISTED} more")
        return lines

    def document(self) -> dict[str, Any]:
        """Return what was done, for programs."""
        event = self.event
        return {
            "version": 1,
            "written": int(self.written),
            "known": int(not self.written),
            "time": event.time.isoformat(),
            "source": event.source,
            "environment": event.environment,
            "commit": event.commit,
            "values": [
                {"benchmark": one.benchmark, "metric": one.metric, "unit": one.unit, "value": one.value}
                for one in event.values
            ],
        }


def _name(value: PinnedValue) -> str:
    return f"{short_name(value.benchmark)} {short_name(value.metric, 40)}"


def pin_file(project: Project, path: Path, *, environment: str | None = None, renames: Sequence[str] = ()) -> Pinned:
    """Pin the baseline of a hand-written file in the project's directory; the same file again adds nothing.

    Parameters
    ----------
    environment
        The only environment whose series are meant; None: all.
    renames
        `OLD=NEW` each: what benchmarks of the file are called in the history (see `Renames`).

    Raises
    ------
    ConfigError
        That is no name of an environment, or a rename is none.
    InputError
        The file cannot be read, or two of its values would have the same name.
    HistoryError
        The directory cannot be written; then nothing has been stored.
    """
    if environment is not None and not is_environment_name(environment):
        raise ConfigError(
            f"'{environment[:60]}' cannot be an environment's name",
            where="--environment",
            hint="letters, digits, '.', '_' and '-', at most 100, the first a letter or digit",
        )
    renamed = Renames(renames)
    told, warnings = perf_baseline.read(path, environment=environment)
    event = replace(told, values=tuple(replace(one, benchmark=renamed.name(one.benchmark)) for one in told.values))
    _check(event, path)
    warnings.extend(f"--map: no benchmark is called '{old[:100]}'" for old in renamed.unused())
    store = DirectoryStore(project.history)
    appended = store.append_events([event])
    if appended.written:
        warnings.extend(_outranked(event, store))
    return Pinned(event=event, written=appended.written > 0, warnings=tuple(warnings))


def _outranked(event: BaselinePinned, store: DirectoryStore) -> list[str]:
    """Say which values have no effect, because a baseline of a later time is pinned for them."""
    stored = events_of((line for line in store.lines([]) if line.shard == EVENTS), [])
    later = [
        other
        for other in stored
        if isinstance(other, BaselinePinned)
        and other.time > event.time
        and (other.environment is None or other.environment == event.environment)
    ]
    if not later:
        return []
    taken = {_identity(value) for other in later for value in other.values}
    void = [value for value in event.values if _identity(value) in taken]
    if not void:
        return []
    newest = max(later, key=lambda other: other.time)
    names = ", ".join(_name(value) for value in void[:5]) + (f" and {len(void) - 5} more" if len(void) > 5 else "")
    source = f" from {newest.source}" if newest.source else ""
    told = f"the baseline of {newest.time:%Y-%m-%d}{source} is newer than this of {event.time:%Y-%m-%d}"
    return [f"{names}: {told} and goes on counting; give the file a newer timestamp to replace it"]


def _identity(value: PinnedValue) -> tuple[object, ...]:
    return value.benchmark, value.metric, tuple(sorted(value.parameters.items())), value.unit


def _check(event: BaselinePinned, path: Path) -> None:
    """Refuse two values for one series: only renaming makes them."""
    seen = set()
    for value in event.values:
        if (value.benchmark, value.metric) in seen:
            raise InputError(
                f"two values would be {value.metric[:80]} of '{value.benchmark[:80]}'",
                where=str(path),
                hint="rename them to different names, or import without that --map",
            )
        seen.add((value.benchmark, value.metric))


def pin(project: Project, revision: str, wish: Wish) -> Decided:
    """Pin the baseline of the series selected to their values at a commit or tag, or to the mean of a window.

    Parameters
    ----------
    revision
        A commit or tag: the newest point up to it counts; or `FROM..TO`, both included: the mean of the points
        between them that may be a baseline. The values are stored with the decision.

    Raises
    ------
    ConfigError
        Nobody says who decides, there is no such commit, or no series selected has a value there.
    HistoryError
        The history cannot be read or written; then nothing has been stored.
    """
    author, gathered = author_of(project, wish), gather(project)
    now = time_of_decision(gathered)
    timeline = gathered.timeline
    begin, dots, end = revision.partition("..")
    if dots and not (begin and end):
        raise ConfigError(f"expected FROM..TO, found '{revision[:100]}'", hint="name both ends of the window")
    last = find_commit(project, timeline, end if dots else begin)
    first = find_commit(project, timeline, begin, measured_after=True) if dots else None
    if first is not None and first > last:
        raise ConfigError(f"{begin[:60]} is newer than {end[:60]}", hint="name the older end of the window first")
    shas = [timeline.commits[place].sha for place in (first, last) if place is not None]
    chosen = list(choose(project, gathered, wish.series))
    values = [(one, value) for one in chosen if (value := _value(one, first, last)) is not None]
    if not values:
        raise ConfigError(
            f"none of the {plural(len(chosen), 'series', 'series')} selected has a value there that may be a baseline",
            where=revision[:100],
            hint="name a later commit; values of uncommitted changes are never one",
        )
    events = [
        BaselinePinned(
            time=now,
            author=author,
            reason=wish.reason,
            environment=environment,
            commit="..".join(shas),
            revision=revision,
            values=tuple(group),
        )
        for environment, group in _grouped(values)
    ]
    names = tuple(f"{one.name}: {format_value(value.value, value.unit)}" for one, value in values)
    without = [one.name for one in chosen if all(one is not other for other, _ in values)]
    warnings = [f"no value there, so not pinned: {few(without)}"] if without else []
    if (first is None) and len(values) > sum(last in one.series.commits for one, _ in values):
        warnings.append(f"where {shas[-1][:8]} was not measured, the newest point before it counts")
    what = f"{plural(len(values), 'baseline')} pinned to {revision[:100]}"
    return store(project, events, wish, what, names, warnings)


def _value(one: Chosen, first: int | None, last: int) -> PinnedValue | None:
    """Return the value of a series at a commit, or the mean of a window; None where it has none to pin."""
    series = one.series
    until = int(series.commits.searchsorted(last, side="right"))
    since = 0 if first is None else int(series.commits.searchsorted(first))
    usable = np.flatnonzero(series.eligible[since:until] & ~(one.judgement.outliers[since:until] & (first is not None)))
    points = (usable if first is not None else usable[-1:]) + since
    if not len(points):
        return None
    return PinnedValue(
        benchmark=series.key.benchmark,
        metric=series.key.metric,
        unit=series.unit,
        direction=series.direction,
        value=float(np.mean(series.values[points])),
        parameters=dict(series.key.parameters),
        points=len(points),
    )


def _grouped(values: Iterable[tuple[Chosen, PinnedValue]]) -> Iterator[tuple[str, list[PinnedValue]]]:
    """Yield values by environment; two of one name, in different units, go into groups of their own."""
    groups: dict[tuple[str, int], list[PinnedValue]] = {}
    seen: dict[SeriesKey, int] = {}
    for one, value in values:
        key = one.series.key
        seen[key] = seen.get(key, 0) + 1
        groups.setdefault((key.environment, seen[key]), []).append(value)
    for (environment, _), group in sorted(groups.items(), key=lambda item: item[0]):
        yield environment, group
