"""The metrics that load tests have in common: their names, units and directions are the same for every tool."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from perfsite.model.run import Direction, Measurement, Status
from perfsite.sources.base import in_base, metric_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfsite.model.run import Metric
    from perfsite.model.units import Unit
    from perfsite.sources.base import Rows

_UNITS: Final = {
    "requests": "",
    "failures": "",
    "users": "",
    "error_rate": "",
    "requests_per_second": "1/s",
    "failures_per_second": "1/s",
    "size": "B",
    "bytes": "B",
    "bytes_per_second": "B/s",
    "bytes_sent_per_second": "B/s",
}
# How much was asked of the system is the test's own doing.
_NEITHER: Final = frozenset({"requests", "users", "bytes"})
_PERCENTILE: Final = re.compile(r"(\d{1,3})(?:\.(\d{1,12}))?\Z", re.ASCII)


def percentile_name(figure: str) -> str | None:
    """Return the metric of a percentile written as a figure without its per cent sign; None for anything else.

    Examples
    --------
    >>> percentile_name("50"), percentile_name("99.90"), percentile_name("100"), percentile_name("mean")
    ('p50', 'p99.9', 'p100', None)
    """
    match = _PERCENTILE.match(figure.strip())
    if match is None or int(match[1]) > 100:
        return None
    fraction = (match[2] or "").rstrip("0")
    return f"p{int(match[1])}.{fraction}" if fraction else f"p{int(match[1])}"


def load_metric(name: str) -> tuple[Metric, Unit]:
    """Return the metric of that name and the unit of its written values; what is no count, rate or size is in ms."""
    return metric_of(name, _UNITS.get(name, "ms"), direction=Direction.NEITHER if name in _NEITHER else None)


class Target:
    """What load was put on: one endpoint, or all of them together; takes its figures into rows.

    Parameters
    ----------
    rows
        Where the measurements go.
    at
        The place in the file that the figures come from.
    """

    def __init__(self, rows: Rows, at: str, benchmark: str, parameters: Mapping[str, str]) -> None:
        self.rows = rows
        self.at = at
        self.benchmark = benchmark
        self.parameters = parameters

    def add(
        self,
        name: str,
        value: float | None,
        *,
        count: int | None = None,
        deviation: float | None = None,
        samples: Sequence[float] | None = None,
    ) -> None:
        """Add one figure, written in the unit of `load_metric`; None: it did not come about."""
        metric, unit = load_metric(name)
        row = Measurement(
            benchmark=self.benchmark,
            parameters=self.parameters,
            metric=metric,
            value=value,
            status=Status.OK if value is not None else Status.SKIPPED,
            count=count,
            deviation=deviation,
            samples=samples,
        )
        self.rows.add(in_base(unit, row), self.at)
