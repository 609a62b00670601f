"""Hold the values of a judged timeline against the owner's budgets, and make the key figures of the services."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.batches import Case, analyse
from perfsite.budgets.attainment import attain, keeps
from perfsite.budgets.indicators import figures
from perfsite.model.budget import Budget, Budgeted, IndicatorFinding
from perfsite.model.findings import VERDICTS, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.config import Settings
    from perfsite.model.budget import Indicator
    from perfsite.model.findings import Judgement
    from perfsite.model.series import Series


def hold_to_budgets(series: Sequence[Series], settings: Settings) -> Budgeted:
    """Return how the series of a history stand towards the owner's budgets; the newest point's time is now.

    Raises
    ------
    ConfigError
        A figure of a service selects series that cannot be put together.
    """
    if not settings.budgets and not settings.indicators:
        return Budgeted()
    known = [float(one.times[-1]) for one in series if len(one) and np.isfinite(one.times[-1])]
    now = max(known, default=0.0)
    budgets = [
        attain(one, budget, now)
        for budget in settings.budgets
        for one in series
        if len(one) and budget.selects(one.key, one.unit)
    ]
    indicators = [
        _figure(indicator, one, members, settings, now)
        for indicator in settings.indicators
        for one, members in figures(indicator, series)
    ]
    return Budgeted(budgets=tuple(budgets), indicators=tuple(indicators))


def budgets_beyond(series: Series, settings: Settings) -> tuple[Budget, ...]:
    """Return the budgets that the newest point of a series, of which there is one, does not keep."""
    newest = series.values[-1:]
    return tuple(
        budget
        for budget in settings.budgets
        if budget.selects(series.key, series.unit) and not bool(keeps(newest, budget.limit).all())
    )


def figures_beyond(series: Sequence[Series], settings: Settings, commit: int) -> list[tuple[Series, Budget]]:
    """Return the figures of services that have a point at a commit, the last, which does not keep their limit.

    `series` end with that commit.
    """
    return [
        (one, _budget(indicator))
        for indicator in settings.indicators
        if indicator.limit is not None
        for one, _ in figures(indicator, series)
        if len(one) and int(one.commits[-1]) == commit and not bool(keeps(one.values[-1:], indicator.limit).all())
    ]


def idle_budgets(series: Sequence[Series], settings: Settings) -> list[str]:
    """Say which budgets and figures select no series: a name that was meant otherwise must not pass for a gate."""
    known = [(one.key, one.unit) for one in series if len(one)]
    if not known:
        return []
    return [
        f"{kind} '{one.name[:80]}' selects no series of the history (benchmark {one.benchmark[:60]}, "
        f"metric {one.metric[:40]}, unit {one.unit[:20]}, environment {one.environment[:40]})"
        for kind, listed in (("budget", settings.budgets), ("kpi", settings.indicators))
        for one in listed
        if not any(one.selects(key, unit) for key, unit in known)
    ]


def _figure(indicator: Indicator, series: Series, members: int, settings: Settings, now: float) -> IndicatorFinding:
    """Return how a figure stands: judged like any other series, and held to its limit if it has one."""
    policy = settings.policy(series.key, series.unit, series.direction)
    judgement = analyse(Case(series=series, policy=policy)).judgement
    is_known = len(series) > 0
    return IndicatorFinding(
        indicator=indicator,
        environment=series.key.environment,
        unit=series.unit,
        current=float(series.values[-1]) if is_known else None,
        baseline=_newest(judgement.baselines),
        delta=_newest(judgement.deltas),
        noise_floor=_newest(judgement.floors),
        verdict=_verdict(judgement),
        commit=int(series.commits[-1]) if is_known else -1,
        members=members,
        budget=None if indicator.limit is None else attain(series, _budget(indicator), now),
    )


def _budget(indicator: Indicator) -> Budget:
    limit = indicator.limit
    assert limit is not None
    selector = {name: getattr(indicator, name) for name in ("benchmark", "metric", "unit", "environment")}
    return Budget(name=indicator.name, service=indicator.service, limit=replace(limit), **selector)


def _verdict(judgement: Judgement) -> Verdict:
    return VERDICTS[int(judgement.verdicts[-1])] if len(judgement.verdicts) else Verdict.UNSURE


def _newest(values: np.ndarray) -> float | None:
    return float(values[-1]) if len(values) and np.isfinite(values[-1]) else None
