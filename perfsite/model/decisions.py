"""What people know of a history's series: baselines pinned, accepted, withdrawn, and incidents of theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from perfsite.model.alert import IncidentNotified
from perfsite.model.event import BaselineAccepted, BaselineWithdrawn, Event, Pin, Pins, Withdrawals
from perfsite.model.incident import IncidentDecided

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfsite.model.run import Commit
    from perfsite.model.series import Series, SeriesKey


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesDecisions:
    """All that is known of one series, each list in the order of their time.

    `pins` is everything ever pinned for it, with what took it back (None: nothing did); `accepted` the acceptances
    that count, each with the index of the series' point it counts from. `told` are the indices of the points at which,
    as people were told or decided, it became worse, rising.
    """

    pins: tuple[tuple[Pin, BaselineWithdrawn | None], ...] = ()
    accepted: tuple[tuple[int, BaselineAccepted], ...] = ()
    told: tuple[int, ...] = ()

    @property
    def pin(self) -> Pin | None:
        """Return the pin in force; None where there is none."""
        return next((pin for pin, withdrawn in reversed(self.pins) if withdrawn is None), None)

    @property
    def accepted_points(self) -> tuple[int, ...]:
        """Return the points at which a level was accepted."""
        return tuple(index for index, _ in self.accepted)


NOTHING_DECIDED = SeriesDecisions()
"""What was decided about nearly every series."""


def _told_of(events: Sequence[Event]) -> dict[SeriesKey, set[str]]:
    """Return the first bad commits of what people were told of or decided on, by series."""
    told: dict[SeriesKey, set[str]] = {}
    for event in events:
        if isinstance(event, IncidentDecided) or (isinstance(event, IncidentNotified) and event.claim is None):
            for key in event.series:
                told.setdefault(key, set()).add(event.bad)
    return told


class Decisions:
    """What people decided about baselines and know of incidents, by series.

    Parameters
    ----------
    events
        Of all kinds, in the order they are stored, which decides between those of one time.
    commits
        Those of the timeline, in its order.
    """

    def __init__(self, events: Sequence[Event], commits: Sequence[Commit]) -> None:
        self.pins = Pins(events)
        accepted = [event for event in events if isinstance(event, BaselineAccepted)]
        self._accepted = sorted(accepted, key=lambda event: event.time)
        self._withdrawals = Withdrawals(events)
        self._told = _told_of(events)
        needed = accepted or self._told
        self._places = {commit.sha: place for place, commit in enumerate(commits)} if needed else {}

    def of(self, series: Series) -> SeriesDecisions:
        """Return all that was decided about a series.

        A commit that the series was not measured at stands for the next one that it was.
        """
        pins = self.pins.all_of(series.key, series.unit)
        accepted = [(self._index(event, series), event) for event in self._accepted_of(series.key)]
        told = self._told_points(series)
        if not pins and not accepted and not told:
            return NOTHING_DECIDED
        return SeriesDecisions(
            pins=tuple((pin, self.pins.withdrawal(pin, series.key)) for pin in pins),
            accepted=tuple((index, event) for index, event in accepted if 0 <= index < len(series)),
            told=told,
        )

    def _told_points(self, series: Series) -> tuple[int, ...]:
        places = (self._places.get(sha) for sha in self._told.get(series.key, ()))
        points = {int(series.commits.searchsorted(place)) for place in places if place is not None}
        return tuple(sorted(point for point in points if point < len(series)))

    def _accepted_of(self, key: SeriesKey) -> list[BaselineAccepted]:
        return [
            event for event in self._accepted if event.series.selects(key) and self._withdrawals.of(event, key) is None
        ]

    def _index(self, event: BaselineAccepted, series: Series) -> int:
        place = self._places.get(event.commit)
        return -1 if place is None else int(series.commits.searchsorted(place))

    def in_vain(self, keys: Iterable[SeriesKey]) -> list[BaselineAccepted]:
        """Return the acceptances that select none of the series, or whose commit is not in the timeline."""
        if not self._accepted:
            return []
        known = list(keys)
        return [
            event
            for event in self._accepted
            if event.commit not in self._places or not any(event.series.selects(key) for key in known)
        ]
