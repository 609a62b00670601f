"""The event kind `incident-state`: an incident is acknowledged, ignored or reopened."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from typing import Any, Final

from perfsite.history import checks, jsonline
from perfsite.history.checks import FaultError
from perfsite.model.incident import DECIDED, IncidentDecided, IncidentState
from perfsite.model.run import is_environment_name
from perfsite.model.series import SeriesKey

TYPE: Final = "incident-state"
ID: Final = re.compile(r"[0-9a-f]{4,64}\Z")
_STATES: Final = {str(state): state for state in DECIDED}


def record(event: IncidentDecided) -> dict[str, Any]:
    """Return what this kind adds to the record, as JSON values; keys in the order of the schema."""
    return {
        "incident": event.incident,
        "state": str(event.state),
        "good": event.good,
        "bad": event.bad,
        "series": [
            {
                "benchmark": key.benchmark,
                **({"parameters": dict(key.parameters)} if key.parameters else {}),
                "metric": key.metric,
                "environment": key.environment,
            }
            for key in event.series
        ],
        "size": event.size,
        "members": event.members,
        "until": None if event.until is None else jsonline.time_text(event.until, "$.until"),
    }


def event(record: Mapping[str, Any], common: Mapping[str, Any]) -> IncidentDecided:
    """Return the event of a record of today's version, every part checked; `common` are the fields of every event."""
    incident, state = record.get("incident"), record.get("state")
    if not isinstance(incident, str) or not ID.match(incident):
        raise checks.expected("$.incident", "4 to 64 lower-case hex digits", incident)
    if not isinstance(state, str) or state not in _STATES:
        raise checks.expected("$.state", ", ".join(_STATES), state)
    good = record.get("good")
    members = checks.optional_positive(record.get("members"), "$.members")
    return IncidentDecided(
        **common,
        incident=incident,
        state=_STATES[state],
        good=None if good is None else checks.sha(good, "$.good"),
        bad=checks.sha(record.get("bad"), "$.bad"),
        series=_series(record.get("series")),
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


def _series(listed: Any) -> tuple[SeriesKey, ...]:
    if not isinstance(listed, list):
        raise checks.expected("$.series", "a list of series", listed)
    found: dict[SeriesKey, None] = {}
    for i, item in enumerate(listed):
        path = f"$.series[{i}]"
        values = checks.mapping(item, path)
        parameters = checks.mapping(values.get("parameters", {}), f"{path}.parameters")
        for name, text in parameters.items():
            checks.text(name, f"{path}.parameters")
            if not isinstance(text, str) or len(text) > checks.MAX_TEXT:
                raise checks.expected(f"{path}.parameters.{name[:60]}", "text", text)
        environment = checks.text(values.get("environment"), f"{path}.environment")
        if not is_environment_name(environment):
            raise checks.expected(f"{path}.environment", "an environment name", environment)
        key = SeriesKey(
            benchmark=checks.text(values.get("benchmark"), f"{path}.benchmark"),
            parameters=tuple(sorted(parameters.items())),
            metric=checks.text(values.get("metric"), f"{path}.metric"),
            environment=environment,
        )
        if key in found:
            raise FaultError(path, f"{checks.found(key.benchmark)} is there twice")
        found[key] = None
    return tuple(found)
