"""Excuses: changes that the code cannot have made, or that the machine made more likely than the code did.

The code cannot have made a change between two points that measured the same code. It hardly made one that most
benchmarks of the environment share at that run (`perfsite.analysis.together`). Either way the baseline follows by as
much as the machine moved, no further: what a series changed beyond that, and a regression that was open before, stay.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.analysis.labels import TOGETHER
from perfsite.analysis.restless import REACH, is_explained_by
from perfsite.model.findings import Doubt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from perfsite.analysis.labels import Machines
    from perfsite.model.series import Series

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]

ALIKE: Final = 2.0
"""A change up to so many times the common shift is the machine's: it does not slow all benchmarks the same."""
LIKELY: Final = 9.0
"""Squared standard deviations within which a change may as well have been at a neighbouring run: three of them."""


@dataclass(frozen=True, slots=True)
class Excuses:
    """What is excused, by the number of the segment that a change began.

    `factors` says by what the baseline kept from before is multiplied; `doubts` why, for those of which nothing is
    left that the code must answer for.
    """

    factors: Mapping[int, float] = field(default_factory=dict)
    doubts: Mapping[int, Doubt] = field(default_factory=dict)


NOTHING: Final = Excuses()


@dataclass(frozen=True, slots=True)
class Course:
    """The course of a series: values, the bounds of its segments, a level for each, and how far a run strays (unit)."""

    values: FloatArray
    edges: IntArray
    levels: FloatArray
    stray: float


def mark_same_code(series: Series, versions: NDArray[np.int32]) -> Series:
    """Return a series that knows which of its points measured the code of the point before.

    Parameters
    ----------
    versions
        A number for each commit of the history, equal where no file differs that could matter; -1: not known. Runs with
        uncommitted changes are of no version. Equal artefacts are the same code, whatever the commits.
    """
    n = len(series)
    same = np.zeros(n, dtype=np.bool_)
    artifacts = series.artifacts
    same[1:] = (artifacts[1:] == artifacts[:-1]) & (artifacts[1:] >= 0)
    if len(versions):
        of_points = np.where(series.eligible, versions[series.commits], -1)
        same[1:] |= (of_points[1:] == of_points[:-1]) & (of_points[1:] >= 0)
    return replace(series, same_code=same) if same.any() else series


def find_excuses(series: Series, course: Course, machines: Machines) -> Excuses:
    """Return which changes of a series are excused; those that `machines` answers for need no excuse."""
    if len(course.edges) < 3 or not _has_excuse(series):
        return NOTHING
    factors: dict[int, float] = {}
    doubts: dict[int, Doubt] = {}
    for number, (before, after) in enumerate(pairwise(course.levels.tolist()), start=1):
        if before <= 0 or after <= 0 or number in machines.confounded or number in machines.returning:
            continue
        if _is_of_same_code(series.same_code, course, number):
            factors[number], doubts[number] = after / before, Doubt.SAME_CODE
            continue
        own = math.log(after / before)
        first, change, last = course.edges[number - 1 : number + 2].tolist()
        if _goes_with_all(series, course.values, slice(max(first, change - REACH), min(last, change + REACH)), change):
            factors[number], doubts[number] = after / before, Doubt.TOGETHER
            continue
        shift = shift_near(series.shifts, change, own)
        if not shift:
            continue
        if abs(own) <= ALIKE * abs(shift):
            factors[number], doubts[number] = after / before, Doubt.TOGETHER
        else:
            factors[number] = math.exp(shift)
    return Excuses(factors, doubts)


def _has_excuse(series: Series) -> bool:
    return bool(series.same_code.any() or series.shifts.any() or series.course.any())


def _goes_with_all(series: Series, values: FloatArray, window: slice, change: int) -> bool:
    """Return whether a change of a series is the course of a restless environment."""
    part = values[window]
    return bool(part.min() > 0) and is_explained_by(series.course[window], part, change - window.start)


def shift_near(shifts: FloatArray, point: int, sign: float) -> float:
    """Return the common shift of a sign at a point, or the nearest within TOGETHER points of it; 0: there is none."""
    start = max(point - TOGETHER, 0)
    near = shifts[start : point + TOGETHER + 1]
    places = np.flatnonzero(near * sign > 0)
    return float(near[places[np.abs(places + start - point).argmin()]]) if len(places) else 0.0


def _is_of_same_code(same_code: BoolArray, course: Course, number: int) -> bool:
    """Return whether a change came without a change of the code.

    The point that begins the segment must have measured the code of the point before it, and the change must not fit
    a neighbouring run, where the code did change, about as well: detection may be off by a run or two.
    """
    change = int(course.edges[number])
    if not same_code[change]:
        return False
    first, last = int(course.edges[number - 1]), int(course.edges[number + 1])
    before, after = course.levels.item(number - 1), course.levels.item(number)
    for other in range(max(change - TOGETHER, first + 1), min(change + TOGETHER, last - 1) + 1):
        if same_code[other]:
            continue
        # Points between the two places would lie on the other level, were the change there.
        between = course.values[min(other, change) : max(other, change)]
        told, moved = (after, before) if other > change else (before, after)
        worse_by = float(((between - moved) ** 2 - (between - told) ** 2).sum())
        if worse_by <= LIKELY * course.stray**2:
            return False
    return True


def excuse_newest(series: Series, values: FloatArray, start: int, level: float) -> NDArray[np.int16]:
    """Return the doubt that excuses each of the newest points, from `start` on, shape (n - start,); 0: none does.

    Parameters
    ----------
    values
        Shape (n,); in the unit of `level`.
    level
        The level before the newest points, which they are off.
    """
    newest = values[start:]
    doubts = np.zeros(len(newest), np.int16)
    if not len(newest):
        return doubts
    if level > 0 and _has_excuse(series):
        own = np.log(np.where(newest > 0, newest, level) / level)
        shift = abs(shift_near(series.shifts, start, float(own[-1])))
        doubts[(own * own[-1] > 0) & (np.abs(own) <= ALIKE * shift)] = int(Doubt.TOGETHER)
        if _goes_with_all(series, values, slice(max(start - REACH, 0), len(values)), start):
            doubts[:] = int(Doubt.TOGETHER)
    doubts[np.logical_and.accumulate(series.same_code[start:])] = int(Doubt.SAME_CODE)
    return doubts
