"""Change points: where the level of a series changed and stayed, found with hindsight over the whole series.

The method, in order; each step is a module of `perfsite.analysis.detection`:

1. The series goes to the log scale, where a relative change is a shift; isolated outliers give way to the local median
   (`signal`), a rhythm that stands out of the spectrum is taken away (`season`), machines that take turns are told from
   the code (`machines`), and points count by the spread within their runs where that tells something (`weights`).
2. Windows of all scales propose candidates, dynamic programming picks those that explain the series best
   (`partition`), and each must stand a test: its weakest z first (`contrasts`, `elimination`).
3. The same under noise with memory: an AR(1) state read from a robust variogram (`variogram`) and a random walk with
   jumps (`locallevel`). The shortest description of the series is believed (`noisemodel`, `tellings`).
4. What is no change of the code: levels that recur are modes, taken away before the rest is told anew (`modes`); levels
   that flap are noise (`flapping`); short excursions are transients (`transients`), slow changes are ramps (`ramps`).
5. Each change is placed where most of its posterior lies (`placement`).

One setting moves recall against false alarms: `sensitivity`, the factor on what a change must reach.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.detection.elimination import critical_z
from perfsite.analysis.detection.machines import (
    VERY_NEAR,
    Machines,
    count_told,
    find_machines,
    fit_offsets,
    guess_offsets,
)
from perfsite.analysis.detection.noisemodel import NoiseModel, description_length
from perfsite.analysis.detection.partition import SHORTEST_LEVEL
from perfsite.analysis.detection.signal import prepare, to_log_scale
from perfsite.analysis.detection.tellings import tell
from perfsite.analysis.detection.weights import weigh

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from perfsite.analysis.detection.signal import Signal

SAME_PLACE = 5
"""Points by which the place of one change may move from one analysis to the next."""
MOST_TURNS = 3
"""How often changes and offsets of machines are fitted in turn."""
SAME_OFFSET = 0.05
"""Offsets that move by less, in standard deviations of a point, change nothing that detection could see."""
SURE_SWITCHES = 3
"""Switches per machine that make a guess of the offsets sure."""
COST_OF_MACHINE = 0.5
"""Description length of a machine's offset in units of log n."""


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
    return Changes(
        tuple(found.changes), tuple(found.scores), found.signal.outliers, found.model, found.offsets, found.rest
    )


def confirmed_changes(
    values: NDArray[np.float64],
    *,
    changes: Changes | None = None,
    standard_errors: NDArray[np.float64] | None = None,
    labels: NDArray[np.integer] | None = None,
    sensitivity: float = 1.0,
) -> tuple[bool, ...]:
    """Return for each change point whether it is found without the newest point too, within SAME_PLACE points.

    A change that only the newest point makes may be withdrawn by the next one; one that is confirmed seldom is. Costs
    one more detection where there are changes, nothing where there are none.

    Parameters
    ----------
    changes
        What `find_changes` returned for the same arguments; found anew where not given.

    Examples
    --------
    >>> step = np.array([10.0, 10.2, 9.9, 10.1, 10.0, 12.1, 12.0, 11.8, 12.2, 12.0])
    >>> confirmed_changes(step), confirmed_changes(step[:-1])
    ((True,), (False,))
    """
    if changes is None:
        changes = find_changes(values, standard_errors=standard_errors, labels=labels, sensitivity=sensitivity)
    if not changes.indices:
        return ()
    before = find_changes(
        values[:-1],
        standard_errors=None if standard_errors is None else standard_errors[:-1],
        labels=None if labels is None else labels[:-1],
        sensitivity=sensitivity,
    )
    return tuple(any(abs(place - other) <= SAME_PLACE for other in before.indices) for place in changes.indices)


@dataclass(frozen=True, slots=True)
class _Found:
    """The change points of a series without the offsets of its machines; `rest` is the signal without its modes."""

    signal: Signal
    rest: Signal
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
    told = tell(signal, critical)
    return _Found(signal, told.rest or signal, told.changes, told.scores, told.model, offsets)


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
