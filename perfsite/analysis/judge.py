"""The one door into analysis: a series and a policy in, all its findings out, every point judged with hindsight."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.adaptive import follow_time
from perfsite.analysis.baseline import Stand, Terms, Usable, baselines_of_points, stand_by_segment
from perfsite.analysis.baseline_history import baseline_versions
from perfsite.analysis.excuses import Course, Excuses, excuse_newest, find_excuses
from perfsite.analysis.labels import Machines, Newest, compare_machines, own_means, place_newest
from perfsite.analysis.least import in_reach, in_units_of, least_differences, least_of_levels
from perfsite.analysis.lifecycle import is_quiet, settle, tells_no_machine
from perfsite.analysis.noise import (
    Noise,
    find_strays,
    lasting_floors,
    noise_around,
)
from perfsite.analysis.prediction import WithinRuns, predict
from perfsite.analysis.seen import SIGNS, find_seen_changes, machine_factors, see
from perfsite.analysis.stepsize import measure_changes
from perfsite.analysis.suspicion import doubtful_levels
from perfsite.analysis.verdicts import Evidence, decide
from perfsite.model.findings import Judgement

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from numpy.typing import NDArray

    from perfsite.analysis.changepoint import Changes
    from perfsite.model.findings import BaselineVersion
    from perfsite.model.policy import Policy
    from perfsite.model.series import Series

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]


def judge(
    series: Series,
    policy: Policy,
    *,
    accepted: Sequence[int] = (),
    pinned: float | None = None,
    told: Sequence[int] = (),
    watched: bool = True,
) -> Judgement:
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
    told
        Indices of points where a worse level began that people were told of: where it was mended after a few runs, it
        is a change all the same (`perfsite.analysis.excursions`).
    watched
        Whether the newest point is of the newest run: then findings that the analysis without it does not have are
        said to be suspected, and those that it takes back to be withdrawn, which takes that analysis, too.

    Notes
    -----
    The verdict of a point is that of the level it belongs to, since later runs tell whether it lasted; only the newest
    points, which no later ones confirm, are judged by themselves. `perfsite.analysis.verdicts` has the rules,
    `perfsite.analysis.lifecycle` what becomes of a finding.
    """
    if not len(series):
        return _judgement_of_nothing()
    now = _judge(series, policy, accepted, pinned, told)
    if not watched or len(series) < 2:
        return now
    found: dict[int, Changes] = {}
    if is_quiet(now, policy) and tells_no_machine(now, series.labels, policy.min_points):
        found[1] = find_seen_changes(see(_before(series, 1), told), policy)
        if found[1].indices == tuple(change.index for change in now.change_points):
            return now

    def without(newest: int) -> Judgement:
        earlier = _before(series, newest)
        if not len(earlier):
            return _judgement_of_nothing()
        kept = [one for one in accepted if one < len(earlier)]
        return _judge(earlier, policy, kept, pinned, told, found.get(newest))

    return settle(now, without(1), lambda: without(2))


def _before(series: Series, newest: int) -> Series:
    return series.part(slice(0, len(series) - newest))


