"""The door to slow findings and quality: a judged series and what surrounds it in, what no single commit shows out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from perfsite.analysis.chance import discoveries
from perfsite.analysis.cuts import add_up_cuts
from perfsite.analysis.drift import find_drift
from perfsite.analysis.flat import lay_flat
from perfsite.analysis.quality import Attendance, assess_quality
from perfsite.analysis.season import find_seasons
from perfsite.model.run import Direction
from perfsite.model.slow import InDepth, SlowFindings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.model.findings import Judgement
    from perfsite.model.policy import Policy
    from perfsite.model.series import Series

FALSE_SHARE = 0.05
"""Share of all drifts, or of all seasons, of a site that may be false on average."""
_SIGNS = {Direction.LOWER: 1, Direction.HIGHER: -1, Direction.NEITHER: 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the other runs tell of a series: its attendance, the newest release before its end, its warm-up.

    `release` is the position of the newest commit that the release holds, and its name; None: none is known.
    """

    attendance: Attendance = field(default_factory=Attendance)
    release: tuple[int, str] | None = None
    warm_up: float | None = None


def look_in_depth(series: Series, judgement: Judgement, policy: Policy, around: Surroundings) -> InDepth:
    """Return the slow findings and the quality of a judged series of any length."""
    flat = lay_flat(series, judgement)
    sign, least = _SIGNS[series.direction], policy.severities.minor
    trend, drift = find_drift(series, flat, least=least, sign=sign)
    cuts = add_up_cuts(series, judgement, flat, policy, since=around.release, sign=sign)
    seasons = find_seasons(series.times, flat, least=least)
    quality = assess_quality(series, judgement, flat, policy, attendance=around.attendance, warm_up=around.warm_up)
    return InDepth(slow=SlowFindings(trend=trend, drift=drift, seasons=seasons, cuts=cuts), quality=quality)


def keep_discoveries(findings: Sequence[SlowFindings]) -> tuple[SlowFindings, ...]:
    """Return the findings of all series of a site without those that many tests find by chance.

    Drifts and seasons are corrected apart (`perfsite.analysis.chance.discoveries`); a series without either counts as
    tested, and as found nothing. Sums of small changes are tested at the policy's `alpha` and need no correction.
    """
    drifting = discoveries([1.0 if one.drift is None else one.drift.chance for one in findings], FALSE_SHARE)
    seasonal = iter(
        discoveries([season.chance for one in findings for season in one.seasons] + [1.0] * len(findings), FALSE_SHARE)
    )
    return tuple(
        replace(
            one,
            drift=one.drift if is_drift else None,
            seasons=tuple(season for season in one.seasons if next(seasonal)),
        )
        for one, is_drift in zip(findings, drifting, strict=True)
    )
