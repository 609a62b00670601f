"""The ground that rules stand on: what all series of an environment did, which facts changed, which ranges matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.hints.evidence import Fact, Together, Track
from perfsite.model.findings import ChangePoint, Verdict

if TYPE_CHECKING:
    from perfsite.model.run import FactValue

MOST_RANGES: Final = 100
"""Culprit ranges whose files are asked for: each costs a call of git."""
BAD: Final = (Verdict.REGRESSION, Verdict.UNSURE)
"""Verdicts of change points that rules are asked about."""
CLOCKED: Final = frozenset({"s", "1/s", "B/s"})
"""Units of what a slower machine makes worse."""
_NEAR: Final = 1


class Moves:
    """How many series of each environment moved at each of its runs.

    Parameters
    ----------
    tracks
        All series with their findings.
    """

    def __init__(self, tracks: Iterable[Track]) -> None:
        grouped: dict[str, list[Track]] = {}
        for track in tracks:
            # A machine has its part in times and rates; what is counted is the code's.
            if len(track.series) > 1 and track.sign and track.series.unit in CLOCKED:
                grouped.setdefault(track.key.environment, []).append(track)
        self._of = {name: _EnvironmentMoves(found) for name, found in grouped.items()}
        self._told: dict[tuple[str, int, bool], Together] = {}

    def __call__(self, environment: str, commit: int, *, worse: bool) -> Together | None:
        """Return how the series of an environment moved together; None where it has none with a direction."""
        found = self._of.get(environment)
        if found is None:
            return None
        place = environment, commit, worse
        if place not in self._told:
            self._told[place] = found.at(commit, worse=worse)
        return self._told[place]


class _EnvironmentMoves:
    def __init__(self, tracks: Sequence[Track]) -> None:
        self._tracks = tracks
        self._stops = np.unique(np.concatenate([track.series.commits for track in tracks]))
        self._changes: dict[int, list[tuple[Track, ChangePoint]]] = {}
        for track in tracks:
            for change in track.judgement.change_points:
                stop = int(self._stops.searchsorted(track.series.commits[change.index]))
                self._changes.setdefault(stop, []).append((track, change))

    def at(self, commit: int, *, worse: bool) -> Together:
        """Return what moved at a commit or at the run beside it: noise moves change points by one."""
        stop = int(self._stops.searchsorted(commit))
        moved: dict[int, tuple[Track, float]] = {}
        for beside in range(stop - _NEAR, stop + _NEAR + 1):
            for track, change in self._changes.get(beside, ()):
                if (track.sign * change.delta > 0) is worse:
                    moved[id(track)] = track, change.delta * track.sign
        measured = [track for track in self._tracks if _is_on_both_sides(track, commit)]
        return Together(
            moved=len(moved),
            measured=len(measured),
            benchmarks=len({track.key.benchmark for track, _ in moved.values()}),
            measured_benchmarks=len({track.key.benchmark for track in measured}),
            deltas=tuple(sorted(delta for _, delta in moved.values())),
        )


def _is_on_both_sides(track: Track, commit: int) -> bool:
    return bool(track.series.commits[0] < commit <= track.series.commits[-1])


class Scattered:
    """How many series of each environment scatter more than they did, of those that are still measured."""

    def __init__(self, tracks: Iterable[Track]) -> None:
        self._of: dict[str, list[Track]] = {}
        self._told: dict[str, tuple[int, int]] = {}
        for track in tracks:
            if track.is_living:
                self._of.setdefault(track.key.environment, []).append(track)

    def __call__(self, environment: str) -> tuple[int, int]:
        """Return (wider, living) of an environment."""
        if environment not in self._told:
            living = self._of.get(environment, [])
            self._told[environment] = sum(track.scatter is not None for track in living), len(living)
        return self._told[environment]


def changed_facts(
    runs: Iterable[tuple[str, int, Mapping[str, FactValue]]],
) -> dict[tuple[str, int], tuple[Fact, ...]]:
    """Return, by environment and commit, the facts that a run tells otherwise than the run before it.

    Parameters
    ----------
    runs
        Environment, commit and facts of every run of the trend, in the order of the commits.
    """
    last: dict[str, dict[str, FactValue]] = {}
    seen: dict[str, Mapping[str, FactValue]] = {}
    counts: dict[str, int] = {}
    found: dict[tuple[str, int], dict[str, tuple[FactValue, FactValue]]] = {}
    for environment, commit, facts in runs:
        counts[environment] = counts.get(environment, 0) + 1
        # Runs of one machine share one object, so that most have nothing to compare.
        if seen.get(environment) is facts:
            continue
        known = last.setdefault(environment, {})
        for name, value in facts.items():
            if name in known and known[name] != value:
                found.setdefault((environment, commit), {})[name] = known[name], value
        known.update(facts)
        seen[environment] = facts
    times: dict[tuple[str, str], int] = {}
    for (environment, _), changes in found.items():
        for name in changes:
            times[environment, name] = times.get((environment, name), 0) + 1
    return {
        (environment, commit): tuple(
            Fact(name=name, before=before, after=after, rate=times[environment, name] / counts[environment])
            for name, (before, after) in sorted(changes.items())
        )
        for (environment, commit), changes in found.items()
    }


def ranges_that_matter(tracks: Iterable[Track], most: int = MOST_RANGES) -> tuple[tuple[int, int], ...]:
    """Return the culprit ranges (previous, commit) whose files rules want, open findings first, then the newest."""
    wanted: dict[tuple[int, int], tuple[bool, int]] = {}
    for track in tracks:
        for change in track.judgement.change_points:
            if change.verdict not in BAD:
                continue
            place = int(track.series.commits[change.index - 1]), int(track.series.commits[change.index])
            rank = not track.is_open(change), -place[1]
            wanted[place] = min(rank, wanted.get(place, rank))
    return tuple(sorted(wanted, key=lambda place: (wanted[place], place))[:most])
