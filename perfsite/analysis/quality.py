"""Quality of a series: how much its noise hides and costs, what it is made of, and what to do about it first."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.detection.quantiles import median
from perfsite.analysis.flat import relative_deviations
from perfsite.analysis.noisekinds import (
    COARSE_SHARE,
    FEWEST_FOR_MODES,
    count_distinct,
    find_flapping,
    find_modes,
    measure_memory,
    measure_tail,
)
from perfsite.analysis.rulings import least_of
from perfsite.analysis.student import interval_factor
from perfsite.model.quality import Quality, Reason

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.analysis.flat import Flat
    from perfsite.model.findings import Judgement
    from perfsite.model.policy import Policy
    from perfsite.model.series import Series

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int32] | NDArray[np.int64]

POINTS = 100
"""Newest points that quality is told by: what was mended long ago is no fault any more."""
MODES_POINTS = 100
RUNS = 50
"""Newest runs of the environment that a series may be missing from."""
FLAPPING_POINTS = 200
FLOOR_POINTS = 30
FEWEST_POINTS = 10
WIDE_INTERVAL = 0.10
"""A run whose 95 % interval reaches further than this from its centre was measured too shortly."""
ENOUGH_SAMPLES = 10
MEMORY_CHANCE = 0.001
LEAST_MEMORY = 0.3
OFTEN = 0.10
"""A share of the runs that is worth a word."""
COST_OF_BLIND, COST_OF_SUSPICION, COST_OF_RETURN, COST_OF_GAP = 1.0, 5.0, 10.0, 0.5
"""What they cost people: a run that tells nothing, an outlier that somebody looked into on the day, a change that
came and went and was looked into twice, a run without the benchmark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """In how many of an environment's newest `runs` a series failed or was skipped, or was missing altogether."""

    runs: int = 0
    failed: int = 0
    missing: int = 0


def count_attendance(commits: IntArray, absent: IntArray, stops: IntArray) -> Attendance:
    """Return the attendance of a series since its first point.

    Parameters
    ----------
    commits, absent, stops
        Positions of the commits where the series has a point, where it failed or was skipped, and where its
        environment has a run; each rising, any length.
    """
    if not len(commits):
        return Attendance()
    newest = stops[stops >= commits[0]][-RUNS:]
    without = newest[~_are_among(newest, commits)]
    failed = int(np.count_nonzero(_are_among(without, absent)))
    return Attendance(runs=len(newest), failed=failed, missing=len(without) - failed)


def _are_among(numbers: IntArray, rising: IntArray) -> NDArray[np.bool_]:
    """Return which numbers are among rising ones: `numpy.isin` for those who need not sort."""
    if not len(rising):
        return np.zeros(len(numbers), dtype=np.bool_)
    places = np.minimum(np.searchsorted(rising, numbers), len(rising) - 1)
    found: NDArray[np.bool_] = rising[places] == numbers
    return found


def assess_quality(
    series: Series,
    judgement: Judgement,
    flat: Flat,
    policy: Policy,
    *,
    attendance: Attendance | None = None,
    warm_up: float | None = None,
) -> Quality | None:
    """Return the quality of a judged series; None where it has fewer than ten points.

    Parameters
    ----------
    flat
        What is left of the series when levels and outliers are taken away (`perfsite.analysis.flat.lay_flat`).
    warm_up
        How much slower the first samples of the newest run were, from `perfsite.analysis.warmup`.

    Notes
    -----
    The ranking is by what bad quality costs people: runs that could not have told what the owner wants to know,
    outliers that somebody looked into on the day, levels that came and went. Its weights are judgement, not science.
    """
    n = len(series)
    if n < FEWEST_POINTS:
        return None
    last = slice(max(n - POINTS, 0), n)
    points = n - last.start
    floors = judgement.floors[last]
    told = floors[~np.isnan(floors)]
    least = least_of(policy.threshold)
    newest = flat.newest(POINTS)
    interval, within = _intervals(series, last)
    memory, memory_chance = measure_memory(newest)
    typical, tail, has_long_tail = measure_tail(relative_deviations(series.values[last], judgement.levels[last]))
    attendance = attendance or Attendance()
    draft = Quality(
        points=points,
        floor=median(told[-FLOOR_POINTS:]) if len(told) else None,
        single=judgement.noise,
        least=least if math.isfinite(least) else None,
        interval=interval,
        within=within,
        samples=_typical_samples(series.counts[last]),
        memory=memory,
        memory_chance=memory_chance,
        typical=typical,
        tail=tail,
        has_long_tail=has_long_tail,
        distinct=count_distinct(np.sort(newest.deviations)),
        modes=find_modes(flat.newest(MODES_POINTS), least=_least_gap(policy)),
        flapping=find_flapping([change for change in judgement.change_points if change.index >= n - FLAPPING_POINTS]),
        suspicions=int(np.count_nonzero(judgement.outliers[last])),
        blind=int(np.count_nonzero(told >= least)),
        runs=attendance.runs,
        failed=attendance.failed,
        missing=attendance.missing,
        warm_up=warm_up,
        cost=0.0,
        reasons=(),
    )
    costs = _costs(draft)
    reasons = (*_faults(draft, costs), *_causes(draft, is_noisy=_is_noisy(draft, policy.severities.minor)))
    return replace(draft, cost=math.fsum(costs.values()), reasons=reasons)


