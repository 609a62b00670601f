"""Clusters: the changes of many series that one commit can explain, by greedy stabbing.

Every change is a range of commits that hold its culprit. The commit that most evidence points to is taken first, and
every change whose range it stabs is explained by it; the same again with the changes that are left, until there are
none. What was found a little off that commit must go the way that most of what was found at it went, for the worse or
the better. All members of a cluster share a commit, so that two causes close to each other are never joined by a chain
of changes between them, as single linkage would.

Greedy stabbing is the usual approximation of the smallest set of points that pierces all intervals, a case of set cover
(V. Chvátal, A greedy heuristic for the set-covering problem, Math. Oper. Res. 4(3), 1979, 233-235), weighted by
evidence; that intervals of which each two overlap share a point is Helly's theorem on the line.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from perfsite.incidents.changes import Change

OUTWEIGHS: Final = 4.0
"""A cluster with this many times the evidence takes over a change that all but surely could be its own."""
BEST_GUESS: Final = 0.5
"""Share of a change's evidence for the very point where it was found; the rest is spread over its range."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Changes with one cause: most likely the commit at position `commit`, for sure one after `good` up to `bad`."""

    commit: int
    good: int
    bad: int
    changes: tuple[Change, ...]


def cluster(changes: Sequence[Change]) -> list[Cluster]:
    """Return the clusters of changes, by commit; the same for any order of the changes.

    What only the newest points show joins a cluster of confirmed changes or makes one with its like, but moves none.
    """
    confirmed = _stab([change for change in changes if change.member.confirmed])
    rest = []
    for change in (change for change in changes if not change.member.confirmed):
        places = [commit for commit in confirmed if change.low < commit <= change.high]
        if places:
            confirmed[max(places, key=lambda commit: (_evidence(confirmed[commit]), -commit))].append(change)
        else:
            rest.append(change)
    for commit, found in _stab(rest).items():
        confirmed.setdefault(commit, []).extend(found)
    return [_cluster(commit, found) for commit, found in sorted(confirmed.items())]


def _cluster(commit: int, changes: list[Change]) -> Cluster:
    """Return a cluster; its range is what the ranges of its members have in common."""
    agreeing = [change for change in changes if change.low < commit <= change.high] or changes
    good = max((change.low for change in agreeing if change.low < commit), default=commit - 1)
    bad = min((change.high for change in agreeing if change.high >= commit), default=commit)
    return Cluster(commit, good, bad, tuple(changes))


def _stab(changes: list[Change]) -> dict[int, list[Change]]:
    """Return the changes by the commit that explains them."""
    if not changes:
        return {}
    table = np.array([(one.before, one.at, one.low, one.high, one.is_worse) for one in changes], np.int64)
    weights = np.array([one.member.confidence for one in changes]) + 1e-9
    # Sums of floats depend on their order; this one does not depend on that of the series.
    order = np.lexsort((weights, *table.T))
    table, weights, changes = table[order], weights[order], [changes[i] for i in order]
    found = {commit: [changes[i] for i in which] for commit, which in _greedily(table, weights)}
    return _with_stragglers(found)


def _greedily(table: NDArray[np.int64], weights: NDArray[np.float64]) -> list[tuple[int, list[int]]]:
    """Return (commit, rows) of each cluster; `table` has the columns before, at, low, high, is_worse."""
    before, at, low, high, is_worse = table.T
    signs = np.where(is_worse == 1, 1.0, -1.0)
    first = int(low.min()) + 1
    evidence = np.zeros(int(high.max()) - first + 2)
    _add(evidence, (before - first + 1, at - first + 1), BEST_GUESS * weights / (at - before))
    _add(evidence, (low - first + 1, high - first + 1), (1 - BEST_GUESS) * weights / (high - low))
    evidence = evidence.cumsum()
    left = np.ones(len(weights), np.bool_)
    found = []
    while left.any():
        # Where rounding leaves a trace of what was taken away, a commit that nothing points to must not be chosen.
        candidates = np.zeros(len(evidence), np.bool_)
        candidates[at[left] - first] = True
        commit = int(np.where(candidates, np.round(evidence, 9), -1.0).argmax()) + first
        core = left & (before < commit) & (commit <= at)
        sign = 1.0 if float((signs * weights)[core].sum()) > 0 else -1.0
        rows = np.flatnonzero(core | (left & (low < commit) & (commit <= high) & (signs == sign)))
        found.append((commit, rows.tolist()))
        left[rows] = False
        for row in rows:
            evidence[before[row] - first + 1 : at[row] - first + 1] -= (
                BEST_GUESS * weights[row] / (at[row] - before[row])
            )
            evidence[low[row] - first + 1 : high[row] - first + 1] -= (
                (1 - BEST_GUESS) * weights[row] / (high[row] - low[row])
            )
    return found


def _add(
    evidence: NDArray[np.float64], spans: tuple[NDArray[np.int64], NDArray[np.int64]], amounts: NDArray[np.float64]
) -> None:
    """Add amounts to spans as differences: their running sum is the evidence."""
    np.add.at(evidence, spans[0], amounts)
    np.subtract.at(evidence, spans[1], amounts)


def _with_stragglers(found: dict[int, list[Change]]) -> dict[int, list[Change]]:
    """Return the clusters after the strong ones have taken over what is all but surely theirs.

    Of forty changes at one commit, two are found a point or two off it, outside their own likely range: without this
    each such incident would have a small companion.
    """
    places = sorted(found)
    evidence = {commit: _evidence(changes) for commit, changes in found.items()}
    worse = {commit: _is_worse(changes) for commit, changes in found.items()}
    settled: dict[int, list[Change]] = {}
    for commit in places:
        for change in found[commit]:
            near = places[bisect_right(places, change.farthest_low) : bisect_right(places, change.farthest_high)]
            stronger = [
                other
                for other in near
                if evidence[other] >= OUTWEIGHS * evidence[commit] and worse[other] == change.is_worse
            ]
            home = max(stronger, key=lambda other: (evidence[other], -other), default=commit)
            settled.setdefault(home, []).append(change)
    return settled


def _evidence(changes: list[Change]) -> float:
    return round(sum(sorted(change.member.confidence for change in changes)), 9)


def _is_worse(changes: list[Change]) -> bool:
    """Whether most of the evidence is for a regression."""
    return sum(sorted(one.member.confidence if one.is_worse else -one.member.confidence for one in changes)) > 0
