"""hyperfine's metrics, and the results of version 2, which writes every run with all of them.

The names are those of the tool's `metric.rs`; up to version 1 it measured four of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from perfsite.model.run import Direction, Metric
from perfsite.model.units import Unit
from perfsite.sources.base import median, metric_of
from perfsite.sources.document import is_storable, step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfsite.sources.document import Document

    Fields = tuple[Metric, dict[str, Any]]

_PEAK: Final = Metric(name="memory", unit="B", direction=Direction.LOWER)
METRICS: Final = {
    "time_wall_clock": Metric(name="time", unit="s", direction=Direction.LOWER),
    "time_user": Metric(name="user", unit="s", direction=Direction.LOWER),
    "time_system": Metric(name="system", unit="s", direction=Direction.LOWER),
    "time_cpu": Metric(name="cpu_time", unit="s", direction=Direction.LOWER),
    "memory_peak_resident": _PEAK,
    "peak_memory_usage": _PEAK,
    "cpu_cycles": Metric(name="cycles", unit="1", direction=Direction.LOWER),
    "instructions": Metric(name="instructions", unit="1", direction=Direction.LOWER),
    "cache_references": Metric(name="cache_references", unit="1", direction=Direction.NEITHER),
    "cache_misses": Metric(name="cache_misses", unit="1", direction=Direction.LOWER),
    "branch_misses": Metric(name="branch_misses", unit="1", direction=Direction.LOWER),
}
# As hyperfine abbreviates counts in its CSV; elsewhere B are bytes.
_COUNTS: Final = {"k": 10**3, "M": 10**6, "B": 10**9}
_STATISTICS: Final = ("mean", "min", "max")


def metric_in(name: str, unit: str) -> tuple[Metric, Unit]:
    """Return the metric of one of hyperfine's names, and what brings values in a unit to its base.

    Examples
    --------
    >>> metric, unit = metric_in("time_user", "millisecond")
    >>> metric.name, metric.unit, unit.to_base(5)
    ('user', 's', 0.005)
    """
    known = METRICS.get(name)
    if known is not None and known.unit == "1":
        return known, Unit(base="1", multiply=_COUNTS.get(unit, 1))
    return metric_of(known.name if known else name, unit, direction=known.direction if known else None)


def read_runs(result: Mapping[str, Any], at: str, document: Document) -> tuple[list[int | None], list[Fields]]:
    """Return the exit codes and the metrics of a result of version 2, each with the fields of its measurement.

    Every metric has the values of all runs as its samples. A result without runs has its `summary`: the median, and the
    mean, the smallest and the largest as statistics.
    """
    if result.get("measurements") is None:
        return [], _summary(result, at, document)
    codes: list[int | None] = []
    samples: dict[str, list[float]] = {}
    units: dict[str, str] = {}
    for place, run in document.objects(result, "measurements", at):
        for name, written in run.items():
            here = step(place, name)
            if name == "exit_code":
                codes.append(_code(written, here, document))
            elif isinstance(written, (dict, int, float)) or (name in METRICS and written is not None):
                unit, value = _value(written, here, document)
                samples.setdefault(name, [])
                if unit != units.setdefault(name, unit):
                    document.note(here, f"expected the unit of the runs before, '{units[name]}', found '{unit}'")
                if value is not None:
                    samples[name].append(value)
    return codes, [_sampled(name, units[name], values) for name, values in samples.items() if values]


def _sampled(name: str, unit: str, values: Sequence[float]) -> Fields:
    metric, written = metric_in(name, unit)
    base = [written.to_base(value) for value in values]
    return metric, {"value": median(base), "count": len(base), "samples": base}


def _code(written: object, at: str, document: Document) -> int | None:
    if written is None or (isinstance(written, int) and not isinstance(written, bool)):
        return written
    document.expected(at, "an exit code", written)
    return None


def _value(written: object, at: str, document: Document) -> tuple[str, float | None]:
    """Return unit and value of one metric of one run: an object with both, or a plain count."""
    if not is_storable(at):
        document.note(at, "the name of a metric holds a NUL or half a surrogate pair")
    if not isinstance(written, dict):
        return "", document.as_number(written, at, least=0)
    return document.text(written, "unit", at) or "", document.number(written, "value", at, least=0)


def _summary(result: Mapping[str, Any], at: str, document: Document) -> list[Fields]:
    found: list[Fields] = []
    place = step(at, "summary")
    for name, told in (document.mapping(result, "summary", at) or {}).items():
        here = step(place, name)
        if not isinstance(told, dict):
            document.expected(here, "an object", told)
            continue
        metric, unit = metric_in(name, document.text(told, "unit", here) or "")
        numbers = {
            key: document.number(told, key, here, required=key == "mean", least=0)
            for key in ("median", "stddev", *_STATISTICS)
        }
        base = {key: unit.to_base(number) for key, number in numbers.items() if number is not None}
        centre = base.get("median", base.get("mean"))
        if centre is not None:
            statistics = {key: base[key] for key in _STATISTICS if key in base and (key != "mean" or "median" in base)}
            count = document.count(told, "count", here)
            fields = {"value": centre, "count": count, "deviation": base.get("stddev"), "statistics": statistics}
            found.append((metric, fields))
    return found
