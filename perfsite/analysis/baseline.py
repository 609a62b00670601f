"""Baselines: which earlier points a point is compared with, and what becomes of a regression nobody accepted."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]


NEAR: Final = 3
"""An acceptance holds for a worse level that begins within so many points after it: hindsight moves change points."""
EXACT: Final = 1 << 40
"""How many points stand behind a pinned baseline: it is a number that was set, and has no noise of its own."""
LASTING: Final = 12
"""Points that a better level must last, unless it is the newest, to become what later ones are held against."""


class Usable:
    """Means of the usable points of a series: the newest so many before any point, in O(1) each.

    The means are unweighted, also where detection weighs points by the spread within their runs, and where values were
    divided by what their machine adds: what runs of one level differ by is mostly not what their samples tell.

    Parameters
    ----------
    values
        Shape (n,); of any size whose sum is finite.
    usable
        Shape (n,): eligible and no outlier.
    most
        How many of the newest usable points make a mean.
    """

    def __init__(self, values: FloatArray, usable: BoolArray, most: int) -> None:
        self._most = max(most, 1)
        # Summing distances from the first value keeps equal values exactly equal.
        self._origin = float(values[0])
        self._rank = np.zeros(len(values) + 1, dtype=np.int64)
        usable.cumsum(out=self._rank[1:])
        shifts = values[usable] - self._origin
        self._sums = np.zeros(len(shifts) + 1)
        shifts.cumsum(out=self._sums[1:])

    def before(self, points: IntArray, starts: IntArray) -> tuple[FloatArray, IntArray]:
        """Return (mean, count) of the newest usable points in [start, point), per point; NaN where there are none."""
        last = self._rank[points]
        first = np.maximum(last - self._most, self._rank[starts])
        counts = np.maximum(last - first, 0)
        means = self._origin + (self._sums[last] - self._sums[np.minimum(first, last)]) / np.maximum(counts, 1)
        return np.where(counts > 0, means, math.nan), counts

    def level(self, start: int, end: int) -> tuple[float, int]:
        """Return (mean, count) of the newest usable points in [start, end)."""
        last = self._rank.item(end)
        first = max(last - self._most, self._rank.item(start))
        if first >= last:
            return math.nan, 0
        return self._origin + (self._sums.item(last) - self._sums.item(first)) / (last - first), last - first

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the first and the last of the points that make `level(start, end)`, which must be some."""
        last = self._rank.item(end)
        first = max(last - self._most, self._rank.item(start))
        # The rank of a point is how many usable ones precede it: the k-th usable point is where the rank exceeds k.
        return tuple((np.searchsorted(self._rank, [first, last - 1], side="right") - 1).tolist())


@dataclass(frozen=True, slots=True)
class Stand:
    """How one segment stands towards the baseline kept from before it.

    `kept` is that baseline (base unit, NaN: none), made of `kept_count` points, and `left`, of `left_count`, the one it
    leaves to the segment after it; `delta` is the segment's level against `kept` (NaN: no ratio, or too little of a
    difference from a pinned baseline to count). `held_until` is the
    point up to which, exclusive, the kept baseline stays: the segment's end for an unaccepted regression, its start
    where the baseline moves along. `since` is where the regression began, -1: none.
    """

    start: int
    end: int
    kept: float
    kept_count: int
    delta: float
    held_until: int
    since: int
    left: float
    left_count: int

    @property
    def is_standing(self) -> bool:
        """Whether the segment is a regression up to its end."""
        return self.since >= 0 and self.held_until == self.end


@dataclass(frozen=True, slots=True)
class Terms:
    """When a level is worse: `sign` is 1 where lower is better, -1 where higher is, 0 where neither.

    `least` is the smallest |delta| that counts, per segment; `confounded` the segments (by number) that cannot be
    compared with what was before; `returning` those that are compared with what an earlier segment was compared with,
    or became; `accepted` the points at which a level was accepted as normal. `pinned` is the baseline that the owner
    pinned (the values' unit): the only one there is. `factors` are what the machine multiplied all levels with from a
    segment on; those that are `excused` changed by nothing else, so that no regression begins there. `least_absolute`
    is the smallest difference that counts where there is no ratio, per segment (the values' unit; None: none does).
    `doubtful` are those of the `confounded` that no machine excuses: perhaps the level did not change at all.
    """

    sign: int
    least: FloatArray
    confounded: Collection[int] = ()
    accepted: Sequence[int] = ()
    returning: Mapping[int, int] = field(default_factory=dict)
    pinned: float | None = None
    factors: Mapping[int, float] = field(default_factory=dict)
    excused: Collection[int] = ()
    least_absolute: FloatArray | None = None
    doubtful: Collection[int] = ()

    def is_worse(self, number: int, level: float, kept: float, delta: float) -> bool:
        """Whether the level of a segment is worse than the kept baseline by as much as counts."""
        if math.isnan(delta) and self.least_absolute is not None:
            return self.sign * (level - kept) >= float(self.least_absolute[number])
        return self.sign * delta >= float(self.least[number])


