"""Ask every rule about every finding, and keep the few hints that say most: the one door into this room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from perfsite.hints.evidence import Evidence, Ground, Track
from perfsite.hints.ground import BAD
from perfsite.hints.rules import RULES
from perfsite.hints.rules.base import Asks, HintRule
from perfsite.model.findings import Severity
from perfsite.model.hint import Confidence, Hint

if TYPE_CHECKING:
    from perfsite.hints.roles import Role
    from perfsite.model.findings import ChangePoint
    from perfsite.model.series import SeriesKey

MOST_HINTS: Final = 3
"""Hints for one benchmark at one commit, and for one benchmark as it stands."""
MOST_FAMILY: Final = 100
"""Series of one benchmark, metric and environment that are compared with each other; of more, none is."""
_Group = tuple[str, tuple[tuple[str, str], ...], str]


def find_hints(
    tracks: Sequence[Track], ground: Ground, *, rules: Sequence[HintRule] = RULES, off: Sequence[str] = ()
) -> tuple[Hint, ...]:
    """Return the hints of a whole history: by commit, those that stand at none last, then the surest first.

    Parameters
    ----------
    tracks
        All series with their findings, each once.
    ground
        What is known besides.
    rules
        Which rules are asked, in the order that decides where all else is equal.
    off
        Names of rules that are not asked.
    """
    asked = [rule for rule in rules if rule.name not in off]
    found: list[Hint] = []
    for around in _Surroundings(tracks).each():
        found += _ask(around, ground, asked)
    order = {rule.name: i for i, rule in enumerate(asked)}
    return tuple(_few(found, order, frozenset(rule.name for rule in asked if rule.is_common)))


class _Surroundings:
    """What belongs together: the metrics of a benchmark, its other parameters, its other environments."""

    def __init__(self, tracks: Sequence[Track]) -> None:
        self._tracks = [track for track in tracks if len(track.series)]
        self._siblings: dict[_Group, list[Track]] = {}
        self._families: dict[tuple[str, str, str, str], list[Track]] = {}
        self._places: dict[tuple[object, ...], list[Track]] = {}
        for track in self._tracks:
            key = track.key
            self._siblings.setdefault((key.benchmark, key.parameters, key.environment), []).append(track)
            self._families.setdefault(_family(track), []).append(track)
            self._places.setdefault((key.benchmark, key.parameters, key.metric, track.series.unit), []).append(track)

    def each(self) -> Iterable[tuple[Track, list[Track], list[Track], list[Track]]]:
        """Yield every series with its siblings, its family and itself elsewhere."""
        for track in self._tracks:
            key = track.key
            family = self._families[_family(track)]
            yield (
                track,
                _without(self._siblings[key.benchmark, key.parameters, key.environment], track),
                _without(family, track) if len(family) <= MOST_FAMILY else [],
                _without(self._places[key.benchmark, key.parameters, key.metric, track.series.unit], track),
            )


def _family(track: Track) -> tuple[str, str, str, str]:
    return track.key.benchmark, track.key.metric, track.key.environment, track.series.unit


def _without(tracks: Sequence[Track], own: Track) -> list[Track]:
    return [track for track in tracks if track is not own]


def _ask(
    around: tuple[Track, list[Track], list[Track], list[Track]], ground: Ground, rules: Sequence[HintRule]
) -> list[Hint]:
    """Return every hint on one series."""
    track, siblings, family, elsewhere = around
    beside: set[Role] = set().union(*(one.roles for one in siblings)) if siblings else set()
    fitting = [rule for rule in rules if _fits(rule, track, beside)]
    found = []
    changes: list[ChangePoint | None] = [change for change in track.judgement.change_points if _counts(change)]
    for change in [*changes, *([None] if track.is_living else [])]:
        evidence = Evidence(track, change, siblings, family, elsewhere, ground)
        wanted = Asks.AS_IT_STANDS if change is None else Asks.AT_CHANGE
        is_explained = False
        for rule in fitting:
            if rule.asks is wanted and not (is_explained and rule.is_of_code):
                hint = rule.find(evidence)
                if hint is not None:
                    found.append(replace(hint, rule=rule.name))
                    is_explained |= rule.is_whole
    return found


def _fits(rule: HintRule, track: Track, beside: set[Role]) -> bool:
    return (not rule.of or not rule.of.isdisjoint(track.roles)) and (
        not rule.beside or not rule.beside.isdisjoint(beside)
    )


def _counts(change: ChangePoint) -> bool:
    return change.verdict in BAD and change.severity is not Severity.NONE


def _few(found: Sequence[Hint], order: dict[str, int], common: frozenset[str]) -> list[Hint]:
    """Return the hints that are shown: one of a rule for a benchmark and commit, three for each benchmark at each."""
    merged: dict[tuple[str, str, int | None], Hint] = {}
    for hint in found:
        key = hint.series[0]
        place = hint.rule, key.environment if hint.rule in common else key.benchmark, hint.commit
        known = merged.get(place)
        merged[place] = hint if known is None else _merge(known, hint)
    kept: list[Hint] = []
    counts: dict[tuple[str, int | None], int] = {}
    for hint in sorted(merged.values(), key=lambda hint: _rank(hint, order)):
        at = hint.series[0].benchmark, hint.commit
        counts[at] = counts.get(at, 0) + 1
        if counts[at] <= MOST_HINTS:
            kept.append(hint)
    return kept


def _merge(one: Hint, other: Hint) -> Hint:
    """Return the surer, larger one of two hints of a rule at a commit, with the series of both."""
    lead, rest = sorted((one, other), key=lambda hint: (-hint.confidence, -hint.size, hint.series[0]))
    series: list[SeriesKey] = list(dict.fromkeys((*lead.series, *rest.series)))
    return replace(lead, series=tuple(series), is_current=one.is_current or other.is_current)


def _rank(hint: Hint, order: dict[str, int]) -> tuple[object, ...]:
    commit = hint.commit if hint.commit is not None else float("inf")
    return commit, -hint.confidence, order.get(hint.rule, len(order)), -hint.size, hint.series[0]


def most_telling(hints: Iterable[Hint], most: int = MOST_HINTS) -> tuple[Hint, ...]:
    """Return the hints that a page shows first: the surest, those of the newest commit before older ones."""
    return tuple(
        sorted(
            hints,
            key=lambda hint: (
                -hint.confidence if hint.commit is not None or hint.confidence is Confidence.HIGH else 0,
                -(hint.commit if hint.commit is not None else -1),
            ),
        )[:most]
    )
