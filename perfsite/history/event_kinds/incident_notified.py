"""The event kind `incident-notified`: a channel is told of an incident, or was, or is to be later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from perfsite.history import checks, jsonline
from perfsite.history.event_kinds import incident_place
from perfsite.history.event_kinds.channel_started import channel_of
from perfsite.model.alert import AlertState, IncidentNotified, Outcome

TYPE: Final = "incident-notified"
_STATES: Final = {str(state): state for state in AlertState}
_OUTCOMES: Final = {str(outcome): outcome for outcome in Outcome}


def record(event: IncidentNotified) -> dict[str, Any]:
    """Return what this kind adds to the record, as JSON values; keys in the order of the schema."""
    return {
        "incident": event.incident,
        "state": str(event.state),
        "channel": event.channel,
        "outcome": str(event.outcome),
        "good": event.good,
        "bad": event.bad,
        "series": incident_place.series_record(event.series) or None,
        "claim": event.claim,
    }


def event(record: Mapping[str, Any], common: Mapping[str, Any]) -> IncidentNotified:
    """Return the event of a record of today's version, every part checked; `common` are the fields of every event."""
    claim, series = record.get("claim"), record.get("series")
    if claim is not None and not (isinstance(claim, str) and jsonline.ID.match(claim)):
        raise checks.expected("$.claim", "the id of an event (32 lower-case hex digits), or null", claim)
    return IncidentNotified(
        **common,
        incident=incident_place.identity_of(record.get("incident")),
        state=_one_of(_STATES, record, "state"),
        channel=channel_of(record),
        outcome=_one_of(_OUTCOMES, record, "outcome"),
        good=incident_place.good_of(record.get("good")),
        bad=checks.sha(record.get("bad"), "$.bad"),
        series=() if series is None else incident_place.series_of(series),
        claim=claim,
    )


def describe(event: IncidentNotified) -> str:
    """Return the event in a few words, for messages."""
    return f"incident {event.incident} to {event.channel}: {event.outcome}"


def _one_of(known: Mapping[str, Any], record: Mapping[str, Any], name: str) -> Any:
    value = record.get(name)
    if not isinstance(value, str) or value not in known:
        raise checks.expected(f"$.{name}", ", ".join(known), value)
    return known[value]
