"""Levels that flap: where change follows change and nothing lasts, the changes are the noise."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.detection.noisemodel import NoiseModel
from perfsite.analysis.detection.quantiles import NORMAL_MEDIAN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.analysis.detection.signal import Signal

FLAP_POINTS = 35
"""Median length of a level up to which levels that return to the one before last flap."""
HASTE_POINTS, HASTE_CHANGES = 14, 5
"""So many changes of which half last no longer than so many points are noise if their levels recur at any time."""
SHARE_OF_RECURRING = 0.5
"""Which share of levels in haste must recur: a staircase has none that do."""
RETURNS, SHARE_OF_RETURNS = 3, 0.6
"""How many levels, and which share of them, must return to the one before last."""


def flapping_model(signal: Signal, changes: list[int], *, modes_removed: bool) -> NoiseModel | None:
    """Return a noise model whose state is the level itself, where levels flap; None otherwise.

    Parameters
    ----------
    changes
        First indices of new levels, rising, at least two.
    modes_removed
        Whether modes were looked for and taken away already; if not, long levels among the short ones are believed.
    """
    edges = np.array([0, *changes, len(signal)])
    lengths = np.diff(edges)
    levels = signal.levels(edges)
    typical = float(np.median(lengths))
    jumps = np.abs(np.diff(levels))
    in_haste = len(changes) >= HASTE_CHANGES and typical <= HASTE_POINTS
    if not (in_haste and _share_of_recurring(signal, levels, lengths) >= SHARE_OF_RECURRING):
        error = np.sqrt(signal.white * (1 / lengths[2:] + 1 / lengths[:-2]))
        jump = np.minimum(jumps[:-1], jumps[1:])
        returned = np.abs(levels[2:] - levels[:-2]) < np.maximum(3 * error, 0.3 * jump)
        if returned.sum() < RETURNS or returned.mean() < SHARE_OF_RETURNS or typical > FLAP_POINTS:
            return None
        if not modes_removed and lengths[lengths > 2 * FLAP_POINTS].sum() > 0.35 * len(signal):
            return None
    persistence = math.exp(-1.5 / typical)
    # A true change among the flapping must not tell how far levels flap: the median jump does not feel it.
    spread = float(np.average((levels - np.average(levels, weights=lengths)) ** 2, weights=lengths))
    return NoiseModel(signal.white, min(spread, 0.5 * (float(np.median(jumps)) / NORMAL_MEDIAN) ** 2), persistence)


def _share_of_recurring(signal: Signal, levels: NDArray[np.float64], lengths: NDArray[np.int64]) -> float:
    """Return the share of levels that some other one, no neighbour, equals within what they do not know."""
    places = np.arange(len(levels))
    steps = np.abs(np.diff(levels))
    nearest = np.minimum(np.append(steps, np.inf), np.insert(steps, 0, np.inf))
    error = np.sqrt(signal.white * (1 / lengths[:, None] + 1 / lengths))
    alike = np.abs(levels[:, None] - levels) < np.maximum(3 * error, 0.3 * nearest[:, None])
    return float((alike & (np.abs(places[:, None] - places) > 1)).any(axis=1).mean())
