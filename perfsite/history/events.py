"""One event is one line of JSON in `events.jsonl`: write it, read it back, bring older versions up to date.

The same event is always the same bytes, and its id is the hash of its content, as of runs. The published description
is `event.schema.json` beside this file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from perfsite.errors import HistoryError
from perfsite.history import checks, jsonline
from perfsite.history.checks import FaultError
from perfsite.history.event_kinds import (
    baseline_accepted,
    baseline_pinned,
    baseline_withdrawn,
    channel_started,
    incident_notified,
    incident_state,
)
from perfsite.history.shards import MAX_LINE_BYTES, Appended, StoredLine
from perfsite.model.alert import ChannelStarted, IncidentNotified
from perfsite.model.event import BaselineAccepted, BaselinePinned, BaselineWithdrawn, Event
from perfsite.model.incident import IncidentDecided
from perfsite.model.problem import Problem

VERSION: Final = 1
"""The version of the record that is written; every older one is upgraded on reading, for ever."""
UPGRADES: dict[int, jsonline.Upgrade] = {}
"""The step that turns a record of version n into one of version n + 1, by n. Steps are added, never removed."""
KINDS: Final[Mapping[type[Event], Any]] = {
    BaselinePinned: baseline_pinned,
    BaselineAccepted: baseline_accepted,
    BaselineWithdrawn: baseline_withdrawn,
    IncidentDecided: incident_state,
    IncidentNotified: incident_notified,
    ChannelStarted: channel_started,
}
"""The module of each kind of event; a new kind is a module and a line here."""
_TYPES: Final = {kind.TYPE: kind for kind in KINDS.values()}

Choice = Callable[[tuple[Event, ...]], Iterable[Event]]
"""Chooses what to store, knowing what is stored already."""
_HINT: Final = "mend or delete this line; nothing else of the history is affected by it"


def encode(event: Event) -> str:
    """Return an event as one line of JSON, without the line end; an id of None is computed.

    Raises
    ------
    HistoryError
        The event is none that could be read back: no value, one thing pinned twice, a number that is not finite...
    """
    kind = KINDS[type(event)]
    where = kind.describe(event)[:200]
    hint = "nothing was stored; mend what the event is made of"
    try:
        record = _record(event, kind)
        kind.event(record, _common({"id": event.id or "0" * 32, **record}))
        body = jsonline.write(record)
        identity = event.id or jsonline.digest(body)
    except FaultError as fault:
        raise HistoryError(str(fault), where=where, hint=hint) from None
    except UnicodeEncodeError:
        raise HistoryError("text that is not valid Unicode", where=where, hint=hint) from None
    return f'{{"version":{VERSION},"id":"{identity}",{body[1:].decode()}'


def decode(line: str | bytes, *, where: str) -> Event:
    """Return the event of one line, which is hostile.

    Raises
    ------
    HistoryError
        The line is no event, or one that only a newer perfsite knows.
    """
    try:
        record = jsonline.upgraded(jsonline.parse(line), VERSION, UPGRADES)
        told = checks.text(record.get("type"), "$.type")
        if told not in _TYPES:
            raise HistoryError(f"an event of the unknown type {told[:60]!r}", where=where, hint="upgrade perfsite")
        event: Event = _TYPES[told].event(record, _common(record))
    except FaultError as fault:
        raise HistoryError(str(fault), where=where, hint=_HINT) from None
    except jsonline.NewerError as newer:
        raise HistoryError(str(newer), where=where, hint="upgrade perfsite") from None
    return event


def events_of(lines: Iterable[StoredLine], problems: list[Problem]) -> tuple[Event, ...]:
    """Return the events of stored lines, each id once, the first; a bad line is added to `problems`."""
    found: dict[str, Event] = {}
    for line in lines:
        try:
            event = decode(line.content, where=line.where)
        except HistoryError as error:
            problems.append(Problem(where=line.where, problem=error.problem, hint=error.hint))
            continue
        first = found.setdefault(str(event.id), event)
        if first != event:
            problem = "has the id of an earlier event and other content; the earlier one counts"
            hint = "delete one of the two lines; an event that was changed by hand needs an id of its own"
            problems.append(Problem(where=line.where, problem=problem, hint=hint))
    return tuple(found.values())


def encoded(events: Iterable[Event]) -> dict[str, bytes]:
    """Return the events as lines to append, by id; the first that cannot be stored stops all."""
    lines = {}
    for event in events:
        line = encode(event).encode()
        if len(line) > MAX_LINE_BYTES:
            problem = f"an event of {len(line):,} bytes is too large for one line (at most {MAX_LINE_BYTES:,})"
            raise HistoryError(
                problem, where=KINDS[type(event)].describe(event)[:200], hint="decide on fewer things at once"
            )
        lines[str(decode(line, where="").id)] = line + b"\n"
    return lines


def stored_events(stored: bytes) -> tuple[Event, ...]:
    """Return the events of the content of `events.jsonl`; lines that are none are passed over."""
    return events_of(_lines(stored), [])


def addition(lines: Mapping[str, bytes], stored: bytes) -> tuple[bytes, Appended]:
    """Return what to write behind the stored lines, and how many events are new.

    An event whose line was torn is not known. A line end that is missing is written first, so that the next line is
    not lost, too.
    """
    known = {event.id for event in stored_events(stored)}
    new = [line for identity, line in lines.items() if identity not in known]
    torn = bool(stored) and not stored.endswith(b"\n")
    content = b"".join([b"\n" if torn and new else b"", *new])
    return content, Appended(written=len(new), known=len(lines) - len(new))


def _lines(stored: bytes) -> list[StoredLine]:
    return [StoredLine("", i, line) for i, line in enumerate(stored.split(b"\n"), start=1) if line.strip()]


def _record(event: Event, kind: Any) -> dict[str, Any]:
    """Return the content of an event as JSON values, without version and id; keys in the order of the schema."""
    return jsonline.known(
        {
            "time": jsonline.time_text(event.time, "$.time"),
            "type": kind.TYPE,
            "author": event.author,
            "reason": event.reason,
            **kind.record(event),
        }
    )


def _common(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that every event has, checked."""
    return {
        "id": jsonline.identity(record),
        "time": checks.time(record.get("time"), "$.time"),
        "author": checks.optional_text(record.get("author"), "$.author"),
        "reason": checks.optional_text(record.get("reason"), "$.reason"),
    }
