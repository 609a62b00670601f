"""One event is one line of JSON in `events.jsonl`: write it, read it back, bring older versions up to date.

The same event is always the same bytes, and its id is the hash of its content, as of runs. The published description
is `event.schema.json` beside this file.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from perfsite.errors import HistoryError
from perfsite.history import checks, jsonline
from perfsite.history.checks import FaultError
from perfsite.history.shards import MAX_LINE_BYTES, Appended, StoredLine
from perfsite.model.event import BaselinePinned, PinnedValue
from perfsite.model.problem import Problem
from perfsite.model.run import Direction, is_environment_name

if TYPE_CHECKING:
    from collections.abc import Iterable

VERSION: Final = 1
"""The version of the record that is written; every older one is upgraded on reading, for ever."""
UPGRADES: dict[int, jsonline.Upgrade] = {}
"""The step that turns a record of version n into one of version n + 1, by n. Steps are added, never removed."""
PINNED: Final = "baseline-pinned"

_HINT: Final = "mend or delete this line; nothing else of the history is affected by it"
_DIRECTIONS: Final = {str(direction): direction for direction in Direction}


def encode(event: BaselinePinned) -> str:
    """Return an event as one line of JSON, without the line end; an id of None is computed.

    Raises
    ------
    HistoryError
        The event is none that could be read back: no value, one thing pinned twice, a number that is not finite...
    """
    where = f"baseline pinned from {event.source or 'nowhere'}"[:200]
    hint = "nothing was stored; mend what the values come from"
    try:
        record = _record(event)
        _pinned({"id": event.id or "0" * 32, **record})
        body = jsonline.write(record)
        identity = event.id or jsonline.digest(body)
    except FaultError as fault:
        raise HistoryError(str(fault), where=where, hint=hint) from None
    except UnicodeEncodeError:
        raise HistoryError("text that is not valid Unicode", where=where, hint=hint) from None
    return f'{{"version":{VERSION},"id":"{identity}",{body[1:].decode()}'


def decode(line: str | bytes, *, where: str) -> BaselinePinned:
    """Return the event of one line, which is hostile.

    Raises
    ------
    HistoryError
        The line is no event, or one that only a newer perfsite knows.
    """
    try:
        record = jsonline.upgraded(jsonline.parse(line), VERSION, UPGRADES)
        if record.get("type") != PINNED:
            told = checks.text(record.get("type"), "$.type")
            raise HistoryError(f"an event of the unknown type {told[:60]!r}", where=where, hint="upgrade perfsite")
        return _pinned(record)
    except FaultError as fault:
        raise HistoryError(str(fault), where=where, hint=_HINT) from None
    except jsonline.NewerError as newer:
        raise HistoryError(str(newer), where=where, hint="upgrade perfsite") from None


def events_of(lines: Iterable[StoredLine], problems: list[Problem]) -> tuple[BaselinePinned, ...]:
    """Return the events of stored lines, each id once, the first; a bad line is added to `problems`."""
    found: dict[str, BaselinePinned] = {}
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


def encoded(events: Iterable[BaselinePinned]) -> dict[str, bytes]:
    """Return the events as lines to append, by id; the first that cannot be stored stops all."""
    lines = {}
    for event in events:
        line = encode(event).encode()
        if len(line) > MAX_LINE_BYTES:
            problem = f"an event of {len(line):,} bytes is too large for one line (at most {MAX_LINE_BYTES:,})"
            raise HistoryError(problem, where=event.source, hint="pin fewer values at once")
        lines[str(decode(line, where="").id)] = line + b"\n"
    return lines


def addition(lines: Mapping[str, bytes], stored: bytes) -> tuple[bytes, Appended]:
    """Return what to write behind the stored lines, and how many events are new.

    An event whose line was torn is not known. A line end that is missing is written first, so that the next line is
    not lost, too.
    """
    known = {event.id for event in events_of(_lines(stored), [])}
    new = [line for identity, line in lines.items() if identity not in known]
    torn = bool(stored) and not stored.endswith(b"\n")
    content = b"".join([b"\n" if torn and new else b"", *new])
    return content, Appended(written=len(new), known=len(lines) - len(new))


def _lines(stored: bytes) -> list[StoredLine]:
    return [StoredLine("", i, line) for i, line in enumerate(stored.split(b"\n"), start=1) if line.strip()]


def _record(event: BaselinePinned) -> dict[str, Any]:
    """Return the content of an event as JSON values, without version and id; keys in the order of the schema."""
    return jsonline.known(
        {
            "time": jsonline.time_text(event.time, "$.time"),
            "type": PINNED,
            "author": event.author,
            "reason": event.reason,
            "source": event.source,
            "environment": event.environment,
            "commit": event.commit,
            "values": [
                {
                    "benchmark": value.benchmark,
                    **({"parameters": dict(sorted(value.parameters.items()))} if value.parameters else {}),
                    "metric": value.metric,
                    "unit": value.unit,
                    "direction": str(value.direction),
                    "value": value.value,
                }
                for value in event.values
            ],
        }
    )


def _pinned(record: Mapping[str, Any]) -> BaselinePinned:
    """Return the event of a record of today's version, every part checked; keys it does not know are left out."""
    environment = checks.optional_text(record.get("environment"), "$.environment")
    if environment is not None and not is_environment_name(environment):
        raise checks.expected("$.environment", "an environment name, or null for all", environment)
    return BaselinePinned(
        id=jsonline.identity(record),
        time=checks.time(record.get("time"), "$.time"),
        author=checks.optional_text(record.get("author"), "$.author"),
        reason=checks.optional_text(record.get("reason"), "$.reason"),
        source=checks.optional_text(record.get("source"), "$.source"),
        environment=environment,
        commit=checks.optional_text(record.get("commit"), "$.commit"),
        values=_values(record.get("values")),
    )


