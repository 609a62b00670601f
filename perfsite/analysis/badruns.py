"""Bad runs: commits at which most series of one environment strayed together, and none stayed away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.chance import upper_binomial
from perfsite.analysis.detection.quantiles import median
from perfsite.analysis.flat import relative_deviations
from perfsite.model.slow import BadRun

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from perfsite.model.findings import Judgement
    from perfsite.model.series import Series

FEWEST_SERIES = 5
"""Series that a run must have before "most of them" says anything."""
MOST = 0.5
CHANCE = 1e-6
"""p of so many outliers in one run, if they fell on runs at random."""


def find_bad_runs(judged: Iterable[tuple[Series, Judgement]]) -> tuple[BadRun, ...]:
    """Return the bad runs of all environments, oldest first.

    A run is bad where most of its series, five at least, are outliers at once, and where so many are out of
    proportion to the environment's own share of outliers (binomial): a machine that was busy, not a program that
    changed, because the next run is back.
    """
    by_environment: dict[str, list[tuple[Series, Judgement]]] = {}
    for series, judgement in judged:
        if len(series):
            by_environment.setdefault(series.key.environment, []).append((series, judgement))
    found = [run for name, members in sorted(by_environment.items()) for run in _of_environment(name, members)]
    return tuple(sorted(found, key=lambda run: (run.commit, run.environment)))


def _of_environment(name: str, members: list[tuple[Series, Judgement]]) -> list[BadRun]:
    commits = np.concatenate([series.commits for series, _ in members])
    strayed = np.concatenate([judgement.outliers for _, judgement in members])
    measured = np.bincount(commits)
    outliers = np.bincount(commits[strayed], minlength=len(measured))
    suspects = np.flatnonzero((measured >= FEWEST_SERIES) & (outliers > MOST * measured))
    usual = min(max(int(outliers.sum()) / len(commits), 1e-4), 0.5)
    suspects = suspects[[upper_binomial(int(outliers[at]), int(measured[at]), usual) <= CHANCE for at in suspects]]
    if not len(suspects):
        return []
    deviations = np.concatenate([relative_deviations(series.values, judgement.levels) for series, judgement in members])
    runs = []
    for at in suspects.tolist():
        here: NDArray[np.float64] = deviations[(commits == at) & strayed]
        runs.append(
            BadRun(
                environment=name,
                commit=at,
                outliers=len(here),
                series=int(measured[at]),
                higher=int(np.count_nonzero(here > 0)),
                median=median(here),
            )
        )
    return runs
