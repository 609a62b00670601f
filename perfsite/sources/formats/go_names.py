"""What the names and units of Go benchmarks mean: `BenchmarkSort/kind=random/1000-8`, `ns/op`, `p99-ns`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from perfsite.model.run import Direction, Metric
from perfsite.model.units import Unit, parse_unit
from perfsite.sources.base import metric_of
from perfsite.sources.names import split_slashes

_SUFFIX: Final = re.compile(r"-(\d{1,9})\Z", re.ASCII)
_OWN: Final = {
    "ns/op": ("time", "ns/op"),
    "sec/op": ("time", "sec/op"),
    "MB/s": ("throughput", "MB/s"),
    "B/s": ("throughput", "B/s"),
    "B/op": ("allocated", "B/op"),
}
"""What `testing` itself writes, and benchstat's spelling of it, under perfsite's names."""


def is_name(text: str) -> bool:
    """Whether a word is a benchmark's name by Go's rule: `Benchmark` and a letter, but no lower-case one."""
    first = text[9:10]
    return text.startswith("Benchmark") and (first.isalnum() or first == "_") and not first.islower()


def split_suffix(text: str) -> tuple[str, str | None]:
    """Return a name without the suffix of GOMAXPROCS, and that number; None where Go wrote none, which means 1.

    Examples
    --------
    >>> split_suffix("BenchmarkSort/n=10-8"), split_suffix("BenchmarkSort")
    (('BenchmarkSort/n=10', '8'), ('BenchmarkSort', None))
    """
    match = _SUFFIX.search(text)
    return (text[: match.start()], match[1]) if match and match.start() else (text, None)


def split_name(text: str) -> tuple[str, dict[str, str]]:
    """Return the benchmark and the parameters of a name without its suffix; a package behind it stays there.

    Examples
    --------
    >>> split_name("BenchmarkSort/kind=random/1000")
    ('BenchmarkSort', {'kind': 'random', 'arg0': '1000'})
    >>> split_name("BenchmarkSort/n=10 (example.com/sorting)")
    ('BenchmarkSort (example.com/sorting)', {'n': '10'})
    """
    name, space, package = text.partition(" (")
    if not space or not package.endswith(")"):
        return split_slashes(text)
    benchmark, parameters = split_slashes(name)
    return f"{benchmark} ({package}", parameters


def with_package(benchmark: str, package: str) -> str:
    """Return the name of a benchmark where several packages were run, as github-action-benchmark writes it too."""
    return f"{benchmark} ({package})"


@lru_cache(maxsize=1024)
def metric_for(unit: str, *, direction: Direction | None = None) -> tuple[Metric, Unit]:
    """Return what a unit of a Go benchmark measures: the unit is all that names a metric there.

    The tool's own units have perfsite's names; any other is the metric's name, unchanged. By Go's convention the unit
    proper of such a metric may be its last part: `p99-ns`, `peak-RSS-bytes`.

    Examples
    --------
    >>> metric_for("allocs/op")[0].name, metric_for("p99-ns")[0].unit, metric_for("compares/op")[0].unit
    ('allocations', 's', 'compares/op')
    """
    if unit == "allocs/op":
        metric = Metric(name="allocations", unit="1", direction=direction or Direction.LOWER, original_unit=unit)
        return metric, Unit(base="1")
    if unit in _OWN:
        name, written = _OWN[unit]
        return metric_of(name, written, direction=direction)
    tail = unit.rpartition("-")[2]
    written = tail if parse_unit(unit) is None and tail != unit and parse_unit(tail) is not None else unit
    return metric_of(unit, written, direction=direction)
