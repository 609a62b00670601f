"""Where an incident is, as a part of the records that name one: its id, its culprit's range and some of its members."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from perfsite.history import checks
from perfsite.history.checks import FaultError
from perfsite.model.run import is_environment_name
from perfsite.model.series import SeriesKey

ID: Final = re.compile(r"[0-9a-f]{4,64}\Z")


def identity_of(value: Any) -> str:
    """Return the id of an incident, checked."""
    if not isinstance(value, str) or not ID.match(value):
        raise checks.expected("$.incident", "4 to 64 lower-case hex digits", value)
    return value


def good_of(value: Any) -> str | None:
    """Return the last good commit, checked; None: nothing was measured before the change."""
    return None if value is None else checks.sha(value, "$.good")


def series_record(keys: Sequence[SeriesKey]) -> list[dict[str, Any]]:
    """Return series as JSON values."""
    return [
        {
            "benchmark": key.benchmark,
            **({"parameters": dict(key.parameters)} if key.parameters else {}),
            "metric": key.metric,
            "environment": key.environment,
        }
        for key in keys
    ]


def series_of(listed: Any) -> tuple[SeriesKey, ...]:
    """Return the series of a record, checked; none is there twice."""
    if not isinstance(listed, list):
        raise checks.expected("$.series", "a list of series", listed)
    found: dict[SeriesKey, None] = {}
    for i, item in enumerate(listed):
        path = f"$.series[{i}]"
        key = _key(checks.mapping(item, path), path)
        if key in found:
            raise FaultError(path, f"{checks.found(key.benchmark)} is there twice")
        found[key] = None
    return tuple(found)


def _key(values: Mapping[str, Any], path: str) -> SeriesKey:
    parameters = checks.mapping(values.get("parameters", {}), f"{path}.parameters")
    for name, text in parameters.items():
        checks.text(name, f"{path}.parameters")
        if not isinstance(text, str) or len(text) > checks.MAX_TEXT:
            raise checks.expected(f"{path}.parameters.{name[:60]}", "text", text)
    environment = checks.text(values.get("environment"), f"{path}.environment")
    if not is_environment_name(environment):
        raise checks.expected(f"{path}.environment", "an environment name", environment)
    return SeriesKey(
        benchmark=checks.text(values.get("benchmark"), f"{path}.benchmark"),
        parameters=tuple(sorted(parameters.items())),
        metric=checks.text(values.get("metric"), f"{path}.metric"),
        environment=environment,
    )
