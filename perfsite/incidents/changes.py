"""Changes: where the level of one series changed, with the commits that may have done it and how sure that is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.incidents.endings import end_of_regression
from perfsite.model.findings import SEVERITIES, VERDICTS, Severity, Verdict
from perfsite.model.incident import Member

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfsite.model.findings import ChangePoint, Judgement
    from perfsite.model.series import Series

LIKELY: Final = 11.0
"""Squared sizes, in standard deviations of a run, that 95 % of change points are found within (Bai 1997)."""
POSSIBLE: Final = 3 * LIKELY
FARTHEST: Final = 10
"""Points that a change may lie off the point where it was found; beyond it the formula says little."""
WITHOUT_NOISE: Final = 2
"""The same where the noise of the series is not known."""
UNCONFIRMED: Final = 0.5
"""Most confidence in what only the newest points show: of 156,979 steps from run to run of published histories, half of
those by more than a fifth were gone within three runs."""
FLOOR_Z: Final = 3.29
"""Standard errors that a noise floor is wide, at the significance level of 0.001 that is usual."""
_95: Final = 1.96


@dataclass(frozen=True, slots=True)
class Change:
    """One change and its culprit: a commit after position `low` up to `high`, most likely after `before` up to `at`.

    The ends are positions of commits that the series measured, so that commits it skipped are in between. The culprit
    lies in `low`..`high` with a probability of 95 %, in `farthest_low`..`farthest_high` all but surely.
    """

    member: Member
    before: int
    at: int
    low: int
    high: int
    farthest_low: int
    farthest_high: int

    @property
    def is_worse(self) -> bool:
        """Whether it is a regression."""
        return self.member.verdict is Verdict.REGRESSION


def changes_of(number: int, series: Series, judgement: Judgement, *, minor: float, retired: bool) -> Iterator[Change]:
    """Yield the changes of one series for the worse or better, oldest first.

    Parameters
    ----------
    number
        Of the series.
    minor
        Smallest |delta| that matters, a fraction > 0: changes below it are nobody's incident.
    retired
        Whether the series is not measured any more: then none of its regressions stands.

    Notes
    -----
    A regression that no change point confirms yet (of the newest points, or of a series too young for one) is a change,
    too, but an unconfirmed one. What is `unsure` or without direction is none.

    How far the index of a change may be off depends on its size in standard deviations of a run, not on the evidence
    that there is one: 95 % of the estimates lie within 11 / size² points of the truth [1]_.

    References
    ----------
    .. [1] J. Bai, Estimation of a change point in multiple regression models, Rev. Econ. Statist. 79(4), 1997, 551-563.
    """
    points = judgement.change_points
    indices = [point.index for point in points]
    for i, point in enumerate(points):
        if point.verdict not in (Verdict.REGRESSION, Verdict.IMPROVEMENT):
            continue
        start = indices[i - 1] if i else 0
        end = indices[i + 1] if i + 1 < len(indices) else len(series)
        # Half way to the next change: two changes of one series are never members of one incident.
        first, last = (start + point.index) // 2 + 1 if i else 1, min((point.index + end) // 2, len(series) - 1)
        member = _member(number, series, judgement, point, minor=minor, retired=retired)
        spans = _spans(point, judgement.noise, (point.index - start, end - point.index))
        yield _located(series, member, spans, (first, last))
    suspected = _suspected(number, series, judgement, minor=minor, retired=retired)
    if suspected is not None and suspected.index not in indices:
        here = (suspected.index, suspected.index)
        yield _located(series, suspected, (here, here), here)


_Span = tuple[int, int]
"""First and last point that a change may begin at."""


def _located(series: Series, member: Member, spans: tuple[_Span, _Span], bounds: _Span) -> Change:
    """Return a change with its culprit's ranges; `bounds` are the points past which another change begins."""
    index, commits = member.index, series.commits

    def ends(span: _Span) -> tuple[int, int]:
        first = min(max(span[0], bounds[0], 1), index)
        last = max(min(span[1], bounds[1], len(series) - 1), index)
        return int(commits[first - 1]), int(commits[last])

    return Change(member, int(commits[index - 1]), int(commits[index]), *ends(spans[0]), *ends(spans[1]))


