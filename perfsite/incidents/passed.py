"""Passed regressions: those that people were told of, and that were mended so soon that no change is found any more.

A level that is back after a few runs is a passing excursion to the analysis, as most such are: a busy machine, a cache.
But where people were told of a regression, and mended it, its page must stay, with its end. What was told says where it
began and in which series; the values say whether it was there, and when it was over.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.analysis.noise import robust_deviation
from perfsite.analysis.stepsize import severity_of
from perfsite.incidents.changes import Change
from perfsite.incidents.cluster import Cluster
from perfsite.model.findings import Verdict
from perfsite.model.incident import Member
from perfsite.model.policy import Severities
from perfsite.model.run import Direction

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from perfsite.model.alert import IncidentNotified
    from perfsite.model.series import Series

_BEFORE: Final = 30
"""Points before it that tell the level that it left."""
_LEAST_BEFORE: Final = 3
_FAR: Final = 4.0
"""Standard deviations of a run that it was away, at least; what was nearer was noise after all."""
_Z95: Final = 1.96


def passed_cluster(
    told: IncidentNotified,
    series: Sequence[Series],
    positions: Mapping[str, int],
    *,
    retired: Collection[int] = (),
    minor: float = 0.02,
) -> Cluster | None:
    """Return what channels were told of as the changes it was; None where it was nothing, or is not over.

    Parameters
    ----------
    told
        The newest event that names its members.
    series
        All of the history; those of the event are looked at.
    positions
        Of the measured commits, by sha.
    retired
        Numbers of the series that are not measured any more.
    minor
        Smallest |delta| that matters, a fraction > 0.
    """
    bad = positions.get(told.bad)
    if bad is None:
        return None
    wanted = set(told.series)
    found = [
        change
        for number, one in enumerate(series)
        if one.key in wanted
        and (change := _passed(number, one, bad, retired=number in retired, minor=minor)) is not None
    ]
    if not found:
        return None
    good = positions.get(told.good or "", max(change.before for change in found))
    return Cluster(bad, min(good, bad - 1), bad, tuple(found))


def _passed(number: int, series: Series, bad: int, *, retired: bool, minor: float) -> Change | None:
    """Return the excursion of a series for the worse that begins at its first point from a commit on, and is over."""
    start = int(np.searchsorted(series.commits, bad))
    before = series.values[max(0, start - _BEFORE) : start]
    away = series.values[start:]
    if len(before) < _LEAST_BEFORE or not len(away) or series.direction is Direction.NEITHER:
        return None
    level = float(np.median(before))
    worse = 1.0 if series.direction is Direction.LOWER else -1.0
    half = (level + float(np.median(away[:_LEAST_BEFORE]))) / 2
    back = np.flatnonzero(worse * (away - half) <= 0)
    if not len(back) or not back[0]:
        return None
    end = start + int(back[0])
    after = float(np.median(series.values[start:end]))
    delta = after / level - 1 if level > 0 else math.nan
    spread = robust_deviation(np.abs(before - level))
    if not worse * delta >= minor or worse * (after - level) < _FAR * spread:
        return None
    reach = _Z95 * spread * math.sqrt(1 / len(before) + 1 / (end - start)) / level
    member = Member(
        series=number,
        index=start,
        commit=int(series.commits[start]),
        before=level,
        after=after,
        delta=delta,
        lower=delta - reach,
        upper=delta + reach,
        confidence=1.0,
        verdict=Verdict.REGRESSION,
        severity=severity_of(delta, Severities()),
        confirmed=True,
        standing=False,
        over=int(series.commits[end]),
        retired=retired,
    )
    first = int(series.commits[start - 1])
    return Change(member, first, member.commit, first, member.commit, first, member.commit)
