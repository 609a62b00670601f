"""The event kind `baseline-pinned`: values are the baseline of the series they name."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any, Final

from perfsite.history import checks
from perfsite.history.checks import FaultError
from perfsite.model.event import BaselinePinned, PinnedValue
from perfsite.model.run import Direction, is_environment_name

TYPE: Final = "baseline-pinned"
_DIRECTIONS: Final = {str(direction): direction for direction in Direction}


def record(event: BaselinePinned) -> dict[str, Any]:
    """Return what this kind adds to the record, as JSON values; keys in the order of the schema."""
    return {
        "source": event.source,
        "environment": event.environment,
        "commit": event.commit,
        "revision": event.revision,
        "values": [
            {
                "benchmark": value.benchmark,
                **({"parameters": dict(sorted(value.parameters.items()))} if value.parameters else {}),
                "metric": value.metric,
                "unit": value.unit,
                "direction": str(value.direction),
                "value": value.value,
                **({} if value.points is None else {"points": value.points}),
            }
            for value in event.values
        ],
    }


def event(record: Mapping[str, Any], common: Mapping[str, Any]) -> BaselinePinned:
    """Return the event of a record of today's version, every part checked; `common` are the fields of every event."""
    environment = checks.optional_text(record.get("environment"), "$.environment")
    if environment is not None and not is_environment_name(environment):
        raise checks.expected("$.environment", "an environment name, or null for all", environment)
    return BaselinePinned(
        **common,
        source=checks.optional_text(record.get("source"), "$.source"),
        environment=environment,
        commit=checks.optional_text(record.get("commit"), "$.commit"),
        revision=checks.optional_text(record.get("revision"), "$.revision"),
        values=_values(record.get("values")),
    )


def describe(event: BaselinePinned) -> str:
    """Return the event in a few words, for messages."""
    return f"baseline pinned from {event.source or event.revision or 'nowhere'}"


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
        points=checks.optional_positive(item.get("points"), f"{path}.points"),
    )


def _is_finite(number: float) -> bool:
    try:
        return isfinite(number)
    except OverflowError:
        return False
