"""Regimes of modes: where a mode that was rare dominates from one point on, the code changed and not the dice."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

RARE, DOMINANT = 0.2, 0.9
"""Shares of the points that a mode has before and after it takes over, or the other way round."""
FEWEST_BEFORE, FEWEST_AFTER = 30, 8
"""Points that tell that a mode was rare, and that it dominates."""
GROWTH = 2
"""Each window that is tried is so many times as long as the last."""
MOST_REGIMES = 12
"""So many take-overs at most: more are modes that take turns."""
CHANCE = 6.0
"""-log of the chance that one visit out of the ordinary is told as a regime; multiplied by the number of visits."""


def regimes(modes: IntArray) -> list[int]:
    """Return the first points of new regimes, rising: where a mode that was rare takes over.

    Parameters
    ----------
    modes
        The mode of each point, shape (n,), as integers.

    Notes
    -----
    Visits to a mode are told as a chain of two states, the mode and all others, so that modes that stay for long have
    long visits as a matter of course. A take-over is believed where two chains, before and after, are likelier than
    one by more than chance allows among all visits (likelihood ratio of Markov chains [1]_).

    References
    ----------
    .. [1] P. Billingsley, Statistical methods in Markov chains, Ann. Math. Statist. 32(1), 1961, 12-40.
    """
    n = len(modes)
    places = np.flatnonzero(modes[1:] != modes[:-1]) + 1
    if len(places) == 0:
        return []
    gains = np.zeros(n)
    starts: list[int] = []
    for _ in range(MOST_REGIMES):
        gains[:] = 0.0
        edges = np.array([0, *starts, n])
        for mode in np.unique(modes):
            _gains_of_mode(modes == mode, places, edges, gains)
        best = int(gains.argmax())
        if gains[best] <= CHANCE + math.log((len(places) + 1) / 2):
            break
        starts = sorted([*starts, best])
    return starts


def _gains_of_mode(inside: NDArray[np.bool_], places: IntArray, edges: IntArray, gains: FloatArray) -> None:
    """Raise `gains`, shape (n,), to the log-likelihood ratio of a take-over at each place, by or from one mode."""
    n = len(inside)
    present = np.zeros(n + 1)
    np.cumsum(inside, out=present[1:])
    # Steps from point t - 1 to t, counted up to t; those within a window start after its first point.
    steps = np.zeros((4, n))
    kinds = 2 * inside[:-1].astype(np.int64) + inside[1:]
    for kind in range(4):
        np.cumsum(kinds == kind, out=steps[kind, 1:])
    piece = np.searchsorted(edges, places, side="right")
    lowest, highest = edges[piece - 1], edges[piece]
    for before in _lengths(FEWEST_BEFORE, n):
        first = np.maximum(places - before, lowest)
        share_before = (present[places] - present[first]) / np.maximum(places - first, 1)
        told_before = steps[:, places - 1] - steps[:, first]
        for after in _lengths(FEWEST_AFTER, n):
            last = np.minimum(places + after, highest)
            share_after = (present[last] - present[places]) / np.maximum(last - places, 1)
            taken = (share_before <= RARE) & (share_after >= DOMINANT)
            left = (share_before >= DOMINANT) & (share_after <= RARE)
            known = (places - first >= FEWEST_BEFORE) & (last - places >= FEWEST_AFTER) & (taken | left)
            if known.any():
                at = places[known]
                told_after = steps[:, last[known] - 1] - steps[:, at]
                of_before = told_before[:, known]
                gain = _likelihood(of_before) + _likelihood(told_after) - _likelihood(of_before + told_after)
                gains[at] = np.maximum(gains[at], gain)


def _lengths(least: int, n: int) -> list[int]:
    lengths = [least]
    while lengths[-1] < n:
        lengths.append(lengths[-1] * GROWTH)
    return lengths


def _likelihood(steps: FloatArray) -> FloatArray:
    """Return the largest log-likelihood of chains with so many steps out-out, out-in, in-out, in-in, shape (4, k)."""
    of_outside, of_inside = steps[0] + steps[1], steps[2] + steps[3]
    total: FloatArray = _times_log(steps).sum(axis=0) - _times_log(of_outside) - _times_log(of_inside)
    return total


def _times_log(counts: FloatArray) -> FloatArray:
    return counts * np.log(np.maximum(counts, 1.0))
