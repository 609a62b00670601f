"""Alerts: what a channel was told of an incident, so that it is told once, whatever more runs make of the incident."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from perfsite.model.event import Event

if TYPE_CHECKING:
    from datetime import datetime

    from perfsite.model.series import SeriesKey


class AlertState(StrEnum):
    """What an alert says of its incident: suspected at first sight, sure, back again, over, or nobody's worry.

    The last is told only where an alert stays open until it is closed: pages and issues.
    """

    NEW = "new"
    CONFIRMED = "confirmed"
    REOPENED = "reopened"
    FIXED = "fixed"
    IGNORED = "ignored"


OVER: tuple[AlertState, ...] = (AlertState.FIXED, AlertState.IGNORED)
"""What closes an alert."""


class Outcome(StrEnum):
    """What became of an alert.

    `HELD` is kept for later (quiet hours, a digest). `SENDING` is a claim: whoever stored it sends it, nobody else.
    `SENT` and `FAILED` end a claim; one that neither ended is from a process that died on the way.
    """

    HELD = "held"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentNotified(Event):
    """A step of telling a channel of an incident.

    `channel` is its name in the settings, never its address. `incident`, `good`, `bad` and `series` name the incident
    as a decision does (`perfsite.model.incident.IncidentDecided`), so that it is found again and keeps its id although
    more runs moved its change. `claim` is the id of the event that is ended; None where this is not an end, whose
    `series` are left out.
    """

    incident: str
    state: AlertState
    channel: str
    outcome: Outcome
    good: str | None
    bad: str
    series: tuple[SeriesKey, ...] = ()
    claim: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelStarted(Event):
    """The first time that a channel was served: of incidents whose culprit is older than `since` it is told nothing."""

    channel: str
    since: datetime
