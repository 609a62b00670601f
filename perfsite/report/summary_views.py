"""What a reader will see of the executive summary, as data; every text may be hostile and is escaped where placed."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from perfsite.model.units import format_pair
from perfsite.report import wording
from perfsite.report.release_words import mean_interval, mean_text

if TYPE_CHECKING:
    from perfsite.analysis.geometric import GeometricMean
    from perfsite.report.incident_views import IncidentLine
    from perfsite.report.views import CommitRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A change as a fraction with its 95 % interval; NaN where it is not known."""

    value: float
    lower: float
    upper: float

    @property
    def is_beyond_noise(self) -> bool:
        """Whether the interval is known and leaves out zero."""
        return self.lower > 0 or self.upper < 0

    @property
    def text(self) -> str:
        """Return the change as a signed percentage."""
        return wording.delta_text(self.value)

    @property
    def interval(self) -> str:
        """Return the interval in words; empty where it is not known."""
        return wording.interval_text(self.lower, self.upper)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodView:
    """What the summary is about: the commits after `start` up to `end`; `title` begins in lower case."""

    title: str
    start: CommitRef | None
    end: CommitRef | None
    commits: int
    runs: int
    compared: int
    """Series that have a level on both sides, on machines that compare."""
    new: int
    apart: int
    """Series measured then that cannot be compared: not measured since, or on another machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoverRow:
    """The series that moved the most at one commit, and how many `others` moved with it.

    `then`, `now` are levels in the base unit, `floor` is the noise floor before it moved, a fraction (None: not known).
    """

    benchmark: str
    url: str
    parameters: str
    metric: str
    environment: str
    unit: str
    then: float
    now: float
    change: Estimate
    floor: float | None
    verdict: str
    severity: str
    commit: CommitRef | None
    """The commit that did most of it; None: it drifted."""
    stage: str
    incident: str
    others: int

    @property
    def values(self) -> str:
        """Return both levels: `1.2 ms → 1.4 ms`."""
        return " → ".join(format_pair(self.then, self.now, self.unit))

    @property
    def noise(self) -> str:
        """Return the noise floor."""
        return wording.noise_text(self.floor)

    @property
    def where(self) -> str:
        """Return what is measured of it and where."""
        return " · ".join(part for part in (self.parameters, self.metric, self.environment) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """A group of the site: the geometric mean of its levels now by those of then, as on the pages of releases.

    Where its metrics differ in which way is better, the mean is turned so that + is worse.
    """

    name: str
    series: int
    worse: int
    better: int
    mean: GeometricMean
    verdict: str

    @property
    def text(self) -> str:
        """Return the mean as a signed percentage."""
        return mean_text(self.mean.delta)

    @property
    def interval(self) -> str:
        """Return its 95 % interval; empty where it is not known."""
        return mean_interval(self.mean)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRow:
    """What something costs, in a sentence about `what`; numbers in the base unit, None where there are none.

    `kind` is `sum` (added up over series), `rate` (a geometric mean), `standing` (what open regressions cost), `budget`
    or `quality`; `note` says what the figure rests on. `state` is a verdict's name, for its colour.
    """

    kind: str
    what: str
    sentence: str
    note: str
    state: str
    url: str
    unit: str = ""
    then: float | None = None
    now: float | None = None
    change: Estimate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRow:
    """Something to do: what kind of thing, what, why, and where one reads on."""

    kind: str
    title: str
    why: str
    url: str
    command: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthRow:
    """How the site stood at the end of a month (`2026-03`).

    Of the `series` that were alive, `standing` stood as regressions at their last point. `change` is the geometric mean
    of how much worse (+) levels are than in the first month listed, a fraction; None: no series links the months.
    """

    month: str
    commits: int
    series: int
    standing: int
    change: float | None

    @property
    def change_text(self) -> str:
        """Return the change as a signed percentage."""
        return wording.delta_text(self.change)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthChart:
    """A small drawing of the months in a box of `width` x `height`: bars of standing regressions, a line of change.

    A bar is (x, y, width, height, month, count); `line` are the points of a polyline, empty where there are fewer than
    two; `zero` is the height of "as in the first month". `high` and `low` name the ends of the line's scale.
    """

    width: int
    height: int
    bars: tuple[tuple[float, float, float, float, str, int], ...]
    line: str
    dots: tuple[tuple[float, float], ...]
    zero: float
    high: str
    low: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryView:
    """What got better and worse, what it costs, and what to do: one page for people who read no other.

    `worse` and `better` are the largest moves of the period, by commit; their counts are of series. `release` is one
    sentence on the time since the newest release, empty where there is none or the period is that.
    """

    title: str
    sentence: str
    state: str
    period: PeriodView
    basis: str
    """What stands behind the comparison: commits, runs, and what does not compare."""
    changed: str
    release: str
    incidents: tuple[IncidentLine, ...]
    open_incidents: int
    worse: tuple[MoverRow, ...]
    worse_count: int
    better: tuple[MoverRow, ...]
    better_count: int
    suspected: int
    groups: tuple[GroupRow, ...]
    groups_rest: int
    costs: tuple[CostRow, ...]
    actions: tuple[ActionRow, ...]
    actions_rest: int
    idle: str
    """What to say where there are no actions."""
    months: tuple[MonthRow, ...]
    chart: MonthChart | None
    quality: tuple[str, ...]


def known(number: float | None) -> float | None:
    """Return a number for programs: None where it is not finite."""
    return None if number is None or not isfinite(number) else float(number)
