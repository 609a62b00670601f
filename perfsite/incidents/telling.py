"""Telling: what a channel is to be told of an incident, after what it was told before.

An alert is told once for each turn that an incident takes:

    suspected -> new    confirmed -> confirmed    back again -> reopened    over -> fixed    ignored -> ignored

Ignored is told only to what keeps an alert open until it is closed, a page or an issue, and only where it is open.

Confirmed is what later runs confirmed and what is at least 90 % sure to be real and large enough to matter: of nine
confirmed incidents in 100 commits of a published history five were less sure, and three of those gone in the end.

A turn that was told is not told again, whatever becomes of the incident's id, culprit or size; `fixed` is told to those
who know of the incident only. `reopened` is what somebody decided on and that is open again, or what was told to be
fixed and stands after all. The latter is the analysis in doubt of a small change, for a series that gets worse again
does so at another commit, which is another incident; in 150 commits of a published history one incident went to and fro
four times. So it is told once, and once more only after somebody decided.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from perfsite.incidents.rank import SURE
from perfsite.model.alert import OVER, AlertState, IncidentNotified, Outcome
from perfsite.model.incident import DECIDED, IncidentKind, IncidentState

if TYPE_CHECKING:
    from perfsite.model.event import Event
    from perfsite.model.incident import Incident

MOST_FAILURES: Final = 3
REST: Final = timedelta(days=1)
LEASE: Final = timedelta(minutes=15)
"""How long a claim that nobody ended is respected: its process may still be sending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a channel knows of an incident.

    `last` is what it was told last; None: nothing. `reopened` is when it was last told that it is back, `held` the time
    since when something is kept for it. `unsure` is what a process that died may have told it. `failures` counts what
    did not arrive since something last did; the newest at `failed`.
    """

    last: AlertState | None = None
    reopened: datetime | None = None
    held: datetime | None = None
    unsure: AlertState | None = None
    failures: int = 0
    failed: datetime | None = None

    @property
    def has_heard(self) -> bool:
        """Whether something was told there, or may have been, or waits."""
        return self.last is not None or self.held is not None or self.unsure is not None

    def is_resting(self, now: datetime) -> bool:
        """Whether the channel failed so often that it is not tried before tomorrow: each try is two lines for ever."""
        return self.failed is not None and self.failures >= MOST_FAILURES and now - self.failed < REST


def ends_of(events: Iterable[Event]) -> dict[str, Outcome]:
    """Return how claims ended, by their ids; one that was sent after all was sent."""
    ends: dict[str, Outcome] = {}
    for event in events:
        if isinstance(event, IncidentNotified) and event.claim is not None and ends.get(event.claim) != Outcome.SENT:
            ends[event.claim] = event.outcome
    return ends


def known_to(channel: str, told: Iterable[IncidentNotified], ends: Mapping[str, Outcome], now: datetime) -> Known:
    """Return what a channel knows of an incident.

    Parameters
    ----------
    told
        What all channels were told of the incident, oldest first.
    ends
        How claims ended, by their ids.
    """
    known = Known()
    for event in told:
        if event.channel != channel or event.claim is not None:
            continue
        if event.outcome is Outcome.HELD:
            known = replace(known, held=known.held or event.time)
            continue
        end = ends.get(event.id or "")
        if end is Outcome.SENT or (end is None and now - event.time < LEASE):
            is_back = event.state is AlertState.REOPENED
            known = Known(last=event.state, reopened=event.time if is_back else known.reopened)
        elif end is None:
            known = replace(known, unsure=event.state)
        else:
            known = replace(known, failures=known.failures + 1, failed=event.time)
    return known


def turn_of(incident: Incident) -> AlertState | None:
    """Return where an incident stands, as an alert would say it; None where there is nothing to tell.

    Nothing is told of improvements, of what somebody has acknowledged, nor of series that are not measured any more.
    """
    if incident.kind is IncidentKind.IMPROVEMENT:
        return None
    if incident.state is IncidentState.IGNORED:
        return AlertState.IGNORED
    if incident.state is IncidentState.FIXED:
        return AlertState.FIXED
    if not incident.is_open or incident.state is IncidentState.ACKNOWLEDGED:
        return None
    if incident.state is IncidentState.REOPENED and incident.confirmed:
        return AlertState.REOPENED
    return AlertState.CONFIRMED if incident.confirmed and incident.confidence >= SURE else AlertState.NEW


def to_tell(
    incident: Incident, known: Known, states: Collection[AlertState], *, stays_open: bool = False
) -> AlertState | None:
    """Return what a channel that takes some states is to be told of an incident now; None: nothing.

    `stays_open` tells that an alert is open there until it is closed, as a page or an issue is.
    """
    state = _next(incident, known, turn_of(incident))
    if state is AlertState.IGNORED:
        return state if stays_open and AlertState.FIXED in states else None
    if state is AlertState.FIXED and not known.has_heard and AlertState.CONFIRMED in states:
        # Nobody there heard that it began.
        return None
    return state if state in states else None


def _next(incident: Incident, known: Known, turn: AlertState | None) -> AlertState | None:
    last = known.last
    match turn:
        case AlertState.NEW:
            return turn if last is None else None
        case AlertState.FIXED:
            return turn if last not in OVER else None
        case AlertState.IGNORED:
            # What may have been told by a process that died may be open, too.
            return turn if (known.unsure or last) not in (None, *OVER) else None
        case AlertState.CONFIRMED if last in (None, AlertState.NEW):
            return turn
        case AlertState.CONFIRMED | AlertState.REOPENED:
            is_back = turn is AlertState.REOPENED or last in OVER
            is_told = known.reopened is not None and not _is_decided_since(incident, known.reopened)
            return AlertState.REOPENED if is_back and not is_told else None
        case _:
            return None


def _is_decided_since(incident: Incident, time: datetime) -> bool:
    """Whether somebody acknowledged or ignored an incident, so that it can be reopened once more."""
    closing = [state for state in DECIDED if state is not IncidentState.REOPENED]
    return any(one.state in closing and one.time > time for one in incident.decisions)
