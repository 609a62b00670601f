"""Events: what people decide about a history, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perfsite.model.run import Direction
    from perfsite.model.series import SeriesKey


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedValue:
    """What one metric of one benchmark is held against: a finite value in the base unit."""

    benchmark: str
    metric: str
    unit: str
    direction: Direction
    value: float
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A decision: who took it when, and why.

    `time` is aware, in UTC: when the decision counts from. `id` is the content hash that `perfsite.history.events`
    gives; None until then.
    """

    time: datetime
    author: str | None = None
    reason: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselinePinned(Event):
    """The decision that values are the baseline of the series they name.

    `time` is when the values were made the baseline. `source` is the name of the file they came from, `environment` the
    only one whose series are meant (None: all), `commit` what the file said of the commit that was measured, a sha or
    any text.
    """

    values: tuple[PinnedValue, ...]
    source: str | None = None
    environment: str | None = None
    commit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """The pinned baseline of one series: the value (base unit) and the decision it comes from."""

    value: float
    event: BaselinePinned


class Pins:
    """Which series have a pinned baseline: of all decisions that name a series, the newest counts.

    Parameters
    ----------
    events
        In the order they are stored, which decides between those of one time; those of other kinds are passed over.
    """

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._found: dict[tuple[str, str, tuple[tuple[str, str], ...], str], list[Pin]] = {}
        pinned = [event for event in events if isinstance(event, BaselinePinned)]
        for event in sorted(pinned, key=lambda event: event.time):
            for value in event.values:
                identity = (value.benchmark, value.metric, tuple(sorted(value.parameters.items())), value.unit)
                self._found.setdefault(identity, []).append(Pin(value=value.value, event=event))

    def of(self, key: SeriesKey, unit: str) -> Pin | None:
        """Return the pinned baseline of a series; None where it has none. Values of another unit are not for it."""
        for pin in reversed(self._found.get((key.benchmark, key.metric, key.parameters, unit), ())):
            if pin.event.environment in (None, key.environment):
                return pin
        return None

    def unmatched(self, series: Iterable[tuple[SeriesKey, str]]) -> list[tuple[str, str, str]]:
        """Return benchmark, metric and unit of what is pinned and selects none of the series (key, unit)."""
        left = dict(self._found)
        for key, unit in series:
            if self.of(key, unit) is not None:
                left.pop((key.benchmark, key.metric, key.parameters, unit), None)
        return [(benchmark, metric, unit) for benchmark, metric, _, unit in left]
