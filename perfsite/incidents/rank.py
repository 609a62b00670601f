"""Rank: which incident to look at first.

The rank is a product, so that each factor can be understood alone:

    rank = 100 x size x spread x recency x confidence

- size: the largest |log ratio| that is surely reached (the near end of the 95 % interval), 1 at twice the value;
- spread: log2(1 + benchmarks) + log2(environments) + log2(metrics), 1 for a single series;
- recency: halved every 90 days between the first bad commit and the newest, but never below a tenth;
- confidence: the probability that at least one of its members is real and large enough to matter.

Only regressions that still stand count; of an incident that has none, all members do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from perfsite.model.findings import SEVERITIES, Severity, Verdict
from perfsite.model.incident import IncidentKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.model.incident import Member
    from perfsite.model.series import Series

HALF_LIFE_DAYS: Final = 90.0
LEAST_RECENCY: Final = 0.1
SURE: Final = 0.9
"""Confidence of a member whose severity is that of the incident."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the members of an incident come to; see the fields of `perfsite.model.incident.Incident`."""

    kind: IncidentKind
    severity: Severity
    size: float
    typical: float
    confidence: float
    rank: float


def weigh(members: Sequence[Member], series: Sequence[Series], age_days: float | None) -> Weighed:
    """Return what at least one member comes to; `age_days` is that of the first bad commit, None: not known."""
    counting = _counting(members)
    sizes = [sure_size(member) for member in counting]
    confidence = 1 - math.prod(sorted(1 - member.confidence for member in counting))
    keys = [series[member.series].key for member in counting]
    spread = (
        math.log2(1 + len({(key.benchmark, key.parameters) for key in keys}))
        + math.log2(len({key.environment for key in keys}))
        + math.log2(len({key.metric for key in keys}))
    )
    recency = 1.0 if age_days is None else max(0.5 ** (max(age_days, 0.0) / HALF_LIFE_DAYS), LEAST_RECENCY)
    rank = 100 * min(max(sizes) / math.log(2), 1.0) * spread * recency * confidence
    return Weighed(
        kind=kind_of(members),
        severity=_severity(counting),
        size=math.expm1(min(max(sizes), 700.0)),
        typical=_median([member.delta for member in counting]),
        confidence=confidence,
        rank=round(rank, 6),
    )


def kind_of(members: Sequence[Member]) -> IncidentKind:
    """Return what the members did, all of them."""
    verdicts = {member.verdict for member in members}
    if verdicts == {Verdict.REGRESSION}:
        return IncidentKind.REGRESSION
    return IncidentKind.MIXED if Verdict.REGRESSION in verdicts else IncidentKind.IMPROVEMENT


def sure_size(member: Member) -> float:
    """Return the |log ratio| that a member surely reaches; half of what it seems where the interval is not known."""
    if not math.isfinite(member.delta) or member.delta <= -1:
        return 0.0
    if not (math.isfinite(member.lower) and math.isfinite(member.upper)) or member.lower <= -1:
        return abs(math.log1p(member.delta)) / 2
    if member.lower <= 0 <= member.upper:
        return 0.0
    return min(abs(math.log1p(member.lower)), abs(math.log1p(member.upper)))


def worst_first(members: Sequence[Member], series: Sequence[Series]) -> tuple[Member, ...]:
    """Return members, those that stand first, then regressions before improvements, the surely largest first."""
    return tuple(
        sorted(
            members,
            key=lambda one: (
                not one.standing,
                one.verdict is not Verdict.REGRESSION,
                -round(sure_size(one), 12),
                series[one.series].key,
                series[one.series].unit,
                one.index,
            ),
        )
    )


def _counting(members: Sequence[Member]) -> Sequence[Member]:
    standing = [member for member in members if member.standing]
    if standing:
        return standing
    return [member for member in members if member.verdict is Verdict.REGRESSION] or members


def _severity(members: Sequence[Member]) -> Severity:
    sure = [member for member in members if member.confidence >= SURE] or members
    return SEVERITIES[max(SEVERITIES.index(member.severity) for member in sure)]


def _median(values: Sequence[float]) -> float:
    known = sorted(value for value in values if math.isfinite(value))
    if not known:
        return math.nan
    middle = len(known) // 2
    return known[middle] if len(known) % 2 else (known[middle - 1] + known[middle]) / 2
