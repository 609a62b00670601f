"""What a rule is: a name, what it asks of the evidence, and the function that finds the hint or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from perfsite.model.hint import Confidence, Hint

if TYPE_CHECKING:
    from perfsite.hints.evidence import Evidence, Track
    from perfsite.hints.roles import Role


class Asks(Enum):
    """When a rule is asked."""

    AT_CHANGE = auto()
    """At each change point that made its series worse, or may have."""
    AS_IT_STANDS = auto()
    """Once for each series that is still measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HintRule:
    """One rule; `of` are the roles that the finding's metric must have one of, `beside` those that a sibling must.

    Empty sets ask for nothing. `title` says what the rule finds, `needs` which recorded data it needs, both for the
    page on methods.
    """

    name: str
    title: str
    needs: str
    asks: Asks
    find: Callable[[Evidence], Hint | None]
    of: frozenset[Role] = frozenset()
    beside: frozenset[Role] = frozenset()
    is_common: bool = False
    """Whether it says the same of all benchmarks of an environment, and is told once at each commit."""
    is_whole: bool = False
    """Whether it explains the change so far that rules which look into the code are not asked after it."""
    is_of_code: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a hint says: the sentence with its figures, why it is as sure as it is, and the next step."""

    sentence: str
    because: str
    next_step: str


def at_change(
    evidence: Evidence,
    confidence: Confidence,
    words: Words,
    figures: Mapping[str, float],
    others: Sequence[Track] = (),
) -> Hint:
    """Return a hint at the evidence's change point; the runner fills in the name of its rule."""
    return Hint(
        rule="",
        series=(evidence.track.key, *(track.key for track in others)),
        sentence=words.sentence,
        confidence=confidence,
        because=words.because,
        next_step=words.next_step,
        figures=figures,
        commit=evidence.commit,
        previous=evidence.previous,
        size=abs(evidence.delta) if evidence.delta == evidence.delta else 0.0,
        is_current=evidence.change is not None and evidence.track.is_open(evidence.change),
    )


def as_it_stands(
    evidence: Evidence, confidence: Confidence, words: Words, figures: Mapping[str, float], size: float
) -> Hint:
    """Return a hint on the evidence's series as it stands; `size` ranks it, as a fraction of the series' level."""
    return Hint(
        rule="",
        series=(evidence.track.key,),
        sentence=words.sentence,
        confidence=confidence,
        because=words.because,
        next_step=words.next_step,
        figures=figures,
        size=size,
    )
