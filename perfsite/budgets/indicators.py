"""Indicators: the key figures of a service, each a series made of others, commit by commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.errors import ConfigError
from perfsite.model.budget import Combine, Indicator
from perfsite.model.run import Direction
from perfsite.model.series import Series, SeriesKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

LIVING: Final = 10
"""A series that so many newest commits of the others do not have has ended."""


def figures(indicator: Indicator, series: Sequence[Series]) -> list[tuple[Series, int]]:
    """Return the series of an indicator, one for each environment, sorted by it, and how many series each is made of.

    Only commits at which all of them were measured make a point: a mean of others would move by what was left out.
    Series that the environment's newest ten commits do not have ended, and are left out.

    Parameters
    ----------
    series
        All series of the history; those that the indicator's globs select and that have a point are used.

    Raises
    ------
    ConfigError
        They differ in unit or direction: milliseconds and bytes have no mean.
    """
    by_environment: dict[str, list[Series]] = {}
    for one in series:
        if len(one) and indicator.selects(one.key, one.unit):
            by_environment.setdefault(one.key.environment, []).append(one)
    return [
        (_combined(indicator, environment, members), len(members))
        for environment, found in sorted(by_environment.items())
        if (members := _living(_alike(indicator, found)))
    ]


def _alike(indicator: Indicator, members: list[Series]) -> list[Series]:
    kinds = {(one.unit, one.direction) for one in members}
    if len(kinds) > 1:
        told = ", ".join(sorted(f"{unit} ({direction} is better)" for unit, direction in kinds))
        raise ConfigError(
            f"the series that '{indicator.name[:80]}' selects have different units or directions: {told[:200]}",
            where="perfsite.toml: kpis",
            hint="select them closer, by `metric` or `unit`",
        )
    return members


def _living(members: list[Series]) -> list[Series]:
    """Return the series that are measured still: those that have a point among the newest commits of all."""
    stops = np.unique(np.concatenate([one.commits[-LIVING:] for one in members]))
    return [one for one in members if one.commits[-1] >= stops[-LIVING:][0]]


def _combined(indicator: Indicator, environment: str, members: list[Series]) -> Series:
    commits = members[0].commits
    for one in members[1:]:
        commits = np.intersect1d(commits, one.commits, assume_unique=True)
    parts = [one.part(np.searchsorted(one.commits, commits)) for one in members]
    first = members[0]
    values = np.array([part.values for part in parts]).reshape(len(parts), len(commits))
    errors = np.array([part.standard_errors for part in parts]).reshape(values.shape)
    labels = np.array([part.labels for part in parts]).reshape(values.shape)
    together = Series(
        key=SeriesKey(
            benchmark=f"{indicator.service}: {indicator.name}", metric=first.key.metric, environment=environment
        ),
        unit=first.unit,
        direction=first.direction,
        commits=commits,
        values=_values(indicator.combine, values, first.direction),
        standard_errors=_errors(indicator.combine, values, errors, first.direction),
        counts=np.array([part.counts for part in parts], np.int32).reshape(values.shape).min(axis=0),
        # Parts of one commit that come from several machines are of none.
        labels=np.where((labels == labels[0]).all(axis=0), labels[0], -1).astype(np.int32),
        eligible=np.logical_and.reduce([part.eligible for part in parts]),
        times=np.array([part.times for part in parts]).reshape(values.shape).max(axis=0),
    )
    return together.part(np.isfinite(together.values))  # a sum of huge values may be none


def _values(combine: Combine, values: FloatArray, direction: Direction) -> FloatArray:
    """Return one value for each commit; `values` has shape (series, commits)."""
    match combine:
        case Combine.WORST:
            worst: FloatArray = values.min(axis=0) if direction is Direction.HIGHER else values.max(axis=0)
            return worst
        case Combine.MEAN:
            # Halves of the parts first: the sum of huge values would overflow.
            mean: FloatArray = (values / len(values)).sum(axis=0)
            return mean
        case Combine.GEOMETRIC_MEAN:
            return np.where((values > 0).all(axis=0), np.exp(np.log(np.maximum(values, 1e-300)).mean(axis=0)), 0.0)
        case Combine.SUM:
            with np.errstate(over="ignore"):
                total: FloatArray = values.sum(axis=0)
            return total


def _errors(combine: Combine, values: FloatArray, errors: FloatArray, direction: Direction) -> FloatArray:
    """Return the standard error of each combined value, of independent parts; NaN where one is not known."""
    if combine is Combine.WORST:
        place = values.argmin(axis=0) if direction is Direction.HIGHER else values.argmax(axis=0)
        worst: FloatArray = np.take_along_axis(errors, place[None, :], axis=0)[0]
        return worst
    together: FloatArray = np.sqrt((errors**2).sum(axis=0))
    if combine is Combine.SUM:
        return together
    if combine is Combine.MEAN:
        return together / len(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative: FloatArray = np.sqrt(((errors / values) ** 2).sum(axis=0)) / len(values)
    return relative * _values(combine, values, direction)
