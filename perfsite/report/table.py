"""The judged history as one table of arrays, sorted by commit: what every page of a commit is cut from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from perfsite.model.findings import VERDICTS, Judgement, Rule, Verdict
from perfsite.report.views import Counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.model.series import Series

REGRESSION: Final = VERDICTS.index(Verdict.REGRESSION)
UNSURE: Final = VERDICTS.index(Verdict.UNSURE)
IMPROVEMENT: Final = VERDICTS.index(Verdict.IMPROVEMENT)
NO_CHANGE: Final = VERDICTS.index(Verdict.NO_CHANGE)
_STANDING: Final = len(VERDICTS)


@dataclass(frozen=True, slots=True)
class Table:
    """All judged points as arrays of one shape (m,), sorted by commit, then series.

    `since` holds positions of commits (-1: none); `standing` says that a regression began at an earlier commit.
    """

    commits: NDArray[np.int32]
    series: NDArray[np.int32]
    values: NDArray[np.float64]
    baselines: NDArray[np.float64]
    deltas: NDArray[np.float64]
    floors: NDArray[np.float64]
    detectable: NDArray[np.float64]
    verdicts: NDArray[np.int8]
    severities: NDArray[np.int8]
    rules: NDArray[np.int8]
    doubts: NDArray[np.int16]
    since: NDArray[np.int32]
    standing: NDArray[np.bool_]
    edges: NDArray[np.int64]
    counts: NDArray[np.int64]
    """Shape (commits, 6): the four verdicts by code, standing regressions, failing rules."""

    def rows_of(self, commit: int) -> slice:
        """Return which rows belong to a commit."""
        return slice(int(self.edges[commit]), int(self.edges[commit + 1]))

    def counts_of(self, commit: int) -> Counts:
        """Return how many measurements of a commit have which verdict."""
        return as_counts(self.counts[commit])


def as_counts(row: NDArray[np.int64]) -> Counts:
    """Return a row of `Table.counts` by name."""
    return Counts(
        regression=int(row[REGRESSION]),
        unsure=int(row[UNSURE]),
        improvement=int(row[IMPROVEMENT]),
        no_change=int(row[NO_CHANGE]),
        standing=int(row[_STANDING]),
        failing=int(row[_STANDING + 1]),
    )


def tabulate(parts: Iterable[tuple[int, Series, Judgement]], commits: int) -> Table:
    """Return the table of all judged series.

    Parameters
    ----------
    parts
        Number of a series, its points and their judgement; a number may come twice (points aside of the trend).
    commits
        How many commits the timeline has.
    """
    listed = [part for part in parts if len(part[1])]
    numbers = np.repeat(
        np.array([number for number, _, _ in listed], np.int32), [len(series) for _, series, _ in listed]
    )
    at = _joined([series.commits for _, series, _ in listed], np.int32)
    order = np.lexsort((numbers, at))

    def column(name: str, kind: type) -> NDArray[Any]:
        return _joined([getattr(judgement, name) for _, _, judgement in listed], kind)[order]

    since = _joined([_since(series, judgement) for _, series, judgement in listed], np.int32)[order]
    begun = column("standing", np.bool_)
    verdicts = column("verdicts", np.int8)
    rules = column("rules", np.int8)
    sorted_at = at[order]
    counts = np.zeros((commits, len(VERDICTS) + 2), np.int64)
    np.add.at(counts, (sorted_at, np.where(begun, _STANDING, verdicts)), 1)
    np.add.at(counts, (sorted_at[rules == Rule.FAIL], _STANDING + 1), 1)
    return Table(
        commits=sorted_at,
        series=numbers[order],
        values=_joined([series.values for _, series, _ in listed], np.float64)[order],
        baselines=column("baselines", np.float64),
        deltas=column("deltas", np.float64),
        floors=column("floors", np.float64),
        detectable=column("detectable", np.float64),
        verdicts=verdicts,
        severities=column("severities", np.int8),
        rules=rules,
        doubts=column("doubts", np.int16),
        since=since,
        standing=begun,
        edges=np.searchsorted(sorted_at, np.arange(commits + 1)),
        counts=counts,
    )


def _joined(arrays: Sequence[NDArray[Any]], kind: type) -> NDArray[Any]:
    return np.concatenate([np.empty(0, kind), *arrays])


def _since(series: Series, judgement: Judgement) -> NDArray[np.int32]:
    """Return, for each point, the commit where its regression began."""
    return np.where(judgement.since >= 0, series.commits[np.maximum(judgement.since, 0)], -1)


def missing(
    series: Sequence[Series], absent: Mapping[int, Sequence[int]], measured: Mapping[str, NDArray[np.int32]]
) -> dict[int, list[int]]:
    """Return, by commit, the series that its environment measured one commit earlier and not there.

    Parameters
    ----------
    series
        All series of the trend; their position is their number.
    absent
        Commits, by series number, where a measurement failed or was skipped: those are gone there, too.
    measured
        Commits, by environment, at which the environment has a run, sorted.
    """
    gone: dict[int, set[int]] = {}
    for number, one in enumerate(series):
        stops = measured.get(one.key.environment)
        if stops is None or not len(one):
            continue
        places = np.searchsorted(stops, one.commits)
        after = places + 1
        following = np.append(places[1:], -1)
        lost = after[(following != after) & (after < len(stops))]
        for commit in stops[lost].tolist():
            gone.setdefault(commit, set()).add(number)
    for number, commits in absent.items():
        for commit in commits:
            gone.setdefault(commit, set()).add(number)
    return {commit: sorted(numbers) for commit, numbers in gone.items()}
