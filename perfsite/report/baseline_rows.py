"""The baselines of a benchmark's series as rows of its page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from perfsite.model.decisions import NOTHING_DECIDED
from perfsite.report.baselines import baseline_entries
from perfsite.report.views import BaselineRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.report.context import Context

MOST_VERSIONS: Final = 30
"""Versions listed on a page; those in force come first."""


def baseline_rows(context: Context, numbers: Sequence[int]) -> tuple[tuple[BaselineRow, ...], int]:
    """Return the versions of the baselines of some series, and how many there are in all.

    Where there are too many, every series' newest ones stay.
    """
    found = [_rows(context, number) for number in numbers]
    total = sum(map(len, found))
    depth = 1
    while depth < max(map(len, found), default=0) and sum(len(rows[: depth + 1]) for rows in found) <= MOST_VERSIONS:
        depth += 1
    rows = [row for one in found for row in one[:depth]]
    return tuple(rows[:MOST_VERSIONS]), total


def _rows(context: Context, number: int) -> list[BaselineRow]:
    series = context.timeline.series[number]
    decided = context.judged.decided.get(number, NOTHING_DECIDED)
    entries = baseline_entries(series, context.judged.judgements[number], decided, context.refs.__getitem__)
    return [
        BaselineRow(
            metric=series.key.metric,
            environment=series.key.environment,
            parameters=context.parameters[number],
            version=entry.version,
            kind=entry.kind,
            value=entry.value,
            points="" if entry.points is None else str(entry.points),
            date=entry.date,
            commit=entry.commit,
            why=entry.why,
            current=entry is entries[-1],
        )
        for entry in reversed(entries)
    ]
