"""Machines that take turns: how far each is off the others, told from the levels they share, apart from the code."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.analysis.detection.quantiles import NORMAL_MEDIAN, median

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]

FEWEST_POINTS: Final = 4
"""Points that a machine must have to be told from the others."""
FEWEST_TELLING: Final = 1.5
"""Points' worth of comparison with others on the same level that tell a machine's offset; fewer may be the code's."""
FAR_DEVIATIONS: Final = 4.0
"""Points further off their level, in standard deviations, do not tell offsets."""
TRIMS: Final = 3
"""Rounds of taking such points out."""
NEWEST: Final = 3
"""So many newest points tell no offsets: what they show may be the code's, and no later point tells."""
MOST_MACHINES: Final = 50
"""The machines with most points, so many at most, are told apart; the others are taken as they are."""
NEAR: Final = 8
"""Points on either side of a switch that tell the first guess: further away the code may have changed."""
VERY_NEAR: Final = 3
"""The same where few switches tell: then a single change of the code close to one of them would count."""
ROUNDS: Final = 6
"""Steps of the least absolute deviations; the guess needs no more than to be near."""
CLEAR_Z: Final = 2.5
"""Standard errors beyond the sqrt(2 log m) that the largest of m offsets has by chance, before a machine is told."""


@dataclass(frozen=True, slots=True)
class Machines:
    """The machines of a series of n points that may be told apart.

    `codes`, shape (n,), are 0..count - 1, -1 where nothing is known or too little measured. `blocks`, shape (n,),
    numbers the stretches that have no machine in common: from one to the next machine and code changed together, and
    nothing tells their parts. `switches` is how often one machine followed another within a block.
    """

    codes: IntArray
    blocks: IntArray
    count: int
    switches: int


def find_machines(labels: NDArray[np.integer]) -> Machines | None:
    """Return the machines of a series, shape (n,); None where no two of them took turns.

    Parameters
    ----------
    labels
        Any integers, equal where the machine was; negative where it is not known.
    """
    names, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    fit = (names >= 0) & (counts >= FEWEST_POINTS)
    if np.count_nonzero(fit) < 2:
        return None
    if np.count_nonzero(fit) > MOST_MACHINES:
        by_count = np.argsort(-np.where(fit, counts, 0), kind="stable")
        fit[by_count[MOST_MACHINES:]] = False
    number = np.where(fit, fit.cumsum() - 1, -1)
    codes = number[codes.reshape(-1)]
    known = np.flatnonzero(codes >= 0)
    seen = codes[known]
    last = np.zeros(int(fit.sum()), dtype=np.int64)
    last[seen] = np.arange(len(seen))
    # A stretch ends where every machine seen so far was seen for the last time.
    ends = np.maximum.accumulate(last[seen]) == np.arange(len(seen))
    if np.array_equal(ends[:-1], seen[1:] != seen[:-1]):
        return None
    starts = np.zeros(len(codes), dtype=np.int64)
    starts[known[1:]] = ends[:-1]
    switches = int(np.count_nonzero((seen[1:] != seen[:-1]) & ~ends[:-1]))
    return Machines(codes, starts.cumsum(), len(last), switches)


