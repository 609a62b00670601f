"""Rehearse alarms: what would have been caught, had the real history of a series become slower here or there."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.analysis.judge import judge
from perfsite.model.findings import VERDICTS, Verdict
from perfsite.model.run import Direction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.model.findings import Judgement
    from perfsite.model.policy import Policy
    from perfsite.model.series import Series

SIZES: Final = (0.01, 0.03, 0.05, 0.10, 0.15)
"""Changes for the worse that are rehearsed, as fractions, rising."""
LATER: Final = 5
"""Runs after which a change that lasts is looked for again."""
BESIDE: Final = 3
"""A change is caught where it is found within so many points: hindsight may place it a little off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What a series would have shown at some places of its newest level.

    `first_sight` and `lasting` say, for each of SIZES, in what share of the places a change of that size is called a
    regression: with one run of it, and with LATER runs of it. `alarms` is how many of `replays` without any change
    called one all the same.
    """

    places: int
    first_sight: tuple[float, ...]
    lasting: tuple[float, ...]
    alarms: int
    replays: int

    def catches(self, size: int, *, at_first_sight: bool) -> bool:
        """Whether a change of SIZES[size] would be caught at half of the places or more."""
        return (self.first_sight if at_first_sight else self.lasting)[size] >= 0.5


def rehearse(series: Series, policy: Policy, judgement: Judgement, *, most_places: int) -> Rehearsal | None:
    """Return what changes of SIZES planted into a series would have shown; a pure function without chance.

    Parameters
    ----------
    series
        The real history; its values may be anything, but a change needs a ratio to a positive level.
    policy
        The owner's thresholds.
    judgement
        The findings of the series as it is.
    most_places
        How many places of the newest level are tried, evenly spaced, >= 1.

    Returns
    -------
    Rehearsal or None
        None where nothing can be rehearsed: neither direction is better, the level is not positive, or fewer than
        LATER points follow the first `min_points` of the newest level, on which nothing could stand out.

    Notes
    -----
    At each place the history is cut off and its newest runs, one or LATER of them, are made worse by a factor; then it
    is judged as it would have been on that day, its level until then accepted. So noise, drift, outliers and machines
    are the series' own. A size is taken as caught if a smaller one is, so that halving finds the smallest one caught.
    Other series are not asked: what holds for many at once is not rehearsed here.
    """
    places = _places(series, policy, judgement, most_places)
    if not places or series.direction is Direction.NEITHER or not float(series.values[places[0] :].min()) > 0:
        return None
    begin = _newest_level(judgement)
    caught = {1: np.zeros(len(SIZES)), LATER: np.zeros(len(SIZES))}
    alarms = replays = 0
    for place in places:
        for runs, counts in caught.items():
            day = _Day(series.part(slice(0, place + runs)), policy, begin, place)
            replays += 1
            if day.alarms(0.0):
                alarms += 1
                continue
            smallest = bisect_left(SIZES, True, key=day.alarms)
            counts[smallest:] += 1
    first_sight, lasting = (tuple((counts / len(places)).tolist()) for counts in caught.values())
    return Rehearsal(places=len(places), first_sight=first_sight, lasting=lasting, alarms=alarms, replays=replays)


def _newest_level(judgement: Judgement) -> int:
    return judgement.change_points[-1].index if judgement.change_points else 0


def _places(series: Series, policy: Policy, judgement: Judgement, most: int) -> Sequence[int]:
    """Return where changes are planted: so many points of the newest level, evenly spaced, the newest included."""
    first = _newest_level(judgement) + policy.min_points + 1
    last = len(series) - LATER
    if last < first:
        return []
    count = min(most, last - first + 1)
    return sorted({round(place) for place in np.linspace(last, first, count, endpoint=count > 1).tolist()})


@dataclass(frozen=True, slots=True)
class _Day:
    """A series as it was when its newest runs, from `place` on, had just come in."""

    series: Series
    policy: Policy
    begin: int
    place: int

    def alarms(self, size: float) -> bool:
        """Whether a change of a size, for the worse, is called a regression that began there."""
        worse = 1 + size if self.series.direction is Direction.LOWER else 1 - size
        values, errors = self.series.values.copy(), self.series.standard_errors.copy()
        values[self.place :] *= worse
        errors[self.place :] *= worse
        changed = replace(self.series, values=values, standard_errors=errors)
        # Verdicts are the same whoever watches; what is suspected and what confirmed is not asked.
        found = judge(changed, self.policy, accepted=(self.begin,), watched=False)
        if VERDICTS[found.verdicts[-1]] is Verdict.REGRESSION and found.since[-1] >= self.place - BESIDE:
            return True
        return any(
            change.verdict is Verdict.REGRESSION and abs(change.index - self.place) <= BESIDE
            for change in found.change_points
        )
