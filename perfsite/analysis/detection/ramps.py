"""Slow changes told from steps: a run of changes in one direction that a ramp describes as well is drift."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.detection.noisemodel import price_of_changes

if TYPE_CHECKING:
    from perfsite.analysis.detection.noisemodel import NoiseModel
    from perfsite.analysis.detection.signal import Signal

SHORTEST_RAMP = 8
"""Points below which a ramp is a step with a point or two on the way."""
MOST_KNOTS = 16
"""Places tried for either end of a ramp."""
DOUBT = 8.0
"""Nats by which a ramp must be the shorter telling: what two ends to choose from gain by chance, and then some."""
LONG = 16
"""Points over which the noise's memory is taken to have faded."""


def drop_ramps(
    signal: Signal, model: NoiseModel, changes: list[int], scores: list[float]
) -> tuple[list[int], list[float]]:
    """Return the changes, and their scores, without those that only follow a ramp.

    Changes in one direction, one after the other, are held against one straight line between two levels, as in a
    two-phase regression (Hinkley 1971): it has one place more than a change, and replaces as many as there are. Under a
    walk there is nothing to do, slow changes are its noise.
    """
    if not changes or model.persistence >= 1:
        return changes, scores
    edges = [0, *changes, len(signal)]
    levels = [signal.mean(a, b) for a, b in itertools.pairwise(edges)]
    rises = [after > before for before, after in itertools.pairwise(levels)]
    variance = max(LONG * model.variance_of_mean(LONG), model.variance)
    price = price_of_changes(len(signal), len(changes)) / len(changes)
    kept: list[int] = []
    for _, run in itertools.groupby(range(len(changes)), key=rises.__getitem__):
        steps = list(run)
        around = edges[steps[0] : steps[-1] + 3]
        gain = (_error_of_stairs(signal, around) - _error_of_ramp(signal, around[0], around[-1])) / (2 * variance)
        if gain + (len(steps) - 1) * price <= DOUBT:
            kept += steps
    return [changes[i] for i in kept], [scores[i] for i in kept]


def _error_of_stairs(signal: Signal, edges: list[int]) -> float:
    """Return the squared error of a level between each two edges."""
    places = np.array(edges)
    rises, points = np.diff(signal.centred[places]), np.diff(signal.points[places])
    return float(signal.squares[edges[-1]] - signal.squares[edges[0]] - (rises * rises / points).sum())


def _error_of_ramp(signal: Signal, start: int, end: int) -> float:
    """Return the least squared error, over the places of two knots, of level, ramp, level; infinite without room.

    The ramp from a to b is f(t) = min(max((t - a) / (b - a), 0), 1). Regression on it needs the sums of f, f^2 and f x:
    with prefix sums of 1, t, t^2, x and t x they cost the same for any a and b.
    """
    n = end - start
    if n < 2 * SHORTEST_RAMP:
        return math.inf
    weights = np.diff(signal.points[start : end + 1])
    x = signal.values[start:end]
    x = x - (weights @ x) / weights.sum()
    t = np.arange(n, dtype=np.float64)
    sums = np.zeros((5, n + 1))
    np.cumsum(np.array([weights, weights * t, weights * t * t, weights * x, weights * t * x]), axis=1, out=sums[:, 1:])
    # As many points as knots at least, so that no two knots are one.
    knots = np.linspace(0, n - 1, min(MOST_KNOTS, n)).astype(np.int64)
    first, last = np.nonzero(knots - knots[:, None] >= SHORTEST_RAMP)
    a, b = knots[first], knots[last]
    width = b - a
    after, inside = sums[:, n, None] - sums[:, b + 1], sums[:, b + 1] - sums[:, a]
    with_1 = (inside[1] - a * inside[0]) / width + after[0]
    with_itself = (inside[2] - 2 * a * inside[1] + a * a * inside[0]) / (width * width) + after[0]
    with_x = (inside[4] - a * inside[3]) / width + after[3]
    gain = with_x * with_x / (with_itself - with_1 * with_1 / sums[0, n])
    return float(weights @ (x * x) - gain.max())