def guess_offsets(x: FloatArray, machines: Machines, near: int = NEAR) -> FloatArray:
    """Return a first guess of what each machine adds to the points, shape (n,), from the steps at its switches.

    Least absolute deviations, by reweighting (Schlossmacher 1973): a change of the code that came with one of a
    machine's switches does not count. `near` is how many points on either side of a switch tell its step.
    """
    known = np.flatnonzero(machines.codes >= 0)
    codes, blocks = machines.codes[known], machines.blocks[known]
    sums = np.concatenate([[0.0], x[known].cumsum()])
    edges = np.concatenate([[0], np.flatnonzero(codes[1:] != codes[:-1]) + 1, [len(codes)]])
    at = edges[1:-1]
    first, end = np.maximum(edges[:-2], at - near), np.minimum(edges[2:], at + near)
    step = (sums[end] - sums[at]) / (end - at) - (sums[at] - sums[first]) / (at - first)
    precision = 1 / (1 / (end - at) + 1 / (at - first))
    inside = blocks[at] == blocks[at - 1]
    old, new = codes[at - 1][inside], codes[at][inside]
    step, precision = step[inside], precision[inside]
    weights = precision
    offsets = np.zeros(machines.count)
    for _ in range(ROUNDS):
        pairs = _table(old, new, weights, (machines.count, machines.count))
        pulls = _sums(new, weights * step, machines.count) - _sums(old, weights * step, machines.count)
        offsets = _solve(pairs + pairs.T, pulls)
        rest = np.abs(step - offsets[new] + offsets[old]) * np.sqrt(precision)
        weights = precision / np.maximum(rest, max(0.1 * median(rest), 1e-12))
    return _of_points(offsets, machines)


def fit_offsets(x: FloatArray, machines: Machines, changes: list[int], weights: FloatArray | None) -> FloatArray:
    """Return what each machine adds to the points, shape (n,), given where the code changed; zeros where none does.

    Levels and offsets are fitted together by least squares (a two-way layout with unequal counts, Searle 1971, ch. 7),
    from levels that machines share. A machine that is not clearly off the middle one is taken to be alike.

    Parameters
    ----------
    x
        Values on the log scale, outliers replaced, shape (n,).
    changes
        First points of new levels.
    weights
        How much each point counts, shape (n,); None: all the same.
    """
    layout = _Layout(x, machines, changes, weights)
    if not layout.is_told:
        return np.zeros(len(x))
    alike = layout.merge_the_alike(*layout.fit(np.arange(machines.count)))
    if len(np.unique(alike)) == len(np.unique(layout.block_of_machine)):
        return np.zeros(len(x))
    offsets, _ = layout.fit(alike)
    for _ in range(TRIMS):
        if not layout.pull_in(offsets[alike]):
            break
        offsets, _ = layout.fit(alike)
    return _of_points(offsets[alike], machines)


