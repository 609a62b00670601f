"""Worked examples for the page on methods: numbers of this very history, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from perfsite.report import examples_beyond as beyond
from perfsite.report import examples_series as series

if TYPE_CHECKING:
    from perfsite.report.context import Context
    from perfsite.report.example_views import ExampleView
    from perfsite.report.examples_series import Case

_OF_ONE_CHANGE: Final[Mapping[str, Callable[[Case], ExampleView | None]]] = {
    "comparison": series.comparison,
    "counting": series.counting,
    "change-point": series.change_point,
    "severity": series.severity,
}
_OF_ALL: Final[Mapping[str, Callable[[Context], ExampleView | None]]] = {
    "unsure": series.unsure,
    "outlier": series.outlier,
    "machine": beyond.machine,
    "drift": beyond.drift,
    "quality": beyond.quality,
    "incident": beyond.incident,
    "budget": beyond.budget,
    "release": beyond.release,
}
NAMES: Final = (*_OF_ONE_CHANGE, *_OF_ALL)
"""Names of all examples; a page on methods may ask for any of them."""


def worked_examples(context: Context) -> Mapping[str, ExampleView]:
    """Return every example that this history has, by name; what it has no case of is left out.

    Those of one change tell of the same one, so that a reader follows it from value to severity.
    """
    made = {name: make(context) for name, make in _OF_ALL.items()}
    case = series.find_case(context)
    if case is not None:
        made |= {name: make(case) for name, make in _OF_ONE_CHANGE.items()}
    return {name: example for name, example in made.items() if example is not None}
