"""A series: all points of one benchmark's one metric in one environment, in commit order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from perfsite.model.run import Direction


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
    not become a baseline (dirty work tree).
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

    def __len__(self) -> int:
        return len(self.values)
