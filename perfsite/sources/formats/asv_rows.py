"""The results of one asv file as columns, whatever they are: every odd one is told."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from perfsite.errors import InputError
from perfsite.model.run import Columns, Measurement, Status, thin_samples
from perfsite.sources.base import LONGEST_TEXT, in_base
from perfsite.sources.document import shown
from perfsite.sources.formats.asv_benchmarks import is_kept
from perfsite.sources.formats.asv_usual import COLUMNS, usual_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from perfsite.sources.formats.asv_benchmarks import Suite

    Tell = Callable[[str, str, str, str], None]
    """Takes of an odd result: the benchmark's name, the place inside its entry, what is wrong, what comes of it."""

# The older versions of the format knew more of the samples.
_ALL: Final = (*COLUMNS, "stats_min", "stats_max", "stats_mean", "stats_std")
_SPREAD: Final = (
    "stats_ci_99_a", "stats_ci_99_b", "stats_repeat", "samples", "stats_q_25", "stats_q_75", "stats_min", "stats_max",
    "stats_mean", "stats_std",
)  # fmt: skip
_NEEDED: Final = ("result", "params", "started_at", *_SPREAD)
_STATISTICS: Final = ("q1", "q3", "min", "max", "mean")
_MOST_COMBINATIONS: Final = 100_000
_LARGEST: Final = 1e280  # with room to be brought to a base unit
_HINT: Final = "asv writes these files with `asv run`; was this one edited?"


def read_results(content: Mapping[str, Any], suite: Suite, *, where: str, tell: Tell) -> tuple[Columns, float]:
    """Return all results of a file as columns, and when the last of them began (milliseconds; 0: not known).

    A `null` is a failed measurement and NaN a skipped one, as asv defines them; an infinity is failed too, and told.

    Raises
    ------
    InputError
        The file names columns but none for the results.
    """
    columns = content.get("result_columns", _ALL)
    if not isinstance(columns, list | tuple) or "result" not in columns:
        raise InputError("`result_columns` names no `result`", where=where, hint=_HINT)
    is_table = "result_columns" in content
    if is_table and tuple(columns) == COLUMNS and (found := usual_columns(content["results"], suite)) is not None:
        return found
    width = len(columns)
    places = [columns.index(name) if name in columns else width for name in _NEEDED]
    started = content.get("started_at")
    old_started = started if isinstance(started, dict) else {}
    latest: float = 0
    rows = _Rows(suite, tell)
    for name, entry in content["results"].items():
        row = entry if isinstance(entry, list) and is_table else _version_1(entry)
        padded = [*row, *[None] * (width + 1 - len(row))]
        result, params, begun, *spread = [padded[place] for place in places]
        begun = begun or old_started.get(name)
        if isinstance(begun, (int, float)) and begun > latest:
            latest = begun
        if not is_kept(name):
            tell(name, "", "its name is empty, endless, or holds a NUL or half a surrogate pair", "left out")
        elif params:
            rows.several(name, result, params, spread)
        else:
            rows.add(name, _first(result), {}, [_first(column) for column in spread])
    return rows.columns(), latest


