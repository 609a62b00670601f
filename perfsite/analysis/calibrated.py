"""Series too short to tell their noise: calibration runs of the same code tell it instead."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.rulings import ROUNDING, severity_codes
from perfsite.analysis.student import interval_factor
from perfsite.analysis.verdicts import IMPROVEMENT, NO_CHANGE, REGRESSION, UNSURE
from perfsite.model.findings import Doubt, Judgement, Rule
from perfsite.model.run import Direction

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.model.calibration import Calibration
    from perfsite.model.policy import Policy
    from perfsite.model.series import Series

    FloatArray = NDArray[np.float64]

_SIGNS = {Direction.LOWER: 1.0, Direction.HIGHER: -1.0, Direction.NEITHER: 0.0}


def calibrated_floors(calibrated: Calibration, counts: NDArray[np.int64], alpha: float) -> FloatArray:
    """Return the smallest |delta| of one run against the mean of `counts` (>= 1) earlier ones, shape (n,).

    Notes
    -----
    Half the prediction interval of one more run (Hahn & Meeker 1991, ch. 4), its deviation that of the calibration
    runs. Few of those make a wide interval: Student's t at 4 degrees of freedom and 0.1 % is 8.6.
    """
    factor = interval_factor(alpha, calibrated.degrees)
    floors: FloatArray = factor * calibrated.deviation * np.sqrt(1 + 1 / counts)
    return floors


def judge_by_calibration(
    judgement: Judgement, series: Series, policy: Policy, calibrated: Calibration | None
) -> Judgement:
    """Return the findings of a series with the noise that calibration runs tell, where its own is not known.

    Runs made one after the other show less noise than runs of different days, so that this counts only until
    `min_points` earlier points tell the series' own.

    Parameters
    ----------
    judgement, series, policy
        The findings so far of the series under the policy.
    calibrated
        None: nothing is known; the findings stay as they are.
    """
    if calibrated is None or not 2 <= len(series) <= policy.min_points or judgement.noise is not None:
        return judgement
    told = np.isfinite(judgement.deltas) & ((judgement.doubts & int(Doubt.NEW_LABEL)) == 0)
    if not told.any():
        return replace(judgement, noise=calibrated.deviation)
    counts = np.maximum(np.cumsum(series.eligible) - series.eligible, 1)
    floors = np.where(told, calibrated_floors(calibrated, counts, policy.alpha), np.nan)
    sign, size = _SIGNS[series.direction], np.abs(judgement.deltas)
    counted = told & (size >= np.fmax(floors, policy.severities.minor - ROUNDING))
    verdicts, doubts = (
        judgement.verdicts.copy(),
        judgement.doubts & ~int(Doubt.NOISE_UNKNOWN) | np.where(told, 0, judgement.doubts & int(Doubt.NOISE_UNKNOWN)),
    )
    hidden = told & (floors >= (policy.threshold.fail or np.inf)) & (sign != 0)
    verdicts[told] = np.where(hidden[told], UNSURE, NO_CHANGE)
    if sign:
        verdicts[counted] = np.where(sign * judgement.deltas[counted] > 0, REGRESSION, IMPROVEMENT)
        doubts[counted] |= int(Doubt.UNCONFIRMED)
    changed = (verdicts == REGRESSION) | (verdicts == IMPROVEMENT)
    severities = np.zeros(len(series), np.int8)
    severities[changed] = severity_codes(judgement.deltas[changed], policy.severities)
    regressed = verdicts == REGRESSION
    points = np.arange(len(series), dtype=np.int32)
    return replace(
        judgement,
        floors=floors,
        verdicts=verdicts,
        severities=severities,
        rules=_rules(sign * judgement.deltas, regressed, policy),
        doubts=doubts.astype(np.int16),
        since=np.where(regressed, points, -1).astype(np.int32),
        standing=np.zeros(len(series), np.bool_),
        noise=calibrated.deviation,
    )


def _rules(worse: FloatArray, regressed: NDArray[np.bool_], policy: Policy) -> NDArray[np.int8]:
    rules = np.full(len(worse), Rule.PASS, np.int8)
    for level, rule in ((policy.threshold.warn, Rule.WARN), (policy.threshold.fail, Rule.FAIL)):
        if level is not None:
            rules[regressed & (worse >= level - ROUNDING)] = rule
    return rules
