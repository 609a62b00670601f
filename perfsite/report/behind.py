"""The level behind a finding whose newest run would not show it alone."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from perfsite.model.findings import Verdict
from perfsite.report import wording

if TYPE_CHECKING:
    from perfsite.model.findings import Judgement


def level_behind(judgement: Judgement, verdict: Verdict, index: int = -1) -> float | None:
    """Return level / baseline - 1 of a point where its own delta is within the noise; None for any other."""
    if verdict not in (Verdict.REGRESSION, Verdict.IMPROVEMENT):
        return None
    baseline, level = float(judgement.baselines[index]), float(judgement.levels[index])
    if not abs(float(judgement.deltas[index])) <= float(judgement.floors[index]) or not (
        baseline > 0 and isfinite(level)
    ):
        return None
    return level / baseline - 1


def change_text(delta: float | None, level: float | None) -> str:
    """Return a change in words: what many runs show, beside what this one says where it does not show it.

    Examples
    --------
    >>> change_text(0.201, None), change_text(-0.056, 0.21)
    ('+20.1 %', 'level +21.0 %, this run −5.6 %')
    """
    run = wording.delta_text(delta)
    return run if level is None else f"level {wording.delta_text(level)}, this run {run}"
