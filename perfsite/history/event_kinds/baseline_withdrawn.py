"""The event kind `baseline-withdrawn`: what was pinned or accepted no longer counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from perfsite.history import checks, jsonline
from perfsite.history.event_kinds.selectors import selector_of, selector_record
from perfsite.model.event import BaselineWithdrawn

TYPE: Final = "baseline-withdrawn"


def record(event: BaselineWithdrawn) -> dict[str, Any]:
    """Return what this kind adds to the record, as JSON values; keys in the order of the schema."""
    return {"decision": event.decision, "series": selector_record(event.series)}


def event(record: Mapping[str, Any], common: Mapping[str, Any]) -> BaselineWithdrawn:
    """Return the event of a record of today's version, every part checked; `common` are the fields of every event."""
    decision = record.get("decision")
    if decision is not None and not (isinstance(decision, str) and jsonline.ID.match(decision)):
        raise checks.expected("$.decision", "the id of an event (32 lower-case hex digits), or null", decision)
    return BaselineWithdrawn(**common, decision=decision, series=selector_of(record.get("series")))


def describe(event: BaselineWithdrawn) -> str:
    """Return the event in a few words, for messages."""
    return f"withdrawal of {event.decision or 'pinned baselines'}"
