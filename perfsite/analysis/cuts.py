"""Death by a thousand cuts: changes too small to be reported one by one, added up since a release."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.detection.quantiles import windows
from perfsite.analysis.flat import relative_deviations
from perfsite.analysis.kendall import memory_factor
from perfsite.analysis.noisekinds import measure_memory
from perfsite.analysis.rulings import least_of
from perfsite.analysis.student import interval_factor
from perfsite.model.findings import Verdict
from perfsite.model.slow import Cuts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.analysis.flat import Flat
    from perfsite.model.findings import Judgement
    from perfsite.model.policy import Policy
    from perfsite.model.series import Series

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

ENDS = 12
"""Steady points at either end that tell its level."""
FEWEST_POINTS = 4
JUMP_POINTS = 6
COMMITS = 100
"""Newest measured commits that are looked at where no release is known."""


def add_up_cuts(
    series: Series, judgement: Judgement, flat: Flat, policy: Policy, *, since: tuple[int, str] | None, sign: int
) -> Cuts | None:
    """Return the sum of small changes since a release where it passes the threshold that no single one did.

    Parameters
    ----------
    series, judgement, flat
        The judged series and what is left of it; any number of points.
    since
        Position in the history's commits of the newest measured commit that the release holds, and its name; None
        where there is no release: then the newest hundred commits count.
    sign
        1 where lower is better, -1 where higher is, 0 where neither: then there is nothing to be reported.

    Notes
    -----
    The level then is the mean of up to twelve steady points up to the release, within the level it fell in; the
    level now that of the newest twelve, within the newest level. Their ratio holds both steps that were found and
    drift that has no step. Its error follows from the noise of a single run, twice the mean of k, memory included
    (Bayley & Hammersley 1946). The sum must differ from nothing at the policy's `alpha`, as any single delta must. One
    jump that is as large by itself is no sum of small changes, whether or not it counts as a change point.
    """
    least = least_of(policy.threshold)
    if len(series) < 2 * FEWEST_POINTS or not math.isfinite(least) or sign == 0 or not judgement.noise:
        return None
    position, name = since or (int(series.commits[-1]) - COMMITS, "")
    start = int(np.searchsorted(series.commits, position, side="right"))
    then, now = _ends(flat, start)
    if len(then) < FEWEST_POINTS or len(now) < FEWEST_POINTS or now[0] <= then[-1]:
        return None
    before, after = (_mean(series.values[part]) for part in (then, now))
    steps = [change for change in judgement.change_points if change.index >= start]
    sizes = [abs(change.delta) for change in steps]
    if before <= 0 or after < 0 or sign * (after / before - 1) < least or any(not size < least for size in sizes):
        return None
    delta = after / before - 1
    factor = memory_factor(measure_memory(flat.newest(100))[0], ENDS)
    error = judgement.noise * math.sqrt(factor * (1 / len(then) + 1 / len(now)))
    degrees = max(len(flat) - len(judgement.change_points) - 1, 1)
    stretch = series.values[flat.indices[np.searchsorted(flat.indices, then[0]) :]]
    if abs(delta) < interval_factor(policy.alpha, degrees) * error or _has_jump(stretch, least):
        return None
    reach = interval_factor(0.05, degrees) * error
    return Cuts(
        start=start,
        since=name,
        commits=int(series.commits[-1]) - int(series.commits[then[-1]]),
        delta=delta,
        lower=delta - reach,
        upper=delta + reach,
        steps=len(steps),
        largest=max(sizes, default=0.0),
        least=least,
        verdict=Verdict.REGRESSION,
    )


def _ends(flat: Flat, start: int) -> tuple[IntArray, IntArray]:
    """Return the indices of the steady points that tell the level before `start`, and the newest level."""
    ending = int(np.searchsorted(flat.indices, start))
    nothing = flat.indices[:0]
    if ending == 0 or ending == len(flat):
        return nothing, nothing
    first = max(ending - ENDS, int(np.searchsorted(flat.strata, flat.strata[ending - 1])))
    newest = max(len(flat) - ENDS, int(np.searchsorted(flat.strata, flat.strata[-1])), ending)
    return flat.indices[first:ending], flat.indices[newest:]


def _has_jump(values: FloatArray, least: float) -> bool:
    """Whether the medians of six points before and after differ by `least` somewhere: one cut, found or not."""
    if len(values) < 2 * JUMP_POINTS:
        return False
    middles = np.median(windows(np.ascontiguousarray(values), JUMP_POINTS), axis=1)
    before, after = middles[:-JUMP_POINTS], middles[JUMP_POINTS:]
    return bool((np.abs(after - before) >= least * np.minimum(np.abs(before), np.abs(after))).any())


def _mean(values: FloatArray) -> float:
    """Return a mean that does not overflow."""
    first = float(values[0])
    return first + float(relative_deviations(values, np.full(len(values), first)).mean()) * abs(first)
