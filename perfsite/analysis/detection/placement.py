"""Where exactly a change lies: at its likeliest place, unless another neighbourhood is clearly likelier."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.detection.noisemodel import TAIL, describe
from perfsite.analysis.detection.partition import SHORTEST_LEVEL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.analysis.detection.noisemodel import NoiseModel
    from perfsite.analysis.detection.signal import Signal

    FloatArray = NDArray[np.float64]

SEARCH_REACH = 40
"""Points on either side of a change among which its place is looked for."""
NEAR = 3
"""So many points off, a place is still as good as right: a person looks at the commits around it."""
GOOD_ENOUGH = 0.9
"""The likeliest place is taken if its neighbourhood holds so much of what the best neighbourhood holds."""
_NORMALISER = math.lgamma(TAIL / 2) - math.lgamma((TAIL + 1) / 2) + 0.5 * math.log(TAIL * math.pi)
"""What the description length of `describe` leaves out: the constant of Student's density."""


def place_by_posterior(signal: Signal, model: NoiseModel, changes: list[int]) -> list[int]:
    """Return each change moved to where most of its posterior lies nearby, the levels around it held fixed.

    With a flat prior the posterior of a place is proportional to the likelihood (Smith 1975): under a Student-t, whose
    tails keep single points from pulling at the change, or under a normal where the noise has no such tails. Memory
    makes neighbouring points tell less: the log-likelihood is divided by how much the variance of a mean exceeds that
    of white noise.
    """
    if not changes:
        return []
    edges = [0, *changes, len(signal)]
    surprise = _surprise_of_tails if _has_tails(signal, changes) else _surprise_of_normal
    patience = max(1.0, 8 * model.variance_of_mean(8) / model.variance) if model.persistence < 1 else 1.0
    for i in range(1, len(edges) - 1):
        left, place, right = edges[i - 1], edges[i], edges[i + 1]
        first, last = (
            max(left + SHORTEST_LEVEL, place - SEARCH_REACH),
            min(right - SHORTEST_LEVEL, place + SEARCH_REACH),
        )
        if last > first:
            inside = slice(first, last)
            x = signal.values[inside]
            before, after = signal.mean(left, place), signal.mean(place, right)
            votes = surprise(x - after, model.variance) - surprise(x - before, model.variance)
            if signal.weights is not None:
                votes *= signal.weights[inside]
            edges[i] = first + _likeliest(votes / patience)
    return edges[1:-1]


def _likeliest(votes: FloatArray) -> int:
    """Return how many of the points belong to the level before; each votes by its log-likelihood ratio for it."""
    likelihood = np.zeros(len(votes) + 1)
    np.cumsum(votes, out=likelihood[1:])
    posterior = np.exp(likelihood - likelihood.max())
    nearby = np.convolve(posterior, np.ones(2 * NEAR + 1))[NEAR : NEAR + len(posterior)]
    likeliest, surest = int(posterior.argmax()), int(nearby.argmax())
    return likeliest if nearby[likeliest] >= GOOD_ENOUGH * nearby[surest] else surest


def _surprise_of_tails(errors: FloatArray, variance: float) -> FloatArray:
    surprise: FloatArray = 0.5 * (TAIL + 1) * np.log1p(errors * errors / (TAIL * variance))
    return surprise


def _surprise_of_normal(errors: FloatArray, variance: float) -> FloatArray:
    surprise: FloatArray = errors * errors / (2 * variance)
    return surprise


def _has_tails(signal: Signal, changes: list[int]) -> bool:
    """Return whether a Student-t describes the residuals better than a normal of their own variance."""
    errors = signal.values - signal.level_per_point(changes)
    squares = errors * errors
    variance = max(float(squares.mean()), 1e-300)
    of_normal = 0.5 * len(errors) * (math.log(variance) + 1 + math.log(2 * math.pi))
    return describe(squares)[0] + len(errors) * _NORMALISER < of_normal
