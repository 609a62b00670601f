"""Machines and code: which changes came together with another machine and cannot be laid at the code's door yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    IntArray = NDArray[np.int32] | NDArray[np.int64]

TOGETHER = 2
"""A change within so many points of a switch of labels came together with it: detection may be off by as much."""


def confounded_segments(labels: IntArray, edges: IntArray, enough: int) -> dict[int, int]:
    """Return the segments whose change may be the machine's, each with the point until which it cannot be told.

    A change together with a switch of labels is the code's where one label was measured on both levels: the new label
    before the change, or the old one after it. Hindsight counts. Otherwise nothing tells them apart, and the points
    are unsure until `enough` points of the new label make a level of their own to compare with.

    Parameters
    ----------
    labels
        Shape (n,); -1 where nothing is known of the machine.
    edges
        Bounds of the segments, rising from 0 to n.
    """
    if len(edges) < 3 or bool((labels == labels[0]).all()):
        return {}
    switches = np.flatnonzero((labels[1:] != labels[:-1]) & (labels[1:] >= 0) & (labels[:-1] >= 0)) + 1
    result: dict[int, int] = {}
    for number in range(1, len(edges) - 1):
        before, change, end = (int(edge) for edge in edges[number - 1 : number + 2])
        near = switches[np.abs(switches - change) <= TOGETHER]
        if not len(near):
            continue
        switch = int(near[np.abs(near - change).argmin()])
        old, new = labels[switch - 1], labels[switch]
        first, last = min(switch, change), max(switch, change)
        if (labels[before:first] == new).any() or (labels[last:end] == old).any():
            continue
        of_new = np.flatnonzero(labels[change:end] == new)
        result[number] = change + int(of_new[enough - 1]) + 1 if len(of_new) >= enough else end
    return result
