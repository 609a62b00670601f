"""Regressions that people were told of and that were mended after a few runs: changes, and no noise.

Detection takes a level that is back after a few runs for a passing excursion, as most such are: a busy machine, a
cache. Where people were told of a regression, or decided on it, and mended it, its levels are known: the runs between
are neither noise, which would hide the next regression of that size, nor nothing, for the regression's page must stay.
Told is where it began; the values say whether it was there, and when it was over.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.analysis.detection.noisemodel import NoiseModel
from perfsite.analysis.detection.quantiles import median
from perfsite.analysis.detection.signal import VARIANCE_FLOOR, of_clean, prepare, typical_size
from perfsite.analysis.detection.transients import TRANSIENT_POINTS
from perfsite.analysis.noise import robust_deviation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from perfsite.analysis.changepoint import Changes
    from perfsite.analysis.detection.signal import Signal

    FloatArray = NDArray[np.float64]

    Excursion = tuple[int, int]
    """Index of its first point, and of the first that is back."""

_BEFORE: Final = 30
"""Points before it that tell the level that it left."""
_FEW: Final = 3
"""Fewest points before it, and how many at its beginning, and after it, tell the level there."""
_FAR: Final = 4.0
"""Standard deviations of a run that it was away, at least; what was nearer was noise after all."""
_ASTRAY: Final = 3
"""Points within which the largest step is where it began: what was told then may have been a few runs off."""
_LEAST: Final = 0.005
"""Smallest size, as a fraction of the level, that is looked at."""


def find_excursions(
    values: FloatArray, told: Sequence[int], sign: int, changes: Sequence[int] = ()
) -> tuple[Excursion, ...]:
    """Return the excursions for the worse that begin where people were told so, and are over; none overlap.

    Parameters
    ----------
    values
        Finite, shape (n,), any n, as of one machine. From a level that is not positive there is no excursion.
    told
        Indices of points at which a worse level began, as far as was known then.
    sign
        1 where lower is better, -1 where higher is, 0 where neither: then there are none.
    changes
        Indices of points at which the level is known to have changed, rising: what was before them tells nothing of
        the level that an excursion left.
    """
    if not told or not sign or len(values) <= _FEW:
        return ()
    found: list[Excursion] = []
    # A few runs before it may agree by chance; the steps of the whole series do not.
    steps = robust_deviation(np.abs(np.diff(values))) / 2**0.5
    for point in sorted(set(told)):
        one = _excursion_at(values, point, sign, steps, changes)
        if one is not None and (not found or found[-1][1] < one[0]):
            found.append(one)
    return tuple(found)


def _excursion_at(values: FloatArray, told: int, sign: int, steps: float, changes: Sequence[int]) -> Excursion | None:
    first, last = max(told - _ASTRAY, _FEW), min(told + _ASTRAY, len(values) - 1)
    if last < first:
        return None
    start = max(range(first, last + 1), key=lambda point: sign * _step(values, point))
    before, away = values[_left(start, changes) : start], values[start:]
    level = median(before)
    if level <= 0:
        return None
    spread = max(robust_deviation(np.abs(before - level)) * (len(before) / (len(before) - 1)) ** 0.5, steps)
    least = max(_FAR * spread, _LEAST * level)
    # What lasted one run only is not seen by the median of the first few.
    for top in (median(away[:_FEW]), float(away[0])):
        half = (level + top) / 2
        if sign * (top - level) < least or sign * (away[0] - half) <= 0:
            continue
        length = _length(sign * away, sign * half)
        # What lasted longer detection tells by itself.
        if 0 < length < TRANSIENT_POINTS and sign * (median(away[:length]) - level) >= least:
            return start, start + length
    return None


def _left(start: int, changes: Sequence[int]) -> int:
    """Return the first of the points that tell the level that an excursion left."""
    return max([0, start - _BEFORE, *(one for one in changes if one <= start - _FEW)])


def _step(values: FloatArray, point: int) -> float:
    """Return how large a step begins at a point: of that point, and of those around it, which see past one stray."""
    around = median(values[point : point + _FEW]) - median(values[point - _FEW : point])
    return float(values[point] - values[point - 1]) + around


def _length(away: FloatArray, half: float) -> int:
    """Return how many points are above a limit before they are back below it; 0 where they are not back.

    A single run that is back among others that are not is noise: those after it say so.
    """
    back = away <= half
    return next((i for i in np.flatnonzero(back).tolist() if back[i : i + _FEW].mean() > 1 / 2), 0)


def lifted(values: FloatArray, excursions: Sequence[Excursion], changes: Sequence[int] = ()) -> FloatArray:
    """Return the values with each excursion on the level that it left: what detection is to see."""
    still, is_relative = values.copy(), values.min() > 0
    for (start, end), shift in zip(excursions, _shifts(values, excursions, changes), strict=True):
        still[start:end] = still[start:end] * np.exp(-shift) if is_relative else still[start:end] - shift
    return still


def _shifts(values: FloatArray, excursions: Sequence[Excursion], changes: Sequence[int]) -> list[float]:
    """Return how far each excursion is off the level that it left: on the log scale, where all values are positive."""
    x = np.log(values) if values.min() > 0 else values
    return [median(x[start:end]) - median(x[_left(start, changes) : start]) for start, end in excursions]


def put_back(
    found: Changes, values: FloatArray, excursions: Sequence[Excursion], changes: Sequence[int] = ()
) -> Changes:
    """Return the changes that were found among the lifted values with those that begin and end the excursions."""
    signal = found.signal or prepare(values)
    if found.signal is not None:
        away, unit = signal.values.copy(), 1.0 if values.min() > 0 else typical_size(values)
        for (start, end), shift in zip(excursions, _shifts(values, excursions, changes), strict=True):
            away[start:end] += shift / unit
        signal = of_clean(away, signal.outliers, signal.weights)
    new = {edge for excursion in excursions for edge in excursion}
    known = {
        index: score
        for index, score in zip(found.indices, found.scores, strict=True)
        if not any(_is_edge(index, values, excursion) for excursion in excursions)
    }
    indices = sorted(new | known.keys())
    model = found.model or _white(signal, indices)
    scores = dict(zip(indices, _scores(signal, model, indices), strict=True)) | known
    return replace(
        found,
        indices=tuple(indices),
        scores=tuple(scores[index] for index in indices),
        model=model,
        signal=signal,
    )


def _is_edge(index: int, values: FloatArray, excursion: Excursion) -> bool:
    """Whether a change is the beginning or the end of an excursion, found a few points off its place.

    It is none where the points since the end are not yet on its level: mended for a run or two, and worse again.
    """
    start, end = excursion
    if not end < index < end + _FEW:
        return start - _FEW < index <= end
    between, after = median(values[end:index]), median(values[index : index + _FEW])
    return abs(between - after) <= abs(between - median(values[max(0, start - _FEW) : start]))


def _white(signal: Signal, indices: list[int]) -> NoiseModel:
    """Return the noise around levels that are too short for detection to tell a memory."""
    residuals = signal.values - signal.level_per_point(indices)
    degrees = max(len(signal) - len(indices) - 1, 1)
    return NoiseModel(white=max(float(residuals @ residuals) / degrees, VARIANCE_FLOOR))


def _scores(signal: Signal, model: NoiseModel, indices: list[int]) -> list[float]:
    """Return how many standard errors the levels on either side of each change differ by."""
    edges = [0, *indices, len(signal)]
    levels = signal.levels(np.array(edges))
    errors = [model.variance_of_mean(float(signal.points[b] - signal.points[a])) for a, b in pairwise(edges)]
    return [abs(float(levels[i + 1] - levels[i])) / (errors[i] + errors[i + 1]) ** 0.5 for i in range(len(indices))]
