"""Points aside of the trend, pull requests above all: each against the baseline of its place, none of them kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.labels import find_home
from perfsite.analysis.verdicts import IMPROVEMENT, NO_CHANGE, REGRESSION, ROUNDING, UNSURE, least_of, severity_codes
from perfsite.model.findings import Doubt, Judgement, Rule
from perfsite.model.run import Direction

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.model.policy import Policy, Threshold
    from perfsite.model.series import Series

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]

_SIGNS = {Direction.LOWER: 1.0, Direction.HIGHER: -1.0, Direction.NEITHER: 0.0}


@dataclass(frozen=True, slots=True)
class _Ground:
    """What each point aside is held against, shape (n,).

    `levels` is the level of the trend there and `standing` whether that level is a regression; `is_new_machine`, that
    the trend before it knows other machines only.
    """

    baselines: FloatArray
    floors: FloatArray
    levels: FloatArray
    standing: BoolArray
    is_new_machine: BoolArray


def judge_aside(
    trend: Series, judgement: Judgement, aside: Series, policy: Policy, *, pinned: float | None = None
) -> Judgement:
    """Return the findings of points that are in no trend.

    Parameters
    ----------
    trend, judgement
        The series of the same key and its findings; may have no points.
    aside
        The points, their commits placed in the same order as the trend's.
    policy
        The owner's thresholds.
    pinned
        The baseline that the owner pinned, which `judgement` was made with.

    Notes
    -----
    A point is compared with the baseline of the first point of the trend after it, which is made of everything
    before it; after the trend's end, with that of the newest. A point of a machine that the level there was not
    measured on is compared with the newest point of its own machine, if that has a level, else a change is unsure. It
    stands alone: no later run of its branch confirms it, so each verdict but no-change is said to be unconfirmed.

    The trend's own regression is not the branch's: a point no worse than the level there, where that level is a
    regression, is `standing`. Its `since` is -1, since the regression began at no point of this series.
    """
    n, sign = len(aside), _SIGNS[aside.direction]
    ground = _find_ground(trend, judgement, aside, policy.min_points)
    if pinned is not None:
        # The trend's baselines are the pinned one, too, but there may be no trend.
        ground = replace(ground, baselines=np.full(n, pinned))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratios = (ground.baselines > 0) & (aside.values >= 0)
        deltas = np.where(ratios, aside.values / ground.baselines - 1, np.nan)
        over_level = np.where(ratios & (ground.levels > 0), aside.values / ground.levels - 1, np.nan)
    verdicts = _verdicts(deltas, ground.floors, sign, policy)
    changed = (verdicts == REGRESSION) | (verdicts == IMPROVEMENT)
    least = np.fmax(policy.severities.minor - ROUNDING, ground.floors)
    unknown_machine = ground.is_new_machine & changed & ~(np.abs(over_level) < least)
    verdicts[unknown_machine] = UNSURE
    changed &= ~unknown_machine
    regressed = verdicts == REGRESSION
    worse_still = sign * over_level >= least
    severities = np.zeros(n, np.int8)
    severities[changed] = severity_codes(deltas[changed], policy.severities)
    return Judgement(
        change_points=(),
        outliers=np.zeros(n, np.bool_),
        levels=aside.values,
        baselines=ground.baselines,
        deltas=deltas,
        floors=ground.floors,
        verdicts=verdicts,
        severities=severities,
        rules=_rules(deltas * sign, regressed, policy.threshold),
        doubts=_doubts(aside, ground, deltas, changed)
        | np.where(unknown_machine, np.int16(Doubt.NEW_LABEL), np.int16(0)),
        since=np.full(n, -1, np.int32),
        standing=regressed & ground.standing & ~worse_still,
        noise=judgement.noise,
    )


def _find_ground(trend: Series, judgement: Judgement, aside: Series, enough: int) -> _Ground:
    n = len(aside)
    nothing, never = np.full(n, np.nan), np.zeros(n, np.bool_)
    if not len(trend):
        return _Ground(nothing, nothing, nothing, never, never)
    ends = np.searchsorted(trend.commits, aside.commits, side="right")
    place = np.minimum(ends, len(trend) - 1)
    level, is_new_machine = _levels_of_machines(trend, judgement, aside, ends, enough)
    place = np.where(level == ends - 1, place, level)
    standing = (judgement.verdicts[level] == REGRESSION) & (level >= 0)
    own = _factors_of_machines(trend, judgement, aside)
    there = np.ones(len(trend)) if judgement.machine_factors is None else judgement.machine_factors
    return _Ground(
        judgement.baselines[place] / there[place] * own,
        judgement.floors[place],
        judgement.levels[level] / there[level] * own,
        standing,
        is_new_machine,
    )


def _factors_of_machines(trend: Series, judgement: Judgement, aside: Series) -> FloatArray:
    """Return by how much the machine of each point aside is off the average; 1 where the trend does not tell."""
    factors = np.ones(len(aside))
    if judgement.machine_factors is not None:
        for label in np.unique(aside.labels[aside.labels >= 0]).tolist():
            of_label = judgement.machine_factors[trend.labels == label]
            factors[aside.labels == label] = of_label[-1] if len(of_label) else 1.0
    return factors


def _levels_of_machines(
    trend: Series, judgement: Judgement, aside: Series, ends: IntArray, enough: int
) -> tuple[IntArray, BoolArray]:
    """Return (level, new): the point of the trend whose level each point aside belongs to, and where no machine tells.

    `ends` is how many points of the trend precede each point aside; level is -1 where none does.
    """
    level, is_new_machine = ends - 1, np.zeros(len(aside), np.bool_)
    if bool((trend.labels == trend.labels[0]).all()) and bool((aside.labels == trend.labels[0]).all()):
        return level, is_new_machine
    changes = [change.index for change in judgement.change_points]
    for i, (label, end) in enumerate(zip(aside.labels.tolist(), ends.tolist(), strict=True)):
        edges = np.array([0, *(change for change in changes if change < end), end])
        here = trend.labels[edges[-2] : end]
        if label < 0 or label in here or not (here >= 0).any():
            continue
        home = find_home(trend.labels, edges[:-1], label, enough)
        is_new_machine[i] = home < 0
        if home >= 0:
            level[i] = edges[home] + np.flatnonzero(trend.labels[edges[home] : edges[home + 1]] == label)[-1]
    return level, is_new_machine


def _verdicts(deltas: FloatArray, floors: FloatArray, sign: float, policy: Policy) -> NDArray[np.int8]:
    """Return verdicts by the rules of the trend: noise and smallest severity, or the threshold alone."""
    size, unknown = np.abs(deltas), np.isnan(floors)
    least, fail = least_of(policy.threshold), policy.threshold.fail
    needed = np.where(unknown, least, np.fmax(floors, policy.severities.minor - ROUNDING))
    counts = size >= needed
    verdicts = np.full(len(deltas), NO_CHANGE, np.int8)
    if sign:
        verdicts[(sign * deltas >= least) | (size >= policy.severities.critical - ROUNDING)] = UNSURE
        if fail is not None:
            verdicts[floors >= fail] = UNSURE
    verdicts[unknown | np.isnan(deltas)] = UNSURE
    verdicts[counts] = np.where(sign * deltas[counts] > 0, REGRESSION, IMPROVEMENT) if sign else NO_CHANGE
    return verdicts


def _rules(worse: FloatArray, regressed: BoolArray, threshold: Threshold) -> NDArray[np.int8]:
    rules = np.full(len(worse), Rule.PASS, np.int8)
    for level, rule in ((threshold.warn, Rule.WARN), (threshold.fail, Rule.FAIL)):
        if level is not None:
            rules[regressed & (worse >= level - ROUNDING)] = rule
    return rules


def _doubts(aside: Series, ground: _Ground, deltas: FloatArray, changed: BoolArray) -> NDArray[np.int16]:
    without = np.isnan(ground.baselines)
    doubts = np.zeros(len(aside), np.int16)
    for where, doubt in (
        (changed, Doubt.UNCONFIRMED),
        (np.isnan(ground.floors), Doubt.NOISE_UNKNOWN),
        (without, Doubt.FIRST_POINT),
        (~without & np.isnan(deltas), Doubt.NO_RATIO),
        (~aside.eligible, Doubt.DIRTY),
    ):
        doubts[where] |= int(doubt)
    return doubts
