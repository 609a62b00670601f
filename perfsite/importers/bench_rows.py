"""The benchmarks of one entry of github-action-benchmark's history as measurements."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from perfsite.model.run import Direction, Measurement, Status
from perfsite.model.units import guess_direction, parse_unit
from perfsite.sources.base import in_base, median
from perfsite.sources.bench_entry import count_of, metric_for, spread_of
from perfsite.sources.document import is_storable, shorten, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# What the tool's own code alerts on, where the unit does not tell.
_DIRECTIONS: Final = {
    "customSmallerIsBetter": Direction.LOWER,
    "customBiggerIsBetter": Direction.HIGHER,
    "cargo": Direction.LOWER,
    "go": Direction.LOWER,
    "googlecpp": Direction.LOWER,
    "catch2": Direction.LOWER,
    "julia": Direction.LOWER,
    "benchmarkdotnet": Direction.LOWER,
    "benchmarkluau": Direction.LOWER,
    "benchmarkjs": Direction.HIGHER,
    "pytest": Direction.HIGHER,
    "jmh": Direction.HIGHER,
}
# Older versions kept further metrics of a Go benchmark in the unit: `ns/op\t  4.000 auxMetricUnits`.
_GO_UNITS: Final = re.compile(r"(\S+)((?:\s+[-+]?[\d.]+(?:e[-+]?\d+)?\s+\S+)+)\s*\Z", re.IGNORECASE | re.ASCII)
_PAIR: Final = re.compile(r"(\S+)\s+(\S+)")


def rows_of(benches: Sequence[Any], tool: str, problems: list[str]) -> list[Measurement]:
    """Return the measurements of an entry in base units; what cannot be read is told and left out.

    Rows of one name and metric are repetitions (Google Benchmark writes them so): one measurement, their median.
    """
    found: dict[tuple[str, str], list[Measurement]] = {}
    doubled = []
    for i, bench in enumerate(benches):
        for row, is_copy in _read(bench, f"benches[{i}]", tool, problems):
            key = (row.benchmark, row.metric.name)
            if is_copy:
                doubled.append((key, row))
            else:
                found.setdefault(key, []).append(row)
    for key, row in doubled:
        found.setdefault(key, [row])
    return [_together(rows) for rows in found.values()]


def _together(rows: list[Measurement]) -> Measurement:
    values = [row.value for row in rows if row.value is not None]
    if len(rows) == 1 or not values:
        return rows[0]
    if len(values) == 1:
        return next(row for row in rows if row.value is not None)
    return replace(
        rows[0],
        value=median(values),
        status=Status.OK,
        count=len(values),
        lower=None,
        upper=None,
        deviation=None,
        samples=values,
    )


def _read(bench: Any, at: str, tool: str, problems: list[str]) -> Iterator[tuple[Measurement, bool]]:
    """Yield the measurements of one benchmark, and whether each is a copy of one under the plain name."""
    if not isinstance(bench, dict):
        problems.append(f"{at}: expected an object, found {shown(bench)} (left out)")
        return
    name, unit = bench.get("name"), bench.get("unit", "")
    if not isinstance(name, str) or not is_storable(name) or not isinstance(unit, str) or not is_storable(unit):
        bad = name if not isinstance(name, str) or not is_storable(name) else unit
        problems.append(f"{at}: expected a name and a unit, found {shown(bad)} (left out)")
        return
    value, is_copy = bench.get("value"), False
    pairs = [(value, unit)]
    if tool == "go":
        match = _GO_UNITS.match(unit)
        if match:
            pairs = [(value, match[1]), *((float(amount), other) for amount, other in _PAIR.findall(match[2]))]
        elif name.endswith(f" - {unit}"):
            name, is_copy = name.removesuffix(f" - {unit}"), True
    for position, (amount, written) in enumerate(pairs):
        spread = bench.get("range") if position == 0 else None
        row = _measurement(name, amount, written, spread=spread, extra=bench.get("extra"), tool=tool)
        if row is None:
            problems.append(f"{at}: '{shorten(name)}': expected a finite number, found {shown(amount)} (left out)")
        else:
            yield row, is_copy


def _measurement(name: str, value: Any, unit: str, *, spread: object, extra: object, tool: str) -> Measurement | None:
    metric, written = metric_for(unit, name=name, direction=_direction(unit, tool))
    if value is None:
        # JavaScript writes NaN and infinities as null: the benchmark ran and told nothing.
        return Measurement(benchmark=name, metric=metric, value=None, status=Status.FAILED)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -1e300 < value < 1e300:
        return None
    number = float(value)
    count = count_of(extra, tool=tool)
    row = Measurement(benchmark=name, metric=metric, value=number, count=count, **spread_of(spread, number, tool=tool))
    row = in_base(written, row)
    known = (row.value, row.lower, row.upper, row.deviation)
    return row if all(part is None or math.isfinite(part) for part in known) else None


def _direction(unit: str, tool: str) -> Direction | None:
    """Return the owner's word first, then what the unit says, then the tool's; None: the name may tell."""
    if tool.startswith("custom"):
        return _DIRECTIONS.get(tool)
    known = parse_unit(unit)
    told = guess_direction("", known.base if known else unit.strip())
    if told is not Direction.NEITHER:
        return told
    # A unit of the owner's own in a Go benchmark may count anything.
    return None if tool == "go" and known is None else _DIRECTIONS.get(tool)