def _judge(
    series: Series,
    policy: Policy,
    accepted: Sequence[int],
    pinned: float | None,
    told: Sequence[int],
    changes: Changes | None = None,
) -> Judgement:
    """Return the findings of n >= 1 points; `changes` are the change points where they were found before."""
    seen, n = see(series, told), len(series)
    changes = changes or find_seen_changes(seen, policy)
    factors = machine_factors(changes, seen.values) if pinned is None else np.ones(n)
    edges = np.array([0, *changes.indices, n])
    sign = SIGNS[series.direction]
    ground = _find_ground(series, seen.values / factors, seen.run_errors / factors, edges, policy)
    noise, levels, machines, excuses = ground.noise, ground.levels, ground.machines, ground.excuses
    kept = None if pinned is None else in_reach(pinned / seen.scale)
    suspected = doubtful_levels(changes, edges, noise, policy.sensitivity)
    policy = in_units_of(seen.scale, policy)
    terms = _terms(ground, suspected, kept, accepted, sign, policy)
    stands = stand_by_segment(edges, levels, ground.usable, terms)
    versions = _versions(stands, ground, terms, policy)
    evidence = _weigh(series, ground, stands, policy, suspected=suspected, is_pinned=kept is not None)
    decision = decide(replace(evidence, accepted=accepted), policy)
    to_unit = seen.scale * factors
    unsure = machines.confounded.keys() | machines.returning.keys() | excuses.doubts.keys() | suspected
    sized = measure_changes(
        changes, levels, to_unit[list(changes.indices)], sign=sign, severities=policy.severities, confounded=unsure
    )
    return Judgement(
        change_points=sized,
        outliers=evidence.outliers,
        levels=levels.repeat(edges[1:] - edges[:-1]) * to_unit,
        baselines=evidence.baselines * to_unit,
        baseline_counts=np.minimum(evidence.counts, np.iinfo(np.int32).max).astype(np.int32),
        deltas=decision.deltas,
        floors=decision.floors,
        detectable=decision.detectable,
        p_values=decision.p_values,
        verdicts=decision.verdicts,
        severities=decision.severities,
        rules=decision.rules,
        doubts=decision.doubts,
        since=decision.since,
        standing=(decision.since >= 0) & (decision.since != np.arange(n)),
        noise=None if noise is None else noise.single,
        versions=tuple(replace(version, value=version.value * float(to_unit[version.last])) for version in versions),
        machine_factors=factors if (factors != 1.0).any() else None,
        ahead=_ahead(stands[ground.newest.home], float(to_unit[-1])),
    )


def _ahead(stand: Stand, to_unit: float) -> tuple[float, int]:
    """Return what a point after the last one would be compared with, and how many points make that."""
    return stand.left * to_unit, min(stand.left_count, np.iinfo(np.int32).max)


def _terms(
    ground: _Ground,
    suspected: Collection[int],
    kept: float | None,
    accepted: Sequence[int],
    sign: int,
    policy: Policy,
) -> Terms:
    """Return when a level is worse than its baseline; `kept` is the pinned one, if any."""
    noise, edges, machines, excuses = ground.noise, ground.edges, ground.machines, ground.excuses
    least = least_of_levels(noise, edges, policy, is_pinned=kept is not None)
    differing = least_differences(noise, edges, policy, is_pinned=kept is not None)
    apart = dict.fromkeys(suspected, len(ground.values)) | machines.confounded
    doubtful = frozenset(suspected) - machines.confounded.keys()
    return Terms(
        sign, least, apart, accepted, machines.returning, kept, excuses.factors, excuses.doubts, differing, doubtful
    )


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
    around = noise_around(values, edges, policy.min_points)
    on_trial, middles = around.on_trial, around.middles
    middle = middles.repeat(edges[1:] - edges[:-1])
    noise = around.noise
    now = None if noise is None else follow_time(noise, series.times)
    outliers, start = _find_strays(now, WithinRuns(run_errors, series.counts), edges, policy)
    usable_points = series.eligible & ~outliers
    usable_points[min(start, n - on_trial) :] = False
    usable = Usable(values, usable_points, policy.baseline_points)
    levels = _levels(values - middle, usable_points, edges, middles)
    newest, machines = _ask_machines(series.labels, edges, outliers, start, policy.min_points)
    stray = 0.0 if noise is None else noise.single * float(np.abs(levels).max())
    excuses = find_excuses(series, Course(values, edges, levels, stray), machines)
    return _Ground(values, run_errors, edges, noise, now, outliers, newest, machines, usable, levels, excuses)


