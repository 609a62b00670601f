"""The level behind a finding whose newest run would not show it alone."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from perfsite.model.findings import Verdict

if TYPE_CHECKING:
    from perfsite.model.findings import Judgement


def level_behind(judgement: Judgement, verdict: Verdict) -> float | None:
    """Return level / baseline - 1 of the last point where its own delta is within the noise; None for any other."""
    if verdict not in (Verdict.REGRESSION, Verdict.IMPROVEMENT):
        return None
    baseline, level = float(judgement.baselines[-1]), float(judgement.levels[-1])
    if not abs(float(judgement.deltas[-1])) <= float(judgement.floors[-1]) or not (baseline > 0 and isfinite(level)):
        return None
    return level / baseline - 1
