"""What JMH's names, modes and units mean, in its JSON, its tables and in github-action-benchmark's histories."""

from __future__ import annotations

import json
import math
import re
from functools import lru_cache
from typing import Final

from perfsite.model.run import Direction, Metric
from perfsite.model.units import Unit
from perfsite.sources.base import metric_of

MODES: Final = {"thrpt": Direction.HIGHER, "avgt": Direction.LOWER, "sample": Direction.LOWER, "ss": Direction.LOWER}
"""JMH's modes, by the labels it writes, and which direction their scores are better in."""
_PERCENTILE: Final = re.compile(r"(?:.*[·:])?p([01]\.\d{1,9})\Z", re.ASCII | re.DOTALL)
_NOT_FINITE: Final = frozenset({"nan", "+inf", "-inf", "inf", "infinity", "-infinity", "+infinity"})
_BYTES_PER_MB: Final = 2**20
# What the profilers count: JMH writes it as `#/op`, `#` and `counts`.
_COUNTS: Final = frozenset({"#", "#/op", "counts", "---"})


def split_name(text: str) -> tuple[str, dict[str, str]]:
    """Return the benchmark and the parameters of a name as github-action-benchmark writes it.

    Examples
    --------
    >>> split_name('org.x.Bench.sort ( {"size":"10","kind":"a"} )')
    ('org.x.Bench.sort', {'size': '10', 'kind': 'a'})
    """
    name, opening, rest = text.partition(" ( {")
    if not opening or not rest.endswith("} )"):
        return text, {}
    try:
        found = json.loads("{" + rest.removesuffix(" )"))
    except (ValueError, RecursionError):
        return text, {}
    if not all(isinstance(value, str) for value in found.values()):
        return text, {}
    return name, found


def is_not_finite(text: str) -> bool:
    """Whether a text is how JMH writes NaN and infinities: it had too few samples to tell."""
    return text.strip().lower() in _NOT_FINITE


def percentile_name(percent: float) -> str:
    """Return the metric of a percentile of single operations: `p99.9`, or `min` and `max` at the ends."""
    if percent in {0, 100}:
        return "max" if percent else "min"
    return f"p{percent:.10g}"


def secondary_name(label: str) -> tuple[str, bool]:
    """Return the metric of a secondary result, and whether it is a percentile of the sampled operations.

    Examples
    --------
    >>> secondary_name("·gc.alloc.rate"), secondary_name("sort·p0.999"), secondary_name("hits")
    (('gc.alloc.rate', False), ('p99.9', True), ('hits', False))
    """
    match = _PERCENTILE.match(label)
    if match and float(match[1]) <= 1:
        return percentile_name(round(float(match[1]) * 100, 7)), True
    return label[1:] if label[:1] in {"·", "@"} and len(label) > 1 else label, False


@lru_cache(maxsize=1024)
def primary_metric(mode: str, unit: str) -> tuple[Metric, Unit]:
    """Return what a benchmark's own score measures; the mode says which direction is better."""
    higher = MODES.get(mode) is Direction.HIGHER
    return _metric("throughput" if higher else "time", unit, MODES.get(mode))


@lru_cache(maxsize=1024)
def secondary_metric(name: str, unit: str, *, mode: str, main_unit: str) -> tuple[Metric, Unit]:
    """Return what a secondary result measures: a profiler's figure, an auxiliary counter, a method of a group.

    What has the unit of the main score is better in its direction. How fast memory is allocated grows with the
    benchmark's own speed and is neither.
    """
    if unit == main_unit:
        return _metric(name, unit, MODES.get(mode))
    if unit == "MB/sec":
        # JMH's profilers divide by 1024 twice.
        metric = Metric(name=name, unit="B/s", direction=Direction.NEITHER, original_unit=unit)
        return metric, Unit(base="B/s", multiply=_BYTES_PER_MB)
    direction = Direction.LOWER if name in {"gc.count", "gc.time"} else None
    return _metric(name, unit, direction)


def _metric(name: str, unit: str, direction: Direction | None) -> tuple[Metric, Unit]:
    known = unit.replace("/hr", "/h").replace("hr/", "h/")
    metric, written = metric_of(name, "" if unit in _COUNTS else known, direction=direction)
    if known != unit or unit in _COUNTS:
        metric = Metric(name=name, unit=metric.unit, direction=metric.direction, original_unit=unit)
    return metric, written


def is_finite(value: object) -> bool:
    """Whether a value is no NaN and no infinity, in the ways that JMH and its imitators write them."""
    if isinstance(value, str):
        return not is_not_finite(value)
    return not isinstance(value, float) or math.isfinite(value)
