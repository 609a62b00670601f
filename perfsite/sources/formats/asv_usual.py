"""The results of one asv file as columns, all at once, where they are of the usual kind.

Written for speed: a history holds a quarter of a million results, and one look at each costs more than reading its
file. Whole columns are checked by functions that run in C; a file with one odd result goes the thorough way instead.
"""

from __future__ import annotations

from itertools import chain
from math import isfinite
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from perfsite.model.run import MAX_SAMPLES, Columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from perfsite.sources.formats.asv_benchmarks import Suite

COLUMNS: Final = (
    "result", "params", "version", "started_at", "duration", "stats_ci_99_a", "stats_ci_99_b", "stats_q_25",
    "stats_q_75", "stats_number", "stats_repeat", "samples", "profile",
)  # fmt: skip
"""The columns of a result of version 2, as asv has written them since 0.3."""
_READ: Final = ("result", "stats_ci_99_a", "stats_ci_99_b", "stats_repeat", "samples")
_PLACES: Final = tuple(COLUMNS.index(name) for name in _READ)
_RESULT: Final = itemgetter(0)
_PARAMETERS: Final = itemgetter(COLUMNS.index("params"))
_BEGAN: Final = itemgetter(COLUMNS.index("started_at"))
_FAILED: Final = [[None] if place in _PLACES else None for place in range(len(COLUMNS) - 1)]


class _OddError(Exception):
    """Something is not of the usual kind."""


def usual_columns(results: Mapping[str, Any], suite: Suite) -> tuple[Columns, int] | None:
    """Return the columns of results and when the last began (milliseconds); None: there is an odd one.

    Usual are benchmarks without parameters in base units, each failed (null) or measured: a finite number with its
    bounds and at most MAX_SAMPLES samples.
    """
    codes = suite.codes_of(results)
    if codes is None or not results:
        return None
    rows = list(results.values())
    try:
        _only(rows, list)
        if any(map(_PARAMETERS, rows)):
            return None
        began = _only(list(map(_BEGAN, rows)), int)
        failed = list(map(_RESULT, rows)).count(None)
        whole = [_FAILED if row[0] is None else row for row in rows] if failed else rows
        columns = list(zip(*whole, strict=False))
        value, low, high, repeat, samples = (_unwrapped(columns[place], failed) for place in _PLACES)
        _finite(value, low, high)
        if min(_only(_known(repeat, failed), int), default=1) < 1:
            return None
        _check_samples(_known(samples, failed))
    except (IndexError, KeyError, TypeError, OverflowError, _OddError):
        return None
    metrics, metric = suite.metric_column(codes)
    status = ["ok" if one is not None else "failed" for one in value] if failed else None
    measured: dict[str, Any] = {"count": repeat, "lower": low, "upper": high, "samples": samples}
    return (
        Columns(
            metrics=metrics,
            benchmark=list(results),
            metric=metric,
            value=value,
            status=status,
            **(measured if failed < len(rows) else {}),
        ),
        max(began),
    )


def _only(column: Sequence[Any], kind: type) -> Sequence[Any]:
    if column and set(map(type, column)) != {kind}:
        raise _OddError
    return column


def _known(column: list[Any], failed: int) -> list[Any]:
    return [one for one in column if one is not None] if failed else column


def _unwrapped(column: Sequence[Any], failed: int) -> list[Any]:
    """Return the one value of each row's list: nothing of failed rows only."""
    _only(column, list)
    if set(map(len, column)) != {1}:
        raise _OddError
    found = list(chain.from_iterable(column))
    if found.count(None) != failed:
        raise _OddError
    return found


def _finite(*columns: Iterable[Any]) -> None:
    for column in columns:
        known = list(filter(None, column))  # zeros are as finite as nothing
        # NaN and infinities survive every sum.
        if not isfinite(sum(_only(known, float))) or not set(map(type, column)) <= {float, type(None)}:
            raise _OddError


def _check_samples(samples: list[list[float]]) -> None:
    sizes = list(map(len, _only(samples, list)))
    if sizes and (min(sizes) < 1 or max(sizes) > MAX_SAMPLES):
        raise _OddError
    if samples and set(map(type, chain.from_iterable(samples))) != {float}:
        raise _OddError
    if not isfinite(sum(chain.from_iterable(samples))):
        raise _OddError
