"""The baseline of a series as people ask for it: its value, how good it is, and every version it had."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from perfsite.analysis.baseline import NEAR
from perfsite.analysis.student import interval_factor
from perfsite.model.findings import Origin
from perfsite.model.run import Direction
from perfsite.model.units import format_value
from perfsite.report import wording

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfsite.model.decisions import SeriesDecisions
    from perfsite.model.event import BaselineAccepted, BaselineWithdrawn, Event, Pin
    from perfsite.model.findings import BaselineVersion, Judgement
    from perfsite.model.policy import Policy
    from perfsite.model.series import Series
    from perfsite.report.views import CommitRef

CONFIDENCE: Final = 0.95
"""Of the interval that holds the true level a baseline stands for."""
_WHY: Final = {
    Origin.FIRST: "the first level",
    Origin.IMPROVED: "the level changed for the better",
    Origin.FOLLOWED: "the level changed by too little to count",
    Origin.ACCEPTED: "a worse level was accepted",
    Origin.DOUBTFUL: "not sure that the level changed; this one counts until that is known",
    Origin.MACHINE: "another machine measures; its own level counts",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineEntry:
    """One version of a series' baseline.

    `kind` is `automatic`, `accepted` or `pinned`; `value` and `number` (base unit) are the same, as text and as it is;
    `points` how many points it is the mean of, None where that is not known; `commit` where it begins, or what was
    pinned; `decision` the id of the event behind it, empty where there is none.
    """

    version: int
    kind: str
    value: str
    number: float
    points: int | None
    commit: CommitRef | None
    date: str
    why: str
    decision: str = ""

    def document(self) -> dict[str, Any]:
        """Return the version for programs."""
        return {
            "version": self.version,
            "kind": self.kind,
            "value": self.number,
            "points": self.points,
            "commit": None if self.commit is None else self.commit.sha,
            "date": self.date or None,
            "why": self.why,
            "decision": self.decision or None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineQuality:
    """How good a series' own baseline is.

    `lower` and `upper` (base unit, None: not known) hold the true level with 95 % confidence; `noise` is the relative
    standard deviation of a single run; `left_out` counts points within it that may not be part of it: outliers and
    uncommitted changes; `first` and `last` are the commits it was measured at; `age_days` is how long before the
    series' newest point that was. `word` is `good`, `few points`, `noisy`, or `no ratio` to a
    baseline that is not above zero.
    """

    points: int
    lower: float | None
    upper: float | None
    noise: float | None
    left_out: int
    first: CommitRef | None
    last: CommitRef | None
    age_days: float | None
    word: str


def baseline_entries(
    series: Series, judgement: Judgement, decided: SeriesDecisions, ref: Callable[[int], CommitRef]
) -> tuple[BaselineEntry, ...]:
    """Return every version of a series' baseline, oldest first; the last one is in force.

    Parameters
    ----------
    series, judgement, decided
        The series, its findings and what was decided about it.
    ref
        Returns the mention of a commit by its position.

    Notes
    -----
    While a baseline is pinned the series' own moves unseen; it shows again where the pin is withdrawn. Points of
    unknown time come before every decision.
    """
    own = [
        (_time_of(series, version.index), _own(series, version, before, decided, ref))
        for before, version in zip((None, *judgement.versions), judgement.versions, strict=False)
    ]
    spans = [_Span.of(pin, withdrawn) for pin, withdrawn in decided.pins]
    told = [(time, entry) for time, entry in own if not any(span.begin < time < span.end for span in spans)]
    shown: _Span | None = None
    for time in sorted({time for span in spans for time in (span.begin, span.end) if time < math.inf}):
        for span in spans:
            if span.begin == time:
                told.append((time, _pinned(span.pin, series.unit)))
                shown = span
        now = next((span for span in reversed(spans) if span.begin <= time < span.end), None)
        if now is shown:
            continue
        ended = next((span.withdrawn for span in reversed(spans) if span.end == time and span.withdrawn), None)
        before = [entry for since, entry in own if since <= time]
        again = _pinned(now.pin, series.unit) if now else before[-1] if before else None
        if again is not None and ended is not None:
            told.append((time, _again(again, ended)))
        shown = now
    told.sort(key=lambda pair: pair[0])
    return tuple(replace(entry, version=number) for number, (_, entry) in enumerate(told, start=1))


@dataclass(frozen=True, slots=True)
class _Span:
    """The time (seconds since 1970) from which a pin counted and up to which, endless where nothing took it back."""

    begin: float
    end: float
    pin: Pin
    withdrawn: BaselineWithdrawn | None

    @classmethod
    def of(cls, pin: Pin, withdrawn: BaselineWithdrawn | None) -> _Span:
        """Return the time of a pin; one taken back by an earlier clock never counted."""
        begin = pin.event.time.timestamp()
        return cls(begin, math.inf if withdrawn is None else max(begin, withdrawn.time.timestamp()), pin, withdrawn)


def _time_of(series: Series, index: int) -> float:
    time = float(series.times[index])
    return -math.inf if math.isnan(time) else time


def _own(
    series: Series,
    version: BaselineVersion,
    before: BaselineVersion | None,
    decided: SeriesDecisions,
    ref: Callable[[int], CommitRef],
) -> BaselineEntry:
    commit = ref(int(series.commits[version.index]))
    event = _accepted_at(decided, version.index) if version.origin is Origin.ACCEPTED else None
    return BaselineEntry(
        version=0,
        kind="automatic" if event is None else "accepted",
        value=format_value(version.value, series.unit),
        number=version.value,
        points=version.points,
        commit=commit,
        date=commit.date,
        why=_why(version, before, series.direction)
        if event is None
        else f"a worse level was accepted{who_and_why(event)}",
        decision="" if event is None else str(event.id),
    )


def _why(version: BaselineVersion, before: BaselineVersion | None, direction: Direction) -> str:
    """Return why a baseline moved; `before` is the version that it followed."""
    if version.origin is Origin.FOLLOWED and direction is Direction.NEITHER:
        return "the level changed, and neither direction is better"
    if version.origin is Origin.FOLLOWED and before is not None and before.value <= 0:
        return "the level changed; from zero or below no relative change exists that a rule could judge"
    return _WHY[version.origin]


def _accepted_at(decided: SeriesDecisions, index: int) -> BaselineAccepted | None:
    """Return the acceptance that a version came from: the nearest one at or shortly before its first point."""
    near = [(abs(at - index), event) for at, event in decided.accepted if abs(at - index) <= NEAR]
    return min(near, key=lambda pair: pair[0])[1] if near else None


def _pinned(pin: Pin, unit: str) -> BaselineEntry:
    event = pin.event
    points = next((one.points for one in event.values if one.value == pin.value), None)
    return BaselineEntry(
        version=0,
        kind="pinned",
        value=format_value(pin.value, unit),
        number=pin.value,
        points=points,
        commit=None,
        date=wording.date_text(event.time),
        why=f"pinned to {wording.short_name(event.revision or event.source or 'a value', 60)}{who_and_why(event)}",
        decision=str(event.id or ""),
    )


def _again(entry: BaselineEntry, withdrawn: BaselineWithdrawn) -> BaselineEntry:
    return replace(
        entry,
        date=wording.date_text(withdrawn.time),
        why=f"the pin was withdrawn{who_and_why(withdrawn)}",
        decision=str(withdrawn.id or ""),
    )


def who_and_why(event: Event) -> str:
    """Return by whom and why something was decided, to follow what was: ` by Ada: it is worth it`."""
    who = f" by {wording.short_name(event.author, 60)}" if event.author else ""
    return f"{who}: {wording.short_name(event.reason, 200)}" if event.reason else who


def baseline_quality(
    series: Series, judgement: Judgement, policy: Policy, ref: Callable[[int], CommitRef]
) -> BaselineQuality | None:
    """Return how good the newest of a series' own baselines is; None where it has none."""
    if not judgement.versions:
        return None
    version = next((one for one in reversed(judgement.versions) if one.first >= 0), None)
    if version is None:
        return None
    noise = judgement.noise
    half = None
    if noise is not None and version.value > 0:
        half = interval_factor(1 - CONFIDENCE, max(len(series) - 1, 1)) * noise / math.sqrt(version.points)
    within = slice(version.first, version.last + 1)
    return BaselineQuality(
        points=version.points,
        lower=None if half is None else version.value * (1 - half),
        upper=None if half is None else version.value * (1 + half),
        noise=noise,
        left_out=len(series.commits[within]) - version.points,
        first=ref(int(series.commits[version.first])),
        last=ref(int(series.commits[version.last])),
        age_days=_age_days(series, version.last),
        word=_word(version, half, policy),
    )


def _word(version: BaselineVersion, half: float | None, policy: Policy) -> str:
    if version.points >= policy.min_points and not version.value > 0:
        return "no ratio"
    if version.points < policy.min_points or half is None:
        return "few points"
    return "noisy" if half > policy.severities.minor else "good"


def _age_days(series: Series, last: int) -> float | None:
    days = float(series.times[-1] - series.times[last]) / 86_400
    return None if math.isnan(days) else max(days, 0.0)
