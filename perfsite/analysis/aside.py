"""Points aside of the trend, pull requests above all: each against the baseline of its place, none of them kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.verdicts import IMPROVEMENT, NO_CHANGE, REGRESSION, UNSURE
from perfsite.model.findings import SEVERITIES, Doubt, Judgement, Rule, Severity
from perfsite.model.run import Direction

if TYPE_CHECKING:
    from perfsite.model.policy import Policy
    from perfsite.model.series import Series

_SIGNS = {Direction.LOWER: 1.0, Direction.HIGHER: -1.0, Direction.NEITHER: 0.0}


def judge_aside(trend: Series, judgement: Judgement, aside: Series, policy: Policy) -> Judgement:
    """Return the findings of points that are in no trend.

    Parameters
    ----------
    trend, judgement
        The series of the same key and its findings; may have no points.
    aside
        The points, their commits placed in the same order as the trend's.
    policy
        The owner's thresholds.

    Notes
    -----
    A point is compared with the baseline of the first point of the trend after it, which is made of everything
    before it; after the trend's end, with that of the newest. It stands alone: no later run of its branch confirms
    it, so each verdict but no-change is said to be unconfirmed.
    """
    n = len(aside)
    place = np.minimum(np.searchsorted(trend.commits, aside.commits, side="right"), max(len(trend) - 1, 0))
    nothing = np.full(n, np.nan)
    baselines = judgement.baselines[place] if len(trend) else nothing
    floors = judgement.floors[place] if len(trend) else nothing
    with np.errstate(divide="ignore", invalid="ignore"):
        deltas = np.where(baselines > 0, aside.values / baselines - 1, np.nan)
    size = np.abs(deltas)
    threshold = policy.threshold
    alone = min((value for value in (threshold.warn, threshold.fail) if value is not None), default=np.inf)
    unknown = np.isnan(floors)
    needed = np.where(unknown, alone, np.fmax(floors, policy.severities.minor))
    counts = size >= needed
    worse = deltas * _SIGNS[aside.direction] > 0
    verdicts = np.full(n, NO_CHANGE, np.int8)
    verdicts[counts] = np.where(worse[counts], REGRESSION, IMPROVEMENT)
    seen = size >= np.fmin(alone, policy.severities.critical)
    verdicts[~counts & (seen | unknown | np.isnan(deltas))] = UNSURE
    if aside.direction is Direction.NEITHER:
        verdicts[counts] = NO_CHANGE
    changed = (verdicts == REGRESSION) | (verdicts == IMPROVEMENT)
    regressed = verdicts == REGRESSION
    rules = np.full(n, Rule.PASS, np.int8)
    rules[regressed & (size >= (threshold.warn or np.inf))] = Rule.WARN
    rules[regressed & (size >= (threshold.fail or np.inf))] = Rule.FAIL
    doubts = np.where(changed, int(Doubt.UNCONFIRMED), 0) | np.where(unknown, int(Doubt.NOISE_UNKNOWN), 0)
    doubts |= np.where(np.isnan(baselines), int(Doubt.FIRST_POINT), 0) | np.where(~aside.eligible, int(Doubt.DIRTY), 0)
    return Judgement(
        change_points=(),
        outliers=np.zeros(n, np.bool_),
        levels=aside.values,
        baselines=baselines,
        deltas=deltas,
        floors=floors,
        verdicts=verdicts,
        severities=_severities(size, changed, policy),
        rules=rules,
        doubts=doubts.astype(np.int16),
        since=np.full(n, -1, np.int32),
        noise=judgement.noise,
    )


def _severities(size: np.ndarray, changed: np.ndarray, policy: Policy) -> np.ndarray:
    steps = policy.severities
    codes = np.full(len(size), SEVERITIES.index(Severity.NONE), np.int8)
    for least, severity in (
        (steps.minor, Severity.MINOR),
        (steps.major, Severity.MAJOR),
        (steps.critical, Severity.CRITICAL),
    ):
        codes[changed & (size >= least)] = SEVERITIES.index(severity)
    return codes
