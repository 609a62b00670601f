"""The measurements of a run as the columns of a record: written small, checked fast, shared in memory.

The checks look at whole columns with functions that run in C (`set(map(type, column))`), because a history has
millions of rows; only a column that is wrong is searched for the row to blame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from math import isfinite
from typing import Any, Final

from perfsite.history.checks import MAX_INTEGER, MAX_TEXT, FaultError, expected, mapping, optional_text, text
from perfsite.model.run import MAX_SAMPLES, Columns, Direction, Metric, Status

_NOTHING: Final = type(None)
_STATUSES: Final = frozenset(Status)
_DIRECTIONS: Final = {str(direction): direction for direction in Direction}
_FLOATS: Final = frozenset({float, _NOTHING})
_LISTS: Final = frozenset({list, _NOTHING})
_FLOAT_MAX: Final = 2**1023
_PATH: Final = "$.measurements"


class Memo:
    """What the runs of one reading share, so that a million rows do not keep a million names.

    Runs of one suite mostly have the very same benchmark column: such runs share one list. Readers must not change
    it. Only the latest few columns are kept, so that streaming a long history needs no memory for it.
    """

    def __init__(self) -> None:
        self._strings: dict[str, str] = {}
        self._columns: dict[tuple[str, ...], tuple[list[str], bool]] = {}
        self._metrics: dict[tuple[Metric, ...], tuple[Metric, ...]] = {}
        self._parameters: dict[tuple[tuple[str, str], ...], Mapping[str, str]] = {}

    def names(self, column: list[Any]) -> tuple[list[str], bool]:
        """Return an equal checked column, the same list where it was seen lately, and whether all names differ."""
        if column and set(map(type, column)) != {str}:
            raise _row(column, "benchmark", _is_name, "text")
        key = tuple(column)
        known = self._columns.get(key)
        if known is None:
            if column and not (all(column) and len(max(column, key=len)) <= MAX_TEXT):
                raise _row(column, "benchmark", _is_name, f"text of 1 to {MAX_TEXT:,} characters")
            if len(self._columns) >= 64:
                self._columns.clear()
            shared = [self._strings.setdefault(name, name) for name in column]
            known = self._columns[tuple(shared)] = (shared, len(set(shared)) == len(shared))
        return known

    def metrics(self, metrics: tuple[Metric, ...]) -> tuple[Metric, ...]:
        """Return equal metrics, the same objects where they were seen before."""
        return self._metrics.setdefault(metrics, metrics)

    def parameters(self, parameters: Mapping[str, str]) -> Mapping[str, str]:
        """Return equal parameters, the same object where they were seen before."""
        return self._parameters.setdefault(tuple(parameters.items()), parameters)


def columns_record(columns: Columns) -> dict[str, Any]:
    """Return the columns as they are written: nothing for what is not known, one value where all rows are equal."""
    status = None if columns.status is None else [str(value) for value in columns.status]
    record: dict[str, Any] = {
        "metrics": [_metric_record(metric) for metric in columns.metrics],
        "benchmark": list(columns.benchmark),
        "metric": _single(list(columns.metric)),
        "value": _as_floats(columns.value),
    }
    rest: dict[str, list[Any] | None] = {
        "parameters": None if columns.parameters is None else [_ordered(row) for row in columns.parameters],
        "status": None if status is None or status.count("ok") == len(status) else status,
        "count": None if columns.count is None else list(columns.count),
        "lower": None if columns.lower is None else _as_floats(columns.lower),
        "upper": None if columns.upper is None else _as_floats(columns.upper),
        "deviation": None if columns.deviation is None else _as_floats(columns.deviation),
    }
    if columns.statistics is not None:
        rest["statistics"] = [_statistics_record(row) for row in columns.statistics]
    for key, column in rest.items():
        if column is not None and column.count(None) < len(column):
            record[key] = _single(column)
    if columns.samples is not None and any(columns.samples):
        record["samples"] = _samples_record(columns.samples)
    return record


def _metric_record(metric: Metric) -> dict[str, str]:
    record = {"name": metric.name, "unit": metric.unit, "direction": str(metric.direction)}
    if metric.original_unit is not None:
        record["original_unit"] = metric.original_unit
    return record


def _ordered(parameters: Mapping[str, str] | None) -> dict[str, str] | None:
    """Return the parameters by name, so that equal runs are equal bytes; None for none."""
    return dict(sorted(parameters.items())) if parameters else None


def _samples_record(column: Sequence[Sequence[float] | None]) -> list[Any]:
    """Return the samples with floats only; rows that are such lists already, as nearly all are, stay as they are."""
    if set(map(type, column)) <= _LISTS and int not in set(map(type, chain.from_iterable(filter(None, column)))):
        return [row or None for row in column] if [] in column else list(column)
    return [_as_floats(row) if row else None for row in column]


def _statistics_record(row: Mapping[str, float] | None) -> dict[str, float] | None:
    return dict(sorted(zip(row, _as_floats(row.values()), strict=True))) if row else None


def _single(column: list[Any]) -> Any:
    return column[0] if column and column.count(column[0]) == len(column) else column


def _as_floats(column: Iterable[Any]) -> list[Any]:
    """Return the numbers as floats: 1 and 1.0 are the same measurement, so they must be the same bytes."""
    values = list(column)
    if int in set(map(type, values)):
        return [float(value) if type(value) is int and abs(value) < _FLOAT_MAX else value for value in values]
    return values


def columns_of(record: Mapping[str, Any], memo: Memo) -> Columns:
    """Return the checked columns of a record's `measurements`.

    Raises
    ------
    FaultError
        On the first column or row that is not what it must be.
    """
    metrics = memo.metrics(_metrics(record.get("metrics")))
    benchmark, all_differ = memo.names(_list(record.get("benchmark"), "benchmark"))
    size = len(benchmark)
    metric = _metric_column(record.get("metric"), size, len(metrics))
    value = _float_column(_list(record.get("value"), "value"), "value", size)
    parameters = _parameters(record.get("parameters"), size, memo)
    status = _status(record.get("status"), value, size)
    lower, upper, deviation = (_optional_floats(record.get(key), key, size) for key in ("lower", "upper", "deviation"))
    if deviation is not None and min((x for x in deviation if x is not None), default=0.0) < 0:
        raise _row(deviation, "deviation", lambda x: x is None or x >= 0, "a number of 0 or more")
    if not all_differ:
        _check_unique(benchmark, metric, parameters)
    return Columns(
        metrics=metrics,
        benchmark=benchmark,
        metric=metric,
        value=value,
        parameters=parameters,
        status=status,
        count=_counts(record.get("count"), size),
        lower=lower,
        upper=upper,
        deviation=deviation,
        samples=_samples(record.get("samples"), size),
        statistics=_statistics(record.get("statistics"), size),
    )


def _row(column: Iterable[Any], key: str, good: Callable[[Any], bool], what: str) -> FaultError:
    """Return the error for the first row of a column that is known to hold a bad one."""
    at, value = next((i, row) for i, row in enumerate(column) if not good(row))
    return expected(f"{_PATH}.{key}[{at}]", what, value)


def _list(value: Any, key: str) -> list[Any]:
    if not isinstance(value, list):
        raise expected(f"{_PATH}.{key}", "a list", value)
    return value


def _sized(value: Any, key: str, size: int) -> list[Any]:
    """Return a column of `size` rows; a value that stands for all rows is repeated."""
    column: list[Any] = value if isinstance(value, list) else [value] * size
    if len(column) != size:
        raise FaultError(f"{_PATH}.{key}", f"expected {size:,} rows, as many as benchmarks, found {len(column):,}")
    return column


def _metrics(value: Any) -> tuple[Metric, ...]:
    metrics = []
    for i, row in enumerate(_list(value, "metrics")):
        path = f"{_PATH}.metrics[{i}]"
        direction = mapping(row, path).get("direction")
        if not isinstance(direction, str) or direction not in _DIRECTIONS:
            raise expected(f"{path}.direction", "lower, higher or neither", direction)
        metrics.append(
            Metric(
                name=text(row.get("name"), f"{path}.name"),
                unit=text(row.get("unit"), f"{path}.unit"),
                direction=_DIRECTIONS[direction],
                original_unit=optional_text(row.get("original_unit"), f"{path}.original_unit"),
            )
        )
    return tuple(metrics)


def _is_name(value: Any) -> bool:
    return type(value) is str and 1 <= len(value) <= MAX_TEXT


def _metric_column(value: Any, size: int, metrics: int) -> list[int]:
    if type(value) is int and 0 <= value < metrics:
        return [value] * size
    column = _sized(value, "metric", size)
    if column and not (set(map(type, column)) == {int} and min(column) >= 0 and max(column) < metrics):
        what = f"the index of one of {metrics} metrics"
        raise _row(column, "metric", lambda row: type(row) is int and 0 <= row < metrics, what)
    return column


def _is_number(value: Any) -> bool:
    return value is None or (type(value) is float and isfinite(value))


def _float_column(value: Any, key: str, size: int) -> list[Any]:
    """Return a column of finite floats or None; whole numbers, as other writers have them, become floats."""
    column = _as_floats(_sized(value, key, size))
    kinds = set(map(type, column))
    numbers = column if kinds == {float} else [row for row in column if row is not None]
    if not kinds <= _FLOATS or not all(map(isfinite, numbers)):
        raise _row(column, key, _is_number, "a finite number")
    return column


def _optional_floats(value: Any, key: str, size: int) -> list[Any] | None:
    return None if value is None else _float_column(value, key, size)


def _parameters(value: Any, size: int, memo: Memo) -> list[Mapping[str, str] | None] | None:
    if value is None:
        return None
    if isinstance(value, Mapping):
        return [_one_parameters(value, f"{_PATH}.parameters", memo)] * size
    rows = _sized(value, "parameters", size)
    column: list[Mapping[str, str] | None] = []
    for i, row in enumerate(rows):
        column.append(None if row is None else _one_parameters(row, f"{_PATH}.parameters[{i}]", memo))
    return column


def _one_parameters(value: Any, path: str, memo: Memo) -> Mapping[str, str]:
    if type(value) is not dict:
        raise expected(path, "an object of names and texts", value)
    for name, setting in value.items():
        if type(setting) is not str or len(setting) > MAX_TEXT or not 1 <= len(name) <= MAX_TEXT:
            raise expected(f"{path}.{name[:60]}", "text", setting)
    return memo.parameters(value)


def _status(value: Any, values: list[float | None], size: int) -> list[str] | None:
    """Return the statuses, None where all are ok, having checked that exactly the ok rows have a value."""
    if value is None:
        if None in values:
            raise _row(values, "value", lambda row: row is not None, "a number, since no status says otherwise")
        return None
    column = _sized(value, "status", size)
    if not all(type(row) is str and row in _STATUSES for row in column):
        good = "ok, failed or skipped"
        raise _row(column, "status", lambda row: type(row) is str and row in _STATUSES, good)
    for i, (status, number) in enumerate(zip(column, values, strict=True)):
        if (status == "ok") == (number is None):
            raise expected(f"{_PATH}.value[{i}]", f"{'a number' if status == 'ok' else 'null'} for {status}", number)
    return None if column.count("ok") == len(column) else column


def _is_count(value: Any) -> bool:
    return value is None or (type(value) is int and 1 <= value <= MAX_INTEGER)


def _counts(value: Any, size: int) -> list[int | None] | None:
    if value is None:
        return None
    column = _sized(value, "count", size)
    distinct = [value] if not isinstance(value, list) else column
    if not all(map(_is_count, distinct)):
        raise _row(column, "count", _is_count, "a whole number of 1 or more")
    return column


def _samples(value: Any, size: int) -> list[list[float] | None] | None:
    if value is None:
        return None
    column = _sized(_list(value, "samples"), "samples", size)
    for i, row in enumerate(column):
        if row is not None and not (isinstance(row, list) and 1 <= len(row) <= MAX_SAMPLES):
            raise expected(f"{_PATH}.samples[{i}]", f"a list of 1 to {MAX_SAMPLES} samples", row)
    kept = [row for row in column if row is not None]
    if set(map(type, chain.from_iterable(kept))) <= {float} and all(map(isfinite, chain.from_iterable(kept))):
        return column
    checked = [None if row is None else _as_floats(row) for row in column]
    for i, row in enumerate(checked):
        if row is not None and not all(type(x) is float and isfinite(x) for x in row):
            raise _row(row, f"samples[{i}]", lambda x: type(x) is float and isfinite(x), "a finite number")
    return checked


def _statistics(value: Any, size: int) -> list[Mapping[str, float] | None] | None:
    if value is None:
        return None
    if isinstance(value, Mapping):
        return [_one_statistics(value, f"{_PATH}.statistics")] * size
    return [
        None if row is None else _one_statistics(row, f"{_PATH}.statistics[{i}]")
        for i, row in enumerate(_sized(value, "statistics", size))
    ]


def _one_statistics(value: Any, path: str) -> Mapping[str, float]:
    if type(value) is not dict:
        raise expected(path, "an object of names and numbers", value)
    numbers = _as_floats(value.values())
    for name, number in zip(value, numbers, strict=True):
        if type(number) is not float or not isfinite(number) or not 1 <= len(name) <= MAX_TEXT:
            raise expected(f"{path}.{name[:60]}", "a finite number", number)
    return dict(zip(value, numbers, strict=True))


def _check_unique(
    benchmark: list[str], metric: list[int], parameters: Sequence[Mapping[str, str] | None] | None
) -> None:
    """Refuse a run that measures one thing twice: no reader could tell which of the two is meant."""
    if len(set(zip(benchmark, metric, strict=True))) == len(benchmark):
        return
    rows = parameters or [None] * len(benchmark)
    seen: dict[object, int] = {}
    for i, (name, index, row) in enumerate(zip(benchmark, metric, rows, strict=True)):
        first = seen.setdefault((name, index, tuple(sorted(row.items())) if row else ()), i)
        if first != i:
            what = f"{name[:60]!r} with the same metric and parameters stands in row {first} already"
            raise FaultError(f"{_PATH}.benchmark[{i}]", what)
