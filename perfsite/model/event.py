"""Events: what people decide about a history, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from perfsite.model.series import SeriesKey

if TYPE_CHECKING:
    from perfsite.model.run import Direction

_Name = tuple[str, str, tuple[tuple[str, str], ...], str]
"""Benchmark, metric, parameters and unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesSelector:
    """Which series are meant: globs, case-sensitive, over what names one (`parameters` as `n=1000, k=2`)."""

    benchmark: str = "*"
    parameters: str = "*"
    metric: str = "*"
    environment: str = "*"

    def selects(self, key: SeriesKey) -> bool:
        """Whether a series is meant."""
        return (
            fnmatchcase(key.benchmark, self.benchmark)
            and fnmatchcase(key.metric, self.metric)
            and fnmatchcase(key.environment, self.environment)
            and fnmatchcase(key.parameter_text, self.parameters)
        )

    def __str__(self) -> str:
        """Return the globs that select anything, `every series` where none does."""
        globs = {name: getattr(self, name) for name in ("benchmark", "parameters", "metric", "environment")}
        return ", ".join(f"{name} {glob}" for name, glob in globs.items() if glob != "*") or "every series"


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedValue:
    """What one metric of one benchmark is held against: a finite value in the base unit.

    `points` is how many points of the history it is the mean of; None: not known, or it is no mean.
    """

    benchmark: str
    metric: str
    unit: str
    direction: Direction
    value: float
    parameters: Mapping[str, str] = field(default_factory=dict)
    points: int | None = None


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
    any text. Values from the history itself have no file: `revision` is then what was asked for, a commit, a tag or
    `FROM..TO`, and `commit` the full sha it stood for. The values are kept, so that the decision stays what it was
    whatever becomes of the tag, the history or the way it is read.
    """

    values: tuple[PinnedValue, ...]
    source: str | None = None
    environment: str | None = None
    commit: str | None = None
    revision: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineAccepted(Event):
    """The decision that a worse level is the new normal of the series selected, from a measured commit (sha) on."""

    commit: str
    series: SeriesSelector = field(default_factory=SeriesSelector)


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineWithdrawn(Event):
    """The decision that earlier ones no longer count for the series selected.

    `decision` is the id of the only one that is meant, pinned or accepted; None: whatever is pinned.
    """

    decision: str | None = None
    series: SeriesSelector = field(default_factory=SeriesSelector)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """The pinned baseline of one series: the value (base unit) and the decision it comes from."""

    value: float
    event: BaselinePinned


class Withdrawals:
    """Which decisions were taken back later.

    What names a decision takes it back whatever the clocks of both people said; what names none, whatever was decided
    before it.

    Parameters
    ----------
    events
        Of all kinds, in the order they are stored, which decides between those of one time.
    """

    def __init__(self, events: Iterable[Event]) -> None:
        ordered = sorted(events, key=lambda event: event.time)
        self._later: dict[int, tuple[BaselineWithdrawn, ...]] = {}
        self._named: dict[str, list[BaselineWithdrawn]] = {}
        # Decisions live as long as this does, so that their identity is a key.
        self._events = ordered
        later: tuple[BaselineWithdrawn, ...] = ()
        for event in reversed(ordered):
            if not isinstance(event, BaselineWithdrawn):
                self._later[id(event)] = later
            elif event.decision is None:
                later = (event, *later)
            else:
                self._named.setdefault(event.decision, []).insert(0, event)

    def of(self, event: Event, key: SeriesKey) -> BaselineWithdrawn | None:
        """Return what first took a decision back for a series; None where it counts."""
        found = [one for one in self._named.get(event.id or "", ()) if one.series.selects(key)]
        if isinstance(event, BaselinePinned):
            found += [one for one in self._later.get(id(event), ()) if one.series.selects(key)]
        return min(found, key=lambda one: one.time, default=None)


class Pins:
    """Which series have a pinned baseline: of all decisions that name a series, the newest counts.

    Parameters
    ----------
    events
        In the order they are stored, which decides between those of one time; those of other kinds are passed over.
    """

    def __init__(self, events: Iterable[Event] = ()) -> None:
        events = tuple(events)
        self._withdrawals = Withdrawals(events)
        self._found: dict[_Name, list[Pin]] = {}
        pinned = [event for event in events if isinstance(event, BaselinePinned)]
        for event in sorted(pinned, key=lambda event: event.time):
            for value in event.values:
                identity = (value.benchmark, value.metric, tuple(sorted(value.parameters.items())), value.unit)
                self._found.setdefault(identity, []).append(Pin(value=value.value, event=event))

    def of(self, key: SeriesKey, unit: str) -> Pin | None:
        """Return the pinned baseline of a series; None where it has none. Values of another unit are not for it."""
        for pin in reversed(self.all_of(key, unit)):
            if self._withdrawals.of(pin.event, key) is None:
                return pin
        return None

    def all_of(self, key: SeriesKey, unit: str) -> list[Pin]:
        """Return every baseline ever pinned for a series, in the order of their time, those withdrawn included."""
        pins = self._found.get((key.benchmark, key.metric, key.parameters, unit), ())
        return [pin for pin in pins if pin.event.environment in (None, key.environment)]

    def withdrawal(self, pin: Pin, key: SeriesKey) -> BaselineWithdrawn | None:
        """Return what took a pin of `all_of` back for a series; None where nothing did."""
        return self._withdrawals.of(pin.event, key)

    def unmatched(self, series: Iterable[tuple[SeriesKey, str]]) -> list[tuple[str, str, str]]:
        """Return benchmark, metric and unit of what is pinned and selects none of the series (key, unit)."""
        left = {name: pins for name, pins in self._found.items() if self._counts(name, pins[-1])}
        for key, unit in series:
            if self.all_of(key, unit):
                left.pop((key.benchmark, key.metric, key.parameters, unit), None)
        return [(benchmark, metric, unit) for benchmark, metric, _, unit in left]

    def _counts(self, name: _Name, pin: Pin) -> bool:
        """Whether a pin that may select no series is still in force."""
        benchmark, metric, parameters, _ = name
        environment = pin.event.environment or ""
        key = SeriesKey(benchmark=benchmark, metric=metric, parameters=parameters, environment=environment)
        return self._withdrawals.of(pin.event, key) is None