def stand_by_segment(edges: IntArray, levels: FloatArray, usable: Usable, terms: Terms) -> list[Stand]:
    """Return the stand of each segment, oldest first.

    A level that is worse than the kept baseline by `least` or more keeps that baseline until the level is as good
    again: an unaccepted regression is not absorbed silently. A better level, or one within `least`, moves it; but a
    better level that was left again within LASTING points was a visit of a faster machine more often than a faster
    program, and coming back from it is no regression. Where neither direction is better the baseline follows. A pinned
    baseline stays, whatever the level and the machine.

    Parameters
    ----------
    edges
        Bounds of the segments, rising from 0 to n.
    levels
        The level of each segment, shape (len(edges) - 1,).
    """
    if terms.pinned is not None:
        return _stand_pinned(edges, levels, terms, terms.pinned)
    stands: list[Stand] = []
    kept, kept_count = math.nan, 0
    regressions: list[tuple[int, float]] = []
    open_after: list[list[tuple[int, float]]] = []
    bounds = edges.tolist()
    for number, (start, end) in enumerate(pairwise(bounds)):
        level, least = float(levels[number]), float(terms.least[number])
        if number in terms.returning:
            home = terms.returning[number]
            kept, kept_count, regressions = stands[home].left, stands[home].left_count, open_after[home]
        if number in terms.factors:
            followed = _follow(kept, level, terms.factors[number], terms.sign)
            regressions = [(began, was * followed / kept) for began, was in regressions]
            kept = followed
        came, came_count = kept, kept_count
        delta = relative_delta(level, kept)
        held_until, since = start, -1
        may_begin = number not in terms.confounded and (number not in terms.excused or bool(regressions))
        if terms.is_worse(number, level, kept, delta) and may_begin:
            regressions = _still_open(regressions, start, level, terms.sign, least)
            since = regressions[-1][0]
            held_until = _held_until(terms.accepted, start, end)
        if held_until < end:
            regressions = []
            moved, count = usable.level(start, end)
            short_lived = terms.sign * delta <= -least and end < bounds[-1] and count < LASTING
            if count and not short_lived:
                kept, kept_count = moved, count
        stands.append(Stand(start, end, came, came_count, delta, held_until, since, kept, kept_count))
        open_after.append(regressions)
    return stands


def _held_until(accepted: Sequence[int], start: int, end: int) -> int:
    """Return the point up to which a worse level is held against the baseline before it; `end`: nobody accepted it."""
    return min((max(a, start) + 1 for a in accepted if start - NEAR <= a < end), default=end)


def _follow(kept: float, level: float, factor: float, sign: int) -> float:
    """Return the baseline after the machine multiplied all levels with a factor.

    It follows a machine that became worse, up to the new level: what was a regression before stays one. It does not
    follow one that became better, for what later comes back from there would look like a regression.
    """
    if not kept > 0 or sign * (factor - 1) <= 0 or sign * (level - kept) <= 0:
        return kept
    return min(kept * factor, level) if sign > 0 else max(kept * factor, level)


def _stand_pinned(edges: IntArray, levels: FloatArray, terms: Terms, pinned: float) -> list[Stand]:
    """Return the stands towards a baseline that stays; no change point vouches for a delta, so `least` must."""
    stands: list[Stand] = []
    regressions: list[tuple[int, float]] = []
    for number, (start, end) in enumerate(pairwise(edges.tolist())):
        level, least = float(levels[number]), float(terms.least[number])
        delta = relative_delta(level, pinned)
        is_worse = terms.is_worse(number, level, pinned, delta)
        regressions = _still_open(regressions, start, level, terms.sign, least) if is_worse else []
        since = regressions[-1][0] if is_worse else -1
        counted = delta if abs(delta) >= least else math.nan
        stands.append(Stand(start, end, pinned, EXACT, counted, end, since, pinned, EXACT))
    return stands


def relative_delta(value: float, baseline: float) -> float:
    """Return value / baseline - 1, NaN where there is no ratio: a baseline that is not positive, a negative value."""
    return value / baseline - 1 if baseline > 0 and value >= 0 else math.nan


def _still_open(
    regressions: list[tuple[int, float]], start: int, level: float, sign: int, least: float
) -> list[tuple[int, float]]:
    """Return the (start, level) of regressions that a worse level suffers from; the last one is its cause.

    A level worse than the last cause adds one of its own; a partial recovery goes back to an earlier cause. What it
    leaves above that one is still the doing of the later cause: an improvement never begins a regression.
    """
    worst = [(began, was) for began, was in regressions if sign * relative_delta(level, was) > -least]
    if not worst:
        # Better than every cause seen so far, yet worse than the baseline: the oldest cause remains.
        return regressions[:1] or [(start, level)]
    if sign * relative_delta(level, worst[-1][1]) >= least:
        eased = [began for began, was in regressions if sign * relative_delta(level, was) <= -least]
        return [*worst, (eased[0] if eased else start, level)]
    return worst


def baselines_of_points(stands: list[Stand], usable: Usable) -> tuple[FloatArray, IntArray]:
    """Return (baseline, how many points made it) of each point, shape (n,); NaN, 0 where there is none.

    A point of a segment whose baseline moved along is compared with the newest usable points before it in that
    segment, the segment's first point (and those before any usable one) with the baseline kept from before.
    """
    # Once a regression is accepted its own points make the baseline, those from before the acceptance included.
    rows = np.array([(s.start, s.held_until, s.kept_count) for s in stands]).T
    lengths = [s.end - s.start for s in stands]
    starts, held_until, kept_counts = rows.repeat(lengths, axis=1)
    points = np.arange(stands[-1].end)
    means, counts = usable.before(points, starts)
    held = (points < held_until) | (counts == 0)
    kept = np.array([s.kept for s in stands]).repeat(lengths)
    return np.where(held, kept, means), np.where(held, kept_counts, counts)
