"""What is remembered of an incident, decided or told, found again although the analysis of more runs moved it.

An event names its incident by id, by the range of its culprit and by some of its members. It belongs to the incident
that shares a member with it and whose range overlaps, or lies a few measured commits beside it; where no member is
left, because benchmarks were renamed, to the one that begins at the very commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from perfsite.model.alert import IncidentNotified
from perfsite.model.incident import IncidentDecided
from perfsite.model.problem import Problem

if TYPE_CHECKING:
    from perfsite.model.series import SeriesKey

Remembered = IncidentDecided | IncidentNotified
ASTRAY: Final = 3
"""Measured commits by which a culprit may have moved away from the range that is remembered."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an incident is: positions of its culprit's range and best guess, and the keys of its members."""

    commit: int
    good: int
    bad: int
    series: frozenset[SeriesKey]


@dataclass(frozen=True, slots=True)
class Matched:
    """Events by the number of their incident, oldest first; those of no incident; and decisions lost among those."""

    found: Mapping[int, Sequence[Remembered]]
    gone: Mapping[str, tuple[IncidentNotified, ...]]
    problems: tuple[Problem, ...]


def match(events: Iterable[Remembered], places: Sequence[Place], positions: Mapping[str, int]) -> Matched:
    """Return which incident each event is about.

    Parameters
    ----------
    events
        In the order they are stored, which decides between those of one time. Those that end a claim name no members
        and are passed over.
    places
        Of all incidents.
    positions
        Of the measured commits, by sha.
    """
    groups: dict[str, list[Remembered]] = {}
    for event in sorted(events, key=lambda event: event.time):
        if isinstance(event, IncidentDecided) or event.claim is None:
            groups.setdefault(event.incident, []).append(event)
    of_commits: dict[int, list[int]] = {}
    of_series: dict[SeriesKey, list[int]] = {}
    for number, place in enumerate(places):
        of_commits.setdefault(place.commit, []).append(number)
        for key in place.series:
            of_series.setdefault(key, []).append(number)
    found: dict[int, list[Remembered]] = {}
    gone, problems = {}, []
    for name, group in groups.items():
        newest = group[-1]
        near = {number for key in newest.series for number in of_series.get(key, ())}
        near.update(of_commits.get(positions.get(newest.bad, -1), ()))
        best = max(
            ((fit, -number) for number in near if (fit := _fit(newest, places[number], positions)) is not None),
            default=None,
        )
        if best is not None:
            found.setdefault(-best[1], []).extend(group)
            continue
        gone[name] = tuple(event for event in group if isinstance(event, IncidentNotified))
        problems += [_lost(event) for event in group if isinstance(event, IncidentDecided)][-1:]
    ordered = {number: sorted(group, key=lambda event: event.time) for number, group in found.items()}
    return Matched(ordered, {name: told for name, told in gone.items() if told}, tuple(problems))


def _fit(event: Remembered, place: Place, positions: Mapping[str, int]) -> tuple[bool, int, int] | None:
    """Return how well an event fits an incident, more is better; None: not at all."""
    bad = positions.get(event.bad)
    if bad is None:
        return None
    good = positions.get(event.good or "", bad - 1)
    shared = len(place.series.intersection(event.series))
    away = max(place.good + 1 - bad, good + 1 - place.bad, 0)
    if not (shared and away <= ASTRAY) and place.commit != bad:
        return None
    return away == 0, shared, -abs(place.commit - bad)


def _lost(event: IncidentDecided) -> Problem:
    words = f"incident {event.incident[:40]} was {event.state} on {event.time:%Y-%m-%d}, but no incident is there now"
    hint = "the change is not found any more, its commits left the branch, or its series have other names; decide again"
    return Problem(where="events.jsonl", problem=words, hint=hint)
