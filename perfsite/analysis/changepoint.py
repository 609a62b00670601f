"""Change points: where the level of a series changed and stayed, found with hindsight over the whole series.

The steps, each a module of `perfsite.analysis.detection`: log scale and outliers (`signal`), candidates at many scales
and an exact partition over them (`partition`), backward elimination by a calibrated z (`elimination`), the same under
noise with memory (`variogram`, `locallevel`) where the shortest description wins (`noisemodel`), and what recurs is
taken for noise (`modes`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.detection.contrasts import Contrasts
from perfsite.analysis.detection.elimination import critical_z, find_under
from perfsite.analysis.detection.locallevel import Explanation, explain_as_walk
from perfsite.analysis.detection.modes import drop_transients, flapping_model, without_modes
from perfsite.analysis.detection.noisemodel import NoiseModel, description_length
from perfsite.analysis.detection.partition import SHORTEST_LEVEL, Scan
from perfsite.analysis.detection.signal import of_clean, prepare, replace_outliers
from perfsite.analysis.detection.variogram import autoregressive_model
from perfsite.analysis.detection.weights import weigh

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from perfsite.analysis.detection.signal import Signal

FEWEST_FOR_MEMORY = 24
"""Points below which noise with memory cannot be told from white noise."""
FEWEST_FOR_MODES = 4
"""Change points below which nothing can recur."""


@dataclass(frozen=True, slots=True)
class Changes:
    """The change points of a series of n points: first indices of new levels, rising, each with its evidence.

    `scores` are in standard errors of the difference. `outliers`, shape (n,), marks isolated points off their level.
    `model` is the noise that the levels leave, on the log scale; None where the series is too short to tell.
    """

    indices: tuple[int, ...]
    scores: tuple[float, ...]
    outliers: NDArray[np.bool_]
    model: NoiseModel | None


def detect(values: ArrayLike, *, sensitivity: float = 1.0) -> list[int]:
    """Return the first index of each new level.

    Parameters
    ----------
    values
        Finite values, shape (n,), oldest first; any n, any unit.
    sensitivity
        Scales the evidence a change needs; above 1 fewer, surer change points.

    Examples
    --------
    >>> detect([10.0, 10.2, 9.9, 10.1, 10.0, 12.1, 12.0, 11.8, 12.2, 12.0])
    [5]
    """
    return list(find_changes(np.asarray(values, dtype=np.float64), sensitivity=sensitivity).indices)


def find_changes(
    values: NDArray[np.float64], *, standard_errors: NDArray[np.float64] | None = None, sensitivity: float = 1.0
) -> Changes:
    """Return the change points with their evidence; none where n < 8, the fewest that hold two levels.

    Parameters
    ----------
    values
        Finite values, shape (n,), oldest first; any n, any unit.
    standard_errors
        Those of the values from within their runs, shape (n,), in their unit; NaN where not known. Points count by
        their precision as far as the values bear it out (`perfsite.analysis.detection.weights`).
    sensitivity
        Scales the evidence a change needs; above 1 fewer, surer change points.
    """
    n = len(values)
    if n < 2 * SHORTEST_LEVEL:
        return Changes((), (), np.zeros(n, dtype=np.bool_), None)
    signal = prepare(values, None if standard_errors is None else weigh(values, standard_errors))
    changes, scores, model = _segment(signal, critical_z(n) * sensitivity)
    changes, scores = drop_transients(signal.values, changes, scores)
    return Changes(tuple(changes), tuple(scores), signal.outliers, model)


def _segment(
    signal: Signal, critical: float, *, look_for_modes: bool = True
) -> tuple[list[int], list[float], NoiseModel]:
    contrasts, scan = Contrasts(signal), Scan(signal)
    best = _explain(contrasts, scan, critical)
    if len(best.changes) < FEWEST_FOR_MODES:
        return best.changes, best.scores, best.model
    if look_for_modes:
        rest = without_modes(signal, best.changes)
        if rest is not None:
            cleaned, outliers = replace_outliers(rest)
            signal = of_clean(cleaned, signal.outliers | outliers, signal.weights)
            return _segment(signal, critical, look_for_modes=False)
    flapping = flapping_model(signal, best.changes, modes_removed=not look_for_modes)
    if flapping is not None:
        return *find_under(contrasts, scan, flapping, critical), flapping
    return best.changes, best.scores, best.model


def _explain(contrasts: Contrasts, scan: Scan, critical: float) -> Explanation:
    """Return the shortest telling of the signal among white noise, AR(1) and random walk."""
    signal = contrasts.signal
    white = _under(contrasts, scan, NoiseModel(signal.white), critical)
    if not white.changes or len(signal) < FEWEST_FOR_MEMORY:
        return white
    tellings = [white, explain_as_walk(signal, critical)]
    memory = autoregressive_model(signal)
    if memory is not None:
        tellings.append(_under(contrasts, scan, memory, critical))
    return min(tellings, key=lambda telling: telling.length)


def _under(contrasts: Contrasts, scan: Scan, model: NoiseModel, critical: float) -> Explanation:
    signal = contrasts.signal
    changes, scores = find_under(contrasts, scan, model, critical)
    if not changes and model.is_white:
        return Explanation(changes, scores, model, 0.0)
    residuals = signal.values - signal.level_per_point(changes)
    length = description_length(residuals, model, len(changes), signal.weights)
    return Explanation(changes, scores, model, length)
