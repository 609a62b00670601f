"""What asv's benchmarks.json says of the benchmarks: metric, unit, direction, names of parameters."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

from perfsite.errors import InputError
from perfsite.importers.files import load_json
from perfsite.model.run import Direction, Metric
from perfsite.model.units import Unit, guess_direction
from perfsite.sources.base import metric_of
from perfsite.sources.document import is_storable, shorten, storable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# asv's kinds of benchmarks, by the start of the function's name: https://asv.readthedocs.io/en/stable/writing_benchmarks.html
_KINDS: Final = {
    "time": ("time", "s"),
    "timeraw": ("time", "s"),
    "mem": ("memory", "B"),
    "memory": ("memory", "B"),
    "peakmem": ("peak_memory", "B"),
    "peakmemory": ("peak_memory", "B"),
}
_TRACKED: Final = "value"


class Suite:
    """The benchmarks that benchmarks.json knows; for others the name tells what it can."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self._known = known
        self._metrics: dict[str, tuple[Metric, Unit]] = {}
        self._interned: dict[Metric, Metric] = {}
        self.plain: dict[str, Metric] = {}
        """Metrics of the benchmarks seen so far whose values are written in the base unit, equal ones identical."""
        self._parameters: dict[str, tuple[Any, list[dict[str, str]]]] = {}
        self._undirected: set[str] = set()

    def metric(self, benchmark: str) -> tuple[Metric, Unit]:
        """Return what a benchmark measures, and the unit its values are written in."""
        found = self._metrics.get(benchmark)
        if found is None:
            metric, written = self._metric(benchmark)
            metric = self._interned.setdefault(metric, metric)
            found = self._metrics[benchmark] = (metric, written)
            if written.is_base:
                self.plain[benchmark] = metric
        return found

    def _metric(self, benchmark: str) -> tuple[Metric, Unit]:
        entry = self._known.get(benchmark)
        entry = entry if isinstance(entry, dict) else {}
        prefix = benchmark.rpartition(".")[2].partition("_")[0]
        kind, unit = entry.get("type"), entry.get("unit")
        name, base = _KINDS.get(kind if isinstance(kind, str) else prefix.lower(), (_TRACKED, "1"))
        if name != _TRACKED:
            return metric_of(name, unit if isinstance(unit, str) and unit else base, direction=Direction.LOWER)
        # asv's own default for what is tracked is the word "unit".
        unit = storable(unit) if isinstance(unit, str) and unit.strip() not in {"", "unit"} else base
        metric, written = metric_of(_TRACKED, unit, direction=None)
        direction = guess_direction(benchmark.rpartition(".")[2], metric.unit)
        if direction is Direction.NEITHER:
            self._undirected.add(benchmark)
        return (
            Metric(name=metric.name, unit=metric.unit, direction=direction, original_unit=metric.original_unit),
            written,
        )

    def parameters(self, benchmark: str, params: Sequence[Sequence[Any]]) -> list[dict[str, str]]:
        """Return the combinations of parameters in the order of asv's results: the last varies fastest."""
        cached = self._parameters.get(benchmark)
        if cached is not None and cached[0] == params:
            return cached[1]
        entry = self._known.get(benchmark)
        names = entry.get("param_names") if isinstance(entry, dict) else None
        if not isinstance(names, list) or len(names) != len(params) or not all(_is_name(name) for name in names):
            names = [f"param{i + 1}" for i in range(len(params))]
        texts = [[storable(value if isinstance(value, str) else str(value)) for value in axis] for axis in params]
        found = [dict(zip(names, values, strict=True)) for values in itertools.product(*texts)]
        self._parameters[benchmark] = (params, found)
        return found

    def doubts(self) -> list[str]:
        """Return what the owner should know of benchmarks seen so far."""
        if not self._undirected:
            return []
        shown = ", ".join(shorten(name) for name in sorted(self._undirected)[:3])
        text = (
            f"whether lower or higher is better is not known of {len(self._undirected)} tracked benchmarks ({shown}); "
            "they can change but never regress, unless `direction` is set for them in perfsite.toml"
        )
        return [text]


def _is_name(name: object) -> bool:
    return isinstance(name, str) and is_storable(name)


def read_suite(path: Path, problems: list[str]) -> Suite:
    """Return what a benchmarks.json says; where it cannot be read, that is noted and the names must do."""
    try:
        content = load_json(path, where=path.name)
    except InputError as error:
        problems.append(f"{error} (units and parameter names are guessed from the benchmarks' names)")
        return Suite({})
    if isinstance(content, dict):
        return Suite(content)
    problems.append(f"{path.name}: is not an object (units and parameter names are guessed)")
    return Suite({})
