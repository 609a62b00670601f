"""Rules that other packages bring: found by entry point, checked, and kept from stopping a build."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from perfsite import plugins
from perfsite.errors import ConfigError
from perfsite.hints.rules import RULES
from perfsite.hints.rules.base import Asks, HintRule
from perfsite.model.hint import Confidence, Hint

if TYPE_CHECKING:
    from perfsite.hints.evidence import Evidence

GROUP: Final = "perfsite.hints"
"""Entry point group of rules that other packages bring."""
OWN: Final = {rule.name: "perfsite.hints.rules" for rule in RULES}
LONGEST: Final = 600
"""Most characters of a text of a plug-in's hint."""


class Plugged:
    """A rule of somebody else's: asked until it breaks, then named and asked no more.

    Parameters
    ----------
    name
        The entry point's.
    find
        Its function `hint`.
    notes
        Where what is wrong with it is said.
    """

    def __init__(self, name: str, find: Callable[[Evidence], object], notes: list[str]) -> None:
        self._name, self._find, self._notes = name, find, notes
        self._is_broken = False

    def __call__(self, evidence: Evidence) -> Hint | None:
        """Return the plug-in's hint, if it has one that can be shown."""
        if self._is_broken:
            return None
        try:
            found = self._find(evidence)
        except plugins.BROKEN as error:
            self._give_up(f"{type(error).__name__}: {error}")
            return None
        fault = _fault(found)
        if fault is not None:
            self._give_up(fault)
        return found if isinstance(found, Hint) and fault is None else None

    def _give_up(self, why: str) -> None:
        self._is_broken = True
        self._notes.append(f"the hint rule '{self._name}' is broken and was left out: {why[:300]}")


def _fault(found: object) -> str | None:
    """Return what is wrong with what a plug-in returned; None where it can be shown."""
    if found is None:
        return None
    if not isinstance(found, Hint):
        return f"it returned {type(found).__name__}, not a Hint or None"
    texts = (found.sentence, found.because, found.next_step)
    if not all(isinstance(text, str) and 0 < len(text) <= LONGEST for text in texts):
        return f"sentence, because and next_step must be texts of 1 to {LONGEST} characters"
    if not isinstance(found.confidence, Confidence) or not found.series:
        return "a hint needs a confidence and a series"
    return None


def installed_rules(notes: list[str], off: Sequence[str] = ()) -> tuple[HintRule, ...]:
    """Return the rules that installed packages bring, by name, those in `off` left out.

    What cannot be loaded is added to `notes`, as is a name in `off` that no rule has.
    """
    found: list[HintRule] = []
    names = plugins.installed(GROUP, OWN)
    notes += [f"[hints] off: there is no rule '{name[:60]}'" for name in off if name not in OWN and name not in names]
    for name in names:
        if name in off:
            continue
        try:
            plug = plugins.load(GROUP, name, OWN, kind="hint rule")
        except ConfigError as error:
            notes.append(f"the hint rule '{name}' was left out: {error.problem}")
            continue
        find = getattr(plug, "hint", None)
        if not callable(find):
            notes.append(f"the hint rule '{name}' was left out: it has no function `hint`")
            continue
        rule = Plugged(name, find, notes)
        title = getattr(plug, "TITLE", name)
        found += [HintRule(name=name, title=str(title)[:LONGEST], needs="", asks=asks, find=rule) for asks in Asks]
    return tuple(found)
