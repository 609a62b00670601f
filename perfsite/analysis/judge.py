"""The one door into analysis: a series and a policy in, all its findings out, every point judged with hindsight."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.adaptive import follow_time
from perfsite.analysis.baseline import Stand, Terms, Usable, baselines_of_points, stand_by_segment
from perfsite.analysis.baseline_history import baseline_versions
from perfsite.analysis.changepoint import find_changes
from perfsite.analysis.detection.quantiles import median
from perfsite.analysis.excuses import Course, Excuses, excuse_newest, find_excuses
from perfsite.analysis.labels import Machines, Newest, compare_machines, own_means, place_newest
from perfsite.analysis.noise import (
    Noise,
    count_on_trial,
    find_strays,
    lasting_floors,
    measure_noise,
    noise_floors,
)
from perfsite.analysis.stepsize import measure_changes
from perfsite.analysis.student import interval_factor
from perfsite.analysis.verdicts import Evidence, decide
from perfsite.model.findings import Judgement
from perfsite.model.run import Direction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from perfsite.analysis.changepoint import Changes
    from perfsite.model.findings import BaselineVersion
    from perfsite.model.policy import Policy
    from perfsite.model.series import Series

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]

NEGLIGIBLE = 1e-100
"""A share of a series' largest value that is as good as zero: ratios to it, and their squares, would overflow."""
_SIGNS = {Direction.LOWER: 1, Direction.HIGHER: -1, Direction.NEITHER: 0}


def judge(series: Series, policy: Policy, *, accepted: Sequence[int] = (), pinned: float | None = None) -> Judgement:
    """Return all findings of a series; a pure function, for any n from 0.

    Parameters
    ----------
    series
        Its values are finite; zeros and negative values have no relative delta and are said so (`Doubt.NO_RATIO`).
    policy
        The owner's thresholds and how much evidence is asked for.
    accepted
        Indices of points whose level was accepted as normal: the baseline moves after them.
    pinned
        The baseline that the owner pinned (finite, base unit): all points are held against it, and nothing moves it.
        The noise is the series' own; a point of a machine that is new to the series is unsure all the same.

    Notes
    -----
    The verdict of a point is that of the level it belongs to, since later runs tell whether it lasted; only the newest
    points, which no later ones confirm, are judged by themselves. `perfsite.analysis.verdicts` has the rules.
    """
    n = len(series)
    if n == 0:
        return _judgement_of_nothing()
    # Everything is done in units of a power of two near the largest value: exact, and no sum overflows.
    scale = _power_of_two_near(series.values)
    values = series.values / scale
    values[np.abs(values) < NEGLIGIBLE] = 0.0
    run_errors = np.minimum(series.standard_errors / scale, 1 / NEGLIGIBLE)
    changes = find_changes(values, standard_errors=run_errors, labels=series.labels, sensitivity=policy.sensitivity)
    factors = _machine_factors(changes, values, is_pinned=pinned is not None)
    values, run_errors = values / factors, run_errors / factors
    edges = np.array([0, *changes.indices, n])
    sign = _SIGNS[series.direction]
    ground = _find_ground(series, values, run_errors, edges, policy)
    noise, levels, machines = ground.noise, ground.levels, ground.machines
    kept = None if pinned is None else _in_reach(pinned / scale)
    least = _least_of_levels(noise, edges, policy, is_pinned=kept is not None)
    excuses = ground.excuses
    terms = Terms(sign, least, machines.confounded, accepted, machines.returning, kept, excuses.factors, excuses.doubts)
    stands = stand_by_segment(edges, levels, ground.usable, terms)
    versions = _versions(stands, ground, terms, policy)
    evidence = replace(_weigh(series, ground, stands, policy, is_pinned=kept is not None), accepted=accepted)
    decision = decide(evidence, policy)
    to_unit = scale * factors
    unsure = machines.confounded.keys() | machines.returning.keys() | excuses.doubts.keys()
    told = measure_changes(
        changes, levels, to_unit[list(changes.indices)], sign=sign, severities=policy.severities, confounded=unsure
    )
    return Judgement(
        change_points=told,
        outliers=evidence.outliers,
        levels=levels.repeat(edges[1:] - edges[:-1]) * to_unit,
        baselines=evidence.baselines * to_unit,
        deltas=decision.deltas,
        floors=decision.floors,
        verdicts=decision.verdicts,
        severities=decision.severities,
        rules=decision.rules,
        doubts=decision.doubts,
        since=decision.since,
        standing=(decision.since >= 0) & (decision.since != np.arange(n)),
        noise=None if noise is None else noise.single,
        versions=tuple(replace(version, value=version.value * float(to_unit[version.last])) for version in versions),
        machine_factors=factors if (factors != 1.0).any() else None,
    )