def _spans(point: ChangePoint, noise: float | None, lengths: tuple[int, int]) -> tuple[_Span, _Span]:
    """Return the points at which a change begins: likely, and all but surely.

    Both are what the evidence says, where it was weighed; the second is as wide again on either side.
    """
    index, known = point.index, point.evidence
    if known is None:
        likely, farthest = _reach(point, noise, lengths)
        return (index - likely, index + likely), (index - farthest, index + farthest)
    wide = min(known.last - known.first, FARTHEST)
    return (known.first, known.last), (known.first - wide, known.last + wide)


def _reach(point: ChangePoint, noise: float | None, lengths: tuple[int, int]) -> tuple[int, int]:
    """Return within how many points of its index a change lies: likely, and all but surely.

    Its size in standard deviations of a run is told twice: by the noise of the whole series, and by the score, that is
    the noise around it (the difference of the means of two levels, of so many points each, in standard errors). Where
    the noise changes from level to level the two differ; between them, the geometric mean, is where the truth is.
    """
    if noise is None or point.before <= 0 or point.after <= 0:
        return WITHOUT_NOISE, 2 * WITHOUT_NOISE
    before, after = lengths
    around = point.score * math.sqrt(1 / before + 1 / after)
    whole = abs(math.log(point.after / point.before)) / noise if noise > 0 else math.inf
    squared = max(around * min(whole, 1e9), LIKELY / FARTHEST)
    return math.floor(LIKELY / squared), min(math.floor(POSSIBLE / squared), FARTHEST)


def _member(
    number: int, series: Series, judgement: Judgement, point: ChangePoint, *, minor: float, retired: bool
) -> Member:
    over = end_of_regression(judgement, point.index) if point.verdict is Verdict.REGRESSION else None
    return Member(
        series=number,
        index=point.index,
        commit=int(series.commits[point.index]),
        before=point.before,
        after=point.after,
        delta=point.delta,
        lower=point.lower,
        upper=point.upper,
        confidence=_confidence(point, minor),
        verdict=point.verdict,
        severity=point.severity,
        confirmed=True,
        standing=point.verdict is Verdict.REGRESSION and over is None and not retired,
        over=None if over is None else int(series.commits[over]),
        retired=retired,
    )


def _confidence(point: ChangePoint, minor: float) -> float:
    """Return the probability that the level changed, and by at least what is minor, were the evidence normal."""
    real = 1.0 if point.evidence is None else point.evidence.real
    return real * _large_enough(point, minor)


def _large_enough(point: ChangePoint, minor: float) -> float:
    if point.before <= 0 or point.after <= 0 or point.score <= 0:
        return 0.5
    size = abs(math.log(point.after / point.before))
    error = size / point.score if point.evidence is None else size * point.evidence.reach / _95
    return _normal((size - math.log1p(minor)) / error) if error > 0 else 0.5


def _normal(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))


def _suspected(number: int, series: Series, judgement: Judgement, *, minor: float, retired: bool) -> Member | None:
    """Return the regression that the newest point suffers from as a member; None where it has a first point or none."""
    since = int(judgement.since[-1]) if len(series) else -1
    if since < 1 or VERDICTS[int(judgement.verdicts[-1])] is not Verdict.REGRESSION:
        return None
    after, before = float(np.median(series.values[since:])), float(judgement.baselines[-1])
    delta = after / before - 1 if before > 0 else math.nan
    floor = float(judgement.floors[-1])
    error = floor / FLOOR_Z
    known = math.isfinite(error) and math.isfinite(delta)
    sure = _normal((abs(delta) - minor) / error) if known and error > 0 else UNCONFIRMED
    return Member(
        series=number,
        index=since,
        commit=int(series.commits[since]),
        before=before,
        after=after,
        delta=delta,
        lower=max(delta - _95 * error, -1.0) if known else math.nan,
        upper=delta + _95 * error if known else math.nan,
        confidence=min(sure, UNCONFIRMED),
        verdict=Verdict.REGRESSION,
        severity=SEVERITIES[int(judgement.severities[-1])] if len(judgement.severities) else Severity.NONE,
        confirmed=False,
        standing=not retired,
        over=None,
        retired=retired,
    )