def _values(listed: Any) -> tuple[PinnedValue, ...]:
    if not isinstance(listed, list) or not listed:
        raise checks.expected("$.values", "a list of at least one pinned value", listed)
    found: dict[tuple[object, ...], PinnedValue] = {}
    for i, item in enumerate(listed):
        path = f"$.values[{i}]"
        value = _value(checks.mapping(item, path), path)
        identity = (value.benchmark, value.metric, tuple(sorted(value.parameters.items())))
        if identity in found:
            raise FaultError(path, f"{checks.found(value.metric)} of {checks.found(value.benchmark)} is there twice")
        found[identity] = value
    return tuple(found.values())


def _value(item: Mapping[str, Any], path: str) -> PinnedValue:
    number, direction = item.get("value"), item.get("direction")
    if isinstance(number, bool) or not isinstance(number, int | float) or not _is_finite(number):
        raise checks.expected(f"{path}.value", "a finite number", number)
    if not isinstance(direction, str) or direction not in _DIRECTIONS:
        raise checks.expected(f"{path}.direction", "lower, higher or neither", direction)
    parameters = checks.mapping(item.get("parameters", {}), f"{path}.parameters")
    for name, text in parameters.items():
        checks.text(name, f"{path}.parameters")
        if not isinstance(text, str) or len(text) > checks.MAX_TEXT:
            raise checks.expected(f"{path}.parameters.{name[:60]}", f"text of at most {checks.MAX_TEXT:,}", text)
    return PinnedValue(
        benchmark=checks.text(item.get("benchmark"), f"{path}.benchmark"),
        metric=checks.text(item.get("metric"), f"{path}.metric"),
        unit=checks.text(item.get("unit"), f"{path}.unit"),
        direction=_DIRECTIONS[direction],
        value=float(number),
        parameters=dict(parameters),
    )


def _is_finite(number: float) -> bool:
    try:
        return isfinite(number)
    except OverflowError:
        return False
