"""Findings: what analysis reports of a series."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from math import nan
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Verdict(StrEnum):
    """What a comparison with the baseline says; `unsure` is too little data, never `no-change`."""

    REGRESSION = "regression"
    IMPROVEMENT = "improvement"
    NO_CHANGE = "no-change"
    UNSURE = "unsure"


class Severity(StrEnum):
    """How much a change matters, by size, not by p."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


VERDICTS: tuple[Verdict, ...] = (Verdict.REGRESSION, Verdict.UNSURE, Verdict.IMPROVEMENT, Verdict.NO_CHANGE)
"""The codes of `Judgement.verdicts`: a position here. Rising code is falling urgency."""
SEVERITIES: tuple[Severity, ...] = (Severity.NONE, Severity.MINOR, Severity.MAJOR, Severity.CRITICAL)
"""The codes of `Judgement.severities`."""


class Rule(IntEnum):
    """What the owner's threshold says of a point: the codes of `Judgement.rules`."""

    PASS = 0
    WARN = 1
    FAIL = 2


class Doubt(IntEnum):
    """Why a verdict should be read with care: bits of `Judgement.doubts`, put into words by `perfsite.report`."""

    FIRST_POINT = 1
    """There is no earlier point; this one becomes the baseline."""
    NOISE_UNKNOWN = 2
    """Too few earlier points tell the noise; the threshold decided alone."""
    OUTLIER = 4
    """Off its level, but it did not last: not counted."""
    UNCONFIRMED = 8
    """Suspected: only the newest run shows it, and later ones confirm or withdraw it."""
    NEW_LABEL = 16
    """The machine changed with this change; more points must tell machine from code."""
    NO_RATIO = 32
    """The baseline is zero or of the other sign: a relative delta does not exist."""
    DIRTY = 64
    """Measured with uncommitted changes: never a baseline."""
    ACCEPTED = 128
    """Somebody accepted this change as the new normal."""
    LEVEL = 256
    """The level may not have changed at all: in so few points chance makes such a difference."""
    MANY_TESTS = 1024
    """Beyond its own noise, but among so many comparisons of one commit chance makes such ones."""
    TOGETHER = 2048
    """Most benchmarks of the environment moved alike at that run: the machine, more likely than the code."""
    SAME_CODE = 4096
    """What was measured is the same as before: the code cannot have changed it."""
    WITHDRAWN = 8192
    """It was suspected at first sight; the next runs were back."""


class Origin(StrEnum):
    """Why a series' own baseline moved to where it is."""

    FIRST = "first"
    """It is the first level."""
    IMPROVED = "improved"
    """The level changed for the better."""
    FOLLOWED = "followed"
    """The level changed by less than counts, or neither direction is better."""
    ACCEPTED = "accepted"
    """Somebody accepted a worse level as normal."""
    MACHINE = "machine"
    """Another machine measures: its own level is the baseline."""
    DOUBTFUL = "doubtful"
    """Perhaps nothing changed: the new level is the baseline as long as that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineVersion:
    """A level that became what later points of a series are held against.

    `index` is the point it begins with, `value` its mean (base unit), over `points` points of which `first` and
    `last` are the outermost (-1: those of an earlier version of the machine that came back).
    """

    index: int
    value: float
    points: int
    first: int
    last: int
    origin: Origin


class NoiseKind(StrEnum):
    """What the noise around a change is like: the more it wanders by itself, the more evidence a change needs."""

    INDEPENDENT = "independent"
    """Each point strays by itself."""
    MEMORY = "memory"
    """A point that strays takes the next ones along."""
    WANDERING = "wandering"
    """The level itself drifts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeEvidence:
    """What speaks for a change point.

    `real` is the probability that the level changed at all, `confidence` that it did so within three points of here (of
    found changes of confidence 0.9 nine in ten are true, as calibrated): a slow change is sure and has no place. The
    change lies in the points `first`..`last` with 95 %: it came with a commit after that of point first - 1, up to that
    of point `last`. `reach` is half the 95 % interval of the log of after / before, as a share of it. `points_before`
    and `points_after` are the lengths of the levels on either side; `agreement` the share of pairs of points from
    either side that differ as the levels do, 0.5..1. `weighted` tells whether the points counted by the spread within
    their runs, `machines_told` whether offsets of machines were taken out, `noise` what the noise is like.
    """

    real: float
    confidence: float
    first: int
    last: int
    reach: float
    points_before: int
    points_after: int
    agreement: float
    weighted: bool
    machines_told: bool
    noise: NoiseKind


