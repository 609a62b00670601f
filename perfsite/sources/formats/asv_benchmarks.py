"""What asv's benchmarks.json says of the benchmarks: metric, unit, direction, names of parameters."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from perfsite.model.run import Direction, Metric
from perfsite.model.units import Unit, guess_direction
from perfsite.sources.base import LONGEST_TEXT, metric_of
from perfsite.sources.document import is_storable, shorten, storable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# asv's kinds of benchmarks, by the start of the function's name: https://asv.readthedocs.io/en/stable/writing_benchmarks.html
_KINDS: Final = {
    "time": ("time", "s"),
    "timeraw": ("time", "s"),
    "mem": ("memory", "B"),
    "memory": ("memory", "B"),
    "peakmem": ("memory", "B"),
    "peakmemory": ("memory", "B"),
}
_TRACKED: Final = "value"


class Suite:
    """The benchmarks that benchmarks.json knows; for others the name tells what it can."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self._known = known
        self._metrics: dict[str, tuple[Metric, Unit]] = {}
        self._numbers: dict[Metric, int] = {}
        self._codes: dict[str, int | None] = {}
        self._parameters: dict[str, tuple[Any, list[dict[str, str]]]] = {}
        self._undirected: set[str] = set()

    def metric(self, benchmark: str) -> tuple[Metric, Unit]:
        """Return what a benchmark measures, and the unit its values are written in."""
        found = self._metrics.get(benchmark)
        if found is None:
            found = self._metrics[benchmark] = self._metric(benchmark)
        return found

    def codes_of(self, benchmarks: Iterable[str]) -> list[int] | None:
        """Return a number for each benchmark's metric; None where one has a unit to convert or no usable name."""
        found = list(map(self._codes.get, benchmarks))
        if None in found:
            found = [self._code(benchmark) for benchmark in benchmarks]
        return None if None in found else [code for code in found if code is not None]

    def _code(self, benchmark: str) -> int | None:
        if benchmark not in self._codes:
            metric, written = self.metric(benchmark)
            is_usual = written.is_base and is_kept(benchmark)
            number = self._numbers.setdefault(metric, len(self._numbers)) if is_usual else None
            self._codes[benchmark] = number
        return self._codes[benchmark]

    def metric_column(self, codes: Sequence[int]) -> tuple[tuple[Metric, ...], list[int]]:
        """Return the metrics of these numbers in the order of their first, and the column of indices into them."""
        order = {code: i for i, code in enumerate(dict.fromkeys(codes))}
        metrics = list(self._numbers)
        return tuple(metrics[code] for code in order), list(map(order.__getitem__, codes))

    def _metric(self, benchmark: str) -> tuple[Metric, Unit]:
        entry = self._known.get(benchmark)
        entry = entry if isinstance(entry, dict) else {}
        prefix = benchmark.rpartition(".")[2].partition("_")[0]
        kind, unit = entry.get("type"), entry.get("unit")
        name, base = _KINDS.get(kind if isinstance(kind, str) else prefix.lower(), (_TRACKED, "1"))
        if name != _TRACKED:
            return metric_of(name, unit if is_kept(unit) else base, direction=Direction.LOWER)
        # asv's own default for what is tracked is the word "unit".
        unit = storable(unit) if is_kept(unit) and unit.strip() not in {"", "unit"} else base
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
        if not isinstance(names, list) or len(names) != len(params) or not all(map(is_kept, names)):
            names = []
        if len(set(names)) != len(params):
            names = [f"param{i + 1}" for i in range(len(params))]
        texts = [
            _distinct([storable(value if isinstance(value, str) else str(value)) for value in axis]) for axis in params
        ]
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


def is_benchmark(name: str) -> bool:
    """Whether a name is of the kind that asv gives: `module.Class.time_something`.

    Examples
    --------
    >>> is_benchmark("suite.Strings.time_join"), is_benchmark("time")
    (True, False)
    """
    module, _, function = name.rpartition(".")
    return bool(module) and function.partition("_")[0].lower() in {*_KINDS, "track"}


def is_kept(name: object) -> TypeGuard[str]:
    """Whether a name can be kept in a history: text, neither empty nor endless, that UTF-8 can write."""
    return isinstance(name, str) and 0 < len(name) <= LONGEST_TEXT and is_storable(name)


def _distinct(texts: list[str]) -> list[str]:
    """Return the values of one parameter with a number behind those that read like an earlier one."""
    if len(set(texts)) == len(texts):
        return texts
    found: dict[str, None] = {}
    for text in texts:
        number, name = 1, text
        while name in found:
            number += 1
            name = f"{text} ({number})"
        found[name] = None
    return list(found)
