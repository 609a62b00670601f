"""What Bencher's measures mean: their metric, unit and direction."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from perfsite.model.run import Direction, Metric
from perfsite.model.units import Unit, parse_unit
from perfsite.sources.base import metric_of
from perfsite.sources.unit_words import unit_in, words_of

_LOWER, _HIGHER, _NEITHER = Direction.LOWER, Direction.HIGHER, Direction.NEITHER
_COUNTS: Final = {
    "instructions": _LOWER,
    "estimated-cycles": _LOWER,
    "total-read-write": _LOWER,
    "ram-accesses": _LOWER,
    "ram-hits": _LOWER,
    "l1-accesses": _NEITHER,
    "l2-accesses": _NEITHER,
    "l1-hits": _NEITHER,
    "l2-hits": _NEITHER,
    "ll-hits": _NEITHER,
    "gen0-collects": _LOWER,
    "gen1-collects": _LOWER,
    "gen2-collects": _LOWER,
    "total-blocks": _LOWER,
    "at-t-gmax-blocks": _LOWER,
    "at-t-end-blocks": _LOWER,
}
_BUILT_IN: Final = {
    "latency": ("time", "ns", _LOWER),
    "throughput": ("throughput", "ops/s", _HIGHER),
    "build-time": ("build-time", "s", _LOWER),
    "file-size": ("file-size", "B", _LOWER),
    "allocated": ("allocated", "B", _LOWER),
    "total-bytes": ("total-bytes", "B", _LOWER),
    "at-t-gmax-bytes": ("at-t-gmax-bytes", "B", _LOWER),
    "at-t-end-bytes": ("at-t-end-bytes", "B", _LOWER),
    "reads-bytes": ("reads-bytes", "B", _LOWER),
    "writes-bytes": ("writes-bytes", "B", _LOWER),
    **{slug: (slug, "", direction) for slug, direction in _COUNTS.items()},
}
"""Slug -> metric, unit, direction of the measures that Bencher makes itself."""
_IN_BRACKETS: Final = re.compile(r"[^()]{0,100}\(([^()]{1,60})\)\s*\Z")


@lru_cache(maxsize=1024)
def measure_of(name: str, units: str | None = None) -> tuple[Metric, Unit]:
    """Return the metric of a measure and the unit that its values are written in.

    Latency is perfsite's `time`. A measure that Bencher does not know keeps its name; files do not tell its unit, but
    its last word may (`Max Bytes`, `latency_p50_ns`).

    Parameters
    ----------
    name
        The measure's name or slug.
    units
        What Bencher itself says of the unit (`nanoseconds (ns)`), where it does.

    Examples
    --------
    >>> measure_of("Max Bytes")[0].unit, measure_of("latency")[0].name, measure_of("errors")[0].direction
    ('B', 'time', <Direction.LOWER: 'lower'>)
    """
    known = _BUILT_IN.get("-".join(words_of(name)))
    if known is not None:
        return metric_of(known[0], _written(units) or known[1], direction=known[2])
    unit = _written(units)
    return metric_of(name, unit_in(name) if unit is None else unit)


def _written(units: str | None) -> str | None:
    """Return the unit in `bytes (B)`; None where it says nothing, as in the `Measure (units)` of new measures."""
    if units is None:
        return None
    match = _IN_BRACKETS.match(units)
    text = (match[1] if match else units).strip()
    return text if parse_unit(text) is not None else None
