"""Claims: who tells a channel what, settled in the history before anything is sent.

Two runs that find the same alert at the same time both want to tell it. Each stores a claim first, with the plan made
anew from what the history holds at that moment; the branch moves for one of them, and the other finds the claim when it
looks again. What then happened to a message is stored after it: sent, or failed, which gives the alert back. A run that
dies between the two leaves a claim without an end; a quarter of an hour later another run tells it again and says that
it may have been read before. So an alert is told once as long as nothing dies, twice at worst, and never not at all.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from perfsite.history.events import decode, encode
from perfsite.model.alert import ChannelStarted, IncidentNotified, Outcome
from perfsite.model.event import Event
from perfsite.report.alert_plan import plan_for
from perfsite.report.context import Context
from perfsite.workflow.incidents import incidents_of
from perfsite.workflow.triage import NAMED_MEMBERS

if TYPE_CHECKING:
    from datetime import datetime

    from perfsite.config import Settings
    from perfsite.config.notify import Channel
    from perfsite.report.alert_plan import ChannelPlan, Ground, Turn
    from perfsite.workflow.keeping import Kept

_AUTHOR: Final = "perfsite notify"
_E = TypeVar("_E", bound=Event)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A turn with the claim that gives it to this run."""

    turn: Turn
    claim: IncidentNotified


class Claims:
    """What this run may tell.

    Parameters
    ----------
    ground
        What was known when the history was read.
    channels
        Those that are served.
    """

    def __init__(self, ground: Ground, channels: Sequence[Channel], settings: Settings) -> None:
        self.ground = ground
        self.plans: list[ChannelPlan] = []
        self._channels = channels
        self._settings = settings
        # Whoever reads the history sees which lines one run wrote; and no two runs' lines are equal.
        self._author = f"{_AUTHOR} {secrets.token_hex(4)}"
        self._claimed: dict[str, list[Claimed]] = {}

    def store(self, kept: Kept) -> None:
        """Store what is claimed and what is kept for later; nothing is, where there is nothing to tell."""
        self.plan()
        if any(plan.send or plan.is_first or any(not turn.was_held for turn in plan.hold) for plan in self.plans):
            kept.store.append_chosen(self._choose)

    def of(self, channel: Channel) -> Sequence[Claimed]:
        """Return what this run tells a channel."""
        return self._claimed.get(channel.name, ())

    def end(self, kept: Kept, ended: Iterable[tuple[Claimed, Outcome]], now: datetime) -> None:
        """Store what became of claims."""
        time = self._after(self.ground.events, now)
        events = [
            replace(one.claim, id=None, time=time, outcome=outcome, good=None, series=(), claim=one.claim.id)
            for one, outcome in ended
        ]
        kept.store.append_events(events)

    def _choose(self, stored: tuple[Event, ...]) -> list[Event]:
        """Return what to store, knowing what is stored."""
        mine: list[Event] = [event for event in stored if event.author == self._author]
        if mine:
            return mine
        known = {event.id for event in self.ground.events}
        self.plan([event for event in stored if event.id not in known])
        time = self._after([*self.ground.events, *stored], self.ground.now)
        chosen: list[Event] = []
        self._claimed = {}
        for plan in self.plans:
            name = plan.channel.name
            if plan.is_first and plan.since is not None:
                since = plan.since if plan.since.tzinfo else plan.since.replace(tzinfo=UTC)
                chosen.append(_final(ChannelStarted(time=time, author=self._author, channel=name, since=since)))
            chosen += [_final(self._event(turn, name, Outcome.HELD, time)) for turn in plan.hold if not turn.was_held]
            for turn in plan.send:
                claim = _final(self._event(turn, name, Outcome.SENDING, time))
                self._claimed.setdefault(name, []).append(Claimed(turn, claim))
                chosen.append(claim)
        return chosen

    def plan(self, new: Sequence[Event] = ()) -> None:
        """Make the plans, with events that were not there when the history was read."""
        if new:
            self.ground = _with_events(self.ground, new, self._settings)
        self.plans = [plan_for(self.ground, channel) for channel in self._channels]

    @staticmethod
    def _after(events: Iterable[Event], now: datetime) -> datetime:
        """Return a time after all that is stored, whatever the clocks of those who stored it said."""
        newest = max((event.time for event in events), default=now)
        return now if newest < now else newest + timedelta(microseconds=1)

    def _event(self, turn: Turn, channel: str, outcome: Outcome, time: datetime) -> IncidentNotified:
        incident, told = turn.incident, turn.told
        if incident is None:
            if told is None:
                raise ValueError("a turn is of an incident, or of what was told of one")
            return replace(
                told, id=None, time=time, author=self._author, state=turn.state, channel=channel, outcome=outcome
            )
        timeline = self.ground.context.timeline
        keys = dict.fromkeys(timeline.series[member.series].key for member in incident.members)
        return IncidentNotified(
            time=time,
            author=self._author,
            incident=incident.id,
            state=turn.state,
            channel=channel,
            outcome=outcome,
            good=timeline.commits[incident.good].sha if incident.good >= 0 else None,
            bad=timeline.commits[incident.commit].sha,
            series=tuple(keys)[:NAMED_MEMBERS],
        )


def _final(event: _E) -> _E:
    """Return an event as it is stored, with its id."""
    return replace(event, id=decode(encode(event), where="").id)


def _with_events(ground: Ground, new: Sequence[Event], settings: Settings) -> Ground:
    """Return the ground with events that somebody stored since; incidents may have other ids by them."""
    events = (*ground.events, *new)
    judged = ground.context.judged
    found = incidents_of(judged.timeline, judged.judgements, settings, events)
    before = {incident.commit: incident.id for incident in judged.incidents}
    culprits = {
        incident.id: judged.culprits[before[incident.commit]]
        for incident in found.all
        if before.get(incident.commit) in judged.culprits
    }
    context = Context(replace(judged, incidents=found.all, gone=found.gone, culprits=culprits))
    return replace(ground, context=context, events=events)