def _typical_samples(counts: IntArray) -> int:
    """Return the median sample count of the runs that tell theirs; 0 where none does."""
    known = counts[counts > 0]
    return int(median(known.astype(np.float64))) if len(known) else 0


def _intervals(series: Series, last: slice) -> tuple[float | None, float | None]:
    """Return (median half-width, share within 10 %) of the 95 % intervals of the runs' own centres."""
    errors, values = series.standard_errors[last], np.abs(series.values[last])
    known = ~np.isnan(errors) & (values > 0)
    if not known.any():
        return None, None
    counts = series.counts[last][known]
    sizes, which = np.unique(counts, return_inverse=True)
    factors = np.array([interval_factor(0.05, max(size - 1, 1)) if size else 1.96 for size in sizes.tolist()])[which]
    with np.errstate(over="ignore"):
        widths = factors * errors[known] / values[known]
    widths = np.minimum(widths, 1e6)
    return median(widths), float(np.mean(widths <= WIDE_INTERVAL))


def _least_gap(policy: Policy) -> float:
    """Return how far apart two modes must be to matter: a quarter of what the owner wants to know."""
    least = least_of(policy.threshold)
    return max(policy.severities.minor, least / 4 if math.isfinite(least) else 0.0)


def _costs(quality: Quality) -> dict[Reason, float]:
    """Return what each fault that costs something costs per hundred runs."""
    gaps = quality.failed + quality.missing
    return {
        Reason.BLIND: COST_OF_BLIND * 100 * quality.blind / quality.points,
        Reason.SUSPICIONS: COST_OF_SUSPICION * 100 * quality.suspicions / quality.points,
        Reason.FLAPPING: COST_OF_RETURN * quality.flapping.returns if quality.flapping else 0.0,
        Reason.GAPS: COST_OF_GAP * 100 * gaps / quality.runs if quality.runs else 0.0,
    }


def _faults(quality: Quality, costs: dict[Reason, float]) -> list[Reason]:
    """Return the faults worth a word, the dearest first."""
    worth = {
        Reason.BLIND: quality.blind >= OFTEN * quality.points,
        Reason.SUSPICIONS: quality.suspicions >= max(3, 0.03 * quality.points),
        Reason.FLAPPING: quality.flapping is not None,
        Reason.GAPS: quality.failed + quality.missing >= max(3, OFTEN * quality.runs),
    }
    return sorted((reason for reason, is_worth in worth.items() if is_worth), key=lambda reason: -costs[reason])


def _is_noisy(quality: Quality, minor: float) -> bool:
    """Whether the noise comes near what the owner wants to know, or, where that is nothing, is major by default."""
    limit = 2.5 * minor if quality.least is None else quality.least / 2
    return quality.floor is not None and quality.floor >= limit


def _causes(quality: Quality, *, is_noisy: bool) -> list[Reason]:
    """Return what the noise is made of, where there is enough noise to ask."""
    steady = quality.points - quality.suspicions
    is_coarse = steady >= FEWEST_FOR_MODES and 1 < quality.distinct < COARSE_SHARE * steady
    has_memory = quality.memory >= LEAST_MEMORY and quality.memory_chance <= MEMORY_CHANCE
    own_share = _own_share(quality)
    told = {
        Reason.TWO_MODES: quality.modes is not None,
        Reason.COARSE: is_coarse and is_noisy,
        Reason.WARM_UP: quality.warm_up is not None,
        Reason.WIDE_INTERVAL: quality.interval is not None and quality.interval > WIDE_INTERVAL,
        Reason.FEW_SAMPLES: is_noisy and 0 < quality.samples < ENOUGH_SAMPLES and own_share > 0.2,
        Reason.BETWEEN_RUNS: is_noisy and own_share < 0.1,
        Reason.MEMORY: is_noisy and has_memory,
        Reason.LONG_TAIL: is_noisy and quality.has_long_tail,
    }
    return [reason for reason, is_told in told.items() if is_told]


def _own_share(quality: Quality) -> float:
    """Return how much of the variance of a run its own samples explain; 0.5 where nothing tells."""
    if quality.interval is None or not quality.single:
        return 0.5
    return min((quality.interval / 1.96 / quality.single) ** 2, 1.0)
