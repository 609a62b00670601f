"""Levels that come back: machine modes visited again and again, and short excursions, are noise and not changes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.detection.noisemodel import NoiseModel
from perfsite.analysis.detection.quantiles import median

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.analysis.detection.signal import Signal

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

FLAP_POINTS = 35
"""Median length of a level up to which levels that recur are modes of the machine rather than states of the code."""
MOST_MODES = 5
SWITCHES = 3
"""Visits between the same two levels that make them modes of one thing."""
TRANSIENT_POINTS = 8
"""An excursion shorter than this that returns to the old level is a transient."""


def without_modes(signal: Signal, changes: list[int]) -> FloatArray | None:
    """Return the values with the offsets of recurring levels taken away point by point, None where none recur."""
    edges = np.array([0, *changes, len(signal)])
    lengths = np.diff(edges)
    if np.median(lengths) > FLAP_POINTS:
        return None
    levels = signal.levels(edges)
    group = _group_levels(levels)
    count = int(group.max()) + 1
    if not 2 <= count <= MOST_MODES:
        return None
    family = _families(group, count)
    if len(set(family)) == count:
        return None
    weight = np.bincount(group, weights=lengths, minlength=count)
    means = np.bincount(group, weights=levels * lengths, minlength=count) / weight
    family_of_point = np.repeat(np.array(family)[group], lengths)
    values = signal.values.copy()
    for one in set(family):
        members = [i for i in range(count) if family[i] == one]
        if len(members) < 2:
            continue
        nearest = np.abs(signal.values[:, None] - means[members][None, :]).argmin(axis=1)
        home = means[max(members, key=weight.__getitem__)]
        inside = family_of_point == one
        values[inside] -= (means[members][nearest] - home)[inside]
    return values


def _group_levels(levels: FloatArray) -> IntArray:
    """Return a group per level: sorted levels part where the gap exceeds 40 % of the typical jump."""
    tolerance = 0.4 * float(np.median(np.abs(np.diff(levels))))
    order = np.argsort(levels, kind="stable")
    group = np.empty(len(levels), dtype=np.int64)
    group[order] = np.concatenate([[0], np.cumsum(np.diff(levels[order]) > tolerance)])
    return group


def _families(group: IntArray, count: int) -> list[int]:
    """Return which groups belong together because the series went back and forth between them."""
    switches: dict[tuple[int, int], int] = {}
    for a, b in zip(group[:-1].tolist(), group[1:].tolist(), strict=True):
        if a != b:
            pair = (min(a, b), max(a, b))
            switches[pair] = switches.get(pair, 0) + 1
    family = list(range(count))
    for (a, b), times in sorted(switches.items()):
        if times >= SWITCHES:
            family = [family[a] if one == family[b] else one for one in family]
    return family


def flapping_model(signal: Signal, changes: list[int], *, modes_removed: bool) -> NoiseModel | None:
    """Return a noise model in which levels flap, where most levels return to the one before last; None otherwise."""
    edges = np.array([0, *changes, len(signal)])
    lengths = np.diff(edges)
    levels = signal.levels(edges)
    error = np.sqrt(signal.white * (1 / lengths[2:] + 1 / lengths[:-2]))
    jump = np.minimum(np.abs(levels[1:-1] - levels[:-2]), np.abs(levels[2:] - levels[1:-1]))
    returned = np.abs(levels[2:] - levels[:-2]) < np.maximum(3 * error, 0.3 * jump)
    if returned.sum() < 3 or returned.mean() < 0.6 or np.median(lengths) > FLAP_POINTS:
        return None
    if not modes_removed and lengths[lengths > 2 * FLAP_POINTS].sum() > 0.35 * len(signal):
        return None
    persistence = math.exp(-1.5 / float(np.median(lengths)))
    spread = float(np.average((levels - np.average(levels, weights=lengths)) ** 2, weights=lengths))
    return NoiseModel(signal.white, spread, persistence)


def is_transient(values: FloatArray, around: tuple[int, int, int, int]) -> bool:
    """Return whether points b..c - 1 of levels a..b..c..d are a short excursion that returned."""
    left, start, end, right = around
    if end - start >= TRANSIENT_POINTS:
        return False
    before = median(values[max(left, start - 30) : start])
    during = median(values[start:end])
    after = median(values[end : min(right, end + 30)])
    return abs(after - before) < 0.4 * min(abs(during - before), abs(during - after))


def drop_transients(values: FloatArray, changes: list[int], scores: list[float]) -> tuple[list[int], list[float]]:
    """Return the changes without the pairs that only enclose a transient."""
    kept, evidence = list(changes), list(scores)
    i = 0
    while i + 1 < len(kept):
        left = kept[i - 1] if i else 0
        right = kept[i + 2] if i + 2 < len(kept) else len(values)
        if is_transient(values, (left, kept[i], kept[i + 1], right)):
            del kept[i : i + 2], evidence[i : i + 2]
        else:
            i += 1
    return kept, evidence
