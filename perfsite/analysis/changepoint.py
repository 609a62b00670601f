"""Change points: where the level of a series changed and stayed, found with hindsight over the whole series.

The steps, each a module of `perfsite.analysis.detection`: log scale and outliers (`signal`), candidates at many scales
and an exact partition over them (`partition`), backward elimination by a calibrated z (`elimination`), the same under
noise with memory (`variogram`, `locallevel`) where the shortest description wins (`noisemodel`), and what recurs is
taken for noise (`modes`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.detection.contrasts import Contrasts
from perfsite.analysis.detection.elimination import critical_z, find_under
from perfsite.analysis.detection.locallevel import Explanation, explain_as_walk
from perfsite.analysis.detection.machines import (
    VERY_NEAR,
    Machines,
    count_told,
    find_machines,
    fit_offsets,
    guess_offsets,
)
from perfsite.analysis.detection.modes import drop_transients, flapping_model, without_modes
from perfsite.analysis.detection.noisemodel import NoiseModel, description_length
from perfsite.analysis.detection.partition import SHORTEST_LEVEL, Scan
from perfsite.analysis.detection.signal import of_clean, prepare, replace_outliers, to_log_scale
from perfsite.analysis.detection.variogram import autoregressive_model
from perfsite.analysis.detection.weights import weigh

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from perfsite.analysis.detection.signal import Signal

FEWEST_FOR_MEMORY = 24
"""Points below which noise with memory cannot be told from white noise."""
MOST_TURNS = 3
"""How often changes and offsets of machines are fitted in turn."""
SAME_OFFSET = 0.05
"""Offsets that move by less, in standard deviations of a point, change nothing that detection could see."""
SURE_SWITCHES = 3
"""Switches per machine that make a guess of the offsets sure."""
COST_OF_MACHINE = 0.5
"""Description length of a machine's offset in units of log n."""
FEWEST_FOR_MODES = 4
"""Change points below which nothing can recur."""


@dataclass(frozen=True, slots=True)
class Changes:
    """The change points of a series of n points: first indices of new levels, rising, each with its evidence.

    `scores` are in standard errors of the difference. `outliers`, shape (n,), marks isolated points off their level.
    `model` is the noise that the levels leave, on the log scale; None where the series is too short to tell.
    `offsets`, shape (n,), are what its machine adds to each point, on the log scale; None where no machines are told
    apart. `signal` is the series as detection saw it.
    """

    indices: tuple[int, ...]
    scores: tuple[float, ...]
    outliers: NDArray[np.bool_]
    model: NoiseModel | None
    offsets: NDArray[np.float64] | None = None
    signal: Signal | None = None


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
    values: NDArray[np.float64],
    *,
    standard_errors: NDArray[np.float64] | None = None,
    labels: NDArray[np.integer] | None = None,
    sensitivity: float = 1.0,
) -> Changes:
    """Return the change points with their evidence; none where n < 8, the fewest that hold two levels.

    Parameters
    ----------
    values
        Finite values, shape (n,), oldest first; any n, any unit.
    standard_errors
        Those of the values from within their runs, shape (n,), in their unit; NaN where not known. Points count by
        their precision as far as the values bear it out (`perfsite.analysis.detection.weights`).
    labels
        What machine each point was measured on, shape (n,), any integers; negative: not known. Machines that take
        turns are told from the code (`perfsite.analysis.detection.machines`); a change that comes with a machine that
        stays is found all the same.
    sensitivity
        Scales the evidence a change needs; above 1 fewer, surer change points.
    """
    n = len(values)
    if n < 2 * SHORTEST_LEVEL:
        return Changes((), (), np.zeros(n, dtype=np.bool_), None)
    weights = None if standard_errors is None else weigh(values, standard_errors)
    machines = None if labels is None else find_machines(labels)
    critical = critical_z(n) * sensitivity
    if machines is None:
        found = _find(values, weights, None, critical)
    else:
        found = _tell_machines(values, weights, machines, critical)
    changes, scores = drop_transients(found.signal.values, found.changes, found.scores)
    return Changes(tuple(changes), tuple(scores), found.signal.outliers, found.model, found.offsets, found.signal)


@dataclass(frozen=True, slots=True)
class _Found:
    """The change points of a series without the offsets of its machines."""

    signal: Signal
    changes: list[int]
    scores: list[float]
    model: NoiseModel
    offsets: NDArray[np.float64] | None


def _find(
    values: NDArray[np.float64],
    weights: NDArray[np.float64] | None,
    offsets: NDArray[np.float64] | None,
    critical: float,
) -> _Found:
    signal = prepare(values, weights, offsets)
    return _Found(signal, *_segment(signal, critical), offsets)


def _tell_machines(
    values: NDArray[np.float64], weights: NDArray[np.float64] | None, machines: Machines, critical: float
) -> _Found:
    """Return the shortest telling of a series by changes of the code and offsets of its machines.

    The two are fitted in turns, from a guess of the offsets and, where few switches stand behind the guess, from a
    closer one and from where the machines are all alike, too.
    """
    x = to_log_scale(values)
    starts: list[NDArray[np.float64] | None] = [guess_offsets(x, machines)]
    if machines.switches < SURE_SWITCHES * machines.count:
        starts += [guess_offsets(x, machines, VERY_NEAR), None]
    tellings = []
    for start in starts:
        found = _find(values, weights, start, critical)
        for _ in range(MOST_TURNS):
            before = found.offsets if found.offsets is not None else np.zeros(len(x))
            offsets = fit_offsets(found.signal.values + before, machines, found.changes, weights)
            if np.abs(offsets - before).max() <= SAME_OFFSET * math.sqrt(found.signal.white):
                break
            found = _find(values, weights, offsets if offsets.any() else None, critical)
        tellings.append(found)
    return min(tellings, key=lambda found: _length(x, found, machines)) if len(tellings) > 1 else tellings[0]


def _length(x: NDArray[np.float64], found: _Found, machines: Machines) -> float:
    """Return the description length of all points, outliers too, and of what they are explained by."""
    residuals = x - found.signal.level_per_point(found.changes)
    apart = 0
    if found.offsets is not None:
        residuals -= found.offsets
        apart = count_told(found.offsets, machines)
    told = description_length(residuals, found.model, len(found.changes), found.signal.weights)
    return told + COST_OF_MACHINE * apart * math.log(len(x))


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
