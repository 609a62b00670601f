"""How large each change was: levels before and after, delta with its interval, verdict and severity."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from perfsite.analysis.baseline import relative_delta
from perfsite.analysis.evidence import weigh_changes
from perfsite.analysis.rulings import ROUNDING
from perfsite.model.findings import ChangePoint, Severity, Verdict

if TYPE_CHECKING:
    from collections.abc import Collection

    import numpy as np
    from numpy.typing import NDArray

    from perfsite.analysis.changepoint import Changes
    from perfsite.model.policy import Severities

    FloatArray = NDArray[np.float64]


def severity_of(delta: float, severities: Severities) -> Severity:
    """Return how much a change of this size matters; NaN: none."""
    size = abs(delta) + ROUNDING
    if size >= severities.critical:
        return Severity.CRITICAL
    if size >= severities.major:
        return Severity.MAJOR
    return Severity.MINOR if size >= severities.minor else Severity.NONE


def measure_changes(
    changes: Changes,
    levels: FloatArray,
    units: FloatArray,
    *,
    sign: int,
    severities: Severities,
    confounded: Collection[int],
) -> tuple[ChangePoint, ...]:
    """Return the change points with their size.

    `levels` has one level per segment; `units`, one per change, is what a level of 1 is in the base unit, as of the
    machine of its point.

    The interval is that of a log ratio, by the noise of the levels on either side. A change whose machine changed too
    is unsure; a metric without direction changes without a verdict.
    """
    result = []
    weighed = zip(changes.indices, changes.scores, weigh_changes(changes), strict=True)
    for number, (index, score, evidence) in enumerate(weighed, start=1):
        unit = float(units[number - 1])
        before, after = float(levels[number - 1]) * unit, float(levels[number]) * unit
        delta = relative_delta(after, before)
        lower, upper = _interval(before, after, evidence.reach)
        severity = severity_of(delta, severities)
        if number in confounded or math.isnan(delta):
            verdict = Verdict.UNSURE
        elif sign == 0 or severity is Severity.NONE:
            verdict = Verdict.NO_CHANGE
        else:
            verdict = Verdict.REGRESSION if sign * delta > 0 else Verdict.IMPROVEMENT
        result.append(
            ChangePoint(
                index=index,
                before=before,
                after=after,
                delta=delta,
                lower=lower,
                upper=upper,
                score=score,
                verdict=verdict,
                severity=severity,
                evidence=evidence,
            )
        )
    return tuple(result)


def _interval(before: float, after: float, reach: float) -> tuple[float, float]:
    if before <= 0 or after <= 0:
        return math.nan, math.nan
    size = math.log(after / before)
    half = reach * abs(size)
    return math.expm1(size - half), math.expm1(min(size + half, 700.0))
