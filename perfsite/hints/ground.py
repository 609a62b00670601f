"""The ground that rules stand on: what all series of an environment did, which facts changed, which ranges matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from perfsite.hints.evidence import Fact, Track
from perfsite.model.findings import Verdict

if TYPE_CHECKING:
    from perfsite.model.run import FactValue

MOST_RANGES: Final = 100
"""Culprit ranges whose files are asked for: each costs a call of git."""
BAD: Final = (Verdict.REGRESSION, Verdict.UNSURE)
"""Verdicts of change points that rules are asked about."""


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
