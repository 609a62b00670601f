"""What pgbench's figures are called, and repeated runs of one benchmark taken together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from perfsite.model.run import Direction, Measurement, Status
from perfsite.sources.base import in_base, median, metric_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfsite.sources.base import Rows

_UNITS: Final = {
    "time": "ms",
    "interval_time": "ms",
    "throughput": "tps",
    "throughput_with_connecting": "tps",
    "initial_connection_time": "ms",
    "connection_time": "ms",
    "schedule_lag": "ms",
}
_ABSOLUTE: Final = re.compile(r"/|[A-Za-z]:[/\\]")
_BUILT_IN: Final = {
    "TPC-B (sort of)": "<builtin: TPC-B (sort of)>",
    "Update only pgbench_accounts": "<builtin: simple update>",
    "Update only accounts": "<builtin: simple update>",
    "SELECT only": "<builtin: select only>",
}


def benchmark_name(text: str) -> str:
    """Return the name of a script as pgbench writes it since 9.6; of one in another place only the file's name.

    Where a script lies differs from machine to machine, while the work is the same.

    Examples
    --------
    >>> benchmark_name("SELECT only"), benchmark_name("sql/orders.sql"), benchmark_name("/home/ada/orders.sql")
    ('<builtin: select only>', 'sql/orders.sql', 'orders.sql')
    """
    if _ABSOLUTE.match(text):
        return re.split(r"[/\\]", text)[-1] or text
    return _BUILT_IN.get(text, text)


@dataclass(frozen=True, slots=True)
class Part:
    """What figures are of: a script or statement with its parameters, and where in the file they stand."""

    benchmark: str
    parameters: Mapping[str, str]
    at: str


class Figures:
    """The figures of all runs in a file; runs of one benchmark with the same parameters are its samples."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, tuple[tuple[str, str], ...], str], list[tuple[Measurement, str]]] = {}

    def add(self, part: Part, name: str, value: float | None, **spread: Any) -> None:
        """Take one figure in pgbench's unit; None: the run ended before it came about."""
        direction = Direction.NEITHER if name == "transactions" else None
        if name.startswith(("skipped", "retried", "retries", "above_latency_limit")):
            direction = Direction.LOWER
        metric, unit = metric_of(name, _UNITS.get(name, ""), direction=direction)
        row = Measurement(
            benchmark=part.benchmark,
            parameters=part.parameters,
            metric=metric,
            value=value,
            status=Status.OK if value is not None else Status.FAILED,
            **spread,
        )
        key = (part.benchmark, tuple(sorted(part.parameters.items())), name)
        self._found.setdefault(key, []).append((in_base(unit, row), part.at))

    def add_to(self, rows: Rows) -> None:
        """Add a measurement for every figure."""
        for found in self._found.values():
            row, at = found[0]
            values = [other.value for other, _ in found if other.value is not None]
            if len(found) > 1 and values:
                row = Measurement(
                    benchmark=row.benchmark,
                    parameters=row.parameters,
                    metric=row.metric,
                    value=median(values),
                    count=len(values),
                    samples=values,
                )
            rows.add(row, at)