def _machine_factors(changes: Changes, values: FloatArray, *, is_pinned: bool) -> FloatArray:
    """Return how many times the average machine's value each point's machine has, 1 where machines are alike.

    Points are judged as of the average machine, and their levels and baselines shown as of their own. A pinned
    baseline is a number of no machine: against it points stand as they were measured.
    """
    if changes.offsets is None or is_pinned or values.min() <= 0:
        return np.ones(len(values))
    return np.exp(changes.offsets)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What verdicts stand on; `levels` has one level per segment, `usable` the points that make baselines."""

    values: FloatArray
    run_errors: FloatArray
    edges: IntArray
    noise: Noise | None
    now: Noise | None
    outliers: BoolArray
    newest: Newest
    machines: Machines
    usable: Usable
    levels: FloatArray
    excuses: Excuses


def _find_ground(
    series: Series, values: FloatArray, run_errors: FloatArray, edges: IntArray, policy: Policy
) -> _Ground:
    n = len(values)
    on_trial = count_on_trial(values, int(edges[-2])) if n > policy.min_points else 0
    # The level before the points on trial is the one they are off.
    middles = np.array([median(values[a : min(b, n - on_trial)]) for a, b in pairwise(edges)])
    middle = middles.repeat(edges[1:] - edges[:-1])
    noise = measure_noise(values, middle, edges, on_trial) if n > policy.min_points else None
    now = None if noise is None else follow_time(noise, series.times)
    outliers, start = _find_strays(now, run_errors, edges, policy)
    usable_points = series.eligible & ~outliers
    usable_points[min(start, n - on_trial) :] = False
    usable = Usable(values, usable_points, policy.baseline_points)
    levels = _levels(values - middle, usable_points, edges, middles)
    newest, machines = _ask_machines(series.labels, edges, outliers, start, policy.min_points)
    stray = 0.0 if noise is None else noise.single * float(np.abs(levels).max())
    excuses = find_excuses(series, Course(values, edges, levels, stray), machines)
    return _Ground(values, run_errors, edges, noise, now, outliers, newest, machines, usable, levels, excuses)


def _weigh(series: Series, ground: _Ground, stands: list[Stand], policy: Policy, *, is_pinned: bool) -> Evidence:
    """Return what is known of each point, its baseline above all."""
    n, early, newest = len(series), policy.min_points, ground.newest
    noise, now = ground.noise, ground.now
    baselines, counts = baselines_of_points(stands, ground.usable)
    before = stands[newest.home]
    if newest.home >= 0:
        baselines[newest.start :], counts[newest.start :] = before.left, before.left_count
    level = float(ground.levels[newest.home])
    mixed, means = own_means(ground.values[:early], series.labels[:early])
    unknown = np.full(n, math.nan)
    return Evidence(
        values=ground.values,
        baselines=baselines,
        widths=unknown if now is None else noise_floors(now, counts, ground.run_errors, policy.alpha),
        lasting_widths=unknown if noise is None else lasting_floors(noise, counts, ground.edges, policy.alpha),
        outliers=ground.outliers,
        eligible=series.eligible,
        stands=stands,
        confounded=ground.machines.confounded,
        newest=newest,
        level_before_newest=level,
        suffers_from=before.since if before.is_standing else -1,
        mixed=mixed,
        own_means=means,
        sign=_SIGNS[series.direction],
        is_pinned=is_pinned,
        excuses=ground.excuses,
        newest_doubts=excuse_newest(series, ground.values, newest.start, level),
        same_code=series.same_code if bool(series.same_code[:early].any()) else None,
    )


def _versions(stands: list[Stand], ground: _Ground, terms: Terms, policy: Policy) -> list[BaselineVersion]:
    """Return the versions of the series' own baseline, which a pinned one hides and does not end."""
    own = terms
    if terms.pinned is not None:
        least = _least_of_levels(ground.noise, ground.edges, policy, is_pinned=False)
        own = replace(terms, least=least, pinned=None)
        stands = stand_by_segment(ground.edges, ground.levels, ground.usable, own)
    return baseline_versions(stands, ground.usable, own, policy.severities.minor)


