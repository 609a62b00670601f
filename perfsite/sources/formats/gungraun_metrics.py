"""What gungraun measures: the names, units and directions of its metrics, in its console's and its JSON's spelling."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from perfsite.model.run import Direction, Measurement, Metric, Status
from perfsite.sources.base import in_base, metric_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfsite.model.units import Unit

_LABELS: Final = {
    "Ir": "Instructions", "L1hits": "L1 Hits", "LLhits": "LL Hits", "L2 Hits": "LL Hits", "RamHits": "RAM Hits",
    "TotalRW": "Total read+write", "EstimatedCycles": "Estimated Cycles", "I1MissRate": "I1 Miss Rate",
    "LLiMissRate": "LLi Miss Rate", "D1MissRate": "D1 Miss Rate", "LLdMissRate": "LLd Miss Rate",
    "LLMissRate": "LL Miss Rate", "L1HitRate": "L1 Hit Rate", "LLHitRate": "LL Hit Rate",
    "RamHitRate": "RAM Hit Rate", "TotalUnits": "Total units", "TotalEvents": "Total events",
    "TotalBytes": "Total bytes", "TotalBlocks": "Total blocks", "AtTGmaxBytes": "At t-gmax bytes",
    "AtTGmaxBlocks": "At t-gmax blocks", "AtTEndBytes": "At t-end bytes", "AtTEndBlocks": "At t-end blocks",
    "ReadsBytes": "Reads bytes", "WritesBytes": "Writes bytes", "TotalLifetimes": "Total lifetimes",
    "MaximumBytes": "Maximum bytes", "MaximumBlocks": "Maximum blocks", "SuppressedErrors": "Suppressed Errors",
    "SuppressedContexts": "Suppressed Contexts",
}  # fmt: skip
"""The JSON's (or an older console's) spelling -> today's on the console."""
_NAMES: Final = {
    "Instructions": "instructions", "Total bytes": "allocated", "Total blocks": "allocations",
    "At t-gmax bytes": "memory", "duration_time": "time", "user_time": "user", "system_time": "system",
}  # fmt: skip
_DIRECTIONS: Final = {
    "L1 Hits": Direction.NEITHER, "LL Hits": Direction.NEITHER, "LL Hit Rate": Direction.NEITHER,
    "L1 Hit Rate": Direction.HIGHER, "L1 Data Hits": Direction.NEITHER,
    "Suppressed Errors": Direction.NEITHER, "Suppressed Contexts": Direction.NEITHER,
}  # fmt: skip
_UNNAMED_TOOLS: Final = frozenset({"", "callgrind", "dhat"})
_HEADER: Final = re.compile(r"(\S+)(?: ([^:]{0,2000})(?::(.*))?)?\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One benchmark: its path, the id of its arguments as a parameter, and their text, which is not stable."""

    path: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    arguments: str = ""

    def __str__(self) -> str:
        return " ".join([self.path, *self.parameters.values()])


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value of one metric as the tool wrote it, at a place of the file; None: this run has none.

    `error` is the relative standard error, a fraction, of `count` repetitions (perf only).
    """

    label: str
    value: float | None
    at: str = ""
    tool: str = ""
    unit: str | None = None
    count: int | None = None
    error: float | None = None
    part: str | None = None


def split_name(text: str) -> tuple[str, dict[str, str]]:
    """Return the benchmark and its parameters: `module::group::function id:arguments`.

    The id is the parameter. The arguments behind it are left out: gungraun calls their text unstable, cuts it off at a
    length that is an option, and says that path and id name a benchmark.

    Examples
    --------
    >>> split_name("fibonacci::group::bench short:10")
    ('fibonacci::group::bench', {'id': 'short'})
    >>> split_name("fibonacci::group::bench")
    ('fibonacci::group::bench', {})
    """
    benchmark = benchmark_of(text)
    return benchmark.path, dict(benchmark.parameters)


def benchmark_of(text: str) -> Benchmark:
    """Return the benchmark of a header on the console, which has many lines where its arguments have."""
    match = _HEADER.match(text)
    if match is None:
        return Benchmark(text)
    id_ = (match[2] or "").strip()
    return Benchmark(match[1], {"id": id_} if id_ else {}, (match[3] or "").strip())


def row_of(benchmark: Benchmark, found: Value) -> Measurement:
    """Return a value as a measurement in its base unit.

    The tool is a parameter where it is another than Callgrind or DHAT: Cachegrind counts instructions too, and
    Memcheck, Helgrind and DRD all count errors.
    """
    tool = found.tool.lower()
    metric, written = _metric(_LABELS.get(found.label, found.label), found.unit, tool == "perf")
    parameters = dict(benchmark.parameters)
    if tool not in _UNNAMED_TOOLS:
        parameters["tool"] = tool
    if found.part is not None:
        parameters["part"] = found.part
    is_known = found.value is not None
    error = found.error * abs(found.value) if found.error is not None and found.value is not None else None
    row = Measurement(
        benchmark=benchmark.path,
        parameters=parameters,
        metric=metric,
        value=found.value,
        status=Status.OK if is_known else Status.SKIPPED,
        count=found.count if is_known else None,
        statistics={"standard_error": error} if error is not None else None,
    )
    return in_base(written, row)


def without_metrics(benchmark: Benchmark) -> Measurement:
    """Return a benchmark that ran under tools without metrics (Massif, BBV), or that came to none."""
    return row_of(benchmark, Value(label="Instructions", value=None))


@lru_cache(maxsize=1024)
def _metric(label: str, unit: str | None, is_perf: bool) -> tuple[Metric, Unit]:
    if not is_perf:
        unit = "B" if label.endswith(" bytes") else "%" if label.endswith(" Rate") else ""
        # All that Valgrind counts is better low: instructions, accesses, misses, branches, errors, allocations.
        return metric_of(_NAMES.get(label, label), unit, direction=_DIRECTIONS.get(label, Direction.LOWER))
    return metric_of(_NAMES.get(label, label), unit or "")
