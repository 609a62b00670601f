"""The benchmarks of one entry of github-action-benchmark's history as measurements."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from perfsite.importers.bench_names import identity_of, metric_of_tool
from perfsite.importers.drafts import together
from perfsite.model.run import Direction, Measurement, Status
from perfsite.model.units import guess_direction, parse_unit
from perfsite.sources.base import in_base
from perfsite.sources.document import is_storable, shorten, shown
from perfsite.sources.formats.bench_entry import count_of, metric_for, spread_of
from perfsite.sources.formats.google_names import split_aggregate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# What the tool's own code alerts on, where the unit does not tell.
_DIRECTIONS: Final = {
    "customSmallerIsBetter": Direction.LOWER,
    "customBiggerIsBetter": Direction.HIGHER,
    "cargo": Direction.LOWER,
    "catch2": Direction.LOWER,
    "julia": Direction.LOWER,
    "benchmarkdotnet": Direction.LOWER,
    "benchmarkluau": Direction.LOWER,
    "benchmarkjs": Direction.HIGHER,
    "pytest": Direction.HIGHER,
}
# Older versions kept further metrics of a Go benchmark in the unit: `ns/op\t  4.000 auxMetricUnits`.
_GO_UNITS: Final = re.compile(r"(\S+)((?:\s+[-+]?[\d.]+(?:e[-+]?\d+)?\s+\S+)+)\s*\Z", re.IGNORECASE | re.ASCII)
_PAIR: Final = re.compile(r"(\S+)\s+(\S+)")
_PROCESSES: Final = re.compile(r"^(\d{1,9}) procs$", re.MULTILINE | re.ASCII)
_AGGREGATES: Final = frozenset({"mean", "median", "stddev", "cv"})
_Key = tuple[str, tuple[tuple[str, str], ...], str]


def rows_of(benches: Sequence[Any], tool: str, problems: list[str]) -> list[Measurement]:
    """Return the measurements of an entry in base units; what cannot be read is told and left out.

    Benchmarks and metrics are called what perfsite calls them when it reads the tool's own files. Rows of one
    benchmark and metric are repetitions (Google Benchmark and Go write them so): one measurement, their median.
    """
    found: dict[_Key, list[Measurement]] = {}
    doubled = []
    for i, bench in _told_apart(benches, tool):
        for row, is_copy in _read(bench, f"benches[{i}]", tool, problems):
            key = (row.benchmark, tuple(row.parameters.items()), row.metric.name)
            if is_copy:
                doubled.append((key, row))
            else:
                found.setdefault(key, []).append(row)
    for key, row in doubled:
        found.setdefault(key, [row])
    return [together(rows) for rows in found.values()]


def _told_apart(benches: Sequence[Any], tool: str) -> list[tuple[int, Any]]:
    """Return the benchmarks with their places; Go's that ran with several GOMAXPROCS say so."""
    numbered = list(enumerate(benches))
    if tool == "googlecpp":
        return _without_aggregates(numbered)
    if tool != "go":
        return numbered
    processes: dict[object, set[str]] = {}
    for _, bench in numbered:
        if isinstance(bench, dict) and isinstance(bench.get("name"), str):
            processes.setdefault(bench["name"], set()).add(_processes(bench))
    if all(len(numbers) == 1 for numbers in processes.values()):
        return numbered
    return [
        (i, {**bench, "gomaxprocs": _processes(bench)})
        if isinstance(bench, dict) and len(processes.get(str(bench.get("name")), ())) > 1
        else (i, bench)
        for i, bench in numbered
    ]


def _without_aggregates(benches: list[tuple[int, Any]]) -> list[tuple[int, Any]]:
    """Return Google Benchmark's repetitions; where there are aggregates only, the median or else the mean of each.

    An aggregate is told by its ending where the benchmark itself, or another aggregate of it, is there too.
    """
    known = {bench["name"] for _, bench in benches if isinstance(bench, dict) and isinstance(bench.get("name"), str)}
    found = []
    for i, bench in benches:
        if not isinstance(bench, dict) or not isinstance(bench.get("name"), str):
            found.append((i, bench))
            continue
        base, aggregate = split_aggregate(bench["name"], {}, known)
        if aggregate not in _AGGREGATES:
            found.append((i, bench))
        elif base not in known and (aggregate == "median" or (aggregate == "mean" and f"{base}_median" not in known)):
            found.append((i, {**bench, "name": base}))
    return found


def _processes(bench: dict[str, Any]) -> str:
    extra = bench.get("extra")
    match = _PROCESSES.search(extra) if isinstance(extra, str) else None
    return match[1] if match else "1"


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
    pairs = [(bench.get("value"), unit)]
    match = _GO_UNITS.match(unit) if tool == "go" else None
    if match:
        pairs = [(bench.get("value"), match[1]), *((float(amount), other) for amount, other in _PAIR.findall(match[2]))]
    benchmark, found, is_copy = identity_of(name, unit, tool)
    processes = bench.get("gomaxprocs") if tool == "go" else None
    identity = _Identity(name, benchmark, {**found, "gomaxprocs": processes} if processes else found)
    for position, (amount, written) in enumerate(pairs):
        spread = bench.get("range") if position == 0 else None
        row = _measurement(identity, amount, written, spread=spread, extra=bench.get("extra"), tool=tool)
        if row is None:
            problems.append(f"{at}: '{shorten(name)}': expected a finite number, found {shown(amount)} (left out)")
        else:
            yield row, is_copy


@dataclass(frozen=True, slots=True)
class _Identity:
    """A benchmark as it is written, and its name and parameters in perfsite."""

    text: str
    benchmark: str
    parameters: Mapping[str, str]


def _measurement(
    identity: _Identity, value: Any, unit: str, *, spread: object, extra: object, tool: str
) -> Measurement | None:
    told = metric_of_tool(unit, tool)
    metric, written = told or metric_for(unit, name=identity.text, direction=_direction(unit, tool))
    benchmark, parameters = identity.benchmark, identity.parameters
    if value is None:
        # JavaScript writes NaN and infinities as null: the benchmark ran and told nothing.
        return Measurement(benchmark=benchmark, parameters=parameters, metric=metric, value=None, status=Status.FAILED)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -1e300 < value < 1e300:
        return None
    number = float(value)
    count = count_of(extra, tool=tool)
    row = Measurement(
        benchmark=benchmark,
        parameters=parameters,
        metric=metric,
        value=number,
        count=count,
        **spread_of(spread, number, tool=tool),
    )
    row = in_base(written, row)
    known = (row.value, row.lower, row.upper, row.deviation)
    return row if all(part is None or math.isfinite(part) for part in known) else None


def _direction(unit: str, tool: str) -> Direction | None:
    """Return the owner's word first, then what the unit says, then the tool's; None: the name may tell."""
    if tool.startswith("custom"):
        return _DIRECTIONS.get(tool)
    known = parse_unit(unit)
    told = guess_direction("", known.base if known else unit.strip())
    return told if told is not Direction.NEITHER else _DIRECTIONS.get(tool)
