"""Calibration runs: gathered beside the trend, as evidence of noise."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from perfsite.history.points import standard_errors
from perfsite.model.calibration import Calibration
from perfsite.model.machine import Machine

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfsite.model.run import Columns, Run

Identity = tuple[str, str, tuple[tuple[str, str], ...], str, str]
"""Environment, benchmark, parameters, metric and unit: what makes a series one."""
_Session = tuple[str, tuple[str | None, ...]]
"""The commit and the machine: runs that share both measured the same."""


class Calibrations:
    """The values of calibration runs by series, and by commit and machine within them."""

    def __init__(self) -> None:
        self._values: dict[Identity, dict[_Session, list[tuple[float, float]]]] = {}

    def __bool__(self) -> bool:
        return bool(self._values)

    def add(self, run: Run) -> None:
        """Take a calibration run in."""
        columns, session = run.measurements, (run.commit.sha, Machine.of(run.environment.facts).spelling)
        errors = _errors(columns)
        for i, value in enumerate(columns.value):
            if value is not None:
                given = columns.parameters[i] if columns.parameters else None
                metric = columns.metrics[columns.metric[i]]
                parameters = tuple(sorted(given.items())) if given else ()
                identity = (run.environment.name, columns.benchmark[i], parameters, metric.name, metric.unit)
                self._values.setdefault(identity, {}).setdefault(session, []).append((value, errors[i]))

    def identities(self) -> list[Identity]:
        """Return all series that calibration runs measured."""
        return list(self._values)

    def of(self, identity: Identity) -> Calibration | None:
        """Return what calibration runs say of a series; None where there are not two that measured the same."""
        return calibrate(self._values.get(identity, {}).values())


def _errors(columns: Columns) -> list[float]:
    """Return the standard error of every centre, NaN where not known."""

    def numbers(column: Sequence[float | None] | None) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.full(len(columns), math.nan) if column is None else np.array(column, dtype=np.float64)

    spread = (columns.count, columns.deviation, columns.lower, columns.upper)
    told: list[float] = standard_errors(*(numbers(column) for column in spread)).tolist()
    return told


def calibrate(sessions: Iterable[Sequence[tuple[float, float]]]) -> Calibration | None:
    """Return the noise that runs of the same code show.

    Parameters
    ----------
    sessions
        For each commit and machine the (value, standard error) of its runs, NaN where the error is not known.

    Returns
    -------
    Calibration or None
        None where no session has two runs, or the centres have no ratio: one is not positive.

    Notes
    -----
    The pooled variance of the relative deviations from each session's mean, as in a one-way analysis of variance: what
    differs between sessions, the code above all, is no noise.
    """
    squares, degrees, runs = 0.0, 0, 0
    within: list[float] = []
    for session in sessions:
        values = np.array([value for value, _ in session])
        if len(values) < 2 or not float(values.min()) > 0:
            continue
        # By the largest first: no sum overflows.
        relative = values / float(values.max())
        relative /= float(relative.mean())
        squares += float(((relative - relative.mean()) ** 2).sum())
        degrees += len(values) - 1
        runs += len(values)
        within.extend(share for value, error in session if math.isfinite(share := error / value))
    if not degrees:
        return None
    usual = float(np.median(within)) if within else None
    return Calibration(deviation=math.sqrt(squares / degrees), degrees=degrees, within=usual, runs=runs)
