"""Histostat logs, which Otava reads beside CSV: percentiles of tagged timers in intervals of one session."""

from __future__ import annotations

import re
from array import array
from typing import TYPE_CHECKING, Final, TextIO

from perfsite.model.run import Direction, Measurement, Metric, Reading, Status
from perfsite.sources.base import Rows, in_base, median, metric_of
from perfsite.sources.document import is_storable
from perfsite.sources.lines import column_at, read_lines
from perfsite.sources.loose_times import time_of

if TYPE_CHECKING:
    from datetime import datetime

    from perfsite.model.units import Unit
    from perfsite.sources.document import Document

HEADER: Final = re.compile(r"^#Tag,Interval_Start,Interval_Length,", re.MULTILINE)
"""The line that names the columns."""
_START: Final = re.compile(r"#\[StartTime: (\d{1,12}(?:\.\d{1,9})?) ")
_UNIT: Final = re.compile(r"#\[TimeUnit: (NANOSECONDS|MICROSECONDS|MILLISECONDS|SECONDS)\]")
_NOT_METRICS: Final = frozenset({"Tag", "Interval_Start", "Interval_Length"})
_PERCENTILE: Final = re.compile(r"p(\d{2})(\d{1,4})\Z", re.ASCII)


def read_histostat(stream: TextIO, document: Document) -> Reading:
    """Return the measurements of a histostat log (the format of NoSQLBench and of HdrHistogram's log processor).

    A tag is a benchmark; its percentiles are metrics, `count` tells how often the timer ran. Several intervals of a
    tag are its samples. Intervals in which a timer did not run say nothing but `count` 0; the length of intervals is
    left out. More runs of a timer are better, as Otava sees it.
    """
    columns: list[str] = []
    unit, time = "ns", None
    found: dict[str, dict[str, array[float]]] = {}
    places: dict[str, str] = {}
    for at, line in read_lines(stream, origin=document.origin):
        if line.startswith("#"):
            columns = line[1:].split(",") if HEADER.match(line) else columns
            unit, time = _head(line, unit, time)
        elif line.strip():
            _take(line, at, columns, found, places, document)
    rows = Rows(document)
    for tag, metrics in found.items():
        for name, values in metrics.items():
            metric, written = _metric(name, unit)
            rows.add(in_base(written, _row(tag, metric, values)), column_at(places[tag], name))
    return Reading(measurements=rows.reading().measurements, tool="histostat", time=time)


def _head(line: str, unit: str, time: datetime | None) -> tuple[str, datetime | None]:
    start, named = _START.match(line), _UNIT.match(line)
    return (named[1].lower() if named else unit), (time_of(start[1]) if start else time)


def _take(
    line: str,
    at: str,
    columns: list[str],
    found: dict[str, dict[str, array[float]]],
    places: dict[str, str],
    document: Document,
) -> None:
    # A tag may hold commas; the numbers after it do not.
    cells = line.rsplit(",", max(len(columns) - 1, 1))
    if len(cells) != len(columns) or not cells[0].startswith("Tag="):
        document.note(at, f"expected Tag=… and {max(len(columns) - 1, 0)} numbers")
        return
    tag = cells[0].removeprefix("Tag=")
    if not is_storable(tag):
        document.note(at, "the tag holds half a surrogate pair, which no text file can keep")
        return
    numbers = {
        name: document.written(cell, column_at(at, name), least=0)
        for name, cell in zip(columns[1:], cells[1:], strict=True)
        if name not in _NOT_METRICS
    }
    places.setdefault(tag, at)
    metrics = found.setdefault(tag, {name: array("d") for name in numbers})
    has_run = numbers.get("count") != 0
    for name, number in numbers.items():
        if number is not None and (has_run or name == "count"):
            metrics.setdefault(name, array("d")).append(number)


def _metric(name: str, unit: str) -> tuple[Metric, Unit]:
    if name == "count":
        return metric_of("count", "", direction=Direction.HIGHER)
    percentile = _PERCENTILE.match(name)
    title = f"p{percentile[1]}.{percentile[2]}" if percentile else name
    return metric_of(title, unit, direction=Direction.LOWER)


def _row(tag: str, metric: Metric, values: array[float]) -> Measurement:
    if not values:
        return Measurement(benchmark=tag, metric=metric, value=None, status=Status.SKIPPED)
    samples = list(values) if len(values) > 1 else None
    return Measurement(benchmark=tag, metric=metric, value=median(values), count=len(values), samples=samples)
