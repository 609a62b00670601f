"""The event kind `incident-state`: an incident is acknowledged, ignored or reopened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from typing import Any, Final

from perfsite.history import checks, jsonline
from perfsite.history.event_kinds import incident_place
from perfsite.model.incident import DECIDED, IncidentDecided, IncidentState

TYPE: Final = "incident-state"
_STATES: Final = {str(state): state for state in DECIDED}


def record(event: IncidentDecided) -> dict[str, Any]:
    """Return what this kind adds to the record, as JSON values; keys in the order of the schema."""
    return {
        "incident": event.incident,
        "state": str(event.state),
        "good": event.good,
        "bad": event.bad,
        "series": incident_place.series_record(event.series),
        "size": event.size,
        "members": event.members,
        "until": None if event.until is None else jsonline.time_text(event.until, "$.until"),
    }


def event(record: Mapping[str, Any], common: Mapping[str, Any]) -> IncidentDecided:
    """Return the event of a record of today's version, every part checked; `common` are the fields of every event."""
    incident, state = incident_place.identity_of(record.get("incident")), record.get("state")
    if not isinstance(state, str) or state not in _STATES:
        raise checks.expected("$.state", ", ".join(_STATES), state)
    members = checks.optional_positive(record.get("members"), "$.members")
    return IncidentDecided(
        **common,
        incident=incident,
        state=_STATES[state],
        good=incident_place.good_of(record.get("good")),
        bad=checks.sha(record.get("bad"), "$.bad"),
        series=incident_place.series_of(record.get("series")),
        size=_size(record.get("size")),
        members=1 if members is None else members,
        until=_until(record.get("until")),
    )


def describe(event: IncidentDecided) -> str:
    """Return the event in a few words, for messages."""
    return f"incident {event.incident} {IncidentState(event.state)}"


def _until(value: Any) -> datetime | None:
    return None if value is None else checks.time(value, "$.until")


def _size(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise checks.expected("$.size", "a fraction of 0 or more", value)
    size = float(value) if abs(value) <= checks.MAX_INTEGER or isinstance(value, float) else float("inf")
    if not isfinite(size):
        raise checks.expected("$.size", "a fraction of 0 or more", value)
    return size