def _weigh(
    series: Series,
    ground: _Ground,
    stands: list[Stand],
    policy: Policy,
    *,
    suspected: Collection[int],
    is_pinned: bool,
) -> Evidence:
    """Return what is known of each point, its baseline above all."""
    early, newest = policy.min_points, ground.newest
    baselines, counts = baselines_of_points(stands, ground.usable)
    before = stands[newest.home]
    if newest.home >= 0:
        baselines[newest.start :], counts[newest.start :] = before.left, before.left_count
    level = float(ground.levels[newest.home])
    mixed, means = own_means(ground.values[:early], series.labels[:early])
    told = _foretell(series, ground, counts, baselines, policy)
    return Evidence(
        values=ground.values,
        baselines=baselines,
        counts=counts,
        widths=told.widths,
        lasting_widths=told.lasting,
        detectable=told.detectable,
        p_value=told.p_value,
        levels=ground.levels.repeat(ground.edges[1:] - ground.edges[:-1]),
        suspected=suspected,
        outliers=ground.outliers,
        eligible=series.eligible,
        stands=stands,
        confounded=ground.machines.confounded,
        newest=newest,
        level_before_newest=level,
        suffers_from=before.since if before.is_standing else -1,
        mixed=mixed,
        own_means=means,
        sign=SIGNS[series.direction],
        is_pinned=is_pinned,
        excuses=ground.excuses,
        newest_doubts=excuse_newest(series, ground.values, newest.start, level),
        same_code=series.same_code if bool(series.same_code[:early].any()) else None,
    )


@dataclass(frozen=True, slots=True)
class _Foretold:
    """What one more run at each point may be, and runs that last; see `Evidence`."""

    widths: FloatArray
    lasting: FloatArray
    detectable: FloatArray
    p_value: Callable[[int, float, int], float]


def _foretell(series: Series, ground: _Ground, counts: IntArray, baselines: FloatArray, policy: Policy) -> _Foretold:
    noise, now, start = ground.noise, ground.now, ground.newest.start
    unknown = np.full(len(series), math.nan)
    if noise is None or now is None:
        return _Foretold(unknown, unknown, unknown, _unknown_p_value)
    prediction = predict(now, counts, WithinRuns(ground.run_errors, series.counts))
    widths = prediction.widths(policy.alpha)
    waiting = len(series) - start
    if waiting > 1:
        widths[start:] = prediction.reach(policy.alpha, waiting) * prediction.errors[start:]
    detectable = prediction.detectable(np.fmax(widths, policy.severities.minor * np.abs(baselines)))
    lasting = lasting_floors(noise, counts, ground.edges, policy.alpha)
    return _Foretold(widths, lasting, detectable, prediction.p_value)


def _versions(stands: list[Stand], ground: _Ground, terms: Terms, policy: Policy) -> list[BaselineVersion]:
    """Return the versions of the series' own baseline, which a pinned one hides and does not end."""
    own = terms
    if terms.pinned is not None:
        least = least_of_levels(ground.noise, ground.edges, policy, is_pinned=False)
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


def _unknown_p_value(_point: int, _difference: float, _runs: int) -> float:
    """Return that nothing is known of how often noise differs so much."""
    return math.nan


def _find_strays(noise: Noise | None, within: WithinRuns, edges: IntArray, policy: Policy) -> tuple[BoolArray, int]:
    """Return the outliers, and where the newest points off their level begin.

    The tail of the noise is left out: what is rare but usual is an outlier all the same, and no part of a level.
    """
    n = int(edges[-1])
    if noise is None:
        return np.zeros(n, dtype=np.bool_), n
    lengths = edges[1:] - edges[:-1]
    limits = predict(noise, lengths.repeat(lengths), within).widths(policy.alpha, with_tail=False)
    return find_strays(noise, limits, edges)


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
        baseline_counts=np.zeros(0, dtype=np.int32),
        deltas=nothing,
        floors=nothing,
        detectable=nothing,
        p_values=nothing,
        verdicts=codes,
        severities=codes,
        rules=codes,
        doubts=np.zeros(0, dtype=np.int16),
        since=np.zeros(0, dtype=np.int32),
        standing=np.zeros(0, dtype=np.bool_),
        noise=None,
    )
