"""Pin a baseline: the values of a file are what their series are held against from now on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from perfsite.errors import ConfigError, InputError
from perfsite.history.events import events_of
from perfsite.history.shards import EVENTS
from perfsite.history.store import DirectoryStore
from perfsite.importers import perf_baseline
from perfsite.model.event import BaselinePinned
from perfsite.model.run import is_environment_name
from perfsite.model.units import format_value
from perfsite.report.wording import plural, short_name
from perfsite.workflow.renames import Renames

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from perfsite.model.event import PinnedValue
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
