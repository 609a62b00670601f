"""What the names and units of github-action-benchmark mean, by the tool whose output it read.

It copies the names of benchmarks as the tools write them. Here they become the benchmark and the parameters that
perfsite's own reader of that tool gives them, so that an imported history goes on when the same tool is recorded.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from perfsite.model.run import Direction
from perfsite.sources.base import metric_of
from perfsite.sources.formats import benchmarkdotnet_names, go_names, google_names, jmh_names
from perfsite.sources.names import split_slashes

if TYPE_CHECKING:
    from perfsite.model.run import Metric
    from perfsite.model.units import Unit


def _google(text: str) -> tuple[str, dict[str, str]]:
    name = google_names.split_name(text)
    return name.benchmark, dict(name.parameters)


def _pytest(text: str) -> tuple[str, dict[str, str]]:
    """Split a node id: what stands in brackets behind the test's own name is its parameters' id."""
    opening = text.find("[", max(text.find("::"), 0))
    return (text[:opening], {"param": text[opening + 1 : -1]}) if opening > 0 and text.endswith("]") else (text, {})


_SPLIT: Final = {
    "benchmarkdotnet": benchmarkdotnet_names.split_name,
    "cargo": split_slashes,
    "go": go_names.split_name,
    "googlecpp": _google,
    "jmh": jmh_names.split_name,
    "julia": split_slashes,
    "pytest": _pytest,
}
"""How names are split; the other tools have no parameters in them."""


@lru_cache(maxsize=4096)
def identity_of(text: str, unit: str, tool: str) -> tuple[str, dict[str, str], bool]:
    """Return benchmark, parameters, and whether the name only repeats another with its unit behind it.

    Of Go benchmarks with several units each stands there under a name of its own: `BenchmarkFib - widgets`, before or
    behind the package.

    Examples
    --------
    >>> identity_of("BenchmarkFib/n=10 - B/op (x.y/z)", "B/op", "go")
    ('BenchmarkFib (x.y/z)', {'n': '10'}, True)
    """
    is_copy = False
    if tool == "go" and unit:
        for tail in (f" - {unit}", f" - {unit} ("):
            place = text.rfind(tail)
            if place > 0 and (tail.endswith("(") or place + len(tail) == len(text)):
                text, is_copy = text[:place] + text[place + len(f" - {unit}") :], True
                break
    split = _SPLIT.get(tool)
    benchmark, parameters = split(text) if split else (text, {})
    return (benchmark, parameters, is_copy) if benchmark else (text, {}, is_copy)


@lru_cache(maxsize=1024)
def metric_of_tool(unit: str, tool: str) -> tuple[Metric, Unit] | None:
    """Return what a unit measures where the tool's own convention says it; None: the unit alone must tell."""
    if tool == "go":
        return go_names.metric_for(unit)
    if tool == "googlecpp":
        return metric_of("time", unit, direction=Direction.LOWER)
    if tool == "jmh":
        return jmh_names.primary_metric("thrpt" if unit.startswith("ops/") else "avgt", unit)
    return None
