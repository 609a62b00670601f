"""States: what people decided and what became of the level since make where an incident stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from perfsite.model.findings import Verdict
from perfsite.model.incident import IncidentState

if TYPE_CHECKING:
    from datetime import datetime

    from perfsite.model.incident import IncidentDecided, Member

GROWN: Final = 1.5
"""So many times the size that was decided on is more than anybody agreed to."""
GROWN_BY: Final = 0.02
"""And by this at least, a fraction: small sizes are known less well."""
SPREAD: Final = 2
"""The same for the number of members; more than a stray one."""
SPREAD_BY: Final = 3


@dataclass(frozen=True, slots=True)
class Standing:
    """What an incident is now: its members and its size, a fraction."""

    members: Sequence[Member]
    size: float


def state_of(now: Standing, decisions: Sequence[IncidentDecided], time: datetime | None) -> tuple[IncidentState, str]:
    """Return the state of an incident, and why where nobody decided it.

    Parameters
    ----------
    decisions
        On this incident, oldest first: the newest counts.
    time
        The newest commit's, which stands for now; None: not known, then no decision ends.

    Notes
    -----
    A regression that is over is fixed, whatever was decided, unless it was to be ignored. What was acknowledged or
    ignored is reopened when it turns out to be clearly larger, or to have clearly more members, than what was decided
    on; and acknowledged only for a time, when that has passed. A series that gets worse again later changed at another
    commit: that is another incident, which names this one.
    """
    state, why = IncidentState.NEW, ""
    if decisions:
        state = decisions[-1].state
        why = _no_longer(now, decisions[-1], time)
        if why:
            state = IncidentState.REOPENED
    regressions = [member for member in now.members if member.verdict is Verdict.REGRESSION]
    if state is IncidentState.IGNORED or not regressions or any(member.standing for member in regressions):
        return state, why
    if all(member.over is None for member in regressions):
        return state, "its series are no longer measured"
    return IncidentState.FIXED, "the level is back, or was accepted"


def _no_longer(now: Standing, decision: IncidentDecided, time: datetime | None) -> str:
    """Return why a decision does not count any more; empty where it does."""
    if decision.state is IncidentState.REOPENED:
        return ""
    if decision.until is not None and time is not None and time >= decision.until:
        return f"{decision.state} until {decision.until:%Y-%m-%d}, and that has passed"
    if now.size >= max(decision.size * GROWN, decision.size + GROWN_BY):
        return f"it has grown from {decision.size:.1%} to {now.size:.1%} since it was {decision.state}"
    count = len(now.members)
    if count >= max(decision.members * SPREAD, decision.members + SPREAD_BY):
        return f"it has grown from {decision.members} to {count} series since it was {decision.state}"
    return ""
