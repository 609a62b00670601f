"""Which series a decision means, as a part of its record: the globs that select anything."""

from __future__ import annotations

from typing import Any, Final

from perfsite.history import checks
from perfsite.model.event import SeriesSelector

GLOBS: Final = ("benchmark", "parameters", "metric", "environment")


def selector_record(selector: SeriesSelector) -> dict[str, str]:
    """Return a selector as JSON values."""
    return {name: glob for name in GLOBS if (glob := getattr(selector, name)) != "*"}


def selector_of(value: Any) -> SeriesSelector:
    """Return the selector of a record, checked; a glob that is left out selects everything."""
    found = checks.mapping({} if value is None else value, "$.series")
    return SeriesSelector(**{name: checks.text(found[name], f"$.series.{name}") for name in GLOBS if name in found})
