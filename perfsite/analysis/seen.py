"""A series as its analysis sees it: in units that nothing overflows in, its change points found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.analysis.changepoint import find_changes
from perfsite.analysis.excursions import find_excursions, lifted, put_back
from perfsite.analysis.least import NEGLIGIBLE
from perfsite.analysis.noise import power_of_two_near
from perfsite.model.run import Direction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from perfsite.analysis.changepoint import Changes
    from perfsite.model.policy import Policy
    from perfsite.model.series import Series

    FloatArray = NDArray[np.float64]

SIGNS: Final = {Direction.LOWER: 1, Direction.HIGHER: -1, Direction.NEITHER: 0}
"""1 where more is worse."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A series in units of a power of two near its largest value: exact, and no sum overflows.

    `values`, `run_errors` and `labels` have shape (n,). `told` are points where people were told that it became worse,
    `sign` is 1 where that is more, -1 where it is less, 0 where nothing is.
    """

    scale: float
    values: FloatArray
    run_errors: FloatArray
    labels: NDArray[np.int32]
    told: tuple[int, ...]
    sign: int


def see(series: Series, told: Sequence[int]) -> Seen:
    """Return a series of n >= 1 points as it is seen; `told` are points where people were told that it became worse."""
    scale = power_of_two_near(series.values)
    values = series.values / scale
    values[np.abs(values) < NEGLIGIBLE] = 0.0
    errors = np.minimum(series.standard_errors / scale, 1 / NEGLIGIBLE)
    return Seen(scale, values, errors, series.labels, tuple(told), SIGNS[series.direction])


def find_seen_changes(seen: Seen, policy: Policy) -> Changes:
    """Return the change points; the long part of the analysis, and the only place that asks for it.

    Twice where people were told of a regression that is over: the first tells the machines and levels around it.
    """
    found = _find(seen, seen.values, policy)
    if not seen.told or not seen.sign:
        return found
    factors = machine_factors(found, seen.values)
    alike, known = seen.values / factors, found.indices
    excursions = find_excursions(alike, seen.told, seen.sign, known)
    if not excursions:
        return found
    still = lifted(alike, excursions, known) * factors
    return put_back(_find(seen, still, policy), alike, excursions, known)


def _find(seen: Seen, values: FloatArray, policy: Policy) -> Changes:
    return find_changes(values, standard_errors=seen.run_errors, labels=seen.labels, sensitivity=policy.sensitivity)


def machine_factors(changes: Changes, values: FloatArray) -> FloatArray:
    """Return how many times the average machine's value each point's machine has, 1 where machines are alike.

    Points are judged as of the average machine, and their levels and baselines shown as of their own. A pinned
    baseline is a number of no machine: against it points stand as they were measured.
    """
    if changes.offsets is None or values.min() <= 0:
        return np.ones(len(values))
    return np.exp(changes.offsets)
