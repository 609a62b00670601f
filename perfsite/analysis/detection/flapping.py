"""Levels that flap: where change follows change and nothing lasts, the changes are the noise."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.detection.noisemodel import NoiseModel

if TYPE_CHECKING:
    from perfsite.analysis.detection.signal import Signal

FLAP_POINTS = 35
"""Median length of a level up to which levels that return to the one before last flap."""
HASTE_POINTS, HASTE_CHANGES = 14, 5
"""So many changes of which half last no longer than so many points are noise, whether levels return or not."""
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
    if not (len(changes) >= HASTE_CHANGES and typical <= HASTE_POINTS):
        error = np.sqrt(signal.white * (1 / lengths[2:] + 1 / lengths[:-2]))
        jump = np.minimum(np.abs(levels[1:-1] - levels[:-2]), np.abs(levels[2:] - levels[1:-1]))
        returned = np.abs(levels[2:] - levels[:-2]) < np.maximum(3 * error, 0.3 * jump)
        if returned.sum() < RETURNS or returned.mean() < SHARE_OF_RETURNS or typical > FLAP_POINTS:
            return None
        if not modes_removed and lengths[lengths > 2 * FLAP_POINTS].sum() > 0.35 * len(signal):
            return None
    persistence = math.exp(-1.5 / typical)
    spread = float(np.average((levels - np.average(levels, weights=lengths)) ** 2, weights=lengths))
    return NoiseModel(signal.white, spread, persistence)
