"""Restless environments: the course that all benchmarks take together where the machine differs from run to run.

Hosted runners are of several types, and a run gets any of them. Where nobody recorded which, the benchmarks still tell:
from one run to the next they all jump the same way. The sum of these common jumps is the environment's course, and a
series that changed as the course did was moved by the machines it happened to get.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.analysis.detection.quantiles import NORMAL_MEDIAN, median
from perfsite.analysis.together import (
    ALIKE,
    FEWEST_BENCHMARKS,
    FEWEST_POINTS,
    SIGNS,
    Moves,
    code_names,
    moved_together,
    moves_at_candidates,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from perfsite.model.series import Series

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

RESTLESS_SHARE: Final = 0.1
"""Share of an environment's runs at which its benchmarks must jump together for it to be restless."""
REACH: Final = 10
"""Points on either side of a change whose courses are compared."""


def find_courses(series: Sequence[Series]) -> dict[str, tuple[IntArray, FloatArray]]:
    """Return the courses of the restless environments: commits, rising, and the course at each as a log ratio of times.

    Series take part as in `perfsite.analysis.together.find_common_shifts`.
    """
    grouped: dict[str, list[Series]] = {}
    for one in series:
        if one.unit in SIGNS and len(one) >= FEWEST_POINTS and float(one.values.min()) > 0:
            grouped.setdefault(one.key.environment, []).append(one)
    courses = {name: _course(members) for name, members in sorted(grouped.items())}
    return {name: course for name, course in courses.items() if course is not None}


def _course(series: Sequence[Series]) -> tuple[IntArray, FloatArray] | None:
    benchmarks, families = code_names([one.key.benchmark for one in series])
    if int(benchmarks.max()) + 1 < FEWEST_BENCHMARKS:
        return None
    lengths = [len(one) - 1 for one in series]
    jumps = np.concatenate([SIGNS[one.unit] * np.diff(np.log(one.values)) for one in series])
    commits = np.concatenate([one.commits[1:] for one in series]).astype(np.int64)
    own = jumps - _medians(commits, jumps)
    # What a series jumps beside all others is its own noise; its jumps as such are the machines'.
    bounds = np.concatenate([[0], np.cumsum(lengths)])
    strays = [median(np.abs(own[a:b])) / NORMAL_MEDIAN for a, b in pairwise(bounds.tolist())]
    moves = Moves(
        commits, jumps, np.repeat(strays, lengths), jumps, benchmarks.repeat(lengths), families.repeat(lengths)
    )
    stops = np.unique(commits)
    steps = np.zeros(len(stops))
    for commit, here in moves_at_candidates(moves):
        together = moved_together(here)
        if together is not None:
            steps[np.searchsorted(stops, commit)] = together.size
    if np.count_nonzero(steps) < RESTLESS_SHARE * len(stops):
        return None
    return stops, np.cumsum(steps)


def _medians(groups: IntArray, values: FloatArray) -> FloatArray:
    """Return, for each value, the median of its group."""
    order = np.lexsort((values, groups))
    sorted_groups = groups[order]
    starts = np.flatnonzero(np.concatenate([[True], sorted_groups[1:] != sorted_groups[:-1]]))
    sizes = np.diff(np.append(starts, len(order)))
    middles = 0.5 * (values[order[starts + (sizes - 1) // 2]] + values[order[starts + sizes // 2]])
    found = np.empty(len(values))
    found[order] = middles.repeat(sizes)
    return found


def mark_course(series: Series, courses: Mapping[str, tuple[IntArray, FloatArray]]) -> Series:
    """Return a series that knows the course of its environment; one that no machine slows stays as it is."""
    found = courses.get(series.key.environment)
    if found is None or series.unit not in SIGNS or not len(series):
        return series
    stops, course = found
    places = np.searchsorted(stops, series.commits, side="right") - 1
    return replace(series, course=SIGNS[series.unit] * np.where(places >= 0, course[np.maximum(places, 0)], 0.0))


def is_explained_by(course: FloatArray, values: FloatArray, change: int) -> bool:
    """Return whether a series went with the course, rather than changed its level at a point.

    Two tellings of the same points are compared by what they leave unexplained: two levels, or one level that goes with
    the course, by half of it to twice as much, since machines do not slow all benchmarks the same. The second must
    leave no more, and of the difference between both sides at most half.

    Parameters
    ----------
    course, values
        Some points before and after the change, shape (n,); the course as log ratios, values positive.
    change
        The first point after it.
    """
    if not 0 < change < len(values) or not np.ptp(course):
        return False
    logs = np.log(values)
    off, of_course = logs - logs.mean(), course - course.mean()
    share = min(max(float(off @ of_course / (of_course @ of_course)), 1 / ALIKE), ALIKE)
    rest = off - share * of_course
    two_levels = sum(float(((part - part.mean()) ** 2).sum()) for part in (logs[:change], logs[change:]))
    step, left = (float(part[change:].mean() - part[:change].mean()) for part in (logs, rest))
    return float((rest**2).sum()) <= two_levels and abs(left) <= abs(step) / 2
