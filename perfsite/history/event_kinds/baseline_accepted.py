"""The event kind `baseline-accepted`: a worse level is the new normal of the series selected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from perfsite.history import checks
from perfsite.history.event_kinds.selectors import selector_of, selector_record
from perfsite.model.event import BaselineAccepted

TYPE: Final = "baseline-accepted"


def record(event: BaselineAccepted) -> dict[str, Any]:
    """Return what this kind adds to the record, as JSON values; keys in the order of the schema."""
    return {"commit": event.commit, "series": selector_record(event.series)}


def event(record: Mapping[str, Any], common: Mapping[str, Any]) -> BaselineAccepted:
    """Return the event of a record of today's version, every part checked; `common` are the fields of every event."""
    checks.text(record.get("reason"), "$.reason")
    return BaselineAccepted(
        **common, commit=checks.sha(record.get("commit"), "$.commit"), series=selector_of(record.get("series"))
    )


def describe(event: BaselineAccepted) -> str:
    """Return the event in a few words, for messages."""
    return f"baseline accepted at {event.commit[:8]}"