class _Layout:
    """Points by level and machine: how many there are in each cell, and what they sum up to."""

    def __init__(self, x: FloatArray, machines: Machines, changes: list[int], weights: FloatArray | None) -> None:
        known = np.flatnonzero(machines.codes[: len(x) - NEWEST] >= 0)
        self.codes = machines.codes[known]
        self._x = x[known]
        self._w = np.ones(len(known)) if weights is None else weights[known]
        self.count = machines.count
        level = np.zeros(len(x), dtype=np.int64)
        level[changes] = 1
        blocks = machines.blocks[known]
        # What lies in two blocks is in two levels: from one block to the next nothing is told.
        self._cells = level.cumsum()[known] + blocks
        self.block_of_machine = np.zeros(self.count, dtype=np.int64)
        self.block_of_machine[self.codes] = blocks
        self._variance = self._measure_variance()
        self.points = _sums(self.codes, self._w, self.count)

    @property
    def is_told(self) -> bool:
        """Whether some level was measured on two machines."""
        first = np.full(int(self._cells[-1]) + 1, -1)
        first[self._cells] = self.codes
        return bool((first[self._cells] != self.codes).any())

    def _measure_variance(self) -> float:
        """Return the variance of a point of weight 1, from successive points of one machine on one level."""
        same = (self.codes[1:] == self.codes[:-1]) & (self._cells[1:] == self._cells[:-1])
        if np.count_nonzero(same) < FEWEST_POINTS:
            same[:] = True
        steps = (self._x[1:] - self._x[:-1])[same] / np.sqrt((1 / self._w[1:] + 1 / self._w[:-1])[same])
        return max(float((np.minimum(np.abs(steps), 4 * median(np.abs(steps)) / NORMAL_MEDIAN) ** 2).mean()), 1e-14)

    def fit(self, group: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return the offset of each group of machines by least squares, and how many points tell it, shape (count,).

        `group` is one number per machine, the machine of that number itself where all are told apart.
        """
        codes = group[self.codes]
        cells, places = np.unique(self._cells, return_inverse=True)
        table = _table(places, codes, self._w, (len(cells), self.count))
        in_cell = table.sum(axis=1)
        level = _sums(places, self._w * self._x, len(cells)) / in_cell
        pulls = _sums(codes, self._w * (self._x - level[places]), self.count)
        shared = table.T @ (table / in_cell[:, None])
        return _solve(shared, pulls), table.sum(axis=0) - shared.diagonal()

    def pull_in(self, offsets: FloatArray) -> bool:
        """Put the points that are far off onto their level, and return whether there are any.

        The newest points may begin a level of their own, and must not tell what they are held against.
        """
        free = self._x - offsets[self.codes]
        level = _sums(self._cells, self._w * free, 0) / np.maximum(_sums(self._cells, self._w, 0), 1e-300)
        rest = free - level[self._cells]
        off = np.abs(rest) > FAR_DEVIATIONS * np.sqrt(self._variance / self._w)
        self._x = np.where(off, self._x - rest, self._x)
        return bool(off.any())

    def merge_the_alike(self, offsets: FloatArray, telling: FloatArray) -> IntArray:
        """Return a group per machine: those not clearly off the middle one of their block are one group."""
        group = np.arange(self.count)
        for block in np.unique(self.block_of_machine).tolist():
            members = np.flatnonzero(self.block_of_machine == block)
            order = members[np.argsort(offsets[members], kind="stable")]
            middle = int(np.searchsorted(self.points[order].cumsum(), self.points[order].sum() / 2))
            home = int(order[min(middle, len(order) - 1)])
            errors = np.sqrt(self._variance / np.maximum(telling[members], 1e-9))
            needed = CLEAR_Z + math.sqrt(2 * math.log(max(len(members), 2)))
            alike = np.abs(offsets[members] - offsets[home]) < needed * errors
            group[members[alike | (telling[members] < FEWEST_TELLING)]] = home
        return group


def count_told(offsets: FloatArray, machines: Machines) -> int:
    """Return how many offsets tell the machines apart: one less than there are different ones, in each block."""
    known = machines.codes >= 0
    pairs = np.unique(np.stack([machines.blocks[known], offsets[known]]), axis=1)
    return int(pairs.shape[1]) - len(np.unique(pairs[0]))


def _table(rows: IntArray, columns: IntArray, weights: FloatArray, shape: tuple[int, int]) -> FloatArray:
    """Return the weights added up in the cells of a table."""
    return _sums(rows * shape[1] + columns, weights, shape[0] * shape[1]).reshape(shape)


def _sums(codes: IntArray, weights: FloatArray, count: int) -> FloatArray:
    """Return the weights added up by code, shape (count,)."""
    return np.bincount(codes, weights, count).astype(np.float64, copy=False)


def _solve(shared: FloatArray, pulls: FloatArray) -> FloatArray:
    """Solve for offsets that sum to nothing among machines that are connected; 0 where nothing is shared."""
    off = shared - np.diag(np.diagonal(shared))
    matrix: FloatArray = np.diag(off.sum(axis=1)) - off
    # What a level shares with itself says nothing; a hair of ridge settles what is not connected at zero.
    ridge = 1e-9 * max(float(np.diagonal(matrix).max()), 1e-300)
    return np.asarray(np.linalg.solve(matrix + ridge * np.eye(len(matrix)), pulls), dtype=np.float64)


def _of_points(offsets: FloatArray, machines: Machines) -> FloatArray:
    """Return each point's offset, of mean zero over the points of a block: levels stay where the values are."""
    known = machines.codes >= 0
    of_points = np.where(known, offsets[machines.codes], 0.0)
    blocks = machines.blocks[known]
    means = _sums(blocks, of_points[known], 0) / np.maximum(np.bincount(blocks), 1)
    of_points[known] -= means[blocks]
    # Machines that are alike in a block of their own are off nothing, not by a rounding.
    of_points[np.abs(of_points) < 1e-12] = 0.0
    return of_points
