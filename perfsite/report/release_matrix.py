"""The matrix of releases: the ratio of every group, and of the benchmarks that moved most, release by release."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from perfsite.report.differences import SURE
from perfsite.report.levels import SIGNS
from perfsite.report.release_views import MatrixRow, MatrixView
from perfsite.report.release_words import mean_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.analysis.geometric import GeometricMean
    from perfsite.report.context import Context
    from perfsite.report.releases import ReleaseReport

MOST_COLUMNS: Final = 20
MOST_ROWS: Final = 60
MOST_GROUPS: Final = 40
HEATS: Final = (0.01, 0.03, 0.1)
"""Deltas from which a cell is coloured, more strongly with each."""


def heat(log: float, sign: int) -> str:
    """Return the colour of a cell by name; `sign` is 1 where more is worse, -1 where it is better, 0 where neither is.

    Examples
    --------
    >>> heat(0.05, 1), heat(0.05, -1), heat(-0.2, 0), heat(0.001, 1)
    ('worse-2', 'better-2', 'less-3', '')
    """
    step = sum(abs(log) >= math.log1p(least) for least in HEATS) if math.isfinite(log) else 0
    if not step:
        return ""
    if not sign:
        return f"{'more' if log > 0 else 'less'}-{step}"
    return f"{'worse' if log * sign > 0 else 'better'}-{step}"


def _cell(log: float, sign: int, *, is_told: bool) -> tuple[str, str]:
    if not math.isfinite(log):
        return "", ""
    text = mean_text(math.expm1(log)).removesuffix(" %").removeprefix("±")
    return text, heat(log, sign) if is_told else ""


def matrix_view(context: Context, report: ReleaseReport) -> MatrixView | None:
    """Return the matrix of the newest releases; None where no two can be compared."""
    known = [i for i in reversed(range(len(report.releases))) if report.previous[i] is not None]
    shown = known[:MOST_COLUMNS]
    if not shown:
        return None
    pairs = [(i, old) for i in shown if (old := report.previous[i]) is not None]
    found = [report.compare(old, i) for i, old in pairs]
    series = context.timeline.series
    logs = np.array([np.where(one.verdicts >= 0, one.logs, np.nan) for one in found]).reshape(len(found), len(series))
    told = np.array([np.abs(one.logs) > SURE * one.errors for one in found]).reshape(logs.shape)
    groups: dict[tuple[str, Any], dict[int, GeometricMean]] = {}
    for column, one in enumerate(found):
        for mean in context.means.of_groups(one):
            groups.setdefault((mean.name, mean.family), {})[column] = mean.mean
    signs = [SIGNS[one.direction] for one in series]
    moved = _most_moved(np.where(told, logs, 0.0))
    return MatrixView(
        columns=tuple((report.ref(i).tag, report.ref(i).url, report.ref(old).tag) for i, old in pairs),
        groups=tuple(_group(key, cells, len(found)) for key, cells in _largest(groups)),
        rows=tuple(
            MatrixRow(
                name=series[number].key.benchmark,
                url=context.urls[number],
                of=_of(context.parameters[number], series[number].key.metric, series[number].key.environment),
                cells=tuple(
                    _cell(log, signs[number], is_told=sure)
                    for log, sure in zip(logs[:, number].tolist(), told[:, number].tolist(), strict=True)
                ),
            )
            for number in moved
        ),
        series=len(series),
        has_older=len(known) > len(shown),
    )


def _group(key: tuple[str, Any], cells: Mapping[int, GeometricMean], columns: int) -> MatrixRow:
    name, (metric, _, direction, environment) = key
    means = [cells.get(column) for column in range(columns)]
    return MatrixRow(
        name=name or "all benchmarks",
        url="",
        of=_of("", metric, environment),
        cells=tuple(
            ("", "") if one is None else _cell(math.log1p(one.delta), SIGNS[direction], is_told=one.is_told)
            for one in means
        ),
    )


def _largest(
    groups: Mapping[tuple[str, Any], Mapping[int, GeometricMean]],
) -> list[tuple[tuple[str, Any], Mapping[int, GeometricMean]]]:
    """Return the groups that are in most releases, by name."""
    picked = sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0]))[:MOST_GROUPS]
    return sorted(picked, key=lambda pair: pair[0])


def _most_moved(logs: NDArray[np.float64]) -> Sequence[int]:
    """Return the numbers of the series that moved most in all, in the order of their numbers."""
    total = np.nansum(np.abs(np.where(np.abs(logs) >= math.log1p(HEATS[0]), logs, 0.0)), axis=0)
    order = np.argsort(-total, kind="stable")[:MOST_ROWS]
    numbers: list[int] = sorted(order[total[order] > 0].tolist())
    return numbers


def _of(parameters: str, metric: str, environment: str) -> str:
    return " · ".join(part for part in (parameters, metric, environment) if part)
