"""One row of Otava's tables: a run at a time, with attributes and metrics."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from perfsite.model.run import SHA, Commit, Direction, Measurement, Metric, Reading, Status, stand_in
from perfsite.sources.base import Rows, facts_of, in_base, metric_of
from perfsite.sources.document import Document, is_storable, storable
from perfsite.sources.formats.bench_entry import metric_for
from perfsite.sources.lines import column_at
from perfsite.sources.loose_times import time_of
from perfsite.sources.unit_words import unit_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from perfsite.model.units import Unit

TIMES: Final = ("time", "timestamp", "date", "datetime")
COMMITS: Final = ("commit", "commit_id", "commit_hash", "git_commit", "sha", "hash", "revision")
TESTS: Final = ("test", "test_name", "benchmark", "benchmark_name")
ATTRIBUTES: Final = frozenset({*COMMITS, *TESTS, "branch", "version", "tag", "run", "run_id", "build", "build_id"})
_NOTHING: Final = frozenset({"", "null", "none", "nan", "na", "n/a", "-"})
_NUMBER: Final = re.compile(r"[-+]?(?:\d|\.\d)", re.ASCII)


class Columns:
    """What the columns of a table are: the time, attributes, metrics."""

    def __init__(self, names: Sequence[str]) -> None:
        lower = {name.lower(): name for name in reversed(names)}
        self.time = next((lower[name] for name in TIMES if name in lower), None)
        self.commit = next((lower[name] for name in COMMITS if name in lower), None)
        self.test = next((lower[name] for name in TESTS if name in lower), None)
        self.branch = lower.get("branch")
        self._known: dict[str, bool] = {name: False for name in names if name.lower() in ATTRIBUTES or not name}
        if self.time is not None:
            self._known[self.time] = False

    def is_metric(self, name: str, cell: str) -> bool:
        """Whether a column holds a metric: its first cell that is not empty tells."""
        if name not in self._known:
            if cell.strip().lower() in _NOTHING:
                return True
            self._known[name] = _NUMBER.match(cell.strip()) is not None
        return self._known[name]


class Table:
    """Makes readings of rows."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.undirected: dict[str, None] = {}
        self._metrics: dict[tuple[str | None, str], tuple[Metric, Unit]] = {}

    def reading(self, row: Mapping[str, str], columns: Columns, at: str) -> Reading | None:
        """Return a row as a reading; None where it has no time, which is noted."""
        time = time_of(row[columns.time]) if columns.time is not None else None
        if time is None:
            place = column_at(at, columns.time or "time")
            self.document.expected(place, "a time", row[columns.time] if columns.time else "")
            return None
        benchmark = None if columns.test is None else row[columns.test].strip()
        rows = Rows(self.document)
        attributes: dict[str, str] = {}
        for name, cell in row.items():
            if columns.is_metric(name, cell):
                self._add(rows, benchmark, name, cell, column_at(at, name))
            elif name and name not in {columns.time, columns.commit, columns.branch, columns.test}:
                attributes[name] = cell
        label = row[columns.commit].strip() if columns.commit is not None else ""
        branch = row[columns.branch].strip() if columns.branch is not None else ""
        return self.made(rows.measurements, time, label=label, branch=branch, attributes=attributes)

    def made(
        self,
        measurements: list[Measurement],
        time: datetime,
        *,
        label: str,
        branch: str,
        attributes: Mapping[str, object],
    ) -> Reading:
        """Return the reading of one run; a commit that is no full sha is a stand-in."""
        return Reading(
            measurements=tuple(measurements),
            tool="otava",
            time=time,
            commit=commit_of(label, time),
            branch=storable(branch) or None,
            facts=facts_of({f"otava.{_plain(name)}": value for name, value in attributes.items()}),
        )

    def _add(self, rows: Rows, benchmark: str | None, name: str, cell: str, at: str) -> None:
        if not is_storable(name) or not is_storable(benchmark or ""):
            self.document.note(at, "a name holds half a surrogate pair, which no text file can keep")
            return
        metric, unit = self.metric(benchmark, name)
        title = name if benchmark is None else benchmark
        if cell.strip().lower() in _NOTHING:
            rows.add(Measurement(benchmark=title, metric=metric, value=None, status=Status.SKIPPED), at)
            return
        value = self.document.written(cell, at)
        if value is not None:
            rows.add(in_base(unit, Measurement(benchmark=title, metric=metric, value=value)), at)

    def add(self, rows: Rows, name: str, value: float, at: str) -> None:
        """Add a metric that is a benchmark by itself."""
        metric, unit = self.metric(None, name)
        rows.add(in_base(unit, Measurement(benchmark=name, metric=metric, value=value)), at)

    def metric(self, benchmark: str | None, name: str) -> tuple[Metric, Unit]:
        """Return the metric of a column: of its test by the column's name, else the value of a benchmark so called."""
        key = (benchmark and "", name)
        if key not in self._metrics:
            unit = unit_in(name)
            self._metrics[key] = metric_for(unit, name=name) if benchmark is None else metric_of(name, unit)
            if self._metrics[key][0].direction is Direction.NEITHER:
                self.undirected[name] = None
        return self._metrics[key]


def commit_of(label: str, time: datetime) -> Commit | None:
    """Return the commit of a full sha, a stand-in for any other label, None for none."""
    label = storable(label.strip())
    if label.lower() in _NOTHING:
        return None
    if SHA.match(label.lower()):
        return Commit(sha=label.lower(), time=time)
    return stand_in(label, time=time)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9.-]+", "-", name.lower())[:60].strip("-.") or "attribute"
