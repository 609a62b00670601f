"""Locust: `_stats_history.csv` of `locust --headless --csv NAME`, one row a second, since 0.14 of 2020."""

from __future__ import annotations

from array import array
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TextIO

from perfsite.model.run import Reading, thin_samples
from perfsite.sources.base import Rows, median
from perfsite.sources.document import Document
from perfsite.sources.formats.load_metrics import Target
from perfsite.sources.formats.locust_columns import (
    TOTAL,
    check_number,
    error_rate,
    figure,
    is_operation_figure,
    meaning,
    meanings,
    split_name,
)
from perfsite.sources.lines import column_at, read_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NAME: Final = "locust-history"
TITLE: Final = "Locust: the course of a run, `NAME_stats_history.csv`"
MAKE: Final = "locust --headless -u 10 -t 1m --csv NAME --csv-full-history"
_HINT: Final = "Locust writes it with `--csv NAME`, as NAME_stats_history.csv; was this file edited?"
_COLUMNS: Final = frozenset({"timestamp", "name", "requests", "failures", "requests_per_second"})
_RATES: Final = ("requests_per_second", "failures_per_second")
_TOTALS: Final = ("requests", "failures", "median", "mean", "min", "max", "size")
_NOT_SAMPLED: Final = frozenset({*_TOTALS, "users"})
_LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC).timestamp()


def accepts(head: str) -> bool:
    """Whether a file that begins so is Locust's history: rates and counts of endpoints by time."""
    return meanings(head) >= _COLUMNS


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of a Locust history: one run, whose seconds are the samples.

    `requests_per_second` and `failures_per_second` are the median over the seconds in which users ran; those seconds
    are the samples. So are percentiles, over the seconds in which there were requests, where the file tells them of
    the last ten seconds: with `--csv-full-history`, and always before 1.0. Without it Locust repeats the percentile
    of all requests so far, so the last row counts. `requests`, `failures`, `error_rate`, `median`, `mean`, `min`,
    `max` and `size` are of all requests so far, so the last row counts too. `users` is the most that ran at once. The
    run's time is the first row's, `locust.seconds` the time until the last.

    The file tells of the same run as `NAME_stats.csv`, with the same metrics: record one of the two.
    """
    document = Document(origin, hint=_HINT, top="")
    cells: dict[str, str] = {}
    figures: list[tuple[str, str]] = []
    endpoints: dict[tuple[str, str], _Course] = {}
    times = _Times()
    for at, row in read_table(stream, document):
        if not cells:
            cells = _cells(row, document)
            figures = [(kind, column) for kind, column in cells.items() if _is_figure(kind)]
        times.take(row, cells["timestamp"], at, document)
        key = (row[cells["name"]], row[cells["method"]] if "method" in cells else "")
        course = endpoints.get(key)
        if course is None:
            course = endpoints[key] = _Course(*key)
            check_number(len(endpoints), at, document)
        course.take(row, figures, at, document)
    rows = Rows(document)
    full = len(endpoints) > 1 or cells.get("failures_per_second", "").strip().lower() == "requests failed/s"
    for course in endpoints.values():
        course.read(rows, by_interval=full)
    found = rows.reading()
    return Reading(
        measurements=found.measurements,
        tool="locust",
        time=times.start(),
        facts={"locust.seconds": times.last - times.first} if times.last > times.first else {},
    )


def _cells(row: Mapping[str, str], document: Document) -> dict[str, str]:
    """Return which column holds what."""
    cells = {meaning(column): column for column in row}
    missing = ", ".join(sorted(_COLUMNS - cells.keys()))
    if missing:
        document.note("line 1", f"is no header of Locust's history: it has no columns for {missing}")
        document.finish()
    return cells


def _is_figure(kind: str) -> bool:
    return kind in _RATES or kind in _TOTALS or kind == "users" or is_operation_figure(kind)


class _Times:
    """The first and the last time of a file, in seconds since 1970."""

    def __init__(self) -> None:
        self.first = 0.0
        self.last = 0.0

    def take(self, row: Mapping[str, str], column: str, at: str, document: Document) -> None:
        time = document.written(row[column], column_at(at, column), least=0)
        if time is None:
            return
        if time >= _LATEST:
            document.expected(column_at(at, column), "a time in seconds since 1970", row[column])
            return
        self.first = min(self.first or time, time)
        self.last = max(self.last, time)

    def start(self) -> datetime | None:
        return datetime.fromtimestamp(self.first, UTC) if self.first else None


class _Course:
    """One endpoint's figures over the time of the run."""

    def __init__(self, name: str, method: str) -> None:
        self.identity = split_name(name, method)
        self.at = ""
        self.intervals: defaultdict[str, array[float]] = defaultdict(lambda: array("d"))
        self.latest: dict[str, float | None] = {}
        self.users = array("d")

    def take(self, row: Mapping[str, str], columns: Sequence[tuple[str, str]], at: str, document: Document) -> None:
        """Take one row; `columns` says which figure stands in which column."""
        self.at = self.at or at
        latest = self.latest
        for kind, column in columns:
            latest[kind] = figure(document, row, column, at)
        users = latest.get("users")
        if users is not None:
            self.users.append(users)
        for kind, _ in columns:
            if kind not in _NOT_SAMPLED:
                value = latest[kind]
                idle = users == 0 if kind in _RATES else not value
                if value is not None and not idle:
                    self.intervals[kind].append(value)

    def read(self, rows: Rows, *, by_interval: bool) -> None:
        """Add the measurements; `by_interval`: percentiles are of the last seconds, not of all requests so far."""
        benchmark, parameters = self.identity
        target = Target(rows, self.at, benchmark, parameters)
        requests, failures = self.latest.get("requests"), self.latest.get("failures")
        for kind, value in self.latest.items():
            samples = self.intervals.get(kind)
            if kind == "users":
                continue
            if kind in _RATES or (by_interval and kind not in _TOTALS):
                centre = median(samples) if samples else None
                target.add(kind, centre, count=len(samples or ()) or None, samples=thin_samples(samples or ()) or None)
            else:
                target.add(kind, value if requests or kind in {"requests", "failures"} else None)
        target.add("error_rate", error_rate(requests, failures))
        if self.users and benchmark == TOTAL and not parameters:
            target.add("users", max(self.users), count=len(self.users), samples=thin_samples(self.users))
