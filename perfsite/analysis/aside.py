"""Points aside of the trend, pull requests above all: each against the baseline of its place, none of them kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.adaptive import follow_time
from perfsite.analysis.calibrated import calibrated_floors
from perfsite.analysis.labels import find_home
from perfsite.analysis.noise import noise_around, power_of_two_near
from perfsite.analysis.prediction import WithinRuns, predict
from perfsite.analysis.rulings import ROUNDING, least_absolute, least_of, rule_codes, severity_codes
from perfsite.analysis.verdicts import IMPROVEMENT, NO_CHANGE, REGRESSION, UNSURE
from perfsite.model.findings import Doubt, Judgement, Rule
from perfsite.model.run import Direction

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.analysis.prediction import Prediction
    from perfsite.model.calibration import Calibration
    from perfsite.model.policy import Policy
    from perfsite.model.series import Series

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]

_SIGNS = {Direction.LOWER: 1.0, Direction.HIGHER: -1.0, Direction.NEITHER: 0.0}


@dataclass(frozen=True, slots=True)
class _Ground:
    """What each point aside is held against, shape (n,).

    `forecast` is what one more run there may be; None: noise not known. `levels` is the level of the trend there and
    `standing` whether that level is a regression; `is_new_machine`, that the trend before it knows other machines only.
    """

    baselines: FloatArray
    counts: NDArray[np.int32]
    forecast: Prediction | None
    levels: FloatArray
    standing: BoolArray
    is_new_machine: BoolArray


def judge_aside(
    trend: Series,
    judgement: Judgement,
    aside: Series,
    policy: Policy,
    *,
    pinned: float | None = None,
    calibrated: Calibration | None = None,
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
    calibrated
        What calibration runs say of the noise, for a trend too short to tell it; None: nothing.

    Notes
    -----
    A point is compared with the baseline of the first point of the trend after it, which is made of everything
    before it; after the trend's end, with that of a point that is still to come. A point of a machine that the level
    there was not measured on is compared with the newest point of its own machine, if that has a level, else a change
    is unsure. It stands alone: no later run of its branch confirms it, so each verdict but no-change is said to be
    unconfirmed.

    The trend's own regression is not the branch's: a point no worse than the level there, where that level is a
    regression, is `standing`. Its `since` is -1, since the regression began at no point of this series.
    """
    sign = _SIGNS[aside.direction]
    ground = _find_ground(trend, judgement, aside, policy)
    if pinned is not None:
        # The trend's baselines are the pinned one, too, but there may be no trend.
        ground = replace(ground, baselines=np.full(len(aside), pinned))
    told = _compare(aside, ground, policy, calibrated)
    verdicts = _verdicts(told, sign, policy)
    changed = (verdicts == REGRESSION) | (verdicts == IMPROVEMENT)
    least = np.fmax(policy.severities.minor - ROUNDING, told.floors)
    unknown_machine = ground.is_new_machine & changed & ~(np.abs(told.over_level) < least)
    verdicts[unknown_machine] = UNSURE
    changed &= ~unknown_machine
    regressed = verdicts == REGRESSION
    worse_still = sign * told.over_level >= least
    return Judgement(
        change_points=(),
        outliers=np.zeros(len(aside), np.bool_),
        levels=aside.values,
        baselines=ground.baselines,
        baseline_counts=ground.counts,
        deltas=told.deltas,
        floors=told.floors,
        detectable=told.detectable,
        p_values=_p_values(ground, told, changed),
        verdicts=verdicts,
        severities=np.where(changed, severity_codes(told.deltas, policy.severities), 0).astype(np.int8),
        rules=np.where(
            regressed, rule_codes(told.deltas * sign, told.differences * sign, policy.threshold), Rule.PASS
        ).astype(np.int8),
        doubts=_doubts(aside, ground, told, changed)
        | np.where(unknown_machine, np.int16(Doubt.NEW_LABEL), np.int16(0)),
        since=np.full(len(aside), -1, np.int32),
        standing=regressed & ground.standing & ~worse_still,
        noise=judgement.noise,
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """What the comparison tells, shape (n,); fractions, `differences` and `widths` in the base unit; NaN: not known."""

    differences: FloatArray
    widths: FloatArray
    deltas: FloatArray
    over_level: FloatArray
    floors: FloatArray
    detectable: FloatArray


def _compare(aside: Series, ground: _Ground, policy: Policy, calibrated: Calibration | None) -> _Told:
    unknown = np.full(len(aside), np.nan)
    widths, seen = unknown, unknown
    if ground.forecast is None and calibrated is not None:
        floors = calibrated_floors(calibrated, np.maximum(ground.counts, 1).astype(np.int64), policy.alpha)
        widths = floors * np.where(ground.baselines > 0, ground.baselines, np.nan)
    if ground.forecast is not None:
        widths = ground.forecast.widths(policy.alpha)
        seen = ground.forecast.detectable(np.fmax(widths, policy.severities.minor * np.abs(ground.baselines)))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratios = (ground.baselines > 0) & (aside.values >= 0)
        divisor = np.where(ratios, ground.baselines, np.nan)
        return _Told(
            differences=aside.values - ground.baselines,
            widths=widths,
            deltas=np.where(ratios, aside.values / ground.baselines - 1, np.nan),
            over_level=np.where(ratios & (ground.levels > 0), aside.values / ground.levels - 1, np.nan),
            floors=widths / divisor,
            detectable=seen / divisor,
        )


def _p_values(ground: _Ground, told: _Told, changed: BoolArray) -> FloatArray:
    """Return how often noise differs as much, of the points that changed."""
    p_values = np.full(len(changed), np.nan)
    if ground.forecast is not None:
        for point in np.flatnonzero(changed & ~np.isnan(told.widths)).tolist():
            p_values[point] = ground.forecast.p_value(point, float(told.differences[point]))
    return p_values


def _find_ground(trend: Series, judgement: Judgement, aside: Series, policy: Policy) -> _Ground:
    n, enough = len(aside), policy.min_points
    nothing, never = np.full(n, np.nan), np.zeros(n, np.bool_)
    if not len(trend):
        return _Ground(nothing, np.zeros(n, np.int32), None, nothing, never, never)
    ends = np.searchsorted(trend.commits, aside.commits, side="right")
    place = np.minimum(ends, len(trend) - 1)
    level, is_new_machine = _levels_of_machines(trend, judgement, aside, ends, enough)
    is_ahead = (level == ends - 1) & (ends == len(trend))
    place = np.where(level == ends - 1, place, level)
    standing = (judgement.verdicts[level] == REGRESSION) & (level >= 0)
    own = _factors_of_machines(trend, judgement, aside)
    there = np.ones(len(trend)) if judgement.machine_factors is None else judgement.machine_factors
    ahead, ahead_count = judgement.ahead
    counts = np.where(is_ahead, np.int32(ahead_count), judgement.baseline_counts[place])
    # Noise is known where it is for the point of that place; what is to come has the whole trend before it.
    is_known = np.where(is_ahead, len(trend) >= enough, ~np.isnan(judgement.floors[place]))
    is_known |= ~is_ahead & np.isnan(judgement.deltas[place])
    return _Ground(
        np.where(is_ahead, ahead, judgement.baselines[place]) / there[place] * own,
        counts,
        _forecast(trend, judgement, aside, _Places(place, counts, is_known), policy),
        judgement.levels[level] / there[level] * own,
        standing,
        is_new_machine,
    )


@dataclass(frozen=True, slots=True)
class _Places:
    """Where points aside stand, shape (n,): points of the trend, how many make the baseline, and if noise is known."""

    at: IntArray
    counts: NDArray[np.int32]
    is_known: BoolArray


def _forecast(trend: Series, judgement: Judgement, aside: Series, places: _Places, policy: Policy) -> Prediction | None:
    """Return what one more run at each place may be; places that too few points precede are not known."""
    edges = np.array([0, *(change.index for change in judgement.change_points), len(trend)])
    scale = power_of_two_near(np.append(trend.values, aside.values))
    own = scale * _factors_of_machines(trend, judgement, aside)
    there = scale * (np.ones(len(trend)) if judgement.machine_factors is None else judgement.machine_factors)
    # All points of the trend precede one that comes after it: one fewer than a point of the trend's own needs.
    noise = noise_around(trend.values / there, edges, policy.min_points - 1).noise
    if noise is None:
        return None
    noise = follow_time(noise, trend.times)
    history = WithinRuns(trend.standard_errors / there, trend.counts)
    runs = WithinRuns(aside.standard_errors / own, aside.counts)
    forecast = predict(noise, places.counts.astype(np.int64), history, runs=runs, places=places.at)
    return replace(forecast, errors=np.where(places.is_known, forecast.errors * own, np.nan))


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


def _verdicts(told: _Told, sign: float, policy: Policy) -> NDArray[np.int8]:
    """Return verdicts by the rules of the trend: noise and smallest severity, or the threshold alone."""
    size, unknown, threshold = np.abs(told.deltas), np.isnan(told.widths), policy.threshold
    least, differing = least_of(threshold), least_absolute(threshold)
    needed = np.where(unknown, least, np.fmax(told.floors, policy.severities.minor - ROUNDING))
    counts = size >= needed
    without_ratio = np.isnan(told.deltas)
    counts |= (without_ratio | unknown) & (np.abs(told.differences) >= np.fmax(differing, told.widths))
    verdicts = np.full(len(size), NO_CHANGE, np.int8)
    if sign:
        verdicts[(sign * told.deltas >= least) | (size >= policy.severities.critical - ROUNDING)] = UNSURE
        verdicts[sign * told.differences >= differing] = UNSURE
        verdicts[told.floors >= (threshold.fail or np.inf)] = UNSURE
        verdicts[told.widths >= (threshold.fail_absolute or np.inf)] = UNSURE
    is_small = np.abs(told.differences) < differing
    verdicts[unknown | (without_ratio & ~(is_small & (differing < np.inf)))] = UNSURE
    verdicts[counts] = np.where(sign * told.differences[counts] > 0, REGRESSION, IMPROVEMENT) if sign else NO_CHANGE
    return verdicts


def _doubts(aside: Series, ground: _Ground, told: _Told, changed: BoolArray) -> NDArray[np.int16]:
    without = np.isnan(ground.baselines)
    doubts = np.zeros(len(aside), np.int16)
    for where, doubt in (
        (changed, Doubt.UNCONFIRMED),
        (np.isnan(told.widths), Doubt.NOISE_UNKNOWN),
        (without, Doubt.FIRST_POINT),
        (~without & np.isnan(told.deltas), Doubt.NO_RATIO),
        (~aside.eligible, Doubt.DIRTY),
    ):
        doubts[where] |= int(doubt)
    return doubts
