"""The event kind `channel-started`: from when on a channel is told of incidents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from perfsite.history import checks, jsonline
from perfsite.model.alert import ChannelStarted

TYPE: Final = "channel-started"
CHANNEL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,59}\Z")
"""The name of a channel: nothing that an address would need."""


def record(event: ChannelStarted) -> dict[str, Any]:
    """Return what this kind adds to the record, as JSON values; keys in the order of the schema."""
    return {"channel": event.channel, "since": jsonline.time_text(event.since, "$.since")}


def event(record: Mapping[str, Any], common: Mapping[str, Any]) -> ChannelStarted:
    """Return the event of a record of today's version, every part checked; `common` are the fields of every event."""
    return ChannelStarted(**common, channel=channel_of(record), since=checks.time(record.get("since"), "$.since"))


def describe(event: ChannelStarted) -> str:
    """Return the event in a few words, for messages."""
    return f"start of {event.channel}"


def channel_of(record: Mapping[str, Any]) -> str:
    """Return the name of the channel of a record, checked."""
    name = record.get("channel")
    if not isinstance(name, str) or not CHANNEL.match(name):
        raise checks.expected("$.channel", "a channel's name (letters, digits, blanks, `.`, `_`, `-`)", name)
    return name
