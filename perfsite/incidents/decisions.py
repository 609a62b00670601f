"""Decisions: which incident each was taken on, found again although the analysis of more runs moved or enlarged it.

A decision names its incident by id, by the range of its culprit and by some of its members. It belongs to the incident
that shares a member with it and whose range overlaps, or lies a few measured commits beside it; where no member is
left, because benchmarks were renamed, to the one that begins at the very commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from perfsite.model.problem import Problem

if TYPE_CHECKING:
    from perfsite.model.incident import IncidentDecided
    from perfsite.model.series import SeriesKey

ASTRAY: Final = 3
"""Measured commits by which a culprit may have moved away from the range that was decided on."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an incident is: positions of its culprit's range and best guess, and the keys of its members."""

    commit: int
    good: int
    bad: int
    series: frozenset[SeriesKey]


def match(
    decided: Iterable[IncidentDecided], places: Sequence[Place], positions: Mapping[str, int]
) -> tuple[dict[int, list[IncidentDecided]], list[Problem]]:
    """Return the decisions by the number of their incident, oldest first, and those that no incident matches.

    Parameters
    ----------
    decided
        In the order they are stored, which decides between those of one time.
    places
        Of all incidents.
    positions
        Of the measured commits, by sha.
    """
    groups: dict[str, list[IncidentDecided]] = {}
    for event in sorted(decided, key=lambda event: event.time):
        groups.setdefault(event.incident, []).append(event)
    of_commits: dict[int, list[int]] = {}
    of_series: dict[SeriesKey, list[int]] = {}
    for number, place in enumerate(places):
        of_commits.setdefault(place.commit, []).append(number)
        for key in place.series:
            of_series.setdefault(key, []).append(number)
    found: dict[int, list[IncidentDecided]] = {}
    problems = []
    for events in groups.values():
        newest = events[-1]
        near = {number for key in newest.series for number in of_series.get(key, ())}
        near.update(of_commits.get(positions.get(newest.bad, -1), ()))
        best = max(
            ((fit, -number) for number in near if (fit := _fit(newest, places[number], positions)) is not None),
            default=None,
        )
        if best is None:
            problems.append(_lost(newest))
        else:
            found.setdefault(-best[1], []).extend(events)
    return {number: sorted(events, key=lambda event: event.time) for number, events in found.items()}, problems


def _fit(event: IncidentDecided, place: Place, positions: Mapping[str, int]) -> tuple[bool, int, int] | None:
    """Return how well a decision fits an incident, more is better; None: not at all."""
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