def _ask_machines(
    labels: NDArray[np.int32], edges: IntArray, outliers: BoolArray, start: int, enough: int
) -> tuple[Newest, Machines]:
    """Return what the machines say of the newest points, from `start` on, and of each segment."""
    if bool((labels == labels[0]).all()):
        return Newest(start), Machines()
    steady = ~outliers
    steady[start:] = False
    return place_newest(labels, edges, steady, start, enough), compare_machines(labels, edges, steady, enough)


def _power_of_two_near(values: FloatArray) -> float:
    """Return a power of two such that the values divided by it are at most 1 in size; 1 where all are zero."""
    exponent = math.frexp(float(np.abs(values).max()))[1]
    return math.ldexp(1.0, min(max(exponent, -1000), 1000))


def _least_of_levels(noise: Noise | None, edges: IntArray, policy: Policy, *, is_pinned: bool) -> FloatArray:
    """Return the smallest |delta| of each segment's level that counts.

    Between levels a change point is the evidence. Between a level and a pinned baseline there is none, so that the
    noise must allow the delta at `alpha`; where it is not known, the points are judged one by one.
    """
    segments = len(edges) - 1
    if noise is None:
        return np.full(segments, math.inf if is_pinned else policy.severities.minor)
    errors = noise.of_levels(edges) / 2
    reach = interval_factor(policy.alpha, noise.degrees) if is_pinned else 2.0
    return np.maximum(policy.severities.minor, reach * errors)


def _in_reach(pinned: float) -> float:
    """Return a pinned baseline, in the scaled unit, as one that can be calculated with: not negligible, not endless."""
    return 0.0 if abs(pinned) < NEGLIGIBLE else min(max(pinned, -1 / NEGLIGIBLE), 1 / NEGLIGIBLE)


def _find_strays(noise: Noise | None, run_errors: FloatArray, edges: IntArray, policy: Policy) -> tuple[BoolArray, int]:
    n = int(edges[-1])
    if noise is None:
        return np.zeros(n, dtype=np.bool_), n
    lengths = edges[1:] - edges[:-1]
    return find_strays(noise, noise_floors(noise, lengths.repeat(lengths), run_errors, policy.alpha), edges)


def _levels(off: FloatArray, usable: BoolArray, edges: IntArray, middles: FloatArray) -> FloatArray:
    """Return the level of each segment: the mean of its usable points, the median of all where there are none.

    `off` is how far each point is off the median of its segment, `middles`.
    """
    starts = edges[:-1]
    counts = np.add.reduceat(usable.astype(np.int64), starts)
    shifts = np.where(usable, off, 0.0)
    levels: FloatArray = middles + np.add.reduceat(shifts, starts) / np.maximum(counts, 1)
    return levels


def _judgement_of_nothing() -> Judgement:
    nothing = np.zeros(0)
    codes = np.zeros(0, dtype=np.int8)
    return Judgement(
        change_points=(),
        outliers=np.zeros(0, dtype=np.bool_),
        levels=nothing,
        baselines=nothing,
        deltas=nothing,
        floors=nothing,
        verdicts=codes,
        severities=codes,
        rules=codes,
        doubts=np.zeros(0, dtype=np.int16),
        since=np.zeros(0, dtype=np.int32),
        standing=np.zeros(0, dtype=np.bool_),
        noise=None,
    )
