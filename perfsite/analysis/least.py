"""The smallest difference that counts, of a level and in which unit."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.rulings import least_absolute
from perfsite.analysis.student import interval_factor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.analysis.noise import Noise
    from perfsite.model.policy import Policy

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

NEGLIGIBLE = 1e-100
"""A share of a series' largest value that is as good as zero: ratios to it, and their squares, would overflow."""


def least_of_levels(noise: Noise | None, edges: IntArray, policy: Policy, *, is_pinned: bool) -> FloatArray:
    """Return the smallest |delta| of each segment's level that counts.

    Between levels a change point is the evidence. Between a level and a pinned baseline there is none, so that the
    noise must allow the delta at `alpha`; where it is not known, the points are judged one by one.
    """
    segments = len(edges) - 1
    if noise is None:
        return np.full(segments, math.inf if is_pinned else policy.severities.minor)
    errors = noise.of_levels(edges) / 2
    reach = interval_factor(policy.alpha, noise.degrees) if is_pinned else 2.0
    return np.maximum(policy.severities.minor, reach * errors)


def in_units_of(scale: float, policy: Policy) -> Policy:
    """Return the policy for values divided by `scale`; only absolute thresholds have a unit."""
    threshold = policy.threshold
    warn, fail = threshold.warn_absolute, threshold.fail_absolute
    if warn is None and fail is None:
        return policy
    warn, fail = (None if level is None else level / scale for level in (warn, fail))
    return replace(policy, threshold=replace(threshold, warn_absolute=warn, fail_absolute=fail))


def least_differences(noise: Noise | None, edges: IntArray, policy: Policy, *, is_pinned: bool) -> FloatArray | None:
    """Return the smallest difference of each segment's level that counts without a ratio; None where none does."""
    least = least_absolute(policy.threshold)
    if least == math.inf:
        return None
    if noise is None:
        return np.full(len(edges) - 1, math.inf if is_pinned else least)
    errors = noise.of_levels(edges) / 2 * noise.scales[edges[:-1]]
    reach = interval_factor(policy.alpha, noise.degrees) if is_pinned else 2.0
    return np.maximum(least, reach * errors)


def in_reach(pinned: float) -> float:
    """Return a pinned baseline, in the scaled unit, as one that can be calculated with: not negligible, not endless."""
    return 0.0 if abs(pinned) < NEGLIGIBLE else min(max(pinned, -1 / NEGLIGIBLE), 1 / NEGLIGIBLE)
