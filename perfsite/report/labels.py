"""How a series is named on the page of its own benchmark: by all but the benchmark's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfsite.report import wording

if TYPE_CHECKING:
    from perfsite.report.context import Context


def series_label(context: Context, number: int) -> str:
    """Return parameters, metric and environment of a series in one line."""
    key = context.timeline.series[number].key
    words = (context.parameters[number], key.metric, key.environment)
    return wording.one_line(" · ".join(word for word in words if word))
