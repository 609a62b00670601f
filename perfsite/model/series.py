"""A series: all points of one benchmark's one metric in one environment, in commit order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import nan
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from perfsite.model.run import Direction


_UNKNOWN: Final[Any] = None
"""Stands for an array of which nothing is known, until a series tells how long it must be."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class SeriesKey:
    """What makes a series one: benchmark, parameters (sorted by name), metric, environment."""

    benchmark: str
    parameters: tuple[tuple[str, str], ...] = ()
    metric: str
    environment: str

    @property
    def parameter_text(self) -> str:
        """Return the parameters as people read them: `n=1000, k=2`; empty where there are none."""
        return ", ".join(f"{name}={value}" for name, value in self.parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One series as arrays of one shape (n,), oldest commit first; runs of one commit are one point.

    `commits` are positions in the history's commit order, strictly increasing. `values` are finite centres in the
    base unit. `standard_errors` are those of the centres from within the run, NaN where not known; `counts` how many
    samples stand behind a point, 0 where not known. `labels` code the comparability facts of each point (-1: none
    known); points of different labels are measured on different machines. `eligible` is False where the point may
    not become a baseline (dirty work tree). `times` are seconds since 1970 of a point's newest run, in UTC, NaN where
    not known; `artifacts` code what was measured, by its hash (-1: not known). `same_code` is True where a point
    measured the code of the point before it, so that nothing it shows is the code's doing; `shifts` are the log ratios
    by which most benchmarks of the environment moved together at a point, as `values` show it, 0 where they did not;
    `course` is the log ratio by which they moved since the beginning, where the machine differs from run to run.
    Left out, nothing is known of these.
    """

    key: SeriesKey
    unit: str
    direction: Direction
    commits: NDArray[np.int32]
    values: NDArray[np.float64]
    standard_errors: NDArray[np.float64]
    counts: NDArray[np.int32]
    labels: NDArray[np.int32]
    eligible: NDArray[np.bool_]
    times: NDArray[np.float64] = _UNKNOWN
    artifacts: NDArray[np.int32] = _UNKNOWN
    same_code: NDArray[np.bool_] = _UNKNOWN
    shifts: NDArray[np.float64] = _UNKNOWN
    course: NDArray[np.float64] = _UNKNOWN

    def __post_init__(self) -> None:
        if self.times is _UNKNOWN:
            object.__setattr__(self, "times", 0.0 * self.labels + nan)
        if self.artifacts is _UNKNOWN:
            object.__setattr__(self, "artifacts", 0 * self.labels - 1)
        if self.same_code is _UNKNOWN:
            object.__setattr__(self, "same_code", self.labels < -1)
        if self.shifts is _UNKNOWN:
            object.__setattr__(self, "shifts", 0.0 * self.labels)
        if self.course is _UNKNOWN:
            object.__setattr__(self, "course", 0.0 * self.labels)

    def part(self, which: slice | NDArray[np.bool_] | NDArray[np.int64]) -> Series:
        """Return the series with some of its points."""
        return replace(self, **{name: getattr(self, name)[which] for name in _ARRAYS})

    def __len__(self) -> int:
        return len(self.values)


_ARRAYS = (
    "commits",
    "values",
    "standard_errors",
    "counts",
    "labels",
    "eligible",
    "times",
    "artifacts",
    "same_code",
    "shifts",
    "course",
)
