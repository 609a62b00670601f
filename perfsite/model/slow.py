"""Slow findings: what happens to a series without any one commit standing out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perfsite.model.findings import Verdict
    from perfsite.model.quality import Quality


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Which way a series leans over its newest `points`: `rising` is the probability, in [0, 1], that it rises.

    `delta` is the rise over all of them as a fraction of where it began, steps left out.
    """

    points: int
    rising: float
    delta: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A slow change within the levels of a series, over its newest points from index `start` on.

    `delta` is the whole change as a fraction of where it began, with its 95 % interval `lower`..`upper`; `commits` how
    many measured commits it took; `chance` the p of both tests, for all windows tried.
    """

    start: int
    points: int
    commits: int
    delta: float
    lower: float
    upper: float
    chance: float
    verdict: Verdict


class Period(StrEnum):
    """How long it takes until the clock says the same again."""

    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """A value that follows the clock: `swing` from trough to peak as a fraction of the level.

    `peak` and `trough` are hours of the day in [0, 24), or days of the week in [0, 7) from Monday on, UTC; `share` is
    how much of the noise's variance the clock explains, in [0, 1]; `chance` the p of the test.
    """

    period: Period
    swing: float
    peak: float
    trough: float
    share: float
    points: int
    chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """Changes too small to be reported one by one, added up since a release or over the newest commits.

    `start` is the index of the first point after it, `since` the release's name (empty: there is none). `delta` is
    the level now against the level then, a fraction with its 95 % interval; `steps` how many change points lie
    between, the largest of size `largest` (0: none, all of it is drift); `least` what the sum had to reach.
    """

    start: int
    since: str
    commits: int
    delta: float
    lower: float
    upper: float
    steps: int
    largest: float
    least: float
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowFindings:
    """All slow findings of one series; None where there is none, or too little tells."""

    trend: Trend | None = None
    drift: Drift | None = None
    seasons: tuple[Season, ...] = ()
    cuts: Cuts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InDepth:
    """The slow findings and the quality of one series (None: too few points tell it)."""

    slow: SlowFindings
    quality: Quality | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRun:
    """A commit at which most series of one environment strayed: `outliers` of `series` measured there.

    `commit` is a position in the history's commits; `higher` how many of the outliers were above their level;
    `median` the median deviation of the outliers, a fraction.
    """

    environment: str
    commit: int
    outliers: int
    series: int
    higher: int
    median: float
