"""Which series belong together: by what the owner says, by service, by suite, or by the beginning of their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from perfsite.report import wording

if TYPE_CHECKING:
    from perfsite.model.budget import Budget, Indicator
    from perfsite.model.selector import Selector
    from perfsite.report.context import Context

MOST_GROUPS: Final = 24
"""Groups that are made by themselves; where there would be more, the largest."""
FEWEST: Final = 2
"""Series of a group that is made by itself, and groups that are worth showing."""
OTHERS: Final = "Others"
"""Where benchmarks of no group are listed."""
_APART: Final = re.compile(r"(?:::|[/.:\\>])+")
_ARGUMENTS: Final = re.compile(r"[\[({<].*", re.DOTALL)
_SUFFIX: Final = re.compile(r"\.\w{1,5}(?=::)")


@dataclass(frozen=True, slots=True)
class Grouping:
    """Series of one group: `kind` is `group`, `service`, `suite` or empty; numbers rise."""

    kind: str
    numbers: tuple[int, ...]


def groupings(context: Context) -> Mapping[str, Grouping]:
    """Return the groups of a history's series by name: the owner's and those of services, else what can be found."""
    judged, timeline = context.judged, context.timeline
    living = {number for number, series in enumerate(timeline.series) if len(series)}
    told: dict[str, tuple[str, set[int]]] = {}
    for kind, name, selector in _selectors(context):
        numbers = told.setdefault(wording.short_name(name, 60), (kind, set()))[1]
        numbers |= {number for number in living if _is_selected(context, selector, number)}
    if not judged.groups:
        suites = {name: living.intersection(numbers) for name, numbers in timeline.suites.items()}
        kind, found = "suite", {name: numbers for name, numbers in suites.items() if numbers}
        if len(found) < FEWEST:
            kind, found = "", by_prefix({number: timeline.series[number].key.benchmark for number in sorted(living)})
        for name, numbers in _largest(found):
            told.setdefault(wording.short_name(name, 60), (kind, set()))[1].update(numbers)
    return {name: Grouping(kind, tuple(sorted(numbers))) for name, (kind, numbers) in told.items() if numbers}


def benchmark_groups(context: Context, members: Mapping[str, Iterable[int]]) -> dict[str, str]:
    """Return the group that each benchmark is listed in; empty where all are in one.

    `members` are the numbers of the series of each benchmark: the first that is in a group tells.
    """
    names = context.groups_of
    found = {
        benchmark: next((names[number][0] for number in numbers if number in names), OTHERS)
        for benchmark, numbers in members.items()
    }
    return found if len(set(found.values())) > 1 else dict.fromkeys(found, "")


def _selectors(context: Context) -> Iterable[tuple[str, str, Selector]]:
    """Yield what selects series by name: kind, name, globs."""
    for group in context.judged.groups:
        yield "group", group.name, group
    budgeted = context.judged.budgeted
    seen: set[Budget | Indicator] = set()
    selectors: list[Budget | Indicator] = [one.budget for one in budgeted.budgets]
    selectors += [one.indicator for one in budgeted.indicators]
    for selector in selectors:
        # One finding a series: the budget behind many of them is the same.
        if selector.service and selector not in seen:
            seen.add(selector)
            yield "service", selector.service, selector


def _is_selected(context: Context, selector: Selector, number: int) -> bool:
    series = context.timeline.series[number]
    return selector.selects(series.key, series.unit)


def by_prefix(names: Mapping[int, str]) -> dict[str, set[int]]:
    """Return names grouped by their beginning, up to a `/`, `.`, `:` or the like; those that stand alone are in none.

    What all names share is left out, so that of `a.b.x.1`, `a.b.x.2`, `a.b.y.1`, `a.b.y.2` the groups are `x` and `y`.

    Examples
    --------
    >>> by_prefix(dict(enumerate(["lib/json/a", "lib/json/b", "lib/xml/a", "lib/xml/b", "lib/odd"])))
    {'json': {0, 1}, 'xml': {2, 3}}
    """
    parts = {name: _parts(name) for name in set(names.values())}
    rest = {number: parts[name] for number, name in names.items()}
    while True:
        found: dict[str, set[int]] = {}
        for number, left in rest.items():
            if len(left) > 1:
                found.setdefault(left[0], set()).add(number)
        found = {name: numbers for name, numbers in found.items() if len(numbers) >= FEWEST}
        if len(found) != 1:
            return found
        (only,) = found.values()
        rest = {number: rest[number][1:] for number in sorted(only)}


def _parts(name: str) -> list[str]:
    plain = _SUFFIX.sub("", _ARGUMENTS.sub("", name[:1000]) or name[:1000])
    return [part.strip() for part in _APART.split(plain) if part.strip()]


def _largest(found: Mapping[str, set[int]]) -> list[tuple[str, set[int]]]:
    largest = sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0]))[:MOST_GROUPS]
    return sorted(largest)
