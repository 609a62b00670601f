"""A series laid flat: what is left of it when its levels and outliers are taken away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.model.findings import Judgement
    from perfsite.model.series import Series

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

LARGEST = 1e6
"""Deviations beyond a million times the level count as that: their squares must have a sum."""


@dataclass(frozen=True, slots=True)
class Flat:
    """The n steady points of a series, outliers left out, oldest first; arrays have shape (n,).

    `indices` are their places in the series. `deviations` are how far they are off the level they belong to, as a
    fraction of it (of the typical size where some levels are not positive). `strata` number the levels, rising from
    0: points of different strata say nothing of each other, because a step lies between them.
    """

    indices: IntArray
    deviations: FloatArray
    strata: IntArray

    def __len__(self) -> int:
        return len(self.deviations)

    def newest(self, points: int) -> Flat:
        """Return the newest so many points, all where there are fewer."""
        last = slice(max(len(self) - points, 0), None)
        return Flat(self.indices[last], self.deviations[last], self.strata[last])


def lay_flat(series: Series, judgement: Judgement) -> Flat:
    """Return the steady points of a judged series around its levels; none of an empty one."""
    steady = np.flatnonzero(~judgement.outliers)
    edges = np.array([change.index for change in judgement.change_points], dtype=np.int64)
    values, levels = series.values[steady], judgement.levels[steady]
    return Flat(steady, relative_deviations(values, levels), np.searchsorted(edges, steady, side="right"))


def relative_deviations(values: FloatArray, levels: FloatArray) -> FloatArray:
    """Return how far values are off their levels as a fraction; zero where there is no size to be a fraction of."""
    if not len(values):
        return np.zeros(0)
    # Divided first: the difference of two huge values of different sign would overflow.
    if levels.min() > 0:
        deviations = values / levels - 1
    else:
        size = float(np.abs(levels).max()) or float(np.abs(values).max())
        deviations = values / size - levels / size if size else np.zeros(len(values))
    return np.clip(deviations, -LARGEST, LARGEST)


def strata_bounds(strata: IntArray) -> IntArray:
    """Return where each stratum begins, and where the last one ends.

    Examples
    --------
    >>> strata_bounds(np.array([0, 0, 2, 2, 2])).tolist(), strata_bounds(np.array([], dtype=int)).tolist()
    ([0, 2, 5], [0])
    """
    if not len(strata):
        return np.zeros(1, dtype=np.int64)
    if strata[0] == strata[-1]:
        return np.array([0, len(strata)])
    inner = np.flatnonzero(strata[1:] != strata[:-1]) + 1
    return np.concatenate([[0], inner, [len(strata)]])


def centred(values: FloatArray, strata: IntArray) -> FloatArray:
    """Return values with the mean of their stratum taken away."""
    if not len(values):
        return values
    if strata[0] == strata[-1]:
        around: FloatArray = values - np.add.reduce(values) / len(values)
        return around
    bounds = strata_bounds(strata)
    lengths = bounds[1:] - bounds[:-1]
    means = np.add.reduceat(values, bounds[:-1]) / lengths
    off: FloatArray = values - means.repeat(lengths)
    return off
