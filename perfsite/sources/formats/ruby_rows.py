"""The lines that Ruby's harnesses print: what each measures."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from perfsite.model.run import Direction, Measurement, Metric, Status
from perfsite.model.units import Unit
from perfsite.sources.base import in_base, metric_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SCALES: Final = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "B": 10**9, "G": 10**9, "T": 10**12, "Q": 10**15}
_SCALED: Final = re.compile(r"(\d{1,40}(?:\.\d{1,20})?)([kKMBGTQ]?)\Z", re.ASCII)
_SECONDS: Final = re.compile(r"-?\d{1,12}\.\d{2,9}\Z", re.ASCII)
_IPS: Final = re.compile(r"\(± ?(?P<error>\d{1,12}(?:\.\d{1,9})?|NaN|Inf(?:inity)?)%\) i/s\b", re.ASCII)
_LOOPS: Final = re.compile(r" - +\d{1,40}(?:\.\d{1,9})?[kKMBGTQ]? times(?: in(?: +\d{1,12}\.\d{1,9}s)+)?\Z", re.ASCII)
_UNIT: Final = re.compile(r"[A-Za-z%][\w%/-]{0,40}\Z", re.ASCII)
_WITHOUT: Final = frozenset({"NaN", "Infinity", "ERROR"})
THROUGHPUT: Final = Metric(name="throughput", unit="1/s", direction=Direction.HIGHER, original_unit="i/s")
_TIMES: Final = tuple(
    Metric(name=name, unit="s", direction=Direction.LOWER) for name in ("user", "system", "cpu_time", "time")
)
_ONE: Final = Unit(base="1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One metric that a line tells; `value` None: it failed. `share` is the error as a fraction of the value."""

    at: str
    name: str
    metric: Metric
    value: float | None
    unit: Unit = _ONE
    share: float | None = None
    executable: str = ""
    heading: str = ""

    def named(self, name: str, heading: str) -> Line:
        """Return the line with a label that stands elsewhere."""
        return replace(self, name=name, heading=heading)

    def measurement(self, parameters: Mapping[str, str], *, is_margin: bool) -> Measurement:
        """Return the measurement; `is_margin`: the error bounds the centre instead of being a deviation."""
        half = None if self.share is None or self.value is None else self.value * self.share
        row = Measurement(
            benchmark=self.name,
            parameters=parameters,
            metric=self.metric,
            value=self.value,
            status=Status.FAILED if self.value is None else Status.OK,
            deviation=None if is_margin else half,
            lower=self.value - half if is_margin and half is not None and self.value is not None else None,
            upper=self.value + half if is_margin and half is not None and self.value is not None else None,
        )
        return in_base(self.unit, row)


def scaled(text: str) -> float | None:
    """Return the number that a harness writes with a scale; None for anything else.

    Examples
    --------
    >>> scaled("8.611M"), scaled("6.617"), scaled("fast")
    (8611000.0, 6.617, None)
    """
    match = _SCALED.match(text)
    # Whole numbers stay exact: 1.1 * 10**6 would not be 1100000.
    return None if match is None else float(f"{match[1]}e{len(str(_SCALES[match[2]])) - 1}")


def ips_row(text: str, at: str) -> Line | None:
    """Return what a line of benchmark-ips says: `name  8.611M (±24.3%) i/s (116.13 ns/i) - 5.050M in 0.623748s`."""
    start = text.rfind("(±")
    match = _IPS.match(text, start) if start > 0 else None
    if match is None:
        return None
    name, _, number = text[:start].rstrip().rpartition(" ")
    value = scaled(number)
    if value is None and number not in _WITHOUT:
        return None
    share = float(match["error"]) / 100 if match["error"][0].isdigit() else None
    return Line(at=at, name=name.strip(), metric=THROUGHPUT, value=value, share=share)


def report_row(text: str, at: str) -> list[Line]:
    """Return the four times of a row of Benchmark.bm: user, system, total and, in brackets, real."""
    start = text.rfind("(")
    if start < 0 or not text.endswith(")"):
        return []
    cells = text[:start].rstrip().rsplit(None, 3)
    times = [*cells[-3:], text[start + 1 : -1].strip()]
    if len(cells) < 3 or not all(_SECONDS.match(time) for time in times):
        return []
    name = cells[0].strip() if len(cells) == 4 else ""
    return [
        Line(at=at, name=name, metric=metric, value=float(time)) for metric, time in zip(_TIMES, times, strict=True)
    ]


def driver_row(text: str, at: str, executables: Sequence[str], unit: str | None = None) -> list[Line]:
    """Return what a row of benchmark_driver says: `join  2.661M  2.863M i/s - 7.527M times in 2.828771s 2.629191s`.

    Parameters
    ----------
    executables
        What the columns are; none: there is one column.
    unit
        The unit, where a heading names it; None: it stands after the numbers.
    """
    dash = text.rfind(" - ")
    if dash >= 0 and _LOOPS.match(text, dash):
        text = text[:dash]
    if unit is None:
        text, _, unit = text.rstrip().rpartition(" ")
    columns = max(len(executables), 1)
    cells = text.rstrip().rsplit(None, columns)
    numbers = cells[-columns:]
    if len(cells) < columns or not _UNIT.match(unit):
        return []
    values = [scaled(number) for number in numbers]
    if not all(value is not None or number in _WITHOUT for value, number in zip(values, numbers, strict=True)):
        return []
    name = cells[0].strip() if len(cells) > columns else ""
    metric, written = _metric(unit)
    if columns == 1:
        return [Line(at=at, name=name, metric=metric, unit=written, value=values[0])]
    # Each column is a place of its own, so that two of one name are noticed.
    places = [f"{at}, column {i}" for i in range(1, columns + 1)]
    return [
        Line(at=place, name=name, metric=metric, unit=written, value=value, executable=executable)
        for place, executable, value in zip(places, executables, values, strict=True)
    ]


def _metric(unit: str) -> tuple[Metric, Unit]:
    if unit == "i/s":
        return THROUGHPUT, _ONE
    return metric_of({"s": "time", "bytes": "memory"}.get(unit, unit), unit)
