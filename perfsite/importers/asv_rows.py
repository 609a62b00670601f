"""The results of one asv file as columns."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from perfsite.errors import InputError
from perfsite.model.run import MAX_SAMPLES, Columns, thin_samples
from perfsite.sources.document import is_storable, shorten, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfsite.importers.asv_benchmarks import Suite
    from perfsite.model.run import Metric

_COLUMNS: Final = (
    "result", "params", "version", "started_at", "duration", "stats_ci_99_a", "stats_ci_99_b", "stats_q_25",
    "stats_q_75", "stats_number", "stats_repeat", "samples", "profile",
)  # fmt: skip
_NEEDED: Final = ("result", "params", "started_at", "stats_ci_99_a", "stats_ci_99_b", "stats_repeat", "samples")
_HINT: Final = "asv writes these files with `asv run`; was this one edited?"
_FLOATS: Final = {float}
# One row of the columns to be: benchmark, metric, value, parameters, status, count, lower, upper, samples.
_Row = tuple[
    str, int, float | None, dict[str, str] | None, str, int | None, float | None, float | None, list[float] | None
]


class Rows:
    """The rows of one run while they are read.

    Written for speed: a history holds a quarter of a million of these rows, and a measurement as an object costs
    more than reading it. `_plain` reads what nearly all of them are; `_add` all the others, with every check.
    """

    def __init__(self, suite: Suite, where: str, problems: list[str]) -> None:
        self.suite = suite
        self.where = where
        self.problems = problems
        self.metrics: list[Metric] = []
        self.rows: list[_Row] = []

    def fill(self, content: Mapping[str, Any]) -> float:
        """Read all results; returns the latest `started_at` in milliseconds, 0 where there is none."""
        columns = content.get("result_columns", _COLUMNS)
        if not isinstance(columns, list | tuple) or "result" not in columns:
            raise InputError("`result_columns` names no `result`", where=self.where, hint=_HINT)
        width = len(columns)
        places = [columns.index(name) if name in columns else width for name in _NEEDED]
        started = content.get("started_at")
        old_started = started if isinstance(started, dict) else {}
        usual = tuple(columns) == _COLUMNS and "result_columns" in content
        latest: float = 0
        for name, entry in content["results"].items():
            if usual and (began := self._plain(name, entry)) is not None:
                latest = max(began, latest)
                continue
            row = entry if isinstance(entry, list) and "result_columns" in content else _version_1(entry)
            padded = [*row, *[None] * (width + 1 - len(row))]
            result, params, begun, low, high, repeat, samples = [padded[place] for place in places]
            begun = begun or old_started.get(name)
            if isinstance(begun, (int, float)) and begun > latest:
                latest = begun
            if not is_storable(name):
                self._tell(name, "is left out: its name holds a NUL or half a surrogate pair")
            elif params:
                self._several(name, result, params, (low, high, repeat, samples))
            else:
                self._add(name, _first(result), None, [_first(column) for column in (low, high, repeat, samples)])
        return latest

    def _plain(self, name: str, entry: Any) -> int | None:
        """Read a result without parameters, in the usual columns, with nothing odd in it; None: it is not one."""
        known = self.suite.plain.get(name)
        try:
            if known is None or entry[1]:
                return None
            began = entry[3]
            if type(began) is not int:
                return None
            if entry[0] is None:
                self.rows.append((name, self._index(known), None, None, "failed", None, None, None, None))
                return began
            (value,), (low,), (high,), (repeat,), (samples,) = entry[0], entry[5], entry[6], entry[10], entry[11]
            total = sum(samples) + value + low + high
        except (IndexError, KeyError, TypeError, ValueError, OverflowError):
            return None
        # Infinities and NaN survive every sum, so one look at the total clears all of its parts.
        if (
            type(repeat) is not int
            or repeat < 1
            or not 0 < len(samples) <= MAX_SAMPLES
            or {type(value), type(low), type(high), *map(type, samples)} != _FLOATS
            or total - total != 0
        ):
            return None
        self.rows.append((name, self._index(known), value, None, "ok", repeat, low, high, samples))
        return began

    def _index(self, metric: Metric) -> int:
        if self.metrics and self.metrics[-1] is metric:
            return len(self.metrics) - 1
        if metric not in self.metrics:
            self.metrics.append(metric)
        return self.metrics.index(metric)

    def _several(self, name: str, result: Any, params: Any, spread: tuple[Any, ...]) -> None:
        if not isinstance(params, list) or not all(isinstance(axis, list) for axis in params):
            self._tell(name, f"is left out: its parameters are {shown(params)}, not arrays")
            return
        if math.prod(len(axis) for axis in params) > 100_000:
            self._tell(name, "is left out: it has more than 100,000 combinations of parameters")
            return
        combinations = self.suite.parameters(name, params)
        n = len(combinations)
        if isinstance(result, list) and len(result) != n:
            self._tell(name, f"has {len(result)} values for {n} combinations of parameters")
        columns = [_padded(column, n) for column in (result, *spread)]
        for i, parameters in enumerate(combinations):
            value, *rest = [column[i] for column in columns]
            self._add(name, value, parameters, rest)

    def _add(self, name: str, value: Any, parameters: dict[str, str] | None, spread: list[Any]) -> None:
        metric, written = self.suite.metric(name)
        status = self._status(name, value)
        if status != "ok":
            self.rows.append((name, self._index(metric), None, parameters, status, None, None, None, None))
            return
        low, high, repeat, samples = spread
        low, high = _finite(low), _finite(high)
        samples = None if samples is None else self._samples(name, samples)
        count = repeat if type(repeat) is int and repeat > 0 else len(samples) if samples else None
        samples = samples and list(thin_samples(samples))
        if not written.is_base:
            value = written.to_base(value)
            low, high = [None if bound is None else written.to_base(bound) for bound in (low, high)]
            samples = samples and [written.to_base(sample) for sample in samples]
        self.rows.append((name, self._index(metric), value, parameters, "ok", count, low, high, samples))

    def _status(self, name: str, value: Any) -> str:
        if value is None:
            return "failed"
        if type(value) is not float and (type(value) is not int or abs(value) > 1 << 1000):
            self._tell(name, f"counts as failed: its value is {shown(value)}")
            return "failed"
        if math.isnan(value):
            return "skipped"
        if abs(value) > 1e300:
            self._tell(name, "counts as failed: its value is too large to be one")
            return "failed"
        return "ok"

    def _samples(self, name: str, samples: Any) -> list[float] | None:
        try:
            total = sum(samples)
        except (TypeError, OverflowError):
            total = math.nan
        if (
            not isinstance(samples, list)
            or not set(map(type, samples)) <= {int, float}
            or not samples
            or not -1e300 < total < 1e300
        ):
            self._tell(name, "has samples that are not finite numbers; they are left out")
            return None
        return samples

    def _tell(self, name: str, what: str) -> None:
        self.problems.append(f"{self.where}: {shorten(name)} {what}")

    def columns(self) -> Columns:
        """Return what was read; a column with nothing in it is None."""
        nothing: tuple[tuple[Any, ...], ...] = ((),) * 9
        turned = tuple(zip(*self.rows, strict=True)) or nothing
        benchmark, metric, value, parameters, status, count, lower, upper, samples = turned
        return Columns(
            metrics=tuple(self.metrics),
            benchmark=list(benchmark),
            metric=list(metric),
            value=list(value),
            parameters=_unless_empty(parameters),
            status=list(status) if status.count("ok") < len(status) else None,
            count=_unless_empty(count),
            lower=_unless_empty(lower),
            upper=_unless_empty(upper),
            samples=_unless_empty(samples),
        )


def _unless_empty(column: tuple[Any, ...]) -> list[Any] | None:
    return None if column.count(None) == len(column) else list(column)


def _first(column: Any) -> Any:
    if type(column) is list:
        return column[0] if column else None
    return column


def _padded(column: Any, n: int) -> list[Any]:
    column = column if isinstance(column, list) else []
    return column if len(column) >= n else [*column, *[None] * (n - len(column))]


def _finite(bound: Any) -> float | None:
    # asv writes infinite bounds where it took too few samples: they say nothing.
    if type(bound) not in {float, int} or not -1e300 < bound < 1e300:
        return None
    return float(bound)


def _version_1(entry: Any) -> list[Any]:
    """Return a result of version 1 (a number, null, or an object) as a row of version 2."""
    if not isinstance(entry, dict):
        return [[entry]]
    stats = entry.get("stats")
    several = stats if isinstance(stats, list) else [stats]
    known = [item if isinstance(item, dict) else {} for item in several]
    bounds = [item.get("ci_99") for item in known]
    pairs = [pair if isinstance(pair, list) and len(pair) == 2 else [None, None] for pair in bounds]
    lows, highs = [low for low, _ in pairs], [high for _, high in pairs]
    repeats = [item.get("repeat", item.get("n")) for item in known]
    return [
        entry.get("result"), entry.get("params"), None, None, None, lows, highs, None, None, None, repeats,
        entry.get("samples"),
    ]  # fmt: skip