class _Rows:
    """The measurements of one file while they are read."""

    def __init__(self, suite: Suite, tell: Tell) -> None:
        self.suite = suite
        self.tell = tell
        self.rows: list[Measurement] = []

    def several(self, name: str, result: Any, params: Any, spread: list[Any]) -> None:
        """Add the measurements of a benchmark with parameters: one for each combination."""
        if not isinstance(params, list) or not all(isinstance(axis, list) for axis in params):
            self.tell(name, "[1]", f"expected arrays of parameters, found {shown(params)}", "left out")
            return
        if math.prod(len(axis) for axis in params) > _MOST_COMBINATIONS:
            self.tell(name, "[1]", f"expected at most {_MOST_COMBINATIONS:,} combinations of parameters", "left out")
            return
        if any(len(str(value)) > LONGEST_TEXT for axis in params for value in axis):
            problem = f"expected parameters of at most {LONGEST_TEXT:,} characters"
            self.tell(name, "[1]", problem, "left out")
            return
        combinations = self.suite.parameters(name, params)
        n = len(combinations)
        if isinstance(result, list) and len(result) != n:
            problem = f"expected {n} values, one for each combination of parameters, found {len(result)}"
            self.tell(name, "[0]", problem, "read as far as they go")
        columns = [_padded(column, n) for column in (result, *spread)]
        for i, parameters in enumerate(combinations):
            value, *rest = [column[i] for column in columns]
            self.add(name, value, parameters, rest)

    def add(self, name: str, value: Any, parameters: Mapping[str, str], spread: list[Any]) -> None:
        """Add one measurement."""
        metric, written = self.suite.metric(name)
        status = self._status(name, value)
        if status is not Status.OK:
            row = Measurement(benchmark=name, metric=metric, value=None, parameters=parameters, status=status)
            self.rows.append(row)
            return
        low, high, repeat, samples, *statistics = spread
        samples = None if samples is None else self._samples(name, samples)
        known = {key: _finite(figure) for key, figure in zip((*_STATISTICS, "std"), statistics, strict=True)}
        deviation = known.pop("std")
        row = Measurement(
            benchmark=name,
            metric=metric,
            value=float(value),
            parameters=parameters,
            count=repeat if type(repeat) is int and 0 < repeat < 1 << 53 else len(samples) if samples else None,
            lower=_finite(low),
            upper=_finite(high),
            deviation=deviation if deviation is not None and deviation >= 0 else None,
            samples=thin_samples(samples) if samples else None,
            # Kept samples tell all of it themselves.
            statistics=None if samples else {k: v for k, v in known.items() if v is not None} or None,
        )
        self.rows.append(in_base(written, row))

    def _status(self, name: str, value: Any) -> Status:
        if value is None:
            return Status.FAILED
        if type(value) is not float and (type(value) is not int or abs(value) > 1 << 1000):
            self.tell(name, "[0]", f"expected a number or null, found {shown(value)}", "counts as failed")
            return Status.FAILED
        if math.isnan(value):
            return Status.SKIPPED
        if abs(value) > _LARGEST:
            self.tell(name, "[0]", f"expected a finite number, found {shown(value)}", "counts as failed")
            return Status.FAILED
        return Status.OK

    def _samples(self, name: str, samples: Any) -> list[float] | None:
        try:
            total = sum(samples)
        except (TypeError, OverflowError):
            total = math.nan
        if (
            not isinstance(samples, list)
            or not set(map(type, samples)) <= {int, float}
            or not samples
            or not -_LARGEST < total < _LARGEST
        ):
            self.tell(name, "[11]", "expected samples that are finite numbers", "they are left out")
            return None
        return samples

    def columns(self) -> Columns:
        return Columns.of(self.rows)


def _first(column: Any) -> Any:
    if type(column) is list:
        return column[0] if column else None
    return column


def _padded(column: Any, n: int) -> list[Any]:
    column = column if isinstance(column, list) else []
    return column if len(column) >= n else [*column, *[None] * (n - len(column))]


def _finite(bound: Any) -> float | None:
    # asv writes infinite bounds where it took too few samples: they say nothing.
    if type(bound) not in {float, int} or not -_LARGEST < bound < _LARGEST:
        return None
    return float(bound)


def _version_1(entry: Any) -> list[Any]:
    """Return a result of version 1 (a number, null, or an object) as a row of all columns."""
    if not isinstance(entry, dict):
        return [[entry]]
    stats = entry.get("stats")
    several = stats if isinstance(stats, list) else [stats]
    known = [item if isinstance(item, dict) else {} for item in several]
    bounds = [item.get("ci_99") for item in known]
    pairs = [pair if isinstance(pair, list) and len(pair) == 2 else [None, None] for pair in bounds]
    given: dict[str, Any] = {
        "result": entry.get("result"),
        "params": entry.get("params"),
        "samples": entry.get("samples"),
        "stats_ci_99_a": [low for low, _ in pairs],
        "stats_ci_99_b": [high for _, high in pairs],
        "stats_repeat": [item.get("repeat", item.get("n")) for item in known],
    }
    for key in ("q_25", "q_75", "min", "max", "mean", "std"):
        given[f"stats_{key}"] = [item.get(key) for item in known]
    return [given.get(name) for name in _ALL]
