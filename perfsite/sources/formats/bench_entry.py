"""One entry of github-action-benchmark, in a result file or a published history: its metric and its spread."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Any, Final

from perfsite.model.run import Direction, Metric
from perfsite.model.units import Unit, guess_direction, parse_unit
from perfsite.sources.base import metric_of

_METRICS: Final = {"s": "time", "1/s": "throughput", "B/s": "throughput", "B": "size", "1": "value"}
_RANGE: Final = re.compile(
    r"\s*(?:±|\+/?-|stddev:)?\s*(\d[\d,]*(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+)\s*(%?)", re.IGNORECASE | re.ASCII
)
_NUMBER_THEN: Final = re.compile(r"(\d{1,9}) samples\b", re.ASCII)
_NAMED: Final = re.compile(r"^(rounds|iterations|forks): (\d{1,9})$", re.MULTILINE | re.ASCII)


@lru_cache(maxsize=1024)
def metric_for(unit: str, *, name: str = "", direction: Direction | None = None) -> tuple[Metric, Unit]:
    """Return the metric that a unit stands for, as the entries themselves name none.

    A time is `time`, a rate `throughput`, a size `size`, a plain number `value`; any other unit is its own metric, so
    that numbers of different kinds never share a series.

    Parameters
    ----------
    name
        The benchmark's name, which may tell the direction where the unit does not.
    """
    known = parse_unit(unit)
    metric = _METRICS.get(known.base, known.base) if known else (unit.strip() or "value")
    base = known.base if known else unit.strip()
    if direction is None:
        direction = guess_direction(metric, base)
        if direction is Direction.NEITHER:
            direction = guess_direction(name, base)
    return metric_of(metric, unit, direction=direction)


def spread_of(written: object, value: float, *, tool: str | None = None) -> dict[str, Any]:
    """Return what a `range` says, as fields of a measurement in the written unit.

    `± 300` and `1.2%` bound the value. pytest's is the standard deviation in seconds beside a rate: the rate's own is
    value^2 times that, to first order. Benchmark.NET's is a standard deviation. Catch2's unit was lost on the way
    (7.6 us ± 373 ns is written `7.6 us ± 373`), so it says nothing. What cannot be read is left out.
    """
    if tool == "catch2":
        return {}
    relative = False
    if isinstance(written, str):
        match = _RANGE.fullmatch(written.rstrip())
        if match is None:
            return {}
        amount, relative = float(match[1].replace(",", "")), bool(match[2])
    elif isinstance(written, (int, float)) and not isinstance(written, bool) and abs(written) < math.inf:
        amount = abs(written) if abs(written) < 1e300 else math.inf
    else:
        return {}
    half = amount / 100 * abs(value) if relative else amount
    if tool == "pytest":
        half *= value * value
    if not math.isfinite(half) or not math.isfinite(value + half):
        return {}
    if tool in {"pytest", "benchmarkdotnet"}:
        return {"deviation": half}
    return {"lower": value - half, "upper": value + half}


def count_of(extra: object, *, tool: str) -> int | None:
    """Return how many samples stand behind a value, as far as the tool's `extra` text says it."""
    if not isinstance(extra, str):
        return None
    if tool in {"benchmarkjs", "catch2"}:
        match = _NUMBER_THEN.match(extra)
        return int(match[1]) or None if match else None
    named = {name: int(number) for name, number in _NAMED.findall(extra)}
    if tool == "pytest":
        return named.get("rounds") or None
    if tool == "jmh":
        return named.get("iterations", 0) * named.get("forks", 1) or None
    return None
