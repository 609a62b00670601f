"""Machines and code: which changes came together with another machine and cannot be laid at the code's door yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int32] | NDArray[np.int64]

TOGETHER = 2
"""A change within so many points of a switch of labels came together with it: detection may be off by as much."""
TELLING = 3
"""Points that a machine must have on a level before a newest one off that level is the code's."""


@dataclass(frozen=True, slots=True)
class Machines:
    """What the machines say of each segment that came together with another one.

    `confounded` maps segments to the point until which machine and code cannot be told apart; `returning` maps
    segments of a machine that came back to the newest earlier segment it was measured in.
    """

    confounded: dict[int, int] = field(default_factory=dict)
    returning: dict[int, int] = field(default_factory=dict)


def compare_machines(labels: IntArray, edges: IntArray, steady: BoolArray, enough: int) -> Machines:
    """Return what the machines say of each segment.

    A change together with a switch of labels is the code's where one label was measured on both levels: the new label
    before the change, or the old one after it. Hindsight counts. A machine that comes back is compared with the level
    it left. Otherwise nothing tells them apart, and the points are unsure until `enough` points of the new label make
    a level of their own to compare with.

    Parameters
    ----------
    labels
        Shape (n,); -1 where nothing is known of the machine.
    edges
        Bounds of the segments, rising from 0 to n.
    steady
        Shape (n,): the points on the level of their segment; others do not tell where a machine was.
    enough
        Points that make a level.
    """
    told = Machines()
    if len(edges) < 3 or bool((labels == labels[0]).all()):
        return told
    known = _carried(labels)
    switches = np.flatnonzero((known[1:] != known[:-1]) & (known[:-1] >= 0)) + 1
    for number in range(1, len(edges) - 1):
        before, change, end = (int(edge) for edge in edges[number - 1 : number + 2])
        near = switches[np.abs(switches - change) <= TOGETHER]
        if not len(near):
            continue
        switch = int(near[np.abs(near - change).argmin()])
        old, new = int(known[switch - 1]), int(known[switch])
        first, last = min(switch, change), max(switch, change)
        if _was_on(new, labels, steady, slice(before, first)) or _was_on(old, labels, steady, slice(last, end)):
            continue
        home = find_home(labels, edges[: number + 1], new, enough)
        if home >= 0:
            told.returning[number] = home
        else:
            of_new = np.flatnonzero(labels[change:end] == new)
            told.confounded[number] = change + int(of_new[enough - 1]) + 1 if len(of_new) >= enough else end
    return told


def _carried(labels: IntArray) -> IntArray:
    """Return the labels with the last known one in place of those that are not known; -1 before the first."""
    places = np.maximum.accumulate(np.where(labels >= 0, np.arange(len(labels)), -1))
    return np.where(places >= 0, labels[places], -1)


def _was_on(label: int, labels: IntArray, steady: BoolArray, points: slice) -> bool:
    return bool(((labels[points] == label) & steady[points]).any())


def find_home(labels: IntArray, edges: IntArray, label: int, enough: int) -> int:
    """Return the newest segment with `enough` points of a label, -1 where there is none."""
    for number in range(len(edges) - 2, -1, -1):
        if np.count_nonzero(labels[edges[number] : edges[number + 1]] == label) >= enough:
            return number
    return -1


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest points, from `start` on, all off the level before them; n where there are none.

    `is_new_machine` says that they came together with a machine that nothing is known of; `home` is the segment whose
    baseline a machine that came back is compared with, -1: the newest one.
    """

    start: int
    is_new_machine: bool = False
    home: int = -1


def place_newest(labels: IntArray, edges: IntArray, steady: BoolArray, start: int, enough: int) -> Newest:
    """Return what the machines say of the newest points; parameters as of `compare_machines`.

    They are the code's where one of their machines was on the level before them, or where none of them is known.
    """
    earlier, newest = labels[edges[-2] : start], labels[start:]
    newest = newest[newest >= 0]
    if not len(newest) or bool((earlier == newest[0]).all()):
        return Newest(start)
    known, counts = np.unique(earlier[steady[edges[-2] : start] & (earlier >= 0)], return_counts=True)
    if len(known) > 1:
        known = known[counts >= min(TELLING, counts.max())]
    if not len(known) or bool(np.isin(newest, known).any()):
        return Newest(start)
    one = bool((newest == newest[0]).all())
    home = find_home(labels, edges[:-1], int(newest[0]), enough) if one else -1
    return Newest(start, is_new_machine=home < 0, home=home)


def own_means(values: FloatArray, labels: IntArray) -> tuple[BoolArray, FloatArray]:
    """Return (mixed, means): points that another machine precedes, and the mean of the earlier ones of their own.

    Both of shape (n,), n >= 1; a mean is NaN where a machine was not measured before. Made for the few points
    that begin a series.
    """
    n = len(values)
    mixed, means = np.zeros(n, dtype=np.bool_), np.full(n, np.nan)
    if bool((labels == labels[0]).all()):
        return mixed, means
    for i in range(1, n):
        before = labels[:i]
        mixed[i] = labels[i] >= 0 and bool(((before != labels[i]) & (before >= 0)).any())
        own = values[:i][before == labels[i]]
        if mixed[i] and len(own):
            means[i] = own.mean()
    return mixed, means
