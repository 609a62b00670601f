"""Budgets: absolute limits on values with the share of points that must keep them; figures of a service."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from perfsite.model.selector import Selector

if TYPE_CHECKING:
    from perfsite.model.findings import Verdict
    from perfsite.model.series import SeriesKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What values must keep to: `lowest` <= value <= `highest` (base unit; None: no such bound).

    `target` is the share of points that must keep to it, in (0, 1]; at 1 every single one. `window_days` is over how
    long that share is counted.
    """

    lowest: float | None = None
    highest: float | None = None
    target: float = 1.0
    window_days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget(Selector):
    """A limit on every series that the globs select; a service level objective where its target is below 1."""

    name: str
    limit: Limit
    service: str = ""


class Combine(StrEnum):
    """How several series make one figure: the worst of them, their mean, geometric mean or sum."""

    WORST = "worst"
    MEAN = "mean"
    GEOMETRIC_MEAN = "geometric-mean"
    SUM = "sum"


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator(Selector):
    """A key figure of a service (KPI): one number for each commit and environment, made of the series selected.

    They must have one unit and one direction. `limit` makes it a budget, too.
    """

    name: str
    service: str
    combine: Combine = Combine.WORST
    limit: Limit | None = None


class BudgetState(StrEnum):
    """How a budget stands; `at-risk`: kept still, but the newest value is beyond it or little of it is left."""

    MISSED = "missed"
    AT_RISK = "at-risk"
    MET = "met"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attainment:
    """How many of the points of the last `days` kept to a limit: `within` of `points`.

    `lower`..`upper` is the 95 % interval of the share that these points stand for; NaN without points.
    """

    days: int
    points: int
    within: int
    lower: float
    upper: float

    @property
    def share(self) -> float | None:
        """Return the share that kept to the limit; None without points."""
        return self.within / self.points if self.points else None


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetFinding:
    """How one series stands towards one budget.

    `current` is its newest value (base unit, None: no point); `headroom` how far that is within the limit, as a
    fraction of the limit, negative beyond it (None: a limit of 0, or no point). `attainments` are those of several
    windows, shortest first. `remaining` is the share of the allowed misses of the budget's own window that is left, at
    most 1, negative where there were more; `burn` how many times faster than allowed the last seven days used them up
    (None: no point, or none allowed).
    """

    budget: Budget
    key: SeriesKey
    unit: str
    current: float | None
    headroom: float | None
    attainments: tuple[Attainment, ...]
    remaining: float | None
    burn: float | None
    state: BudgetState


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorFinding:
    """How one figure of a service stands in one environment.

    `current` and `baseline` are in the base unit, `delta` and `noise_floor` fractions (None: not known). `members` is
    how many series it is made of. `commit` is the position of the newest commit that has it, -1: none. `budget` is None
    where it has no limit.
    """

    indicator: Indicator
    environment: str
    unit: str
    current: float | None
    baseline: float | None
    delta: float | None
    noise_floor: float | None
    verdict: Verdict
    commit: int
    members: int
    budget: BudgetFinding | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgeted:
    """How every budget and every figure of a service stands, in the order of the settings."""

    budgets: tuple[BudgetFinding, ...] = ()
    indicators: tuple[IndicatorFinding, ...] = ()
