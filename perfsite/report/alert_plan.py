"""The plan of a notification: which channel is told what, what waits, and what is too old to be told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.incidents.telling import Known, ends_of, known_to, to_tell
from perfsite.incidents.timing import is_time, is_urgent
from perfsite.model.alert import OVER, AlertState, ChannelStarted
from perfsite.model.findings import SEVERITIES
from perfsite.model.incident import IncidentState
from perfsite.report.alerts import groups_of

if TYPE_CHECKING:
    from perfsite.config.notify import Channel, NotifySettings
    from perfsite.model.alert import IncidentNotified, Outcome
    from perfsite.model.event import Event
    from perfsite.model.incident import Incident
    from perfsite.report.context import Context

ENOUGH_RUNS: Final = 2
"""Runs that say that an incident is over."""
RECENT_COMMITS: Final = 5
"""Newest measured commits whose incidents are told at first, however long ago they were: some measure once a month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a channel is to be told of one incident.

    `incident` is None for one that is not found any more; then `told` is what was told of it last. `was_held` says that
    it is kept already, `is_doubtful` that a process that died may have told it.
    """

    state: AlertState
    incident: Incident | None
    told: IncidentNotified | None = None
    owners: tuple[str, ...] = ()
    was_held: bool = False
    is_doubtful: bool = False

    @property
    def id(self) -> str:
        """Return the incident's id."""
        if self.incident is not None:
            return self.incident.id
        if self.told is None:
            raise ValueError("a turn is of an incident, or of what was told of one")
        return self.told.incident


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPlan:
    """What one channel is told now, what is kept for it, and how many incidents are older than `since`.

    `is_first` tells that the channel has not been served before; `resting` counts what failed so often that it is not
    tried before tomorrow.
    """

    channel: Channel
    since: datetime | None
    is_first: bool
    send: tuple[Turn, ...] = ()
    hold: tuple[Turn, ...] = ()
    passed_over: int = 0
    resting: int = 0


@dataclass(frozen=True, slots=True)
class Ground:
    """What a plan is made from: the incidents as they are, what was told and decided, and the time."""

    context: Context
    events: Sequence[Event]
    settings: NotifySettings
    now: datetime
    since: datetime | None = None
    """Asked for by whoever calls, instead of when a channel started."""
    staying: Collection[str] = ()
    """Channels, by name, at which an alert is open until it is closed."""

    @property
    def ends(self) -> Mapping[str, Outcome]:
        """Return how claims ended."""
        return ends_of(self.events)


def plan_for(ground: Ground, channel: Channel) -> ChannelPlan:
    """Return what one channel is told."""
    started = min((one.since for one in _starts(ground.events, channel.name)), default=None)
    since = ground.since or started or _first_since(ground)
    turns, passed, resting, ends = [], 0, 0, ground.ends
    for incident in ground.context.judged.incidents:
        known = known_to(channel.name, incident.told, ends, ground.now)
        turn = _turn(ground, channel, incident, known)
        if turn is None:
            continue
        if _is_too_old(ground, incident, known, since):
            passed += 1
        elif known.is_resting(ground.now):
            resting += 1
        else:
            turns.append((turn, known.held))
    turns += _withdrawn(ground, channel)
    send, hold = _timed(ground, channel, turns)
    return ChannelPlan(
        channel=channel,
        since=since,
        is_first=started is None,
        send=send,
        hold=hold,
        passed_over=passed,
        resting=resting,
    )


def _starts(events: Iterable[Event], name: str) -> Iterable[ChannelStarted]:
    return (one for one in events if isinstance(one, ChannelStarted) and one.channel == name)


def _first_since(ground: Ground) -> datetime | None:
    """Return how old a culprit may be for a channel that was never told anything; None: nothing tells times."""
    times = [commit.time for commit in ground.context.timeline.commits if commit.time is not None]
    if not times:
        return None
    recent = [commit.time for commit in ground.context.timeline.commits[-RECENT_COMMITS:] if commit.time is not None]
    return min([max(times) - timedelta(days=ground.settings.days), *recent])


