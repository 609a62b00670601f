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
    from perfsite.analysis.excursions import Excursion
    from perfsite.model.policy import Policy
    from perfsite.model.series import Series

    FloatArray = NDArray[np.float64]

SIGNS: Final = {Direction.LOWER: 1, Direction.HIGHER: -1, Direction.NEITHER: 0}
"""1 where more is worse."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A series in units of a power of two near its largest value: exact, and no sum overflows.

    `values`, `run_errors` and `labels` have shape (n,). `excursions` are its regressions that people were told of, and
    that were over after a few runs.
    """

    scale: float
    values: FloatArray
    run_errors: FloatArray
    labels: NDArray[np.int32]
    excursions: tuple[Excursion, ...]


def see(series: Series, told: Sequence[int]) -> Seen:
    """Return a series of n >= 1 points as it is seen; `told` are points where people were told that it became worse."""
    scale = power_of_two_near(series.values)
    values = series.values / scale
    values[np.abs(values) < NEGLIGIBLE] = 0.0
    errors = np.minimum(series.standard_errors / scale, 1 / NEGLIGIBLE)
    return Seen(scale, values, errors, series.labels, find_excursions(values, told, SIGNS[series.direction]))


def find_seen_changes(seen: Seen, policy: Policy) -> Changes:
    """Return the change points; the long part of the analysis, and the only place that asks for it."""
    still = lifted(seen.values, seen.excursions)
    found = find_changes(still, standard_errors=seen.run_errors, labels=seen.labels, sensitivity=policy.sensitivity)
    return put_back(found, seen.values, seen.excursions)