class Stage(StrEnum):
    """Where a finding stands in its life; what is no finding stands nowhere."""

    NONE = "none"
    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


def stage_of(verdict: Verdict, doubts: int) -> Stage:
    """Return where the finding of a point stands, from its verdict and its bits of `Doubt`.

    What the threshold decided alone, among the first points, has no stage: no noise is known that could confirm it.
    """
    if verdict in (Verdict.REGRESSION, Verdict.IMPROVEMENT):
        if doubts & Doubt.UNCONFIRMED:
            return Stage.SUSPECTED
        return Stage.NONE if doubts & Doubt.NOISE_UNKNOWN else Stage.CONFIRMED
    return Stage.WITHDRAWN if doubts & Doubt.WITHDRAWN else Stage.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePoint:
    """A point where the level changed and stayed.

    `index` is the first point of the new level within the series. `delta` is after / before - 1 with its interval
    `lower`..`upper` (95 %; NaN where before is not positive); `score` is the evidence in standard errors, `evidence`
    what else speaks for it (None: not weighed). `confirmed` tells whether the analysis without the newest run finds it,
    too.
    """

    index: int
    before: float
    after: float
    delta: float
    lower: float
    upper: float
    score: float
    verdict: Verdict
    severity: Severity
    evidence: ChangeEvidence | None = None
    confirmed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """A finding that the newest run took back: points `start` to `end`, exclusive, were called `verdict` without it.

    `instead` is what they are called now, `delta` what it was at the first of them (NaN: no ratio). `confirmed` tells
    whether the finding had been confirmed; one that was only suspected is withdrawn in the normal course of things.
    """

    start: int
    end: int
    verdict: Verdict
    instead: Verdict
    delta: float
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """All findings of one series of n points; arrays have shape (n,), fractions unless said otherwise.

    `levels` is the level of the segment a point belongs to (base unit); `baselines` what the point was compared with
    (base unit, NaN: none), made of `baseline_counts` points; `deltas` the point's own value / baseline - 1 (NaN: none);
    `floors` the smallest |delta| told from chance at that point (NaN: noise not known); `verdicts`, `severities`,
    `rules` are codes; `doubts` bits of `Doubt`; `since` is the index of the point where the regression that a point
    suffers from began, -1: none;
    `standing` whether it began before that point: of points aside of the trend, which have no index there, only this
    tells.
    `detectable` is the minimum detectable effect, the smallest |delta| that one run at this point shows four times out
    of five (NaN: noise not known); `p_values` tells of the newest findings how often pure noise differs as much (NaN:
    no finding, or hindsight tells). `withdrawn` are findings that the newest run took back.
    `noise` is the relative standard deviation of a single run, None where it is not known. `machine_factors` is by how
    much the machine of each point is off the average of those that took turns (1.03: 3 % above), None where none are
    told apart; a point's level and baseline are as of its own machine.
    `versions` are those of the series' own baseline, oldest first, whether or not one is pinned.
    `ahead` is what one more point of the newest machine would be compared with: (baseline, how many points make it).
    """

    change_points: tuple[ChangePoint, ...]
    outliers: NDArray[np.bool_]
    levels: NDArray[np.float64]
    baselines: NDArray[np.float64]
    baseline_counts: NDArray[np.int32]
    deltas: NDArray[np.float64]
    floors: NDArray[np.float64]
    verdicts: NDArray[np.int8]
    severities: NDArray[np.int8]
    rules: NDArray[np.int8]
    doubts: NDArray[np.int16]
    since: NDArray[np.int32]
    standing: NDArray[np.bool_]
    detectable: NDArray[np.float64]
    p_values: NDArray[np.float64]
    noise: float | None
    versions: tuple[BaselineVersion, ...] = ()
    machine_factors: NDArray[np.float64] | None = None
    withdrawn: tuple[Withdrawal, ...] = ()
    ahead: tuple[float, int] = (nan, 0)

    def at(self, index: int) -> Judgement:
        """Return the findings of one point, as those of a series of which nothing else is known."""
        part = slice(index, index + 1)
        picked = {name: getattr(self, name)[part] for name in _ARRAYS}
        factors = None if self.machine_factors is None else self.machine_factors[part]
        return replace(self, **picked, change_points=(), versions=(), withdrawn=(), machine_factors=factors)


_ARRAYS = (
    "outliers",
    "levels",
    "baselines",
    "baseline_counts",
    "deltas",
    "floors",
    "verdicts",
    "severities",
    "rules",
    "doubts",
    "since",
    "standing",
    "detectable",
    "p_values",
)