def _turn(ground: Ground, channel: Channel, incident: Incident, known: Known) -> Turn | None:
    route = channel.route
    state = to_tell(incident, known, route.states, stays_open=channel.name in ground.staying)
    if state is None or (state is AlertState.FIXED and not _has_lasted(ground, incident)):
        return None
    owners = owners_of(ground, incident)
    if not known.has_heard and not (
        SEVERITIES.index(incident.severity) >= SEVERITIES.index(route.severity)
        and route.takes_one_of(_environments(ground, incident), groups_of(ground.context, incident), owners)
    ):
        return None
    return Turn(
        state=state,
        incident=incident,
        owners=owners,
        was_held=known.held is not None,
        is_doubtful=known.unsure is state,
    )


def _has_lasted(ground: Ground, incident: Incident) -> bool:
    """Whether more than one run says that an incident is over, or somebody's decision does.

    A single good run among bad ones is noise, and the next one takes back what it said.
    """
    series, decided = ground.context.timeline.series, ground.context.judged.decided
    return all(
        np.count_nonzero(series[one.series].commits >= one.over) >= ENOUGH_RUNS
        or (one.series in decided and bool(decided[one.series].accepted))
        for one in incident.members
        if one.over is not None and one.over == incident.fixed_at
    )


def owners_of(ground: Ground, incident: Incident) -> tuple[str, ...]:
    """Return who owns series of an incident, those of its worst series first."""
    series = ground.context.timeline.series
    members = incident.standing or incident.members
    found = (ground.settings.owner_of(series[one.series].key, series[one.series].unit) for one in members)
    return tuple(dict.fromkeys(owner for owner in found if owner is not None))


def _environments(ground: Ground, incident: Incident) -> list[str]:
    series = ground.context.timeline.series
    return sorted({series[member.series].key.environment for member in incident.members})


def _is_too_old(ground: Ground, incident: Incident, known: Known, since: datetime | None) -> bool:
    """Whether an incident began before a channel did, and nobody there has heard of it or brought it up again."""
    if known.has_heard or incident.state is IncidentState.REOPENED:
        return False
    time = ground.context.timeline.commits[incident.commit].time
    return incident.is_old or (time is not None and since is not None and time < since)


def _withdrawn(ground: Ground, channel: Channel) -> list[tuple[Turn, datetime | None]]:
    """Return the ends of incidents that a channel was told of and that the analysis does not find any more.

    Only where the commit and a series of it are still there: a history that could not be read proves nothing.
    """
    if AlertState.FIXED not in channel.route.states:
        return []
    timeline = ground.context.timeline
    shas = {commit.sha for commit in timeline.commits}
    keys = {series.key for series in timeline.series if len(series)}
    found, ends = [], ground.ends
    for told in ground.context.judged.gone.values():
        known = known_to(channel.name, told, ends, ground.now)
        newest = told[-1]
        heard = known.last or known.unsure
        if (
            heard in (None, *OVER)
            or known.is_resting(ground.now)
            or newest.bad not in shas
            or not keys.intersection(newest.series)
        ):
            continue
        turn = Turn(state=AlertState.FIXED, incident=None, told=newest, is_doubtful=known.unsure is AlertState.FIXED)
        found.append((replace(turn, was_held=known.held is not None), known.held))
    return found


def _timed(
    ground: Ground, channel: Channel, turns: Sequence[tuple[Turn, datetime | None]]
) -> tuple[tuple[Turn, ...], tuple[Turn, ...]]:
    """Return what goes out now and what waits: all that waits goes out together."""
    route = channel.route
    oldest = min((held for _, held in turns if held is not None), default=None)
    if is_time(route, oldest, ground.now):
        return tuple(turn for turn, _ in turns), ()
    urgent = [
        turn for turn, _ in turns if turn.incident is not None and is_urgent(route, turn.state, turn.incident.severity)
    ]
    return tuple(urgent), tuple(turn for turn, _ in turns if turn not in urgent)
